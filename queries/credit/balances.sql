-- title: Balances at the ends of days
-- with: periods
-- average_daily_balance: over all calendar days; balance_cover: months of mean outflow that it covers; lowest_balance;
-- negative_days: days that end below zero.
WITH names AS (
  SELECT 'average_daily_balance' AS indicator
  UNION ALL SELECT 'balance_cover' AS indicator
  UNION ALL SELECT 'lowest_balance' AS indicator
  UNION ALL SELECT 'negative_days' AS indicator
)
SELECT
  subject,
  indicator,
  period,
  CASE WHEN days = 0 THEN NULL
       WHEN indicator = 'average_daily_balance' THEN base_total
       WHEN indicator = 'balance_cover' THEN base_total * months
       WHEN indicator = 'lowest_balance' THEN lowest_balance
       WHEN indicator = 'negative_days' THEN negative_days END AS dividend,
  CASE WHEN indicator = 'average_daily_balance' THEN days
       WHEN indicator = 'balance_cover' THEN covered_outflow * days
       ELSE 1 END AS divisor
FROM periods
CROSS JOIN names
WHERE indicator IN ('average_daily_balance', 'negative_days')
  OR (indicator = 'balance_cover' AND period IN ('3m', '12m'))
  OR (indicator = 'lowest_balance' AND period = '12m')
