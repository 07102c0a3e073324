-- with: history, members
-- The lines of each account by booking date, from the last day before the twelve months on that tells a balance.
SELECT account_no, booking_date AS day, balance_amt, deposit_amt, deposit_currency, withdrawal_amt, withdrawal_currency,
       source_file, line_no
FROM processed
WHERE booking_date BETWEEN :from AND :as_of AND (:account IS NULL OR account_no = :account)
  AND (:customer IS NULL OR account_no IN (SELECT members.account_no FROM members))
UNION ALL
SELECT processed.account_no, processed.booking_date AS day, processed.balance_amt, processed.deposit_amt,
       processed.deposit_currency, processed.withdrawal_amt, processed.withdrawal_currency, processed.source_file,
       processed.line_no
FROM processed
INNER JOIN history ON history.account_no = processed.account_no AND history.day_before = processed.booking_date
WHERE processed.booking_date < :from AND (:account IS NULL OR processed.account_no = :account)
UNION ALL
-- Lines since then, none of which shows a balance: apart, so that files where all lines do are left out.
SELECT processed.account_no, processed.booking_date AS day, processed.balance_amt, processed.deposit_amt,
       processed.deposit_currency, processed.withdrawal_amt, processed.withdrawal_currency, processed.source_file,
       processed.line_no
FROM processed
INNER JOIN history ON history.account_no = processed.account_no AND history.day_before < processed.booking_date
WHERE processed.booking_date < :from AND processed.balance_amt IS NULL
  AND (:account IS NULL OR processed.account_no = :account)
