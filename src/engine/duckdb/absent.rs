//! Tables of a lake on S3 whose files are not all here: brought when a statement names them, and told by their columns
//! alone to one that asks what there is.

use tokio_util::sync::CancellationToken;

use super::{DuckDb, Settings};
use crate::engine::{EngineError, ErrorKind};
use crate::lake::Table;
use crate::lake::place::PlaceError;
use crate::lake::watch::Bringing;
use crate::sql::{quote_name, quote_text};

impl DuckDb {
    /// Brings the files of tables that are named and are not here.
    pub(super) fn bring(&self, is_named: &dyn Fn(&str) -> bool, watch: &Bringing) -> Result<(), EngineError> {
        let Some(lake) = self.lake() else { return Ok(()) };
        let Settings { fetch_mib, say, .. } = self.settings();
        let say = say.unwrap_or(|_| ());
        lake.bring_tables(is_named, *fetch_mib, &say, watch).map_err(|error| failed(&error))
    }

    /// A FROM item with the columns of a table whose files are not here.
    pub(super) fn columns_of_absent(&self, name: &str) -> Option<String> {
        let lake = self.lake().filter(|lake| lake.origin().is_some())?;
        let table = lake.table(name)?;
        let is_absent = table.files.iter().any(|file| !lake.is_here(file));
        (is_absent && !table.columns.is_empty()).then(|| format!("(SELECT {})", columns(table)))
    }

    /// The same for a view, which whoever reads it gets an error from: no row of it is here.
    pub(super) fn stands_in(&self, name: &str) -> Option<String> {
        let from = self.columns_of_absent(name)?;
        let words =
            quote_text(&format!("the files of {name} are not here; a statement that names it brings them"));
        Some(format!("(SELECT absent.* FROM {from} AS absent WHERE error({words}) IS NULL)"))
    }
}

/// Nobody is told how far it is.
pub(super) fn quietly<T>(cancel: &CancellationToken, work: impl FnOnce(&Bringing) -> T) -> T {
    work(&Bringing { stops: &|| cancel.is_cancelled(), progress: &|_, _| () })
}

fn columns(table: &Table) -> String {
    let column = |column: &crate::lake::Column| {
        let sql_type = if is_type(&column.sql_type) { &column.sql_type } else { "VARCHAR" };
        format!("CAST(NULL AS {sql_type}) AS {}", quote_name(&column.name))
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

/// Whether a text of a manifest can be nothing but a type: words, numbers and whole pairs of brackets.
fn is_type(text: &str) -> bool {
    let mut depth = 0_i32;
    let fits = text.chars().all(|mark| {
        depth += match mark {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth >= 0 && (mark.is_ascii_alphanumeric() || "_ (),[]".contains(mark))
    });
    fits && depth == 0 && !text.trim().is_empty()
}

fn failed(error: &PlaceError) -> EngineError {
    let kind = match error {
        PlaceError::Cancelled => return EngineError::cancelled(),
        PlaceError::NoCredentials { .. } => ErrorKind::Expired,
        PlaceError::Unreachable { .. } => ErrorKind::Unreachable,
        PlaceError::Refused { .. } => ErrorKind::Denied,
        PlaceError::Large { .. } => ErrorKind::Refused,
        PlaceError::Changed { .. } | PlaceError::Republished { .. } => ErrorKind::Data,
        _ => ErrorKind::Io,
    };
    let made = EngineError::new(kind, error.to_string());
    match error.hint() {
        Some(hint) => made.with_hint(hint),
        None => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine as _;
    use crate::lake::Lake;

    #[test]
    fn a_type_of_a_manifest_is_a_type_and_no_statement() {
        for text in ["DATE", "DECIMAL(20,4)", "TIMESTAMP WITH TIME ZONE", "STRUCT(a INTEGER, b VARCHAR[])"] {
            assert!(is_type(text), "{text}");
        }
        for text in
            ["", " ", "DATE) AS a, (SELECT 1", "DATE; DROP TABLE x", "ENUM('a')", "DATE)--", "(((", "\"x\""]
        {
            assert!(!is_type(text), "{text}");
        }
    }

    /// A mirror of a lake that cannot be reached, without a file.
    fn mirror(size: u64) -> (tempfile::TempDir, Lake) {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("lake/_saldo");
        std::fs::create_dir_all(&own).unwrap();
        let manifest = format!(
            r#"{{"layout": 1, "writer": "test", "sources": [], "tables": [{{"name": "t", "partitioned": false, "rows": 1,
            "columns": [{{"name": "a b", "sql_type": "DECIMAL(20,4)"}}, {{"name": "c", "sql_type": "x'; DROP"}}], "newest": null,
            "files": [{{"path": "t/a.parquet", "size": {size}, "sha256": "00"}}]}}]}}"#
        );
        std::fs::write(own.join("manifest.json"), manifest).unwrap();
        let link = r#"{"url": "s3://bucket/lake", "manifest": "", "etag": null, "as_of": "2026-01-02T03:04:05Z",
            "options": {"endpoint": "http://127.0.0.1:9", "path_style": true, "profile": null}}"#;
        std::fs::write(own.join("mirror.json"), link).unwrap();
        let lake = Lake::open(&folder.path().join("lake")).unwrap();
        (folder, lake)
    }

    #[test]
    fn what_is_not_here_is_listed_and_described_and_never_read_as_empty() {
        let (_folder, lake) = mirror(5 << 20);
        let settings = Settings { lake: Some(lake), fetch_mib: Some(5), ..Settings::default() };
        let engine = DuckDb::new(settings);
        let cancel = CancellationToken::new();
        let rows = |sql: &str| engine.rows(sql, &cancel).map(|(_, batches)| batches[0].num_rows());
        assert_eq!(rows("SELECT * FROM information_schema.columns WHERE table_name = chr(116)").unwrap(), 2);
        let schema = engine.describe("t", &cancel).unwrap();
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["a b", "c"]);
        assert_eq!(schema.field(0).data_type().to_string(), "Decimal128(20, 4)");
        for sql in
            ["SELECT count(*) AS n FROM t", "FROM t", "SELECT count(*) AS n FROM query_table(chr(116))"]
        {
            let error = rows(sql).unwrap_err();
            assert_eq!(
                (error.kind, error.message.as_str()),
                (
                    ErrorKind::Refused,
                    "t, 1 file, 5.3 MB, would be copied from s3://bucket/lake, and that is more than fetch_mib allows"
                ),
                "{sql}"
            );
            assert!(error.hint.unwrap().contains("saldo pull t --where"), "{sql}");
        }
        assert_eq!(engine.pager("t", &cancel).err().map(|error| error.kind), Some(ErrorKind::Refused));
        // The view of it that a listing made is no empty table.
        let connection = engine.connect("SHOW TABLES", &cancel).unwrap();
        for sql in ["SELECT count(*) FROM t", "SELECT * FROM t"] {
            let read =
                connection.prepare(sql).and_then(|mut one| one.query_row([], |row| row.get::<_, i64>(0)));
            assert!(read.unwrap_err().to_string().contains("are not here"), "{sql}");
        }
    }
}
