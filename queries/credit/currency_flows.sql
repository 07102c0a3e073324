-- with: lines
-- What came in and went out in the twelve months by the currencies of the lines.
SELECT
  subject,
  deposit_currency,
  withdrawal_currency,
  COUNT(*) AS num_lines,
  COUNT(inflow) AS converted_deposits,
  SUM(inflow) AS inflow,
  COUNT(outflow) AS converted_withdrawals,
  SUM(outflow) AS outflow
FROM lines
WHERE months_back BETWEEN 0 AND 11
GROUP BY subject, deposit_currency, withdrawal_currency
