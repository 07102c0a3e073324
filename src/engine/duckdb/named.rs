//! Which tables a statement names, before it is prepared.

use std::path::{Path, PathBuf};

use crate::source::FileKind;
use crate::sql::{self, Kind};

/// Words behind which a text is the name of a table or a file.
const BEFORE_TABLE: &[&str] = &["FROM", "JOIN", "DESCRIBE", "SUMMARIZE", "TABLE"];
/// Words that end a list of tables.
const BEHIND_TABLES: &[&str] = &[
    "SELECT",
    "WHERE",
    "GROUP",
    "HAVING",
    "QUALIFY",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "SET",
    "VALUES",
];

/// Words by which a statement asks what there is: then every table must stand in the catalogue.
const ASKS_CATALOG: &[&str] = &["show", "information_schema", "query_table", "pragma", "export"];
/// Those of them by which it may read any table, under a name that it computes.
const READS_ANY: &[&str] = &["query_table", "query", "export"];
const ASKS_CATALOG_BEGIN: &[&str] = &["duckdb_", "pragma_", "pg_", "sqlite_"];

/// What a statement names, wherever a table's name can stand.
pub(super) struct Named {
    names: Vec<String>,
    /// Texts where a table stands, `FROM 'x'`: a table, or a file.
    tables: Vec<String>,
    /// Texts elsewhere: values, and files of functions that read.
    values: Vec<String>,
}

impl Named {
    /// The names of a statement's text.
    pub(super) fn of(text: &str) -> Self {
        let mut named = Self { names: Vec::new(), tables: Vec::new(), values: Vec::new() };
        let mut before = "";
        // Whether a list of tables is begun, for each bracket that is open.
        let mut are_tables = vec![false];
        for token in sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment) {
            let word = &text[token.range];
            let is_one_of =
                |words: &[&str], word: &str| words.iter().any(|other| word.eq_ignore_ascii_case(other));
            let in_list = are_tables.last() == Some(&true);
            let is_table = is_one_of(BEFORE_TABLE, before) || (before == "," && in_list);
            match word {
                "(" => are_tables.push(false),
                ")" if are_tables.len() > 1 => drop(are_tables.pop()),
                _ if token.kind == Kind::Keyword
                    && (is_one_of(BEFORE_TABLE, word) || is_one_of(BEHIND_TABLES, word)) =>
                {
                    if let Some(last) = are_tables.last_mut() {
                        *last = is_one_of(BEFORE_TABLE, word);
                    }
                }
                _ => {}
            }
            match token.kind {
                Kind::Name | Kind::Keyword => named.names.push(word.to_owned()),
                Kind::Quoted => {
                    // `FROM "file.parquet"` reads a file as `FROM 'file.parquet'` does.
                    if is_table {
                        named.tables.push(unquoted(word, '"'));
                    }
                    named.names.push(unquoted(word, '"'));
                }
                Kind::Text if is_table => named.tables.push(unquoted(word, '\'')),
                Kind::Text => named.values.push(unquoted(word, '\'')),
                _ => {}
            }
            before = word;
        }
        named
    }

    /// The files that stand where a table does.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.tables.iter().map(Path::new).filter(|path| path.is_file())
    }

    /// The files that functions read, or that stand further on in a list of tables.
    pub(super) fn read_files(&self) -> impl Iterator<Item = &Path> {
        let texts = self.values.iter().chain(&self.names).filter(|text| text.contains('.'));
        texts.map(Path::new).filter(|path| path.is_file() && !self.files().any(|file| file == *path))
    }

    /// Patterns of Parquet files.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        let texts = self.tables.iter().chain(&self.values).chain(&self.names).map(String::as_str);
        texts.filter(|text| {
            text.contains(['*', '?', '[']) && FileKind::of_name(text) == Some(FileKind::Parquet)
        })
    }

    /// Patterns of CSV files that stand where a table does.
    pub(super) fn csv_patterns(&self) -> impl Iterator<Item = &str> {
        let is_csv = |text: &str| matches!(FileKind::of_name(text), Some(FileKind::Csv | FileKind::Tsv));
        let texts = self.tables.iter().map(String::as_str);
        texts.filter(move |text| text.contains(['*', '?', '[']) && is_csv(text) && !Path::new(text).is_file())
    }

    /// Every name, wherever a table's can stand.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether the statement names a table.
    pub(super) fn has(&self, table: &str) -> bool {
        self.names.iter().chain(&self.tables).any(|name| name.eq_ignore_ascii_case(table))
    }

    /// Whether the statement may read a table that it does not name.
    pub(super) fn reads_any(&self) -> bool {
        self.names.iter().any(|name| READS_ANY.iter().any(|word| name.eq_ignore_ascii_case(word)))
    }

    /// Whether the statement asks what tables and columns there are.
    pub(super) fn asks_catalog(&self) -> bool {
        self.names.iter().map(|name| name.to_ascii_lowercase()).any(|name| {
            ASKS_CATALOG.contains(&name.as_str())
                || ASKS_CATALOG_BEGIN.iter().any(|start| name.starts_with(start))
        })
    }
}

