//! Files that are there whole or not at all, also after the power failed.
//!
//! ```text
//! a temporary name in the same folder ─► all bytes ─► fsync ─► rename ─► fsync of the folder
//! ```
//!
//! Rights are those of the file that is replaced, else what the umask leaves.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, PersistError};

/// So many files are synced one by one; more of them all at once, with whatever else waits for the disk.
#[cfg(target_os = "linux")]
const SINGLY: usize = 32;

/// A file under a temporary name, on its way to be kept; gone when it is dropped before.
#[derive(Debug)]
pub struct Draft(NamedTempFile);

impl Draft {
    /// Begins a file in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn within(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut builder = Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(folder).map(Self)
    }

    /// Begins a file in a folder with what another one has.
    fn copied(from: &Path, folder: &Path) -> io::Result<Self> {
        let mut copy = Self::within(folder)?;
        io::copy(&mut File::open(from)?, copy.file_mut())?;
        Ok(copy)
    }

    /// Begins a file in the folder of the one that it will be.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn beside(path: &Path) -> io::Result<Self> {
        Self::within(folder_of(path))
    }

    /// Where it lies until it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The open file.
    #[must_use]
    pub fn file(&self) -> &File {
        self.0.as_file()
    }

    /// The open file, to write into.
    pub fn file_mut(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Gives it its name, in place of a file that has it.
    ///
    /// # Errors
    /// When the disk fails; a file of that name is then as it was.
    pub fn keep(self, path: &Path) -> io::Result<()> {
        if let Ok(former) = fs::metadata(path) {
            self.file().set_permissions(former.permissions())?;
        }
        self.named(path, |file| file.persist(path))
    }

    /// Gives it its name, unless a file has it: [`io::ErrorKind::AlreadyExists`].
    ///
    /// # Errors
    /// When there is one, or the disk fails.
    pub fn keep_new(self, path: &Path) -> io::Result<()> {
        self.named(path, |file| file.persist_noclobber(path))
    }

    fn named(
        self,
        path: &Path,
        name: impl Fn(NamedTempFile) -> Result<File, PersistError>,
    ) -> io::Result<()> {
        self.file().sync_all()?;
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        match name(self.0) {
            // The name is on another disk.
            Err(PersistError { error, file }) if error.kind() == io::ErrorKind::CrossesDevices => {
                let copy = Self::copied(file.path(), folder)?;
                copy.file().set_permissions(file.as_file().metadata()?.permissions())?;
                return copy.named(path, name);
            }
            named => named.map_err(|error| error.error)?,
        };
        sync_folder(folder)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes a file of these bytes.
///
/// # Errors
/// When the disk fails; a file of that name is then as it was.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = Draft::beside(path)?;
    draft.write_all(bytes)?;
    draft.keep(path)
}

/// Writes a file of what `content` puts into it.
///
/// # Errors
/// When that fails, or the disk does; a file of that name is then as it was.
pub fn write_with<T, E: From<io::Error>>(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<&File>) -> Result<T, E>,
) -> Result<T, E> {
    let draft = Draft::beside(path)?;
    let mut out = BufWriter::new(draft.file());
    let done = content(&mut out)?;
    out.flush()?;
    drop(out);
    draft.keep(path)?;
    Ok(done)
}

/// Opens a file to which lines are added, in its folder, which is made where it is missing. A new one is for the person
/// alone: what is kept so names accounts and people.
///
/// # Errors
/// When the disk fails.
pub fn private_log(path: &Path) -> io::Result<File> {
    fs::create_dir_all(folder_of(path))?;
    private(OpenOptions::new().append(true).create(true)).open(path)
}

/// Makes a file for the person alone, unless there is one of that name: [`io::ErrorKind::AlreadyExists`].
///
/// # Errors
/// When there is one, or the disk fails.
pub fn private_new(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Makes of a new file one that only the person may read.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Waits until nobody else holds the lock of this name, and holds it until it is dropped; a disk without locks has one user.
///
/// # Errors
/// When the disk fails.
pub fn lock(path: &Path) -> io::Result<File> {
    held(private_log(path)?)
}

/// Works while nobody else holds the lock of this name, which several people may take, and which is gone afterwards.
///
/// # Errors
/// When the disk fails.
pub fn alone<T>(path: &Path, work: impl FnOnce() -> T) -> io::Result<T> {
    loop {
        let lock = match OpenOptions::new().append(true).create(true).open(path) {
            // That of whoever made it can be held as well, unless it is gone by now.
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied && path.exists() => File::open(path),
            opened => opened,
        };
        let lock = held(lock?)?;
        // Whoever held it before has removed it, and another one may be there.
        if is_at(&lock, path) {
            let done = work();
            // One that stays is taken next time.
            let _ = fs::remove_file(path);
            return Ok(done);
        }
    }
}

/// Whether a file that is open is the one of this name.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let number = |found: fs::Metadata| (found.dev(), found.ino());
        let own = file.metadata().map(number).ok();
        own.is_some() && own == fs::metadata(path).map(number).ok()
    }
    #[cfg(not(unix))]
    path.exists()
}

fn held(file: File) -> io::Result<File> {
    match file.lock() {
        Err(why) if why.kind() != io::ErrorKind::Unsupported => Err(why),
        _ => Ok(file),
    }
}

/// Makes a folder that nobody else reads, and those above it; one that is there stays as it is.
///
/// # Errors
/// When the disk fails.
pub fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.recursive(true).create(path)
}

