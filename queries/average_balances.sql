-- title: Average balances (saldos promedio)
-- group: Investments
-- description: Mean of each daily balance over a range of days, and how many of its days have a row
-- param: from date = newest - 6 days
-- param: to date = newest
WITH measures AS (
  SELECT 1 AS place, CAST(saldo_inversion AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
  UNION ALL
  SELECT 2 AS place, CAST(saldo_clientes AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
  UNION ALL
  SELECT 3 AS place, CAST(saldo_flujos AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
),
sums AS (
  SELECT place, SUM(amount) AS total, COUNT(amount) AS days
  FROM measures
  GROUP BY place
  HAVING COUNT(amount) > 0
),
halves AS (
  SELECT sums.*, total % days AS remainder,
         200 * (total % days) + CASE WHEN total < 0 THEN -days ELSE days END AS cents
  FROM sums
),
means AS (
  -- Whole numbers and cents apart, each a quotient without remainder: credit_worthiness.sql says why.
  SELECT place, CAST(CAST((total - remainder) / days AS DECIMAL(18,0))
                     + CAST((cents - cents % (2 * days)) / (2 * days) AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) AS DECIMAL(18,2)) AS mean
  FROM halves
),
counted AS (
  SELECT COUNT(transactions.fecha) AS days_with_row, COUNT(*) - COUNT(transactions.fecha) AS days_without_row
  FROM spectrum_schema.dates AS dates
  LEFT JOIN spectrum_schema.transactions AS transactions ON transactions.fecha = dates.fecha
  WHERE dates.fecha BETWEEN :from AND :to
)
SELECT
  (SELECT mean FROM means WHERE place = 1) AS promedio_saldo_inversion,
  (SELECT mean FROM means WHERE place = 2) AS promedio_saldo_clientes,
  (SELECT mean FROM means WHERE place = 3) AS promedio_saldo_flujos,
  days_with_row,
  days_without_row
FROM counted
