//! What a catalogue, AWS Glue's, should say of a lake on S3: databases, tables, columns with exact types, partitions.
//!
//! ```text
//! manifest ─► Catalogue ─┬─ ddl ─► statements for Athena and Spectrum
//!        Glue ─► Catalogue ─┴─ diff ─► what is new, changed, gone ─► glue
//! ```

pub mod ddl;
pub mod diff;
#[cfg(feature = "remote")]
pub mod glue;
#[cfg(not(feature = "remote"))]
#[path = "catalog/without_glue.rs"]
pub mod glue;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::manifest::{Column, Manifest, Table};
use super::selection::{NO_VALUE, partition};

/// What a catalogue says, or should say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    pub database: String,
    /// By name.
    pub tables: BTreeMap<String, Entry>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    pub comment: String,
    pub columns: Vec<Field>,
    /// Columns whose values stand in the folders' names.
    pub keys: Vec<Field>,
    /// `s3://bucket/prefix/table/`.
    pub location: String,
    /// Those of ours: the form of the files, and the projection of partitions.
    pub properties: BTreeMap<String, String>,
    /// By the values of the keys; empty where partitions are projected.
    pub partitions: BTreeMap<Vec<String>, Part>,
}

/// A column with its type as Hive writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    pub name: String,
    pub hive: String,
    pub comment: String,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// `s3://bucket/prefix/table/year=2017/month=06/`.
    pub location: String,
    /// Its columns where they are told, without comments.
    pub columns: Vec<(String, String)>,
}

/// A column whose type no catalogue has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the column {column} of {table} is {sql_type}, for which Hive has no type")]
pub struct NoType {
    pub table: String,
    pub column: String,
    pub sql_type: String,
}

/// How tables are called that a run of this program makes for itself, and drops again.
pub const TEMPORARY: &str = "saldo_run_";

/// Years beyond the newest for which partitions are projected: what lies outside of the range is not found.
const AHEAD: i64 = 10;

impl Catalogue {
    /// What a catalogue should say of the lake at a URL. `projected` partitions are told by a rule instead of one by one,
    /// where all rows have values for the keys.
    ///
    /// # Errors
    /// When a column has a type that Hive does not know.
    pub fn of(manifest: &Manifest, url: &str, database: &str, projected: bool) -> Result<Self, NoType> {
        let comments = Comments::load();
        let base = manifest.conversion.base.to_ascii_lowercase();
        let mut tables = BTreeMap::new();
        for table in &manifest.tables {
            let mut entry = Entry::of(table, url, &comments, &base)?;
            if projected {
                entry.project();
            }
            tables.insert(table.name.to_ascii_lowercase(), entry);
        }
        Ok(Self { database: database.to_owned(), tables })
    }
}

impl Entry {
    fn of(table: &Table, url: &str, comments: &Comments, base: &str) -> Result<Self, NoType> {
        let field = |column: &Column| {
            let hive = hive(&column.sql_type).ok_or_else(|| NoType {
                table: table.name.clone(),
                column: column.name.clone(),
                sql_type: column.sql_type.clone(),
            })?;
            let name = column.name.to_ascii_lowercase();
            Ok(Field { comment: comments.of(&name, base), name, hive })
        };
        // The partition columns stand last.
        let split = table.columns.len().saturating_sub(if table.partitioned { 2 } else { 0 });
        let (own, keys) = table.columns.split_at(split);
        let columns: Vec<_> = own.iter().map(field).collect::<Result<_, _>>()?;
        let types: Vec<_> = columns.iter().map(|field| (field.name.clone(), field.hive.clone())).collect();
        let location = format!("{url}/{}/", table.name);
        let mut partitions = BTreeMap::new();
        for file in table.files.iter().filter(|_| table.partitioned) {
            let values: Vec<_> = partition(&file.path).map(|(_, value)| value.to_owned()).collect();
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let part = Part { location: format!("{url}/{folder}/"), columns: types.clone() };
            partitions.insert(values, part);
        }
        Ok(Self {
            comment: comments.tables.get(&table.name).cloned().unwrap_or_default(),
            columns,
            keys: keys.iter().map(field).collect::<Result<_, _>>()?,
            location,
            properties: BTreeMap::from([("classification".to_owned(), "parquet".to_owned())]),
            partitions,
        })
    }

