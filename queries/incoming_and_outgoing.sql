-- title: Incoming and outgoing (saldos entrantes y salientes)
-- group: Investments
-- description: How many payments came in and went out each day: numbers of payments, not amounts
-- param: from date = newest - 1 month
-- param: to date = newest
-- chart: line x=fecha y=num_ingresos_hoy,num_egresos_hoy
SELECT
  fecha,
  num_ingresos_hoy,
  num_egresos_hoy,
  num_ingresos_hoy - num_egresos_hoy AS diferencia
FROM spectrum_schema.transactions
WHERE fecha BETWEEN :from AND :to
ORDER BY fecha
