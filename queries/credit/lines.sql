-- with: calendar, subjects
-- The lines of the twelve full months and of the days since, by value date, each side with what kind of payment it is.
-- What stands in braces is written from the narration dictionary, narrations.toml.
WITH dated AS (
  SELECT
    subjects.subject,
    calendar.day,
    calendar.month_start,
    calendar.months_back,
    calendar.days_back,
    processed.deposit_sgd_amt AS inflow,
    processed.withdrawal_sgd_amt AS outflow,
    processed.deposit_amt,
    processed.deposit_currency,
    processed.withdrawal_amt,
    processed.withdrawal_currency,
    processed.rate_status,
    -- Without digits there are far fewer texts than lines.
    TRANSLATE(COALESCE(processed.transaction_details, ''), '0123456789', '          ') AS details
  FROM processed
  INNER JOIN calendar ON calendar.day = processed.value_date
  INNER JOIN subjects ON subjects.account_no = processed.account_no
  WHERE processed.value_date BETWEEN :from AND :as_of
    AND (:account IS NULL OR processed.account_no = :account)
),
texts AS (
  -- Capital letters without accents, one blank where marks were, blanks at both ends.
  SELECT details, {text} AS narration
  FROM (SELECT DISTINCT details FROM dated) AS each_text
),
read_texts AS (
  -- Grouped, although each text stands once: or else an engine may read the phrases for every line, after the join below.
  SELECT
    details,
    {flags},
    -- Who paid: what is left without the words that say how. Banks cut narrations, so ten letters count.
    MAX(COALESCE(NULLIF(RTRIM(SUBSTR(LTRIM({payer}), 1, 10)), ''), NULLIF(RTRIM(SUBSTR(LTRIM(narration), 1, 10)), ''))) AS payer
  FROM texts
  GROUP BY details
),
sided AS (
  SELECT
    dated.subject,
    dated.day,
    dated.month_start,
    dated.months_back,
    dated.days_back,
    dated.inflow,
    dated.outflow,
    dated.deposit_amt,
    dated.deposit_currency,
    dated.withdrawal_amt,
    dated.withdrawal_currency,
    dated.rate_status,
    read_texts.payer,
    -- An item or fee that is reversed takes one off. What comes back of a returned debit is no income.
    CASE WHEN is_returned + is_overdraft_fee = 0 THEN 0 WHEN is_reversal = 1 THEN -1 ELSE 1 END AS returned_items,
    CASE
      WHEN dated.deposit_amt IS NULL THEN NULL
      WHEN is_own_transfer = 1 THEN 'own transfer'
      WHEN is_reversal + is_returned + is_overdraft_fee > 0 THEN 'reversal'
      WHEN is_loan_proceeds = 1 THEN 'loan proceeds'
      WHEN is_salary = 1 THEN 'salary'
      ELSE 'other'
    END AS inflow_kind,
    CASE
      WHEN dated.withdrawal_amt IS NULL THEN NULL
      WHEN is_own_transfer = 1 THEN 'own transfer'
      WHEN is_reversal = 1 THEN 'reversal'
      WHEN is_loan_payment = 1 THEN 'loan payment'
      WHEN is_essential + is_salary > 0 THEN 'essential'
      ELSE 'other'
    END AS outflow_kind
  FROM dated
  INNER JOIN read_texts ON read_texts.details = dated.details
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
