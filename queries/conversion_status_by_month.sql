-- title: Conversion status by month
-- group: Data quality
-- description: How many lines of each month were converted at the day's rate, at a carried one, or not at all; a line with two sides counts for the less certain one
-- chart: bar x=value_month y=not_converted
SELECT
  CAST(DATE_TRUNC('month', value_date) AS DATE) AS value_month,
  COUNT(*) AS num_lines,
  SUM(CASE WHEN rate_status = 'identity' THEN 1 ELSE 0 END) AS already_sgd,
  SUM(CASE WHEN rate_status = 'exact' THEN 1 ELSE 0 END) AS exact,
  SUM(CASE WHEN rate_status IN ('carried', 'provisional', 'fixed_conv') THEN 1 ELSE 0 END) AS carried,
  SUM(CASE WHEN rate_status IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 0 ELSE 1 END) AS not_converted,
  SUM(CASE WHEN rate_status = 'stale' THEN 1 ELSE 0 END) AS stale,
  SUM(CASE WHEN rate_status = 'held_back' THEN 1 ELSE 0 END) AS held_back,
  SUM(CASE WHEN rate_status = 'no_rate' THEN 1 ELSE 0 END) AS no_rate,
  SUM(CASE WHEN rate_status IN ('ccy_missing', 'ccy_invalid') THEN 1 ELSE 0 END) AS no_currency,
  SUM(CASE WHEN rate_status = 'no_amount' THEN 1 ELSE 0 END) AS no_amount
FROM processed
GROUP BY CAST(DATE_TRUNC('month', value_date) AS DATE)
ORDER BY value_month NULLS LAST
