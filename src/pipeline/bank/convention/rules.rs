//! What was decided about a file: by these rules its cells are read.

use super::super::super::text::amounts::Mark;
use super::super::super::text::dates::Order;

/// What the cells of a file mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Convention {
    pub decimal: Mark,
    /// Where dates of numbers are written, their order.
    pub dates: Option<Order>,
    pub signs: Signs,
    /// Whether a person said which the mark is, and which the order.
    pub is_decimal_given: bool,
    pub is_order_given: bool,
    /// Of lines that have none.
    pub account: Option<String>,
    pub currency: Option<String>,
}

/// What a minus means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    /// Money that goes out has a minus beside the column or the word that says so too.
    pub twice: bool,
    /// In the one column of amounts, a minus is money that comes in.
    pub inverted: bool,
    /// In the one column of amounts there is a minus.
    pub has_minus: bool,
}
