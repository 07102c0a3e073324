-- title: Unconverted rows
-- group: Data quality
-- description: Every amount without its value in SGD and every line without an amount, with the reason
-- param: account account?
-- param: reason_like text?
WITH sides AS (
  SELECT processed.*, 'deposit' AS side, deposit_amt AS amount, deposit_currency AS currency,
         deposit_rate_status AS side_status
  FROM processed
  WHERE deposit_amt IS NOT NULL AND deposit_sgd_amt IS NULL
  UNION ALL
  SELECT processed.*, 'withdrawal' AS side, withdrawal_amt AS amount, withdrawal_currency AS currency,
         withdrawal_rate_status AS side_status
  FROM processed
  WHERE withdrawal_amt IS NOT NULL AND withdrawal_sgd_amt IS NULL
  UNION ALL
  SELECT processed.*, CAST(NULL AS VARCHAR(10)) AS side, CAST(NULL AS DECIMAL(20,4)) AS amount,
         COALESCE(deposit_currency, withdrawal_currency) AS currency, rate_status AS side_status
  FROM processed
  WHERE deposit_amt IS NULL AND withdrawal_amt IS NULL
),
reasons AS (
  -- A line tells the reason, and the rate, of one side; of another one that failed too its status is the reason.
  SELECT
    sides.*,
    CASE WHEN side IS NULL OR side = rate_side THEN reason ELSE 'the other side too: ' || side_status END AS side_reason,
    CASE WHEN side = rate_side THEN rate_date END AS side_rate_date,
    CASE WHEN side = rate_side THEN rate_age_days END AS side_rate_age_days
  FROM sides
)
SELECT
  value_date,
  account_no,
  amount,
  currency,
  side,
  side_status AS rate_status,
  side_reason AS reason,
  side_rate_date AS rate_date,
  side_rate_age_days AS rate_age_days,
  transaction_details,
  source_file,
  line_no
FROM reasons
WHERE (:account IS NULL OR account_no = :account)
  AND (:reason_like IS NULL OR side_reason LIKE '%' || :reason_like || '%')
ORDER BY value_date NULLS LAST, source_file, line_no, side NULLS LAST
