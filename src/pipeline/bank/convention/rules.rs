//! What was decided about a file: by these rules its cells are read.

use std::collections::BTreeSet;

use super::amount::Way;
use crate::text::amounts::Mark;
use crate::text::dates::Order;
use crate::text::given::BelowHeading;

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
    /// Whether nothing that was read says which the mark is, and nothing needs it.
    pub is_decimal_open: bool,
    /// Of lines that have none.
    pub account: Option<String>,
    pub currency: Option<String>,
    /// What lines are below a heading that leaves it open, by a person or the profile.
    pub below_heading: Option<BelowHeading>,
    pub fees: Fees,
    /// The way of lines without a word, where others have one.
    pub blank: Option<Way>,
    /// Where words stand that say whether balances are below zero.
    pub word_of_balance: Option<usize>,
    /// Lines that are balances, where their words may say something else.
    pub balances: BTreeSet<u64>,
}

/// What fees of a column of their own are to the amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fees {
    /// They are taken off.
    #[default]
    Off,
    /// They stand in the amounts too, so that they are not taken off.
    Within,
    /// They are added, for one that is taken has a minus.
    Signed,
}

/// What a minus or a plus means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    pub debits: Debits,
    pub credits: Credits,
    pub amounts: Amounts,
    /// In the one column of amounts there is a minus.
    pub has_minus: bool,
    /// A person, the balances, a minus or the profile tell the rule for the one column of amounts.
    pub is_told: bool,
}

/// A minus beside a column, or a word, that says that the money goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Debits {
    /// It may mean either way.
    #[default]
    Open,
    /// It says so too.
    Out,
    /// The money comes back.
    Back,
}

/// A minus in the column of money that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Credits {
    /// The money is taken back: the amount keeps its sign.
    #[default]
    Back,
    /// It comes in all the same.
    In,
}

/// The one column of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Amounts {
    /// A minus is money that goes out.
    #[default]
    MinusOut,
    /// A minus is money that comes in.
    MinusIn,
    /// A plus or a word is money that comes in, and the rest goes out.
    PlusIn,
}
