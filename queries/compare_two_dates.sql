-- title: Comparison of two dates (comparativas históricas)
-- group: Investments
-- description: Each measure on two days with its change; a day without a row is answered by the nearest earlier one, and says so
-- param: first date = newest - 1 year
-- param: second date = newest
WITH found AS (
  SELECT
    MAX(CASE WHEN fecha <= :first THEN fecha END) AS first_found,
    MAX(CASE WHEN fecha <= :second THEN fecha END) AS second_found
  FROM spectrum_schema.transactions
),
names AS (
  SELECT 1 AS place, 'saldo_inversion' AS measure
  UNION ALL SELECT 2, 'saldo_clientes'
  UNION ALL SELECT 3, 'saldo_flujos'
  UNION ALL SELECT 4, 'num_ingresos_hoy'
  UNION ALL SELECT 5, 'num_egresos_hoy'
),
measures AS (
  SELECT names.place, transactions.fecha, CAST(CASE names.place
    WHEN 1 THEN saldo_inversion WHEN 2 THEN saldo_clientes WHEN 3 THEN saldo_flujos
    WHEN 4 THEN num_ingresos_hoy ELSE num_egresos_hoy END AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions AS transactions
  INNER JOIN found ON transactions.fecha IN (found.first_found, found.second_found)
  CROSS JOIN names
),
compared AS (
  SELECT
    names.place, names.measure, found.first_found, earlier.amount AS first_value, found.second_found,
    later.amount AS second_value, later.amount - earlier.amount AS change, NULLIF(ABS(earlier.amount), 0) AS base
  FROM found
  CROSS JOIN names
  LEFT JOIN measures AS earlier ON earlier.fecha = found.first_found AND earlier.place = names.place
  LEFT JOIN measures AS later ON later.fecha = found.second_found AND later.place = names.place
),
halves AS (
  SELECT compared.*, (100 * change) % base AS remainder,
         200 * ((100 * change) % base) + CASE WHEN change < 0 THEN -base ELSE base END AS hundredths
  FROM compared
)
SELECT
  measure,
  first_found AS first_date,
  first_value,
  second_found AS second_date,
  second_value,
  change,
  -- Whole percents and hundredths apart, each a quotient without remainder: credit_worthiness.sql says why.
  CAST(CAST((100 * change - remainder) / base AS DECIMAL(18,0))
       + CAST((hundredths - hundredths % (2 * base)) / (2 * base) AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) AS DECIMAL(20,2)) AS change_pct,
  CASE
    WHEN first_found IS NULL AND second_found IS NULL THEN 'nothing on or before either date'
    WHEN first_found IS NULL THEN 'nothing on or before the first date'
    WHEN second_found IS NULL THEN 'nothing on or before the second date'
    WHEN first_found <> :first AND second_found <> :second THEN 'both dates moved to the nearest earlier row'
    WHEN first_found <> :first THEN 'first date moved to the nearest earlier row'
    WHEN second_found <> :second THEN 'second date moved to the nearest earlier row'
    ELSE 'exact dates'
  END || CASE
    WHEN first_value = 0 THEN '; percentage n/a: the first value is 0'
    WHEN first_value < 0 THEN '; percentage of a negative first value, without its sign'
    ELSE ''
  END AS note
FROM halves
ORDER BY place
