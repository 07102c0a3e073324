-- Bank statement lines, cleaned, typed, flagged and keyed, each on its own: the start of the statements in this folder.
-- Input raw_bank: the columns of the statement as text (its `date` as booking_date), with source_file, line_no, and last_year, the
-- last year that a date of the file may have. A line of which a cell cannot be read is not a row; the reader tells why.
-- Amounts have a point before their decimals: a file in which `1,234` may be meant otherwise is the reader's to refuse.
WITH letters AS (
  SELECT
    -- The blank, the tabulator, the ends of lines, and the blanks of Unicode that are not seen.
    CONCAT(CHR(9), CHR(10), CHR(13), '              ​  　﻿') AS blanks,
    -- Engines agree on the capitals of these letters only.
    'abcdefghijklmnopqrstuvwxyz' AS small,
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ' AS capital
),
trimmed AS (
  SELECT
    source_file,
    line_no,
    last_year,
    TRIM(BOTH blanks FROM account_no) AS account_text,
    NULLIF(TRANSLATE(TRIM(BOTH blanks FROM booking_date), small, capital), '') AS booking_text,
    NULLIF(TRANSLATE(TRIM(BOTH blanks FROM value_date), small, capital), '') AS value_text,
    NULLIF(TRIM(BOTH blanks FROM transaction_details), '') AS transaction_details,
    NULLIF(TRIM(BOTH blanks FROM chq_no), '') AS chq_no,
    -- A dash stands for an empty cell.
    NULLIF(NULLIF(TRIM(BOTH blanks FROM withdrawal_amt), ''), '-') AS withdrawal_text,
    NULLIF(TRANSLATE(TRIM(BOTH blanks FROM withdrawal_currency), small, capital), '') AS withdrawal_currency,
    NULLIF(NULLIF(TRIM(BOTH blanks FROM deposit_amt), ''), '-') AS deposit_text,
    NULLIF(TRANSLATE(TRIM(BOTH blanks FROM deposit_currency), small, capital), '') AS deposit_currency,
    NULLIF(NULLIF(TRIM(BOTH blanks FROM balance_amt), ''), '-') AS balance_text,
    blanks
  FROM raw_bank CROSS JOIN letters
),
placed AS (
  -- Month names are looked up in a list, because the engines' own parsers differ in case and locale.
  SELECT
    trimmed.*,
    -- Spreadsheets mark numbers that are text with an apostrophe, or write ="0012".
    NULLIF(TRIM(BOTH blanks FROM TRIM(BOTH '''' FROM
      CASE WHEN account_text LIKE '="%"' AND LENGTH(account_text) > 2 THEN SUBSTR(account_text, 3, LENGTH(account_text) - 3)
           ELSE account_text END)), '') AS account_no,
    CASE WHEN REGEXP_LIKE(booking_text, '^[0-9]{1,2}-[A-Z]{3}-([0-9]{2}|[1-9][0-9]{3})$')
         THEN POSITION(CONCAT(',', SPLIT_PART(booking_text, '-', 2), ',')
                       IN ',JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC,') ELSE 0 END AS booking_place,
    CASE WHEN REGEXP_LIKE(value_text, '^[0-9]{1,2}-[A-Z]{3}-([0-9]{2}|[1-9][0-9]{3})$')
         THEN POSITION(CONCAT(',', SPLIT_PART(value_text, '-', 2), ',')
                       IN ',JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC,') ELSE 0 END AS value_place
  FROM trimmed
),
spelled AS (
  -- 5-JUL-17 becomes 2017-7-5, and of 2017/07/05T23:30 the written day stays. Years of two digits are of this century.
  SELECT
    placed.*,
    CASE WHEN booking_place > 0
         THEN CONCAT(CASE WHEN LENGTH(SPLIT_PART(booking_text, '-', 3)) = 2 THEN '20' ELSE '' END,
                     SPLIT_PART(booking_text, '-', 3), '-', CAST(FLOOR((booking_place + 3) / 4) AS INTEGER), '-',
                     SPLIT_PART(booking_text, '-', 1))
         WHEN REGEXP_LIKE(booking_text, '^[1-9][0-9]{3}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}([T ][0-9:.+Z-]+)?$')
         THEN REPLACE(SPLIT_PART(SPLIT_PART(booking_text, 'T', 1), ' ', 1), '/', '-') END AS booking_iso,
    CASE WHEN value_place > 0
         THEN CONCAT(CASE WHEN LENGTH(SPLIT_PART(value_text, '-', 3)) = 2 THEN '20' ELSE '' END,
                     SPLIT_PART(value_text, '-', 3), '-', CAST(FLOOR((value_place + 3) / 4) AS INTEGER), '-',
                     SPLIT_PART(value_text, '-', 1))
         WHEN REGEXP_LIKE(value_text, '^[1-9][0-9]{3}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}([T ][0-9:.+Z-]+)?$')
         THEN REPLACE(SPLIT_PART(SPLIT_PART(value_text, 'T', 1), ' ', 1), '/', '-') END AS value_iso,
    -- Commas group thousands, the Western or the Indian way.
    CASE WHEN REGEXP_LIKE(withdrawal_text, '^[+-]?(([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]?(,[0-9]{2})*,[0-9]{3})([.][0-9]*)?|[.][0-9]+)$')
         THEN REPLACE(withdrawal_text, ',', '') END AS withdrawal_number,
    CASE WHEN REGEXP_LIKE(deposit_text, '^[+-]?(([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]?(,[0-9]{2})*,[0-9]{3})([.][0-9]*)?|[.][0-9]+)$')
         THEN REPLACE(deposit_text, ',', '') END AS deposit_number,
    CASE WHEN REGEXP_LIKE(balance_text, '^[+-]?(([0-9]+|[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]?(,[0-9]{2})*,[0-9]{3})([.][0-9]*)?|[.][0-9]+)$')
         THEN REPLACE(balance_text, ',', '') END AS balance_number
  FROM placed
),
typed AS (
  SELECT
    spelled.*,
    TRY_CAST(booking_iso AS DATE) AS booking_date,
    TRY_CAST(value_iso AS DATE) AS stated_value_date,
    TRY_CAST(withdrawal_number AS DECIMAL(38,4)) AS withdrawal_wide,
    TRY_CAST(deposit_number AS DECIMAL(38,4)) AS deposit_wide,
    TRY_CAST(balance_number AS DECIMAL(38,4)) AS balance_wide
  FROM spelled
),
judged AS (
  SELECT
    typed.*,
    CAST(withdrawal_wide AS DECIMAL(20,4)) AS withdrawal_amt,
    CAST(deposit_wide AS DECIMAL(20,4)) AS deposit_amt,
    CAST(balance_wide AS DECIMAL(20,4)) AS balance_amt
  FROM typed
  WHERE account_no IS NOT NULL
    -- A number that a spreadsheet has put in scientific form has lost its last digits.
    AND NOT REGEXP_LIKE(account_no, '^[0-9]+([.,][0-9]+)?[eE][+-][0-9]+$')
    AND EXTRACT(YEAR FROM booking_date) BETWEEN 1970 AND last_year
    AND (value_text IS NULL OR EXTRACT(YEAR FROM stated_value_date) BETWEEN 1970 AND last_year)
    -- No digit is cut off, and no amount is larger than the reader's.
    AND (withdrawal_text IS NULL OR (LENGTH(TRIM(TRAILING '0' FROM SPLIT_PART(withdrawal_number, '.', 2))) <= 4
      AND withdrawal_wide BETWEEN 0 AND 922337203685477.5807))
    AND (deposit_text IS NULL OR (LENGTH(TRIM(TRAILING '0' FROM SPLIT_PART(deposit_number, '.', 2))) <= 4
      AND deposit_wide BETWEEN -922337203685477.5807 AND 922337203685477.5807))
    AND (balance_text IS NULL OR (LENGTH(TRIM(TRAILING '0' FROM SPLIT_PART(balance_number, '.', 2))) <= 4
      AND balance_wide BETWEEN -922337203685477.5807 AND 922337203685477.5807))
),
keyed AS (
  -- The content of a line, independent of how its numbers and dates were written. CHR(31), the unit separator, is in no line.
  SELECT
    judged.*,
    NULLIF(CONCAT_WS(',',
      CASE WHEN value_text IS NULL THEN 'vd_missing' END,
      CASE WHEN withdrawal_amt IS NULL AND deposit_amt IS NULL THEN 'no_amount' END,
      CASE WHEN withdrawal_amt IS NOT NULL AND deposit_amt IS NOT NULL THEN 'both_sides' END,
      CASE WHEN deposit_amt < 0 THEN 'neg_amount' END,
      CASE WHEN (withdrawal_amt IS NOT NULL AND withdrawal_currency IS NULL)
             OR (deposit_amt IS NOT NULL AND deposit_currency IS NULL) THEN 'ccy_missing' END), '') AS flags,
    SUBSTR(SHA2(CONCAT_WS(CHR(31),
      account_no,
      CAST(booking_date AS STRING),
      COALESCE(CAST(stated_value_date AS STRING), ''),
      COALESCE(transaction_details, ''),
      COALESCE(chq_no, ''),
      COALESCE(CAST(withdrawal_amt AS STRING), ''),
      COALESCE(withdrawal_currency, ''),
      COALESCE(CAST(deposit_amt AS STRING), ''),
      COALESCE(deposit_currency, ''),
      COALESCE(CAST(balance_amt AS STRING), '')), 256), 1, 32) AS content_key
  FROM judged
)
