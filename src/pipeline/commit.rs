//! All of a run becomes visible, or nothing of it.
//!
//! New files wait in `_saldo/work/new`. A journal, written by rename, says what goes where; from then on the run counts,
//! and whoever comes next finishes what it says. Before that, the lake is as it was and the work folder is litter.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{PipelineError, clear, io_at, write};
use crate::disk;
use crate::lake::{self, LakeError, Manifest};

/// What a run changes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Journal {
    /// Files that wait in the work folder, as paths below the lake.
    pub moves: Vec<String>,
    /// Files that go.
    pub removes: Vec<String>,
    /// What the lake holds afterwards.
    pub manifest: Manifest,
}

/// Where a run builds.
pub fn work(root: &Path) -> PathBuf {
    root.join("_saldo").join("work")
}

/// Where new files wait.
pub fn fresh(root: &Path) -> PathBuf {
    work(root).join("new")
}

fn journal_path(root: &Path) -> PathBuf {
    root.join("_saldo").join("commit.json")
}

/// Makes the run count, then visible.
pub fn commit(root: &Path, journal: &Journal) -> Result<(), PipelineError> {
    let path = journal_path(root);
    let text =
        serde_json::to_vec(journal).map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
    disk::write(&path, &text).map_err(io_at(&path))?;
    apply(root, journal)
}

/// Finishes a run that counted and was killed, and removes what one left that did not.
pub fn recover(root: &Path) -> Result<(), PipelineError> {
    sweep(root)?;
    let path = journal_path(root);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let journal: Journal = serde_json::from_str(&text)
                .map_err(|source| LakeError::Manifest { path: path.clone(), source })?;
            apply(root, &journal)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => clear(&work(root)),
        Err(error) => Err(io_at(&path)(error)),
    }
}

/// Removes files that were being written and had not got their name. Whoever wrote them is dead: one writes at a time.
fn sweep(root: &Path) -> Result<(), PipelineError> {
    clear(&root.join("_saldo").join("incoming"))?;
    for folder in ["_saldo", "raw"].into_iter().filter(|folder| root.join(folder).is_dir()) {
        write::walk(root, folder, &mut |path| {
            let is_nameless = path.rsplit_once('/').is_some_and(|(_, name)| name.starts_with(".tmp"));
            let place = root.join(path);
            // A folder that is left empty goes too: it would pass for a source of rates.
            if is_nameless { lake::remove(root, &place).map_err(io_at(&place)) } else { Ok(()) }
        })?;
    }
    Ok(())
}

/// Does what the journal says; what is done already is skipped.
fn apply(root: &Path, journal: &Journal) -> Result<(), PipelineError> {
    for path in &journal.moves {
        let (from, to) = (fresh(root).join(path), root.join(path));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(io_at(folder))?;
        }
        gone_is_fine(fs::rename(&from, &to)).map_err(io_at(&to))?;
    }
    for path in &journal.removes {
        let place = root.join(path);
        lake::remove(root, &place).map_err(io_at(&place))?;
    }
    journal.manifest.write(root)?;
    let path = journal_path(root);
    gone_is_fine(fs::remove_file(&path)).map_err(io_at(&path))?;
    clear(&work(root))
}

fn gone_is_fine(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
