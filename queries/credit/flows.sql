-- title: What comes in and goes out
-- with: periods
-- inflow, outflow, net_cash_flow; negative_months: months with more out than in; deposit_days: days with a deposit in any currency, a month.
WITH names AS (
  SELECT 'inflow' AS indicator
  UNION ALL SELECT 'outflow' AS indicator
  UNION ALL SELECT 'net_cash_flow' AS indicator
  UNION ALL SELECT 'negative_months' AS indicator
  UNION ALL SELECT 'deposit_days' AS indicator
)
SELECT
  subject,
  indicator,
  period,
  CASE WHEN months = 0 THEN NULL
       WHEN indicator = 'inflow' THEN inflow
       WHEN indicator = 'outflow' THEN outflow
       WHEN indicator = 'net_cash_flow' THEN inflow - outflow
       WHEN indicator = 'negative_months' THEN negative_months
       WHEN indicator = 'deposit_days' THEN covered_deposit_days END AS dividend,
  CASE WHEN indicator = 'deposit_days' THEN months ELSE 1 END AS divisor
FROM periods
CROSS JOIN names
WHERE (indicator IN ('inflow', 'outflow', 'net_cash_flow'))
  OR (indicator = 'negative_months' AND period = '12m')
  OR (indicator = 'deposit_days' AND period IN ('3m', '12m'))
