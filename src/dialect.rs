//! The SQL that an engine speaks: its name, how names of tables are written for it, and which section of a saved
//! query is for it.

mod foreign;
mod names;
#[cfg(feature = "remote")]
pub mod translation;
#[cfg(not(feature = "remote"))]
pub mod translation {
    /// Nothing is sent elsewhere, so nothing is translated.
    ///
    /// # Errors
    /// Always.
    pub fn translated(_: &str, to: super::Dialect) -> Result<String, String> {
        Err(format!("this build knows no {to}"))
    }
}

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use foreign::ForeignWord;
pub use names::Names;

use crate::sql::{self, Kind};

/// The SQL of one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Dialect {
    #[default]
    DuckDb,
    Trino,
    Athena,
    Redshift,
}

/// Each dialect with its name.
const NAMES: [(Dialect, &str); 4] = [
    (Dialect::DuckDb, "duckdb"),
    (Dialect::Trino, "trino"),
    (Dialect::Athena, "athena"),
    (Dialect::Redshift, "redshift"),
];

impl Dialect {
    pub const ALL: [Self; 4] = [Self::DuckDb, Self::Trino, Self::Athena, Self::Redshift];

    /// Its name in settings and in the comments of a saved query.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(dialect, _)| *dialect == self).map_or("", |(_, name)| name)
    }

    /// The dialects whose words this one understands, its own first: Athena's engine is Trino.
    fn understood(self) -> &'static [Self] {
        match self {
            Self::DuckDb => &[Self::DuckDb],
            Self::Trino => &[Self::Trino],
            Self::Athena => &[Self::Athena, Self::Trino],
            Self::Redshift => &[Self::Redshift],
        }
    }

    /// The words that it has not, though other engines do.
    fn lacks(self) -> &'static [foreign::Words] {
        match self {
            Self::DuckDb => &[foreign::NOT_IN_DUCKDB],
            Self::Trino | Self::Athena => &[foreign::OF_DUCKDB, foreign::NOT_IN_TRINO],
            Self::Redshift => &[foreign::OF_DUCKDB, foreign::NOT_IN_REDSHIFT],
        }
    }

    /// Whether the name of a table needs its schema: an external schema of Redshift is never the default one.
    pub(crate) fn qualifies(self) -> bool {
        self == Self::Redshift
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text.trim()));
        found.map(|(dialect, _)| *dialect).ok_or_else(|| {
            let names = NAMES.map(|(_, name)| name).join(", ");
            format!("there is no dialect {:?}, only {names}", text.trim())
        })
    }
}

/// A part of a text that is for some dialects; the first one, before any `-- dialect:` line, is for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Empty for the shared one.
    pub dialects: Vec<Dialect>,
    /// Its bytes, without the line that begins it.
    pub range: Range<usize>,
}

/// The sections of a text, the shared one first.
///
/// # Errors
/// When a `-- dialect:` line names an unknown one: the byte at which the line stands, and what is wrong.
pub fn sections(text: &str) -> Result<Vec<Section>, (usize, String)> {
    let mut found = vec![Section { dialects: Vec::new(), range: 0..text.len() }];
    for token in sql::tokens(text).into_iter().filter(|token| token.kind == Kind::Comment) {
        let start = token.range.start;
        let begins_line = text[..start].rsplit('\n').next().is_none_or(|before| before.trim().is_empty());
        let comment = text[token.range.clone()].strip_prefix("--").filter(|_| begins_line);
        let Some(names) = comment.and_then(|comment| comment.trim_start().strip_prefix("dialect:")) else {
            continue;
        };
        let dialects = names.split(',').map(str::parse).collect::<Result<_, _>>();
        let dialects = dialects.map_err(|what| (start, what))?;
        if let Some(before) = found.last_mut() {
            before.range.end = start;
        }
        found.push(Section { dialects, range: token.range.end..text.len() });
    }
    Ok(found)
}

