-- Rates by source and currency, without what is held back.
SELECT
  currency,
  source,
  COUNT(*) AS dates,
  MIN(rate_date) AS first,
  MAX(rate_date) AS last
FROM response
WHERE NOT held_back
GROUP BY currency, source
ORDER BY currency, source
