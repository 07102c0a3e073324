//! Words that only other engines know, with what to write instead. Told before a statement is sent elsewhere; what they
//! mean there is not guessed.

use std::collections::HashSet;
use std::ops::Range;

use crate::sql::{self, Kind};

/// A word that an engine does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignWord {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// As the table has it.
    pub word: &'static str,
    pub instead: &'static str,
}

impl ForeignWord {
    /// For a person: without the bracket by which a function is known.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        self.word.trim_end_matches([' ', '('])
    }

    /// Each word of a list where it stands first.
    #[must_use]
    pub fn once(mut words: Vec<Self>) -> Vec<Self> {
        let mut seen = HashSet::new();
        words.retain(|found| seen.insert(found.word));
        words
    }
}

/// Words in a row and what to write instead. `#` is a number, `'…'` a text; a bracket that begins a list stands alone.
pub(super) type Words = &'static [(&'static str, &'static str)];

/// What DuckDB alone has.
pub(super) const OF_DUCKDB: Words = &[
    ("ASOF JOIN", "join on <= and keep the newest row with ROW_NUMBER() in a subquery"),
    ("GLOB (", "name a table: files are tables only there where a catalogue names them"),
    ("READ_CSV (", "name a table: files are tables only there where a catalogue names them"),
    ("READ_CSV_AUTO (", "name a table: files are tables only there where a catalogue names them"),
    ("READ_JSON (", "name a table: files are tables only there where a catalogue names them"),
    ("READ_JSON_AUTO (", "name a table: files are tables only there where a catalogue names them"),
    ("READ_PARQUET (", "name a table: files are tables only there where a catalogue names them"),
    ("PARQUET_SCAN (", "name a table: files are tables only there where a catalogue names them"),
    ("FROM '…'", "name a table: files are tables only there where a catalogue names them"),
    ("JOIN '…'", "name a table: files are tables only there where a catalogue names them"),
    ("ORDER BY ALL", "name the columns"),
    ("COLUMNS (", "name the columns"),
    ("* REPLACE", "name the columns"),
    ("SUMMARIZE", "select MIN, MAX and COUNT of each column"),
    ("SEMI JOIN", "WHERE EXISTS (SELECT 1 …)"),
    ("ANTI JOIN", "WHERE NOT EXISTS (SELECT 1 …)"),
    ("POSITIONAL JOIN", "join on ROW_NUMBER()"),
    ("USING SAMPLE", "ORDER BY RANDOM() LIMIT n"),
    ("/ /", "FLOOR(a / b), and mind negative numbers"),
    ("ARG_MAX (", "MAX_BY(x, y), or ROW_NUMBER() in a subquery"),
    ("ARG_MIN (", "MIN_BY(x, y), or ROW_NUMBER() in a subquery"),
    ("LIST (", "LISTAGG(x, ',') WITHIN GROUP (ORDER BY x)"),
    ("FIRST (", "MIN, or ROW_NUMBER() in a subquery"),
    ("LAST (", "MAX, or ROW_NUMBER() in a subquery"),
    ("STRING_AGG (", "LISTAGG(x, ',') WITHIN GROUP (ORDER BY x)"),
    ("GROUP_CONCAT (", "LISTAGG(x, ',') WITHIN GROUP (ORDER BY x)"),
    ("LIST_TRANSFORM (", "unnest the list and compute on its rows"),
    ("MAKE_DATE (", "CAST of a text YYYY-MM-DD AS DATE"),
    ("AS STRING", "AS VARCHAR"),
    ("AS HUGEINT", "AS DECIMAL(38,0)"),
    ("AS UBIGINT", "AS DECIMAL(20,0)"),
    ("{", "name the parts as columns"),
];

