,
-- Which of the lines that stand more than once make the multiset: a line as often as the file has it that has it most often.
-- Lines with one balance behind them have one key, whatever words each form of a statement has for them. A statement may lack the
-- balances, as a camt.054 does beside a camt.053, and the texts too. Such a line is one with a line of another file when all agrees
-- that both tell. What it is one with is counted: a file that has lines which tell more itself has as many fewer to match, so that
-- lines of one file stay as many as they are.
repeated AS (
  SELECT content_key FROM keyed GROUP BY content_key HAVING COUNT(*) > 1
),
copies AS (
  -- Equal lines of one file are genuine repeats: an ordinal tells them apart, and the same file read twice gives the same keys.
  -- Most lines are like no other, so only the few are sorted; by their words first, for one form may be the other upside down.
  SELECT keyed.source_file, keyed.line_no, keyed.content_key, keyed.transaction_details, keyed.chq_no,
         ROW_NUMBER() OVER (PARTITION BY keyed.content_key, keyed.source_file
                            ORDER BY COALESCE(keyed.transaction_details, ''), COALESCE(keyed.chq_no, ''), keyed.line_no) AS ordinal
  FROM keyed JOIN repeated ON repeated.content_key = keyed.content_key
),
differing AS (
  -- Most days need no more than this look.
  SELECT account_no, booking_date FROM keyed
  GROUP BY account_no, booking_date
  HAVING MIN(tells) <> MAX(tells) AND MIN(source_file) <> MAX(source_file)
),
near AS (
  -- References part lines only where all have one.
  SELECT keyed.*,
         CASE WHEN COUNT(chq_no) OVER amounts = COUNT(*) OVER amounts THEN chq_no END AS reference
  FROM keyed
  JOIN differing ON differing.account_no = keyed.account_no AND differing.booking_date = keyed.booking_date
  WINDOW amounts AS (PARTITION BY keyed.account_no, keyed.booking_date, value_date, withdrawal_amt, withdrawal_currency,
                     deposit_amt, deposit_currency)
),
alike AS (
  -- Lines that agree in all but text and balance; the least of their keys names them.
  SELECT account_no, booking_date, value_date, reference, withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency,
         MIN(content_key) AS alike_key
  FROM near
  GROUP BY account_no, booking_date, value_date, reference, withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency
  HAVING MIN(tells) <> MAX(tells) AND MIN(source_file) <> MAX(source_file)
),
compared AS (
  SELECT alike.alike_key, near.source_file, near.line_no, near.content_key, near.tells, near.transaction_details,
         COALESCE(copies.ordinal, 1) AS copy_no
  FROM alike
  JOIN near
    ON near.account_no = alike.account_no
    AND near.booking_date = alike.booking_date
    AND near.value_date = alike.value_date
    AND near.reference IS NOT DISTINCT FROM alike.reference
    AND near.withdrawal_amt IS NOT DISTINCT FROM alike.withdrawal_amt
    AND near.withdrawal_currency IS NOT DISTINCT FROM alike.withdrawal_currency
    AND near.deposit_amt IS NOT DISTINCT FROM alike.deposit_amt
    AND near.deposit_currency IS NOT DISTINCT FROM alike.deposit_currency
  LEFT JOIN copies ON copies.source_file = near.source_file AND copies.line_no = near.line_no
),
numbered AS (
  -- The same copy of a line in several files counts in one of them, and so does each of its texts. A balance of which no file has
  -- the text is bare.
  SELECT compared.*,
         CASE WHEN tells = 2 AND ROW_NUMBER() OVER (PARTITION BY content_key, copy_no, transaction_details ORDER BY source_file) = 1
              THEN 1 ELSE 0 END AS whole,
         CASE WHEN tells = 2 THEN 1 ELSE 0 END AS own_whole,
         tells = 2 AND COUNT(transaction_details) OVER (PARTITION BY content_key, copy_no) = 0 AS is_bare
  FROM compared
),
by_text AS (
  -- Of equal lines the last are matched, so that those that stay are the first in every file.
  SELECT numbered.alike_key, source_file, line_no, content_key, tells, copy_no, transaction_details, is_bare,
         tells = 1
         AND ROW_NUMBER() OVER (PARTITION BY alike_key, transaction_details, tells, source_file ORDER BY content_key, copy_no)
             > COUNT(*) OVER (PARTITION BY alike_key, transaction_details, tells, source_file)
               - GREATEST(0, SUM(whole) OVER (PARTITION BY alike_key, transaction_details)
                             - SUM(own_whole) OVER (PARTITION BY alike_key, transaction_details, source_file)) AS is_matched
  FROM numbered
),
rest AS (
  -- What stays, each copy once, and its place among the lines that tell as much.
  SELECT by_text.*,
         CASE WHEN NOT is_matched AND ROW_NUMBER() OVER (PARTITION BY alike_key, content_key, copy_no, is_matched ORDER BY source_file) = 1
              THEN 1 ELSE 0 END AS once,
         DENSE_RANK() OVER (PARTITION BY alike_key, tells, is_bare, is_matched ORDER BY content_key, copy_no) AS place,
         SUM(CASE WHEN tells = 1 AND NOT is_matched THEN 1 ELSE 0 END) OVER (PARTITION BY alike_key, source_file) AS own_texts
  FROM by_text
),
by_each_other AS (
  -- Where no file has both, the text of one is of a balance of the other, but not of one in its own file.
  SELECT rest.*,
         is_matched
         OR (is_bare
             AND place > SUM(CASE WHEN is_bare THEN once ELSE 0 END) OVER (PARTITION BY alike_key)
                         - GREATEST(0, SUM(CASE WHEN tells = 1 THEN once ELSE 0 END) OVER (PARTITION BY alike_key)
                                       - MAX(CASE WHEN is_bare THEN own_texts ELSE 0 END) OVER (PARTITION BY alike_key))) AS is_one
  FROM rest
),
left_out AS (
  -- A line that tells neither is one with any that its file has not itself.
  SELECT by_each_other.*,
         is_one
         OR (tells = 0
             AND ROW_NUMBER() OVER (PARTITION BY alike_key, tells, source_file ORDER BY content_key, copy_no)
                 > COUNT(*) OVER (PARTITION BY alike_key, tells, source_file)
                   - GREATEST(0, SUM(CASE WHEN tells > 0 AND NOT is_one THEN once ELSE 0 END) OVER (PARTITION BY alike_key)
                                 - SUM(CASE WHEN tells > 0 THEN 1 ELSE 0 END) OVER (PARTITION BY alike_key, source_file)))
           AS is_left_out
  FROM by_each_other
),
matched AS (
  SELECT source_file, line_no FROM left_out WHERE is_left_out
),
preferred AS (
  -- Statements overlap: the second copy in one file and the second copy in another are the same line. The one with more words stands
  -- for all; of those with as many, that of the first file by name, which is of its content, so that nothing depends on the order
  -- in which files came.
  SELECT copies.*,
         ROW_NUMBER() OVER (
           PARTITION BY copies.content_key, ordinal
           ORDER BY LENGTH(COALESCE(transaction_details, '')) + LENGTH(COALESCE(chq_no, '')) DESC, copies.source_file) AS preference
  FROM copies LEFT JOIN matched ON matched.source_file = copies.source_file AND matched.line_no = copies.line_no
  WHERE matched.line_no IS NULL
)