    /// Tells the partitions by a rule. One of rows without a value has no place in it: then they stay as they are.
    fn project(&mut self) {
        if self.keys.is_empty() || self.partitions.keys().flatten().any(|value| value == NO_VALUE) {
            return;
        }
        let mut rules = vec![("projection.enabled".to_owned(), "true".to_owned())];
        let mut template = self.location.clone();
        for (at, key) in self.keys.iter().enumerate() {
            let values = || self.partitions.keys().filter_map(|values| values.get(at)?.parse::<i64>().ok());
            let Some((first, last)) = values().min().zip(values().max()) else { return };
            let digits = self.partitions.keys().filter_map(|values| values.get(at)).map(String::len).max();
            let range = if key.name == "month" { "1,12".into() } else { format!("{first},{}", last + AHEAD) };
            let rule = |name: &str, value: String| (format!("projection.{}.{name}", key.name), value);
            rules.push(rule("type", "integer".into()));
            rules.push(rule("range", range));
            rules.push(rule("digits", digits.unwrap_or(1).to_string()));
            template.extend([&key.name, "=${", &key.name, "}/"]);
        }
        rules.push(("storage.location.template".to_owned(), template));
        self.properties.extend(rules);
        self.partitions.clear();
    }
}

/// Whether a property of a table is one that we set.
#[must_use]
pub fn is_ours(property: &str) -> bool {
    property == "classification"
        || property.starts_with("projection.")
        || property == "storage.location.template"
}

/// SQL types as DuckDB writes them, and what Hive calls those of the same Parquet type.
const TYPES: &[(&str, &str)] = &[
    ("VARCHAR", "string"),
    ("BOOLEAN", "boolean"),
    ("TINYINT", "int"),
    ("SMALLINT", "int"),
    ("INTEGER", "int"),
    ("BIGINT", "bigint"),
    ("FLOAT", "float"),
    ("DOUBLE", "double"),
    ("DATE", "date"),
    ("TIMESTAMP", "timestamp"),
    ("TIMESTAMP_MS", "timestamp"),
    ("TIMESTAMP WITH TIME ZONE", "timestamp"),
    ("BLOB", "binary"),
];

fn hive(sql_type: &str) -> Option<String> {
    if let Some((_, hive)) = TYPES.iter().find(|(name, _)| *name == sql_type) {
        return Some((*hive).to_owned());
    }
    sql_type.starts_with("DECIMAL(").then(|| sql_type.to_ascii_lowercase())
}

/// What is said of tables and columns.
#[derive(Debug, Default, Deserialize)]
struct Comments {
    tables: BTreeMap<String, String>,
    columns: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
    base: BTreeMap<String, String>,
}

impl Comments {
    fn load() -> Self {
        // A test reads it.
        toml::from_str(include_str!("catalog/comments.toml")).unwrap_or_default()
    }

