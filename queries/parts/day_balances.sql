-- with: booked
-- Every balance of a day, how often lines close with it less how often they open with it.
WITH lines AS (
  SELECT
    account_no,
    day,
    balance_amt AS closing,
    -- A line without an amount tells nothing of the balance before it.
    CASE WHEN deposit_amt IS NOT NULL OR withdrawal_amt IS NOT NULL
         THEN balance_amt - COALESCE(deposit_amt, 0) + COALESCE(withdrawal_amt, 0) END AS opening
  FROM booked
  WHERE balance_amt IS NOT NULL
),
amounts AS (
  SELECT account_no, day, closing AS amount, 1 AS weight FROM lines
  UNION ALL
  SELECT account_no, day, opening AS amount, -1 AS weight FROM lines WHERE opening IS NOT NULL
)
-- Whatever the order of a day's lines, each balance but the day's last is what the next line opens with: the balance
-- that closes lines more often than it opens them is the end of the day.
SELECT account_no, day, amount, SUM(weight) AS surplus, MAX(weight) AS closes, MIN(weight) AS opens
FROM amounts
GROUP BY account_no, day, amount
