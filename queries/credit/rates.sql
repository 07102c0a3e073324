-- with: calendar, currencies
-- table: response (rate_date DATE, source VARCHAR, currency VARCHAR, base_per_unit DECIMAL(28,12), held_back BOOLEAN, provisional BOOLEAN, year INTEGER)
-- What one unit of each account's currency was worth on each day of the window, in the base currency: the last rate on or
-- before the day, :max_age_days old at most, of the source that the lines too are converted by. One that is held back is none.
WITH needed AS (
  SELECT DISTINCT balance_currency AS currency FROM currencies WHERE balance_currency <> :base_currency
),
published AS (
  SELECT
    response.currency,
    response.rate_date,
    response.base_per_unit,
    ROW_NUMBER() OVER (PARTITION BY response.currency, response.rate_date ORDER BY
      CASE WHEN response.base_per_unit IS NULL THEN 1 ELSE 0 END,
      CASE WHEN response.provisional THEN 1 ELSE 0 END,
      CASE response.source WHEN 'oxr' THEN 1 WHEN 'ecb' THEN 2 WHEN 'frankfurter' THEN 3 WHEN 'h10' THEN 4 ELSE 5 END,
      response.source) AS preference
  FROM response
  WHERE response.currency IN (SELECT needed.currency FROM needed) AND response.rate_date <= :as_of
    AND (response.base_per_unit IS NOT NULL OR response.held_back)
    AND response.year BETWEEN EXTRACT(YEAR FROM :from) - 1 AND EXTRACT(YEAR FROM :as_of)
),
timeline AS (
  SELECT currency, rate_date AS day, rate_date FROM published WHERE preference = 1
  UNION ALL
  SELECT needed.currency, calendar.day, CAST(NULL AS DATE) AS rate_date
  FROM calendar CROSS JOIN needed
  WHERE calendar.day BETWEEN :from AND :as_of
),
carried AS (
  -- The default frame ends with the day's peers, so a rate of the day itself counts.
  SELECT currency, day, rate_date AS own_date, MAX(rate_date) OVER (PARTITION BY currency ORDER BY day) AS rate_date FROM timeline
)
SELECT carried.currency, carried.day, published.base_per_unit
FROM carried
INNER JOIN published
  ON published.currency = carried.currency AND published.rate_date = carried.rate_date AND published.preference = 1
INNER JOIN calendar AS today ON today.day = carried.day
INNER JOIN calendar AS then_day ON then_day.day = carried.rate_date
WHERE carried.own_date IS NULL AND then_day.days_back - today.days_back <= :max_age_days
