-- Every day up to the as-of day: how many days and full months before it lies. months_back is 0 in the last full month
-- and -1 in a month that has not ended; the twelve full months are :from to :to.
SELECT
  fecha AS day,
  MIN(fecha) OVER (PARTITION BY anio, mes) AS month_start,
  CAST(12 * EXTRACT(YEAR FROM :to) + EXTRACT(MONTH FROM :to) - 12 * anio - mes AS INTEGER) AS months_back,
  CAST(ROW_NUMBER() OVER (ORDER BY fecha DESC) - 1 AS INTEGER) AS days_back
FROM dates
WHERE fecha <= :as_of
