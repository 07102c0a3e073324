//! A file that takes its name when it is whole, and what is written as it is: a device, a pipe.

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
    Draft(Draft),
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
        // No folder is made: a name that was mistyped should not leave one.
        fs::metadata(disk::folder_of(&path))?;
        let is_file = fs::metadata(&path).map_or(true, |found| found.is_file());
        let form =
            if is_file { Form::Draft(Draft::beside(&path)?) } else { Form::InPlace(File::create(&path)?) };
        Ok(Self { path, form })
    }

    /// The file to write to.
    #[must_use]
    pub fn as_file(&self) -> &File {
        match &self.form {
            Form::Draft(draft) => draft.file(),
            Form::InPlace(file) => file,
        }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn keep(self) -> io::Result<()> {
        match self.form {
            Form::Draft(draft) => draft.keep(&self.path),
            Form::InPlace(_) => Ok(()),
        }
    }
}
