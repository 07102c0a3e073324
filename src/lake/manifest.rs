//! What lies in a lake: its tables with their columns and files, where they come from, how amounts are converted.

mod file;
mod lines;

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize, Serializer};

pub use self::file::{File, NOTE};
use crate::disk;

/// The layout version this program writes. The one before has no files by folder.
pub const LAYOUT: u32 = 2;

/// The layouts that this program reads.
const READ: RangeInclusive<u32> = 1..=LAYOUT;

/// What lies in a lake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "Written")]
pub struct Manifest {
    /// Layout version, [`LAYOUT`].
    pub layout: u32,
    /// Program and version that wrote it.
    pub writer: String,
    /// Where the data come from, with the attribution that each source asks for.
    pub sources: Vec<String>,
    /// What the demo was made from; nothing for a lake of real data.
    pub demo: Option<Demo>,
    /// How amounts are converted.
    pub conversion: Conversion,
    /// The files that the tables are made from, as received.
    pub raw: Vec<File>,
    /// In the order of the pipeline.
    pub tables: Vec<Table>,
}

/// How amounts are converted to the base currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// ISO 4217 code of the base currency.
    pub base: String,
    /// Days after which a rate is too old to be used.
    pub max_age_days: u16,
    /// The date whose rate counts: `value` or `booking`.
    pub dated_by: String,
}

impl Default for Conversion {
    fn default() -> Self {
        Self { base: "SGD".into(), max_age_days: 7, dated_by: "value".into() }
    }
}

/// The numbers that a demo lake depends on, besides the program's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demo {
    /// Seed of its random numbers.
    pub seed: u64,
    /// Lines of its bank statement.
    pub rows: u64,
}

/// One table: a folder of Parquet files below the lake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "WrittenTable")]
pub struct Table {
    /// Name of the table and of its folder.
    pub name: String,
    /// Whether the files lie in `year=YYYY/month=MM` folders.
    pub partitioned: bool,
    /// Columns in order, partition columns last.
    pub columns: Vec<Column>,
    /// Rows over all files.
    pub rows: u64,
    /// The column that dates a row, with its newest value.
    pub newest: Option<Newest>,
    /// Every file, by path.
    pub files: Vec<File>,
    /// Fingerprint of the statement that made it.
    pub made_by: String,
    /// Fingerprint of that statement with all that it read.
    pub made_from: String,
}

/// A column with its SQL type as DuckDB writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// SQL type, for example `DECIMAL(20,4)`.
    pub sql_type: String,
}

/// The newest business date of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// Column it was read from.
    pub column: String,
    /// Its maximum.
    pub date: NaiveDate,
}

/// A manifest as it is written. A program that knows no files by folder reads all the same which layout it has.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    layout: u32,
    writer: Cow<'a, str>,
    sources: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    demo: Option<Demo>,
    #[serde(default)]
    conversion: Cow<'a, Conversion>,
    #[serde(default)]
    raw: Vec<Cow<'a, File>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "file")]
    raw_folders: Vec<Cow<'a, File>>,
    tables: Cow<'a, [Table]>,
}

impl From<Written<'_>> for Manifest {
    fn from(written: Written) -> Self {
        Self {
            layout: written.layout,
            writer: written.writer.into_owned(),
            sources: written.sources.into_owned(),
            demo: written.demo,
            conversion: written.conversion.into_owned(),
            raw: file::together(written.raw, written.raw_folders),
            tables: written.tables.into_owned(),
        }
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (raw_folders, raw) = self.raw.iter().map(Cow::Borrowed).partition(|file| file.split().is_some());
        let written = Written {
            layout: self.layout,
            writer: (&self.writer).into(),
            sources: (&self.sources).into(),
            demo: self.demo,
            conversion: Cow::Borrowed(&self.conversion),
            raw,
            raw_folders,
            tables: (&self.tables).into(),
        };
        written.serialize(to)
    }
}

/// A table as it is written: files of partitions by folder, others in a list.
#[derive(Serialize, Deserialize)]
struct WrittenTable<'a> {
    name: Cow<'a, str>,
    partitioned: bool,
    columns: Cow<'a, [Column]>,
    rows: u64,
    newest: Cow<'a, Option<Newest>>,
    files: Vec<Cow<'a, File>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "file")]
    partitions: Vec<Cow<'a, File>>,
    #[serde(default)]
    made_by: Cow<'a, str>,
    #[serde(default)]
    made_from: Cow<'a, str>,
}

impl From<WrittenTable<'_>> for Table {
    fn from(written: WrittenTable) -> Self {
        Self {
            name: written.name.into_owned(),
            partitioned: written.partitioned,
            columns: written.columns.into_owned(),
            rows: written.rows,
            newest: written.newest.into_owned(),
            files: file::together(written.files, written.partitions),
            made_by: written.made_by.into_owned(),
            made_from: written.made_from.into_owned(),
        }
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (partitions, files) =
            self.files.iter().map(Cow::Borrowed).partition(|file| file.is_in_a_partition());
        let written = WrittenTable {
            name: (&self.name).into(),
            partitioned: self.partitioned,
            columns: (&self.columns).into(),
            rows: self.rows,
            newest: Cow::Borrowed(&self.newest),
            files,
            partitions,
            made_by: (&self.made_by).into(),
            made_from: (&self.made_from).into(),
        };
        written.serialize(to)
    }
}

