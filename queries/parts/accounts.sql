-- The last line of each account, and the currency of its balance, which is that of its lines.
SELECT
  account_no,
  MAX(COALESCE(booking_date, value_date)) AS last_line,
  CASE WHEN MIN(CASE WHEN deposit_currency < withdrawal_currency THEN deposit_currency ELSE COALESCE(withdrawal_currency, deposit_currency) END)
              = MAX(CASE WHEN deposit_currency > withdrawal_currency THEN deposit_currency ELSE COALESCE(withdrawal_currency, deposit_currency) END)
       THEN MIN(COALESCE(deposit_currency, withdrawal_currency)) ELSE 'several' END AS currency
FROM banktxn
WHERE :account IS NULL OR account_no = :account
GROUP BY account_no
