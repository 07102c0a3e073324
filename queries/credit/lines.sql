-- with: calendar, dated, kinds, subjects
-- The lines of the twelve full months and of the days since, by value date, each side with what kind of payment it is.
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
  kinds.payer,
  kinds.returned_items,
  CASE WHEN dated.deposit_amt IS NOT NULL THEN kinds.inflow_kind END AS inflow_kind,
  CASE WHEN dated.withdrawal_amt IS NOT NULL THEN kinds.outflow_kind END AS outflow_kind
FROM dated
INNER JOIN calendar ON calendar.day = dated.value_date
INNER JOIN subjects ON subjects.account_no = dated.account_no
INNER JOIN kinds ON kinds.details = dated.details
