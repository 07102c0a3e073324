-- with: booked, unlinked
-- The lines that balance_breaks.sql has to look at, where it else looks at those of all time and all accounts.
SELECT booked.account_no, booked.day AS booking_date, booked.day AS value_date, booked.source_file, booked.line_no,
       booked.source_file || ':' || CAST(booked.line_no AS VARCHAR(20)) AS txn_key, booked.balance_amt, booked.deposit_amt,
       booked.deposit_currency, booked.withdrawal_amt, booked.withdrawal_currency
FROM booked
INNER JOIN unlinked ON unlinked.account_no = booked.account_no
WHERE booked.day <= :to
