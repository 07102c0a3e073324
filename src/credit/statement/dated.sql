-- with: members
-- The same lines as dated.sql tells, from those of all accounts that are kept.
SELECT *
FROM lines_dated
WHERE (:account IS NULL OR account_no = :account)
  AND (:customer IS NULL OR account_no IN (SELECT members.account_no FROM members))
