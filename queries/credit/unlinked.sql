-- with: booked, day_balances
-- Accounts that may have a balance that follows from no other: one that a day opens with and the day before did not close with,
-- or that of a line without a change. Only their lines need be looked at one by one.
WITH days AS (
  SELECT account_no, day, LAG(day) OVER (PARTITION BY account_no ORDER BY day) AS day_before
  FROM (SELECT DISTINCT account_no, day FROM day_balances) AS each_day
)
SELECT DISTINCT opened.account_no
FROM day_balances AS opened
INNER JOIN days ON days.account_no = opened.account_no AND days.day = opened.day
LEFT JOIN day_balances AS closed
  ON closed.account_no = days.account_no AND closed.day = days.day_before AND closed.amount = opened.amount AND closed.closes = 1
WHERE opened.surplus < 0 AND days.day_before IS NOT NULL AND closed.account_no IS NULL
UNION
SELECT account_no FROM booked WHERE COALESCE(deposit_amt, 0) = COALESCE(withdrawal_amt, 0)
