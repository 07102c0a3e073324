,
-- Bank statement lines, cleaned and typed: a multiset, every line as often as the file has it that has it most often.
copies AS (
  -- Equal lines of one file are genuine repeats: an ordinal tells them apart, and the same file read twice gives the same keys.
  SELECT keyed.*, ROW_NUMBER() OVER (PARTITION BY content_key, source_file ORDER BY line_no) AS ordinal FROM keyed
),
merged AS (
  -- Statements overlap: the second copy in one file and the second copy in another are the same line. Files are named by their
  -- content, so the one whose line stands for all does not depend on the order in which they came.
  SELECT copies.*, ROW_NUMBER() OVER (PARTITION BY content_key, ordinal ORDER BY source_file) AS preference FROM copies
)
SELECT
  account_no,
  booking_date,
  COALESCE(stated_value_date, booking_date) AS value_date,
  transaction_details,
  chq_no,
  withdrawal_amt,
  withdrawal_currency,
  deposit_amt,
  deposit_currency,
  balance_amt,
  NULLIF(CONCAT_WS(',',
    CASE WHEN account_no IS NULL THEN 'account_missing' END,
    CASE WHEN booking_date IS NULL THEN 'bad_booking_date' END,
    CASE WHEN value_text IS NULL THEN 'vd_missing' END,
    CASE WHEN value_text IS NOT NULL AND stated_value_date IS NULL THEN 'bad_value_date' END,
    CASE WHEN (withdrawal_text IS NOT NULL AND withdrawal_amt IS NULL)
           OR (deposit_text IS NOT NULL AND deposit_amt IS NULL)
           OR (balance_text IS NOT NULL AND balance_amt IS NULL) THEN 'bad_amount' END,
    CASE WHEN withdrawal_amt IS NULL AND deposit_amt IS NULL THEN 'no_amount' END,
    CASE WHEN withdrawal_amt IS NOT NULL AND deposit_amt IS NOT NULL THEN 'both_sides' END,
    CASE WHEN withdrawal_amt < 0 OR deposit_amt < 0 THEN 'neg_amount' END,
    CASE WHEN LENGTH(SPLIT_PART(withdrawal_text, '.', 2)) > 4 OR LENGTH(SPLIT_PART(deposit_text, '.', 2)) > 4
           OR LENGTH(SPLIT_PART(balance_text, '.', 2)) > 4 THEN 'excess_scale' END,
    CASE WHEN (withdrawal_amt IS NOT NULL AND withdrawal_currency IS NULL)
           OR (deposit_amt IS NOT NULL AND deposit_currency IS NULL) THEN 'ccy_missing' END), '') AS flags,
  CONCAT(content_key, '-', CAST(ordinal AS STRING)) AS txn_key,
  source_file,
  line_no
FROM merged
WHERE preference = 1
