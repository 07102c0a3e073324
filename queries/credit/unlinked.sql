-- with: booked, day_balances, ends
-- Accounts that may have a balance that follows from no other: one that a day opens with and the day before did not close with,
-- or that of a line without a change. Only their lines need be looked at one by one.
SELECT DISTINCT opened.account_no
FROM day_balances AS opened
INNER JOIN ends ON ends.account_no = opened.account_no AND ends.next_day = opened.day
LEFT JOIN day_balances AS closed
  ON closed.account_no = ends.account_no AND closed.day = ends.day AND closed.amount = opened.amount AND closed.closes = 1
WHERE opened.surplus < 0 AND closed.account_no IS NULL
UNION
SELECT account_no FROM booked WHERE COALESCE(deposit_amt, 0) = COALESCE(withdrawal_amt, 0)
