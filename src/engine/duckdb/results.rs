//! Kept results of engines elsewhere as tables: `NAME.parquet` in their folder is `results.NAME`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use ::duckdb::Connection;
use tokio_util::sync::CancellationToken;

use super::error::engine_error;
use super::interrupt::interruptible;
use super::named::Named;
use crate::engine::{EngineError, ErrorKind};
use crate::source::Relation;
use crate::sql::{quote_name, quote_text};

/// Their schema.
pub(super) const SCHEMA: &str = "results";

/// One of them.
pub(super) fn relation(folder: &Path, name: &str) -> Relation {
    let path = folder.join(format!("{name}.parquet"));
    let from = format!("read_parquet({}, hive_partitioning = false)", quote_text(&path.to_string_lossy()));
    Relation { name: name.to_owned(), from, file: Some(path), copies: None }
}

/// The names of all.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<_> =
        names.filter_map(|name| name.strip_suffix(".parquet").map(str::to_owned)).collect();
    names.sort();
    names
}

/// Makes those that are named views as they are now, also what was kept since the database opened; what was removed is
/// none any longer.
pub(super) fn show(
    base: &Connection,
    folder: &Path,
    named: &Named,
    views: &mut HashSet<String>,
    cancel: &CancellationToken,
) -> Result<(), EngineError> {
    let asks_catalog = named.asks_catalog();
    if !asks_catalog && !named.has(SCHEMA) {
        return Ok(());
    }
    let view = |name: &str| format!("{SCHEMA}.{}", quote_name(name));
    let mut names = names(folder);
    let gone = named.names().map(str::to_ascii_lowercase);
    names.extend(gone.filter(|name| views.contains(&view(name))));
    for name in names.iter().filter(|name| asks_catalog || named.has(name)) {
        match interruptible(base, cancel, || show_one(base, &view(name), &relation(folder, name))) {
            Ok(()) => drop(views.insert(view(name))),
            // A damaged one is missing in a list of all; only who names it hears why.
            Err(error) if error.kind == ErrorKind::Cancelled || named.has(name) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(())
}

fn show_one(base: &Connection, view: &str, relation: &Relation) -> Result<(), EngineError> {
    let sql = if relation.file.as_deref().is_some_and(Path::exists) {
        format!("CREATE OR REPLACE VIEW {view} AS SELECT * FROM {}", relation.from)
    } else {
        format!("DROP VIEW IF EXISTS {view}")
    };
    base.execute_batch(&sql).map_err(engine_error)
}
