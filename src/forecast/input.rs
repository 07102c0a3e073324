//! What the forecast of one origin starts from, for all that is estimated from it.

use super::Kind;
use super::calendar_effects::Design;
use super::members::Member;
use super::steps::Step;

/// What a fit starts from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    /// Values up to the origin, in the series' unit.
    pub(crate) values: &'a [f64],
    /// Columns of the dates of all values and of the steps ahead.
    pub(crate) design: &'a Design,
    pub(crate) kind: Kind,
    pub(crate) step: Step,
    pub(crate) period: usize,
    pub(crate) horizon: usize,
    /// The only members to ask; empty for all that suit.
    pub(crate) members: &'a [Member],
}
