-- title: Average balances (saldos promedio)
-- group: Investments
-- description: Mean of each daily balance over a range of days, and how many of its days have a row
-- param: from date = newest - 6 days
-- param: to date = newest
WITH measures AS (
  SELECT 1 AS place, CAST(saldo_inversion AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
  UNION ALL
  SELECT 2 AS place, CAST(saldo_clientes AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
  UNION ALL
  SELECT 3 AS place, CAST(saldo_flujos AS DECIMAL(18,2)) AS amount
  FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
),
sums AS (
  SELECT place, SUM(amount) AS total, COUNT(amount) AS days
  FROM measures
  GROUP BY place
  HAVING COUNT(amount) > 0
),
halves AS (
  SELECT sums.*, total % days AS remainder,
         200 * (total % days) + CASE WHEN total < 0 THEN -days ELSE days END AS cents
  FROM sums
),
means AS (
  -- Whole numbers and cents apart, each a quotient without remainder: credit_worthiness.sql says why.
  SELECT place, CAST(CAST((total - remainder) / days AS DECIMAL(18,0))
                     + CAST((cents - cents % (2 * days)) / (2 * days) AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) AS DECIMAL(18,2)) AS mean
  FROM halves
),
ends AS (
  SELECT 1 AS sign, CAST(EXTRACT(YEAR FROM :to) AS INTEGER) AS y, CAST(EXTRACT(MONTH FROM :to) AS INTEGER) AS m,
         CAST(EXTRACT(DAY FROM :to) AS INTEGER) AS d
  UNION ALL
  SELECT -1 AS sign, CAST(EXTRACT(YEAR FROM :from) AS INTEGER) AS y, CAST(EXTRACT(MONTH FROM :from) AS INTEGER) AS m,
         CAST(EXTRACT(DAY FROM :from) AS INTEGER) AS d
),
counted_from_march AS (
  -- So that a leap day is the last of its year.
  SELECT sign, CASE WHEN m > 2 THEN y ELSE y - 1 END AS y, 153 * CASE WHEN m > 2 THEN m - 3 ELSE m + 9 END + 2 AS fifths, d FROM ends
),
span AS (
  -- The calendar need not reach as far as is asked, and engines subtract dates each in a way of its own.
  SELECT CAST(SUM(sign * (365 * y + (y - y % 4) / 4 - (y - y % 100) / 100 + (y - y % 400) / 400 + (fifths - fifths % 5) / 5 + d)) + 1
              AS BIGINT) AS days
  FROM counted_from_march
),
counted AS (
  SELECT COUNT(*) AS days_with_row FROM spectrum_schema.transactions WHERE fecha BETWEEN :from AND :to
)
SELECT
  (SELECT mean FROM means WHERE place = 1) AS promedio_saldo_inversion,
  (SELECT mean FROM means WHERE place = 2) AS promedio_saldo_clientes,
  (SELECT mean FROM means WHERE place = 3) AS promedio_saldo_flujos,
  days_with_row,
  CASE WHEN days > days_with_row THEN days - days_with_row ELSE 0 END AS days_without_row
FROM counted
CROSS JOIN span
