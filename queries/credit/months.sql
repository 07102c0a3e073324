-- with: calendar, history, subjects, lines, one_offs, gaps, days, returned_counts
-- The twelve full months of each account or customer, added up: what comes in and goes out by value date, and the balances
-- at the ends of days. A month is covered from the account's first line to its last: the first line may stand as late as on
-- the seventh, and behind the last there may be less than seven days to the month's end, or fewer days than have passed
-- between two lines before, of a month at most. A single line tells of no month.
WITH lives AS (
  SELECT subjects.subject, MIN(history.first_line) AS first_line, MAX(history.last_line) AS last_line
  FROM subjects
  INNER JOIN history ON history.account_no = subjects.account_no
  GROUP BY subjects.subject
),
spans AS (
  SELECT
    lives.subject,
    lives.first_line,
    calendar.days_back - CASE WHEN gaps.most_days > 31 THEN 31 WHEN gaps.most_days > 7 THEN gaps.most_days ELSE 7 END AS silent_from
  FROM lives
  LEFT JOIN calendar ON calendar.day = lives.last_line
  LEFT JOIN gaps ON gaps.subject = lives.subject
),
each_month AS (
  SELECT month_start, months_back, COUNT(*) AS calendar_days, MIN(days_back) AS end_days_back,
         MAX(CASE WHEN EXTRACT(DAY FROM day) = 7 THEN day END) AS seventh
  FROM calendar
  WHERE months_back BETWEEN 0 AND 11
  GROUP BY month_start, months_back
),
flows AS (
  SELECT
    subject,
    months_back,
    SUM(inflow) AS inflow,
    SUM(outflow) AS outflow,
    SUM(CASE WHEN inflow_kind IN ('salary', 'other') THEN inflow END) AS income,
    SUM(CASE WHEN outflow_kind = 'essential' THEN outflow END) AS essential_outflow,
    SUM(CASE WHEN outflow_kind = 'loan payment' THEN outflow END) AS loan_payments,
    SUM(CASE WHEN inflow_kind = 'loan proceeds' THEN inflow END) AS loan_proceeds,
    SUM(CASE WHEN inflow_kind = 'own transfer' THEN inflow END) AS own_inflow,
    SUM(CASE WHEN outflow_kind = 'own transfer' THEN outflow END) AS own_outflow,
    SUM(CASE WHEN inflow_kind = 'reversal' THEN inflow END) AS reversed_inflow,
    SUM(CASE WHEN outflow_kind = 'reversal' THEN outflow END) AS reversed_outflow,
    COUNT(deposit_amt) AS deposits,
    COUNT(inflow) AS converted_deposits,
    COUNT(withdrawal_amt) AS withdrawals,
    COUNT(outflow) AS converted_withdrawals,
    -- Money in counts in whatever currency it comes.
    COUNT(DISTINCT CASE WHEN inflow > 0 OR (inflow IS NULL AND deposit_amt > 0) THEN day END) AS deposit_days,
    SUM(CASE WHEN outflow_kind IN ('essential', 'loan payment') AND outflow IS NULL THEN 1 ELSE 0 END) AS unknown_costs
  FROM lines
  WHERE months_back >= 0
  GROUP BY subject, months_back
),
balances AS (
  SELECT
    subject,
    months_back,
    COUNT(*) AS days,
    CASE WHEN COUNT(base_amt) = COUNT(*) THEN SUM(base_amt) END AS base_total,
    CASE WHEN COUNT(base_amt) = COUNT(*) THEN MIN(base_amt) END AS lowest_balance,
    CASE WHEN COUNT(own_amt) = COUNT(*) THEN SUM(own_amt) END AS own_total,
    SUM(is_negative) AS negative_days,
    SUM(is_uncertain) AS uncertain_days
  FROM days
  WHERE months_back >= 0
  GROUP BY subject, months_back
)
SELECT
  spans.subject,
  each_month.month_start,
  each_month.months_back,
  each_month.calendar_days,
  CASE WHEN spans.first_line <= each_month.seventh AND each_month.end_days_back > spans.silent_from THEN 1 ELSE 0 END AS is_covered,
  COALESCE(flows.inflow, 0) AS inflow,
  COALESCE(flows.outflow, 0) AS outflow,
  COALESCE(flows.income, 0) - COALESCE(one_offs.inflow, 0) AS qualifying_inflow,
  COALESCE(flows.essential_outflow, 0) AS essential_outflow,
  COALESCE(flows.loan_payments, 0) AS loan_payments,
  COALESCE(flows.loan_proceeds, 0) AS loan_proceeds,
  COALESCE(one_offs.inflow, 0) AS one_off_deposits,
  COALESCE(flows.own_inflow, 0) AS own_inflow,
  COALESCE(flows.own_outflow, 0) AS own_outflow,
  COALESCE(flows.reversed_inflow, 0) AS reversed_inflow,
  COALESCE(flows.reversed_outflow, 0) AS reversed_outflow,
  COALESCE(returned_counts.items, 0) AS returned_items,
  COALESCE(flows.deposits, 0) AS deposits,
  COALESCE(flows.converted_deposits, 0) AS converted_deposits,
  COALESCE(flows.withdrawals, 0) AS withdrawals,
  COALESCE(flows.converted_withdrawals, 0) AS converted_withdrawals,
  COALESCE(flows.deposit_days, 0) AS deposit_days,
  COALESCE(flows.unknown_costs, 0) AS unknown_costs,
  COALESCE(balances.days, 0) AS days,
  balances.base_total,
  balances.lowest_balance,
  balances.own_total,
  balances.negative_days,
  balances.uncertain_days
FROM spans
CROSS JOIN each_month
LEFT JOIN flows ON flows.subject = spans.subject AND flows.months_back = each_month.months_back
LEFT JOIN one_offs ON one_offs.subject = spans.subject AND one_offs.months_back = each_month.months_back
LEFT JOIN balances ON balances.subject = spans.subject AND balances.months_back = each_month.months_back
LEFT JOIN returned_counts
  ON returned_counts.subject = spans.subject AND returned_counts.period = CAST(each_month.month_start AS VARCHAR(10))
