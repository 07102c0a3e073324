//! The file of a person's own keys.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::keymap::Keymap;
use super::keymap::own::OwnKeys;
use crate::disk;

/// Why a person's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("cannot read {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}, line {line}: {message}", .path.display())]
    Invalid { path: PathBuf, line: usize, message: String },
}

/// The keys as they count for the person; a file that is not there changes none.
///
/// # Errors
/// When it cannot be read, or at the first line that is not an action with its keys or gives a key two meanings.
pub fn load(path: &Path) -> Result<Keymap, KeysError> {
    let invalid = |(line, message)| KeysError::Invalid { path: path.into(), line, message };
    match fs::read_to_string(path) {
        Ok(text) => OwnKeys::keymap(&text).map_err(invalid),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Keymap::default()),
        Err(source) => Err(KeysError::Io { path: path.into(), source }),
    }
}

/// Keeps the text of a person's keys.
///
/// # Errors
/// When the disk fails; the file is then as it was.
pub fn save(path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(disk::folder_of(path))?;
    disk::write(path, text.as_bytes())
}
