,
-- Which of the lines that stand more than once make the multiset: a line as often as the file has it that has it most often.
-- A statement may lack the texts of its lines. Such a line is one with a text in another file when all else and the balance
-- agree; a file that has both has two lines.
textless AS (
  SELECT keyed.*, ROW_NUMBER() OVER (PARTITION BY content_key, source_file ORDER BY line_no) AS place
  FROM keyed WHERE transaction_details IS NULL AND balance_amt IS NOT NULL
),
texts AS (
  SELECT textless.content_key AS textless_key, keyed.content_key, keyed.source_file, COUNT(*) AS copies
  FROM (SELECT DISTINCT content_key, account_no, booking_date, value_date, chq_no, withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency, balance_amt FROM textless) AS textless
  JOIN keyed
    ON keyed.account_no = textless.account_no
    AND keyed.booking_date = textless.booking_date
    AND keyed.balance_amt = textless.balance_amt
    AND keyed.value_date = textless.value_date
    AND keyed.chq_no IS NOT DISTINCT FROM textless.chq_no
    AND keyed.withdrawal_amt IS NOT DISTINCT FROM textless.withdrawal_amt
    AND keyed.withdrawal_currency IS NOT DISTINCT FROM textless.withdrawal_currency
    AND keyed.deposit_amt IS NOT DISTINCT FROM textless.deposit_amt
    AND keyed.deposit_currency IS NOT DISTINCT FROM textless.deposit_currency
  WHERE keyed.transaction_details IS NOT NULL
  GROUP BY textless.content_key, keyed.content_key, keyed.source_file
),
merged_texts AS (
  SELECT textless_key, SUM(copies) AS copies
  FROM (SELECT textless_key, content_key, MAX(copies) AS copies FROM texts GROUP BY textless_key, content_key) AS most
  GROUP BY textless_key
),
own_texts AS (
  SELECT textless_key, source_file, SUM(copies) AS copies FROM texts GROUP BY textless_key, source_file
),
matched AS (
  SELECT textless.source_file, textless.line_no
  FROM textless
  JOIN merged_texts ON merged_texts.textless_key = textless.content_key
  LEFT JOIN own_texts
    ON own_texts.textless_key = textless.content_key AND own_texts.source_file = textless.source_file
  WHERE textless.place <= merged_texts.copies - COALESCE(own_texts.copies, 0)
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