    fn of(&self, column: &str, base: &str) -> String {
        let usual = column.replace(&format!("_{base}_"), "_base_");
        let found =
            self.columns.get(column).or_else(|| self.keys.get(column)).or_else(|| self.base.get(&usual));
        found.cloned().unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::lake::File;

    /// A lake of a table with partitions and one without.
    pub(in crate::lake) fn manifest() -> Manifest {
        let column =
            |(name, sql_type): &(&str, &str)| Column { name: (*name).into(), sql_type: (*sql_type).into() };
        let file = |path: &&str| File { path: (*path).into(), size: 1, sha256: String::new() };
        let table = |name: &str, columns: &[(&str, &str)], files: &[&str]| Table {
            name: name.into(),
            partitioned: files.iter().any(|path| path.contains('=')),
            columns: columns.iter().map(column).collect(),
            files: files.iter().map(file).collect(),
            ..Table::default()
        };
        let processed = [
            ("account_no", "VARCHAR"),
            ("deposit_sgd_amt", "DECIMAL(28,6)"),
            ("line_no", "BIGINT"),
            ("year", "INTEGER"),
            ("month", "INTEGER"),
        ];
        let files = [
            "processed/year=2017/month=06/a.parquet",
            "processed/year=2017/month=06/b.parquet",
            "processed/year=2018/month=11/a.parquet",
        ];
        let dates = [("fecha", "DATE"), ("dia_habil", "BOOLEAN"), ("at", "TIMESTAMP")];
        let tables =
            vec![table("processed", &processed, &files), table("dates", &dates, &["dates/a.parquet"])];
        Manifest { tables, ..Manifest::default() }
    }

    pub(in crate::lake) fn catalogue(projected: bool) -> Catalogue {
        Catalogue::of(&manifest(), "s3://fin-lake/prod", "pyspark-database", projected).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_has_exact_types_comments_and_a_partition_for_each_folder() {
        let catalogue = samples::catalogue(false);
        let processed = &catalogue.tables["processed"];
        let types: Vec<_> = processed.columns.iter().map(|field| (&*field.name, &*field.hive)).collect();
        assert_eq!(
            types,
            [("account_no", "string"), ("deposit_sgd_amt", "decimal(28,6)"), ("line_no", "bigint")]
        );
        assert_eq!(processed.columns[1].comment, "Amount deposited, in the base currency");
        let partitions: Vec<_> =
            processed.partitions.iter().map(|(values, part)| (values.join("/"), &*part.location)).collect();
        assert_eq!(
            partitions,
            [
                ("2017/06".to_owned(), "s3://fin-lake/prod/processed/year=2017/month=06/"),
                ("2018/11".to_owned(), "s3://fin-lake/prod/processed/year=2018/month=11/"),
            ]
        );
        assert!(catalogue.tables["dates"].partitions.is_empty() && catalogue.tables["dates"].keys.is_empty());
    }

    #[test]
    fn projected_partitions_are_a_rule_unless_rows_have_no_value() {
        let processed = &samples::catalogue(true).tables["processed"];
        let rules: Vec<_> =
            processed.properties.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            rules,
            [
                "classification=parquet",
                "projection.enabled=true",
                "projection.month.digits=2",
                "projection.month.range=1,12",
                "projection.month.type=integer",
                "projection.year.digits=4",
                "projection.year.range=2017,2028",
                "projection.year.type=integer",
                "storage.location.template=s3://fin-lake/prod/processed/year=${year}/month=${month}/",
            ]
        );
        assert!(processed.partitions.is_empty());
        let mut manifest = samples::manifest();
        manifest.tables[0].files[0].path = format!("processed/year={NO_VALUE}/month={NO_VALUE}/a.parquet");
        let catalogue = Catalogue::of(&manifest, "s3://fin-lake/prod", "db", true).unwrap();
        assert_eq!(catalogue.tables["processed"].properties.len(), 1);
        assert_eq!(catalogue.tables["processed"].partitions.len(), 3);
    }

    #[test]
    fn a_type_that_hive_does_not_know_is_told() {
        let mut manifest = samples::manifest();
        manifest.tables[0].columns[0].sql_type = "UUID".into();
        let error = Catalogue::of(&manifest, "s3://b", "db", false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the column account_no of processed is UUID, for which Hive has no type"
        );
    }

    #[test]
    fn every_comment_fits_glue() {
        let comments = Comments::load();
        let all: Vec<_> = [&comments.tables, &comments.columns, &comments.keys, &comments.base]
            .into_iter()
            .flatten()
            .collect();
        assert!(all.len() > 70);
        for (name, comment) in all {
            assert!(!comment.is_empty() && comment.len() < 255 && !comment.contains('\n'), "{name}");
        }
    }
}
