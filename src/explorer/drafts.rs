//! The texts of the editor on disk: one file for each explorer that runs, taken over by the next start once that
//! explorer has ended.
//!
//! ```text
//! <cache>/drafts/<name>.json    the buffers, written whole or not at all
//! <cache>/drafts/<name>.lock    held while the explorer runs; the system lets go of it however the explorer ends
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::message::Draft;

/// A file above this size was not typed by a person.
const LARGEST: u64 = 16 << 20;
/// Explorers of one process and moment, at the most; each needs a name of its own.
const TRIES: u32 = 1_000;

/// Where one explorer keeps its texts.
#[derive(Debug)]
pub struct Drafts {
    folder: PathBuf,
    name: String,
    /// Held until the explorer ends, however that happens.
    _lock: Option<File>,
    /// Files whose texts are ours now; they go once ours are safe.
    taken: Vec<PathBuf>,
}

/// What the explorers before left.
#[derive(Debug, Default)]
pub struct Found {
    /// The texts, those changed last first.
    pub drafts: Vec<Draft>,
    /// What could not be read, in a sentence.
    pub problem: Option<String>,
}

impl Drafts {
    /// A place for this explorer's texts, and the texts of all explorers that have ended.
    #[must_use]
    pub fn open(cache: &Path) -> (Self, Found) {
        let folder = cache.join("drafts");
        let _ = fs::create_dir_all(&folder);
        let mut found = Found::default();
        let mut taken = Vec::new();
        for path in left_behind(cache, &folder) {
            match read(&path) {
                Ok(drafts) => {
                    for draft in drafts {
                        if !found.drafts.iter().any(|known| known.text == draft.text) {
                            found.drafts.push(draft);
                        }
                    }
                    taken.push(path);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => found.problem = Some(put_aside(&path, &error)),
            }
        }
        let (name, lock) = own_name(&folder);
        (Self { folder, name, _lock: lock, taken }, found)
    }

    /// Keeps the texts; only then the files go from which some of them came.
    ///
    /// # Errors
    /// When the disk is full or the folder cannot be written: what was kept before stays.
    pub fn save(&mut self, drafts: &[Draft]) -> io::Result<()> {
        let path = self.folder.join(format!("{}.json", self.name));
        if drafts.is_empty() {
            if path.exists() {
                fs::remove_file(&path)?;
            }
        } else {
            fs::create_dir_all(&self.folder)?;
            let text = serde_json::to_vec(drafts).map_err(io::Error::other)?;
            // Private, as no other file of ours is: statements name accounts and people.
            let mut file = unfinished(&self.name).tempfile_in(&self.folder)?;
            file.write_all(&text)?;
            file.as_file().sync_data()?;
            file.persist(&path).map_err(|error| error.error)?;
        }
        for path in self.taken.drain(..) {
            let _ = fs::remove_file(path.with_extension("lock"));
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

impl Drop for Drafts {
    /// An explorer without a text leaves nothing.
    fn drop(&mut self) {
        let path = self.folder.join(format!("{}.json", self.name));
        if !path.exists() {
            let _ = fs::remove_file(path.with_extension("lock"));
        }
    }
}

/// The files of explorers that have ended, those changed last first.
fn left_behind(cache: &Path, folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut ended: Vec<_> = files.filter(|path| is_free(&path.with_extension("lock"))).collect();
    // Killed before it was whole: what it would have replaced is there.
    for unfinished in ended.iter().filter(|path| path.extension().is_some_and(|end| end == "new")) {
        let _ = fs::remove_file(unfinished);
    }
    ended.retain(|path| path.extension().is_some_and(|end| end == "json"));
    // Where the text was kept when there was one for all explorers.
    let single = Some(cache.join("editor.sql")).filter(|path| path.is_file());
    let mut paths: Vec<_> = ended.into_iter().chain(single).map(|path| (changed(&path), path)).collect();
    paths.sort();
    paths.into_iter().rev().map(|(_, path)| path).collect()
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// Whether nobody holds a lock; a file system without locks counts as free.
fn is_free(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => !matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)),
        Err(_) => true,
    }
}

/// A file on its way to be a draft, by a name that tells whose it is.
fn unfinished(name: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(name).suffix(".new").rand_bytes(0);
    builder
}

/// A name that no other explorer has, with its lock.
fn own_name(folder: &Path) -> (String, Option<File>) {
    for number in 0..TRIES {
        let name = format!("{}-{number}", std::process::id());
        let path = folder.join(format!("{name}.lock"));
        if folder.join(format!("{name}.json")).exists() {
            continue;
        }
        let Ok(file) = File::options().create(true).truncate(false).write(true).open(path) else {
            return (name, None);
        };
        if !matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            let _ = fs::remove_file(folder.join(format!("{name}.new")));
            return (name, Some(file));
        }
    }
    (format!("{}", std::process::id()), None)
}

fn read(path: &Path) -> io::Result<Vec<Draft>> {
    if fs::metadata(path)?.len() > LARGEST {
        return Err(io::Error::other("it is too large to have been typed"));
    }
    let text = fs::read_to_string(path)?;
    if path.extension().is_some_and(|end| end == "json") {
        serde_json::from_str(&text).map_err(io::Error::other)
    } else {
        Ok(vec![Draft { name: String::new(), text }])
    }
}

/// A file that cannot be read stays on disk, out of the way of the next start.
fn put_aside(path: &Path, error: &io::Error) -> String {
    let aside = path.with_extension("unreadable");
    let kept = if fs::rename(path, &aside).is_ok() { aside } else { path.to_owned() };
    format!("a text of the editor could not be read ({error}); it is kept as {}", kept.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft { name: "mine".into(), text: text.into() }
    }

    fn texts(found: &Found) -> Vec<&str> {
        let mut texts: Vec<_> = found.drafts.iter().map(|draft| draft.text.as_str()).collect();
        texts.sort_unstable();
        texts
    }

    #[test]
    fn each_explorer_has_its_own_text_and_the_next_start_offers_all_of_those_that_ended() {
        let cache = tempfile::tempdir().unwrap();
        let (mut first, _) = Drafts::open(cache.path());
        let (mut second, found) = Drafts::open(cache.path());
        assert_eq!(texts(&found), Vec::<&str>::new());
        first.save(&[draft("SELECT 1")]).unwrap();
        second.save(&[draft("SELECT 2")]).unwrap();
        let (third, found) = Drafts::open(cache.path());
        assert_eq!(texts(&found), Vec::<&str>::new(), "both still run");
        drop(third);
        drop((first, second));
        let (mut next, found) = Drafts::open(cache.path());
        assert_eq!(texts(&found), ["SELECT 1", "SELECT 2"]);
        drop(next);
        let found;
        (next, found) = Drafts::open(cache.path());
        assert_eq!(texts(&found), ["SELECT 1", "SELECT 2"], "nothing was saved, so nothing has gone");
        next.save(&found.drafts).unwrap();
        next.save(&[]).unwrap();
        drop(next);
        assert_eq!(fs::read_dir(cache.path().join("drafts")).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_read_stops_no_start_and_stays_on_disk() {
        let cache = tempfile::tempdir().unwrap();
        fs::create_dir(cache.path().join("drafts")).unwrap();
        fs::write(cache.path().join("drafts/1-0.json"), b"[{\"name\":\"\",\"text\":\"\xff\"}]").unwrap();
        let large = File::create(cache.path().join("drafts/2-0.json")).unwrap();
        large.set_len(100 << 20).unwrap();
        fs::write(cache.path().join("drafts/3-0.new"), "[{").unwrap();
        fs::write(cache.path().join("editor.sql"), "SELECT 'of old'").unwrap();
        let (mut drafts, found) = Drafts::open(cache.path());
        assert_eq!(texts(&found), ["SELECT 'of old'"]);
        assert!(found.problem.is_some_and(|problem| problem.contains(".unreadable")));
        drafts.save(&found.drafts).unwrap();
        assert!(!cache.path().join("editor.sql").exists() && !cache.path().join("drafts/3-0.new").exists());
        for name in ["1-0", "2-0"] {
            assert!(cache.path().join("drafts").join(name).with_extension("unreadable").exists());
        }
        let (_, found) = Drafts::open(cache.path());
        assert_eq!(found.problem, None);
    }
}
