-- with: booked
-- The currency of each account's balance is that of its lines, where it is one.
SELECT
  account_no,
  CASE WHEN MIN(COALESCE(deposit_currency, withdrawal_currency)) = MAX(COALESCE(withdrawal_currency, deposit_currency))
       THEN MIN(COALESCE(deposit_currency, withdrawal_currency)) END AS balance_currency
FROM booked
GROUP BY account_no
