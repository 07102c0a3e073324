//! The table of converted lines, made by Athena from the statement that DuckDB runs here.
//!
//! ```text
//! spark::stage ─► check   the folders have the files of the manifest, and no others
//!                 Asked   tables of the run in the catalogue: the two that are read, as the manifest has them, and an empty one
//!                         whose files come to lie in staging; a statement for each hundred months
//!                 keep    what came, looked into file by file, as a job of Spark would tell of it
//! spark::taken            becomes the lake's, as what Spark made does
//! ```
//!
//! All tables of a run are the run's own: what the catalogue says of the lake's is not relied on, and nothing is left of them.

use std::collections::BTreeMap;
use std::iter;
use std::path::Path;

use chrono::NaiveDate;
use serde_json::json;
use tempfile::TempDir;

use super::database::Scratch;
use super::error::{PipelineError, stage_failed};
use super::files;
use super::spark::Submitted;
use super::stages::{STAGES, Stage};
use super::write;
use crate::checksum::sha256;
use crate::dialect::Dialect;
use crate::dialect::translation::translated;
use crate::lake::catalog::{Catalogue, TEMPORARY};
use crate::lake::error::PlaceError;
use crate::lake::folder::Folder;
use crate::lake::place::STAGING;
use crate::lake::selection::{NO_VALUE, partition};
use crate::lake::{Column, File, Manifest, Table};
use crate::sql::{quote_name, quote_text};

/// The table that is made, and the one whose months are its months.
pub const TABLE: &str = "processed";
const LEADER: &str = "banktxn";
/// Athena writes to so many partitions in one statement.
const MONTHS: usize = 100;
/// The file beside a run's plan that names the statement under way.
const STATEMENT: &str = "statement.id";

/// What Athena is asked for.
#[derive(Debug)]
pub struct Asked {
    /// The tables of the run.
    pub tables: Catalogue,
    pub inserts: Vec<Insert>,
    /// The columns that come, but for the month's.
    columns: Vec<Column>,
}

/// A statement that writes some months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    pub sql: String,
    pub months: usize,
    /// Bytes of the files that it reads.
    pub bytes: u64,
}

/// How the tables are called of all runs of the lake at a URL. It has one run at a time.
#[must_use]
pub fn names(url: &str) -> String {
    format!("{TEMPORARY}{}_", &sha256(url)[..8])
}

impl Asked {
    /// What makes the table of a run of the lake at a URL, by way of a database of the catalogue.
    ///
    /// # Errors
    /// When the lake's tables do not have the columns that the statement reads.
    pub fn of(submitted: &Submitted, url: &str, database: &str) -> Result<Self, PipelineError> {
        let (stage, lake) = (stage()?, submitted.lake());
        let run = submitted.run.rsplit('-').next().unwrap_or_default();
        let name = |table: &str| format!("{}{run}_{table}", names(url));
        let (scratch, select) = empty(stage, lake)?;
        let columns = write::columns(&scratch, &select).map_err(stage_failed(stage.name))?;
        let read: Vec<_> =
            lake.tables.iter().filter(|table| stage.reads.contains(&&*table.name)).cloned().collect();
        let keys = ["year", "month"].map(|key| Column { name: key.into(), sql_type: "INTEGER".into() });
        let made = Table {
            name: stage.name.into(),
            partitioned: true,
            columns: columns.iter().cloned().chain(keys).collect(),
            ..Table::default()
        };
        let of = |tables: Vec<Table>, url: &str| {
            let manifest = Manifest { conversion: lake.conversion.clone(), tables, ..Manifest::default() };
            Catalogue::of(&manifest, url, database, false).map_err(stage_failed(stage.name))
        };
        let mut tables = of(read, url)?.tables;
        tables.extend(of(vec![made], &format!("{url}/{}", submitted.folder()))?.tables);
        let tables = tables.into_iter().map(|(table, mut entry)| {
            // Folders say 06, which a number would not.
            entry.keys.iter_mut().for_each(|key| key.hive = "string".into());
            entry.properties.insert("parquet.compression".into(), "ZSTD".into());
            (name(&table), entry)
        });
        let tables = Catalogue { database: database.into(), tables: tables.collect() };
        let place = |table: &str| format!("{}.{}", quote_name(database), quote_name(&name(table)));
        let inserts = inserts(stage, lake, &columns, &place)?;
        Ok(Self { tables, inserts, columns })
    }

