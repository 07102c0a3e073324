-- title: Exposure to currencies
-- with: currency_flows, days, positions, moves, periods
-- foreign_inflow_share, foreign_outflow_share, foreign_balance_share: what is not in the base currency; currency_move_loss: what
-- the balance at the end of the twelve months and the net flow of one month more would lose if each currency moved as in its
-- worst month.
WITH flows AS (
  SELECT
    subject,
    SUM(inflow) AS inflow,
    SUM(CASE WHEN deposit_currency <> :base_currency THEN inflow ELSE 0 END) AS foreign_inflow,
    SUM(outflow) AS outflow,
    SUM(CASE WHEN withdrawal_currency <> :base_currency THEN outflow ELSE 0 END) AS foreign_outflow
  FROM currency_flows
  GROUP BY subject
),
balances AS (
  SELECT subject, SUM(foreign_amt) AS foreign_amt, CASE WHEN COUNT(base_amt) = COUNT(*) THEN SUM(any_amt) END AS any_amt
  FROM days
  WHERE months_back >= 0
  GROUP BY subject
),
year_months AS (
  SELECT subject, months FROM periods WHERE period = '12m' AND months > 0
),
by_currency AS (
  SELECT subject, currency, CASE WHEN COUNT(amount) = COUNT(*) THEN SUM(amount) END AS amount
  FROM positions
  GROUP BY subject, currency
),
losses AS (
  SELECT
    by_currency.subject,
    CAST(ROUND(CASE WHEN by_currency.amount >= 0 THEN by_currency.amount * moves.worst_fall
                    ELSE -by_currency.amount * moves.worst_rise END, 6) AS DECIMAL(38,6)) AS loss
  FROM by_currency
  LEFT JOIN moves ON moves.currency = by_currency.currency
),
total_losses AS (
  SELECT subject, COUNT(*) AS currencies, COUNT(loss) AS told, SUM(loss) AS loss FROM losses GROUP BY subject
)
SELECT subject, 'foreign_inflow_share' AS indicator, '12m' AS period, foreign_inflow AS dividend, inflow AS divisor FROM flows
UNION ALL
SELECT subject, 'foreign_outflow_share' AS indicator, '12m' AS period, foreign_outflow AS dividend, outflow AS divisor FROM flows
UNION ALL
SELECT subject, 'foreign_balance_share' AS indicator, '12m' AS period, foreign_amt AS dividend, any_amt AS divisor FROM balances
UNION ALL
SELECT year_months.subject, 'currency_move_loss' AS indicator, '12m' AS period,
       CASE WHEN total_losses.subject IS NULL THEN 0
            WHEN total_losses.told = total_losses.currencies THEN total_losses.loss END AS dividend,
       year_months.months AS divisor
FROM year_months
LEFT JOIN total_losses ON total_losses.subject = year_months.subject
