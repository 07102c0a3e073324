//! What lies in a lake: its tables with their columns and files, where they come from, how amounts are converted.

use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{checksum, disk};

/// The layout version this program writes and reads.
pub const LAYOUT: u32 = 1;

/// The end of the name of a note on a raw file.
pub const NOTE: &str = ".reading.json";

/// What lies in a lake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout version, [`LAYOUT`].
    pub layout: u32,
    /// Program and version that wrote it.
    pub writer: String,
    /// Where the data come from, with the attribution that each source asks for.
    pub sources: Vec<String>,
    /// What the demo was made from; nothing for a lake of real data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demo: Option<Demo>,
    /// How amounts are converted.
    #[serde(default)]
    pub conversion: Conversion,
    /// The files that the tables are made from, as received.
    #[serde(default)]
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    #[serde(default)]
    pub made_by: String,
    /// Fingerprint of that statement with all that it read.
    #[serde(default)]
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

/// A file of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Path below the lake, with `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl File {
    /// Whether the file is at a place, as far as its size tells. A note on a raw file is small, and may be another one of that
    /// size.
    #[must_use]
    pub fn is_at(&self, place: &Path) -> bool {
        let is_note = self.path.starts_with("raw/") && self.path.ends_with(NOTE);
        place.metadata().is_ok_and(|found| found.len() == self.size)
            && (!is_note || checksum::of_file(place).is_ok_and(|(_, sha256)| sha256 == self.sha256))
    }
}

/// Why a lake cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// There is no manifest.
    #[error("no lake at {}", .0.display())]
    Missing(PathBuf),
    /// The manifest was written by another layout.
    #[error("the lake at {} has layout {found}, this program reads layout {LAYOUT}", .root.display())]
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
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|source| LakeError::Manifest { path, source })?;
        manifest.checked(root)
    }

    /// The manifest, if its layout is the one that this program reads.
    pub(super) fn checked(self, root: &Path) -> Result<Self, LakeError> {
        match self.layout {
            LAYOUT => Ok(self),
            found => Err(LakeError::Layout { root: root.into(), found }),
        }
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
        let text = serde_json::to_vec_pretty(self)
            .map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
        disk::write(&path, &text).map_err(|source| LakeError::Io { path, source })
    }
}

/// Where the manifest of the lake in a folder lies.
#[must_use]
pub fn manifest_path(root: &Path) -> PathBuf {
    root.join("_saldo").join("manifest.json")
}
