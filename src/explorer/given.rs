//! What was given to the parameters of saved queries last, kept for the next start.
//!
//! ```text
//! <state>/parameters.json    values by the names of parameters, for each query by its name; for this person alone
//! <state>/parameters.lock    held while they are read, changed and written
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::message::Given;
use crate::disk;
use crate::history::secrets;

/// A file above this size is none of ours.
const LARGEST: u64 = 4 << 20;
/// Bytes of a value that is kept: what is longer was pasted for once.
const LONGEST: usize = 4096;

fn path(state: &Path) -> PathBuf {
    state.join("parameters.json")
}

/// What was given before, where that is kept, and in a sentence why it cannot be read.
#[must_use]
pub fn load(state: &Path, is_kept: bool) -> (Given, Option<String>) {
    match if is_kept { read(&path(state)) } else { Ok(Given::new()) } {
        Ok(given) => (given, None),
        Err(error) => {
            let path = path(state).display().to_string();
            (
                Given::new(),
                Some(format!("what was given to queries before could not be read ({error}): {path}")),
            )
        }
    }
}

fn read(path: &Path) -> io::Result<Given> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Given::new()),
        found => found?,
    };
    // A pipe would be waited for.
    if !found.is_file() || found.len() > LARGEST {
        return Err(io::Error::other("it is no file that the explorer wrote"));
    }
    let mut given: Given = serde_json::from_str(&fs::read_to_string(path)?).map_err(io::Error::other)?;
    for values in given.values_mut() {
        values.retain(|name, text| is_kept(name, text));
    }
    Ok(given)
}

/// Whether a value may be kept: what is secret is typed each time, and nobody types a control character into a field.
fn is_kept(name: &str, text: &str) -> bool {
    !secrets::is_secret(name) && text.len() <= LONGEST && !text.contains(char::is_control)
}

/// Keeps the values of a query beside those of the others, which another explorer may have written since. A file that
/// cannot be read is put aside as `parameters.unreadable`.
///
/// # Errors
/// When the folder cannot be written: what was kept before stays.
pub fn keep(state: &Path, query: &str, values: &BTreeMap<String, String>) -> io::Result<()> {
    let path = path(state);
    let _alone = disk::lock(&path.with_extension("lock"))?;
    let mut given = match read(&path) {
        Ok(given) => given,
        Err(_) => {
            fs::rename(&path, path.with_extension("unreadable"))?;
            Given::new()
        }
    };
    let kept = values.iter().filter(|(name, text)| is_kept(name, text));
    let kept: BTreeMap<_, _> = kept.map(|(name, text)| (name.clone(), text.clone())).collect();
    if kept.is_empty() {
        given.remove(query);
    } else {
        given.insert(query.to_owned(), kept);
    }
    // Private, as values name accounts and people.
    let mut file = tempfile::NamedTempFile::new_in(state)?;
    file.write_all(&serde_json::to_vec(&given).map_err(io::Error::other)?)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn values(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("from".to_owned(), text.to_owned())])
    }

    #[test]
    fn values_are_kept_for_each_query_by_its_name_and_nobody_else_reads_them() {
        let state = tempfile::tempdir().unwrap();
        let state = state.path().join("new");
        assert_eq!(load(&state, true), (Given::new(), None));
        for (query, text) in [("one", "2019-01-01"), ("two", "2020-01-01"), ("one", "2021-01-01")] {
            keep(&state, query, &values(text)).unwrap();
        }
        let kept = load(&state, true).0;
        assert_eq!((&kept["one"], &kept["two"]), (&values("2021-01-01"), &values("2020-01-01")));
        assert_eq!(fs::metadata(path(&state)).unwrap().permissions().mode() & 0o077, 0);
        let secret = BTreeMap::from([("api_token".to_owned(), "s3cr3t".to_owned())]);
        for none in [values(&"x".repeat(LONGEST + 1)), values("a\u{1b}[2J"), BTreeMap::new(), secret] {
            keep(&state, "one", &none).unwrap();
            assert!(!load(&state, true).0.contains_key("one"), "{none:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_and_put_aside_when_something_is_kept() {
        let state = tempfile::tempdir().unwrap();
        let (state, path) = (state.path(), path(state.path()));
        let large = " ".repeat(5 << 20);
        for broken in [&b"\xff\0"[..], b"[1]", b"{", large.as_bytes()] {
            fs::write(&path, broken).unwrap();
            let (given, problem) = load(state, true);
            assert_eq!(load(state, false), (Given::new(), None));
            assert!(given.is_empty() && problem.is_some_and(|said| said.contains("could not be read")));
            keep(state, "one", &values("2022-01-01")).unwrap();
            assert_eq!(fs::read(path.with_extension("unreadable")).unwrap(), broken);
            assert_eq!(load(state, true).0["one"], values("2022-01-01"));
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(load(state, true).1.is_some(), "a folder of that name stops no start");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, r#"{"one": {"from": "\u001b]52;c;eA==\u0007", "to": "2020-01-01"}}"#).unwrap();
        assert_eq!(load(state, true).0["one"].keys().collect::<Vec<_>>(), ["to"]);
    }
}
