-- title: Creditworthiness by account
-- group: Credit
-- description: Deposits over withdrawals in SGD, over the whole history; the verdict says where the band judges nothing
-- chart: bar x=account_no y=credit_ratio
WITH sums AS (
  SELECT
    account_no,
    SUM(deposit_sgd_amt) AS total_deposits_sgd,
    SUM(withdrawal_sgd_amt) AS total_withdrawals_sgd,
    COUNT(deposit_amt) AS deposits,
    COUNT(withdrawal_amt) AS withdrawals,
    COUNT(*) AS num_transactions,
    SUM(CASE WHEN rate_status IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 0 ELSE 1 END)
      AS not_converted
  FROM "pyspark-database"."processed"
  GROUP BY account_no
),
terms AS (
  -- Both terms of the ratio with the sign of the withdrawals turned to plus; a ratio to zero is none.
  SELECT
    sums.*,
    CASE WHEN total_withdrawals_sgd < 0 THEN -total_deposits_sgd ELSE total_deposits_sgd END AS dividend,
    NULLIF(ABS(total_withdrawals_sgd), 0) AS divisor
  FROM sums
),
judged AS (
  -- The sums are compared, not their quotient: two times against three times the sum keeps every digit.
  SELECT
    terms.*,
    CASE WHEN 2 * dividend > 3 * divisor THEN 'High'
         WHEN dividend >= divisor THEN 'Moderate'
         ELSE 'Low' END AS band,
    dividend % divisor AS remainder,
    2000000 * (dividend % divisor) + CASE WHEN dividend < 0 THEN -divisor ELSE divisor END AS millionths
  FROM terms
)
SELECT
  account_no,
  total_deposits_sgd,
  total_withdrawals_sgd,
  -- DuckDB alone divides decimals as floats. Of a dividend less its remainder the quotient is a whole number, which a
  -- float holds exactly up to fifteen digits, so the whole part and the millionths, rounded half away from zero by the
  -- divisor added before, come out the same on DuckDB, Trino and Spark.
  CAST(CAST((dividend - remainder) / divisor AS DECIMAL(18,0))
       + CAST((millionths - millionths % (2 * divisor)) / (2 * divisor) AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6)) AS DECIMAL(24,6))
    AS credit_ratio,
  band || ' Creditworthiness' AS creditworthiness,
  -- A ratio that cannot be formed is no bad ratio, although the band counts it so.
  CASE
    WHEN withdrawals = 0 THEN 'n/a: no withdrawals'
    WHEN total_withdrawals_sgd IS NULL THEN 'n/a: no withdrawal could be converted'
    WHEN total_withdrawals_sgd = 0 THEN 'n/a: the withdrawals sum to zero'
    WHEN deposits = 0 THEN 'Low: no deposits'
    WHEN total_deposits_sgd IS NULL THEN 'n/a: no deposit could be converted'
    ELSE band
  END AS verdict,
  CASE WHEN not_converted > 0
       THEN 'not wholly converted: ' || CAST(not_converted AS VARCHAR(20)) || ' of ' || CAST(num_transactions AS VARCHAR(20)) || ' lines' END
    AS note,
  num_transactions
FROM judged
ORDER BY account_no NULLS LAST
