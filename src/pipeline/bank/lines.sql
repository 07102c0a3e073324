-- Bank statement lines, cleaned, typed, flagged and keyed, each on its own: the start of the statements in this folder.
-- Input raw_bank: the columns of the statement as text (its `date` as booking_date), with source_file and line_no.
WITH trimmed AS (
  SELECT
    source_file,
    line_no,
    -- Spreadsheets mark numbers that are text with an apostrophe, before or behind.
    NULLIF(TRIM(REPLACE(account_no, '''', '')), '') AS account_no,
    NULLIF(UPPER(TRIM(booking_date)), '') AS booking_text,
    NULLIF(UPPER(TRIM(value_date)), '') AS value_text,
    NULLIF(TRIM(transaction_details), '') AS transaction_details,
    NULLIF(TRIM(chq_no), '') AS chq_no,
    NULLIF(TRIM(withdrawal_amt), '') AS withdrawal_text,
    NULLIF(UPPER(TRIM(withdrawal_currency)), '') AS withdrawal_currency,
    NULLIF(TRIM(deposit_amt), '') AS deposit_text,
    NULLIF(UPPER(TRIM(deposit_currency)), '') AS deposit_currency,
    NULLIF(TRIM(balance_amt), '') AS balance_text
  FROM raw_bank
),
placed AS (
  -- Month names are looked up in a list, because the engines' own parsers differ in case and locale.
  SELECT
    trimmed.*,
    POSITION(CONCAT(',', SPLIT_PART(booking_text, '-', 2), ',')
             IN ',JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC,') AS booking_place,
    POSITION(CONCAT(',', SPLIT_PART(value_text, '-', 2), ',')
             IN ',JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC,') AS value_place
  FROM trimmed
),
spelled AS (
  -- Commas group thousands, the Western or the Indian way: three digits stand behind the last one. What is written with a decimal
  -- comma is no amount: without the comma it would be a hundredfold.
  -- 5-JUL-17 becomes 2017-7-5. What is not of that form is tried as it stands, so ISO dates are read too.
  -- Years of two digits are of this century: no statement in the lake is older.
  SELECT
    placed.*,
    CASE WHEN booking_place > 0
         THEN CONCAT(CASE WHEN LENGTH(SPLIT_PART(booking_text, '-', 3)) = 2 THEN '20' ELSE '' END,
                     SPLIT_PART(booking_text, '-', 3), '-', CAST(FLOOR((booking_place + 3) / 4) AS INTEGER), '-',
                     SPLIT_PART(booking_text, '-', 1))
         ELSE booking_text END AS booking_iso,
    CASE WHEN value_place > 0
         THEN CONCAT(CASE WHEN LENGTH(SPLIT_PART(value_text, '-', 3)) = 2 THEN '20' ELSE '' END,
                     SPLIT_PART(value_text, '-', 3), '-', CAST(FLOOR((value_place + 3) / 4) AS INTEGER), '-',
                     SPLIT_PART(value_text, '-', 1))
         ELSE value_text END AS value_iso,
    CASE WHEN withdrawal_text NOT LIKE '%,%' THEN withdrawal_text
         WHEN SPLIT_PART(withdrawal_text, '.', 1) LIKE '%_,___' AND SPLIT_PART(withdrawal_text, '.', 1) NOT LIKE '%,__'
          AND SPLIT_PART(withdrawal_text, '.', 1) NOT LIKE '%,_' AND SPLIT_PART(withdrawal_text, '.', 1) NOT LIKE '%,'
          AND withdrawal_text NOT LIKE '%.%,%' THEN REPLACE(withdrawal_text, ',', '') END AS withdrawal_number,
    CASE WHEN deposit_text NOT LIKE '%,%' THEN deposit_text
         WHEN SPLIT_PART(deposit_text, '.', 1) LIKE '%_,___' AND SPLIT_PART(deposit_text, '.', 1) NOT LIKE '%,__'
          AND SPLIT_PART(deposit_text, '.', 1) NOT LIKE '%,_' AND SPLIT_PART(deposit_text, '.', 1) NOT LIKE '%,'
          AND deposit_text NOT LIKE '%.%,%' THEN REPLACE(deposit_text, ',', '') END AS deposit_number,
    CASE WHEN balance_text NOT LIKE '%,%' THEN balance_text
         WHEN SPLIT_PART(balance_text, '.', 1) LIKE '%_,___' AND SPLIT_PART(balance_text, '.', 1) NOT LIKE '%,__'
          AND SPLIT_PART(balance_text, '.', 1) NOT LIKE '%,_' AND SPLIT_PART(balance_text, '.', 1) NOT LIKE '%,'
          AND balance_text NOT LIKE '%.%,%' THEN REPLACE(balance_text, ',', '') END AS balance_number
  FROM placed
),
typed AS (
  SELECT
    spelled.*,
    TRY_CAST(booking_iso AS DATE) AS booking_date,
    TRY_CAST(value_iso AS DATE) AS stated_value_date,
    TRY_CAST(withdrawal_number AS DECIMAL(20,4)) AS withdrawal_amt,
    TRY_CAST(deposit_number AS DECIMAL(20,4)) AS deposit_amt,
    TRY_CAST(balance_number AS DECIMAL(20,4)) AS balance_amt
  FROM spelled
),
keyed AS (
  -- The content of a line, independent of how its numbers and dates were written. CHR(31), the unit separator, is in no statement.
  SELECT
    typed.*,
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
    SUBSTR(SHA2(CONCAT_WS(CHR(31),
      COALESCE(account_no, ''),
      COALESCE(CAST(booking_date AS STRING), booking_text, ''),
      COALESCE(CAST(stated_value_date AS STRING), value_text, ''),
      COALESCE(transaction_details, ''),
      COALESCE(chq_no, ''),
      COALESCE(CAST(withdrawal_amt AS STRING), withdrawal_text, ''),
      COALESCE(withdrawal_currency, ''),
      COALESCE(CAST(deposit_amt AS STRING), deposit_text, ''),
      COALESCE(deposit_currency, ''),
      COALESCE(CAST(balance_amt AS STRING), balance_text, '')), 256), 1, 32) AS content_key
  FROM typed
)
