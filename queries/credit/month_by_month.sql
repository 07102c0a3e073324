-- title: The last twelve full months
-- with: months
-- What the sparklines show; the period is the month's first day. A month before the account's first line shows nothing.
WITH names AS (
  SELECT 'average_daily_balance' AS indicator
  UNION ALL SELECT 'inflow' AS indicator
  UNION ALL SELECT 'outflow' AS indicator
  UNION ALL SELECT 'net_cash_flow' AS indicator
  UNION ALL SELECT 'negative_days' AS indicator
  UNION ALL SELECT 'returned_items' AS indicator
  UNION ALL SELECT 'lowest_balance' AS indicator
)
SELECT
  subject,
  indicator,
  CAST(month_start AS VARCHAR(10)) AS period,
  CASE indicator
    WHEN 'average_daily_balance' THEN base_total
    WHEN 'inflow' THEN CASE WHEN converted_deposits > 0 OR deposits = 0 THEN inflow END
    WHEN 'outflow' THEN CASE WHEN converted_withdrawals > 0 OR withdrawals = 0 THEN outflow END
    WHEN 'net_cash_flow' THEN CASE WHEN (converted_deposits > 0 OR deposits = 0)
                                    AND (converted_withdrawals > 0 OR withdrawals = 0) THEN inflow - outflow END
    WHEN 'negative_days' THEN negative_days
    WHEN 'returned_items' THEN returned_items
    WHEN 'lowest_balance' THEN lowest_balance
  END AS dividend,
  CASE indicator WHEN 'average_daily_balance' THEN days ELSE 1 END AS divisor
FROM months
CROSS JOIN names
WHERE days > 0 OR deposits > 0 OR withdrawals > 0
