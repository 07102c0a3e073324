-- What could not be fetched or read, and why: one row a fault.
-- Input raw_errors: the fields of a fault as text.
SELECT
  run_id,
  CAST(happened_at_utc AS TIMESTAMP) AS happened_at_utc,
  CAST(happened_at_utc AS DATE) AS happened_on,
  area,
  source,
  error,
  message,
  description,
  CAST(requested_date AS DATE) AS requested_date,
  url,
  CAST(http_status AS INTEGER) AS http_status,
  CAST(attempt AS INTEGER) AS attempt,
  CAST(retryable AS BOOLEAN) AS retryable,
  body_sha256,
  body_head,
  CAST(line_no AS BIGINT) AS line_no,
  column_name,
  text
FROM raw_errors
