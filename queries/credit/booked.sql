-- with: members, opening
-- The lines of each account by booking date, from the last day before the twelve months on that tells a balance.
SELECT account_no, booking_date AS day, balance_amt, deposit_amt, deposit_currency, withdrawal_amt, withdrawal_currency,
       source_file, line_no
FROM processed
WHERE booking_date BETWEEN :from AND :as_of AND (:account IS NULL OR account_no = :account)
  AND (:customer IS NULL OR account_no IN (SELECT members.account_no FROM members))
UNION ALL
SELECT opening.account_no, opening.day, opening.balance_amt, opening.deposit_amt, opening.deposit_currency,
       opening.withdrawal_amt, opening.withdrawal_currency, opening.source_file, opening.line_no
FROM opening
WHERE (:account IS NULL OR opening.account_no = :account)
  AND (:customer IS NULL OR opening.account_no IN (SELECT members.account_no FROM members))
