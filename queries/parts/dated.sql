-- The lines of an account by value date.
SELECT
  account_no,
  value_date,
  booking_date,
  source_file,
  line_no,
  transaction_details,
  TRANSLATE(COALESCE(transaction_details, ''), '0123456789', '          ') AS details,
  deposit_amt,
  deposit_currency,
  deposit_sgd_amt,
  withdrawal_amt,
  withdrawal_currency,
  withdrawal_sgd_amt,
  balance_amt
FROM processed
WHERE account_no = :account AND value_date BETWEEN :from AND :to
