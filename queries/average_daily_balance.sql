-- title: Average daily balance
-- group: Accounts
-- description: Mean end-of-day balance over all calendar days since an account's first line, carried over days without one, in the account's own currency
-- param: account account?
-- param: from date = newest - 1 year
-- param: to date = newest
WITH lines AS (
  SELECT
    account_no,
    COALESCE(booking_date, value_date) AS day,
    balance_amt AS closing,
    -- A line without an amount tells nothing of the balance before it.
    CASE WHEN deposit_amt IS NOT NULL OR withdrawal_amt IS NOT NULL
         THEN balance_amt - COALESCE(deposit_amt, 0) + COALESCE(withdrawal_amt, 0) END AS opening
  FROM banktxn
  WHERE account_no IS NOT NULL AND balance_amt IS NOT NULL AND COALESCE(booking_date, value_date) <= :to
    AND (:account IS NULL OR account_no = :account)
),
amounts AS (
  SELECT account_no, day, closing AS amount, 1 AS weight FROM lines
  UNION ALL
  SELECT account_no, day, opening AS amount, -1 AS weight FROM lines WHERE opening IS NOT NULL
),
balances AS (
  -- Whatever the order of a day's lines, each balance but the day's last is what the next line opens with: the balance
  -- that closes lines more often than it opens them is the end of the day.
  SELECT account_no, day, amount, SUM(weight) AS surplus, MAX(weight) AS closes, MIN(weight) AS opens
  FROM amounts
  GROUP BY account_no, day, amount
),
counted AS (
  SELECT balances.*, SUM(CASE WHEN surplus > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY account_no, day) AS loose_ends
  FROM balances
),
candidates AS (
  -- A day that ends where it began has no loose end: any of its balances may be the last.
  SELECT account_no, day, amount, loose_ends
  FROM counted
  WHERE surplus > 0 OR (loose_ends = 0 AND closes = 1)
),
days AS (
  SELECT account_no, day, LEAD(day) OVER (PARTITION BY account_no ORDER BY day) AS next_day
  FROM (SELECT DISTINCT account_no, day FROM lines) AS each_day
),
judged AS (
  SELECT
    candidates.account_no,
    candidates.day,
    MIN(days.next_day) AS next_day,
    MIN(candidates.loose_ends) AS loose_ends,
    COUNT(*) AS possible,
    MIN(candidates.amount) AS lowest,
    COUNT(following.amount) AS followed,
    MIN(following.amount) AS followed_amt
  FROM candidates
  INNER JOIN days ON days.account_no = candidates.account_no AND days.day = candidates.day
  LEFT JOIN balances AS following
    ON following.account_no = days.account_no AND following.day = days.next_day
    AND following.amount = candidates.amount AND following.opens = -1
  GROUP BY candidates.account_no, candidates.day
),
certain AS (
  -- Of several loose ends that one counts with which a line of the next day opens.
  SELECT judged.*, CASE WHEN possible = 1 THEN lowest WHEN loose_ends > 0 AND followed = 1 THEN followed_amt END AS certain_amt
  FROM judged
),
stretches AS (
  SELECT certain.*, COUNT(certain_amt) OVER (PARTITION BY account_no ORDER BY day ROWS UNBOUNDED PRECEDING) AS stretch
  FROM certain
),
former AS (
  SELECT stretches.*, MAX(certain_amt) OVER (PARTITION BY account_no, stretch) AS former_amt
  FROM stretches
),
ends AS (
  SELECT
    former.account_no,
    former.day,
    COALESCE(former.next_day, DATE '9999-12-31') AS next_day,
    COALESCE(certain_amt, begun.amount, CASE WHEN followed = 1 THEN followed_amt END, lowest) AS balance_amt,
    CASE WHEN COALESCE(certain_amt, begun.amount, CASE WHEN followed = 1 THEN followed_amt END) IS NULL
         THEN 'order of the lines is not known: the lowest of ' || CAST(possible AS VARCHAR(20)) || ' balances' END AS note
  FROM former
  LEFT JOIN candidates AS begun
    ON begun.account_no = former.account_no AND begun.day = former.day AND begun.amount = former.former_amt
    AND former.loose_ends = 0
),
accounts AS (
  SELECT
    account_no,
    MAX(COALESCE(booking_date, value_date)) AS last_line,
    CASE WHEN MIN(COALESCE(deposit_currency, withdrawal_currency)) = MAX(COALESCE(withdrawal_currency, deposit_currency))
         THEN MIN(COALESCE(deposit_currency, withdrawal_currency)) ELSE 'several' END AS currency
  FROM banktxn
  WHERE :account IS NULL OR account_no = :account
  GROUP BY account_no
),
sums AS (
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
  -- Days whose end is not known because the order of their lines is not: the lowest balance counts.
  uncertain_days
FROM halves
ORDER BY account_no