/// Waits until files below `root` that were written before, and the folders from there on that name them, are on the disk.
///
/// # Errors
/// When one of them is missing, or the disk fails.
pub fn sync(root: &Path, files: &[PathBuf]) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if let [first, ..] = files
        && files.len() > SINGLY
    {
        for file in files {
            fs::metadata(file).map_err(|error| located(file, &error))?;
        }
        return rustix::fs::syncfs(File::open(first)?).map_err(io::Error::from);
    }
    for file in files {
        File::open(file).and_then(|file| file.sync_all()).map_err(|error| located(file, &error))?;
        // A folder that is new is named by the one above it. Above the root nothing is ours, and may not even be opened.
        for folder in file.ancestors().skip(1).take(3).take_while(|folder| folder.starts_with(root)) {
            sync_folder(if folder == Path::new("") { Path::new(".") } else { folder })?;
        }
    }
    Ok(())
}

/// Gives a file another name, also on another disk, where it is there whole or not at all.
///
/// # Errors
/// When it is missing, or a disk fails.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(why) if why.kind() == io::ErrorKind::CrossesDevices => {
            Draft::copied(from, folder_of(to))?.keep(to)?;
            fs::remove_file(from)
        }
        renamed => renamed,
    }
}

/// Waits until the names in a folder are on the disk.
///
/// # Errors
/// When it cannot be opened, or the disk fails.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened, and its names are written with the files.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A path of a folder that a statement of SQL can name, which is Unicode; the folder's own path wherever that is. Where
/// the system cannot give another one, the path stays as it is.
#[must_use]
pub fn nameable(folder: &Path) -> PathBuf {
    #[cfg(target_os = "linux")]
    if folder.to_str().is_none()
        && let Ok(open) = File::open(folder)
    {
        use std::os::fd::IntoRawFd;
        // It stays open, and so reachable by its number, for as long as the program lives.
        return PathBuf::from(format!("/proc/self/fd/{}", open.into_raw_fd()));
    }
    folder.into()
}

/// The folder of a file, `.` where its path names none.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

fn located(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a");
        write(&path, b"one").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        let failed: io::Result<()> = write_with(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("the source ended"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the source ended");
        assert_eq!(
            (fs::read(&path).unwrap(), names(&folder.path().join("new"))),
            (b"one".into(), vec!["a".into()])
        );
        let count: io::Result<u8> = write_with(&path, |out| out.write_all(b"two").map(|()| 2));
        assert_eq!((count.unwrap(), fs::read(&path).unwrap()), (2, b"two".to_vec()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_gets_its_name_on_another_disk_too() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        // Of memory, where the system has it.
        let Ok(other) = tempfile::tempdir_in("/dev/shm") else { return };
        let disk = |folder: &Path| fs::metadata(folder).unwrap().dev();
        if disk(folder.path()) == disk(other.path()) {
            return;
        }
        let path = other.path().join("a");
        let draft = |text: &[u8]| {
            let mut draft = Draft::within(folder.path()).unwrap();
            draft.write_all(text).unwrap();
            draft
        };
        draft(b"one").keep_new(&path).unwrap();
        assert_eq!(draft(b"two").keep_new(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        draft(b"two").keep(&path).unwrap();
        let from = folder.path().join("b");
        write(&from, b"three").unwrap();
        rename(&from, &other.path().join("b")).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(other.path().join("b")).unwrap()),
            (b"two".into(), b"three".into())
        );
        assert_eq!((names(folder.path()), names(other.path()).len()), (Vec::new(), 2));
    }

    #[test]
    fn a_name_that_is_taken_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let draft = || {
            let mut draft = Draft::beside(&path).unwrap();
            draft.write_all(b"x").unwrap();
            draft
        };
        draft().keep_new(&path).unwrap();
        assert_eq!(draft().keep_new(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        drop(draft());
        assert_eq!(names(folder.path()), ["a"], "what is not kept leaves nothing");
    }

    #[cfg(unix)]
    #[test]
    fn rights_are_those_of_any_new_file_or_of_the_one_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        fs::write(folder.path().join("usual"), "").unwrap();
        let path = folder.path().join("a");
        write(&path, b"one").unwrap();
        assert_eq!(mode("a"), mode("usual"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(mode("a"), 0o640);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_whose_name_is_not_unicode_has_another_one() {
        use std::os::unix::ffi::OsStrExt;
        let parent = tempfile::tempdir().unwrap();
        assert_eq!(nameable(parent.path()), parent.path());
        let folder = parent.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
        assert_eq!(nameable(&folder), folder, "it is not there");
        fs::create_dir(&folder).unwrap();
        let name = nameable(&folder);
        write(&name.join("a"), b"x").unwrap();
        assert!(name.to_str().is_some() && folder.join("a").exists());
    }

    #[test]
    fn few_files_and_many_are_synced_and_a_missing_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut files: Vec<_> = (0..50).map(|number| folder.path().join(number.to_string())).collect();
        for file in &files {
            fs::write(file, "x").unwrap();
        }
        sync(folder.path(), &files).unwrap();
        sync(folder.path(), &files[..2]).unwrap();
        files.push(folder.path().join("gone"));
        assert!(sync(folder.path(), &files).unwrap_err().to_string().contains("gone"));
        assert!(sync(folder.path(), &files[49..]).unwrap_err().to_string().contains("gone"));
    }

    #[test]
    fn many_work_one_after_the_other_and_leave_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (lock, count) = (folder.path().join("lock"), folder.path().join("count"));
        fs::write(&count, "0").unwrap();
        let add = || {
            let former: u32 = fs::read_to_string(&count).unwrap().parse().unwrap();
            std::thread::yield_now();
            fs::write(&count, (former + 1).to_string()).unwrap();
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..50).for_each(|_| alone(&lock, add).unwrap()));
            }
        });
        assert_eq!((fs::read_to_string(&count).unwrap().as_str(), lock.exists()), ("400", false));
    }
}
