-- title: Rhythm of the week
-- group: Investments
-- description: Mean balances and payments for each weekday, over the days of a range
-- param: from date = 2023-01-01
-- param: to date = 2023-12-31
-- chart: bar x=nombre_dia y=promedio_ingresos
SELECT
  dates.dia_semana,
  dates.nombre_dia,
  COUNT(*) AS num_days,
  CAST(AVG(transactions.saldo_clientes) AS DECIMAL(18,2)) AS promedio_saldo_clientes,
  CAST(AVG(transactions.saldo_flujos) AS DECIMAL(18,2)) AS promedio_saldo_flujos,
  CAST(AVG(transactions.num_ingresos_hoy) AS DECIMAL(18,2)) AS promedio_ingresos,
  CAST(AVG(transactions.num_egresos_hoy) AS DECIMAL(18,2)) AS promedio_egresos
FROM spectrum_schema.transactions AS transactions
INNER JOIN spectrum_schema.dates AS dates ON dates.fecha = transactions.fecha
WHERE transactions.fecha BETWEEN :from AND :to
GROUP BY dates.dia_semana, dates.nombre_dia
ORDER BY dates.dia_semana
