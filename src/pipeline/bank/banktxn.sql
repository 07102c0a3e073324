-- Bank statement lines as a multiset.
SELECT
  keyed.account_no,
  keyed.booking_date,
  keyed.value_date,
  keyed.transaction_details,
  keyed.chq_no,
  keyed.withdrawal_amt,
  keyed.withdrawal_currency,
  keyed.deposit_amt,
  keyed.deposit_currency,
  keyed.balance_amt,
  keyed.flags,
  CONCAT(keyed.content_key, '-', CAST(COALESCE(preferred.ordinal, 1) AS STRING)) AS txn_key,
  keyed.source_file,
  keyed.line_no
FROM keyed
LEFT JOIN preferred ON preferred.source_file = keyed.source_file AND preferred.line_no = keyed.line_no
LEFT JOIN matched ON matched.source_file = keyed.source_file AND matched.line_no = keyed.line_no
WHERE COALESCE(preferred.preference, 1) = 1 AND matched.line_no IS NULL
