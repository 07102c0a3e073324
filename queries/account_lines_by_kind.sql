-- title: Lines by kind
-- group: Accounts
-- description: An account's lines with what the credit check takes each for: returned items and fees, loans, own transfers, reversals, income
-- param: account account
-- param: kind choice(returned item|reversal|own transfer|loan payment|loan proceeds|income|essential)?
-- param: from date = newest - 1 year
-- param: to date = newest
-- with: dated, kinds
WITH sided AS (
  SELECT
    dated.*,
    kinds.payer,
    kinds.returned_items,
    CASE WHEN deposit_amt IS NOT NULL THEN kinds.inflow_kind END AS inflow_kind,
    CASE WHEN withdrawal_amt IS NOT NULL THEN kinds.outflow_kind END AS outflow_kind
  FROM dated
  INNER JOIN kinds ON kinds.details = dated.details
)
SELECT
  value_date,
  transaction_details,
  inflow_kind AS kind_of_deposit,
  outflow_kind AS kind_of_withdrawal,
  -- What takes an item or a fee back is counted as one less.
  returned_items,
  CASE WHEN inflow_kind IN ('salary', 'other') THEN payer END AS payer,
  deposit_amt,
  deposit_currency,
  deposit_sgd_amt,
  withdrawal_amt,
  withdrawal_currency,
  withdrawal_sgd_amt,
  balance_amt,
  booking_date,
  source_file,
  line_no
FROM sided
WHERE :kind IS NULL
  OR inflow_kind = :kind
  OR outflow_kind = :kind
  OR (:kind = 'income' AND inflow_kind IN ('salary', 'other'))
  OR (:kind = 'returned item' AND returned_items <> 0)
ORDER BY value_date, source_file, line_no
