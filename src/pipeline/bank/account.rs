//! The number of an account as it stands in the table: one account is written in one way, whatever its files put around it.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::text::records::Bad;
use crate::text::trimmed;

const NO_ACCOUNT: Bad = Bad { error: "account_missing", message: "the line has no account" };
const SPOILED_ACCOUNT: Bad = Bad {
    error: "bad_account",
    message: "a spreadsheet has put the account number in scientific form, and its last digits are lost",
};

/// Digits of an account in groups at least, and letters and digits of an IBAN.
pub const DIGITS: usize = 3;
const IBAN: RangeInclusive<usize> = 15..=34;

/// The account of a cell, or of the file where that is empty, without the apostrophe that spreadsheets put before numbers that are
/// text, and without the blanks of an IBAN.
///
/// # Errors
/// When there is none, or a spreadsheet has spoiled it.
pub fn number<'a>(cell: &'a str, of_file: &'a str) -> Result<Cow<'a, str>, Bad> {
    let text = trimmed(trimmed(cell).trim_matches('\''));
    // Some write dashes where there is none.
    let has_none = text
        .chars()
        .all(|letter| matches!(letter, '-' | '_' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}'));
    let text = if has_none { of_file } else { text };
    if text.is_empty() {
        Err(NO_ACCOUNT)
    } else if is_scientific(text) {
        Err(SPOILED_ACCOUNT)
    } else {
        Ok(without_blanks(text))
    }
}

/// An account without the blanks of an IBAN, which are there for the eye.
#[must_use]
pub fn without_blanks(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain { text.into() } else { iban(text).map_or(text.into(), Cow::Owned) }
}

/// An IBAN without its blanks, of which some leave the end out.
#[must_use]
pub fn iban(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let [a, b, c, d, ..] = compact.as_bytes() else { return None };
    let is_one = [a, b].iter().all(|byte| byte.is_ascii_uppercase())
        && [c, d].iter().all(|byte| byte.is_ascii_digit())
        && compact.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (IBAN.contains(&compact.len()) || compact.len() < text.len())
        && compact.bytes().filter(u8::is_ascii_digit).count() > DIGITS;
    (is_one && compact.len() <= *IBAN.end()).then_some(compact)
}

/// Whether a text is a number such as `1.23457E+17`.
fn is_scientific(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let begins = text.starts_with(|first: char| first.is_ascii_digit());
    let parts = begins.then(|| text.split_once(['e', 'E'])).flatten();
    parts.is_some_and(|(number, exponent)| {
        let (whole, decimals) = number.split_once(['.', ',']).unwrap_or((number, "0"));
        is_digits(whole) && is_digits(decimals) && exponent.strip_prefix(['+', '-']).is_some_and(is_digits)
    })
}
