-- Daily balances of the investment platform: the fact table, one row a day.
-- Input raw_balances: the columns of the source as text, with source_file, line_no and file_no, the order in which the files came.
WITH typed AS (
  SELECT
    CAST(fecha AS DATE) AS fecha,
    CAST(saldo_inversion AS DECIMAL(18,2)) AS saldo_inversion,
    CAST(saldo_clientes AS DECIMAL(18,2)) AS saldo_clientes,
    CAST(saldo_flujos AS DECIMAL(18,2)) AS saldo_flujos,
    CAST(num_ingresos_hoy AS INTEGER) AS num_ingresos_hoy,
    CAST(num_egresos_hoy AS INTEGER) AS num_egresos_hoy,
    file_no,
    source_file,
    line_no
  FROM raw_balances
),
placed AS (
  SELECT typed.*, ROW_NUMBER() OVER (PARTITION BY fecha ORDER BY file_no, source_file DESC, line_no DESC) AS place
  FROM typed
)
-- A file that came later corrects the cells that it has; an empty one says nothing.
SELECT
  fecha,
  MAX_BY(saldo_inversion, CASE WHEN saldo_inversion IS NOT NULL THEN place END) AS saldo_inversion,
  MAX_BY(saldo_clientes, CASE WHEN saldo_clientes IS NOT NULL THEN place END) AS saldo_clientes,
  MAX_BY(saldo_flujos, CASE WHEN saldo_flujos IS NOT NULL THEN place END) AS saldo_flujos,
  MAX_BY(num_ingresos_hoy, CASE WHEN num_ingresos_hoy IS NOT NULL THEN place END) AS num_ingresos_hoy,
  MAX_BY(num_egresos_hoy, CASE WHEN num_egresos_hoy IS NOT NULL THEN place END) AS num_egresos_hoy
FROM placed
GROUP BY fecha
