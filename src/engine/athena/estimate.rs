//! What a statement would scan at most, before it is sent: its tables, the partitions that its conditions keep, and of
//! their files the columns that it names.

mod files;
mod partitions;
mod scans;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_glue::types::Table;

use self::scans::{Reading, Scan};
use super::catalog;
use super::client::Client;
use super::{execution, fault};
use crate::engine::cells::base64;
use crate::engine::{EngineError, ErrorKind, Estimate};
use crate::lake::remote::stored::Stored;
use crate::sql::{self, Kind};
use crate::target::{Dollars, Target};
use crate::value;

/// Views in views.
const DEEPEST: usize = 8;
/// What stands before and after the definition of a view.
const VIEW: (&str, &str) = ("/* Presto View: ", " */");

/// Counts what a statement would scan.
pub(super) async fn of(
    client: &Client,
    target: &Target,
    sql: &str,
    price: Dollars,
) -> Result<Estimate, EngineError> {
    catalog::is_glue(target)?;
    let mut count = Count { client, target, bytes: 0, basis: Vec::new(), known: HashMap::new() };
    match scans::of(sql) {
        Some(reading) => count.reading(&reading, catalog::database(target), 0).await?,
        None => count.names(sql).await?,
    }
    let bytes = count.bytes;
    let basis = if count.basis.is_empty() { "it reads no table".to_owned() } else { count.basis.join("; ") };
    let cost = Some(Dollars::of_bytes(execution::billed(bytes), price));
    Ok(Estimate { bytes, cost, basis })
}

struct Count<'a> {
    client: &'a Client,
    target: &'a Target,
    bytes: u64,
    basis: Vec<String>,
    /// Tables that were looked at, with their files.
    known: HashMap<(String, String), Arc<Known>>,
}

struct Known {
    table: Table,
    /// Names and types of the partitions' columns, in lower case.
    keys: Vec<(String, String)>,
    partitions: Vec<Part>,
}

/// A partition, or the whole of a table that has none.
struct Part {
    values: Vec<String>,
    files: Vec<Stored>,
}

