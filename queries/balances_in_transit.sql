-- title: Balances in transit (saldos en tránsito)
-- group: Investments
-- description: Money received or ordered but not yet invested or paid, day by day, with its running sum and mean
-- param: from date = newest - 1 month
-- param: to date = newest
-- chart: line x=fecha y=saldo_flujos
WITH sums AS (
  SELECT
    fecha,
    saldo_flujos,
    SUM(CAST(saldo_flujos AS DECIMAL(18,2))) OVER (ORDER BY fecha ROWS UNBOUNDED PRECEDING) AS total,
    NULLIF(COUNT(saldo_flujos) OVER (ORDER BY fecha ROWS UNBOUNDED PRECEDING), 0) AS days
  FROM spectrum_schema.transactions
  WHERE fecha BETWEEN :from AND :to
),
halves AS (
  SELECT sums.*, total % days AS remainder,
         200 * (total % days) + CASE WHEN total < 0 THEN -days ELSE days END AS cents
  FROM sums
)
SELECT
  fecha,
  saldo_flujos,
  total AS suma,
  -- Whole numbers and cents apart, each a quotient without remainder: credit_worthiness.sql says why.
  CAST(CAST((total - remainder) / days AS DECIMAL(18,0))
       + CAST((cents - cents % (2 * days)) / (2 * days) AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) AS DECIMAL(18,2)) AS promedio
FROM halves
ORDER BY fecha
