//! Files of a lake on S3 that nobody has asked for yet: they are named in the mirror's manifest and lie in the bucket alone.

use std::collections::BTreeMap;
use std::path::Path;

use super::address::Remote;
use super::error::PlaceError;
use super::place::Place;
use super::selection::amount;
use super::watch::Bringing;
use super::{File, Lake, Table, remote};

impl Lake {
    /// The lake on S3 whose mirror this is, as messages name it.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.mirrors.as_ref().map(|link| link.url.as_str())
    }

    /// Whether a file is here, as far as its size tells, or of a note its checksum.
    #[must_use]
    pub fn is_here(&self, file: &File) -> bool {
        file.is_at(&self.path(file))
    }

    /// Raw files of a mirror that are as they came from S3, or were put there: their checksums by path below the lake.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn pulled_raw(&self) -> Result<BTreeMap<String, String>, PlaceError> {
        self.remote()?.map_or(Ok(BTreeMap::new()), |remote| remote::pulled_raw(&remote))
    }

    /// Files of a table that lie on S3 alone; none of a lake that is no mirror, whose files are here or lost.
    #[must_use]
    pub fn absent<'t>(&self, table: &'t Table) -> Vec<&'t File> {
        let files = self.mirrors.iter().flat_map(|_| &table.files);
        files.filter(|file| !self.is_here(file)).collect()
    }

    /// Brings those of some files that lie on S3 alone, each checked against its SHA-256; they are here all together or not at all.
    /// What came before it was stopped or cut off is kept for the next time.
    ///
    /// # Errors
    /// [`PlaceError::Republished`] when the lake was published anew since it was opened; or the bucket lost one of them,
    /// or cannot be read.
    pub fn bring(&self, files: &[&File], watch: &Bringing) -> Result<(), PlaceError> {
        let absent: Vec<_> = files.iter().copied().filter(|file| !self.is_here(file)).collect();
        match self.remote()? {
            Some(remote) if !absent.is_empty() => {
                let say = self.told.0.unwrap_or(|_| ());
                remote::bring(&remote, &absent, &|| self.is_as_opened(), watch, say)
            }
            _ => Ok(()),
        }
    }

    /// The same of tables by their names, unless it is more than so many mebibytes.
    ///
    /// # Errors
    /// [`PlaceError::Large`] when it is more; [`PlaceError::Republished`] when one of them is another since the lake was
    /// opened; and as [`Lake::bring`].
    pub fn bring_tables(
        &self,
        is_named: &dyn Fn(&str) -> bool,
        most_mib: Option<u64>,
        say: &dyn Fn(&str),
        watch: &Bringing,
    ) -> Result<(), PlaceError> {
        let Some(origin) = self.origin() else { return Ok(()) };
        let (mut names, mut files) = (Vec::new(), Vec::new());
        let named = || self.manifest.tables.iter().filter(|table| is_named(&table.name));
        if !self.is_as_opened() {
            // Files of the lake that came in its place may have the names and sizes of these.
            let now = Lake::open(&self.root).ok();
            let is_same =
                |table: &Table| now.as_ref()?.table(&table.name).map(|now| now.files == table.files);
            if !named().all(|table| is_same(table) == Some(true)) {
                return Err(PlaceError::Republished { place: origin.to_owned() });
            }
        }
        for table in named() {
            let absent = self.absent(table);
            if !absent.is_empty() {
                names.push(table.name.as_str());
                files.extend(absent);
            }
        }
        let Some(first) = names.first() else { return Ok(()) };
        let bytes = files.iter().fold(0, |sum: u64, file| sum.saturating_add(file.size));
        let words = amount(files.len(), bytes);
        if most_mib.is_some_and(|most| bytes >> 20 >= most) {
            let hint = format!(
                "`saldo pull {first} --where \"year=2017\" --from {origin} --lake DIR` copies a part, --target asks where it \
                 lies, `saldo open {origin}/{first}` looks at it in place; or raise fetch_mib in saldo.toml"
            );
            let what = format!("{}, {words},", names.join(", "));
            return Err(PlaceError::Large { place: origin.to_owned(), what, hint });
        }
        say(&format!("copying {words} from {origin}"));
        self.bring(&files, watch)
    }

    fn remote(&self) -> Result<Option<Remote>, PlaceError> {
        let Some(link) = &self.mirrors else { return Ok(None) };
        let Place::Remote(remote) = Place::parse(link.url.as_ref(), &link.options, Path::new(""))? else {
            return Err(PlaceError::Address(link.url.clone()));
        };
        // Wherever the mirror was moved to.
        let mirror = self.root.parent().unwrap_or(&self.root).to_owned();
        Ok(Some(Remote { mirror, ..remote }))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::checksum::sha256;
    use crate::lake::address::AwsOptions;
    use crate::lake::link::{Kind, Link};
    use crate::lake::selection::Selection;
    use crate::lake::{LAYOUT, Manifest};

    /// Makes a folder the mirror of a lake that nobody reaches.
    fn link(root: &Path) {
        let link = Link {
            url: "s3://bucket/lake".into(),
            options: AwsOptions::default(),
            manifest: String::new(),
            etag: None,
            as_of: Utc::now(),
            selection: Selection::default(),
        };
        link.write(root, Kind::Mirror).unwrap();
    }

    #[cfg(feature = "remote")]
    #[test]
    fn whoever_waits_for_what_another_process_copies_is_told_for_whom() {
        use std::sync::Mutex;
        use std::time::Duration;

        use crate::lake::lock::{Holder, Lock, Work};

        static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lake");
        link(&root);
        Manifest { layout: LAYOUT, ..Manifest::default() }.write(&root).unwrap();
        let lake = Lake::open(&root).unwrap().telling(|words| SAID.lock().unwrap().push(words.into()));
        let file = File { path: "t/a.parquet".into(), size: 1, sha256: String::new() };
        let place = folder.path().join("coming.lock");
        let held = Lock::take(&place, Work::Copy, Duration::ZERO).unwrap().unwrap();
        let watch = Bringing { stops: &|| true, ..Bringing::QUIET };
        let is_stopped = || matches!(lake.bring(&[&file], &watch), Err(PlaceError::Cancelled));
        assert!(is_stopped() && SAID.lock().unwrap().is_empty(), "another thread is no other process");
        let theirs = Holder { process: 1, ..Holder::me(Work::Copy) };
        std::fs::write(&place, serde_json::to_vec(&theirs).unwrap()).unwrap();
        assert!(is_stopped());
        let said = SAID.lock().unwrap().clone();
        let words = "waiting: files of s3://bucket/lake are copied by process 1 on ";
        assert!(said.len() == 1 && said[0].starts_with(words), "{said:?}");
        drop(held);
    }

    #[test]
    fn files_of_a_lake_that_came_since_are_not_taken_for_those_that_were_opened() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        link(root);
        let publish = |texts: [&str; 2]| {
            let table = |(name, text): (&str, &str)| {
                let path = format!("{name}/data_0.parquet");
                std::fs::create_dir_all(root.join(name)).unwrap();
                std::fs::write(root.join(&path), text).unwrap();
                let file = File { path, size: text.len() as u64, sha256: sha256(text) };
                Table { name: name.into(), files: vec![file], ..Table::default() }
            };
            let tables = ["t", "u"].into_iter().zip(texts).map(table).collect();
            Manifest { layout: LAYOUT, tables, ..Manifest::default() }.write(root).unwrap();
        };
        publish(["a", "a"]);
        let lake = Lake::open(root).unwrap();
        let asked = |name: &str| lake.bring_tables(&|table| table == name, None, &|_| (), &Bringing::QUIET);
        assert!(asked("t").is_ok() && asked("u").is_ok());
        publish(["a", "b"]);
        assert!(asked("t").is_ok(), "its files are the same");
        assert!(matches!(asked("u"), Err(PlaceError::Republished { .. })));
    }
}