    /// Bytes that all statements read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.inserts.iter().map(|insert| insert.bytes).sum()
    }
}

/// Refuses a lake that has other files than its manifest names: Athena reads whole folders.
///
/// # Errors
/// When a file is none of its table's, or is not as the manifest says; or the bucket cannot be read.
pub fn check(folder: &Folder, submitted: &Submitted, url: &str) -> Result<(), PipelineError> {
    let (stage, lake) = (stage()?, submitted.lake());
    for table in lake.tables.iter().filter(|table| stage.reads.contains(&&*table.name)) {
        let mut there = folder.list(&table.name)?;
        if let Some(file) = table.files.iter().find(|file| there.remove(&file.path) != Some(file.size)) {
            return Err(PlaceError::Changed { place: url.into(), path: file.path.clone() }.into());
        }
        // What its engine does not look at, and objects that stand for folders.
        let is_read = |(path, size): &(String, u64)| {
            *size > 0 && !path.split('/').any(|part| part.is_empty() || part.starts_with(['.', '_']))
        };
        if let Some((path, _)) = there.into_iter().find(is_read) {
            return Err(PipelineError::Stray { path, table: table.name.clone() });
        }
    }
    Ok(())
}

/// Notes beside a run which statement of it is under way.
///
/// # Errors
/// When the bucket cannot be written.
pub fn note(folder: &Folder, submitted: &Submitted, id: &str) -> Result<(), PipelineError> {
    Ok(folder.write(&format!("{}/{STATEMENT}", submitted.folder()), id.as_bytes())?)
}

/// The statements that were under way when something ended runs of the lake.
///
/// # Errors
/// When the bucket cannot be read.
pub fn noted(folder: &Folder) -> Result<Vec<String>, PipelineError> {
    let mut ids = Vec::new();
    for path in folder.list(STAGING)?.into_keys().filter(|path| path.ends_with(STATEMENT)) {
        let text = folder.read(&path)?.unwrap_or_default();
        ids.push(String::from_utf8_lossy(&text).into_owned());
    }
    Ok(ids)
}

fn stage() -> Result<&'static Stage, PipelineError> {
    let stage = STAGES.iter().find(|stage| stage.name == TABLE);
    stage.ok_or_else(|| PipelineError::Stage { stage: TABLE, message: "there is no such stage".into() })
}

/// The SELECT of a stage over tables without a row, in the database that has them: it tells the columns that DuckDB makes.
fn empty(stage: &'static Stage, lake: &Manifest) -> Result<(Scratch, String), PipelineError> {
    let failed = stage_failed(stage.name);
    let scratch = Scratch::open().map_err(&failed)?;
    let mut views: Vec<_> = stage
        .settings_view(&lake.conversion)
        .map(|view| format!("CREATE VIEW settings AS {view}"))
        .into_iter()
        .collect();
    for table in lake.tables.iter().filter(|table| stage.reads.contains(&&*table.name)) {
        let column =
            |column: &Column| format!("CAST(NULL AS {}) AS {}", column.sql_type, quote_name(&column.name));
        let columns: Vec<_> = own(table).iter().map(column).collect();
        views.push(format!("CREATE VIEW {} AS SELECT {} WHERE FALSE", table.name, columns.join(", ")));
    }
    scratch.execute_batch(&views.join("; ")).map_err(&failed)?;
    Ok((scratch, format!("SELECT * FROM ({}\n) AS stage", stage.statement(&lake.conversion))))
}

/// The columns that stand in a table's files: those of the folders' names stand last.
fn own(table: &Table) -> &[Column] {
    let keys = if table.partitioned { 2 } else { 0 };
    &table.columns[..table.columns.len().saturating_sub(keys)]
}

