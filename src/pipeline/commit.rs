//! All of a run becomes visible, or nothing of it.
//!
//! New files wait in `_saldo/work/new`. When they are on the disk, a journal, written by rename, says what goes where;
//! from then on the run counts, and whoever comes next finishes what it says. Before that, the lake is as it was and the
//! work folder is litter.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{PipelineError, io_at};
use super::files::{clear, walk, walk_without};
use super::stages::STAGES;
use crate::lake::carry_out::{self, Lost};
use crate::lake::journal::Journal;
use crate::lake::place::STAGING;
use crate::lake::{self, Manifest};

pub use crate::lake::journal::{fresh, work};

/// Makes the run count, then visible.
///
/// # Errors
/// When a new file is not there, or the disk fails.
pub fn commit(root: &Path, journal: &Journal) -> Result<(), PipelineError> {
    Ok(carry_out::publish(root, journal)?)
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
        Some(journal) => Ok(carry_out::finish(root, &journal, lost)?),
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

/// Removes files that were being written and had not got their name. Whoever wrote them is dead: one writes at a time, but for
/// programs elsewhere, which fill the folder of staging.
fn sweep(root: &Path) -> Result<(), PipelineError> {
    clear(&root.join("_saldo").join("incoming"))?;
    for folder in ["_saldo", "raw"].into_iter().filter(|folder| root.join(folder).is_dir()) {
        walk_without(root, folder, STAGING, &mut |path| {
            let is_nameless = path.rsplit_once('/').is_some_and(|(_, name)| name.starts_with(".tmp"));
            let place = root.join(path);
            // A folder that is left empty goes too: it would pass for a source of rates.
            if is_nameless { lake::remove(root, &place).map_err(io_at(&place)) } else { Ok(()) }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_elsewhere_write_is_not_swept() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["_saldo/staging/spark-1/.tmp1", "_saldo/staged/.tmp2", "_saldo/.tmp3"] {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "").unwrap();
        }
        recover(root).unwrap();
        assert!(root.join("_saldo/staging/spark-1/.tmp1").exists());
        assert!(!root.join("_saldo/staged/.tmp2").exists() && !root.join("_saldo/.tmp3").exists());
    }
}
