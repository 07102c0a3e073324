//! Something in a lake that is not as its manifest says.

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path below the lake.
    pub place: String,
    /// `missing`, `changed`, `foreign`, `schema` or `unfinished`.
    pub kind: &'static str,
    /// One sentence.
    pub message: String,
}

/// The kind of the one that is told where a run is publishing, and nothing is compared.
pub const UNFINISHED: &str = "unfinished";

/// The kind of a file that the manifest does not name.
pub const FOREIGN: &str = "foreign";

impl Finding {
    /// A file that the manifest names and that is not there.
    #[must_use]
    pub fn missing(place: &str) -> Self {
        let message = "the manifest names this file and it is not there".to_owned();
        Self { place: place.to_owned(), kind: "missing", message }
    }

    /// A file that is there and that the manifest does not name.
    #[must_use]
    pub fn foreign(place: &str) -> Self {
        let message = "the manifest does not name this file".to_owned();
        Self { place: place.to_owned(), kind: FOREIGN, message }
    }
}
