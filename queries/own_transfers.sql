-- title: Own transfers
-- group: Accounts
-- description: Transfers between a customer's own accounts, both legs matched by day, currency and amount; a leg alone is shown too
-- param: from date = 2015-01-01
-- param: to date = 2019-12-31
WITH outgoing AS (
  SELECT booking_date, account_no, withdrawal_currency AS currency, withdrawal_amt AS amount, withdrawal_sgd_amt AS sgd_amt,
         ROW_NUMBER() OVER (PARTITION BY booking_date, withdrawal_currency, withdrawal_amt ORDER BY source_file, line_no) AS turn
  FROM processed
  WHERE transaction_details LIKE '%INTERNAL FUND TRANS%' AND withdrawal_amt IS NOT NULL
    AND booking_date BETWEEN :from AND :to
),
incoming AS (
  SELECT booking_date, account_no, deposit_currency AS currency, deposit_amt AS amount, deposit_sgd_amt AS sgd_amt,
         ROW_NUMBER() OVER (PARTITION BY booking_date, deposit_currency, deposit_amt ORDER BY source_file, line_no) AS turn
  FROM processed
  WHERE transaction_details LIKE '%INTERNAL FUND TRANS%' AND deposit_amt IS NOT NULL
    AND booking_date BETWEEN :from AND :to
)
SELECT
  COALESCE(outgoing.booking_date, incoming.booking_date) AS booking_date,
  outgoing.account_no AS from_account,
  incoming.account_no AS to_account,
  COALESCE(outgoing.amount, incoming.amount) AS amount,
  COALESCE(outgoing.currency, incoming.currency) AS currency,
  COALESCE(outgoing.sgd_amt, incoming.sgd_amt) AS sgd_amt,
  CASE WHEN outgoing.account_no IS NULL THEN 'no leg out'
       WHEN incoming.account_no IS NULL THEN 'no leg in'
       ELSE 'matched' END AS legs
FROM outgoing
FULL OUTER JOIN incoming
  ON incoming.booking_date = outgoing.booking_date
  AND incoming.currency = outgoing.currency
  AND incoming.amount = outgoing.amount
  AND incoming.turn = outgoing.turn
ORDER BY booking_date, from_account, to_account, amount
