//! A file that takes its name when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{self, Draft};

/// A file being written; dropped, it leaves what stood under its name before.
pub struct NewFile {
    path: PathBuf,
    form: Form,
}

enum Form {
    /// A file beside the one wanted, so that the rename stays on one disk.
    Beside(Draft),
    /// A device or a pipe is written as it is.
    InPlace(File),
}

impl NewFile {
    /// A file that will stand at `path`, with the rights of the file that it replaces, or those of any new file. A
    /// link is followed.
    ///
    /// # Errors
    /// When its folder is not there or cannot be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let replaced = fs::metadata(&path).ok();
        if replaced.as_ref().is_some_and(|found| !found.is_file()) {
            let form = Form::InPlace(File::create(&path)?);
            return Ok(Self { path, form });
        }
        // A folder that was mistyped is not made.
        fs::metadata(disk::folder_of(&path))?;
        let draft = Draft::beside(&path)?;
        Ok(Self { path, form: Form::Beside(draft) })
    }

    /// The file to write to.
    #[must_use]
    pub fn as_file(&self) -> &File {
        match &self.form {
            Form::Beside(draft) => draft.file(),
            Form::InPlace(file) => file,
        }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn keep(self) -> io::Result<()> {
        match self.form {
            Form::Beside(draft) => draft.keep(&self.path),
            Form::InPlace(_) => Ok(()),
        }
    }
}
