-- Daily balances of the investment platform: the fact table, one row a day.
-- Input raw_balances: the columns of the source as text, with source_file, line_no and file_no, the order in which the files came.
SELECT
  CAST(fecha AS DATE) AS fecha,
  CAST(saldo_inversion AS DECIMAL(18,2)) AS saldo_inversion,
  CAST(saldo_clientes AS DECIMAL(18,2)) AS saldo_clientes,
  CAST(saldo_flujos AS DECIMAL(18,2)) AS saldo_flujos,
  CAST(num_ingresos_hoy AS INTEGER) AS num_ingresos_hoy,
  CAST(num_egresos_hoy AS INTEGER) AS num_egresos_hoy
FROM (
  -- A file that came later corrects the days of the earlier ones.
  SELECT raw_balances.*,
         ROW_NUMBER() OVER (PARTITION BY CAST(fecha AS DATE) ORDER BY file_no DESC, source_file, line_no) AS preference
  FROM raw_balances
) AS days
WHERE preference = 1
