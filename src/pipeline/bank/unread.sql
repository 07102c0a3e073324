-- The cells of bank statement lines that are no date or no amount, one row each.
SELECT line_no, place, column_name, text
FROM (
  SELECT line_no, 1 AS place, 'date' AS column_name, COALESCE(booking_text, '') AS text
  FROM judged WHERE booking_date IS NULL
  UNION ALL SELECT line_no, 2, 'value_date', value_text FROM judged WHERE value_text IS NOT NULL AND stated_value_date IS NULL
  UNION ALL SELECT line_no, 3, 'withdrawal_amt', withdrawal_text FROM judged WHERE withdrawal_text IS NOT NULL AND withdrawal_amt IS NULL
  UNION ALL SELECT line_no, 4, 'deposit_amt', deposit_text FROM judged WHERE deposit_text IS NOT NULL AND deposit_amt IS NULL
  UNION ALL SELECT line_no, 5, 'balance_amt', balance_text FROM judged WHERE balance_text IS NOT NULL AND balance_amt IS NULL
) AS cells
ORDER BY line_no, place
