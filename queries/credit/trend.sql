-- title: Trend of balance and income
-- with: months
-- balance_trend and inflow_trend, per cent a month: the median of the slopes between every two covered months (Theil and Sen)
-- over the median month. The balance is a month's average daily one, in the account's own currency.
WITH amounts AS (
  SELECT subject, 'balance_trend' AS indicator, months_back,
    CASE WHEN days > 0 THEN
      CAST((own_total - own_total % days) / days AS DECIMAL(28,0))
      + CAST((2000000 * (own_total % days) + CASE WHEN own_total < 0 THEN -days ELSE days END
              - (2000000 * (own_total % days) + CASE WHEN own_total < 0 THEN -days ELSE days END) % (2 * days)) / (2 * days)
             AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6)) END AS amount
  FROM months
  WHERE is_covered = 1
  UNION ALL
  SELECT subject, 'inflow_trend' AS indicator, months_back,
         CASE WHEN converted_deposits > 0 OR deposits = 0 THEN inflow END AS amount
  FROM months
  WHERE is_covered = 1
),
slopes AS (
  -- 27,720 is a multiple of every number up to twelve: times it all slopes are whole parts of the amounts.
  SELECT
    later.subject,
    later.indicator,
    (later.amount - earlier.amount) * CASE earlier.months_back - later.months_back
      WHEN 1 THEN 27720 WHEN 2 THEN 13860 WHEN 3 THEN 9240 WHEN 4 THEN 6930 WHEN 5 THEN 5544 WHEN 6 THEN 4620
      WHEN 7 THEN 3960 WHEN 8 THEN 3465 WHEN 9 THEN 3080 WHEN 10 THEN 2772 ELSE 2520 END AS slope
  FROM amounts AS later
  INNER JOIN amounts AS earlier
    ON earlier.subject = later.subject AND earlier.indicator = later.indicator AND earlier.months_back > later.months_back
),
placed AS (
  SELECT subject, indicator, slope,
         ROW_NUMBER() OVER (PARTITION BY subject, indicator ORDER BY slope) AS place,
         COUNT(*) OVER (PARTITION BY subject, indicator) AS number
  FROM slopes
),
placed_amounts AS (
  SELECT subject, indicator, amount,
         ROW_NUMBER() OVER (PARTITION BY subject, indicator ORDER BY amount) AS place,
         COUNT(*) OVER (PARTITION BY subject, indicator) AS number,
         COUNT(amount) OVER (PARTITION BY subject, indicator) AS known
  FROM amounts
),
-- The middle one twice, or the two in the middle: both medians are sums of two.
middle AS (
  SELECT subject, indicator, SUM(CASE WHEN number % 2 = 1 THEN 2 * slope ELSE slope END) AS slopes
  FROM placed
  WHERE 2 * place BETWEEN number AND number + 2
  GROUP BY subject, indicator
),
level AS (
  SELECT subject, indicator, SUM(CASE WHEN number % 2 = 1 THEN 2 * amount ELSE amount END) AS amounts
  FROM placed_amounts
  WHERE 2 * place BETWEEN number AND number + 2 AND number > 2 AND known = number
  GROUP BY subject, indicator
)
SELECT level.subject, level.indicator, '12m' AS period, 100 * middle.slopes AS dividend, 27720 * level.amounts AS divisor
FROM level
INNER JOIN middle ON middle.subject = level.subject AND middle.indicator = level.indicator
WHERE level.amounts > 0
