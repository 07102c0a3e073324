,
-- Which of the lines that stand more than once make the multiset: a line as often as the file has it that has it most often.
-- A statement may lack the texts of its lines, or their balances, as a camt.054 does beside a camt.053. Such a line is one with
-- a line of another file that has both, when all else agrees; a file that has both lines has two.
tellable AS (
  SELECT DISTINCT account_no, booking_date FROM keyed WHERE transaction_details IS NOT NULL AND balance_amt IS NOT NULL
),
incomplete AS (
  SELECT keyed.*, ROW_NUMBER() OVER (PARTITION BY content_key, source_file ORDER BY line_no) AS place
  FROM keyed
  JOIN tellable ON tellable.account_no = keyed.account_no AND tellable.booking_date = keyed.booking_date
  WHERE (transaction_details IS NULL) <> (balance_amt IS NULL)
),
complete AS (
  SELECT incomplete.content_key AS incomplete_key, keyed.content_key, keyed.source_file, COUNT(*) AS copies
  FROM (SELECT DISTINCT content_key, account_no, booking_date, value_date, transaction_details, chq_no, withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency, balance_amt FROM incomplete) AS incomplete
  JOIN keyed
    ON keyed.account_no = incomplete.account_no
    AND keyed.booking_date = incomplete.booking_date
    AND keyed.value_date = incomplete.value_date
    AND keyed.chq_no IS NOT DISTINCT FROM incomplete.chq_no
    AND keyed.withdrawal_amt IS NOT DISTINCT FROM incomplete.withdrawal_amt
    AND keyed.withdrawal_currency IS NOT DISTINCT FROM incomplete.withdrawal_currency
    AND keyed.deposit_amt IS NOT DISTINCT FROM incomplete.deposit_amt
    AND keyed.deposit_currency IS NOT DISTINCT FROM incomplete.deposit_currency
    AND keyed.transaction_details = COALESCE(incomplete.transaction_details, keyed.transaction_details)
    AND keyed.balance_amt = COALESCE(incomplete.balance_amt, keyed.balance_amt)
  GROUP BY incomplete.content_key, keyed.content_key, keyed.source_file
),
merged_complete AS (
  SELECT incomplete_key, SUM(copies) AS copies
  FROM (SELECT incomplete_key, content_key, MAX(copies) AS copies FROM complete GROUP BY incomplete_key, content_key) AS most
  GROUP BY incomplete_key
),
own_complete AS (
  SELECT incomplete_key, source_file, SUM(copies) AS copies FROM complete GROUP BY incomplete_key, source_file
),
matched AS (
  SELECT incomplete.source_file, incomplete.line_no
  FROM incomplete
  JOIN merged_complete ON merged_complete.incomplete_key = incomplete.content_key
  LEFT JOIN own_complete
    ON own_complete.incomplete_key = incomplete.content_key AND own_complete.source_file = incomplete.source_file
  WHERE incomplete.place <= merged_complete.copies - COALESCE(own_complete.copies, 0)
),
repeated AS (
  SELECT content_key FROM keyed GROUP BY content_key HAVING COUNT(*) > 1
),
copies AS (
  -- Equal lines of one file are genuine repeats: an ordinal tells them apart, and the same file read twice gives the same keys.
  -- Most lines are like no other, so only the few are sorted.
  SELECT keyed.source_file, keyed.line_no, keyed.content_key,
         ROW_NUMBER() OVER (PARTITION BY keyed.content_key, keyed.source_file ORDER BY keyed.line_no) AS ordinal
  FROM keyed JOIN repeated ON repeated.content_key = keyed.content_key
),
preferred AS (
  -- Statements overlap: the second copy in one file and the second copy in another are the same line. Files are named by their
  -- content, so the one whose line stands for all does not depend on the order in which they came.
  SELECT copies.*, ROW_NUMBER() OVER (PARTITION BY copies.content_key, ordinal ORDER BY copies.source_file) AS preference
  FROM copies LEFT JOIN matched ON matched.source_file = copies.source_file AND matched.line_no = copies.line_no
  WHERE matched.line_no IS NULL
)
