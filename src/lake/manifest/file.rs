//! A file of the lake, and how many of them are written: by folder, each in short form.
//!
//! ```text
//! "processed/year=2017/month=06": [["data_0.parquet", 4711, "5e88…"], ["data_1.parquet", 42, "9f86…"]]
//! ```

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::checksum;

/// The end of the name of a note on a raw file.
pub const NOTE: &str = ".reading.json";

/// A file of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Path below the lake, with `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

impl File {
    /// Whether the file is at a place, as far as its size tells. A note on a raw file is small, and may be another one of that
    /// size.
    #[must_use]
    pub fn is_at(&self, place: &Path) -> bool {
        let is_note = self.path.starts_with("raw/") && self.path.ends_with(NOTE);
        place.metadata().is_ok_and(|found| found.len() == self.size)
            && (!is_note || checksum::of_file(place).is_ok_and(|(_, sha256)| sha256 == self.sha256))
    }

    /// The order in which folders are walked, which is that of a manifest's lists.
    #[must_use]
    pub fn walked(&self, other: &Self) -> Ordering {
        self.path.split('/').cmp(other.path.split('/'))
    }

    /// Its folder below the lake and its name there; none of a file that lies in no folder.
    pub(super) fn split(&self) -> Option<(&str, &str)> {
        self.path.rsplit_once('/')
    }

    /// Whether it lies in a folder of a partition.
    pub(super) fn is_in_a_partition(&self) -> bool {
        let innermost = |folder: &str| folder.rsplit('/').next().is_some_and(|part| part.contains('='));
        self.split().is_some_and(|(folder, _)| innermost(folder))
    }
}

/// Files of one list with those that were written by folder, in the order in which folders are walked.
pub(super) fn together<'a>(files: Vec<Cow<'a, File>>, in_folders: Vec<Cow<'a, File>>) -> Vec<File> {
    // Where they lie in memory already, since lakes may have many.
    let owned = |files: Vec<Cow<'a, File>>| files.into_iter().map(Cow::into_owned).collect::<Vec<_>>();
    if in_folders.is_empty() {
        return owned(files);
    }
    let mut all = owned(in_folders);
    all.extend(owned(files));
    if !all.is_sorted_by(|a, b| a.walked(b).is_le()) {
        all.sort_unstable_by(File::walked);
    }
    all
}

/// Writes files by folder: all of them lie in one.
pub(super) fn serialize<S: Serializer>(files: &[Cow<File>], to: S) -> Result<S::Ok, S::Error> {
    let mut folders: BTreeMap<&str, Vec<(&str, u64, &str)>> = BTreeMap::new();
    for file in files {
        let (folder, name) = file.split().unwrap_or(("", &file.path));
        folders.entry(folder).or_default().push((name, file.size, &file.sha256));
    }
    to.collect_map(folders)
}

/// Reads what [`serialize`] wrote.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Cow<'static, File>>, D::Error> {
    struct Folders;
    impl<'de> Visitor<'de> for Folders {
        type Value = Vec<Cow<'static, File>>;

        fn expecting(&self, words: &mut Formatter) -> fmt::Result {
            words.write_str("folders with their files")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut files = Vec::new();
            while let Some(folder) = map.next_key::<String>()? {
                let named: Vec<(Cow<str>, u64, String)> = map.next_value()?;
                files.extend(named.into_iter().map(|(name, size, sha256)| {
                    Cow::Owned(File { path: [&folder, "/", &*name].concat(), size, sha256 })
                }));
            }
            Ok(files)
        }
    }
    from.deserialize_map(Folders)
}
