-- title: Unconverted rows
-- group: Data quality
-- description: Every line without an amount in SGD, with the reason
-- param: account account?
-- param: reason_like text?
SELECT
  value_date,
  account_no,
  COALESCE(deposit_amt, withdrawal_amt) AS amount,
  CASE WHEN deposit_amt IS NOT NULL THEN deposit_currency ELSE withdrawal_currency END AS currency,
  CASE WHEN deposit_amt IS NOT NULL THEN 'deposit' ELSE 'withdrawal' END AS side,
  rate_status,
  reason,
  rate_date,
  rate_age_days,
  transaction_details,
  source_file,
  line_no
FROM processed
WHERE rate_status NOT IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv')
  AND (:account IS NULL OR account_no = :account)
  AND (:reason_like IS NULL OR reason LIKE CONCAT('%', :reason_like, '%'))
ORDER BY value_date, source_file, line_no
