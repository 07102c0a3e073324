-- What could not be fetched or read lately.
SELECT
  happened_at_utc,
  area,
  source,
  error,
  message,
  requested_date,
  line_no
FROM error_error
ORDER BY happened_at_utc DESC, source, line_no
LIMIT 20
