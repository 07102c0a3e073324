-- with: account_days
-- The days of each account, or of each customer with the balances of all accounts together.
SELECT
  each_day.*,
  -- A total that cannot be told for want of a rate is taken to be below zero on a day that any account ends below zero.
  CASE WHEN COALESCE(own_amt, lowest_amt) < 0 THEN 1 ELSE 0 END AS is_negative
FROM (
  SELECT
    subject,
    day,
    month_start,
    months_back,
    days_back,
    CASE WHEN COUNT(base_amt) = COUNT(*) THEN SUM(base_amt) END AS base_amt,
    -- What is below zero, or moves up and down, needs no rate where all accounts have one currency.
    CASE WHEN COUNT(*) = 1 OR (COUNT(balance_currency) = COUNT(*) AND MIN(balance_currency) = MAX(balance_currency))
         THEN CAST(SUM(balance_amt) AS DECIMAL(28,6))
         WHEN COUNT(base_amt) = COUNT(*) THEN SUM(base_amt) END AS own_amt,
    MIN(balance_amt) AS lowest_amt,
    SUM(is_foreign * ABS(base_amt)) AS foreign_amt,
    SUM(ABS(base_amt)) AS any_amt,
    MAX(is_uncertain) AS is_uncertain
  FROM account_days
  GROUP BY subject, day, month_start, months_back, days_back
) AS each_day
