-- title: How much balances and income vary
-- with: days, months
-- balance_volatility: the standard deviation of the balances at the ends of days over their mean, in the account's own currency,
-- so that it tells of the account and not of the rate; income_variation: that of the qualifying inflow of the covered months.
-- Both are of all days or months, not of a sample of them; where the mean is not above zero there is none.
WITH amounts AS (
  SELECT subject, 'balance_volatility' AS indicator, own_amt AS amount FROM days WHERE months_back >= 0
  UNION ALL
  SELECT subject, 'income_variation' AS indicator,
         CASE WHEN converted_deposits > 0 OR deposits = 0 THEN qualifying_inflow END AS amount
  FROM months
  WHERE is_covered = 1
),
totals AS (
  -- The sums of squares below hold amounts up to ten million million.
  SELECT subject, indicator, COUNT(*) AS number, SUM(amount) AS total,
         CAST(SUM(amount) / COUNT(*) AS DECIMAL(18,2)) AS centre
  FROM amounts
  GROUP BY subject, indicator
  HAVING COUNT(amount) = COUNT(*) AND COUNT(*) > 1 AND SUM(amount) > 0 AND MAX(ABS(amount)) < 10000000000000
),
distances AS (
  SELECT amounts.subject, amounts.indicator, CAST(CAST(amounts.amount AS DECIMAL(18,2)) - totals.centre AS DECIMAL(38,2)) AS distance
  FROM amounts
  INNER JOIN totals ON totals.subject = amounts.subject AND totals.indicator = amounts.indicator
),
squares AS (
  -- Exact sums of cents, whatever cent the centre was rounded to: what it is off by is taken off again below.
  SELECT subject, indicator, SUM(distance) AS distances, SUM(distance * distance) AS squares
  FROM distances
  GROUP BY subject, indicator
)
SELECT
  totals.subject,
  totals.indicator,
  '12m' AS period,
  -- The root is a float's, which is right to more digits than are kept.
  CAST(ROUND(1000000 * SQRT(totals.number * squares.squares - squares.distances * squares.distances) / totals.total) AS DECIMAL(38,0))
    AS dividend,
  1000000 AS divisor
FROM totals
INNER JOIN squares ON squares.subject = totals.subject AND squares.indicator = totals.indicator
