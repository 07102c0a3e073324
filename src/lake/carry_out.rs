//! Publishing on the local disk: the journal, from which on it counts; then every file to its place, and the manifest.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::journal::{self, Journal, fresh, work};
use super::manifest::{File, LakeError};
use crate::{checksum, disk, lake};

/// What to do about a file that waits no more and is not in its place either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    Refused,
    /// The manifest names it, so that it is found missing and made again.
    Allowed,
}

/// Makes what waits in the work folder count, then visible.
///
/// # Errors
/// When a new file is not there, or the disk fails.
pub fn publish(root: &Path, journal: &Journal) -> Result<(), LakeError> {
    let files: Vec<_> = journal.moves.iter().map(|path| fresh(root).join(path)).collect();
    disk::sync(root, &files).map_err(at(&fresh(root)))?;
    journal.write(root)?;
    finish(root, journal, Lost::Refused)
}

/// The same for files that another program made in a folder, which keeps them: whoever is cut off begins anew.
///
/// # Errors
/// When a file is not there, or the disk fails.
pub fn adopt(root: &Path, made: &Path, journal: &Journal) -> Result<(), LakeError> {
    for path in &journal.moves {
        let (from, to) = (made.join(path), fresh(root).join(path));
        fs::create_dir_all(disk::folder_of(&to)).map_err(at(&to))?;
        match fs::hard_link(&from, &to) {
            // A copy onto the file itself would empty it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(at(&to)(error)),
            // Not every disk has links.
            Err(_) => fs::copy(&from, &to).map(drop).map_err(at(&from))?,
            Ok(()) => {}
        }
    }
    publish(root, journal)
}

/// Does what the journal says; what is done already is skipped.
///
/// # Errors
/// When a file is lost, or the disk fails.
pub fn finish(root: &Path, journal: &Journal, lost: Lost) -> Result<(), LakeError> {
    let named: BTreeMap<&str, &File> =
        journal.manifest.raw.iter().chain(journal.manifest.files()).map(|file| (&*file.path, file)).collect();
    for path in &journal.moves {
        let (from, to) = (fresh(root).join(path), root.join(path));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        match disk::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if lost == Lost::Refused && !is_in_place(&to, named.get(path.as_str()).copied()) {
                    return Err(LakeError::Lost(to));
                }
            }
            done => done.map_err(at(&to))?,
        }
    }
    for path in &journal.removes {
        let place = root.join(path);
        lake::remove(root, &place).map_err(at(&place))?;
    }
    // A journal that is gone must not leave names behind that the power can still undo.
    let moved: Vec<_> =
        journal.moves.iter().map(|path| root.join(path)).filter(|path| path.exists()).collect();
    disk::sync(root, &moved).map_err(at(root))?;
    journal.manifest.write(root)?;
    let path = journal::path(root);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&path)(error)),
        _ => {}
    }
    clear(&work(root))
}

/// Removes a folder that may not be there.
///
/// # Errors
/// When the disk fails.
pub fn clear(folder: &Path) -> Result<(), LakeError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// Whether a file that waits no more was put where it belongs before.
fn is_in_place(place: &Path, named: Option<&File>) -> bool {
    let found = checksum::of_file(place);
    found.is_ok_and(|found| named.is_none_or(|file| found == (file.size, file.sha256.clone())))
}

fn at(path: &Path) -> impl Fn(io::Error) -> LakeError {
    move |source| LakeError::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_named_twice_is_refused_and_stays_whole() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made");
        fs::create_dir_all(made.join("t")).unwrap();
        fs::write(made.join("t/a.parquet"), "rows").unwrap();
        let moves = vec!["t/a.parquet".to_owned(); 2];
        let error = adopt(folder.path(), &made, &Journal { moves, ..Journal::default() }).unwrap_err();
        let LakeError::Io { source, .. } = error else { panic!("{error}") };
        assert_eq!(source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(made.join("t/a.parquet")).unwrap(), b"rows");
    }
}
