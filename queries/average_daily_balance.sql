-- title: Average daily balance
-- group: Accounts
-- description: Mean end-of-day balance over all calendar days, carried over days without a line, in the account's own currency
-- param: from date = 2019-01-01
-- param: to date = 2019-12-31
WITH lines AS (
  SELECT
    account_no,
    booking_date,
    balance_amt,
    ROW_NUMBER() OVER (PARTITION BY account_no, booking_date ORDER BY source_file DESC, line_no DESC) AS from_last
  FROM banktxn
  WHERE balance_amt IS NOT NULL AND booking_date <= :to
),
held AS (
  -- A balance holds until the account's next line.
  SELECT
    account_no,
    booking_date,
    balance_amt,
    COALESCE(LEAD(booking_date) OVER (PARTITION BY account_no ORDER BY booking_date), DATE '9999-12-31') AS next_date
  FROM lines
  WHERE from_last = 1
)
SELECT
  held.account_no,
  COUNT(*) AS days,
  CAST(AVG(held.balance_amt) AS DECIMAL(18,2)) AS average_daily_balance,
  MIN(held.balance_amt) AS lowest_balance,
  SUM(CASE WHEN held.balance_amt < 0 THEN 1 ELSE 0 END) AS negative_days
FROM held
INNER JOIN dates ON dates.fecha >= held.booking_date AND dates.fecha < held.next_date
WHERE dates.fecha BETWEEN :from AND :to
GROUP BY held.account_no
ORDER BY held.account_no
