-- with: history, currencies, subjects, members, calendar
-- What is known of each account or customer beside the figures, as text.
WITH people AS (
  -- Who shares an account with another is named for himself.
  SELECT subjects.subject, MIN(members.customer) AS customer, MIN(members.name) AS name,
         COUNT(DISTINCT members.customer) AS customers
  FROM subjects
  INNER JOIN members ON members.account_no = subjects.account_no
  WHERE :by = 'account' OR members.customer = subjects.customer
  GROUP BY subjects.subject
),
sums AS (
  SELECT
    subjects.subject,
    MIN(people.customer) AS customer,
    MIN(people.name) AS name,
    MAX(people.customers) AS customers,
    COUNT(*) AS accounts,
    CASE WHEN COUNT(currencies.balance_currency) = COUNT(*) AND MIN(currencies.balance_currency) = MAX(currencies.balance_currency)
         THEN MIN(currencies.balance_currency) END AS balance_currency,
    MIN(history.first_line) AS first_line,
    MAX(history.last_line) AS last_line,
    SUM(history.num_lines) AS num_lines,
    SUM(history.not_converted) AS not_converted,
    SUM(history.deposits) AS deposits,
    SUM(history.withdrawals) AS withdrawals,
    SUM(history.deposits_sgd) AS deposits_sgd,
    SUM(history.withdrawals_sgd) AS withdrawals_sgd
  FROM history
  INNER JOIN subjects ON subjects.account_no = history.account_no
  LEFT JOIN currencies ON currencies.account_no = history.account_no
  LEFT JOIN people ON people.subject = subjects.subject
  GROUP BY subjects.subject
),
judged AS (
  -- The sums are compared, not their quotient, as in credit_worthiness.sql.
  SELECT
    sums.*,
    CASE WHEN CASE WHEN withdrawals_sgd < 0 THEN -2 * deposits_sgd ELSE 2 * deposits_sgd END > 3 * NULLIF(ABS(withdrawals_sgd), 0)
         THEN 'High'
         WHEN CASE WHEN withdrawals_sgd < 0 THEN -deposits_sgd ELSE deposits_sgd END >= NULLIF(ABS(withdrawals_sgd), 0)
         THEN 'Moderate'
         ELSE 'Low' END AS band
  FROM sums
),
names AS (
  SELECT 'customer' AS fact
  UNION ALL SELECT 'name' AS fact
  UNION ALL SELECT 'customers' AS fact
  UNION ALL SELECT 'accounts' AS fact
  UNION ALL SELECT 'balance_currency' AS fact
  UNION ALL SELECT 'first_line' AS fact
  UNION ALL SELECT 'last_line' AS fact
  UNION ALL SELECT 'num_lines' AS fact
  UNION ALL SELECT 'not_converted' AS fact
  UNION ALL SELECT 'total_deposits' AS fact
  UNION ALL SELECT 'total_withdrawals' AS fact
  UNION ALL SELECT 'creditworthiness' AS fact
  UNION ALL SELECT 'verdict' AS fact
  UNION ALL SELECT 'last_day' AS fact
)
SELECT
  subject,
  fact,
  CASE fact
    WHEN 'customer' THEN customer
    WHEN 'name' THEN name
    WHEN 'customers' THEN CAST(customers AS VARCHAR(40))
    WHEN 'accounts' THEN CAST(accounts AS VARCHAR(40))
    WHEN 'balance_currency' THEN balance_currency
    WHEN 'first_line' THEN CAST(first_line AS VARCHAR(10))
    WHEN 'last_line' THEN CAST(last_line AS VARCHAR(10))
    WHEN 'num_lines' THEN CAST(num_lines AS VARCHAR(40))
    WHEN 'not_converted' THEN CAST(not_converted AS VARCHAR(40))
    WHEN 'total_deposits' THEN CAST(deposits_sgd AS VARCHAR(60))
    WHEN 'total_withdrawals' THEN CAST(withdrawals_sgd AS VARCHAR(60))
    WHEN 'creditworthiness' THEN band || ' Creditworthiness'
    WHEN 'verdict' THEN CASE
      WHEN withdrawals = 0 THEN 'n/a: no withdrawals'
      WHEN withdrawals_sgd IS NULL THEN 'n/a: no withdrawal could be converted'
      WHEN withdrawals_sgd = 0 THEN 'n/a: the withdrawals sum to zero'
      WHEN deposits = 0 THEN 'Low: no deposits'
      WHEN deposits_sgd IS NULL THEN 'n/a: no deposit could be converted'
      ELSE band END
    WHEN 'last_day' THEN CAST(ends.last_day AS VARCHAR(10))
  END AS text
FROM judged
CROSS JOIN names
CROSS JOIN (SELECT MAX(day) AS last_day FROM calendar) AS ends
