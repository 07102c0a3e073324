-- with: day_balances
-- The balance at the end of each day with lines, and the next such day, until which it stays.
WITH counted AS (
  SELECT day_balances.*, SUM(CASE WHEN surplus > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY account_no, day) AS loose_ends
  FROM day_balances
),
candidates AS (
  -- A day that ends where it began has no loose end: any of its balances may be the last.
  SELECT account_no, day, amount, loose_ends
  FROM counted
  WHERE surplus > 0 OR (loose_ends = 0 AND closes = 1)
),
days AS (
  SELECT account_no, day, LEAD(day) OVER (PARTITION BY account_no ORDER BY day) AS next_day
  FROM (SELECT DISTINCT account_no, day FROM day_balances) AS each_day
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
  LEFT JOIN day_balances AS following
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
)
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
