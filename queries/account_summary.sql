-- title: Account summary
-- group: Credit
-- description: Deposits, withdrawals and net in SGD for each account; lines without a rate are counted, not guessed
-- chart: bar x=account_no y=net_sgd
SELECT
  account_no,
  SUM(deposit_sgd_amt) AS total_deposits,
  SUM(withdrawal_sgd_amt) AS total_withdrawals,
  COUNT(*) AS num_transactions,
  -- Where nothing could be converted the net is unknown, not zero.
  CASE WHEN COUNT(deposit_sgd_amt) + COUNT(withdrawal_sgd_amt) > 0
       THEN COALESCE(SUM(deposit_sgd_amt), 0) - COALESCE(SUM(withdrawal_sgd_amt), 0) END AS net_sgd,
  SUM(CASE WHEN deposit_sgd_amt IS NULL AND withdrawal_sgd_amt IS NULL THEN 1 ELSE 0 END) AS not_converted
FROM "pyspark-database"."processed"
GROUP BY account_no
ORDER BY account_no
