-- title: Monthly cash flow
-- group: Accounts
-- description: What came in and went out each month in SGD, for one account or all; the newest month ends with its last line
-- param: account account?
-- param: from month = newest - 11 months
-- param: to month = newest
-- chart: bar x=value_month y=net_sgd
SELECT
  CAST(DATE_TRUNC('month', value_date) AS DATE) AS value_month,
  SUM(deposit_sgd_amt) AS inflow_sgd,
  SUM(withdrawal_sgd_amt) AS outflow_sgd,
  -- Where nothing could be converted the net is unknown, not zero.
  CASE WHEN COUNT(deposit_sgd_amt) + COUNT(withdrawal_sgd_amt) > 0
       THEN COALESCE(SUM(deposit_sgd_amt), 0) - COALESCE(SUM(withdrawal_sgd_amt), 0) END AS net_sgd,
  COUNT(*) AS num_lines,
  SUM(CASE WHEN rate_status IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 0 ELSE 1 END)
    AS not_converted,
  MAX(value_date) AS last_line
FROM processed
WHERE CAST(DATE_TRUNC('month', value_date) AS DATE) BETWEEN :from AND :to AND (:account IS NULL OR account_no = :account)
GROUP BY CAST(DATE_TRUNC('month', value_date) AS DATE)
ORDER BY value_month NULLS LAST
