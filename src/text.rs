//! Text files as banks send them, packed or not, in whatever encoding: cells by record, and what cannot be read.

pub mod amounts;
pub mod columns;
mod container;
pub mod dates;
pub mod day;
pub mod fixed;
pub mod given;
pub mod header;
pub mod limits;
pub mod lines;
pub mod order;
pub mod records;
pub mod scan;
pub mod table;
pub mod unpack;
pub mod workbook;
mod written;
pub mod xml;

pub use crate::encoding as decode;

/// Stands behind a number or a day that a spreadsheet keeps as such: its point begins the decimals, and it shows nothing of the texts
/// beside it. It is no letter of any language and in no text that programs exchange.
pub const EXACT: char = '\u{fdd0}';

/// What stands around texts without being seen, as keyboards, spreadsheets and web pages make it, and [`EXACT`].
pub const BLANKS: &str = " \t\n\r\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\
                          \u{2009}\u{200a}\u{200b}\u{202f}\u{205f}\u{3000}\u{feff}\u{fdd0}";

/// A text without the blanks around it.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    // As nearly all cells are.
    if is_plain(bytes.first()) && is_plain(bytes.last()) {
        return text;
    }
    text.trim_matches(|letter| BLANKS.contains(letter))
}
