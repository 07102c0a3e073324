-- title: Figures of the credit check
-- group: Credit check
-- description: Every indicator of each account or customer with its period, the months behind it, and what is known beside
-- param: account account?
-- param: customer text?
-- param: by choice(account|customer) = account
-- param: as_of date
-- param: from date
-- param: to date
-- param: instalment decimal?
-- param: floor decimal = 0
-- param: max_age_days integer = 7
-- param: tolerance decimal = 0.10
-- param: base_currency text
-- with: facts
-- What each topic tells is a quotient: here it is formed, exactly, with six decimals rounded
-- half away from zero. Amounts count by value date, balances by booking date.
SELECT
  subject,
  indicator,
  period,
  -- The whole part and the millionths apart, each a quotient without remainder: credit_worthiness.sql says why.
  CASE WHEN divisor = 1 THEN dividend
       ELSE CAST((dividend - remainder) / divisor AS DECIMAL(28,0))
            + CAST((millionths - millionths % (2 * divisor)) / (2 * divisor) AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(7,6)) END AS value,
  CAST(NULL AS VARCHAR(60)) AS text
FROM (
  SELECT
    subject,
    indicator,
    period,
    dividend,
    divisor,
    dividend % divisor AS remainder,
    2000000 * (dividend % divisor) + CASE WHEN dividend < 0 THEN -divisor ELSE divisor END AS millionths
  FROM (
    -- The divisor without its sign; a quotient by zero is none.
    SELECT
      subject,
      indicator,
      period,
      CASE WHEN divisor < 0 THEN -dividend ELSE dividend END AS dividend,
      NULLIF(ABS(divisor), 0) AS divisor
    FROM ({topics}
    ) AS topics
  ) AS terms
) AS parts
UNION ALL
SELECT subject, fact AS indicator, 'fact' AS period, CAST(NULL AS DECIMAL(38,6)) AS value, text FROM facts
