-- title: Average daily balance
-- group: Accounts
-- description: Mean end-of-day balance over all calendar days since an account's first line, carried over days without one, in the account's own currency
-- param: account account?
-- param: from date = newest - 1 year
-- param: to date = newest
-- with: ends, accounts
WITH sums AS (
  SELECT
    ends.account_no,
    accounts.currency,
    accounts.last_line,
    COUNT(*) AS days,
    SUM(ends.balance_amt) AS total,
    MIN(ends.balance_amt) AS lowest_balance,
    SUM(CASE WHEN ends.balance_amt < 0 THEN 1 ELSE 0 END) AS negative_days,
    SUM(CASE WHEN dates.fecha > accounts.last_line THEN 1 ELSE 0 END) AS days_past_last_line,
    COUNT(ends.note) AS uncertain_days
  FROM ends
  INNER JOIN accounts ON accounts.account_no = ends.account_no
  INNER JOIN dates ON dates.fecha >= ends.day AND dates.fecha < ends.next_day
  WHERE dates.fecha BETWEEN :from AND :to
  GROUP BY ends.account_no, accounts.currency, accounts.last_line
),
halves AS (
  SELECT sums.*, total % days AS remainder,
         200 * (total % days) + CASE WHEN total < 0 THEN -days ELSE days END AS cents
  FROM sums
)
SELECT
  account_no,
  days,
  -- Whole numbers and cents apart, each a quotient without remainder: credit_worthiness.sql says why.
  CAST(CAST((total - remainder) / days AS DECIMAL(18,0))
       + CAST((cents - cents % (2 * days)) / (2 * days) AS DECIMAL(18,0)) * CAST('0.01' AS DECIMAL(3,2)) AS DECIMAL(18,2)) AS average_daily_balance,
  lowest_balance,
  negative_days,
  currency,
  last_line,
  days_past_last_line,
  -- Days whose end is not known because the order of their lines is not: the lowest balance counts. Or because lines of several
  -- currencies show no balance.
  uncertain_days
FROM halves
ORDER BY account_no
