-- title: Where the income comes from
-- with: lines
-- income_sources: payers who paid three times or more in a row, 25 to 35 days apart and within 15 % of the time before, whatever
-- of another size they paid in between. A payer's amounts in order fall into sizes: the next one begins where an amount is more
-- than 15 % above the one below.
-- largest_payer_share and payer_concentration (the sum of the squared shares) of all payers; largest_deposit_share. All of the
-- inflow of the twelve months but own transfers, reversals and loans.
WITH deposits AS (
  SELECT subject, payer, day, days_back, inflow, deposit_amt, deposit_currency
  FROM lines
  WHERE months_back BETWEEN 0 AND 11 AND inflow_kind IN ('salary', 'other') AND inflow > 0
),
ordered AS (
  SELECT
    subject,
    payer,
    deposit_currency,
    day,
    days_back,
    deposit_amt,
    CASE WHEN 100 * (deposit_amt - LAG(deposit_amt) OVER (PARTITION BY subject, payer, deposit_currency ORDER BY deposit_amt))
           > 15 * deposit_amt
         THEN 1 ELSE 0 END AS is_next_size
  FROM deposits
  WHERE payer IS NOT NULL
),
sized AS (
  -- With the frame that ends with the row's peers: of equal amounts none is of another size.
  SELECT ordered.*, SUM(is_next_size) OVER (PARTITION BY subject, payer, deposit_currency ORDER BY deposit_amt) AS size
  FROM ordered
),
steps AS (
  SELECT
    subject,
    payer,
    deposit_currency,
    size,
    day,
    deposit_amt,
    CASE WHEN LAG(days_back) OVER (PARTITION BY subject, payer, deposit_currency, size ORDER BY day, deposit_amt) - days_back BETWEEN 25 AND 35
           AND 100 * ABS(deposit_amt - LAG(deposit_amt) OVER (PARTITION BY subject, payer, deposit_currency, size ORDER BY day, deposit_amt))
             <= 15 * LAG(deposit_amt) OVER (PARTITION BY subject, payer, deposit_currency, size ORDER BY day, deposit_amt)
         THEN 1 ELSE 0 END AS is_regular
  FROM sized
),
series AS (
  SELECT
    subject,
    payer,
    is_regular + LAG(is_regular) OVER (PARTITION BY subject, payer, deposit_currency, size ORDER BY day, deposit_amt) AS regular_steps
  FROM steps
),
sources AS (
  SELECT subject, COUNT(DISTINCT payer) AS sources FROM series WHERE regular_steps = 2 GROUP BY subject
),
totals AS (
  SELECT subject, SUM(inflow) AS total, MAX(inflow) AS largest FROM deposits GROUP BY subject
),
payers AS (
  SELECT subject, payer, SUM(inflow) AS inflow FROM deposits WHERE payer IS NOT NULL GROUP BY subject, payer
),
shares AS (
  -- Shares of whole cents in a thousand million: their squares fit, and nine digits are more than are shown.
  SELECT
    payers.subject,
    payers.inflow,
    CAST((1000000000 * payers.inflow - (1000000000 * payers.inflow) % totals.total) / totals.total AS DECIMAL(38,0)) AS share
  FROM payers
  INNER JOIN totals ON totals.subject = payers.subject
),
concentration AS (
  SELECT subject, MAX(inflow) AS largest, SUM(share * share) AS squares FROM shares GROUP BY subject
)
SELECT totals.subject, 'income_sources' AS indicator, '12m' AS period, COALESCE(sources.sources, 0) AS dividend, 1 AS divisor
FROM totals
LEFT JOIN sources ON sources.subject = totals.subject
UNION ALL
SELECT subject, 'largest_deposit_share' AS indicator, '12m' AS period, largest AS dividend, total AS divisor FROM totals
UNION ALL
SELECT totals.subject, 'largest_payer_share' AS indicator, '12m' AS period, concentration.largest AS dividend, totals.total AS divisor
FROM totals
INNER JOIN concentration ON concentration.subject = totals.subject
UNION ALL
SELECT subject, 'payer_concentration' AS indicator, '12m' AS period, CAST(squares AS DECIMAL(38,6)) AS dividend,
       -- With as many decimals as the others have: of two DECIMALs without room for both, engines keep the larger's digits.
       CAST(1000000000000000000 AS DECIMAL(38,6)) AS divisor
FROM concentration
