-- What each file in turn brings to the multiset: the lines that it has beyond the files before it. A line that is one with
-- another although one of the two lacks its text or its balance is counted as matched with the later of the two files; where that
-- is the other one's, it was a line of its own until then.
, ranked AS (
  SELECT keyed.*, ranks.place FROM keyed JOIN ranks ON ranks.source_file = keyed.source_file
),
gone AS (
  SELECT * FROM (
    SELECT left_out.source_file, left_out.line_no, left_out.content_key, left_out.copy_no, left_out.is_left_out, ranks.place,
           -- The first file that tells more of it.
           CASE tells
             WHEN 0 THEN MIN(CASE WHEN tells > 0 THEN ranks.place END) OVER (PARTITION BY alike_key)
             WHEN 1 THEN MIN(CASE WHEN tells = 3 THEN ranks.place END) OVER (PARTITION BY alike_key, transaction_details)
             WHEN 2 THEN LEAST(MIN(CASE WHEN tells = 3 THEN ranks.place END) OVER (PARTITION BY alike_key, balance_amt),
                               MIN(CASE WHEN tells = 1 THEN ranks.place END) OVER (PARTITION BY alike_key))
           END AS first_place
    FROM left_out JOIN ranks ON ranks.source_file = left_out.source_file
  ) AS compared_lines
  WHERE is_left_out
),
counted AS (
  SELECT ranked.place, ranked.content_key, COUNT(*) AS copies
  FROM ranked LEFT JOIN gone ON gone.source_file = ranked.source_file AND gone.line_no = ranked.line_no
  WHERE gone.line_no IS NULL OR gone.place < gone.first_place
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
pairs AS (
  SELECT first_place AS place, TRUE AS is_replaced
  FROM (SELECT DISTINCT content_key, copy_no, first_place FROM gone WHERE place < first_place) AS early
  UNION ALL
  SELECT place, FALSE AS is_replaced FROM gone WHERE place >= first_place
)
SELECT ends.place,
       CAST(SUM(ends.fresh) AS BIGINT) AS loaded,
       CAST(SUM(ends.matched) AS BIGINT) AS matched
FROM (
  SELECT place, CASE WHEN fresh > 0 THEN fresh ELSE 0 END AS fresh, 0 AS matched FROM brought
  UNION ALL SELECT place, CASE WHEN is_replaced THEN -1 ELSE 0 END, 1 FROM pairs
) AS ends
GROUP BY ends.place
