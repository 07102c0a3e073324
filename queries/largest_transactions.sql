-- title: Largest transactions
-- group: Accounts
-- description: The largest amounts in SGD, reversals too; lines that no rate converts cannot be ranked and are left to "Unconverted rows"
-- param: side choice(deposit|withdrawal|both) = both
-- param: account account?
-- param: count integer = 50
WITH sides AS (
  SELECT value_date, account_no, 'deposit' AS side, deposit_amt AS amount, deposit_currency AS currency,
         deposit_sgd_amt AS sgd_amt, deposit_rate_status AS rate_status, transaction_details, txn_key
  FROM processed
  WHERE deposit_sgd_amt IS NOT NULL
  UNION ALL
  SELECT value_date, account_no, 'withdrawal' AS side, withdrawal_amt AS amount, withdrawal_currency AS currency,
         withdrawal_sgd_amt AS sgd_amt, withdrawal_rate_status AS rate_status, transaction_details, txn_key
  FROM processed
  WHERE withdrawal_sgd_amt IS NOT NULL
),
ranked AS (
  SELECT sides.*, ROW_NUMBER() OVER (ORDER BY ABS(sgd_amt) DESC, txn_key, side) AS place
  FROM sides
  WHERE (:side = 'both' OR side = :side) AND (:account IS NULL OR account_no = :account)
)
SELECT place, value_date, account_no, side, amount, currency, sgd_amt, rate_status, transaction_details
FROM ranked
WHERE place <= :count
ORDER BY place
