-- with: lines, account_days, periods
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
SELECT lines.subject, lines.deposit_currency AS currency, lines.inflow AS amount
FROM lines
WHERE lines.months_back BETWEEN 0 AND 11 AND lines.deposit_currency <> :base_currency
UNION ALL
SELECT lines.subject, lines.withdrawal_currency AS currency, -lines.outflow AS amount
FROM lines
WHERE lines.months_back BETWEEN 0 AND 11 AND lines.withdrawal_currency <> :base_currency
