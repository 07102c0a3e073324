//! The lake: named tables and their Parquet places, as one manifest tells them.
//!
//! A reader sees one run. `<lake>/_saldo/manifest.json` names every file of every table with its size and checksum, and
//! nothing else is read. A run that publishes says in a journal beside it what goes where; from then on it counts, and a
//! reader takes the journal's manifest with the files where they lie just then. Files of both runs have the same names, so
//! whoever reads for long asks [`Lake::is_as_opened`] afterwards: where it is not, the rows may be of two runs.
//!
//! Opening costs a millisecond: the explorer shows tables, columns and age before any engine is open.

mod absent;
pub mod address;
#[cfg(feature = "remote")]
pub(crate) mod aws;
pub mod carry_out;
pub mod catalog;
pub mod error;
pub mod finding;
pub mod folder;
#[cfg(feature = "remote")]
mod footers;
pub mod journal;
pub mod link;
pub mod lock;
mod manifest;
pub mod objects;
pub mod place;
#[cfg_attr(not(feature = "remote"), path = "lake/without_remote.rs")]
pub(crate) mod remote;
pub mod selection;
pub mod snapshot;
pub mod status;
pub mod transfer;
pub mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use chrono::NaiveDate;

use journal::{Journal, Stamp};
use link::{Kind, Link};
pub use manifest::{
    Column, Conversion, Demo, File, LAYOUT, LakeError, Manifest, NOTE, Newest, Table, manifest_path,
};

/// A run that publishes moves files for so long at most; one that takes longer was killed.
const PUBLISHING: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(10);

/// The names of raw files that were forgotten since the last run.
pub const FORGOTTEN: &str = "_saldo/forgotten.json";

/// A file in the folder of a lake that tells which account is whose: `account_no`, `customer`, `name`. No stage makes it, so it is
/// no table of the manifest, and no copy of the lake has it.
pub const CUSTOMERS: &str = "customers.csv";

/// The tables that the pipeline makes, in its order; what is elsewhere is asked for them by these names.
pub const TABLES: [&str; 7] =
    ["response", "banktxn", "daily_rates", "processed", "dates", "transactions", "error_error"];

/// The base currency of a lake, or of the first one to be made.
#[must_use]
pub fn base_currency(lake: Option<&Lake>) -> String {
    lake.map_or_else(|| Conversion::default().base, |lake| lake.manifest.conversion.base.clone())
}

/// A lake on the local disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lake {
    /// Its folder.
    pub root: PathBuf,
    /// What lies in it.
    pub manifest: Manifest,
    /// Files of a run whose publishing was cut off, which still lie where it made them.
    unpublished: BTreeSet<String>,
    /// The lake on S3 that has the files which are not here.
    mirrors: Option<Link>,
    stamp: Stamp,
    told: Told,
}

/// Who is told in words what a lake has to wait for; it does not tell one lake from another.
#[derive(Debug, Clone, Copy, Default)]
struct Told(Option<fn(&str)>);

impl PartialEq for Told {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Told {}

impl Lake {
    /// Opens the lake in a folder by reading its manifest, or the journal of a run that is being published.
    ///
    /// # Errors
    /// When there is no manifest, or it cannot be read, or its layout is another.
    pub fn open(root: &Path) -> Result<Self, LakeError> {
        let begun = Instant::now();
        loop {
            let stamp = Stamp::of(root);
            let is_last = begun.elapsed() >= PUBLISHING;
            if !stamp.is_publishing() || is_last {
                let opened = Self::open_once(root, stamp);
                if is_last || opened.as_ref().map_or_else(|_| stamp == Stamp::of(root), Self::is_as_opened) {
                    return opened;
                }
            }
            thread::sleep(AGAIN);
        }
    }

    fn open_once(root: &Path, stamp: Stamp) -> Result<Self, LakeError> {
        let mirrors = Link::read(root, Kind::Mirror)?;
        let Some(journal) = Journal::read(root)? else {
            let manifest = Manifest::read(root)?;
            let (unpublished, told) = (BTreeSet::new(), Told::default());
            return Ok(Self { root: root.into(), manifest, unpublished, mirrors, stamp, told });
        };
        let waits = |path: &String| journal::fresh(root).join(path).exists();
        let unpublished = journal.moves.into_iter().filter(waits).collect();
        let told = Told::default();
        Ok(Self { root: root.into(), manifest: journal.manifest, unpublished, mirrors, stamp, told })
    }

    /// The same lake, and who is told when files of it are waited for.
    #[must_use]
    pub fn telling(self, say: fn(&str)) -> Self {
        Self { told: Told(Some(say)), ..self }
    }

    /// Whether no run was published since the lake was opened.
    #[must_use]
    pub fn is_as_opened(&self) -> bool {
        self.stamp == Stamp::of(&self.root)
    }

    /// Where a file of a table lies.
    #[must_use]
    pub fn path(&self, file: &File) -> PathBuf {
        let is_waiting = self.unpublished.contains(&file.path);
        if is_waiting { journal::fresh(&self.root).join(&file.path) } else { self.root.join(&file.path) }
    }

    /// The table of that name, whatever its case.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.manifest.table(name)
    }

    /// The newest business date over all tables but the rates, which are published whether there is business or not,
    /// and the faults, which are dated by the clock.
    #[must_use]
    pub fn newest(&self) -> Option<NaiveDate> {
        let no_business = ["response", "error_error"];
        let of_business =
            self.manifest.tables.iter().filter(|table| !no_business.contains(&table.name.as_str()));
        of_business.filter_map(|table| Some(table.newest.as_ref()?.date)).max()
    }

    /// The newest date of each table that has one, by its name in lower case.
    #[must_use]
    pub fn newest_dates(&self) -> BTreeMap<String, NaiveDate> {
        let dated = |table: &Table| Some((table.name.to_ascii_lowercase(), table.newest.as_ref()?.date));
        self.manifest.tables.iter().filter_map(dated).collect()
    }

    /// The glob that names all Parquet files of a table.
    #[must_use]
    pub fn glob(&self, table: &Table) -> String {
        let below = if table.partitioned { "*/*/*.parquet" } else { "*.parquet" };
        self.root.join(&table.name).join(below).to_string_lossy().into_owned()
    }
}

/// Removes a file, and the folders below the root that it leaves empty; a file that is gone is no error.
pub(crate) fn remove(root: &Path, place: &Path) -> io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for folder in place.ancestors().skip(1).take_while(|folder| *folder != root) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
