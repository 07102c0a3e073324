-- Bank statement lines as the reader typed, flagged and keyed them, each on its own: the start of the statements in this folder.
-- Input bank_lines: the columns of the table. A key is that of the line's content and the number of the first of equal lines.
-- A line tells the balance behind it (2), or only its text (1), or neither (0).
WITH keyed AS (
  SELECT bank_lines.*, SUBSTR(txn_key, 1, 32) AS content_key,
         CASE WHEN balance_amt IS NOT NULL THEN 2 WHEN transaction_details IS NOT NULL THEN 1 ELSE 0 END AS tells
  FROM bank_lines
)
