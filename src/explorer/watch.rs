//! Whether the lake that was read is the lake that is there: a run elsewhere publishes another.

use std::path::PathBuf;

use crate::lake::Lake;
use crate::lake::journal::Stamp;

/// What became of a lake.
#[derive(Debug)]
pub enum News {
    /// A run was published.
    Written,
    /// It is no longer in this folder.
    Gone(PathBuf),
}

/// A lake, as it was seen last.
#[derive(Debug)]
pub struct LakeWatch {
    root: PathBuf,
    seen: Stamp,
}

impl LakeWatch {
    /// Watches a lake from now on.
    #[must_use]
    pub fn new(lake: &Lake) -> Self {
        Self { root: lake.root.clone(), seen: Stamp::of(&lake.root) }
    }

    /// What became of it since it was seen last: a run was published, where one that is being published is not there
    /// yet, or it is gone.
    pub fn news(&mut self) -> Option<News> {
        let now = Stamp::of(&self.root);
        let has_changed = !now.is_publishing() && now != self.seen;
        has_changed.then(|| {
            self.seen = now;
            if now.is_there() { News::Written } else { News::Gone(self.root.clone()) }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::fs;

    use super::*;
    use crate::lake::manifest_path;

    #[test]
    fn a_lake_that_is_gone_is_not_one_that_was_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("lake");
        let manifest = manifest_path(&root);
        fs::create_dir_all(manifest.parent().unwrap()).unwrap();
        fs::write(&manifest, "one").unwrap();
        let mut watch = LakeWatch { root: root.clone(), seen: Stamp::of(&root) };
        assert!(watch.news().is_none());
        fs::write(&manifest, "another").unwrap();
        assert!(matches!(watch.news(), Some(News::Written)));
        fs::remove_dir_all(&root).unwrap();
        assert!(matches!(watch.news(), Some(News::Gone(gone)) if gone == root));
        assert!(watch.news().is_none(), "it is said once");
    }
}