impl Count<'_> {
    async fn reading(&mut self, reading: &Reading, database: &str, depth: usize) -> Result<(), EngineError> {
        if reading.is_recursive {
            self.basis.push("a recursive query may read its tables more often".to_owned());
        }
        for scan in &reading.scans {
            Box::pin(self.scan(scan, &reading.names, database, depth)).await?;
        }
        Ok(())
    }

    /// Of a statement that is not understood: every table that it names, whole.
    async fn names(&mut self, sql: &str) -> Result<(), EngineError> {
        let names =
            sql::tokens(sql).into_iter().filter(|token| matches!(token.kind, Kind::Name | Kind::Quoted));
        let names: Vec<_> = names.map(|token| sql[token.range].trim_matches('"').to_lowercase()).collect();
        self.basis
            .push("the statement was not understood, so every table that it names counts whole".to_owned());
        let database = catalog::database(self.target).to_owned();
        for table in catalog::tables_of(self.client, &database).await? {
            for _ in names.iter().filter(|name| **name == table.name.to_lowercase()) {
                let scan = Scan { table: vec![table.name.clone()], has_star: true, tests: Vec::new() };
                Box::pin(self.scan(&scan, &BTreeSet::new(), &database, 0)).await?;
            }
        }
        Ok(())
    }

    async fn scan(
        &mut self,
        scan: &Scan,
        names: &BTreeSet<String>,
        database: &str,
        depth: usize,
    ) -> Result<(), EngineError> {
        let (database, name) = match scan.table.as_slice() {
            [name] => (database.to_owned(), name.clone()),
            [database, name] => (database.clone(), name.clone()),
            [catalog, database, name] if catalog == catalog::OWN => (database.clone(), name.clone()),
            parts => return Err(cannot_tell(&parts.join("."), "it is no table of Glue's catalogue")),
        };
        if database == "information_schema" || name.contains('$') {
            return Ok(());
        }
        let known = self.known(&database, &name).await?;
        if let Some(view) = definition(&known.table) {
            let (sql, database) =
                view.ok_or_else(|| cannot_tell(&name, "its definition is not understood"))?;
            let reading = scans::of(&sql).filter(|_| depth < DEEPEST);
            let reading = reading.ok_or_else(|| cannot_tell(&name, "its definition is not understood"))?;
            let database = database.unwrap_or_else(|| catalog::database(self.target).to_owned());
            return self.reading(&reading, &database, depth + 1).await;
        }
        let kept: Vec<_> = known
            .partitions
            .iter()
            .filter(|part| partitions::keeps(&known.keys, &part.values, &scan.tests))
            .collect();
        let files: Vec<_> = kept.iter().flat_map(|part| &part.files).collect();
        let storage = known.table.storage_descriptor();
        let all = storage.map_or(0, |storage| storage.columns().len());
        let own = storage.map_or(&[][..], |storage| storage.columns()).iter();
        let own: BTreeSet<_> =
            own.map(|column| column.name().to_lowercase()).filter(|name| names.contains(name)).collect();
        let is_parquet = storage
            .and_then(|storage| storage.input_format())
            .is_some_and(|format| format.to_lowercase().contains("parquet"));
        let columns = (is_parquet && !scan.has_star && own.len() < all).then_some(&own);
        let found = files::read(self.client, &files, columns).await?;
        self.bytes += found.bytes;
        let mut words = Vec::new();
        if !known.keys.is_empty() {
            words.push(format!("{} of {} partitions", kept.len(), known.partitions.len()));
        }
        words.push(match columns {
            Some(columns) => format!("{} of {all} columns", columns.len()),
            None => format!("all {all} columns"),
        });
        words.push(value::counted(files.len() as u64, "file"));
        if columns.is_some() && found.large < files.len() {
            words.push(format!("{} of them small and read whole", files.len() - found.large));
        }
        if found.large > 0 {
            words.push(format!("footers of {} of {}", found.footers, found.large));
        }
        self.basis.push(format!("{name}: {}", words.join(", ")));
        Ok(())
    }

    async fn known(&mut self, database: &str, name: &str) -> Result<Arc<Known>, EngineError> {
        let key = (database.to_owned(), name.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(self.look(database, name).await?);
        self.known.insert(key, Arc::clone(&known));
        Ok(known)
    }

    async fn look(&self, database: &str, name: &str) -> Result<Known, EngineError> {
        let table = catalog::table(self.client, database, name).await?;
        let key = |column: &aws_sdk_glue::types::Column| {
            (column.name().to_lowercase(), column.r#type().unwrap_or_default().to_lowercase())
        };
        let keys: Vec<_> = table.partition_keys().iter().map(key).collect();
        let mut known = Known { keys, partitions: Vec::new(), table };
        if definition(&known.table).is_some() {
            return Ok(known);
        }
        let place = known.table.storage_descriptor().and_then(|storage| storage.location());
        let place = place.ok_or_else(|| cannot_tell(name, "it lies nowhere"))?;
        let files = self.list(place).await?;
        let parameters = known.table.parameters();
        let is_projected = parameters
            .and_then(|set| set.get("projection.enabled"))
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // Partitions that are computed are registered nowhere: all that lies there counts.
        if known.keys.is_empty() || is_projected {
            known.keys.clear();
            known.partitions.push(Part { values: Vec::new(), files });
            return Ok(known);
        }
        for partition in catalog::partitions_of(self.client, database, name).await? {
            let of_partition = partition.storage_descriptor().and_then(|storage| storage.location());
            let of_partition =
                of_partition.ok_or_else(|| cannot_tell(name, "a partition of it lies nowhere"))?;
            let files = if is_below(of_partition, place) {
                below(&files, of_partition).to_vec()
            } else {
                self.list(of_partition).await?
            };
            known.partitions.push(Part { values: partition.values().to_vec(), files });
        }
        Ok(known)
    }

    /// The files that are data: by custom, names with these marks before them are none.
    async fn list(&self, place: &str) -> Result<Vec<Stored>, EngineError> {
        let listed = self.client.buckets.list(place).await.map_err(|error| fault::of_place(&error))?;
        let is_data = |file: &Stored| {
            let name = file.url.rsplit('/').next().unwrap_or_default();
            !name.is_empty() && !name.starts_with(['_', '.'])
        };
        let mut files: Vec<_> = listed.into_iter().filter(is_data).collect();
        files.sort_unstable_by(|a, b| a.url.cmp(&b.url));
        Ok(files)
    }
}

/// A folder's address as the files below it begin.
fn beginning(folder: &str) -> String {
    format!("{}/", folder.replacen("s3a://", "s3://", 1).trim_end_matches('/'))
}

fn is_below(place: &str, folder: &str) -> bool {
    beginning(place).starts_with(&beginning(folder))
}

/// Of files in the order of their addresses those below a folder.
fn below<'a>(files: &'a [Stored], folder: &str) -> &'a [Stored] {
    let folder = beginning(folder);
    let start = files.partition_point(|file| file.url < folder);
    let count = files[start..].partition_point(|file| file.url.starts_with(&folder));
    &files[start..start + count]
}