/// What Trino, and with it Athena, has not.
pub(super) const NOT_IN_TRINO: Words = &[
    ("QUALIFY", "put the window function into a subquery and filter it with WHERE"),
    ("::", "CAST(x AS TYPE)"),
    ("GROUP BY ALL", "name the columns"),
    ("* EXCLUDE", "name the columns"),
    ("DISTINCT ON", "ROW_NUMBER() in a subquery, filtered with WHERE"),
    ("ILIKE", "LOWER(x) LIKE LOWER(y)"),
    ("SIMILAR TO", "REGEXP_LIKE(x, 'pattern')"),
    ("[", "ARRAY[a, b]"),
    ("PIVOT", "SUM(CASE WHEN … THEN … END) for each column"),
    ("UNPIVOT", "UNION ALL of one SELECT a column"),
    ("LIMIT # OFFSET", "OFFSET before LIMIT"),
    ("INTERVAL #", "INTERVAL '1' DAY"),
    ("AS TEXT", "AS VARCHAR"),
    ("AS FLOAT", "AS DOUBLE"),
    ("AS TIMESTAMPTZ", "AS TIMESTAMP WITH TIME ZONE"),
    ("TOP #", "LIMIT n at the end"),
    ("SYSDATE", "CURRENT_TIMESTAMP"),
    ("CONVERT_TIMEZONE (", "x AT TIME ZONE 'zone'"),
    ("DATEADD (", "DATE_ADD('day', n, x)"),
    ("DATEDIFF (", "DATE_DIFF('day', x, y)"),
    ("DECODE (", "CASE WHEN"),
    ("EPOCH (", "TO_UNIXTIME(x)"),
    ("GENERATE_SERIES (", "UNNEST(SEQUENCE(a, b)) in FROM"),
    ("GETDATE (", "CURRENT_TIMESTAMP"),
    ("IFNULL (", "COALESCE(x, y)"),
    ("LEN (", "LENGTH(x)"),
    ("MEDIAN (", "APPROX_PERCENTILE(x, 0.5), which is not exact"),
    ("NVL (", "COALESCE(x, y)"),
    ("NVL2 (", "CASE WHEN x IS NOT NULL THEN y ELSE z END"),
    ("PERCENTILE_CONT (", "APPROX_PERCENTILE(x, p), which is not exact"),
    ("QUANTILE_CONT (", "APPROX_PERCENTILE(x, p), which is not exact"),
    ("RANGE (", "UNNEST(SEQUENCE(a, b - 1)) in FROM"),
    ("STRFTIME (", "DATE_FORMAT(x, '%Y-%m-%d')"),
    ("STRPTIME (", "DATE_PARSE(x, '%Y-%m-%d')"),
    ("TO_CHAR (", "DATE_FORMAT(x, '%Y-%m-%d')"),
];

/// What Redshift has not.
pub(super) const NOT_IN_REDSHIFT: Words = &[
    (") FILTER (", "SUM(CASE WHEN … THEN … END)"),
    ("( VALUES", "SELECT 1 UNION ALL SELECT 2"),
    ("IS DISTINCT FROM", "x <> y OR (x IS NULL) <> (y IS NULL)"),
    ("IS NOT DISTINCT FROM", "x = y OR (x IS NULL AND y IS NULL)"),
    ("DISTINCT ON", "ROW_NUMBER() in a subquery, filtered with WHERE"),
    ("RANGE BETWEEN", "ROWS BETWEEN"),
    ("RANGE UNBOUNDED", "ROWS UNBOUNDED"),
    ("FETCH FIRST", "LIMIT n"),
    ("FETCH NEXT", "LIMIT n"),
    ("WINDOW", "write the window behind each OVER"),
    ("TABLESAMPLE", "ORDER BY RANDOM() LIMIT n"),
    ("WITH ORDINALITY", "FROM t AS a, a.list AS item AT position"),
    ("UNNEST (", "FROM t AS a, a.list AS item"),
    ("LATERAL", "a join, or a subquery for each column"),
    ("MATCH_RECOGNIZE", "LAG and LEAD in subqueries"),
    ("[", "ARRAY(a, b)"),
    ("ARRAY [", "ARRAY(a, b)"),
    ("ROW (", "name the parts as columns"),
    ("INTERVAL #", "INTERVAL '1 day'"),
    ("APPROX_DISTINCT (", "APPROXIMATE COUNT(DISTINCT x)"),
    ("APPROX_PERCENTILE (", "APPROXIMATE PERCENTILE_DISC(p) WITHIN GROUP (ORDER BY x)"),
    ("ARBITRARY (", "ANY_VALUE(x)"),
    ("ARRAY_AGG (", "LISTAGG(x, ',') WITHIN GROUP (ORDER BY x)"),
    ("COUNT_IF (", "SUM(CASE WHEN … THEN 1 ELSE 0 END)"),
    ("DATE_ADD (", "DATEADD(day, n, x)"),
    ("DATE_DIFF (", "DATEDIFF(day, x, y)"),
    ("DATE_FORMAT (", "TO_CHAR(x, 'YYYY-MM-DD')"),
    ("DATE_PARSE (", "TO_DATE(x, 'YYYY-MM-DD')"),
    ("ELEMENT_AT (", "x[0]"),
    ("FORMAT_DATETIME (", "TO_CHAR(x, 'YYYY-MM-DD')"),
    ("FROM_UNIXTIME (", "TIMESTAMP 'epoch' + x * INTERVAL '1 second'"),
    ("IF (", "CASE WHEN"),
    ("IFNULL (", "COALESCE(x, y)"),
    ("JSON_EXTRACT_SCALAR (", "JSON_EXTRACT_PATH_TEXT(x, 'key')"),
    ("MAX_BY (", "ROW_NUMBER() in a subquery, filtered with WHERE"),
    ("MIN_BY (", "ROW_NUMBER() in a subquery, filtered with WHERE"),
    ("QUANTILE_CONT (", "PERCENTILE_CONT(p) WITHIN GROUP (ORDER BY x)"),
    ("REGEXP_LIKE (", "x ~ 'pattern'"),
    ("SEQUENCE (", "a table of numbers"),
    ("STRFTIME (", "TO_CHAR(x, 'YYYY-MM-DD')"),
    ("STRPTIME (", "TO_DATE(x, 'YYYY-MM-DD')"),
    ("TO_UNIXTIME (", "EXTRACT(EPOCH FROM x)"),
    ("TRY (", "TRY_CAST, or CASE WHEN"),
];

