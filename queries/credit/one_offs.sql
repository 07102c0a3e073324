-- with: lines
-- What one-off deposits bring in each month: those larger than half of what the month brought, from someone who pays in no other
-- month.
WITH month_income AS (
  SELECT subject, months_back, SUM(inflow) AS inflow
  FROM lines
  WHERE inflow_kind IN ('salary', 'other')
  GROUP BY subject, months_back
),
others AS (
  SELECT subject, months_back, payer, inflow, SUM(inflow) AS total
  FROM lines
  WHERE inflow_kind = 'other'
  GROUP BY subject, months_back, payer, inflow
),
large AS (
  SELECT others.subject, others.months_back, others.payer, others.total AS inflow
  FROM others
  INNER JOIN month_income ON month_income.subject = others.subject AND month_income.months_back = others.months_back
  WHERE 2 * others.inflow > month_income.inflow
),
payers AS (
  SELECT others.subject, others.payer, COUNT(DISTINCT others.months_back) AS months
  FROM others
  INNER JOIN (SELECT DISTINCT subject, payer FROM large) AS each_payer
    ON each_payer.subject = others.subject AND each_payer.payer = others.payer
  GROUP BY others.subject, others.payer
)
SELECT large.subject, large.months_back, SUM(large.inflow) AS inflow
FROM large
LEFT JOIN payers ON payers.subject = large.subject AND payers.payer = large.payer
WHERE COALESCE(payers.months, 1) = 1
GROUP BY large.subject, large.months_back
