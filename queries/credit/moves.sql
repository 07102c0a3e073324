-- with: positions
-- table: response (rate_date DATE, source VARCHAR, currency VARCHAR, base_per_unit DECIMAL(28,12), provisional BOOLEAN, held_back BOOLEAN, year INTEGER)
-- The worst fall and the worst rise of each currency against the base currency from one month's last rate to the next, over
-- the last ten years that the lake has, in parts of one.
WITH needed AS (
  SELECT DISTINCT currency FROM positions
),
last_rates AS (
  SELECT
    response.currency,
    12 * EXTRACT(YEAR FROM rate_date) + EXTRACT(MONTH FROM rate_date) AS month_no,
    base_per_unit,
    ROW_NUMBER() OVER (
      PARTITION BY response.currency, EXTRACT(YEAR FROM rate_date), EXTRACT(MONTH FROM rate_date)
      ORDER BY rate_date DESC, CASE WHEN provisional THEN 1 ELSE 0 END,
        CASE source WHEN 'oxr' THEN 1 WHEN 'ecb' THEN 2 WHEN 'frankfurter' THEN 3 WHEN 'h10' THEN 4 ELSE 5 END, source) AS preference
  FROM response
  WHERE response.currency IN (SELECT needed.currency FROM needed) AND base_per_unit > 0 AND rate_date <= :as_of
    AND response.year BETWEEN EXTRACT(YEAR FROM :as_of) - 10 AND EXTRACT(YEAR FROM :as_of)
),
pairs AS (
  SELECT
    currency,
    month_no - LAG(month_no) OVER (PARTITION BY currency ORDER BY month_no) AS months,
    LAG(base_per_unit) OVER (PARTITION BY currency ORDER BY month_no) AS former,
    base_per_unit - LAG(base_per_unit) OVER (PARTITION BY currency ORDER BY month_no) AS change
  FROM last_rates
  WHERE preference = 1
),
parts AS (
  -- A quotient in millionths, rounded half away from zero: credit_worthiness.sql says how.
  SELECT
    currency,
    former,
    change - change % former AS whole,
    2000000 * (change % former) + CASE WHEN change < 0 THEN -former ELSE former END AS millionths
  FROM pairs
  WHERE months = 1
),
changes AS (
  SELECT
    currency,
    CAST(whole / former AS DECIMAL(18,0))
      + CAST((millionths - millionths % (2 * former)) / (2 * former) AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6)) AS change
  FROM parts
)
SELECT
  currency,
  CASE WHEN MIN(change) < 0 THEN -MIN(change) ELSE 0 END AS worst_fall,
  CASE WHEN MAX(change) > 0 THEN MAX(change) ELSE 0 END AS worst_rise
FROM changes
GROUP BY currency
