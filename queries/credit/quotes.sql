-- with: currencies
-- table: response (rate_date DATE, source VARCHAR, currency VARCHAR, base_per_unit DECIMAL(28,12), held_back BOOLEAN, provisional BOOLEAN, year INTEGER)
-- The rates of the last ten years of the currencies that the balances and the lines of the twelve months and since are in: what
-- rates.sql and moves.sql look at, where it has to be fetched.
WITH needed AS (
  SELECT balance_currency AS currency FROM currencies
  UNION
  SELECT deposit_currency AS currency
  FROM processed
  WHERE value_date BETWEEN :from AND :as_of AND year BETWEEN EXTRACT(YEAR FROM :from) AND EXTRACT(YEAR FROM :as_of)
    AND (:account IS NULL OR account_no = :account)
  UNION
  SELECT withdrawal_currency AS currency
  FROM processed
  WHERE value_date BETWEEN :from AND :as_of AND year BETWEEN EXTRACT(YEAR FROM :from) AND EXTRACT(YEAR FROM :as_of)
    AND (:account IS NULL OR account_no = :account)
)
SELECT response.rate_date, response.source, response.currency, response.base_per_unit, response.held_back, response.provisional,
       response.year
FROM response
INNER JOIN needed ON needed.currency = response.currency
WHERE response.rate_date <= :as_of AND response.currency <> :base_currency
  AND response.year BETWEEN EXTRACT(YEAR FROM :as_of) - 10 AND EXTRACT(YEAR FROM :as_of)
