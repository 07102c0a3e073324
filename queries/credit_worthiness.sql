-- title: Creditworthiness by account
-- group: Credit
-- description: Deposits over withdrawals in SGD, over the whole history; the note says what the band does not
-- chart: bar x=account_no y=credit_ratio
WITH ratios AS (
  SELECT
    account_no,
    SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) AS credit_ratio,
    COUNT(withdrawal_amt) AS withdrawals,
    SUM(CASE WHEN deposit_sgd_amt IS NULL AND withdrawal_sgd_amt IS NULL THEN 1 ELSE 0 END) AS not_converted,
    COUNT(*) AS num_transactions
  FROM "pyspark-database"."processed"
  GROUP BY account_no
)
SELECT
  account_no,
  CAST(credit_ratio AS DECIMAL(18,6)) AS credit_ratio,
  CASE
    WHEN credit_ratio > 1.5 THEN 'High Creditworthiness'
    WHEN credit_ratio BETWEEN 1.0 AND 1.5 THEN 'Moderate Creditworthiness'
    ELSE 'Low Creditworthiness'
  END AS credit_worthiness,
  -- A ratio that cannot be formed is no bad ratio, although the band above counts it so.
  CASE
    WHEN withdrawals = 0 THEN 'n/a: no withdrawals'
    WHEN credit_ratio IS NULL THEN 'n/a: no amount could be converted'
    WHEN not_converted > 0 THEN CONCAT(CAST(not_converted AS VARCHAR(20)), ' lines not converted')
  END AS note,
  num_transactions
FROM ratios
ORDER BY account_no
