-- title: Accounts, month by month
-- group: Accounts
-- description: Net flow of each account in SGD over twelve months and in each of them; a month of which nothing could be converted is null
-- param: to month = newest
-- chart: bar x=account_no y=net_sgd
WITH lines AS (
  SELECT
    account_no,
    deposit_sgd_amt,
    withdrawal_sgd_amt,
    rate_status,
    CAST(12 * (EXTRACT(YEAR FROM :to) - EXTRACT(YEAR FROM value_date)) + EXTRACT(MONTH FROM :to) - EXTRACT(MONTH FROM value_date) AS INTEGER) AS months_back
  FROM processed
  WHERE year BETWEEN EXTRACT(YEAR FROM :to) - 1 AND EXTRACT(YEAR FROM :to)
),
months AS (
  SELECT
    account_no,
    months_back,
    -- Where nothing could be converted the net is unknown, not zero.
    CASE WHEN COUNT(deposit_sgd_amt) + COUNT(withdrawal_sgd_amt) > 0
         THEN COALESCE(SUM(deposit_sgd_amt), 0) - COALESCE(SUM(withdrawal_sgd_amt), 0) END AS net_sgd,
    COUNT(*) AS num_lines,
    SUM(CASE WHEN rate_status IN ('identity', 'exact', 'carried', 'provisional', 'fixed_conv') THEN 0 ELSE 1 END)
      AS not_converted
  FROM lines
  WHERE months_back BETWEEN 0 AND 11
  GROUP BY account_no, months_back
),
told AS (
  SELECT months.*, COALESCE(CAST(net_sgd AS VARCHAR(40)), 'null') AS net_text
  FROM months
)
SELECT
  account_no,
  SUM(net_sgd) AS net_sgd,
  -- The oldest month first. Not every engine has lists, so this is the text of one; the explorer draws it.
  '[' || COALESCE(MAX(CASE WHEN months_back = 11 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 10 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 9 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 8 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 7 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 6 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 5 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 4 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 3 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 2 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 1 THEN net_text END), '0')
  || ', ' || COALESCE(MAX(CASE WHEN months_back = 0 THEN net_text END), '0') || ']' AS net_sgd_trend,
  SUM(num_lines) AS num_lines,
  SUM(not_converted) AS not_converted
FROM told
GROUP BY account_no
ORDER BY account_no NULLS LAST
