-- title: Rate coverage
-- group: Data quality
-- description: For each currency of the statements, which of its value dates have a rate and how old it is; each side of a line counts for its own currency
WITH sides AS (
  SELECT deposit_currency AS currency, value_date, deposit_rate_status AS status,
         CASE WHEN rate_side = 'deposit' THEN rate_age_days END AS age_days
  FROM processed
  WHERE deposit_amt IS NOT NULL
  UNION ALL
  SELECT withdrawal_currency AS currency, value_date, withdrawal_rate_status AS status,
         CASE WHEN rate_side = 'withdrawal' THEN rate_age_days END AS age_days
  FROM processed
  WHERE withdrawal_amt IS NOT NULL
),
needed AS (
  SELECT
    currency,
    COUNT(*) AS num_amounts,
    COUNT(DISTINCT value_date) AS value_dates,
    COUNT(DISTINCT CASE WHEN status IN ('exact', 'identity') THEN value_date END) AS exact_dates,
    COUNT(DISTINCT CASE WHEN status IN ('carried', 'provisional', 'fixed_conv') THEN value_date END) AS carried_dates,
    COUNT(DISTINCT CASE WHEN status NOT IN ('exact', 'identity', 'carried', 'provisional', 'fixed_conv') THEN value_date END)
      AS missing_dates,
    MAX(CASE WHEN status IN ('carried', 'provisional', 'fixed_conv') THEN age_days END) AS oldest_rate_days
  FROM sides
  GROUP BY currency
),
published AS (
  SELECT currency, MIN(rate_date) AS first_rate, MAX(rate_date) AS last_rate,
    COUNT(DISTINCT rate_date) AS rate_dates
  FROM response
  WHERE NOT held_back
  GROUP BY currency
)
SELECT
  needed.currency,
  needed.num_amounts,
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
ORDER BY needed.missing_dates DESC, needed.currency NULLS LAST
