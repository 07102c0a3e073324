-- title: Monthly cash flow
-- group: Accounts
-- description: What came in and went out each month in SGD, for one account or all
-- param: account account?
-- param: from date = 2015-01-01
-- param: to date = 2019-12-31
-- chart: bar x=value_month y=net_sgd
SELECT
  CAST(DATE_TRUNC('month', value_date) AS DATE) AS value_month,
  SUM(deposit_sgd_amt) AS inflow_sgd,
  SUM(withdrawal_sgd_amt) AS outflow_sgd,
  -- Where nothing could be converted the net is unknown, not zero.
  CASE WHEN COUNT(deposit_sgd_amt) + COUNT(withdrawal_sgd_amt) > 0
       THEN COALESCE(SUM(deposit_sgd_amt), 0) - COALESCE(SUM(withdrawal_sgd_amt), 0) END AS net_sgd,
  COUNT(*) AS num_lines,
  SUM(CASE WHEN deposit_sgd_amt IS NULL AND withdrawal_sgd_amt IS NULL THEN 1 ELSE 0 END) AS not_converted
FROM processed
WHERE value_date BETWEEN :from AND :to AND (:account IS NULL OR account_no = :account)
GROUP BY CAST(DATE_TRUNC('month', value_date) AS DATE)
ORDER BY value_month
