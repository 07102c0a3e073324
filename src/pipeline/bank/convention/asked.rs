//! What a person asked for of a file, and what is known of banks.

use super::super::profile::Profiles;
use crate::text::given::Given;
use crate::text::header::Map;

/// What a person asked for.
pub struct Asked<'a> {
    pub map: &'a Map,
    pub given: &'a Given,
    pub profiles: &'a Profiles,
    pub last_year: i32,
    pub cap: usize,
    /// Whether a sample is not enough.
    pub is_whole: bool,
}
