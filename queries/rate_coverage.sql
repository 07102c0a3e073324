-- title: Rate coverage
-- group: Data quality
-- description: For each currency of the statements, which of its value dates have a rate and how old it is
WITH needed AS (
  SELECT
    COALESCE(withdrawal_currency, deposit_currency) AS currency,
    COUNT(*) AS num_lines,
    COUNT(DISTINCT value_date) AS value_dates,
    COUNT(DISTINCT CASE WHEN rate_status IN ('exact', 'identity') THEN value_date END) AS exact_dates,
    COUNT(DISTINCT CASE WHEN rate_status IN ('carried', 'provisional', 'fixed_conv') THEN value_date END) AS carried_dates,
    COUNT(DISTINCT CASE WHEN rate_status IN ('stale', 'no_rate', 'ccy_missing', 'ccy_invalid') THEN value_date END)
      AS missing_dates,
    MAX(CASE WHEN rate_status = 'carried' THEN rate_age_days END) AS oldest_rate_days
  FROM processed
  GROUP BY COALESCE(withdrawal_currency, deposit_currency)
),
published AS (
  SELECT currency, MIN(rate_date) AS first_rate, MAX(rate_date) AS last_rate, COUNT(*) AS rate_dates
  FROM response
  GROUP BY currency
)
SELECT
  needed.currency,
  needed.num_lines,
  needed.value_dates,
  needed.exact_dates,
  needed.carried_dates,
  needed.missing_dates,
  needed.oldest_rate_days,
  published.first_rate,
  published.last_rate,
  published.rate_dates
FROM needed
LEFT JOIN published ON published.currency = needed.currency
ORDER BY needed.missing_dates DESC, needed.currency
