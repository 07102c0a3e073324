-- title: Account summary
-- group: Credit
-- description: Withdrawals, deposits and net in SGD for each account; lines that are not wholly converted are counted, not guessed
-- chart: bar x=account_no y=net_sgd
SELECT
  account_no,
  SUM(COALESCE(withdrawal_sgd_amt, 0)) AS total_withdrawals_sgd,
  SUM(COALESCE(deposit_sgd_amt, 0)) AS total_deposits_sgd,
  -- Where nothing could be converted the net is unknown, not zero.
  CASE WHEN COUNT(deposit_sgd_amt) + COUNT(withdrawal_sgd_amt) > 0
       THEN COALESCE(SUM(deposit_sgd_amt), 0) - COALESCE(SUM(withdrawal_sgd_amt), 0) END AS net_sgd,
  COUNT(*) AS num_transactions,
  SUM(CASE WHEN rate_status IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 0 ELSE 1 END)
    AS not_converted
FROM "pyspark-database"."processed"
GROUP BY account_no
ORDER BY account_no NULLS LAST
