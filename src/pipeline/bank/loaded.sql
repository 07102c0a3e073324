-- What each file in turn brings to the multiset: the lines that it has beyond the files before it. A line that is one with
-- another although one of the two lacks its text or its balance is counted as matched with the later of the two files.
, ranked AS (
  SELECT keyed.*, ranks.place FROM keyed JOIN ranks ON ranks.source_file = keyed.source_file
),
counted AS (
  SELECT ranked.place, ranked.content_key, COUNT(*) AS copies
  FROM ranked LEFT JOIN matched ON matched.source_file = ranked.source_file AND matched.line_no = ranked.line_no
  WHERE matched.line_no IS NULL
  GROUP BY ranked.place, ranked.content_key, ranked.source_file
),
most AS (
  SELECT place, content_key, MAX(copies) AS copies FROM counted GROUP BY place, content_key
),
brought AS (
  SELECT place, copies - COALESCE(MAX(copies) OVER (PARTITION BY content_key ORDER BY place
         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS fresh
  FROM most
),
first_complete AS (
  SELECT incomplete_key, MIN(ranks.place) AS place
  FROM complete JOIN ranks ON ranks.source_file = complete.source_file GROUP BY incomplete_key
),
pairs AS (
  SELECT CASE WHEN ranked.place > first_complete.place THEN ranked.place ELSE first_complete.place END AS place,
         ranked.place < first_complete.place AS is_replaced
  FROM matched
  JOIN ranked ON ranked.source_file = matched.source_file AND ranked.line_no = matched.line_no
  JOIN first_complete ON first_complete.incomplete_key = ranked.content_key
)
SELECT ends.place,
       CAST(SUM(ends.fresh) AS BIGINT) AS loaded,
       CAST(SUM(ends.matched) AS BIGINT) AS matched
FROM (
  SELECT place, CASE WHEN fresh > 0 THEN fresh ELSE 0 END AS fresh, 0 AS matched FROM brought
  UNION ALL SELECT place, CASE WHEN is_replaced THEN -1 ELSE 0 END, 1 FROM pairs
) AS ends
GROUP BY ends.place
