-- How many days each file in turn brings.
SELECT place, COUNT(*) AS loaded
FROM (
  SELECT days.fecha, MIN(ranks.place) AS place
  FROM (SELECT CAST(fecha AS DATE) AS fecha, source_file FROM raw_balances) AS days
  JOIN ranks ON ranks.source_file = days.source_file
  GROUP BY days.fecha
) AS firsts
GROUP BY place
