-- with: members
-- The same lines as booked.sql tells, from those of all accounts that are kept.
SELECT *
FROM lines_booked
WHERE (:account IS NULL OR account_no = :account)
  AND (:customer IS NULL OR account_no IN (SELECT members.account_no FROM members))
