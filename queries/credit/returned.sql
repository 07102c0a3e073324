-- title: Returned items and overdraft fees
-- with: returned_counts, months
-- returned_items: returned, bounced and unpaid items and the fees for them and for overdrafts, less those of the same amount that
-- came back.
WITH lengths AS (
  SELECT '30d' AS period
  UNION ALL SELECT '60d' AS period
  UNION ALL SELECT '90d' AS period
  UNION ALL SELECT '12m' AS period
),
known AS (
  SELECT subject FROM months GROUP BY subject HAVING SUM(is_covered) > 0
)
SELECT known.subject, 'returned_items' AS indicator, lengths.period, COALESCE(returned_counts.items, 0) AS dividend, 1 AS divisor
FROM known
CROSS JOIN lengths
LEFT JOIN returned_counts ON returned_counts.subject = known.subject AND returned_counts.period = lengths.period