/// Why a lake cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// There is no manifest.
    #[error("no lake at {}", .0.display())]
    Missing(PathBuf),
    /// The manifest was written by another layout.
    #[error("the lake at {} has layout {found}, this program reads layouts up to {LAYOUT}", .root.display())]
    Layout { root: PathBuf, found: u32 },
    /// The manifest is not readable.
    #[error("cannot read the lake's manifest at {}: {source}", .path.display())]
    Manifest { path: PathBuf, source: serde_json::Error },
    /// A run that counts was cut off, and a file that it made is gone.
    #[error("a run that was cut off cannot be completed: {} is lost", .0.display())]
    Lost(PathBuf),
    /// Disk trouble.
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Manifest {
    /// The table of that name, whatever its case.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// Whether the lake was set up and has nothing yet, so that another may come in its place.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.tables.is_empty() && self.raw.is_empty()
    }

    /// Reads the manifest of the lake in a folder.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or its layout is another.
    pub fn read(root: &Path) -> Result<Self, LakeError> {
        let path = manifest_path(root);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(LakeError::Missing(root.into()));
            }
            Err(source) => return Err(LakeError::Io { path, source }),
        };
        Self::parse(root, path, &text)
    }

    /// The manifest of the lake at a place, from its text.
    ///
    /// # Errors
    /// When it cannot be read, or its layout is another.
    pub(super) fn parse(root: &Path, path: PathBuf, text: &[u8]) -> Result<Self, LakeError> {
        #[derive(Deserialize)]
        struct Head {
            layout: u32,
        }
        match serde_json::from_slice::<Self>(text) {
            Ok(manifest) => manifest.checked(root),
            // Another layout may have another form too.
            Err(source) => match serde_json::from_slice(text) {
                Ok(Head { layout: found }) if !READ.contains(&found) => {
                    Err(LakeError::Layout { root: root.into(), found })
                }
                _ => Err(LakeError::Manifest { path, source }),
            },
        }
    }

    /// The manifest as this program writes it, if its layout is one that this program reads.
    pub(super) fn checked(self, root: &Path) -> Result<Self, LakeError> {
        match self.layout {
            found if READ.contains(&found) => Ok(Self { layout: LAYOUT, ..self }),
            found => Err(LakeError::Layout { root: root.into(), found }),
        }
    }

    /// The manifest as it is written.
    ///
    /// # Errors
    /// Never, as far as is known.
    pub(super) fn text(&self) -> serde_json::Result<Vec<u8>> {
        lines::text(self)
    }

    /// Every file of every table.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.tables.iter().flat_map(|table| &table.files)
    }

    /// Writes the manifest, whole or not at all.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), LakeError> {
        let path = manifest_path(root);
        let text = self.text().map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
        disk::write(&path, &text).map_err(|source| LakeError::Io { path, source })
    }
}