/// The statements, each of which reads some months of the leading table, and all of the others.
fn inserts(
    stage: &'static Stage,
    lake: &Manifest,
    columns: &[Column],
    place: &dyn Fn(&str) -> String,
) -> Result<Vec<Insert>, PipelineError> {
    let failed = stage_failed(stage.name);
    let date = stage.partition.unwrap_or_default();
    // What is said of the translation is for a person who reads it.
    let translated = translated(&stage.statement(&lake.conversion), Dialect::Athena).map_err(&failed)?;
    let select: Vec<_> = translated.lines().skip_while(|line| line.starts_with("--")).collect();
    let cast =
        |column: &Column| format!("CAST({0} AS {1}) AS {0}", quote_name(&column.name), column.sql_type);
    let mut shown: Vec<_> = columns.iter().map(cast).collect();
    for (part, digits) in [("year", 4), ("month", 2)] {
        let number = format!("CAST(EXTRACT({part} FROM {date}) AS VARCHAR)");
        shown.push(format!("LPAD({number}, {digits}, '0') AS {}", quote_name(part)));
    }
    let (mut months, mut others, mut inputs) = (BTreeMap::<_, u64>::new(), 0, Vec::new());
    for table in lake.tables.iter().filter(|table| stage.reads.contains(&&*table.name)) {
        let names: Vec<_> = own(table).iter().map(|column| quote_name(&column.name)).collect();
        inputs.push((&*table.name, format!("SELECT {} FROM {}", names.join(", "), place(&table.name))));
        let times = times(&table.name, &select);
        for file in &table.files {
            let bytes = file.size.saturating_mul(times);
            if table.name == LEADER {
                let month: Vec<_> = partition(&file.path).map(|(_, value)| value.to_owned()).collect();
                *months.entry(month).or_default() += bytes;
            } else {
                others += bytes;
            }
        }
    }
    let months: Vec<_> = months.into_iter().collect();
    let insert = |some: &[(Vec<String>, u64)]| {
        let with = inputs.iter().map(|(table, select)| {
            let only = if *table == LEADER { format!("\n  WHERE {}", within(some)) } else { String::new() };
            format!("{table} AS (\n  {select}{only}\n)")
        });
        let settings = stage.settings_view(&lake.conversion).map(|view| format!("settings AS ({view})"));
        let with: Vec<_> = with.chain(settings).collect();
        Insert {
            sql: format!(
                "INSERT INTO {}\nWITH {}\nSELECT\n  {}\nFROM (\n{}\n) AS stage",
                place(stage.name),
                with.join(",\n"),
                shown.join(",\n  "),
                select.join("\n")
            ),
            months: some.len(),
            bytes: others + some.iter().map(|(_, bytes)| bytes).sum::<u64>(),
        }
    };
    Ok(months.chunks(MONTHS).map(insert).collect())
}

/// How often a statement reads a table: Athena goes through its files as often.
fn times(table: &str, lines: &[&str]) -> u64 {
    let words: Vec<_> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
    let reads =
        |pair: &&[&str]| ["FROM", "JOIN"].contains(&pair[0]) && pair[1].trim_end_matches(')') == table;
    (words.windows(2).filter(reads).count() as u64).max(1)
}

/// The condition for some months, by the folders' names; rows without a date have none.
fn within(months: &[(Vec<String>, u64)]) -> String {
    let mut years: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (month, _) in months {
        if let [year, month] = month.as_slice() {
            years.entry(year).or_default().push(quote_text(month));
        }
    }
    let one = |(year, months): (&&str, &Vec<String>)| match *year {
        NO_VALUE => "\"year\" IS NULL".to_owned(),
        year => format!("\"year\" = {} AND \"month\" IN ({})", quote_text(year), months.join(", ")),
    };
    years.iter().map(one).collect::<Vec<_>>().join(" OR ")
}

