-- title: Currency rates over time
-- group: Currencies
-- description: SGD and USD for one unit of a currency, as a source published them
-- param: currency currency = USD
-- param: source choice(ecb|oxr|frankfurter|h10) = ecb
-- param: from date = newest - 1 year
-- param: to date = newest
-- chart: line x=rate_date y=sgd_per_unit
SELECT
  rate_date,
  currency,
  base_per_unit AS sgd_per_unit,
  usd_per_unit,
  rate AS published_rate,
  base_currency AS published_per,
  inverted AS published_inverted,
  provisional,
  held_back,
  source
FROM response
WHERE currency = :currency AND source = :source AND rate_date BETWEEN :from AND :to
ORDER BY rate_date
