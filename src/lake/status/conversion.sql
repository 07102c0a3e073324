-- Lines by currency and how their amounts were converted; a line with two sides counts for the side that it shows.
SELECT
  COALESCE(CASE rate_side WHEN 'withdrawal' THEN withdrawal_currency ELSE deposit_currency END, '?') AS currency,
  COUNT(*) AS lines,
  CAST(100.0 * SUM(CASE WHEN rate_status IN ('identity', 'exact') THEN 1 ELSE 0 END) / COUNT(*) AS DECIMAL(5,2)) AS exact_pct,
  CAST(100.0 * SUM(CASE WHEN rate_status IN ('carried', 'provisional', 'fixed_conv') THEN 1 ELSE 0 END) / COUNT(*)
       AS DECIMAL(5,2)) AS carried_pct,
  CAST(100.0 * SUM(CASE WHEN rate_status = 'stale' THEN 1 ELSE 0 END) / COUNT(*) AS DECIMAL(5,2)) AS stale_pct,
  SUM(CASE WHEN rate_status NOT IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 1 ELSE 0 END) AS not_converted,
  MAX(rate_age_days) AS oldest_rate_days
FROM processed
GROUP BY 1
ORDER BY lines DESC, currency