/// Looks into each file that came, gives it the name of one of the lake's, and notes what there is, as a job of Spark does at its
/// end; false when it was told to stop.
///
/// # Errors
/// When a file has other columns than DuckDB would have written, or the bucket cannot be used.
pub fn keep(
    folder: &Folder,
    submitted: &Submitted,
    asked: &Asked,
    stops: &dyn Fn() -> bool,
) -> Result<bool, PipelineError> {
    let (stage, base) = (stage()?, submitted.folder());
    let scratch = folder.scratch()?;
    let connection = Scratch::open().map_err(stage_failed(stage.name))?;
    let (mut files, mut rows, mut newest) = (Vec::new(), 0, None::<NaiveDate>);
    for (path, size) in folder.list(&format!("{base}/{}", stage.name))? {
        if stops() {
            return Ok(false);
        }
        // An object that stands for a folder.
        if path.ends_with('/') || size == 0 {
            continue;
        }
        let here = scratch.path().join("one.parquet");
        let gone = || PipelineError::Spark(format!("{path} is gone"));
        let sha256 = folder.fetch(&path, &here)?.ok_or_else(gone)?;
        let select = files::read(iter::once(here.as_path()));
        let (mut columns, count, date) = write::describe(&connection, &select, stage)?;
        columns.truncate(columns.len().saturating_sub(2));
        if columns != asked.columns {
            return Err(PipelineError::Spark(format!("{path} has other columns than were asked for")));
        }
        // Athena's names have no end, by which others know what a file is.
        let named = if path.ends_with(".parquet") { path.clone() } else { format!("{path}.parquet") };
        if named != path && !folder.rename(&path, &named)? {
            return Err(gone());
        }
        rows += count;
        newest = newest.max(date.map(|newest| newest.date));
        files.push(File { path: below(&base, &named), size, sha256 });
    }
    if files.is_empty() {
        files.push(without_rows(folder, submitted, stage, &scratch)?);
    }
    let table = json!({ "rows": rows, "newest": newest, "files": files });
    let said = json!({ "run": submitted.run, "tables": { TABLE: table } });
    folder.write(&format!("{base}/result/part-0"), said.to_string().as_bytes())?;
    Ok(true)
}

/// A table without a row has a file too, which tells its columns.
fn without_rows(
    folder: &Folder,
    submitted: &Submitted,
    stage: &'static Stage,
    scratch: &TempDir,
) -> Result<File, PipelineError> {
    let (connection, select) = empty(stage, submitted.lake())?;
    let copy = format!(
        "COPY ({select}) TO {} (FORMAT parquet)",
        files::quoted(&scratch.path().join("none.parquet"))
    );
    connection.execute_batch(&copy).map_err(stage_failed(stage.name))?;
    let File { size, sha256, .. } = files::file(scratch.path(), "none.parquet".into())?;
    let path = format!("{}/year={NO_VALUE}/month={NO_VALUE}/none.parquet", stage.name);
    folder.put(vec![(scratch.path().join("none.parquet"), format!("{}/{path}", submitted.folder()))])?;
    Ok(File { path, size, sha256 })
}

