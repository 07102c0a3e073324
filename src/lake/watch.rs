//! What is told of a pull while it goes on, and what comes of it.

use super::selection::Plan;

/// Who is told what a pull is about to do and how far it is.
pub struct Watch<'a> {
    /// Told the plan; whether it is to be carried out. Told again when the lake changes meanwhile.
    pub planned: &'a dyn Fn(&Plan) -> bool,
    /// Told some times a second how many bytes are here, of how many.
    pub progress: &'a dyn Fn(u64, u64),
}

/// What came of a pull.
#[derive(Debug)]
pub struct Pull {
    pub plan: Plan,
    /// SHA-256 of the other lake's manifest.
    pub manifest: String,
    pub etag: Option<String>,
}

/// Who is told how far it is that files are brought, and who may stop it.
pub struct Bringing<'a> {
    /// Asked some times a second.
    pub stops: &'a dyn Fn() -> bool,
    /// Told some times a second how many bytes are here, of how many.
    pub progress: &'a dyn Fn(u64, u64),
}

impl Bringing<'_> {
    /// Told to nobody, and stopped by nobody.
    pub const QUIET: Self = Self { stops: &|| false, progress: &|_, _| () };
}
