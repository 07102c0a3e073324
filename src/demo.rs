//! The demo lake: real exchange rates, invented statements and balances, the same for the same seed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::lake::{Demo, Lake, LakeError};
use crate::pipeline::{self, PipelineError, Run, WRITER, commit};

mod accounts;
mod balances;
mod dice;
mod line;
mod statement;

/// Lines of the bank statement, when none are asked for: as many as a well-known public set has.
pub const ROWS: u64 = 116_201;
/// The seed, when none is asked for.
pub const SEED: u64 = 1;
/// The rates that come with the program, as the European Central Bank publishes them.
const RATES: &[u8] = include_bytes!("../assets/eurofxref-hist.csv.gz");
/// What the manifest says about the origin of the data.
const SOURCES: [&str; 2] = [
    "Exchange rates: European Central Bank (ECB), euro foreign exchange reference rates, 1999-01-04 to 2026-10-30",
    "Bank statements and daily balances: invented, made by saldo demo",
];
/// Folders in which earlier versions built a lake begin so.
const BUILDING: &str = ".saldo-demo-";

/// Which lake to build, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Folder of the lake.
    pub lake: PathBuf,
    /// Lines of the bank statement.
    pub rows: u64,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// Why there is no demo lake.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder holds something else, which is not ours to remove.
    #[error("{} exists and is not a lake, so it is left alone", .0.display())]
    NotALake(PathBuf),
    /// The folder holds a lake that was not made by the demo.
    #[error("the lake at {} is not known to be a demo, so it is left alone", .0.display())]
    NotADemo(PathBuf),
    /// A stage failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The finished lake cannot be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Disk trouble.
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Whether a lake is the one that these options would build, with all its files.
#[must_use]
pub fn is_current(lake: &Lake, options: &Options) -> bool {
    let same = lake.manifest.demo == Some(Demo { seed: options.seed, rows: options.rows });
    // Of a lake on S3, what is not here lies in the bucket.
    let whole = |file: &crate::lake::File| lake.origin().is_some() || lake.is_here(file);
    same && lake.manifest.writer == WRITER && lake.manifest.files().all(whole)
}

/// Builds the lake in its own work folder and puts it in place when it is whole; a lake that was there before stays until
/// then, and what a build leaves that is killed goes with the next one that writes.
///
/// # Errors
/// When the place holds anything but a demo lake, when a stage fails, or the disk does.
pub fn build(options: &Options, progress: &mut pipeline::Progress) -> Result<Lake, DemoError> {
    check_place(&options.lake)?;
    fs::create_dir_all(&options.lake).map_err(io_at(&options.lake))?;
    let root = disk::nameable(&options.lake);
    sweep(&options.lake);
    let building = commit::building(&root)?;
    progress("raw files");
    write_raw(&building, options)?;
    let demo = Some(Demo { seed: options.seed, rows: options.rows });
    let run = Run { root: &building, sources: &SOURCES, demo, conversion: None, only: &[], on_demand: None };
    pipeline::run(&run, progress)?;
    commit::replace(&root)?;
    Ok(Lake::open(&options.lake)?)
}

/// Refuses a place that holds anything but a demo lake or an empty folder; [`build`] begins with it.
///
/// # Errors
/// [`DemoError::NotALake`] or [`DemoError::NotADemo`].
pub fn check_place(place: &Path) -> Result<(), DemoError> {
    match Lake::open(place) {
        Ok(lake) if lake.manifest.demo.is_some() => return Ok(()),
        Ok(lake) if lake.manifest.is_bare() && !place.join("raw").exists() => return Ok(()),
        // One of another layout or with a broken manifest may be anybody's.
        Ok(_) | Err(LakeError::Layout { .. } | LakeError::Manifest { .. }) => {
            return Err(DemoError::NotADemo(place.into()));
        }
        Err(LakeError::Missing(_) | LakeError::Lost(_) | LakeError::Io { .. }) => {}
    }
    let free = match fs::read_dir(place) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        // The folder of its own in which a writer's lock lies may be there.
        Ok(entries) => entries.flatten().all(|entry| entry.file_name() == "_saldo"),
    };
    if free { Ok(()) } else { Err(DemoError::NotALake(place.into())) }
}

fn write_raw(root: &Path, options: &Options) -> Result<(), DemoError> {
    let rates = create(&root.join("raw/rates/source=ecb/eurofxref-hist.csv.gz"))?;
    put(rates, |out| out.write_all(RATES)).map_err(io_at(root))?;
    let bank = create(&root.join("raw/bank/statement.csv"))?;
    put(bank, |out| statement::write(out, options.rows, options.seed)).map_err(io_at(root))?;
    let balances = create(&root.join("raw/balances/saldos.csv"))?;
    put(balances, |out| balances::write(out, options.seed)).map_err(io_at(root))
}

fn create(path: &Path) -> Result<File, DemoError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io_at(folder))?;
    }
    File::create(path).map_err(io_at(path))
}

/// Writes through a buffer and does not lose an error at its end.
fn put(file: File, content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    out.flush()
}

/// Removes what earlier versions left beside the lake when they were killed: folders whose lock nobody holds.
fn sweep(lake: &Path) {
    let Ok(entries) = fs::read_dir(disk::folder_of(lake)) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(BUILDING)
            && let Ok(lock) = File::open(entry.path().join("lock"))
            && lock.try_lock().is_ok()
        {
            // A folder that cannot be removed now is tried again at the next build.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> DemoError {
    move |source| DemoError::Io { path: path.into(), source }
}
