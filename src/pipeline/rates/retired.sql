-- Codes that ended at a fixed rate: from `since` on, `factor` of them are one unit of `successor`. Carrying the last quote would
-- be wrong even for a day (HRK was last quoted at 7.5365 and converted at 7.5345).
WITH retired AS (
  SELECT code, successor, CAST(since AS DATE) AS since, CAST(factor AS DECIMAL(18,8)) AS factor
  FROM (VALUES
    ('TRL', 'TRY', '2005-01-01', '1000000'),
    ('ROL', 'RON', '2005-07-01', '10000'),
    ('SIT', 'EUR', '2007-01-01', '239.640'),
    ('CYP', 'EUR', '2008-01-01', '0.585274'),
    ('MTL', 'EUR', '2008-01-01', '0.429300'),
    ('SKK', 'EUR', '2009-01-01', '30.1260'),
    ('EEK', 'EUR', '2011-01-01', '15.6466'),
    ('LVL', 'EUR', '2014-01-01', '0.702804'),
    ('LTL', 'EUR', '2015-01-01', '3.45280'),
    ('HRK', 'EUR', '2023-01-01', '7.53450'),
    ('BGN', 'EUR', '2026-01-01', '1.95583'),
    ('AZM', 'AZN', '2006-01-01', '5000'),
    ('MZM', 'MZN', '2006-07-01', '1000'),
    ('GHC', 'GHS', '2007-07-01', '10000'),
    ('VEB', 'VEF', '2008-01-01', '1000'),
    ('ZMK', 'ZMW', '2013-01-01', '1000'),
    ('BYR', 'BYN', '2016-07-01', '10000'),
    ('VEF', 'VES', '2018-08-20', '100000'),
    ('MRO', 'MRU', '2018-01-01', '10'),
    ('STD', 'STN', '2018-01-01', '1000'),
    ('SLL', 'SLE', '2022-07-01', '1000')) AS list(code, successor, since, factor)
),
