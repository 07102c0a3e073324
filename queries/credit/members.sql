-- table: customers (account_no VARCHAR, customer VARCHAR, name VARCHAR)
-- Which account is whose, where the lake has a table that tells it.
SELECT DISTINCT account_no, customer, name
FROM customers
WHERE account_no IS NOT NULL AND customer IS NOT NULL AND (:customer IS NULL OR customer = :customer)
