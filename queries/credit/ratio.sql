-- title: Deposits over withdrawals
-- with: history, subjects, periods
-- ratio: the whole history's, as credit_worthiness.sql has it; adjusted_ratio: that of the twelve months without own transfers,
-- reversals, loan proceeds and one-off deposits. What is left out: own_transfers and reversals (both ways), loan_proceeds,
-- one_off_deposits.
WITH sums AS (
  SELECT subjects.subject, SUM(history.deposits_sgd) AS deposits_sgd, SUM(history.withdrawals_sgd) AS withdrawals_sgd
  FROM history
  INNER JOIN subjects ON subjects.account_no = history.account_no
  GROUP BY subjects.subject
),
names AS (
  SELECT 'adjusted_ratio' AS indicator
  UNION ALL SELECT 'own_transfers' AS indicator
  UNION ALL SELECT 'reversals' AS indicator
  UNION ALL SELECT 'loan_proceeds' AS indicator
  UNION ALL SELECT 'one_off_deposits' AS indicator
)
SELECT subject, 'ratio' AS indicator, 'all' AS period, deposits_sgd AS dividend, withdrawals_sgd AS divisor FROM sums
UNION ALL
SELECT
  subject,
  indicator,
  period,
  CASE WHEN months = 0 THEN NULL
       WHEN indicator = 'adjusted_ratio' THEN qualifying_inflow
       WHEN indicator = 'own_transfers' THEN own_inflow + own_outflow
       WHEN indicator = 'reversals' THEN reversed_inflow + reversed_outflow
       WHEN indicator = 'loan_proceeds' THEN loan_proceeds
       ELSE one_off_deposits END AS dividend,
  CASE WHEN indicator = 'adjusted_ratio' THEN outflow - own_outflow - reversed_outflow ELSE 1 END AS divisor
FROM periods
CROSS JOIN names
WHERE period = '12m'
