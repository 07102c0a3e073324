-- with: booked
-- The currency of each account's balance is that of its lines, where it is one.
SELECT
  account_no,
  CASE WHEN MIN(CASE WHEN deposit_currency < withdrawal_currency THEN deposit_currency ELSE COALESCE(withdrawal_currency, deposit_currency) END)
              = MAX(CASE WHEN deposit_currency > withdrawal_currency THEN deposit_currency ELSE COALESCE(withdrawal_currency, deposit_currency) END)
       THEN MIN(COALESCE(deposit_currency, withdrawal_currency)) END AS balance_currency
FROM booked
GROUP BY account_no
