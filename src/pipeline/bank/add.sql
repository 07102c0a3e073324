-- Of two lines with one key, one of the table and one of a file that came since, one stays as if all files had come at once: that
-- with more words, or that of the file whose name comes first.
, known AS (
  SELECT former.txn_key, former.source_file,
         LENGTH(COALESCE(former.transaction_details, '')) + LENGTH(COALESCE(former.chq_no, ''))
         - LENGTH(COALESCE(fresh.transaction_details, '')) - LENGTH(COALESCE(fresh.chq_no, '')) AS words,
         former.source_file < fresh.source_file AS is_first
  FROM former JOIN fresh ON fresh.txn_key = former.txn_key
)
SELECT former.*
FROM former LEFT JOIN known ON known.txn_key = former.txn_key
WHERE known.txn_key IS NULL OR known.words > 0 OR (known.words = 0 AND known.is_first)
UNION ALL
SELECT fresh.*
FROM fresh LEFT JOIN known ON known.txn_key = fresh.txn_key
WHERE known.txn_key IS NULL OR known.words < 0 OR (known.words = 0 AND NOT known.is_first)
