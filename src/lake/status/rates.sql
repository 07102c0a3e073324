-- Rates by source and currency.
SELECT
  currency,
  source,
  COUNT(*) AS dates,
  MIN(rate_date) AS first,
  MAX(rate_date) AS last
FROM response
GROUP BY currency, source
ORDER BY currency, source