/// The statement of a view and its database; `Some(None)` when it is a view of another kind.
#[expect(clippy::option_option, reason = "no view, a view that is not understood, a view")]
fn definition(table: &Table) -> Option<Option<(String, Option<String>)>> {
    #[derive(serde::Deserialize)]
    struct View {
        #[serde(rename = "originalSql")]
        sql: String,
        schema: Option<String>,
    }
    if table.table_type() != Some("VIRTUAL_VIEW") {
        return None;
    }
    let text = table.view_original_text().unwrap_or_default();
    let inner = text.strip_prefix(VIEW.0).and_then(|text| text.strip_suffix(VIEW.1));
    let view = inner.and_then(|text| serde_json::from_slice::<View>(&base64(text)?).ok());
    Some(view.map(|view| (view.sql, view.schema)))
}

fn cannot_tell(name: &str, why: &str) -> EngineError {
    EngineError::new(ErrorKind::Other, format!("what {name} would scan cannot be told: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_beginning_of_a_name() {
        assert!(is_below("s3://b/t/year=1/a", "s3://b/t/year=1/"));
        assert!(is_below("s3://b/t/year=1/a", "s3a://b/t/year=1"));
        assert!(!is_below("s3://b/t/year=10/a", "s3://b/t/year=1"));
        let urls = ["s3://b/t/year=1/a", "s3://b/t/year=1/b", "s3://b/t/year=10/a"];
        let files = urls.map(|url| Stored { url: url.into(), size: 1, etag: None });
        assert_eq!(below(&files, "s3a://b/t/year=1"), &files[..2]);
        assert_eq!(below(&files, "s3://b/t/year=2/"), &[]);
    }

    #[test]
    fn a_view_is_read_from_its_definition() {
        // {"originalSql":"SELECT a FROM t","schema":"l"}
        let text = "/* Presto View: eyJvcmlnaW5hbFNxbCI6IlNFTEVDVCBhIEZST00gdCIsInNjaGVtYSI6ImwifQ== */";
        let view = |text: &str| {
            Table::builder().name("v").table_type("VIRTUAL_VIEW").view_original_text(text).build().unwrap()
        };
        assert_eq!(definition(&view(text)), Some(Some(("SELECT a FROM t".into(), Some("l".into())))));
        assert_eq!(definition(&view("SELECT 1")), Some(None));
        assert_eq!(definition(&Table::builder().name("t").build().unwrap()), None);
    }
}
