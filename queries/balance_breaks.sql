-- title: Balance breaks
-- group: Accounts
-- description: Lines whose balance does not follow from a line before it, whatever the order of the lines within a day or a file
-- param: tolerance decimal = 0.10
-- param: account account?
WITH lines AS (
  SELECT account_no, COALESCE(booking_date, value_date) AS day, source_file, line_no, txn_key, balance_amt,
         COALESCE(deposit_currency, withdrawal_currency) AS currency,
         COALESCE(deposit_amt, 0) - COALESCE(withdrawal_amt, 0) AS change
  FROM banktxn
  WHERE account_no IS NOT NULL AND (:account IS NULL OR account_no = :account)
),
neighbours AS (
  SELECT lines.*,
         LAG(day) OVER (PARTITION BY account_no, source_file ORDER BY line_no) AS above_day,
         LAG(balance_amt) OVER (PARTITION BY account_no, source_file ORDER BY line_no) AS above_amt,
         LAG(balance_amt - change) OVER (PARTITION BY account_no, source_file ORDER BY line_no) AS above_opening
  FROM lines
),
directed AS (
  -- Many banks list the newest line first: the days tell, and within a day which line goes on from which.
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
summed AS (
  -- Balance less all changes so far stays the same along a chain, also over lines that show no balance.
  SELECT placed.*, balance_amt - SUM(change) OVER (PARTITION BY account_no ORDER BY day, source_file, place
                   ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS level
  FROM placed
),
shown AS (
  SELECT summed.*, LAG(level) OVER (PARTITION BY account_no ORDER BY day, source_file, place) AS level_before
  FROM summed
  WHERE balance_amt IS NOT NULL
),
suspects AS (
  SELECT account_no, day, source_file, line_no, place, txn_key, balance_amt, currency, balance_amt - change AS opening,
         level - level_before AS difference
  FROM shown
  WHERE ABS(level - level_before) > :tolerance
),
days AS (
  SELECT account_no, day, LAG(day) OVER (PARTITION BY account_no ORDER BY day) AS day_before,
         LEAD(day) OVER (PARTITION BY account_no ORDER BY day) AS day_after
  FROM (SELECT DISTINCT account_no, day FROM shown) AS each_day
),
searched AS (
  SELECT suspects.account_no, suspects.day AS searched_day, suspects.txn_key, suspects.opening FROM suspects
  UNION ALL
  SELECT suspects.account_no, days.day_before AS searched_day, suspects.txn_key, suspects.opening
  FROM suspects JOIN days ON days.account_no = suspects.account_no AND days.day = suspects.day
),
followed AS (
  -- Banks list the lines of a day in an order of their own: any line of the day, or of the day before, may be the one it follows.
  SELECT DISTINCT searched.txn_key
  FROM searched
  JOIN shown ON shown.account_no = searched.account_no AND shown.day = searched.searched_day
  WHERE shown.txn_key <> searched.txn_key AND ABS(shown.balance_amt - searched.opening) <= :tolerance
),
breaks AS (
  SELECT suspects.*, days.day_before
  FROM suspects
  JOIN days ON days.account_no = suspects.account_no AND days.day = suspects.day
  LEFT JOIN followed ON followed.txn_key = suspects.txn_key
  WHERE followed.txn_key IS NULL
),
spans AS (
  SELECT account_no, day, day AS later_day FROM days
  UNION ALL
  SELECT account_no, day, day_after AS later_day FROM days WHERE day_after IS NOT NULL
),
near AS (
  -- The balances of the day and of the day before, each with the lines that go on from it.
  SELECT searched.txn_key AS break_key, shown.day, shown.balance_amt, shown.txn_key, COUNT(later.txn_key) AS followers
  FROM searched
  JOIN breaks ON breaks.txn_key = searched.txn_key
  JOIN shown ON shown.account_no = searched.account_no AND shown.day = searched.searched_day AND shown.txn_key <> searched.txn_key
  JOIN spans ON spans.account_no = shown.account_no AND spans.day = shown.day
  LEFT JOIN shown AS later
    ON later.account_no = spans.account_no AND later.day = spans.later_day AND later.txn_key <> shown.txn_key
    AND ABS(later.balance_amt - later.change - shown.balance_amt) <= :tolerance
  GROUP BY searched.txn_key, shown.day, shown.balance_amt, shown.txn_key
),
loose AS (
  -- What no line goes on from is what the break should have gone on from, where there is one such balance.
  SELECT break_key, day, MIN(balance_amt) AS balance_amt
  FROM near
  WHERE followers = 0
  GROUP BY break_key, day
  HAVING MIN(balance_amt) = MAX(balance_amt)
),
measured AS (
  SELECT breaks.*, breaks.opening - COALESCE(earlier.balance_amt, same.balance_amt, breaks.opening - breaks.difference) AS gap
  FROM breaks
  LEFT JOIN loose AS earlier ON earlier.break_key = breaks.txn_key AND earlier.day = breaks.day_before
  LEFT JOIN loose AS same ON same.break_key = breaks.txn_key AND same.day = breaks.day
)
SELECT account_no, day, balance_amt, balance_amt - gap AS expected_amt, gap AS difference, source_file, line_no, currency
FROM measured
ORDER BY account_no, day NULLS LAST, source_file, place
