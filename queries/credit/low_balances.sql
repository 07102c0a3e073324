-- title: Days with little or nothing
-- with: days, history, periods, subjects, calendar
-- low_days: days that end below the floor or below three days' mean outflow; low_balance: a tenth of the days end with it or
-- less; negative_days of the twelve full months and the days since; negative_run: the longest run of days below zero;
-- days_since_negative: the last one, before the twelve months that of the last line whose balance was below zero.
WITH low AS (
  SELECT
    periods.subject,
    periods.period,
    CASE WHEN COUNT(days.base_amt) = COUNT(*) AND COUNT(periods.covered_outflow) = COUNT(*) AND MIN(periods.months) > 0
         THEN SUM(CASE WHEN days.base_amt < :floor OR days.base_amt * periods.covered_calendar_days < 3 * periods.covered_outflow
                       THEN 1 ELSE 0 END) END AS low_days
  FROM days
  INNER JOIN periods ON periods.subject = days.subject AND days.months_back < periods.length
  WHERE days.months_back >= 0 AND periods.period IN ('3m', '12m')
  GROUP BY periods.subject, periods.period
),
ranked AS (
  SELECT
    subject,
    base_amt,
    10 * ROW_NUMBER() OVER (PARTITION BY subject ORDER BY base_amt NULLS LAST, day) AS tenfold_place,
    COUNT(*) OVER (PARTITION BY subject) AS num_days,
    COUNT(base_amt) OVER (PARTITION BY subject) AS known_days
  FROM days
  WHERE months_back >= 0
),
tenth AS (
  SELECT subject, CASE WHEN MIN(known_days) = MIN(num_days) THEN MIN(base_amt) END AS low_balance
  FROM ranked
  WHERE tenfold_place >= num_days
  GROUP BY subject
),
negative AS (
  -- Along a run of days below zero the days back fall as the place among them rises.
  SELECT subject, months_back, days_back, days_back + ROW_NUMBER() OVER (PARTITION BY subject ORDER BY day) AS run
  FROM days
  WHERE is_negative = 1
),
runs AS (
  SELECT subject, run, COUNT(*) AS length, SUM(CASE WHEN months_back >= 0 THEN 1 ELSE 0 END) AS full_length
  FROM negative
  GROUP BY subject, run
),
longest AS (
  SELECT subject, SUM(length) AS days, MAX(length) AS length, MAX(full_length) AS full_length FROM runs GROUP BY subject
),
since AS (
  SELECT subject, MIN(days_back) AS days_back
  FROM (
    SELECT subject, days_back FROM negative
    UNION ALL
    SELECT subjects.subject, calendar.days_back
    FROM history
    INNER JOIN subjects ON subjects.account_no = history.account_no
    INNER JOIN calendar ON calendar.day = history.last_negative
    WHERE history.last_negative < :from
  ) AS each_day
  GROUP BY subject
),
known AS (
  SELECT subject, MAX(months_back) AS months_back FROM days GROUP BY subject
)
SELECT subject, 'low_days' AS indicator, period, low_days AS dividend, 1 AS divisor FROM low
UNION ALL
SELECT subject, 'low_balance' AS indicator, '12m' AS period, low_balance AS dividend, 1 AS divisor FROM tenth
UNION ALL
SELECT known.subject, 'negative_run' AS indicator, '12m' AS period, COALESCE(longest.full_length, 0) AS dividend, 1 AS divisor
FROM known
LEFT JOIN longest ON longest.subject = known.subject
WHERE known.months_back >= 0
UNION ALL
SELECT known.subject, 'negative_run' AS indicator, '12m+' AS period, COALESCE(longest.length, 0) AS dividend, 1 AS divisor
FROM known
LEFT JOIN longest ON longest.subject = known.subject
UNION ALL
SELECT known.subject, 'negative_days' AS indicator, '12m+' AS period, COALESCE(longest.days, 0) AS dividend, 1 AS divisor
FROM known
LEFT JOIN longest ON longest.subject = known.subject
UNION ALL
SELECT subject, 'days_since_negative' AS indicator, 'all' AS period, days_back AS dividend, 1 AS divisor FROM since
