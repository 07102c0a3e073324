//! A file that takes its name when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file being written; dropped, it leaves what stood under its name before.
pub struct NewFile {
    path: PathBuf,
    form: Form,
}

enum Form {
    /// A file beside the one wanted, so that the rename stays on one disk.
    Beside(NamedTempFile),
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
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = new_in(folder)?;
        if let Some(replaced) = replaced {
            file.as_file().set_permissions(replaced.permissions())?;
        }
        Ok(Self { path, form: Form::Beside(file) })
    }

    /// The file to write to.
    #[must_use]
    pub fn as_file(&self) -> &File {
        match &self.form {
            Form::Beside(file) => file.as_file(),
            Form::InPlace(file) => file,
        }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn keep(self) -> io::Result<()> {
        if let Form::Beside(file) = self.form {
            file.persist(&self.path).map_err(|error| error.error)?;
        }
        Ok(())
    }
}

/// A temporary file is private to its owner unless its rights are named; the umask is taken off these.
#[cfg(unix)]
fn new_in(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_in(folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().tempfile_in(folder)
}
