-- with: history, unlinked
-- The lines that balance_breaks.sql has to look at, where it else looks at those of all time and all accounts.
SELECT processed.account_no, processed.booking_date, processed.value_date, processed.source_file, processed.line_no,
       processed.txn_key, processed.balance_amt, processed.deposit_amt, processed.deposit_currency, processed.withdrawal_amt,
       processed.withdrawal_currency
FROM processed
INNER JOIN unlinked ON unlinked.account_no = processed.account_no
INNER JOIN history ON history.account_no = processed.account_no
WHERE processed.booking_date BETWEEN COALESCE(history.day_before, :from) AND :to
  AND (:account IS NULL OR processed.account_no = :account)
