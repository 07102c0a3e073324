-- title: Average balances (saldos promedio)
-- group: Investments
-- description: Mean of each daily balance over a range of days, and how many of its days have a row
-- param: from date = 2023-12-25
-- param: to date = 2023-12-31
SELECT
  CAST(AVG(transactions.saldo_inversion) AS DECIMAL(18,2)) AS promedio_saldo_inversion,
  CAST(AVG(transactions.saldo_clientes) AS DECIMAL(18,2)) AS promedio_saldo_clientes,
  CAST(AVG(transactions.saldo_flujos) AS DECIMAL(18,2)) AS promedio_saldo_flujos,
  COUNT(transactions.fecha) AS days_with_row,
  COUNT(*) - COUNT(transactions.fecha) AS days_without_row
FROM spectrum_schema.dates AS dates
LEFT JOIN spectrum_schema.transactions AS transactions ON transactions.fecha = dates.fecha
WHERE dates.fecha BETWEEN :from AND :to
