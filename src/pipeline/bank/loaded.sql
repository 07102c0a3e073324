-- What each file in turn brings to the multiset: the lines that it has beyond the files before it. A line that is one with
-- another although one of the two lacks its text or its balance stands until the first file comes that tells more of it, and is
-- counted as matched with the later of the two files.
, gone AS (
  SELECT * FROM (
    SELECT left_out.source_file, left_out.line_no, left_out.content_key, left_out.copy_no, left_out.is_left_out, ranks.place,
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
firsts AS (
  SELECT content_key, MIN(first_place) AS first_place FROM gone GROUP BY content_key
),
counted AS (
  SELECT ranks.place, keyed.content_key, COUNT(*) AS copies, COUNT(*) - COUNT(gone.line_no) AS stays
  FROM keyed
  JOIN ranks ON ranks.source_file = keyed.source_file
  LEFT JOIN gone ON gone.source_file = keyed.source_file AND gone.line_no = keyed.line_no
  GROUP BY ranks.place, keyed.content_key, keyed.source_file
  UNION ALL
  -- Where more is told of a line, it may go although the file has none of its kind.
  SELECT first_place, content_key, 0, 0 FROM firsts
),
steps AS (
  SELECT place, content_key, MAX(copies) AS copies, MAX(stays) AS stays FROM counted GROUP BY place, content_key
),
standing AS (
  -- How often a line stands when the files up to a place are there.
  SELECT steps.place, steps.content_key,
         CASE WHEN firsts.first_place <= steps.place
              THEN MAX(stays) OVER (PARTITION BY steps.content_key ORDER BY steps.place)
              ELSE MAX(copies) OVER (PARTITION BY steps.content_key ORDER BY steps.place) END AS lines
  FROM steps LEFT JOIN firsts ON firsts.content_key = steps.content_key
),
brought AS (
  SELECT place, lines - COALESCE(LAG(lines) OVER (PARTITION BY content_key ORDER BY place), 0) AS fresh, 0 AS matched FROM standing
),
pairs AS (
  SELECT first_place AS place
  FROM (SELECT DISTINCT content_key, copy_no, first_place FROM gone WHERE place < first_place) AS early
  UNION ALL
  SELECT place FROM gone WHERE place >= first_place
)
SELECT place, CAST(SUM(fresh) AS BIGINT) AS loaded, CAST(SUM(matched) AS BIGINT) AS matched
FROM (SELECT place, fresh, matched FROM brought UNION ALL SELECT place, 0, 1 FROM pairs) AS ends
GROUP BY place
