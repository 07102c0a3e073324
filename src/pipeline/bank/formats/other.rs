//! Files that are no statement as they are: pages of the web, which banks call `.xls`, and sheets of an older XML.

use std::io::{self, Read};

use super::START;
use crate::text::decode::{Decoder, Encoding};
use crate::text::scan::Refusal;

const AGAIN: &str =
    "open it in a spreadsheet, look whether its days and amounts are right, and save it as XLSX or CSV";

/// Words in a file's start, in small letters; whether it begins with them, or they stand anywhere in it; and what it is.
const FORMS: [(&str, bool, &str, &str); 9] = [
    ("urn:schemas-microsoft-com:office:spreadsheet", false, "a sheet in the XML of before 2007", AGAIN),
    ("<!doctype html", true, "a page of the web", AGAIN),
    ("<html", true, "a page of the web", AGAIN),
    ("<head", true, "a page of the web", AGAIN),
    ("<meta", true, "a page of the web", AGAIN),
    ("<style", true, "a page of the web", AGAIN),
    ("<table", true, "a page of the web", AGAIN),
    ("mime-version:", true, "a page of the web in a file", AGAIN),
    ("%pdf-", true, "a PDF", "ask the bank for it as CSV, XLSX, camt.053 or MT940"),
];

/// Why such a file is not read, by its first bytes; nothing for another.
///
/// # Errors
/// When reading fails.
pub fn refusal(reader: &mut dyn Read, encoding: Encoding) -> io::Result<Option<Refusal>> {
    let mut start = Vec::new();
    Decoder::new(reader, encoding).take(START).read_to_end(&mut start)?;
    let start = String::from_utf8_lossy(&start).to_ascii_lowercase();
    let start = start.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let is_one = |word: &str, begins: bool| {
        if begins { start.starts_with(word) } else { start.starts_with('<') && start.contains(word) }
    };
    let found = FORMS.into_iter().find(|(word, begins, ..)| is_one(word, *begins));
    Ok(found.map(|(.., what, hint)| Refusal {
        error: "other_form",
        message: format!("the file is {what}, whatever its name says"),
        hint,
    }))
}
