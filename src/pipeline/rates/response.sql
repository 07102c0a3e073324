-- Exchange rates: one row per date, source and currency.
-- Input settings: base_currency. Input raw_rates (all text): rate_date, source, base_currency, currency, rate as the source wrote
-- it, inverted, held_back, provisional, published_at_utc, rate_file_sha; one base a source and date. The source quotes `rate`
-- units of `currency` for one unit of `base_currency`, or where `inverted` is true, `rate` units of `base_currency` for one unit
-- of `currency`.
-- base_per_unit is the units of the lake's base currency for one unit of the currency: those for the source's base divided by
-- those of the currency. Both come from the same source and date, so a cross rate never mixes two days and crosses close.
-- A rate that is held back has no quotient until someone accepts it, nor has any other that would be made with it.
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
    CAST(held_back AS BOOLEAN) AS held_back,
    CAST(provisional AS BOOLEAN) AS provisional,
    CAST(published_at_utc AS TIMESTAMP) AS published_at_utc,
    rate_file_sha
  FROM raw_rates
),
quoted AS (
  SELECT rate_date, source, currency, base_currency, rate, units, inverted, held_back, provisional, published_at_utc, rate_file_sha
  FROM published
  UNION ALL
  -- The source's own base is a currency too, at a rate of 1.
  SELECT rate_date, source, base_currency AS currency, base_currency, CAST(1 AS DECIMAL(28,12)) AS rate, CAST(1 AS DOUBLE) AS units,
    FALSE AS inverted, FALSE AS held_back, provisional, published_at_utc, MIN(rate_file_sha) AS rate_file_sha
  FROM published
  GROUP BY rate_date, source, base_currency, provisional, published_at_utc
),
base AS (
  SELECT quoted.rate_date, quoted.source, quoted.units, quoted.held_back
  FROM quoted JOIN settings ON settings.base_currency = quoted.currency
),
crossed AS (
  SELECT
    quoted.rate_date,
    quoted.source,
    quoted.currency,
    quoted.base_currency,
    quoted.rate,
    quoted.inverted,
    quoted.provisional,
    quoted.published_at_utc,
    quoted.rate_file_sha,
    quoted.held_back OR COALESCE(base.held_back, FALSE) AS held_back,
    CASE WHEN NOT quoted.held_back AND NOT base.held_back THEN base.units / quoted.units END AS base_units,
    CASE WHEN NOT quoted.held_back AND NOT usd.held_back THEN usd.units / quoted.units END AS usd_units
  FROM quoted
  LEFT JOIN base ON base.rate_date = quoted.rate_date AND base.source = quoted.source
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
  -- as fast as wider ones, and almost all rates fit. What does not fit, or would be 0, is no rate.
  CASE WHEN base_units < 0.000000000001 THEN CAST(NULL AS DECIMAL(28,12))
       WHEN base_units < 100000 THEN CAST(CAST(CAST(base_units AS STRING) AS DECIMAL(18,12)) AS DECIMAL(28,12))
       WHEN base_units < 1000000000000000 THEN CAST(CAST(base_units AS STRING) AS DECIMAL(28,12)) END AS base_per_unit,
  CASE WHEN usd_units < 0.000000000001 THEN CAST(NULL AS DECIMAL(28,12))
       WHEN usd_units < 100000 THEN CAST(CAST(CAST(usd_units AS STRING) AS DECIMAL(18,12)) AS DECIMAL(28,12))
       WHEN usd_units < 1000000000000000 THEN CAST(CAST(usd_units AS STRING) AS DECIMAL(28,12)) END AS usd_per_unit,
  'mid' AS rate_type,
  provisional,
  published_at_utc,
  rate_file_sha,
  held_back
FROM crossed
