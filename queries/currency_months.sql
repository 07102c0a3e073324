-- title: Currencies, month by month
-- group: Currencies
-- description: Net flow of each currency in its own units over twelve months and in each of them, and in SGD where a rate converts it
-- param: to month = newest
-- chart: bar x=currency y=net_sgd
WITH sides AS (
  SELECT value_date, year, deposit_currency AS currency, deposit_amt AS amount, deposit_sgd_amt AS sgd
  FROM processed
  WHERE deposit_amt IS NOT NULL
  UNION ALL
  SELECT value_date, year, withdrawal_currency AS currency, -withdrawal_amt AS amount, -withdrawal_sgd_amt AS sgd
  FROM processed
  WHERE withdrawal_amt IS NOT NULL
),
lines AS (
  SELECT
    sides.*,
    CAST(12 * (EXTRACT(YEAR FROM :to) - EXTRACT(YEAR FROM value_date)) + EXTRACT(MONTH FROM :to) - EXTRACT(MONTH FROM value_date) AS INTEGER) AS months_back
  FROM sides
  WHERE year BETWEEN EXTRACT(YEAR FROM :to) - 1 AND EXTRACT(YEAR FROM :to)
),
months AS (
  SELECT
    currency,
    months_back,
    -- Amounts of unknown currencies do not add up.
    CASE WHEN currency IS NOT NULL THEN SUM(amount) END AS net,
    SUM(sgd) AS net_sgd,
    COUNT(*) AS num_amounts,
    COUNT(*) - COUNT(sgd) AS not_converted
  FROM lines
  WHERE months_back BETWEEN 0 AND 11
  GROUP BY currency, months_back
)
SELECT
  currency,
  SUM(net) AS net,
  -- The oldest month first. Not every engine has lists, so this is the text of one; the explorer draws it.
  CASE WHEN currency IS NOT NULL THEN '[' || COALESCE(MAX(CASE WHEN months_back = 11 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 10 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 9 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 8 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 7 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 6 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 5 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 4 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 3 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 2 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 1 THEN CAST(net AS VARCHAR(40)) END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 0 THEN CAST(net AS VARCHAR(40)) END), '0') || ']' END AS net_trend,
  SUM(net_sgd) AS net_sgd,
  SUM(num_amounts) AS num_amounts,
  SUM(not_converted) AS not_converted
FROM months
GROUP BY currency
ORDER BY currency NULLS LAST
