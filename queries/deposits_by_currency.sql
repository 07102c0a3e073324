-- title: Deposits by currency
-- group: Credit
-- description: What came in, in its own currency and in SGD
-- chart: bar x=deposit_currency y=total_deposits_sgd
SELECT
  deposit_currency,
  SUM(deposit_amt) AS total_deposits,
  SUM(deposit_sgd_amt) AS total_deposits_sgd,
  COUNT(*) AS num_deposits,
  SUM(CASE WHEN deposit_sgd_amt IS NULL THEN 1 ELSE 0 END) AS not_converted
FROM "pyspark-database"."processed"
WHERE deposit_amt IS NOT NULL
GROUP BY deposit_currency
ORDER BY deposit_currency
