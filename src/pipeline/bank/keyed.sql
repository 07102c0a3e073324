-- Bank statement lines as the reader typed, flagged and keyed them, each on its own: the start of the statements in this folder.
-- Input bank_lines: the columns of the table. A key is that of the line's content and the number of the first of equal lines.
WITH keyed AS (
  SELECT bank_lines.*, SUBSTR(txn_key, 1, 32) AS content_key FROM bank_lines
)
