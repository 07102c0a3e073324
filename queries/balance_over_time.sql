-- title: Balance over time
-- group: Accounts
-- description: End-of-day balance in the account's own currency for every calendar day, carried over days without a line
-- param: account account = 700100411017
-- param: from date = 2019-01-01
-- param: to date = 2019-12-31
-- chart: line x=day y=balance_amt
WITH lines AS (
  SELECT
    booking_date,
    balance_amt,
    ROW_NUMBER() OVER (PARTITION BY booking_date ORDER BY source_file DESC, line_no DESC) AS from_last
  FROM banktxn
  WHERE account_no = :account AND balance_amt IS NOT NULL AND booking_date <= :to
),
days AS (
  -- Counting the days with a line numbers the stretches in which a balance holds.
  SELECT
    dates.fecha AS day,
    lines.balance_amt,
    COUNT(lines.balance_amt) OVER (ORDER BY dates.fecha ROWS UNBOUNDED PRECEDING) AS stretch
  FROM dates
  LEFT JOIN lines ON lines.booking_date = dates.fecha AND lines.from_last = 1
  WHERE dates.fecha <= :to
),
carried AS (
  SELECT
    day,
    stretch,
    MAX(balance_amt) OVER (PARTITION BY stretch) AS balance_amt,
    CASE WHEN balance_amt IS NULL THEN 'carried' ELSE 'booked' END AS origin
  FROM days
)
SELECT day, balance_amt, origin
FROM carried
WHERE day >= :from AND stretch > 0
ORDER BY day