/// The Parquet file that a statement's text reads as it is; none where it does anything else. A table's name is not
/// looked up: a view may have taken it.
pub(super) fn whole_file(text: &str) -> Option<PathBuf> {
    let tokens = sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment);
    let words: Vec<_> = tokens.map(|token| (token.kind, &text[token.range])).collect();
    let is = |word: &str, wanted: &[&str]| wanted.iter().any(|other| word.eq_ignore_ascii_case(other));
    let words = words.strip_suffix(&[(Kind::Semicolon, ";")]).unwrap_or(&words);
    let words = match words {
        [(_, select), (_, "*"), rest @ ..] if is(select, &["SELECT"]) => rest,
        words => words,
    };
    match words {
        [(_, from), (Kind::Text, file)] if is(from, &["FROM"]) => {
            file_of(file).filter(|path| FileKind::of_name(&path.to_string_lossy()) == Some(FileKind::Parquet))
        }
        [(_, from), (_, reader), (_, "("), (Kind::Text, file), (_, ")")]
            if is(from, &["FROM"]) && is(reader, &["read_parquet", "parquet_scan"]) =>
        {
            file_of(file)
        }
        _ => None,
    }
}

/// The one file that a text names: no pattern, and no folder of a partition, which would be a column.
fn file_of(text: &str) -> Option<PathBuf> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let path = PathBuf::from(inner);
    (!inner.contains(['*', '?', '[', '=', '\'']) && path.is_file()).then_some(path)
}

fn unquoted(word: &str, quote: char) -> String {
    let inner = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).unwrap_or(word);
    inner.replace(&String::from_iter([quote, quote]), &quote.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_where_a_table_can_stand() {
        for sql in [
            "FROM dates",
            "SELECT 1 FROM \"x\".\"DATES\"",
            "FROM 'dates'",
            "DESCRIBE dates",
            "SUMMARIZE dates",
        ] {
            assert!(Named::of(sql).has("Dates"), "{sql}");
        }
        for sql in [
            "SELECT 'dates'",
            "SELECT 1 -- dates",
            "SELECT update_dates, datesx FROM t",
            "SELECT 1 /* dates */",
        ] {
            assert!(!Named::of(sql).has("Dates"), "{sql}");
        }
        for sql in
            ["SHOW TABLES", "FROM information_schema.tables", "FROM duckdb_columns()", "PRAGMA show_tables"]
        {
            assert!(Named::of(sql).asks_catalog(), "{sql}");
        }
        assert!(!Named::of("SELECT 'show' FROM t").asks_catalog());
    }

    #[test]
    fn a_statement_that_is_one_file_is_known_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a b.parquet");
        let inside = folder.path().join("year=2017.parquet");
        std::fs::write(&file, "").unwrap();
        std::fs::write(&inside, "").unwrap();
        let (quoted, partition) = (file.display().to_string(), inside.display().to_string());
        for text in [
            "SELECT * FROM '@';",
            "from '@'",
            "-- why\nselect * from read_parquet('@')",
            "FROM parquet_scan ('@')",
        ] {
            assert_eq!(whole_file(&text.replace('@', &quoted)), Some(file.clone()), "{text}");
        }
        for text in [
            "SELECT * FROM '@' LIMIT 5",
            "SELECT a FROM '@'",
            "SELECT * FROM '@' t",
            "SELECT * FROM '@', '@'",
            "SELECT DISTINCT * FROM '@'",
            "SELECT * FROM read_parquet('@', hive_partitioning = true)",
            "SELECT * FROM read_csv('@')",
            "SELECT * FROM 'none.parquet'",
            "SELECT * FROM '*.parquet'",
            "SELECT * FROM processed",
            "SELECT * FROM a.b",
            "DELETE FROM processed",
            "FROM processed SELECT a",
            "",
        ] {
            assert_eq!(whole_file(&text.replace('@', &quoted)), None, "{text}");
        }
        assert_eq!(whole_file(&format!("FROM '{partition}'")), None);
    }
}