fn below(base: &str, path: &str) -> String {
    Path::new(path).strip_prefix(base).unwrap_or(Path::new(path)).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::foreign_words;
    use crate::lake::Conversion;

    const COLUMNS: [(&str, &str); 14] = [
        ("account_no", "VARCHAR"),
        ("booking_date", "DATE"),
        ("value_date", "DATE"),
        ("transaction_details", "VARCHAR"),
        ("chq_no", "VARCHAR"),
        ("withdrawal_amt", "DECIMAL(18,2)"),
        ("withdrawal_currency", "VARCHAR"),
        ("deposit_amt", "DECIMAL(18,2)"),
        ("deposit_currency", "VARCHAR"),
        ("balance_amt", "DECIMAL(18,2)"),
        ("flags", "VARCHAR"),
        ("txn_key", "VARCHAR"),
        ("source_file", "VARCHAR"),
        ("line_no", "BIGINT"),
    ];
    const RATES: [(&str, &str); 8] = [
        ("rate_day", "DATE"),
        ("currency", "VARCHAR"),
        ("rate_status", "VARCHAR"),
        ("rate_date", "DATE"),
        ("rate_age_days", "INTEGER"),
        ("rate_source", "VARCHAR"),
        ("base_per_unit", "DECIMAL(28,12)"),
        ("usd_per_unit", "DECIMAL(28,12)"),
    ];

    fn table(name: &str, columns: &[(&str, &str)], files: Vec<String>) -> Table {
        let column =
            |(name, sql_type): &(&str, &str)| Column { name: (*name).into(), sql_type: (*sql_type).into() };
        let file = |path| File { path, size: 10, sha256: String::new() };
        let mut columns: Vec<_> = columns.iter().map(column).collect();
        let partitioned = files[0].contains('=');
        if partitioned {
            columns.extend(["year", "month"].map(|key| column(&(key, "INTEGER"))));
        }
        Table {
            name: name.into(),
            partitioned,
            columns,
            files: files.into_iter().map(file).collect(),
            ..Table::default()
        }
    }

    /// A lake with lines of so many months, and of none.
    fn lake(months: usize) -> Manifest {
        let month = |n: usize| format!("banktxn/year={}/month={:02}/a.parquet", 2000 + n / 12, n % 12 + 1);
        let none = format!("banktxn/year={NO_VALUE}/month={NO_VALUE}/a.parquet");
        let files = (0..months).map(month).chain([none]).collect();
        let tables = vec![
            table("banktxn", &COLUMNS, files),
            table("daily_rates", &RATES, vec!["daily_rates/a.parquet".into()]),
        ];
        let conversion = Conversion { base: "EUR".into(), ..Conversion::default() };
        Manifest { conversion, tables, ..Manifest::default() }
    }

    fn all(months: usize) -> Vec<Insert> {
        let (stage, lake) = (stage().unwrap(), lake(months));
        let (scratch, select) = empty(stage, &lake).unwrap();
        let columns = write::columns(&scratch, &select).unwrap();
        inserts(stage, &lake, &columns, &|table| format!("\"db\".\"t_{table}\"")).unwrap()
    }

    #[test]
    fn each_statement_writes_a_hundred_months_at_most_and_each_month_is_written_once() {
        let inserts = all(250);
        assert_eq!(inserts.iter().map(|insert| insert.months).collect::<Vec<_>>(), [100, 100, 51]);
        // Each reads the rates anew, and for both sides of a line.
        assert_eq!(inserts.iter().map(|insert| insert.bytes).collect::<Vec<_>>(), [1020, 1020, 530]);
        let whole: String = inserts.iter().map(|insert| insert.sql.as_str()).collect();
        let years: BTreeMap<_, _> =
            whole.split("\"year\" = '").skip(1).map(|part| (&part[..4], part)).collect();
        assert_eq!(years.len(), 21);
        let count = |text: &str| -> usize {
            let list = text.split("\"month\" IN (").nth(1).unwrap().split(')').next().unwrap();
            list.split(", ").count()
        };
        assert_eq!(whole.split("\"year\" = '").skip(1).map(count).sum::<usize>(), 250);
        assert_eq!(whole.matches("\"year\" IS NULL").count(), 1);
        assert!(inserts.iter().all(|insert| insert.sql.len() < 262_144), "Athena takes no longer text");
    }

    #[test]
    fn the_statement_is_the_stages_own_in_words_of_athena_with_the_types_of_duckdb() {
        let sql = &all(1)[0].sql;
        assert!(sql.starts_with("INSERT INTO \"db\".\"t_processed\"\nWITH banktxn AS ("), "{sql}");
        assert!(
            sql.contains("CAST(\"withdrawal_eur_amt\" AS DECIMAL(28,6)) AS \"withdrawal_eur_amt\""),
            "{sql}"
        );
        assert!(sql.contains("settings AS (SELECT 'EUR' AS base_currency, 'value' AS dated_by)"), "{sql}");
        assert!(
            sql.contains(
                "LPAD(CAST(EXTRACT(month FROM value_date) AS VARCHAR), 2, '0') AS \"month\"\nFROM ("
            ),
            "{sql}"
        );
        assert!(foreign_words(sql, Dialect::Athena).is_empty(), "{:?}", foreign_words(sql, Dialect::Athena));
        assert!(!sql.contains("--"), "{sql}");
    }

    #[test]
    fn the_tables_of_a_run_are_its_own_and_only_those_of_its_lake_go() {
        assert_eq!(names("s3://a"), names("s3://a"));
        assert!(names("s3://a") != names("s3://a/b") && names("s3://a").starts_with(TEMPORARY));
    }
}
