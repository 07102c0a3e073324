-- with: history
-- The lines before the twelve months with which their balance begins: those of the last day that tells one, and those since.
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
