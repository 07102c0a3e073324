//! All of a run becomes visible, or nothing of it.
//!
//! New files wait in `_saldo/work/new`. When they are on the disk, a journal, written by rename, says what goes where;
//! from then on the run counts, and whoever comes next finishes what it says. Before that, the lake is as it was and the
//! work folder is litter.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::{PipelineError, io_at};
use super::files::{clear, walk};
use super::stages::STAGES;
use crate::lake::journal::{self, Journal};
use crate::lake::{self, File, Manifest};
use crate::{checksum, disk};

pub use crate::lake::journal::{fresh, work};

/// What to do about a file that waits no more and is not in its place either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    Refused,
    /// The manifest names it, so that it is found missing and made again.
    Allowed,
}

/// Makes the run count, then visible.
///
/// # Errors
/// When a new file is not there, or the disk fails.
pub fn commit(root: &Path, journal: &Journal) -> Result<(), PipelineError> {
    let files: Vec<_> = journal.moves.iter().map(|path| fresh(root).join(path)).collect();
    disk::sync(&files).map_err(io_at(&fresh(root)))?;
    journal.write(root)?;
    apply(root, journal, Lost::Refused)
}

/// Finishes a run that counted and was killed, and removes what one left that did not.
///
/// # Errors
/// When a file of that run is lost, or the disk fails.
pub fn recover(root: &Path) -> Result<(), PipelineError> {
    finish(root, Lost::Refused)
}

/// The same where files of that run may be lost: they are then missing in the lake.
///
/// # Errors
/// When the disk fails.
pub fn recover_what_is_left(root: &Path) -> Result<(), PipelineError> {
    finish(root, Lost::Allowed)
}

fn finish(root: &Path, lost: Lost) -> Result<(), PipelineError> {
    sweep(root)?;
    match Journal::read(root)? {
        Some(journal) => apply(root, &journal, lost),
        None => clear(&work(root)),
    }
}

/// The folder in which a whole lake is built that is to be the one of `root`; empty, and on the same disk.
///
/// # Errors
/// When the disk fails.
pub fn building(root: &Path) -> Result<PathBuf, PipelineError> {
    finish(root, Lost::Allowed)?;
    let folder = fresh(root);
    fs::create_dir_all(&folder).map_err(io_at(&folder))?;
    Ok(folder)
}

/// Puts the lake that was made in the folder [`building`] gave in the place of the one that is there.
///
/// # Errors
/// When the disk fails; the former lake then stands.
pub fn replace(root: &Path) -> Result<(), PipelineError> {
    let built = fresh(root);
    let manifest = Manifest::read(&built)?;
    clear(&built.join("_saldo"))?;
    let (moves, former) = (listed(&built)?, listed(root)?);
    let removes = former.difference(&moves).cloned().collect();
    commit(root, &Journal { moves: moves.into_iter().collect(), removes, manifest })
}

/// The files of a lake, raw ones and those of tables, by path below it.
fn listed(root: &Path) -> Result<BTreeSet<String>, PipelineError> {
    let mut found = BTreeSet::new();
    let folders = ["raw"].into_iter().chain(STAGES.iter().map(|stage| stage.name));
    for folder in folders.filter(|folder| root.join(folder).is_dir()) {
        walk(root, folder, &mut |path| {
            found.insert(path);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Removes files that were being written and had not got their name. Whoever wrote them is dead: one writes at a time.
fn sweep(root: &Path) -> Result<(), PipelineError> {
    clear(&root.join("_saldo").join("incoming"))?;
    for folder in ["_saldo", "raw"].into_iter().filter(|folder| root.join(folder).is_dir()) {
        walk(root, folder, &mut |path| {
            let is_nameless = path.rsplit_once('/').is_some_and(|(_, name)| name.starts_with(".tmp"));
            let place = root.join(path);
            // A folder that is left empty goes too: it would pass for a source of rates.
            if is_nameless { lake::remove(root, &place).map_err(io_at(&place)) } else { Ok(()) }
        })?;
    }
    Ok(())
}

/// Does what the journal says; what is done already is skipped.
fn apply(root: &Path, journal: &Journal, lost: Lost) -> Result<(), PipelineError> {
    let named: BTreeMap<&str, &File> =
        journal.manifest.raw.iter().chain(journal.manifest.files()).map(|file| (&*file.path, file)).collect();
    for path in &journal.moves {
        let (from, to) = (fresh(root).join(path), root.join(path));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(io_at(folder))?;
        }
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if lost == Lost::Refused && !is_in_place(&to, named.get(path.as_str()).copied()) {
                    return Err(PipelineError::Lost(to));
                }
            }
            done => done.map_err(io_at(&to))?,
        }
    }
    for path in &journal.removes {
        let place = root.join(path);
        lake::remove(root, &place).map_err(io_at(&place))?;
    }
    // A journal that is gone must not leave names behind that the power can still undo.
    let moved: Vec<_> =
        journal.moves.iter().map(|path| root.join(path)).filter(|path| path.exists()).collect();
    disk::sync(&moved).map_err(io_at(root))?;
    journal.manifest.write(root)?;
    let path = journal::path(root);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_at(&path)(error)),
        _ => {}
    }
    clear(&work(root))
}

/// Whether a file that waits no more was put where it belongs before.
fn is_in_place(place: &Path, named: Option<&File>) -> bool {
    let found = checksum::of_file(place);
    found.is_ok_and(|found| named.is_none_or(|file| found == (file.size, file.sha256.clone())))
}
