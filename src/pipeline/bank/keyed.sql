-- Bank statement lines as the reader typed, flagged and keyed them, each on its own: the start of the statements in this folder.
-- Input bank_lines: the columns of the table. A key is that of the line's content and the number of the first of equal lines.
-- A line tells neither its text nor the balance behind it (0), its text (1), the balance (2), or both (3).
WITH keyed AS (
  SELECT bank_lines.*, SUBSTR(txn_key, 1, 32) AS content_key,
         CASE WHEN transaction_details IS NULL THEN 0 ELSE 1 END + CASE WHEN balance_amt IS NULL THEN 0 ELSE 2 END AS tells
  FROM bank_lines
)
