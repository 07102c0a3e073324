//! Which tables a statement names, before it is prepared.

use crate::sql::{self, Kind};

/// Words by which a statement asks what there is: then every table must stand in the catalogue.
const ASKS_CATALOG: &[&str] = &["show", "information_schema", "query_table", "pragma", "export"];
const ASKS_CATALOG_BEGIN: &[&str] = &["duckdb_", "pragma_", "pg_", "sqlite_"];

/// The relations that a statement names, wherever a table's name can stand.
pub(super) struct Named(Vec<String>);

impl Named {
    /// The names of a statement's text.
    pub(super) fn of(text: &str) -> Self {
        let tokens: Vec<_> =
            sql::tokens(text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
        let word = |at: usize| text[tokens[at].range.clone()].to_ascii_lowercase();
        let name = |at: usize| match tokens[at].kind {
            Kind::Name | Kind::Keyword => Some(word(at)),
            Kind::Quoted => Some(word(at).trim_matches('"').replace("\"\"", "\"")),
            // `FROM 'table'` finds a table too; any other text is a value.
            Kind::Text
                if at > 0 && matches!(word(at - 1).as_str(), "from" | "join" | "describe" | "summarize") =>
            {
                Some(word(at).trim_matches('\'').to_owned())
            }
            _ => None,
        };
        Self((0..tokens.len()).filter_map(name).collect())
    }

    /// Whether the statement names a table.
    pub(super) fn has(&self, table: &str) -> bool {
        self.0.iter().any(|name| name.eq_ignore_ascii_case(table))
    }

    /// Whether the statement asks what tables and columns there are.
    pub(super) fn asks_catalog(&self) -> bool {
        self.0.iter().any(|name| {
            ASKS_CATALOG.contains(&name.as_str())
                || ASKS_CATALOG_BEGIN.iter().any(|start| name.starts_with(start))
        })
    }
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
}