/// What DuckDB has not.
pub(super) const NOT_IN_DUCKDB: Words = &[
    ("FETCH FIRST", "LIMIT n"),
    ("FETCH NEXT", "LIMIT n"),
    ("MATCH_RECOGNIZE", "LAG and LEAD in subqueries"),
    ("TOP #", "LIMIT n at the end"),
    ("APPROXIMATE", "APPROX_COUNT_DISTINCT(x), APPROX_QUANTILE(x, p)"),
    ("SYSDATE", "CURRENT_TIMESTAMP"),
    ("APPROX_DISTINCT (", "APPROX_COUNT_DISTINCT(x)"),
    ("APPROX_PERCENTILE (", "APPROX_QUANTILE(x, p)"),
    ("ARBITRARY (", "ANY_VALUE(x)"),
    ("CONVERT_TIMEZONE (", "x AT TIME ZONE 'zone'"),
    ("DATEADD (", "x + INTERVAL 1 DAY"),
    ("DATE_FORMAT (", "STRFTIME(x, '%Y-%m-%d')"),
    ("DATE_PARSE (", "STRPTIME(x, '%Y-%m-%d')"),
    ("DECODE (", "CASE WHEN"),
    ("ELEMENT_AT (", "x[1]"),
    ("FORMAT_DATETIME (", "STRFTIME(x, '%Y-%m-%d')"),
    ("FROM_UNIXTIME (", "TO_TIMESTAMP(x)"),
    ("GETDATE (", "NOW()"),
    ("JSON_EXTRACT_SCALAR (", "x ->> '$.key'"),
    ("NVL (", "COALESCE(x, y)"),
    ("NVL2 (", "CASE WHEN x IS NOT NULL THEN y ELSE z END"),
    ("SEQUENCE (", "GENERATE_SERIES(a, b)"),
    ("TO_CHAR (", "STRFTIME(x, '%Y-%m-%d')"),
    ("TO_UNIXTIME (", "EPOCH(x)"),
];

/// Every word of the tables in a text, from left to right.
pub(super) fn words(text: &str, tables: &[Words]) -> Vec<ForeignWord> {
    let tokens = sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment);
    let tokens: Vec<_> = tokens.collect();
    let written = tokens.iter().map(|token| match token.kind {
        Kind::Number => "#".to_owned(),
        Kind::Text => "'…'".to_owned(),
        _ => text[token.range.clone()].to_ascii_uppercase(),
    });
    let written: Vec<_> = written.collect();
    // A bracket behind a value takes one of its elements.
    let is_element = |at: usize| {
        let before = at.checked_sub(1).map(|before| (tokens[before].kind, written[before].as_str()));
        before.is_some_and(|(kind, word)| {
            matches!(kind, Kind::Name | Kind::Quoted) || matches!(word, ")" | "]" | "ARRAY")
        })
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        // A name behind a dot is a column.
        if at > 0 && written[at - 1] == "." || written[at] == "[" && is_element(at) {
            continue;
        }
        for (word, instead) in tables.iter().copied().flatten() {
            let length = word.split(' ').count();
            if written[at..].len() >= length
                && word.split(' ').zip(&written[at..]).all(|(word, has)| word == has)
            {
                let range = tokens[at].range.start..tokens[at + length - 1].range.end;
                found.push(ForeignWord { range, word, instead });
            }
        }
    }
    found
}
