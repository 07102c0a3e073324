-- Bank lines with their amounts in the base currency at the rate of the value date, or as `dated_by` says.
-- A line without a usable rate stays, with NULL amounts, a status and a reason.
-- Input settings: base_currency, dated_by ('value' or 'booking'). {base} in names stands for the base currency in small letters.
WITH dated AS (
  SELECT
    banktxn.*,
    settings.base_currency,
    CASE settings.dated_by WHEN 'booking' THEN COALESCE(booking_date, value_date) ELSE value_date END AS rate_day
  FROM banktxn CROSS JOIN settings
),
joined AS (
  SELECT
    banktxn.*,
    withdrawal.base_per_unit AS withdrawal_base_per_unit,
    withdrawal.rate_date AS withdrawal_rate_date,
    withdrawal.rate_age_days AS withdrawal_rate_age_days,
    withdrawal.rate_source AS withdrawal_rate_source,
    withdrawal.usd_per_unit AS withdrawal_usd_per_unit,
    CASE WHEN banktxn.withdrawal_amt IS NULL THEN CAST(NULL AS STRING)
         WHEN banktxn.withdrawal_currency IS NULL THEN 'ccy_missing'
         ELSE COALESCE(withdrawal.rate_status, 'no_rate') END AS withdrawal_status,
    deposit.base_per_unit AS deposit_base_per_unit,
    deposit.rate_date AS deposit_rate_date,
    deposit.rate_age_days AS deposit_rate_age_days,
    deposit.rate_source AS deposit_rate_source,
    deposit.usd_per_unit AS deposit_usd_per_unit,
    CASE WHEN banktxn.deposit_amt IS NULL THEN CAST(NULL AS STRING)
         WHEN banktxn.deposit_currency IS NULL THEN 'ccy_missing'
         ELSE COALESCE(deposit.rate_status, 'no_rate') END AS deposit_status
  FROM dated AS banktxn
  LEFT JOIN daily_rates AS withdrawal
    ON withdrawal.rate_day = banktxn.rate_day AND withdrawal.currency = banktxn.withdrawal_currency
    AND banktxn.withdrawal_amt IS NOT NULL
  LEFT JOIN daily_rates AS deposit
    ON deposit.rate_day = banktxn.rate_day AND deposit.currency = banktxn.deposit_currency
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
shown AS (
  SELECT
    decided.*,
    COALESCE(CASE WHEN side = 'deposit' THEN deposit_status ELSE withdrawal_status END, 'no_amount') AS rate_status,
    CASE WHEN side = 'deposit' THEN deposit_currency ELSE withdrawal_currency END AS side_currency,
    CASE WHEN side = 'deposit' THEN deposit_rate_date ELSE withdrawal_rate_date END AS rate_date,
    CASE WHEN side = 'deposit' THEN deposit_rate_age_days ELSE withdrawal_rate_age_days END AS rate_age_days,
    CASE WHEN side = 'deposit' THEN deposit_rate_source ELSE withdrawal_rate_source END AS rate_source,
    CASE WHEN side = 'deposit' THEN deposit_usd_per_unit ELSE withdrawal_usd_per_unit END AS usd_per_unit
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
  -- Sixteen digits of an amount times a rate of six fit. Rounded first, which DuckDB does twice as fast as casting to fewer decimals; both round half away from zero.
  CAST(ROUND(withdrawal_amt * withdrawal_base_per_unit, 6) AS DECIMAL(28,6)) AS withdrawal_{base}_amt,
  CAST(ROUND(deposit_amt * deposit_base_per_unit, 6) AS DECIMAL(28,6)) AS deposit_{base}_amt,
  base_currency,
  withdrawal_base_per_unit,
  deposit_base_per_unit,
  rate_date,
  rate_age_days,
  rate_status,
  -- The side of the line that the status, the reason and the rate's date are about, and the status of each.
  CASE WHEN rate_status <> 'no_amount' THEN side END AS rate_side,
  withdrawal_status AS withdrawal_rate_status,
  deposit_status AS deposit_rate_status,
  CASE rate_status
    WHEN 'no_amount' THEN 'the line has no amount'
    WHEN 'ccy_missing' THEN 'the amount has no currency'
    WHEN 'ccy_invalid' THEN CONCAT(side_currency, ' is not a currency code')
    WHEN 'no_rate' THEN CASE WHEN rate_day IS NULL THEN 'the line has no date'
                             ELSE CONCAT('no rate for ', side_currency, ' on or before ', CAST(rate_day AS STRING)) END
    WHEN 'held_back' THEN CONCAT('the rate for ', side_currency, ' of ', CAST(rate_date AS STRING),
                                 ' is held back: it or that of the base currency changed too much at once')
    WHEN 'stale' THEN CONCAT('the last rate for ', side_currency, ' is ', CAST(rate_age_days AS STRING), ' days old')
  END AS reason,
  rate_source,
  -- The sources publish mid rates; banks book at others, so a base amount is never the booked value.
  CASE WHEN rate_source IS NOT NULL THEN 'mid' END AS rate_type,
  usd_per_unit,
  flags,
  txn_key,
  source_file,
  line_no
FROM shown
