-- title: Own transfers
-- group: Accounts
-- description: Transfers between a customer's own accounts, both legs matched by day, currency and amount, never within one account; a leg alone is shown too
-- param: from date = newest - 1 year
-- param: to date = newest
WITH legs AS (
  SELECT 'out' AS way, txn_key, booking_date, account_no, withdrawal_currency AS currency, withdrawal_amt AS amount,
         withdrawal_sgd_amt AS sgd_amt
  FROM processed
  WHERE transaction_details LIKE '%INTERNAL FUND TRANS%' AND withdrawal_amt IS NOT NULL
    AND booking_date BETWEEN :from AND :to
  UNION ALL
  SELECT 'in' AS way, txn_key, booking_date, account_no, deposit_currency AS currency, deposit_amt AS amount,
         deposit_sgd_amt AS sgd_amt
  FROM processed
  WHERE transaction_details LIKE '%INTERNAL FUND TRANS%' AND deposit_amt IS NOT NULL
    AND booking_date BETWEEN :from AND :to
),
numbered AS (
  -- Equal legs of a day are paired from opposite ends of the list of accounts, so that one rarely meets itself.
  SELECT legs.*, ROW_NUMBER() OVER (PARTITION BY way, booking_date, currency, amount
    ORDER BY CASE WHEN way = 'out' THEN account_no END, CASE WHEN way = 'in' THEN account_no END DESC NULLS LAST, txn_key) AS turn
  FROM legs
),
first_pairs AS (
  SELECT sender.txn_key AS out_key, receiver.txn_key AS in_key
  FROM numbered AS sender
  INNER JOIN numbered AS receiver
    ON sender.way = 'out' AND receiver.way = 'in' AND receiver.booking_date = sender.booking_date
    AND receiver.currency = sender.currency AND receiver.amount = sender.amount AND receiver.turn = sender.turn
    AND receiver.account_no <> sender.account_no
),
remaining AS (
  -- What met itself is tried once more from the other ends.
  SELECT numbered.way, numbered.txn_key, numbered.booking_date, numbered.account_no, numbered.currency, numbered.amount,
    ROW_NUMBER() OVER (PARTITION BY numbered.way, numbered.booking_date, numbered.currency, numbered.amount
      ORDER BY CASE WHEN numbered.way = 'in' THEN numbered.account_no END,
               CASE WHEN numbered.way = 'out' THEN numbered.account_no END DESC NULLS LAST, numbered.txn_key) AS turn
  FROM numbered
  LEFT JOIN first_pairs AS sent ON numbered.way = 'out' AND sent.out_key = numbered.txn_key
  LEFT JOIN first_pairs AS received ON numbered.way = 'in' AND received.in_key = numbered.txn_key
  WHERE sent.out_key IS NULL AND received.in_key IS NULL
),
pairs AS (
  SELECT out_key, in_key FROM first_pairs
  UNION ALL
  SELECT sender.txn_key AS out_key, receiver.txn_key AS in_key
  FROM remaining AS sender
  INNER JOIN remaining AS receiver
    ON sender.way = 'out' AND receiver.way = 'in' AND receiver.booking_date = sender.booking_date
    AND receiver.currency = sender.currency AND receiver.amount = sender.amount AND receiver.turn = sender.turn
    AND receiver.account_no <> sender.account_no
),
sent AS (
  SELECT legs.*, pairs.in_key FROM legs LEFT JOIN pairs ON pairs.out_key = legs.txn_key WHERE legs.way = 'out'
),
received AS (
  SELECT legs.* FROM legs WHERE legs.way = 'in'
)
SELECT
  COALESCE(sent.booking_date, received.booking_date) AS booking_date,
  sent.account_no AS from_account,
  received.account_no AS to_account,
  COALESCE(sent.amount, received.amount) AS amount,
  COALESCE(sent.currency, received.currency) AS currency,
  COALESCE(sent.sgd_amt, received.sgd_amt) AS sgd_amt,
  CASE WHEN sent.txn_key IS NULL THEN 'no leg out'
       WHEN received.txn_key IS NULL THEN 'no leg in'
       ELSE 'matched' END AS legs
FROM sent
FULL OUTER JOIN received ON received.txn_key = sent.in_key
ORDER BY booking_date, from_account NULLS LAST, to_account NULLS LAST, amount
