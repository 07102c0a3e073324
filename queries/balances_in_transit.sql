-- title: Balances in transit (saldos en tránsito)
-- group: Investments
-- description: Money received or ordered but not yet invested or paid, day by day, with its running sum
-- param: from date = 2023-12-01
-- param: to date = 2023-12-31
-- chart: line x=fecha y=saldo_flujos
SELECT
  fecha,
  saldo_flujos,
  SUM(saldo_flujos) OVER (ORDER BY fecha ROWS UNBOUNDED PRECEDING) AS suma,
  CAST(AVG(saldo_flujos) OVER (ORDER BY fecha ROWS UNBOUNDED PRECEDING) AS DECIMAL(18,2)) AS promedio
FROM spectrum_schema.transactions
WHERE fecha BETWEEN :from AND :to
ORDER BY fecha
