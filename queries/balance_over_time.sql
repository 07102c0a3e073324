-- title: Balance over time
-- group: Accounts
-- description: End-of-day balance in the account's own currency for every calendar day, carried over days without a line; computed from the last one shown where lines show none
-- param: account account
-- param: from date = newest - 1 year
-- param: to date = newest
-- chart: line x=day y=balance_amt
-- with: ends, accounts
SELECT
  dates.fecha AS day,
  ends.account_no,
  ends.balance_amt,
  accounts.currency,
  CASE WHEN dates.fecha = ends.day THEN ends.origin
       WHEN dates.fecha > accounts.last_line THEN 'carried past the last line'
       ELSE 'carried' END AS origin,
  ends.day AS booked_on,
  ends.note
FROM ends
INNER JOIN accounts ON accounts.account_no = ends.account_no
INNER JOIN dates ON dates.fecha >= ends.day AND dates.fecha < ends.next_day
WHERE dates.fecha BETWEEN :from AND :to
ORDER BY ends.account_no, dates.fecha
