//! What a person says about a file that it does not tell itself.

use serde::{Deserialize, Serialize};

use super::amounts::Mark;
use super::dates::Order;
use super::decode::Encoding;

/// Which way money goes whose amount has a minus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Minus {
    /// Out, as most banks write.
    #[serde(rename = "minus-out", alias = "out")]
    Out,
    /// In, as on statements of cards.
    #[serde(rename = "minus-in", alias = "in")]
    In,
}

impl Minus {
    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Out => "minus-out",
            Self::In => "minus-in",
        }
    }
}

/// What lines are of whose heading it is not told whether it says that they are booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BelowHeading {
    Booked,
    Pending,
}

impl BelowHeading {
    pub const BOTH: [Self; 2] = [Self::Booked, Self::Pending];

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Pending => "pending",
        }
    }
}

/// What was said; it goes before what the cells show.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Mark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signs: Option<Minus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_heading: Option<BelowHeading>,
    /// The account of lines that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The currency of amounts that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What stands between cells; an ASCII character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The first line is a transaction.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_header: bool,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The profile of its bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
}

impl Given {
    /// What was said, and what was not as `other` has it.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            decimal: self.decimal.or(other.decimal),
            dates: self.dates.or(other.dates),
            signs: self.signs.or(other.signs),
            below_heading: self.below_heading.or(other.below_heading),
            account: self.account.as_ref().or(other.account.as_ref()).cloned(),
            currency: self.currency.as_ref().or(other.currency.as_ref()).cloned(),
            encoding: self.encoding.or(other.encoding),
            delimiter: self.delimiter.or(other.delimiter),
            no_header: self.no_header || other.no_header,
            sheet: self.sheet.as_ref().or(other.sheet.as_ref()).cloned(),
            bank: self.bank.as_ref().or(other.bank.as_ref()).cloned(),
        }
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A currency that a person typed.
///
/// # Errors
/// When it is not three letters.
pub fn currency(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err("a currency is three letters, such as EUR".into())
    }
}

/// A mark between cells that a person typed; `tab` is a tabulator.
///
/// # Errors
/// When it is not one character that can stand there.
pub fn delimiter(text: &str) -> Result<char, String> {
    let mut letters = text.chars();
    match (text, letters.next(), letters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(letter), None) if letter.is_ascii() && !letter.is_ascii_alphanumeric() && letter != '"' => {
            Ok(letter)
        }
        _ => Err("it is one character of ASCII, no letter, no digit and no quote".into()),
    }
}
