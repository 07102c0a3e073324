-- with: calendar, currencies, ends, rates, subjects
-- The balance at the end of every calendar day from the first of the twelve full months on, since an account's first line,
-- carried over days without one; also in the base currency at the day's rate, where that can be told.
SELECT
  subjects.subject,
  calendar.day,
  calendar.month_start,
  calendar.months_back,
  calendar.days_back,
  currencies.balance_currency,
  CASE WHEN currencies.balance_currency = :base_currency THEN 0 ELSE 1 END AS is_foreign,
  ends.balance_amt,
  CASE WHEN currencies.balance_currency = :base_currency THEN CAST(ends.balance_amt AS DECIMAL(28,6))
       ELSE CAST(ROUND(ends.balance_amt * rates.base_per_unit, 6) AS DECIMAL(28,6)) END AS base_amt,
  CASE WHEN ends.note IS NULL THEN 0 ELSE 1 END AS is_uncertain
FROM ends
INNER JOIN calendar ON calendar.day >= ends.day AND calendar.day < ends.next_day
INNER JOIN currencies ON currencies.account_no = ends.account_no
INNER JOIN subjects ON subjects.account_no = ends.account_no
LEFT JOIN rates ON rates.day = calendar.day AND rates.currency = currencies.balance_currency
WHERE calendar.day BETWEEN :from AND :as_of AND ends.next_day > :from
