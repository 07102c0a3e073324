-- title: How good the data are
-- with: lines, history, subjects, calendar, periods, banktxn, balance_breaks
-- months_covered; longest_gap: the most days without a line; converted_share and carried_share: lines with an amount whose
-- amounts have a rate, and whose rate is not the day's own; balance_breaks: lines whose balance does not follow from another;
-- uncertain_days: days whose balance at the end depends on an order of lines that nobody tells.
WITH counts AS (
  SELECT
    subject,
    SUM(CASE WHEN rate_status IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 1 ELSE 0 END) AS converted,
    SUM(CASE WHEN rate_status IN ('carried', 'provisional', 'fixed_conv') THEN 1 ELSE 0 END) AS carried,
    COUNT(*) AS num_lines
  FROM lines
  WHERE months_back BETWEEN 0 AND 11 AND rate_status <> 'no_amount'
  GROUP BY subject
),
spans AS (
  SELECT subjects.subject, MIN(history.first_line) AS first_line
  FROM subjects
  INNER JOIN history ON history.account_no = subjects.account_no
  GROUP BY subjects.subject
),
points AS (
  SELECT DISTINCT subject, days_back FROM lines WHERE months_back BETWEEN 0 AND 11
  UNION ALL
  SELECT spans.subject, calendar.days_back + 1 AS days_back
  FROM spans
  INNER JOIN calendar ON calendar.day = :from
  WHERE spans.first_line < :from
  UNION ALL
  SELECT spans.subject, calendar.days_back - 1 AS days_back
  FROM spans
  INNER JOIN calendar ON calendar.day = :to
),
gaps AS (
  SELECT subject, LAG(days_back) OVER (PARTITION BY subject ORDER BY days_back DESC) - days_back - 1 AS gap FROM points
),
longest AS (
  SELECT subject, MAX(gap) AS gap FROM gaps GROUP BY subject
),
breaks AS (
  SELECT subjects.subject, COUNT(*) AS breaks
  FROM balance_breaks
  INNER JOIN subjects ON subjects.account_no = balance_breaks.account_no
  WHERE balance_breaks.day BETWEEN :from AND :to
  GROUP BY subjects.subject
),
year AS (
  SELECT subject, months, days, uncertain_days FROM periods WHERE period = '12m'
)
SELECT subject, 'months_covered' AS indicator, '12m' AS period, months AS dividend, 1 AS divisor FROM year
UNION ALL
SELECT subject, 'longest_gap' AS indicator, '12m' AS period, gap AS dividend, 1 AS divisor FROM longest
UNION ALL
SELECT subject, 'converted_share' AS indicator, '12m' AS period, converted AS dividend, num_lines AS divisor FROM counts
UNION ALL
SELECT subject, 'carried_share' AS indicator, '12m' AS period, carried AS dividend, num_lines AS divisor FROM counts
UNION ALL
SELECT year.subject, 'balance_breaks' AS indicator, '12m' AS period, COALESCE(breaks.breaks, 0) AS dividend, 1 AS divisor
FROM year
LEFT JOIN breaks ON breaks.subject = year.subject
WHERE year.days > 0
UNION ALL
SELECT subject, 'uncertain_days' AS indicator, '12m' AS period, uncertain_days AS dividend, 1 AS divisor FROM year
