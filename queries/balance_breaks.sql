-- title: Balance breaks
-- group: Accounts
-- description: Lines whose balance does not follow from a line before it, whatever the order of the lines within a day or a file
-- param: tolerance decimal = 0.10
-- param: account account?
WITH lines AS (
  SELECT account_no, COALESCE(booking_date, value_date) AS day, source_file, line_no, balance_amt,
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
  SELECT directed.*, CASE WHEN direction < 0 THEN -line_no ELSE line_no END AS place,
         -- A line without a currency, as one without an amount is, is in that of its account.
         COALESCE(currency, MAX(currency) OVER (PARTITION BY account_no), '') AS kept_in
  FROM directed
),
summed AS (
  -- Balance less all changes so far stays the same along a chain, also over lines that show no balance.
  SELECT placed.*, ROW_NUMBER() OVER (PARTITION BY account_no ORDER BY day, source_file, place) AS number,
         balance_amt - SUM(change) OVER (PARTITION BY account_no ORDER BY day, source_file, place
                   ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS level,
         -- An account may be kept in several currencies, each with a balance of its own.
         balance_amt - SUM(change) OVER (PARTITION BY account_no, kept_in ORDER BY day, source_file, place
                   ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS own_level
  FROM placed
),
shown AS (
  SELECT summed.*, balance_amt - change AS opening, LAG(level) OVER (PARTITION BY account_no ORDER BY number) AS level_before,
         LAG(own_level) OVER (PARTITION BY account_no, kept_in ORDER BY number) AS own_level_before
  FROM summed
  WHERE balance_amt IS NOT NULL
),
suspects AS (
  -- The first line of an account too: as it stands, it may be another line of its day with which the account begins.
  SELECT account_no, day, number, source_file, line_no, place, balance_amt, currency, opening, level - level_before AS difference
  FROM shown
  WHERE level_before IS NULL
     OR (ABS(level - level_before) > :tolerance AND ABS(own_level - COALESCE(own_level_before, own_level)) > :tolerance)
),
days AS (
  SELECT account_no, day, LAG(day) OVER (PARTITION BY account_no ORDER BY day) AS day_before
  FROM (SELECT DISTINCT account_no, day FROM shown) AS each_day
),
sides AS (
  -- Engines that read a table anew for each mention of it make two readings of a union of two.
  SELECT -1 AS side UNION ALL SELECT 1 AS side
),
spans AS (
  -- Banks list the lines of a day in an order of their own: any line of the day, or of the day before, may be the one it follows.
  SELECT account_no, day, earlier_day
  FROM (SELECT account_no, day, CASE WHEN side = 1 THEN day ELSE day_before END AS earlier_day FROM days CROSS JOIN sides) AS each_side
  WHERE earlier_day IS NOT NULL
),
balances AS (
  SELECT account_no, day, balance_amt, FLOOR(balance_amt / (2 * :tolerance + 1)) AS step,
         MIN(number) AS first_number, MAX(number) AS last_number
  FROM shown
  GROUP BY account_no, day, balance_amt
),
searched AS (
  -- Amounts are rounded down to steps wider than twice the tolerance, so that a line is held against those of one step or two, not
  -- against all of its day.
  SELECT DISTINCT account_no, day, number, opening, FLOOR((opening + side * :tolerance) / (2 * :tolerance + 1)) AS step
  FROM suspects CROSS JOIN sides
),
followed AS (
  SELECT DISTINCT searched.account_no, searched.number
  FROM searched
  JOIN spans ON spans.account_no = searched.account_no AND spans.day = searched.day
  JOIN balances ON balances.account_no = spans.account_no AND balances.day = spans.earlier_day AND balances.step = searched.step
    AND (balances.first_number <> searched.number OR balances.last_number <> searched.number)
    AND ABS(balances.balance_amt - searched.opening) <= :tolerance
),
breaks AS (
  SELECT suspects.*
  FROM suspects
  LEFT JOIN followed ON followed.account_no = suspects.account_no AND followed.number = suspects.number
  WHERE followed.number IS NULL AND suspects.day IS NOT NULL AND suspects.difference IS NOT NULL
),
near AS (
  SELECT DISTINCT spans.account_no, spans.earlier_day AS day
  FROM breaks
  JOIN spans ON spans.account_no = breaks.account_no AND spans.day = breaks.day
),
openings AS (
  SELECT near.account_no, near.day, shown.opening, FLOOR(shown.opening / (2 * :tolerance + 1)) AS step,
         MIN(shown.number) AS first_number, MAX(shown.number) AS last_number
  FROM near
  JOIN spans ON spans.account_no = near.account_no AND spans.earlier_day = near.day
  JOIN shown ON shown.account_no = spans.account_no AND shown.day = spans.day
  GROUP BY near.account_no, near.day, shown.opening
),
left_off AS (
  SELECT shown.account_no, shown.day, shown.number, shown.balance_amt
  FROM near JOIN shown ON shown.account_no = near.account_no AND shown.day = near.day
),
sought AS (
  SELECT DISTINCT account_no, day, number, balance_amt, FLOOR((balance_amt + side * :tolerance) / (2 * :tolerance + 1)) AS step
  FROM left_off CROSS JOIN sides
),
gone_on AS (
  SELECT DISTINCT sought.account_no, sought.number
  FROM sought
  JOIN openings ON openings.account_no = sought.account_no AND openings.day = sought.day AND openings.step = sought.step
    AND (openings.first_number <> sought.number OR openings.last_number <> sought.number)
    AND ABS(openings.opening - sought.balance_amt) <= :tolerance
),
beginnings AS (
  -- What an account begins with follows from nothing. Where its first line follows from another of the day, it is a line that another
  -- goes on from.
  SELECT breaks.account_no, MIN(breaks.number) AS number
  FROM breaks
  JOIN gone_on ON gone_on.account_no = breaks.account_no AND gone_on.number = breaks.number
  JOIN suspects AS listed_first ON listed_first.account_no = breaks.account_no AND listed_first.day = breaks.day
    AND listed_first.difference IS NULL
  JOIN followed ON followed.account_no = listed_first.account_no AND followed.number = listed_first.number
  GROUP BY breaks.account_no
),
loose AS (
  -- What no line goes on from is what a break should have gone on from, where there is one such balance beside its own.
  SELECT left_off.account_no, left_off.day, left_off.balance_amt, MIN(left_off.number) AS first_number, MAX(left_off.number) AS last_number,
         COUNT(*) OVER (PARTITION BY left_off.account_no, left_off.day) AS num_balances
  FROM left_off
  LEFT JOIN gone_on ON gone_on.account_no = left_off.account_no AND gone_on.number = left_off.number
  WHERE gone_on.number IS NULL
  GROUP BY left_off.account_no, left_off.day, left_off.balance_amt
),
expected AS (
  SELECT breaks.account_no, breaks.number, breaks.day, spans.earlier_day, MIN(loose.balance_amt) AS balance_amt
  FROM breaks
  JOIN spans ON spans.account_no = breaks.account_no AND spans.day = breaks.day
  JOIN loose ON loose.account_no = spans.account_no AND loose.day = spans.earlier_day AND loose.num_balances <= 2
    AND (loose.first_number <> breaks.number OR loose.last_number <> breaks.number)
  GROUP BY breaks.account_no, breaks.number, breaks.day, spans.earlier_day
  HAVING MIN(loose.balance_amt) = MAX(loose.balance_amt)
),
measured AS (
  SELECT breaks.*, breaks.opening - COALESCE(known.earlier_amt, known.same_amt, breaks.opening - breaks.difference) AS gap
  FROM breaks
  LEFT JOIN (
    SELECT account_no, number, MAX(CASE WHEN earlier_day < day THEN balance_amt END) AS earlier_amt,
           MAX(CASE WHEN earlier_day = day THEN balance_amt END) AS same_amt
    FROM expected
    GROUP BY account_no, number
  ) AS known ON known.account_no = breaks.account_no AND known.number = breaks.number
)
SELECT measured.account_no, day, balance_amt, balance_amt - gap AS expected_amt, gap AS difference, source_file, line_no, currency
FROM measured
LEFT JOIN beginnings ON beginnings.account_no = measured.account_no AND beginnings.number = measured.number
WHERE beginnings.number IS NULL
ORDER BY measured.account_no, day NULLS LAST, source_file, place
