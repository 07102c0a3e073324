//! What a person asked for of a file, and what is known of banks.

use super::super::super::text::given::Given;
use super::super::super::text::header::Map;
use super::super::profile::Profiles;

/// What a person asked for.
pub struct Asked<'a> {
    pub map: &'a Map,
    pub given: &'a Given,
    pub profiles: &'a Profiles,
    pub last_year: i32,
    pub cap: usize,
}
