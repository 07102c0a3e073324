-- with: members
-- The lines of the twelve full months and of the days since, by value date, as the lake has them. The year is that of a folder.
SELECT account_no, value_date, deposit_sgd_amt, withdrawal_sgd_amt, deposit_amt, deposit_currency, withdrawal_amt,
       withdrawal_currency, rate_status,
       -- Without digits there are far fewer texts than lines.
       TRANSLATE(COALESCE(transaction_details, ''), '0123456789', '          ') AS details
FROM processed
WHERE value_date BETWEEN :from AND :as_of AND year BETWEEN EXTRACT(YEAR FROM :from) AND EXTRACT(YEAR FROM :as_of)
  AND (:account IS NULL OR account_no = :account)
  AND (:customer IS NULL OR account_no IN (SELECT members.account_no FROM members))