/// The bytes of a text that run on an engine: the section for its dialect, else the shared one; nothing where that
/// one has no statement.
#[must_use]
pub fn section(text: &str, dialect: Dialect) -> Option<Range<usize>> {
    let sections = sections(text).ok()?;
    let [shared] = sections.as_slice() else {
        let for_it = |understood| sections.iter().find(|section| section.dialects.contains(understood));
        let own = dialect.understood().iter().find_map(for_it);
        let range = own.or(sections.first())?.range.clone();
        return (!sql::statements(&text[range.clone()]).is_empty()).then_some(range);
    };
    // What is wrong with a text of one section the engine tells.
    Some(shared.range.clone())
}

/// The statement at a byte of a text, in the section that runs on an engine: see [`sql::statement_at`]. From another
/// section it is that one's first.
#[must_use]
pub fn statement_at(text: &str, at: usize, dialect: Dialect) -> Option<Range<usize>> {
    let Range { start, end } = section(text, dialect)?;
    let at = at.checked_sub(start).filter(|at| start + at <= end).unwrap_or(0);
    let found = sql::statement_at(&text[start..end], at)?;
    Some(found.start + start..found.end + start)
}

/// The words of a text that an engine does not know, with what to write instead. There may be more: this is no parser.
#[must_use]
pub fn foreign_words(text: &str, dialect: Dialect) -> Vec<ForeignWord> {
    foreign::words(text, dialect.lacks())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_engines_are_found() {
        let words = |text: &str, dialect| {
            foreign_words(text, dialect).iter().map(|found| found.word).collect::<Vec<_>>().join(" | ")
        };
        let cases: &[(&str, &str, &str, &str)] = &[
            // A text, then what DuckDB, Trino and Redshift lack of it.
            ("SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1", "", "QUALIFY", ""),
            ("SELECT a::INT, d::varchar FROM t", "", ":: | ::", ""),
            ("SELECT count(*) filter (where a > 0) FROM t", "", "", ") FILTER ("),
            ("SELECT * EXCLUDE (a) FROM t GROUP BY ALL", "", "* EXCLUDE | GROUP BY ALL", ""),
            ("SELECT * FROM read_parquet('x.parquet')", "", "READ_PARQUET (", "READ_PARQUET ("),
            ("FROM t ASOF JOIN u USING (d)", "", "ASOF JOIN", "ASOF JOIN"),
            ("SELECT * FROM 'x.parquet'", "", "FROM '…'", "FROM '…'"),
            ("SELECT [1, 2], a[1], f(b)[2], ARRAY[3]", "", "[", "[ | ARRAY ["),
            ("SELECT {'a': 1}", "", "{", "{"),
            ("SELECT 7 // 2, AVG(x) AS STRING", "", "/ / | AS STRING", "/ / | AS STRING"),
            ("SELECT a FROM t LIMIT 10 OFFSET 5", "", "LIMIT # OFFSET", ""),
            (
                "SELECT TOP 5 a, NVL(a, b), GETDATE() FROM t",
                "TOP # | NVL ( | GETDATE (",
                "TOP # | NVL ( | GETDATE (",
                "",
            ),
            ("SELECT * FROM (VALUES (1)) AS v(a)", "", "", "( VALUES"),
            ("SELECT max_by(a, b), date_diff('day', a, b) FROM t", "", "", "MAX_BY ( | DATE_DIFF ("),
            (
                "SELECT SUM(a) OVER (ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)",
                "",
                "",
                "RANGE BETWEEN",
            ),
            ("SELECT d + INTERVAL 1 DAY", "", "INTERVAL #", "INTERVAL #"),
            (
                "SELECT approx_distinct(a) FROM t FETCH FIRST 5 ROWS ONLY",
                "APPROX_DISTINCT ( | FETCH FIRST",
                "",
                "APPROX_DISTINCT ( | FETCH FIRST",
            ),
            // Texts, comments, quoted names and columns are nobody's words.
            ("SELECT 'QUALIFY ::', \"QUALIFY\", t.qualify /* a::b */ FROM t -- [1]", "", "", ""),
            (
                "SELECT a, SUM(b) FROM t WHERE d BETWEEN DATE '2020-01-01' AND :to GROUP BY a ORDER BY a LIMIT 5",
                "",
                "",
                "",
            ),
        ];
        for (text, duckdb, trino, redshift) in cases {
            let found =
                [Dialect::DuckDb, Dialect::Trino, Dialect::Redshift].map(|dialect| words(text, dialect));
            assert_eq!(found, [*duckdb, *trino, *redshift], "{text}");
            assert_eq!(words(text, Dialect::Athena), *trino, "{text}");
        }
        let text = "SELECT a -- é ::\n, b::INT";
        let found = foreign_words(text, Dialect::Athena);
        assert_eq!(found.iter().map(|found| &text[found.range.clone()]).collect::<Vec<_>>(), ["::"]);
        assert_eq!(found[0].instead, "CAST(x AS TYPE)");
    }

    #[test]
    fn every_word_of_the_tables_can_be_found() {
        for dialect in Dialect::ALL {
            for (word, instead) in dialect.lacks().iter().copied().flatten() {
                let text = word.replace('#', "1").replace('…', "x");
                let found = foreign_words(&text, dialect);
                assert!(found.iter().any(|found| found.word == *word), "{word} {dialect}");
                assert!(!instead.is_empty());
            }
        }
    }

    #[test]
    fn every_dialect_has_a_name_that_gives_it_back() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.name().to_uppercase().parse(), Ok(dialect));
        }
        assert_eq!(
            "mysql".parse::<Dialect>(),
            Err("there is no dialect \"mysql\", only duckdb, trino, athena, redshift".to_owned())
        );
    }

    #[test]
    fn an_engine_gets_its_section_else_the_shared_one() {
        let text = "-- title: x\nSELECT 'shared' AS a\n  -- dialect: Trino , redshift\nSELECT 'both' AS b;\n\
                    -- dialect: athena\n-- why\nSELECT '\n-- dialect: duckdb\n' /*\n-- dialect: x */ -- dialect: y\n";
        let of = |dialect| section(text, dialect).map(|range| text[range].trim());
        assert_eq!(of(Dialect::DuckDb), Some("-- title: x\nSELECT 'shared' AS a"));
        assert_eq!(of(Dialect::Trino), Some("SELECT 'both' AS b;"));
        assert_eq!(of(Dialect::Redshift), Some("SELECT 'both' AS b;"));
        assert!(
            of(Dialect::Athena)
                .is_some_and(|text| text.starts_with("-- why") && text.ends_with("dialect: y"))
        );
        let athena_of = |text| section(text, Dialect::Athena).map(|range| text[range].trim().to_owned());
        assert_eq!(
            athena_of("SELECT 1\n-- dialect: trino\nSELECT 2"),
            Some("SELECT 2".into()),
            "its engine is Trino"
        );
        assert_eq!(athena_of("SELECT 1\n-- dialect: duckdb\nSELECT 2"), Some("SELECT 1".into()));
        assert_eq!(athena_of("-- dialect: duckdb\nSELECT 2"), None, "there is none for all");
        assert_eq!(
            athena_of("SELECT 1\n-- dialect: athena\n-- soon"),
            None,
            "an empty one is not passed over"
        );
        assert_eq!(sections("SELECT 1\n-- dialect: mysql\n").map_err(|(at, _)| at), Err(9));
    }

    #[test]
    fn the_statement_at_the_cursor_is_one_of_the_engines_section() {
        let text = "SELECT 1; SELECT 2\n-- dialect: athena\nSELECT 3; SELECT 4\n";
        let at = |word: &str, dialect| {
            let at = text.find(word).unwrap_or_default();
            statement_at(text, at, dialect).map(|range| &text[range])
        };
        assert_eq!(at("2", Dialect::DuckDb), Some("SELECT 2"));
        assert_eq!(at("4", Dialect::Athena), Some("SELECT 4"));
        assert_eq!(at("4", Dialect::DuckDb), Some("SELECT 1"));
        assert_eq!(at("2", Dialect::Athena), Some("SELECT 3"));
        assert_eq!(statement_at("-- dialect: athena\nSELECT 1", 0, Dialect::DuckDb), None);
    }
}