/// Where the manifest of the lake in a folder lies.
#[must_use]
pub fn manifest_path(root: &Path) -> PathBuf {
    root.join("_saldo").join("manifest.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> File {
        File { path: path.into(), size: path.len() as u64, sha256: format!("{:064x}", path.len()) }
    }

    fn table(name: &str, partitioned: bool, paths: &[&str]) -> Table {
        let columns = vec![Column { name: "a".into(), sql_type: "DECIMAL(20,4)".into() }];
        let files = paths.iter().copied().map(file).collect();
        Table { name: name.into(), partitioned, columns, files, ..Table::default() }
    }

    fn lake(raw: &[&str], tables: Vec<Table>) -> Manifest {
        let raw = raw.iter().copied().map(file).collect();
        Manifest { layout: LAYOUT, writer: "test".into(), raw, tables, ..Manifest::default() }
    }

    fn text(manifest: &Manifest) -> String {
        String::from_utf8(manifest.text().unwrap()).unwrap()
    }

    fn parse(text: &str) -> Result<Manifest, LakeError> {
        Manifest::parse("lake".as_ref(), "lake/_saldo/manifest.json".into(), text.as_bytes())
    }

    #[test]
    fn a_partition_is_one_line_and_so_is_a_raw_file() {
        let paths = ["t/year=2017/month=06/data_0.parquet", "t/year=2017/month=06/data_1.parquet"];
        let raw = ["raw/bank/a.csv", "raw/bank/b.csv"];
        let dates = table("dates", false, &["dates/data_0.parquet"]);
        let text = text(&lake(&raw, vec![table("t", true, &paths), dates]));
        insta::assert_snapshot!(text, @r#"
        {
          "layout": 2,
          "writer": "test",
          "sources": [],
          "conversion": {
            "base": "SGD",
            "max_age_days": 7,
            "dated_by": "value"
          },
          "raw": [],
          "raw_folders": {
            "raw/bank": [
              ["a.csv", 14, "000000000000000000000000000000000000000000000000000000000000000e"],
              ["b.csv", 14, "000000000000000000000000000000000000000000000000000000000000000e"]
            ]
          },
          "tables": [
            {
              "name": "t",
              "partitioned": true,
              "columns": [
                {"name": "a", "sql_type": "DECIMAL(20,4)"}
              ],
              "rows": 0,
              "newest": null,
              "files": [],
              "partitions": {
                "t/year=2017/month=06": [["data_0.parquet", 35, "0000000000000000000000000000000000000000000000000000000000000023"], ["data_1.parquet", 35, "0000000000000000000000000000000000000000000000000000000000000023"]]
              },
              "made_by": "",
              "made_from": ""
            },
            {
              "name": "dates",
              "partitioned": false,
              "columns": [
                {"name": "a", "sql_type": "DECIMAL(20,4)"}
              ],
              "rows": 0,
              "newest": null,
              "files": [
                {"path": "dates/data_0.parquet", "size": 20, "sha256": "0000000000000000000000000000000000000000000000000000000000000014"}
              ],
              "made_by": "",
              "made_from": ""
            }
          ]
        }
        "#);
    }

    #[test]
    fn every_name_of_a_file_comes_back_as_it_was() {
        let odd = [
            "/t/year=2017/a",
            "été/month=日/\"a\" b.parquet",
            "a=b",
            "t/a.parquet",
            "t/year=2017/a.parquet",
            "t/year=2017/month=06/0.parquet",
            "t/year=2017/month=06/deeper/a.parquet",
            "t/year=2017/month=06/line\nend\\.parquet",
            "t/year=__HIVE_DEFAULT_PARTITION__/a.parquet",
        ];
        let raw = [
            "/raw/a",
            "alone.csv",
            "raw/bank/\"a\".csv",
            "raw/bank/b/c.csv",
            "raw/\u{1f600}.csv",
            "raw/z.csv",
        ];
        let tables =
            vec![table("t", true, &odd), table("empty", true, &[]), table("u", false, &["u/a", "u/b"])];
        let mut made = lake(&raw, tables);
        for files in [&mut made.raw, &mut made.tables[0].files] {
            files.sort_by(File::walked);
        }
        assert_eq!(parse(&text(&made)).unwrap(), made);
        let value: serde_json::Value = serde_json::from_str(&text(&made)).unwrap();
        assert_eq!(serde_json::from_value::<Manifest>(value).unwrap(), made);
    }

    #[test]
    fn a_manifest_of_layout_1_is_read_and_written_as_the_layout_of_now() {
        let old = r#"{"layout": 1, "writer": "test", "sources": [], "raw": [{"path": "raw/a", "size": 5, "sha256": "00"}],
            "tables": [{"name": "t", "partitioned": true, "columns": [], "rows": 1, "newest": null,
                "files": [{"path": "t/year=2017/a", "size": 13, "sha256": "00"}]}]}"#;
        let read = parse(old).unwrap();
        assert_eq!((read.layout, read.raw[0].path.as_str()), (LAYOUT, "raw/a"));
        assert_eq!(read.tables[0].files[0].path, "t/year=2017/a");
        assert_eq!(parse(&text(&read)).unwrap(), read);
    }

    /// What the program before this layout reads a manifest with.
    #[test]
    fn a_program_of_before_reads_which_layout_it_is() {
        #[derive(Deserialize)]
        struct Before {
            layout: u32,
            raw: Vec<File>,
            tables: Vec<TableBefore>,
        }
        #[derive(Deserialize)]
        struct TableBefore {
            files: Vec<File>,
        }
        let made = lake(&["raw/bank/a.csv"], vec![table("t", true, &["t/year=2017/a"])]);
        let before: Before = serde_json::from_str(&text(&made)).unwrap();
        assert_eq!((before.layout, before.raw.len(), before.tables[0].files.len()), (2, 0, 0));
    }

    #[test]
    fn a_damaged_manifest_is_an_error_with_its_place() {
        let whole = text(&lake(&["raw/a"], vec![table("t", true, &["t/year=2017/a", "t/year=2018/a"])]));
        let words = |text: &str| parse(text).unwrap_err().to_string();
        for (was, is) in [
            ("[[\"a\", 13,", "[[\"a\", -13,"),
            ("[[\"a\", 13,", "[[\"a\","),
            ("[[\"a\", 13,", "[[13,"),
            ("\"partitions\": {", "\"partitions\": [{"),
            ("\"t/year=2018\": [", "\"t/year=2018\": "),
        ] {
            assert!(whole.contains(was), "{whole}");
            let words = words(&whole.replacen(was, is, 1));
            assert!(
                words.starts_with("cannot read the lake's manifest at lake/_saldo/manifest.json: "),
                "{words}"
            );
            assert!(words.contains(" at line ") && words.contains(" column "), "{words}");
        }
        assert!(words(&whole[..whole.len() / 2]).contains("EOF while parsing"));
        let newer = "{\"layout\": 3, \"tables\": \"elsewhere\"}";
        assert_eq!(words(newer), "the lake at lake has layout 3, this program reads layouts up to 2");
    }
}
