-- with: day_balances
-- The balance at the end of each day with lines, and the next such day, until which it stays; whether the bank says it or it is
-- computed from the last one that is shown.
WITH counted AS (
  SELECT
    account_no,
    day,
    SUM(CASE WHEN surplus > 0 THEN 1 ELSE 0 END) AS loose_ends,
    MAX(CASE WHEN surplus > 0 THEN amount END) AS loose_amt,
    COALESCE(MIN(CASE WHEN surplus > 0 THEN is_shown END), MIN(is_shown)) AS is_shown,
    COALESCE(MAX(CASE WHEN surplus > 0 THEN is_mixed END), MAX(is_mixed)) AS is_mixed
  FROM day_balances
  GROUP BY account_no, day
),
days AS (
  SELECT counted.*, LEAD(day) OVER (PARTITION BY account_no ORDER BY day) AS next_day
  FROM counted
),
candidates AS (
  -- Several balances may be the last of these days. A day that ends where it began has no loose end: then it is any of its
  -- balances.
  SELECT days.account_no, days.day, days.next_day, days.loose_ends, day_balances.amount
  FROM days
  INNER JOIN day_balances ON day_balances.account_no = days.account_no AND day_balances.day = days.day
  WHERE days.loose_ends <> 1 AND (day_balances.surplus > 0 OR (days.loose_ends = 0 AND day_balances.closes = 1))
),
judged AS (
  SELECT
    candidates.account_no,
    candidates.day,
    COUNT(*) AS possible,
    MIN(candidates.amount) AS lowest,
    COUNT(following.amount) AS followed,
    MIN(following.amount) AS followed_amt
  FROM candidates
  LEFT JOIN day_balances AS following
    ON following.account_no = candidates.account_no AND following.day = candidates.next_day
    AND following.amount = candidates.amount AND following.opens = -1
  GROUP BY candidates.account_no, candidates.day
),
certain AS (
  -- Of several loose ends that one counts with which a line of the next day opens.
  SELECT
    days.account_no,
    days.day,
    days.next_day,
    days.loose_ends,
    days.is_shown,
    days.is_mixed,
    judged.possible,
    judged.lowest,
    judged.followed,
    judged.followed_amt,
    CASE WHEN days.loose_ends = 1 THEN days.loose_amt
         WHEN judged.possible = 1 THEN judged.lowest
         WHEN days.loose_ends > 0 AND judged.followed = 1 THEN judged.followed_amt END AS certain_amt
  FROM days
  LEFT JOIN judged ON judged.account_no = days.account_no AND judged.day = days.day
),
stretches AS (
  SELECT certain.*, COUNT(certain_amt) OVER (PARTITION BY account_no ORDER BY day ROWS UNBOUNDED PRECEDING) AS stretch
  FROM certain
),
former AS (
  SELECT stretches.*, MAX(certain_amt) OVER (PARTITION BY account_no, stretch) AS former_amt
  FROM stretches
)
SELECT
  former.account_no,
  former.day,
  COALESCE(former.next_day, DATE '9999-12-31') AS next_day,
  COALESCE(certain_amt, begun.amount, CASE WHEN followed = 1 THEN followed_amt END, lowest) AS balance_amt,
  CASE WHEN COALESCE(certain_amt, begun.amount, CASE WHEN followed = 1 THEN followed_amt END) IS NULL
       THEN 'order of the lines is not known: the lowest of ' || CAST(possible AS VARCHAR(20)) || ' balances'
       WHEN is_mixed = 1 THEN 'lines that show no balance are of several currencies: their sum is none' END AS note,
  CASE WHEN is_shown = 1 THEN 'booked' ELSE 'computed' END AS origin
FROM former
LEFT JOIN candidates AS begun
  ON begun.account_no = former.account_no AND begun.day = former.day AND begun.amount = former.former_amt
  AND former.loose_ends = 0
