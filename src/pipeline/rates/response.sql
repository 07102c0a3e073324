-- Exchange rates: one row per date, source and currency.
-- Input raw_rates (all text): rate_date, source, base_currency, currency, rate as the source wrote it, inverted, provisional,
-- published_at_utc, rate_file_sha; one file a source and date. The source quotes `rate` units of `currency` for one unit of
-- `base_currency`, or where `inverted` is true, `rate` units of `base_currency` for one unit of `currency`.
-- base_per_unit is SGD for one unit of the currency: the units of SGD for the base divided by those of the currency. Both come
-- from the same source, file and date, so a cross rate never mixes two days and crosses close.
WITH published AS (
  SELECT
    CAST(rate_date AS DATE) AS rate_date,
    source,
    currency,
    base_currency,
    CAST(rate AS DECIMAL(28,12)) AS rate,
    -- The text gives the nearest double in every engine; a DECIMAL need not.
    CASE WHEN inverted = 'true' THEN 1 / CAST(rate AS DOUBLE) ELSE CAST(rate AS DOUBLE) END AS units,
    CAST(inverted AS BOOLEAN) AS inverted,
    CAST(provisional AS BOOLEAN) AS provisional,
    CAST(published_at_utc AS TIMESTAMP) AS published_at_utc,
    rate_file_sha
  FROM raw_rates
),
quoted AS (
  SELECT rate_date, source, currency, base_currency, rate, units, inverted, provisional, published_at_utc, rate_file_sha
  FROM published
  UNION ALL
  -- The source's own base is a currency too, at a rate of 1.
  SELECT DISTINCT rate_date, source, base_currency AS currency, base_currency, CAST(1 AS DECIMAL(28,12)) AS rate,
    CAST(1 AS DOUBLE) AS units, FALSE AS inverted, provisional, published_at_utc, rate_file_sha
  FROM published
),
crossed AS (
  SELECT quoted.*, sgd.units / quoted.units AS base_units, usd.units / quoted.units AS usd_units
  FROM quoted
  LEFT JOIN quoted AS sgd
    ON sgd.rate_date = quoted.rate_date AND sgd.source = quoted.source AND sgd.currency = 'SGD'
  LEFT JOIN quoted AS usd
    ON usd.rate_date = quoted.rate_date AND usd.source = quoted.source AND usd.currency = 'USD'
)
SELECT
  rate_date,
  source,
  currency,
  base_currency,
  rate,
  inverted,
  -- A quotient of two DECIMALs is a double in one engine and a rounded DECIMAL in another, and a double becomes a DECIMAL in
  -- different ways; by way of its text, both engines give the same 12 decimals. Texts become DECIMALs of 18 digits three times
  -- as fast as wider ones, and almost all rates fit.
  CASE WHEN base_units < 100000 THEN CAST(CAST(CAST(base_units AS STRING) AS DECIMAL(18,12)) AS DECIMAL(28,12))
       ELSE CAST(CAST(base_units AS STRING) AS DECIMAL(28,12)) END AS base_per_unit,
  CASE WHEN usd_units < 100000 THEN CAST(CAST(CAST(usd_units AS STRING) AS DECIMAL(18,12)) AS DECIMAL(28,12))
       ELSE CAST(CAST(usd_units AS STRING) AS DECIMAL(28,12)) END AS usd_per_unit,
  'mid' AS rate_type,
  provisional,
  published_at_utc,
  rate_file_sha
FROM crossed
