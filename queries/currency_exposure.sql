-- title: Exposure by currency and year
-- group: Currencies
-- description: Net flow of each currency in each year, native and in SGD, with what no rate could convert; a negative deposit lowers what came in
-- param: from date = newest - 5 years
-- param: to date = newest
-- chart: bar x=currency y=net_sgd
WITH sides AS (
  SELECT value_date, deposit_currency AS currency, deposit_amt AS inflow, 0 AS outflow, deposit_sgd_amt AS sgd
  FROM processed
  WHERE deposit_amt IS NOT NULL
  UNION ALL
  SELECT value_date, withdrawal_currency AS currency, 0 AS inflow, withdrawal_amt AS outflow, -withdrawal_sgd_amt AS sgd
  FROM processed
  WHERE withdrawal_amt IS NOT NULL
)
SELECT
  currency,
  EXTRACT(YEAR FROM value_date) AS value_year,
  -- Amounts of unknown currencies do not add up.
  CASE WHEN currency IS NOT NULL THEN SUM(inflow) END AS inflow,
  CASE WHEN currency IS NOT NULL THEN SUM(outflow) END AS outflow,
  CASE WHEN currency IS NOT NULL THEN SUM(inflow) - SUM(outflow) END AS net,
  SUM(sgd) AS net_sgd,
  COUNT(*) AS num_amounts,
  COUNT(*) - COUNT(sgd) AS not_converted
FROM sides
WHERE value_date BETWEEN :from AND :to
GROUP BY currency, EXTRACT(YEAR FROM value_date)
ORDER BY currency NULLS LAST, value_year
