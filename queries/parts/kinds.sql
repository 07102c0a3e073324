-- with: dated
-- Of each text of a line, its digits taken for blanks, what kind of payment it tells of, as a deposit and as a withdrawal, and
-- who paid. What stands in braces is written from the narration dictionary, narrations.toml.
WITH texts AS (
  -- Capital letters without accents, one blank where marks were, blanks at both ends.
  SELECT details, {text} AS narration
  FROM (SELECT DISTINCT details FROM dated) AS each_text
),
read_texts AS (
  -- Grouped, although each text stands once: or else an engine may read the phrases for every line, after the join to it.
  SELECT
    details,
    {flags},
    -- Who paid: what is left without the words that say how. Banks cut narrations, so ten letters count.
    MAX(COALESCE(NULLIF(RTRIM(SUBSTR(LTRIM({payer}), 1, 10)), ''), NULLIF(RTRIM(SUBSTR(LTRIM(narration), 1, 10)), ''))) AS payer
  FROM texts
  GROUP BY details
)
SELECT
  details,
  payer,
  -- An item or fee that is reversed takes one off. What comes back of a returned debit is no income.
  CASE WHEN is_returned + is_overdraft_fee = 0 THEN 0 WHEN is_reversal = 1 THEN -1 ELSE 1 END AS returned_items,
  CASE
    WHEN is_own_transfer = 1 THEN 'own transfer'
    WHEN is_reversal + is_returned + is_overdraft_fee > 0 THEN 'reversal'
    WHEN is_loan_proceeds = 1 THEN 'loan proceeds'
    WHEN is_salary = 1 THEN 'salary'
    ELSE 'other'
  END AS inflow_kind,
  CASE
    WHEN is_own_transfer = 1 THEN 'own transfer'
    WHEN is_reversal = 1 THEN 'reversal'
    WHEN is_loan_payment = 1 THEN 'loan payment'
    WHEN is_essential + is_salary > 0 THEN 'essential'
    ELSE 'other'
  END AS outflow_kind
FROM read_texts
