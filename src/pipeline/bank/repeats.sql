,
-- Which of the lines that stand more than once make the multiset: a line as often as the file has it that has it most often.
repeated AS (
  SELECT content_key FROM keyed GROUP BY content_key HAVING COUNT(*) > 1
),
copies AS (
  -- Equal lines of one file are genuine repeats: an ordinal tells them apart, and the same file read twice gives the same keys.
  -- Most lines are like no other, so only the few are sorted.
  SELECT keyed.source_file, keyed.line_no, keyed.content_key,
         ROW_NUMBER() OVER (PARTITION BY keyed.content_key, keyed.source_file ORDER BY keyed.line_no) AS ordinal
  FROM keyed JOIN repeated ON repeated.content_key = keyed.content_key
),
preferred AS (
  -- Statements overlap: the second copy in one file and the second copy in another are the same line. Files are named by their
  -- content, so the one whose line stands for all does not depend on the order in which they came.
  SELECT copies.*, ROW_NUMBER() OVER (PARTITION BY content_key, ordinal ORDER BY source_file) AS preference FROM copies
)
