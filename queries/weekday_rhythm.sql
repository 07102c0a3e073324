-- title: Rhythm of the week
-- group: Investments
-- description: Mean balances and payments for each weekday, over the days of a range
-- param: from date = newest - 1 year
-- param: to date = newest
-- chart: bar x=nombre_dia y=promedio_ingresos
WITH measures AS (
  SELECT
    dates.dia_semana, dates.nombre_dia, names.place, CAST(CASE names.place
      WHEN 1 THEN saldo_clientes WHEN 2 THEN saldo_flujos
      WHEN 3 THEN num_ingresos_hoy ELSE num_egresos_hoy END AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions AS transactions
  INNER JOIN spectrum_schema.dates AS dates ON dates.fecha = transactions.fecha
  CROSS JOIN (SELECT 1 AS place UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS names
  WHERE transactions.fecha BETWEEN :from AND :to
),
sums AS (
  SELECT dia_semana, nombre_dia, place, COUNT(*) AS num_days, SUM(amount) AS total, NULLIF(COUNT(amount), 0) AS days
  FROM measures
  GROUP BY dia_semana, nombre_dia, place
),
halves AS (
  SELECT sums.*, total % days AS remainder,
         200 * (total % days) + CASE WHEN total < 0 THEN -days ELSE days END AS cents
  FROM sums
),
means AS (
  -- Whole numbers and cents apart, each a quotient without remainder: credit_worthiness.sql says why.
  SELECT dia_semana, nombre_dia, place, num_days,
         CAST(CAST((total - remainder) / days AS DECIMAL(18,0))
              + CAST((cents - cents % (2 * days)) / (2 * days) AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) AS DECIMAL(18,2)) AS mean
  FROM halves
)
SELECT
  dia_semana,
  nombre_dia,
  MAX(num_days) AS num_days,
  MAX(CASE WHEN place = 1 THEN mean END) AS promedio_saldo_clientes,
  MAX(CASE WHEN place = 2 THEN mean END) AS promedio_saldo_flujos,
  MAX(CASE WHEN place = 3 THEN mean END) AS promedio_ingresos,
  MAX(CASE WHEN place = 4 THEN mean END) AS promedio_egresos
FROM means
GROUP BY dia_semana, nombre_dia
ORDER BY dia_semana
