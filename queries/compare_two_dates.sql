-- title: Comparison of two dates (comparativas históricas)
-- group: Investments
-- description: Each measure on two days with its change; a day without a row is answered by the nearest earlier one, and says so
-- param: first date = 2022-04-16
-- param: second date = 2023-12-29
WITH found AS (
  SELECT
    MAX(CASE WHEN fecha <= :first THEN fecha END) AS first_found,
    MAX(CASE WHEN fecha <= :second THEN fecha END) AS second_found
  FROM spectrum_schema.transactions
),
measures AS (
  SELECT fecha, 1 AS place, 'saldo_inversion' AS measure, CAST(saldo_inversion AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions
  UNION ALL
  SELECT fecha, 2 AS place, 'saldo_clientes' AS measure, CAST(saldo_clientes AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions
  UNION ALL
  SELECT fecha, 3 AS place, 'saldo_flujos' AS measure, CAST(saldo_flujos AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions
  UNION ALL
  SELECT fecha, 4 AS place, 'num_ingresos_hoy' AS measure, CAST(num_ingresos_hoy AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions
  UNION ALL
  SELECT fecha, 5 AS place, 'num_egresos_hoy' AS measure, CAST(num_egresos_hoy AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions
)
SELECT
  earlier.measure,
  found.first_found AS first_date,
  earlier.amount AS first_value,
  found.second_found AS second_date,
  later.amount AS second_value,
  later.amount - earlier.amount AS change,
  CAST(100 * (later.amount - earlier.amount) / NULLIF(earlier.amount, 0) AS DECIMAL(18,2)) AS change_pct,
  CASE
    WHEN found.first_found <> :first AND found.second_found <> :second THEN 'both dates moved to the nearest earlier row'
    WHEN found.first_found <> :first THEN 'first date moved to the nearest earlier row'
    WHEN found.second_found <> :second THEN 'second date moved to the nearest earlier row'
    ELSE 'exact dates'
  END AS note
FROM found
INNER JOIN measures AS earlier ON earlier.fecha = found.first_found
INNER JOIN measures AS later ON later.fecha = found.second_found AND later.measure = earlier.measure
ORDER BY earlier.place
