,
-- Which of the lines that stand more than once make the multiset: a line as often as the file has it that has it most often.
-- A statement may lack the texts of its lines, or their balances, as a camt.054 does beside a camt.053. Such a line is one with
-- a line of another file that tells more, when all agrees that both tell. What it is one with is counted: a file that has lines
-- which tell more itself has as many fewer to match, so that lines of one file stay as many as they are.
differing AS (
  -- Most days need no more than this look.
  SELECT account_no, booking_date FROM keyed
  GROUP BY account_no, booking_date
  HAVING MIN(tells) <> MAX(tells) AND MIN(source_file) <> MAX(source_file)
),
alike AS (
  -- Lines that agree in all but text and balance; the least of their keys names them.
  SELECT keyed.account_no, keyed.booking_date, value_date, chq_no, withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency,
         MIN(content_key) AS alike_key
  FROM keyed
  JOIN differing ON differing.account_no = keyed.account_no AND differing.booking_date = keyed.booking_date
  GROUP BY keyed.account_no, keyed.booking_date, value_date, chq_no, withdrawal_amt, withdrawal_currency, deposit_amt, deposit_currency
  HAVING MIN(tells) <> MAX(tells) AND MIN(source_file) <> MAX(source_file)
),
compared AS (
  SELECT alike.alike_key, keyed.source_file, keyed.line_no, keyed.content_key, keyed.tells, keyed.transaction_details, keyed.balance_amt,
         ROW_NUMBER() OVER (PARTITION BY keyed.content_key, keyed.source_file ORDER BY keyed.line_no) AS copy_no
  FROM alike
  JOIN keyed
    ON keyed.account_no = alike.account_no
    AND keyed.booking_date = alike.booking_date
    AND keyed.value_date = alike.value_date
    AND keyed.chq_no IS NOT DISTINCT FROM alike.chq_no
    AND keyed.withdrawal_amt IS NOT DISTINCT FROM alike.withdrawal_amt
    AND keyed.withdrawal_currency IS NOT DISTINCT FROM alike.withdrawal_currency
    AND keyed.deposit_amt IS NOT DISTINCT FROM alike.deposit_amt
    AND keyed.deposit_currency IS NOT DISTINCT FROM alike.deposit_currency
),
numbered AS (
  -- The same copy of a line in several files counts in one of them. Of equal lines the last are matched, so that those that stay are
  -- the first in every file.
  SELECT compared.*,
         CASE WHEN tells = 3 AND ROW_NUMBER() OVER (PARTITION BY content_key, copy_no ORDER BY source_file) = 1 THEN 1 ELSE 0 END AS whole,
         CASE WHEN tells = 3 THEN 1 ELSE 0 END AS own_whole
  FROM compared
),
by_balance AS (
  SELECT numbered.*,
         tells = 2
         AND ROW_NUMBER() OVER (PARTITION BY alike_key, balance_amt, tells, source_file ORDER BY content_key, copy_no)
             > COUNT(*) OVER (PARTITION BY alike_key, balance_amt, tells, source_file)
               - SUM(whole) OVER (PARTITION BY alike_key, balance_amt)
               + SUM(own_whole) OVER (PARTITION BY alike_key, balance_amt, source_file) AS is_matched
  FROM numbered
),
taken AS (
  -- Lines of a text that the file has without it already.
  SELECT by_balance.source_file, by_balance.alike_key, texts.transaction_details, COUNT(*) AS copies
  FROM by_balance
  JOIN (SELECT DISTINCT alike_key, balance_amt, transaction_details FROM compared WHERE tells = 3) AS texts
    ON texts.alike_key = by_balance.alike_key AND texts.balance_amt = by_balance.balance_amt
  WHERE by_balance.is_matched
  GROUP BY by_balance.source_file, by_balance.alike_key, texts.transaction_details
),
by_text AS (
  SELECT by_balance.alike_key, by_balance.source_file, by_balance.line_no, by_balance.content_key, by_balance.tells, by_balance.copy_no,
         by_balance.transaction_details, by_balance.balance_amt,
         by_balance.is_matched
         OR (by_balance.tells = 1
             AND ROW_NUMBER() OVER (PARTITION BY by_balance.alike_key, by_balance.transaction_details, tells, by_balance.source_file
                                    ORDER BY content_key, copy_no)
                 > COUNT(*) OVER (PARTITION BY by_balance.alike_key, by_balance.transaction_details, tells, by_balance.source_file)
                   - GREATEST(0, SUM(whole) OVER (PARTITION BY by_balance.alike_key, by_balance.transaction_details)
                                 - SUM(own_whole) OVER (PARTITION BY by_balance.alike_key, by_balance.transaction_details,
                                                                     by_balance.source_file)
                                 - COALESCE(taken.copies, 0))) AS is_matched
  FROM by_balance
  LEFT JOIN taken
    ON taken.source_file = by_balance.source_file AND taken.alike_key = by_balance.alike_key
    AND taken.transaction_details = by_balance.transaction_details AND by_balance.tells = 1
),
rest AS (
  -- What stays, each copy once, and its place among the lines that tell as much.
  SELECT by_text.*,
         CASE WHEN NOT is_matched AND ROW_NUMBER() OVER (PARTITION BY content_key, copy_no, is_matched ORDER BY source_file) = 1
              THEN 1 ELSE 0 END AS once,
         DENSE_RANK() OVER (PARTITION BY alike_key, tells, is_matched ORDER BY content_key, copy_no) AS place,
         SUM(CASE WHEN tells = 1 AND NOT is_matched THEN 1 ELSE 0 END) OVER (PARTITION BY alike_key, source_file) AS own_texts
  FROM by_text
),
by_each_other AS (
  -- Where no file has both, the text of one is of a balance of the other, but not of one in its own file.
  SELECT rest.*,
         is_matched
         OR (tells = 2
             AND place > SUM(CASE WHEN tells = 2 THEN once ELSE 0 END) OVER (PARTITION BY alike_key)
                         - GREATEST(0, SUM(CASE WHEN tells = 1 THEN once ELSE 0 END) OVER (PARTITION BY alike_key)
                                       - MAX(CASE WHEN tells = 2 AND NOT is_matched THEN own_texts ELSE 0 END)
                                         OVER (PARTITION BY alike_key))) AS is_one
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
