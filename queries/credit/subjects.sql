-- with: history, members
-- Who is judged: each account for itself, or each customer with all accounts. An account of nobody stands for itself.
SELECT DISTINCT
  history.account_no,
  CASE WHEN :by = 'customer' THEN COALESCE(members.customer, history.account_no) ELSE history.account_no END AS subject
FROM history
LEFT JOIN members ON members.account_no = history.account_no
