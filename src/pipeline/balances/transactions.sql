-- Daily balances of the investment platform: the fact table, one row a day.
-- Input raw_balances: the columns of the source as text, whatever the case of its header.
SELECT
  CAST(fecha AS DATE) AS fecha,
  CAST(saldo_inversion AS DECIMAL(18,2)) AS saldo_inversion,
  CAST(saldo_clientes AS DECIMAL(18,2)) AS saldo_clientes,
  CAST(saldo_flujos AS DECIMAL(18,2)) AS saldo_flujos,
  CAST(num_ingresos_hoy AS INTEGER) AS num_ingresos_hoy,
  CAST(num_egresos_hoy AS INTEGER) AS num_egresos_hoy
FROM raw_balances
