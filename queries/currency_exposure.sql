-- title: Exposure by currency and year
-- group: Currencies
-- description: Net flow of each currency in each year, native and in SGD, with what no rate could convert
-- param: from date = 2015-01-01
-- param: to date = 2019-12-31
-- chart: bar x=currency y=net_sgd
WITH sides AS (
  SELECT value_date, deposit_currency AS currency, deposit_amt AS amount, deposit_sgd_amt AS sgd
  FROM processed
  WHERE deposit_amt IS NOT NULL
  UNION ALL
  SELECT value_date, withdrawal_currency AS currency, -withdrawal_amt AS amount, -withdrawal_sgd_amt AS sgd
  FROM processed
  WHERE withdrawal_amt IS NOT NULL
)
SELECT
  currency,
  EXTRACT(YEAR FROM value_date) AS value_year,
  SUM(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS inflow,
  SUM(CASE WHEN amount < 0 THEN -amount ELSE 0 END) AS outflow,
  SUM(amount) AS net,
  SUM(sgd) AS net_sgd,
  COUNT(*) AS num_lines,
  SUM(CASE WHEN sgd IS NULL THEN 1 ELSE 0 END) AS not_converted
FROM sides
WHERE value_date BETWEEN :from AND :to
GROUP BY currency, EXTRACT(YEAR FROM value_date)
ORDER BY currency, value_year
