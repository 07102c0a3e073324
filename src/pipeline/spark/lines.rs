//! The statements of a lake as typed lines beside it, kept from run to run: each file is read once, wherever Spark merges them.
//!
//! ```text
//! _saldo/staged/bank_lines/year=2017/month=06/4f1c…-0.parquet   the lines of a month, named by what they were read from
//! _saldo/staged/whole.json                                      of which files all lines are there, and in how many files
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::bank::{BANK, partitions};
use super::super::error::{PipelineError, io_at};
use super::super::ingest::keep::NOTE;
use super::super::ingest::note::READER;
use super::super::stages::Raw;
use crate::checksum::sha256;
use crate::lake::File;
use crate::lake::folder::Folder;
use crate::value;

/// The name of the lines in the statement, and their folder.
pub const VIEW: &str = "bank_lines";
pub const FOLDER: &str = "_saldo/staged/bank_lines";
const WHOLE: &str = "_saldo/staged/whole.json";
/// After so many files it is noted how far one is.
const BATCH: usize = 50;

/// Makes the folder hold the lines of these raw files, and no others. What is there is not read again.
pub fn put(root: &Path, folder: &Folder, raw: &[File], say: &dyn Fn(&str)) -> Result<(), PipelineError> {
    let wanted = keys(raw);
    let unreadable = |error: serde_json::Error| io_at(Path::new(WHOLE))(error.into());
    // Without a note that can be read all is read again.
    let known = folder.read(WHOLE)?.and_then(|text| serde_json::from_slice(&text).ok());
    let mut whole: BTreeMap<String, usize> = known.unwrap_or_default();
    let there = folder.list(FOLDER)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in there.keys() {
        *counts.entry(key_of(path)).or_default() += 1;
    }
    let count = |key: &str| counts.get(key).copied().unwrap_or_default();
    whole.retain(|key, files| wanted.contains_key(key) && count(key) == *files);
    // Of a file that was cut off some lines may be there.
    let stale = there.keys().filter(|path| !whole.contains_key(key_of(path)));
    folder.remove(stale.cloned().collect())?;
    let missing: Vec<_> = wanted.iter().filter(|(key, _)| !whole.contains_key(*key)).collect();
    if !missing.is_empty() {
        say(&format!("reading {} into lines", value::counted(missing.len() as u64, "statement")));
    }
    for batch in missing.chunks(BATCH) {
        for (key, path) in batch {
            let months =
                partitions::months(root, &BANK, Some(&BTreeSet::from([(**path).to_owned()])), &|_| Ok(()))?;
            let files = months.into_iter().flat_map(|(month, lines)| {
                let numbered = lines.files.into_iter().enumerate();
                numbered.map(move |(place, file)| (file, format!("{FOLDER}/{month}/{key}-{place}.parquet")))
            });
            let files: Vec<_> = files.collect();
            whole.insert((*key).clone(), files.len());
            folder.put(files)?;
        }
        let text = serde_json::to_vec(&whole).map_err(unreadable)?;
        folder.write(WHOLE, &text)?;
        partitions::remove(root)?;
    }
    Ok(())
}

/// The statements among raw files, each by a name for its lines: of the file, of how it is read, and of the reader.
fn keys(raw: &[File]) -> BTreeMap<String, &str> {
    let of_bank = raw.iter().filter(|file| file.path.starts_with(Raw::Bank.folder()));
    let known: BTreeMap<&str, &str> = of_bank.map(|file| (&*file.path, &*file.sha256)).collect();
    let files = known.iter().filter(|(path, _)| !path.ends_with(NOTE));
    let keyed = files.map(|(path, sha)| {
        let note = known.get(format!("{path}{NOTE}").as_str()).copied().unwrap_or_default();
        (sha256(format!("{READER} {path} {sha} {note}"))[..16].to_owned(), *path)
    });
    keyed.collect()
}

/// The name of the lines that a file in the folder belongs to.
fn key_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split('-').next().unwrap_or_default()
}
