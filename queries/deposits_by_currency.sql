-- title: Deposits by currency
-- group: Credit
-- description: What came in, by the currency of the deposit, in SGD and in that currency
-- chart: bar x=deposit_currency y=total_deposit
SELECT
  deposit_currency,
  SUM(deposit_sgd_amt) AS total_deposit,
  -- Amounts of unknown currencies do not add up.
  CASE WHEN deposit_currency IS NOT NULL THEN SUM(deposit_amt) END AS total_native,
  COUNT(deposit_amt) AS num_deposits,
  COUNT(deposit_amt) - COUNT(deposit_sgd_amt) AS not_converted,
  CASE WHEN deposit_currency IS NULL THEN 'lines without a deposit, and deposits without a currency' END AS note
FROM "pyspark-database"."processed"
GROUP BY deposit_currency
ORDER BY deposit_currency NULLS LAST
