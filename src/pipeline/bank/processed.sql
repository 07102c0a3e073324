-- Bank lines with their amounts in the base currency, SGD, at the rate of the value date.
-- The rate is the last one known on or before the value date, at most 7 days old. There is no interpolation and no default rate: a
-- line without a usable rate stays, with NULL amounts, a status and a reason.
WITH retired AS (
  -- Codes that ended at a fixed rate: from `since` on, `factor` of them are one unit of `successor`. Carrying the last quote would
  -- be wrong even for a day (HRK was last quoted at 7.5365 and converted at 7.5345).
  SELECT code, successor, CAST(since AS DATE) AS since, CAST(factor AS DECIMAL(18,8)) AS factor
  FROM (VALUES
    ('TRL', 'TRY', '2005-01-01', '1000000'),
    ('ROL', 'RON', '2005-07-01', '10000'),
    ('SIT', 'EUR', '2007-01-01', '239.640'),
    ('CYP', 'EUR', '2008-01-01', '0.585274'),
    ('MTL', 'EUR', '2008-01-01', '0.429300'),
    ('SKK', 'EUR', '2009-01-01', '30.1260'),
    ('EEK', 'EUR', '2011-01-01', '15.6466'),
    ('LVL', 'EUR', '2014-01-01', '0.702804'),
    ('LTL', 'EUR', '2015-01-01', '3.45280'),
    ('HRK', 'EUR', '2023-01-01', '7.53450'),
    ('BGN', 'EUR', '2026-01-01', '1.95583')) AS list(code, successor, since, factor)
),
sides AS (
  SELECT value_date, withdrawal_currency AS currency FROM banktxn WHERE withdrawal_amt IS NOT NULL
  UNION
  SELECT value_date, deposit_currency AS currency FROM banktxn WHERE deposit_amt IS NOT NULL
),
requests AS (
  -- Every pair of value date and currency once: a few thousand, however many lines there are.
  SELECT
    sides.value_date,
    sides.currency,
    COALESCE(retired.successor, sides.currency) AS quoted,
    retired.factor
  FROM sides
  LEFT JOIN retired ON retired.code = sides.currency AND sides.value_date >= retired.since
  WHERE sides.value_date IS NOT NULL AND sides.currency IS NOT NULL
),
usable AS (
  -- The one place that says which source is used when several have the date. A day that had not ended is better than none.
  SELECT rate_date, source, currency, base_per_unit,
         ROW_NUMBER() OVER (PARTITION BY currency, rate_date ORDER BY
           CASE WHEN provisional THEN 1 ELSE 0 END,
           CASE source WHEN 'oxr' THEN 1 WHEN 'ecb' THEN 2 WHEN 'frankfurter' THEN 3 WHEN 'h10' THEN 4 ELSE 5 END,
           source) AS preference
  FROM response
  WHERE base_per_unit IS NOT NULL AND currency IN (SELECT quoted FROM requests)
),
rates AS (
  -- One source a date and currency, so that the joins below never multiply lines.
  SELECT rate_date, source, currency, base_per_unit FROM usable WHERE preference = 1
),
timeline AS (
  SELECT currency, rate_date AS day, rate_date FROM rates
  UNION ALL
  SELECT quoted AS currency, value_date AS day, CAST(NULL AS DATE) AS rate_date FROM requests
),
carried AS (
  -- The newest rate date up to each day. The default frame ends with the day's peers, so a rate of the day itself counts.
  SELECT currency, day, MAX(rate_date) OVER (PARTITION BY currency ORDER BY day) AS rate_date FROM timeline
),
latest AS (
  SELECT DISTINCT currency, day, rate_date FROM carried
),
aged AS (
  SELECT
    requests.value_date,
    requests.currency,
    requests.factor,
    latest.rate_date,
    CAST(DATEDIFF(requests.value_date, latest.rate_date) AS INTEGER) AS rate_age_days,
    rates.source AS rate_source,
    rates.base_per_unit
  FROM requests
  LEFT JOIN latest ON latest.currency = requests.quoted AND latest.day = requests.value_date
  LEFT JOIN rates ON rates.currency = requests.quoted AND rates.rate_date = latest.rate_date
),
answered AS (
  SELECT
    aged.*,
    CASE
      WHEN currency = 'SGD' THEN 'identity'
      WHEN LENGTH(currency) <> 3 OR TRANSLATE(currency, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '') <> '' THEN 'ccy_invalid'
      WHEN rate_date IS NULL THEN 'no_rate'
      WHEN rate_age_days > 7 THEN 'stale'
      WHEN factor IS NOT NULL THEN 'fixed_conv'
      WHEN rate_age_days = 0 THEN 'exact'
      ELSE 'carried'
    END AS rate_status
  FROM aged
),
legs AS (
  -- SGD needs no rate, so it shows none. A rate that may not be used is not shown either, only its date and age.
  SELECT
    value_date,
    currency,
    rate_status,
    CASE WHEN rate_status <> 'identity' THEN rate_date END AS rate_date,
    CASE WHEN rate_status <> 'identity' THEN rate_age_days END AS rate_age_days,
    CASE WHEN rate_status <> 'identity' THEN rate_source END AS rate_source,
    CASE
      WHEN rate_status = 'identity' THEN CAST(1 AS DECIMAL(28,12))
      WHEN rate_status = 'fixed_conv' THEN CAST(CAST(base_per_unit AS DOUBLE) / CAST(factor AS DOUBLE) AS DECIMAL(28,12))
      WHEN rate_status IN ('exact', 'carried') THEN base_per_unit
    END AS base_per_unit
  FROM answered
),
joined AS (
  SELECT
    banktxn.*,
    withdrawal.base_per_unit AS withdrawal_base_per_unit,
    withdrawal.rate_date AS withdrawal_rate_date,
    withdrawal.rate_age_days AS withdrawal_rate_age_days,
    withdrawal.rate_source AS withdrawal_rate_source,
    CASE WHEN banktxn.withdrawal_amt IS NULL THEN CAST(NULL AS STRING)
         WHEN banktxn.withdrawal_currency IS NULL THEN 'ccy_missing'
         ELSE COALESCE(withdrawal.rate_status, 'no_rate') END AS withdrawal_status,
    deposit.base_per_unit AS deposit_base_per_unit,
    deposit.rate_date AS deposit_rate_date,
    deposit.rate_age_days AS deposit_rate_age_days,
    deposit.rate_source AS deposit_rate_source,
    CASE WHEN banktxn.deposit_amt IS NULL THEN CAST(NULL AS STRING)
         WHEN banktxn.deposit_currency IS NULL THEN 'ccy_missing'
         ELSE COALESCE(deposit.rate_status, 'no_rate') END AS deposit_status
  FROM banktxn
  LEFT JOIN legs AS withdrawal
    ON withdrawal.value_date = banktxn.value_date AND withdrawal.currency = banktxn.withdrawal_currency
    AND banktxn.withdrawal_amt IS NOT NULL
  LEFT JOIN legs AS deposit
    ON deposit.value_date = banktxn.value_date AND deposit.currency = banktxn.deposit_currency
    AND banktxn.deposit_amt IS NOT NULL
),
decided AS (
  -- A line with both sides shows the side that is less certain: not converted, else carried.
  SELECT
    joined.*,
    CASE
      WHEN withdrawal_status IS NULL THEN 'deposit'
      WHEN deposit_status IS NULL THEN 'withdrawal'
      WHEN withdrawal_base_per_unit IS NULL THEN 'withdrawal'
      WHEN deposit_base_per_unit IS NULL THEN 'deposit'
      WHEN withdrawal_status IN ('identity', 'exact') THEN 'deposit'
      ELSE 'withdrawal'
    END AS side
  FROM joined
),
told AS (
  SELECT
    decided.*,
    COALESCE(CASE WHEN side = 'deposit' THEN deposit_status ELSE withdrawal_status END, 'no_amount') AS rate_status,
    CASE WHEN side = 'deposit' THEN deposit_currency ELSE withdrawal_currency END AS side_currency,
    CASE WHEN side = 'deposit' THEN deposit_rate_date ELSE withdrawal_rate_date END AS rate_date,
    CASE WHEN side = 'deposit' THEN deposit_rate_age_days ELSE withdrawal_rate_age_days END AS rate_age_days,
    CASE WHEN side = 'deposit' THEN deposit_rate_source ELSE withdrawal_rate_source END AS rate_source
  FROM decided
)
SELECT
  account_no,
  booking_date,
  value_date,
  transaction_details,
  chq_no,
  withdrawal_amt,
  withdrawal_currency,
  deposit_amt,
  deposit_currency,
  balance_amt,
  CAST(withdrawal_amt * withdrawal_base_per_unit AS DECIMAL(20,6)) AS withdrawal_sgd_amt,
  CAST(deposit_amt * deposit_base_per_unit AS DECIMAL(20,6)) AS deposit_sgd_amt,
  'SGD' AS base_currency,
  withdrawal_base_per_unit,
  deposit_base_per_unit,
  rate_date,
  rate_age_days,
  rate_status,
  CASE rate_status
    WHEN 'no_amount' THEN 'the line has no amount'
    WHEN 'ccy_missing' THEN 'the amount has no currency'
    WHEN 'ccy_invalid' THEN CONCAT(side_currency, ' is not a currency code')
    WHEN 'no_rate' THEN CASE WHEN value_date IS NULL THEN 'the line has no date'
                             ELSE CONCAT('no rate for ', side_currency, ' on or before ', CAST(value_date AS STRING)) END
    WHEN 'stale' THEN CONCAT('the last rate for ', side_currency, ' is ', CAST(rate_age_days AS STRING), ' days old')
  END AS reason,
  rate_source,
  flags,
  txn_key,
  source_file,
  line_no
FROM told
