-- with: history, members
-- Who is judged: each account for itself, or each customer with all accounts. An account of nobody stands for itself; so that
-- its number is no customer's code, each says which of the two it is.
SELECT DISTINCT
  history.account_no,
  CASE WHEN :by = 'customer' THEN members.customer END AS customer,
  CASE WHEN :by = 'account' THEN history.account_no
       WHEN members.customer IS NULL THEN 'account ' || history.account_no
       ELSE 'customer ' || members.customer END AS subject
FROM history
LEFT JOIN members ON members.account_no = history.account_no
WHERE (:account IS NULL OR history.account_no = :account)
  AND (:customer IS NULL OR history.account_no IN (SELECT members.account_no FROM members))
