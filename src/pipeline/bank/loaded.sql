-- What each file in turn brings to the multiset: the lines that it has beyond the files before it. A line that is one with
-- another although one of the two lacks its text or its balance stands until the first file comes that tells more of it, and is
-- counted as matched with the later of the two files.
, gone AS (
  SELECT * FROM (
    SELECT left_out.source_file, left_out.line_no, left_out.content_key, left_out.copy_no, left_out.is_left_out, ranks.place,
           CASE tells
             WHEN 0 THEN MIN(CASE WHEN tells > 0 THEN ranks.place END) OVER (PARTITION BY alike_key)
             WHEN 1 THEN MIN(CASE WHEN tells = 2 THEN ranks.place END) OVER (PARTITION BY alike_key, transaction_details)
             WHEN 2 THEN MIN(CASE WHEN tells = 1 THEN ranks.place END) OVER (PARTITION BY alike_key)
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
  SELECT place, lines - COALESCE(LAG(lines) OVER (PARTITION BY content_key ORDER BY place), 0) AS fresh FROM standing
),
worded AS (
  -- Copies for which an earlier file has other words, but no file up to here the same.
  SELECT DISTINCT content_key, ordinal, place
  FROM (
    SELECT copies.content_key, ordinal, ranks.place,
           MIN(ranks.place) OVER (PARTITION BY copies.content_key, ordinal) AS first_place,
           MIN(ranks.place) OVER (PARTITION BY copies.content_key, ordinal, transaction_details, chq_no) AS same_place
    FROM copies JOIN ranks ON ranks.source_file = copies.source_file
  ) AS placed
  WHERE first_place < place AND same_place = place
),
pairs AS (
  SELECT first_place AS place
  FROM (SELECT DISTINCT content_key, copy_no, first_place FROM gone WHERE place < first_place) AS early
  UNION ALL
  SELECT place FROM gone WHERE place >= first_place
  UNION ALL
  SELECT place FROM worded
),
several AS (
  -- Lines of one account, day and amount that stand: more than any file has of them may be one payment in other words.
  SELECT keyed.account_no, keyed.booking_date, keyed.withdrawal_amt, keyed.deposit_amt, keyed.content_key,
         COALESCE(copies.ordinal, 1) AS ordinal, MIN(ranks.place) AS place
  FROM keyed
  JOIN ranks ON ranks.source_file = keyed.source_file
  LEFT JOIN copies ON copies.source_file = keyed.source_file AND copies.line_no = keyed.line_no
  LEFT JOIN matched ON matched.source_file = keyed.source_file AND matched.line_no = keyed.line_no
  WHERE matched.line_no IS NULL AND (keyed.withdrawal_amt <> 0 OR keyed.deposit_amt <> 0)
  GROUP BY keyed.account_no, keyed.booking_date, keyed.withdrawal_amt, keyed.deposit_amt, keyed.content_key, COALESCE(copies.ordinal, 1)
),
most AS (
  SELECT account_no, booking_date, withdrawal_amt, deposit_amt, MAX(lines) AS lines
  FROM (
    SELECT account_no, booking_date, withdrawal_amt, deposit_amt, source_file, COUNT(*) AS lines
    FROM keyed GROUP BY account_no, booking_date, withdrawal_amt, deposit_amt, source_file
  ) AS of_files
  GROUP BY account_no, booking_date, withdrawal_amt, deposit_amt
),
twice AS (
  SELECT several.place, several.booking_date, most.lines,
         ROW_NUMBER() OVER (PARTITION BY several.account_no, several.booking_date, several.withdrawal_amt, several.deposit_amt
                            ORDER BY several.place, several.content_key, several.ordinal) AS turn
  FROM several
  JOIN most
    ON most.account_no = several.account_no AND most.booking_date = several.booking_date
    AND most.withdrawal_amt IS NOT DISTINCT FROM several.withdrawal_amt
    AND most.deposit_amt IS NOT DISTINCT FROM several.deposit_amt
)
-- For each place: lines that are new, lines that are one with others in other words, lines that may be, and the first day of those.
SELECT place, CAST(SUM(fresh) AS BIGINT) AS loaded, CAST(SUM(matched) AS BIGINT) AS matched, CAST(SUM(twice) AS BIGINT) AS twice,
       CAST(MIN(day) AS VARCHAR) AS first_day
FROM (
  SELECT place, fresh, 0 AS matched, 0 AS twice, CAST(NULL AS DATE) AS day FROM brought
  UNION ALL
  SELECT place, 0, 1, 0, NULL FROM pairs
  UNION ALL
  SELECT place, 0, 0, 1, booking_date FROM twice WHERE turn > lines
) AS ends
GROUP BY place
