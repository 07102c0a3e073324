-- with: calendar, dated, kinds, subjects
-- The lines of the twelve full months and of the days since, by value date, each side with what kind of payment it is.
WITH placed AS (
  SELECT
    subjects.subject,
    calendar.day,
    calendar.month_start,
    calendar.months_back,
    calendar.days_back,
    dated.deposit_sgd_amt AS inflow,
    dated.withdrawal_sgd_amt AS outflow,
    dated.deposit_amt,
    dated.deposit_currency,
    dated.withdrawal_amt,
    dated.withdrawal_currency,
    dated.rate_status,
    TRANSLATE(COALESCE(dated.transaction_details, ''), '0123456789', '          ') AS details
  FROM dated
  INNER JOIN calendar ON calendar.day = dated.value_date
  INNER JOIN subjects ON subjects.account_no = dated.account_no
),
sided AS (
  SELECT
    placed.subject,
    placed.day,
    placed.month_start,
    placed.months_back,
    placed.days_back,
    placed.inflow,
    placed.outflow,
    placed.deposit_amt,
    placed.deposit_currency,
    placed.withdrawal_amt,
    placed.withdrawal_currency,
    placed.rate_status,
    kinds.payer,
    kinds.returned_items,
    CASE WHEN placed.deposit_amt IS NOT NULL THEN kinds.inflow_kind END AS inflow_kind,
    CASE WHEN placed.withdrawal_amt IS NOT NULL THEN kinds.outflow_kind END AS outflow_kind
  FROM placed
  INNER JOIN kinds ON kinds.details = placed.details
),
month_income AS (
  SELECT subject, months_back, SUM(inflow) AS inflow
  FROM sided
  WHERE inflow_kind IN ('salary', 'other')
  GROUP BY subject, months_back
),
payers AS (
  SELECT subject, payer, COUNT(DISTINCT months_back) AS months
  FROM sided
  WHERE inflow_kind = 'other' AND payer IS NOT NULL
  GROUP BY subject, payer
)
SELECT
  sided.*,
  -- A one-off is larger than half of what its month brought, from someone who pays in no other month.
  CASE WHEN sided.inflow_kind = 'other' AND 2 * sided.inflow > month_income.inflow AND COALESCE(payers.months, 1) = 1
       THEN 1 ELSE 0 END AS is_one_off
FROM sided
LEFT JOIN month_income ON month_income.subject = sided.subject AND month_income.months_back = sided.months_back
LEFT JOIN payers ON payers.subject = sided.subject AND payers.payer = sided.payer
