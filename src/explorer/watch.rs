//! Whether the lake that was read is the lake that is there: a run elsewhere publishes another.

use std::path::PathBuf;

use crate::lake::Lake;
use crate::lake::journal::Stamp;

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

    /// Whether a run was published since it was seen last; one that is being published is not there yet.
    pub fn has_changed(&mut self) -> bool {
        let now = Stamp::of(&self.root);
        let has_changed = !now.is_publishing() && now != self.seen;
        if has_changed {
            self.seen = now;
        }
        has_changed
    }
}
