-- title: Debt service
-- with: periods
-- debt_service: loan payments, a month; debt_service_cover: qualifying inflow less essential outflow over loan payments and the
-- proposed instalment.
WITH names AS (
  SELECT 'debt_service' AS indicator
  UNION ALL SELECT 'debt_service_cover' AS indicator
)
SELECT
  subject,
  indicator,
  period,
  CASE WHEN months = 0 THEN NULL
       WHEN indicator = 'debt_service' THEN covered_loan_payments
       ELSE covered_qualifying_inflow - covered_essential_outflow END AS dividend,
  CASE WHEN indicator = 'debt_service' THEN months
       ELSE covered_loan_payments + months * COALESCE(:instalment, 0) END AS divisor
FROM periods
CROSS JOIN names
WHERE period IN ('3m', '12m')
