-- Of two lines with one key, one of the table and one of a file that came since, that of the file whose name comes first
-- stays, as if all files had come at once.
SELECT former.*
FROM former LEFT JOIN fresh ON fresh.txn_key = former.txn_key
WHERE fresh.txn_key IS NULL OR former.source_file < fresh.source_file
UNION ALL
SELECT fresh.*
FROM fresh LEFT JOIN former ON former.txn_key = fresh.txn_key
WHERE former.txn_key IS NULL OR fresh.source_file < former.source_file
