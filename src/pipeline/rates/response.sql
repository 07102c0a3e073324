-- Exchange rates: one row per date, source and currency.
-- Input raw_rates: rate_date, source, base_currency, currency and rate as the source wrote them (all text); the source quotes
-- `rate` units of `currency` for one unit of `base_currency`.
-- base_per_unit is SGD for one unit of the currency: the rate of SGD divided by the rate of the currency. Both come from the same
-- source and the same date, so a cross rate never mixes two days.
WITH published AS (
  SELECT
    CAST(rate_date AS DATE) AS rate_date,
    source,
    currency,
    base_currency,
    CAST(rate AS DECIMAL(18,8)) AS rate
  FROM raw_rates
),
quoted AS (
  SELECT rate_date, source, currency, base_currency, rate FROM published
  UNION ALL
  -- The source's own base is a currency too, at a rate of 1.
  SELECT DISTINCT rate_date, source, base_currency AS currency, base_currency, CAST(1 AS DECIMAL(18,8)) AS rate
  FROM published
)
SELECT
  quoted.rate_date,
  quoted.source,
  quoted.currency,
  quoted.base_currency,
  quoted.rate,
  -- A quotient of two DECIMALs is a double in one engine and a rounded DECIMAL in another, and a double becomes a DECIMAL in
  -- different ways; by way of its text, both engines give the same 12 decimals.
  CAST(CAST(CAST(sgd.rate AS DOUBLE) / CAST(quoted.rate AS DOUBLE) AS STRING) AS DECIMAL(28,12)) AS base_per_unit,
  CAST(CAST(CAST(usd.rate AS DOUBLE) / CAST(quoted.rate AS DOUBLE) AS STRING) AS DECIMAL(28,12)) AS usd_per_unit
FROM quoted
LEFT JOIN quoted AS sgd
  ON sgd.rate_date = quoted.rate_date AND sgd.source = quoted.source AND sgd.currency = 'SGD'
LEFT JOIN quoted AS usd
  ON usd.rate_date = quoted.rate_date AND usd.source = quoted.source AND usd.currency = 'USD'
