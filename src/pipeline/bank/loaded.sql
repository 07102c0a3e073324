-- How many rows each file in turn brings to the multiset: what it has of a line beyond the files before it.
WITH counted AS (
  SELECT rank.place, keyed.content_key, COUNT(*) AS copies
  FROM keyed JOIN ranks AS rank ON rank.source_file = keyed.source_file
  GROUP BY rank.place, keyed.content_key, keyed.source_file
),
most AS (
  SELECT place, content_key, MAX(copies) AS copies FROM counted GROUP BY place, content_key
),
brought AS (
  SELECT place, copies - COALESCE(MAX(copies) OVER (PARTITION BY content_key ORDER BY place
         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS fresh
  FROM most
)
SELECT place, CAST(SUM(CASE WHEN fresh > 0 THEN fresh ELSE 0 END) AS BIGINT) AS loaded
FROM brought
GROUP BY place
