-- The calendar: the dimension of all tables with a date, whole years from the first statement or balance to the last rate.
-- Names are ASCII (anio for año), because not every engine reads an accented name unquoted; the values are proper Spanish.
WITH digits AS (
  SELECT digit FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS list(digit)
),
numbers AS (
  -- 40,000 days from 1989-12-31 reach into 2099.
  SELECT CAST(a.digit + 10 * b.digit + 100 * c.digit + 1000 * d.digit + 10000 * e.digit AS INTEGER) AS number
  FROM digits AS a CROSS JOIN digits AS b CROSS JOIN digits AS c CROSS JOIN digits AS d CROSS JOIN digits AS e
  WHERE e.digit < 4
),
rate_days AS (
  -- Other sources answer on days on which banks are closed.
  SELECT DISTINCT rate_date FROM response WHERE source = 'ecb'
),
closed_days AS (
  -- The weekdays on which TARGET is closed.
  SELECT day FROM (VALUES {closed_days}) AS list(day)
),
bounds AS (
  SELECT MIN(day) AS first_day, MAX(day) AS last_day
  FROM (
    SELECT MIN(CAST(fecha AS DATE)) AS day FROM raw_balances
    UNION ALL SELECT MAX(CAST(fecha AS DATE)) AS day FROM raw_balances
    UNION ALL SELECT MIN(value_date) AS day FROM banktxn
    UNION ALL SELECT MAX(value_date) AS day FROM banktxn
    UNION ALL SELECT MIN(booking_date) AS day FROM banktxn
    UNION ALL SELECT MAX(booking_date) AS day FROM banktxn
    UNION ALL SELECT MAX(rate_date) AS day FROM rate_days
  ) AS ends
),
spine AS (
  -- 1989-12-31 was a Sunday, so the weekday follows from the number of days: engines disagree on which day is the first.
  SELECT
    DATE '1989-12-31' + numbers.number AS fecha,
    numbers.number % 7 + 1 AS dia_semana,
    (numbers.number + 6) % 7 + 1 AS iso_day
  FROM numbers
)
SELECT
  spine.fecha,
  CAST(EXTRACT(YEAR FROM spine.fecha) AS INTEGER) AS anio,
  CAST(EXTRACT(QUARTER FROM spine.fecha) AS INTEGER) AS trimestre,
  CAST(EXTRACT(MONTH FROM spine.fecha) AS INTEGER) AS mes,
  CASE EXTRACT(MONTH FROM spine.fecha)
    WHEN 1 THEN 'enero' WHEN 2 THEN 'febrero' WHEN 3 THEN 'marzo' WHEN 4 THEN 'abril'
    WHEN 5 THEN 'mayo' WHEN 6 THEN 'junio' WHEN 7 THEN 'julio' WHEN 8 THEN 'agosto'
    WHEN 9 THEN 'septiembre' WHEN 10 THEN 'octubre' WHEN 11 THEN 'noviembre' ELSE 'diciembre'
  END AS nombre_mes,
  CAST(EXTRACT(DAY FROM spine.fecha) AS INTEGER) AS dia_del_mes,
  CAST(spine.dia_semana AS INTEGER) AS dia_semana,
  CASE spine.dia_semana
    WHEN 1 THEN 'domingo' WHEN 2 THEN 'lunes' WHEN 3 THEN 'martes' WHEN 4 THEN 'miércoles'
    WHEN 5 THEN 'jueves' WHEN 6 THEN 'viernes' ELSE 'sábado'
  END AS nombre_dia,
  -- An ISO week belongs to the year of its Thursday: group by anio_iso, never by anio, with the week.
  CAST(EXTRACT(YEAR FROM spine.fecha + CAST(4 - spine.iso_day AS INTEGER)) AS INTEGER) AS anio_iso,
  CAST(EXTRACT(WEEK FROM spine.fecha) AS INTEGER) AS semana_del_anio,
  spine.iso_day <= 5 AS entre_semana,
  EXTRACT(DAY FROM spine.fecha + 1) = 1 AS fin_de_mes,
  -- A business day is one on which TARGET is open, as the central bank's rates of the day prove; after the last known rate
  -- nobody knows yet.
  CASE WHEN spine.fecha <= bounds.last_rate
       THEN rate_days.rate_date IS NOT NULL OR (spine.iso_day <= 5 AND closed_days.day IS NULL) END AS dia_habil
FROM spine
CROSS JOIN (
  SELECT
    EXTRACT(YEAR FROM first_day) AS first_year,
    EXTRACT(YEAR FROM last_day) AS last_year,
    (SELECT MAX(rate_date) FROM rate_days) AS last_rate
  FROM bounds
) AS bounds
LEFT JOIN rate_days ON rate_days.rate_date = spine.fecha
LEFT JOIN closed_days ON closed_days.day = spine.fecha
WHERE EXTRACT(YEAR FROM spine.fecha) BETWEEN bounds.first_year AND bounds.last_year
