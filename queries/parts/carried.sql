-- with: booked
-- Lines that show no balance, with the one that they come to: the last that is shown and all amounts since.
WITH lacking AS (
  SELECT DISTINCT account_no
  FROM booked
  WHERE balance_amt IS NULL AND (deposit_amt IS NOT NULL OR withdrawal_amt IS NOT NULL)
),
lines AS (
  -- Of other accounts nothing is put in order.
  SELECT booked.account_no, booked.day, booked.source_file, booked.line_no, booked.balance_amt,
         booked.deposit_amt, booked.withdrawal_amt,
         COALESCE(booked.deposit_amt, 0) - COALESCE(booked.withdrawal_amt, 0) AS change,
         CASE WHEN booked.deposit_currency < booked.withdrawal_currency THEN booked.deposit_currency
              ELSE COALESCE(booked.withdrawal_currency, booked.deposit_currency) END AS first_currency,
         CASE WHEN booked.deposit_currency > booked.withdrawal_currency THEN booked.deposit_currency
              ELSE COALESCE(booked.withdrawal_currency, booked.deposit_currency) END AS last_currency
  FROM booked
  INNER JOIN lacking ON lacking.account_no = booked.account_no
),
neighbours AS (
  SELECT lines.*,
         LAG(day) OVER (PARTITION BY account_no, source_file ORDER BY line_no) AS above_day,
         LAG(balance_amt) OVER (PARTITION BY account_no, source_file ORDER BY line_no) AS above_amt,
         LAG(balance_amt - change) OVER (PARTITION BY account_no, source_file ORDER BY line_no) AS above_opening
  FROM lines
),
directed AS (
  -- As in balance_breaks.sql: many banks list the newest line first.
  SELECT neighbours.*,
         SUM(CASE WHEN day > above_day THEN 1 WHEN day < above_day THEN -1
                  WHEN balance_amt - change = above_amt AND balance_amt = above_opening THEN 0
                  WHEN balance_amt - change = above_amt THEN 1 WHEN balance_amt = above_opening THEN -1 ELSE 0 END)
           OVER (PARTITION BY account_no, source_file) AS direction
  FROM neighbours
),
placed AS (
  SELECT directed.*, CASE WHEN direction < 0 THEN -line_no ELSE line_no END AS place
  FROM directed
),
stretches AS (
  -- Each begins with a line that shows a balance; before the first such line nothing is known.
  SELECT placed.*, COUNT(balance_amt) OVER (PARTITION BY account_no ORDER BY day, source_file, place
                     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS stretch
  FROM placed
),
summed AS (
  SELECT stretches.*,
         SUM(COALESCE(balance_amt, change)) OVER (PARTITION BY account_no, stretch ORDER BY day, source_file, place
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS closing,
         MIN(first_currency) OVER (PARTITION BY account_no, stretch ORDER BY day, source_file, place
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS lowest_currency,
         MAX(last_currency) OVER (PARTITION BY account_no, stretch ORDER BY day, source_file, place
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS highest_currency
  FROM stretches
)
SELECT account_no, day, closing, closing - change AS opening,
       CASE WHEN lowest_currency <> highest_currency THEN 1 ELSE 0 END AS is_mixed
FROM summed
WHERE balance_amt IS NULL AND stretch > 0 AND (deposit_amt IS NOT NULL OR withdrawal_amt IS NOT NULL)
