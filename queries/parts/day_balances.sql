-- with: booked, carried
-- Every balance of a day, how often lines close with it less how often they open with it. Lines that show none count with what
-- they come to: is_shown tells whether the bank says a balance, is_mixed whether amounts of several currencies are in it.
WITH lines AS (
  SELECT
    account_no,
    day,
    balance_amt AS closing,
    -- A line without an amount tells nothing of the balance before it.
    CASE WHEN deposit_amt IS NOT NULL OR withdrawal_amt IS NOT NULL
         THEN balance_amt - COALESCE(deposit_amt, 0) + COALESCE(withdrawal_amt, 0) END AS opening,
    1 AS is_shown,
    0 AS is_mixed
  FROM booked
  WHERE balance_amt IS NOT NULL
  UNION ALL
  SELECT account_no, day, closing, opening, 0 AS is_shown, is_mixed FROM carried
),
sides AS (
  SELECT 1 AS weight UNION ALL SELECT -1 AS weight
),
amounts AS (
  SELECT account_no, day, CASE WHEN weight = 1 THEN closing ELSE opening END AS amount, weight, is_shown, is_mixed
  FROM lines CROSS JOIN sides
  WHERE weight = 1 OR opening IS NOT NULL
)
-- Whatever the order of a day's lines, each balance but the day's last is what the next line opens with: the balance
-- that closes lines more often than it opens them is the end of the day.
SELECT account_no, day, amount, SUM(weight) AS surplus, MAX(weight) AS closes, MIN(weight) AS opens,
       MIN(is_shown) AS is_shown, MAX(is_mixed) AS is_mixed
FROM amounts
GROUP BY account_no, day, amount
