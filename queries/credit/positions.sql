-- with: currency_flows, account_days, periods
-- What each account or customer holds in other currencies at the end of the twelve months, and what came in and went out in
-- them, in the base currency; what is held times the number of months, so that the mean flow of one needs no quotient yet.
WITH year_months AS (
  SELECT subject, months FROM periods WHERE period = '12m' AND months > 0
)
SELECT account_days.subject, account_days.balance_currency AS currency, account_days.base_amt * year_months.months AS amount
FROM account_days
INNER JOIN year_months ON year_months.subject = account_days.subject
WHERE account_days.day = :to AND account_days.is_foreign = 1
UNION ALL
SELECT subject, deposit_currency AS currency, CASE WHEN converted_deposits = num_lines THEN inflow END AS amount
FROM currency_flows
WHERE deposit_currency <> :base_currency
UNION ALL
SELECT subject, withdrawal_currency AS currency, CASE WHEN converted_withdrawals = num_lines THEN -outflow END AS amount
FROM currency_flows
WHERE withdrawal_currency <> :base_currency
