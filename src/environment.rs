//! What the environment says: its variables, and where a person is at home.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A variable; one without a text is not set, as one that another variable should have filled.
#[must_use]
pub fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// A variable that is text.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// A path that no shell has seen: a leading `~` is the home folder.
#[must_use]
pub fn typed_path(path: &Path) -> PathBuf {
    let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
    match (path.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_may_begin_at_home() {
        let home = env::home_dir().unwrap();
        assert_eq!(typed_path(Path::new("~/a b.csv")), home.join("a b.csv"));
        for as_it_is in ["a~b.csv", "~other/a.csv", "/tmp/~"] {
            assert_eq!(typed_path(Path::new(as_it_is)), Path::new(as_it_is));
        }
    }
}
