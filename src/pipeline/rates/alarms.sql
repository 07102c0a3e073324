-- Where two sources differ on a currency's USD value by more than good sources do: a rate that is inverted, of another day or of
-- another currency. The limits were quiet over 25 years of ECB and Federal Reserve rates for the currencies named, and 2.5 % for
-- the others.
SELECT
  one.source AS source_a,
  two.source AS source_b,
  one.currency,
  one.rate_date,
  one.usd_per_unit AS usd_per_unit_a,
  two.usd_per_unit AS usd_per_unit_b,
  CAST(100 * (CAST(one.usd_per_unit AS DOUBLE) / CAST(two.usd_per_unit AS DOUBLE) - 1) AS DECIMAL(18,2)) AS difference_pct
FROM response AS one
JOIN response AS two
  ON two.rate_date = one.rate_date AND two.currency = one.currency AND two.source > one.source
WHERE one.usd_per_unit > 0 AND two.usd_per_unit > 0 AND NOT one.provisional AND NOT two.provisional
  AND ABS(CAST(one.usd_per_unit AS DOUBLE) / CAST(two.usd_per_unit AS DOUBLE) - 1) >
    CASE WHEN one.currency = 'KRW' THEN 0.08
         WHEN one.currency IN ('JPY', 'AUD', 'CHF', 'NZD', 'CAD', 'EUR') THEN 0.05
         ELSE 0.025 END
