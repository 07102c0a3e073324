-- The rate of every day and currency that the statements need: a few thousand rows, however many lines there are.
-- The rate is the last one known on or before the day, at most `max_age_days` old. There is no interpolation and no default rate,
-- and where a newer one is held back, none at all.
-- Input settings: base_currency, max_age_days, dated_by ('value' or 'booking').
-- A WITH that goes on behind `retired`.
dated AS (
  SELECT
    CASE settings.dated_by WHEN 'booking' THEN COALESCE(booking_date, value_date) ELSE value_date END AS rate_day,
    withdrawal_amt,
    withdrawal_currency,
    deposit_amt,
    deposit_currency
  FROM banktxn CROSS JOIN settings
),
sides AS (
  SELECT rate_day, withdrawal_currency AS currency FROM dated WHERE withdrawal_amt IS NOT NULL
  UNION
  SELECT rate_day, deposit_currency AS currency FROM dated WHERE deposit_amt IS NOT NULL
),
requests AS (
  -- Every pair of day and currency once: a few thousand, however many lines there are.
  SELECT
    sides.rate_day,
    sides.currency,
    COALESCE(retired.successor, sides.currency) AS quoted,
    retired.factor
  FROM sides
  LEFT JOIN retired ON retired.code = sides.currency AND sides.rate_day >= retired.since
  WHERE sides.rate_day IS NOT NULL AND sides.currency IS NOT NULL
),
usable AS (
  -- The one place that says which source is used when several have the date. A day that had not ended is better than none.
  SELECT rate_date, source, currency, base_per_unit, usd_per_unit, provisional,
         ROW_NUMBER() OVER (PARTITION BY currency, rate_date ORDER BY
           CASE WHEN provisional THEN 1 ELSE 0 END,
           CASE source WHEN 'oxr' THEN 1 WHEN 'ecb' THEN 2 WHEN 'frankfurter' THEN 3 WHEN 'h10' THEN 4 ELSE 5 END,
           source) AS preference
  FROM response
  WHERE base_per_unit IS NOT NULL AND currency IN (SELECT quoted FROM requests)
),
rates AS (
  -- One source a date and currency, so that the joins below never multiply lines.
  SELECT rate_date, source, currency, base_per_unit, usd_per_unit, provisional FROM usable WHERE preference = 1
),
held AS (
  SELECT currency, rate_date, MIN(source) AS source
  FROM response
  WHERE held_back AND currency IN (SELECT quoted FROM requests)
  GROUP BY currency, rate_date
),
timeline AS (
  SELECT currency, rate_date AS day, rate_date, CAST(NULL AS DATE) AS held_date FROM rates
  UNION ALL
  SELECT currency, rate_date AS day, CAST(NULL AS DATE) AS rate_date, rate_date AS held_date FROM held
  UNION ALL
  SELECT quoted AS currency, rate_day AS day, CAST(NULL AS DATE) AS rate_date, CAST(NULL AS DATE) AS held_date FROM requests
),
carried AS (
  -- The newest rate date up to each day. The default frame ends with the day's peers, so a rate of the day itself counts.
  SELECT currency, day, MAX(rate_date) OVER (PARTITION BY currency ORDER BY day) AS rate_date,
         MAX(held_date) OVER (PARTITION BY currency ORDER BY day) AS held_date
  FROM timeline
),
latest AS (
  -- What another source has of the same day counts, so only a newer date is held back.
  SELECT DISTINCT currency, day, COALESCE(held_date > rate_date, held_date IS NOT NULL) AS is_held,
         CASE WHEN COALESCE(held_date > rate_date, held_date IS NOT NULL) THEN held_date ELSE rate_date END AS rate_date
  FROM carried
),
aged AS (
  SELECT
    requests.rate_day,
    requests.currency,
    requests.quoted,
    requests.factor,
    latest.rate_date,
    CAST(DATEDIFF(requests.rate_day, latest.rate_date) AS INTEGER) AS rate_age_days,
    COALESCE(held.source, rates.source) AS rate_source,
    latest.is_held,
    rates.base_per_unit,
    rates.usd_per_unit,
    rates.provisional,
    newest.rate_date AS newest_rate_date,
    settings.base_currency,
    settings.max_age_days
  FROM requests
  CROSS JOIN settings
  CROSS JOIN (SELECT MAX(rate_date) AS rate_date FROM rates) AS newest
  LEFT JOIN latest ON latest.currency = requests.quoted AND latest.day = requests.rate_day
  LEFT JOIN rates ON rates.currency = requests.quoted AND rates.rate_date = latest.rate_date AND NOT latest.is_held
  LEFT JOIN held ON held.currency = requests.quoted AND held.rate_date = latest.rate_date AND latest.is_held
),
answered AS (
  SELECT
    aged.*,
    currency <> base_currency AND quoted <> base_currency AS is_rated,
    CASE
      WHEN currency = base_currency THEN 'identity'
      WHEN LENGTH(currency) <> 3 OR TRANSLATE(currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '') <> '' THEN 'ccy_invalid'
      -- What became the base currency itself is worth by law what it is, with no rate or an old one too.
      WHEN quoted = base_currency THEN 'fixed_conv'
      WHEN is_held THEN 'held_back'
      WHEN rate_date IS NULL THEN 'no_rate'
      WHEN rate_age_days > max_age_days THEN 'stale'
      WHEN factor IS NOT NULL THEN 'fixed_conv'
      -- The day's own rate may yet come, or change.
      WHEN provisional THEN 'provisional'
      WHEN rate_age_days = 0 THEN 'exact'
      WHEN rate_day > newest_rate_date THEN 'provisional'
      ELSE 'carried'
    END AS rate_status
  FROM aged
)
-- The base currency needs no rate, so it shows none, and neither does what became it. A rate that may not be used is not shown
-- either, only its date and age.
SELECT
  rate_day,
  currency,
  rate_status,
  CASE WHEN is_rated THEN rate_date END AS rate_date,
  CASE WHEN is_rated THEN rate_age_days END AS rate_age_days,
  CASE WHEN is_rated THEN rate_source END AS rate_source,
  CASE
    WHEN rate_status = 'identity' THEN CAST(1 AS DECIMAL(28,12))
    WHEN NOT is_rated THEN CAST(CAST(1 / CAST(factor AS DOUBLE) AS STRING) AS DECIMAL(28,12))
    WHEN rate_status = 'fixed_conv' THEN CAST(CAST(CAST(base_per_unit AS DOUBLE) / CAST(factor AS DOUBLE) AS STRING) AS DECIMAL(28,12))
    WHEN rate_status IN ('exact', 'carried', 'provisional') THEN base_per_unit
  END AS base_per_unit,
  CASE
    WHEN NOT is_rated THEN CAST(NULL AS DECIMAL(28,12))
    WHEN rate_status = 'fixed_conv' THEN CAST(CAST(CAST(usd_per_unit AS DOUBLE) / CAST(factor AS DOUBLE) AS STRING) AS DECIMAL(28,12))
    WHEN rate_status IN ('exact', 'carried', 'provisional') THEN usd_per_unit
  END AS usd_per_unit
FROM answered
