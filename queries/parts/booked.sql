-- The lines of each account up to the last day, by booking date.
SELECT account_no, COALESCE(booking_date, value_date) AS day, balance_amt, deposit_amt, deposit_currency, withdrawal_amt, withdrawal_currency,
       source_file, line_no
FROM banktxn
WHERE account_no IS NOT NULL AND COALESCE(booking_date, value_date) <= :to AND (:account IS NULL OR account_no = :account)
