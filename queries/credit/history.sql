-- with: members
-- An account's whole history up to the as-of day, in one pass over few columns: amounts by value date, the rest by booking date.
-- A side has a status of its rate where it has an amount, and statuses are read sooner than amounts.
SELECT
  processed.account_no,
  COUNT(*) AS num_lines,
  MIN(CASE WHEN booking_date <= :as_of THEN booking_date END) AS first_line,
  MAX(CASE WHEN booking_date <= :as_of THEN booking_date END) AS last_line,
  -- The last day before the twelve months tells the balance that they begin with.
  MAX(CASE WHEN booking_date < :from AND balance_amt IS NOT NULL THEN booking_date END) AS day_before,
  MAX(CASE WHEN booking_date < :from AND balance_amt < 0 THEN booking_date END) AS last_negative,
  SUM(CASE WHEN value_date <= :as_of THEN deposit_sgd_amt END) AS deposits_sgd,
  SUM(CASE WHEN value_date <= :as_of THEN withdrawal_sgd_amt END) AS withdrawals_sgd,
  COUNT(CASE WHEN value_date <= :as_of THEN deposit_rate_status END) AS deposits,
  COUNT(CASE WHEN value_date <= :as_of THEN withdrawal_rate_status END) AS withdrawals,
  SUM(CASE WHEN deposit_rate_status IS NOT NULL AND deposit_sgd_amt IS NULL THEN 1
           WHEN withdrawal_rate_status IS NOT NULL AND withdrawal_sgd_amt IS NULL THEN 1
           WHEN deposit_rate_status IS NULL AND withdrawal_rate_status IS NULL THEN 1
           ELSE 0 END) AS not_converted
FROM processed
WHERE (booking_date <= :as_of OR value_date <= :as_of) AND account_no IS NOT NULL
  AND (:account IS NULL OR account_no = :account)
  AND (:customer IS NULL OR account_no IN (SELECT members.account_no FROM members))
GROUP BY processed.account_no
