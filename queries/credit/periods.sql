-- with: months
-- The last full month and the last three, six and twelve. A mean by the month counts covered months alone, so that half a
-- month is no month with half the income. Where amounts are there and none of them could be converted, the sum is NULL.
WITH lengths AS (
  SELECT '1m' AS period, 1 AS length
  UNION ALL SELECT '3m' AS period, 3 AS length
  UNION ALL SELECT '6m' AS period, 6 AS length
  UNION ALL SELECT '12m' AS period, 12 AS length
),
added AS (
  SELECT
    months.subject,
    lengths.period,
    lengths.length,
    SUM(is_covered) AS months,
    SUM(is_covered * calendar_days) AS covered_calendar_days,
    CASE WHEN SUM(converted_deposits) > 0 OR SUM(deposits) = 0 THEN 1 ELSE 0 END AS tells_inflow,
    CASE WHEN SUM(converted_withdrawals) > 0 OR SUM(withdrawals) = 0 THEN 1 ELSE 0 END AS tells_outflow,
    SUM(inflow) AS inflow,
    SUM(outflow) AS outflow,
    SUM(is_covered * outflow) AS covered_outflow,
    SUM(qualifying_inflow) AS qualifying_inflow,
    SUM(is_covered * qualifying_inflow) AS covered_qualifying_inflow,
    -- A cost that could not be converted is not nothing.
    CASE WHEN SUM(is_covered * unknown_costs) = 0 THEN SUM(is_covered * essential_outflow) END AS covered_essential_outflow,
    CASE WHEN SUM(is_covered * unknown_costs) = 0 THEN SUM(is_covered * loan_payments) END AS covered_loan_payments,
    SUM(is_covered * deposit_days) AS covered_deposit_days,
    SUM(CASE WHEN is_covered = 1 AND inflow < outflow THEN 1 ELSE 0 END) AS negative_months,
    SUM(own_inflow) AS own_inflow,
    SUM(own_outflow) AS own_outflow,
    SUM(reversed_inflow) AS reversed_inflow,
    SUM(reversed_outflow) AS reversed_outflow,
    SUM(loan_proceeds) AS loan_proceeds,
    SUM(one_off_deposits) AS one_off_deposits,
    SUM(days) AS days,
    -- A month without a day has no balance, and one with a day whose balance cannot be told makes the period's unknown.
    CASE WHEN COUNT(base_total) = SUM(CASE WHEN days > 0 THEN 1 ELSE 0 END) THEN SUM(base_total) END AS base_total,
    CASE WHEN COUNT(base_total) = SUM(CASE WHEN days > 0 THEN 1 ELSE 0 END) THEN MIN(lowest_balance) END AS lowest_balance,
    CASE WHEN COUNT(own_total) = SUM(CASE WHEN days > 0 THEN 1 ELSE 0 END) THEN SUM(own_total) END AS own_total,
    SUM(negative_days) AS negative_days,
    SUM(uncertain_days) AS uncertain_days
  FROM months
  INNER JOIN lengths ON months.months_back < lengths.length
  GROUP BY months.subject, lengths.period, lengths.length
)
SELECT
  subject,
  period,
  length,
  months,
  covered_calendar_days,
  CASE WHEN tells_inflow = 1 THEN inflow END AS inflow,
  CASE WHEN tells_outflow = 1 THEN outflow END AS outflow,
  CASE WHEN tells_outflow = 1 THEN covered_outflow END AS covered_outflow,
  CASE WHEN tells_inflow = 1 THEN qualifying_inflow END AS qualifying_inflow,
  CASE WHEN tells_inflow = 1 THEN covered_qualifying_inflow END AS covered_qualifying_inflow,
  covered_essential_outflow,
  covered_loan_payments,
  covered_deposit_days,
  CASE WHEN tells_inflow = 1 AND tells_outflow = 1 THEN negative_months END AS negative_months,
  CASE WHEN tells_inflow = 1 THEN own_inflow END AS own_inflow,
  CASE WHEN tells_outflow = 1 THEN own_outflow END AS own_outflow,
  CASE WHEN tells_inflow = 1 THEN reversed_inflow END AS reversed_inflow,
  CASE WHEN tells_outflow = 1 THEN reversed_outflow END AS reversed_outflow,
  CASE WHEN tells_inflow = 1 THEN loan_proceeds END AS loan_proceeds,
  CASE WHEN tells_inflow = 1 THEN one_off_deposits END AS one_off_deposits,
  days,
  base_total,
  lowest_balance,
  own_total,
  negative_days,
  uncertain_days
FROM added
