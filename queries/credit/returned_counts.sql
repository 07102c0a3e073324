-- with: lines
-- Returned items and the fees for them, by amount: how many were taken less how many of the same amount came back, in the last
-- 30, 60 and 90 days and in each month.
WITH lengths AS (
  SELECT '30d' AS period, 30 AS length
  UNION ALL SELECT '60d' AS period, 60 AS length
  UNION ALL SELECT '90d' AS period, 90 AS length
),
marked AS (
  SELECT subject, month_start, months_back, days_back, COALESCE(withdrawal_amt, deposit_amt) AS amount,
         SUM(returned_items) AS returned_items
  FROM lines
  WHERE returned_items <> 0
  GROUP BY subject, month_start, months_back, days_back, COALESCE(withdrawal_amt, deposit_amt)
),
windows AS (
  SELECT marked.subject, lengths.period, marked.amount, marked.returned_items
  FROM marked
  INNER JOIN lengths ON marked.days_back < lengths.length
  UNION ALL
  SELECT subject, '12m' AS period, amount, returned_items FROM marked WHERE months_back >= 0
  UNION ALL
  SELECT subject, CAST(month_start AS VARCHAR(10)) AS period, amount, returned_items FROM marked WHERE months_back >= 0
),
netted AS (
  -- What came back of another amount, or of a fee taken before, takes nothing off.
  SELECT subject, period, amount, SUM(returned_items) AS items FROM windows GROUP BY subject, period, amount
)
SELECT subject, period, SUM(items) AS items FROM netted WHERE items > 0 GROUP BY subject, period
