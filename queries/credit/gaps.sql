-- with: lines
-- The most days from one line of an account or customer to its next, in the twelve full months and since; none for a single line.
SELECT subject, MAX(days_on) AS most_days
FROM (
  SELECT subject, LAG(days_back) OVER (PARTITION BY subject ORDER BY days_back DESC) - days_back AS days_on
  FROM (SELECT DISTINCT subject, days_back FROM lines) AS each_day
) AS steps
GROUP BY subject
