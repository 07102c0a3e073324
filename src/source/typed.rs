//! A CSV that is opened, with columns of numbers and days as all its cells settle them. Numbers stay exact, and what is written
//! in digits and counts nothing stays a text: what begins with zeros, and numbers of accounts.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use chrono::{NaiveDate, NaiveTime, Timelike as _};

use super::settled::{Settled, column_name};
use super::{FileKind, Relation, SourceError, TEXT_ONLY, head, literal, peculiar, relations};
use crate::sql::{quote_name, quote_text};
use crate::text::lines::CAP;
use crate::text::records::{Item, Records};

/// Digits of a whole number, and of one with decimals.
const WHOLE: usize = 18;
const DIGITS: usize = 38;
/// From so many digits on, numbers that all have as many are taken for numbers of something.
const CODE: usize = 8;
/// Columns that a sentence names.
const NAMED: usize = 6;

/// Words for what has a number of its own, and for that number.
const NUMBERED: [&str; 14] = [
    "account", "acct", "iban", "card", "cuenta", "konto", "compte", "conto", "conta", "chq", "cheque", "zip",
    "plz", "postcode",
];
const NUMBER: [&str; 9] = ["no", "nr", "num", "number", "id", "code", "numero", "número", "nummer"];

/// What a person opens: [`relations`], but the columns of one file of cells are numbers and days where all its cells settle that. Also
/// what was decided of them, in a sentence.
///
/// # Errors
/// As [`relations`].
pub fn opened(path: &Path) -> Result<(Vec<Relation>, Option<String>), SourceError> {
    let mut relations = relations(path)?;
    let name = path.to_string_lossy();
    let kind = FileKind::of_name(&name).or_else(|| FileKind::of_bytes(&head(path).ok()?));
    let (Some(kind @ (FileKind::Csv | FileKind::Tsv)), [relation]) = (kind, &mut relations[..]) else {
        return Ok((relations, None));
    };
    if !path.is_file() {
        return Ok((relations, None));
    }
    let copy = relation.copies.as_ref().and_then(|folder| fs::read_dir(folder.path()).ok()?.next()?.ok());
    let place = copy.map_or_else(|| path.to_owned(), |copy| copy.path());
    let said = match Typed::of(&place, kind) {
        Some(found) => {
            relation.from = found.from;
            found.said
        }
        None => "all columns are texts: CAST says what one is".to_owned(),
    };
    Ok((relations, Some(said).filter(|said| !said.is_empty())))
}

/// What reads the file, and what was decided, in a sentence.
pub(super) struct Typed {
    pub(super) from: String,
    pub(super) said: String,
}

/// What the cells of a column are, those that are not empty.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is what all cells are")]
struct Cells {
    count: u64,
    are_whole: bool,
    are_numbers: bool,
    are_days: bool,
    are_times: bool,
    are_digits: bool,
    /// Digits before the mark and behind it, at the most.
    digits: [usize; 2],
    /// The width of all cells, if it is one.
    width: Option<usize>,
}

/// What is made of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Digits that count nothing.
    Code,
    Whole,
    Decimal(usize),
    Day,
    Time,
}

impl Typed {
    /// By the cells of a file; nothing where they are not all known, or the first line has no names of columns.
    pub(super) fn of(path: &Path, kind: FileKind) -> Option<Self> {
        let (delimiter, is_ragged, _) = peculiar::delimited(path, kind)?;
        let settled = Settled::of(path, delimiter, is_ragged).filter(|settled| settled.is_whole)?;
        let mut columns = read(path, delimiter)?;
        columns.retain(|(name, _)| !settled.texts.iter().any(|known| known.eq_ignore_ascii_case(name)));
        let kinds: Vec<_> = columns.iter().map(|(name, cells)| (name, cells.kind(name))).collect();
        let casts = kinds.iter().filter_map(|(name, kind)| kind.cast(name)).chain(settled.casts);
        let casts = casts.collect::<Vec<_>>().join(", ");
        let padded = if is_ragged { ", null_padding = true, parallel = false" } else { "" };
        let file = quote_text(&literal(&path.to_string_lossy()));
        let call = format!(
            "read_csv([{file}], hive_partitioning = false, delim = '{delimiter}', quote = '\"', header = true{padded}{TEXT_ONLY})"
        );
        let from = if casts.is_empty() { call } else { format!("(SELECT * REPLACE ({casts}) FROM {call})") };
        let named = |wanted: fn(Kind) -> bool, what: &str| {
            let names: Vec<_> =
                kinds.iter().filter(|(_, kind)| wanted(*kind)).map(|(name, _)| name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{what} {}", listed(&names)))
        };
        let said = [
            named(|kind| matches!(kind, Kind::Whole | Kind::Decimal(_)), "numbers are"),
            named(|kind| matches!(kind, Kind::Day | Kind::Time), "dates are"),
            named(|kind| kind == Kind::Code, "digits that stay texts are"),
        ];
        let said: Vec<_> = said.into_iter().flatten().chain(settled.words).collect();
        Some(Self { from, said: said.join("; ") })
    }
}

/// The names of the columns, and what their cells are.
fn read(path: &Path, delimiter: char) -> Option<Vec<(String, Cells)>> {
    let mut records = Records::new(File::open(path).ok()?, u8::try_from(delimiter).ok()?, CAP);
    let Some((_, Item::Cells(names))) = records.next_record().ok()? else { return None };
    let mut columns: Vec<_> = names.iter().map(|text| (column_name(text), Cells::none())).collect();
    while let Some((_, item)) = records.next_record().ok()? {
        let Item::Cells(row) = item else { return None };
        for ((_, cells), cell) in columns.iter_mut().zip(row.iter()) {
            let cell = cell.trim_matches(' ');
            // The engine takes apostrophes for quotes where it finds them around cells.
            if cell.len() > 1 && cell.starts_with('\'') && cell.ends_with('\'') {
                return None;
            }
            if !cell.is_empty() {
                cells.take(cell);
            }
        }
    }
    Some(columns)
}

fn listed(names: &[&str]) -> String {
    let mut text = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED {
        let _ = write!(text, " and {} more", names.len() - NAMED);
    }
    text
}

impl Cells {
    const fn none() -> Self {
        Self {
            count: 0,
            are_whole: true,
            are_numbers: true,
            are_days: true,
            are_times: true,
            are_digits: true,
            digits: [0; 2],
            width: None,
        }
    }

    fn take(&mut self, cell: &str) {
        self.count += 1;
        self.width = (self.count == 1 || self.width == Some(cell.len())).then_some(cell.len());
        self.are_digits &= cell.bytes().all(|byte| byte.is_ascii_digit());
        let size = cell.strip_prefix('-').unwrap_or(cell);
        let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        // What begins with zeros is a code.
        let is_plain = is_number(whole) && !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
        self.are_whole &= is_plain && whole.len() == size.len() && whole.len() <= WHOLE;
        self.are_numbers &= is_plain && is_number(fraction) && !size.ends_with('.');
        self.digits = [self.digits[0].max(whole.len()), self.digits[1].max(fraction.len())];
        self.are_days &= is_day(cell);
        self.are_times &= is_time(cell);
    }

    fn kind(&self, name: &str) -> Kind {
        let [whole, decimals] = self.digits;
        // Many numbers of one width are numbers of something: of accounts, of orders, days without marks.
        let is_code = self.count > 1 && self.width.is_some_and(|width| width >= CODE);
        match self {
            Self { count: 0, .. } => Kind::Text,
            Self { are_digits: true, .. } if is_code || is_number_of(name) || !self.are_whole => Kind::Code,
            Self { are_whole: true, .. } => Kind::Whole,
            Self { are_numbers: true, .. } if whole + decimals <= DIGITS => Kind::Decimal(decimals),
            Self { are_days: true, .. } => Kind::Day,
            Self { are_times: true, .. } => Kind::Time,
            _ => Kind::Text,
        }
    }
}

/// Whether a text is digits where a form has `d`, and else as the form is.
fn has_form(text: &str, form: &str) -> bool {
    let is_one =
        |(byte, wanted): (u8, u8)| if wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_one)
}

fn is_day(cell: &str) -> bool {
    has_form(cell, "dddd-dd-dd") && NaiveDate::parse_from_str(cell, "%Y-%m-%d").is_ok()
}

/// Whether a text is a day and a time, to the microsecond at the most, as the engine keeps one.
fn is_time(cell: &str) -> bool {
    let Some((day, time)) = cell.split_once([' ', 'T']) else { return false };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    is_day(day)
        && has_form(time, "dd:dd:dd")
        && NaiveTime::parse_from_str(time, "%H:%M:%S").is_ok_and(|time| time.nanosecond() < 1_000_000_000)
        && (1..=6).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a column is called after the number of an account or a card.
fn is_number_of(name: &str) -> bool {
    let name = name.to_lowercase();
    let words: Vec<_> = name.split(|mark: char| !mark.is_alphanumeric()).collect();
    let Some((last, before)) = words.split_last() else { return false };
    NUMBERED.contains(last) || NUMBER.contains(last) && before.iter().any(|word| NUMBERED.contains(word))
}

impl Kind {
    fn cast(self, name: &str) -> Option<String> {
        let kind = match self {
            Self::Text | Self::Code => return None,
            Self::Whole => "BIGINT".to_owned(),
            Self::Decimal(decimals) => format!("DECIMAL({DIGITS},{decimals})"),
            Self::Day => "DATE".to_owned(),
            Self::Time => "TIMESTAMP".to_owned(),
        };
        let column = quote_name(name);
        Some(format!("CAST(NULLIF(TRIM({column}), '') AS {kind}) AS {column}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, cells: &[&str]) -> Kind {
        let mut found = Cells::none();
        for cell in cells {
            found.take(cell);
        }
        found.kind(name)
    }

    #[test]
    fn numbers_and_days_are_told_from_codes_by_all_cells() {
        assert_eq!(kind("n", &["0", "-12", "20"]), Kind::Whole);
        assert_eq!(kind("n", &["0.5", "-12", "1234.567"]), Kind::Decimal(3));
        assert_eq!(kind("n", &["2024-01-31", "2023-02-28"]), Kind::Day);
        assert_eq!(kind("n", &["2024-01-31 10:00:00", "2023-02-28T23:59:59.5"]), Kind::Time);
        for cells in [
            &["2024-01-01 10:00:00.123456789"][..],
            &["2016-12-31 23:59:60"],
            &["2024- 1- 5"],
            &["2024-01-01  1:00:00"],
            &["2023-02-29"],
            &["12", "x"],
            &["1e5"],
            &["1."],
            &["+1"],
            &["-012"],
            &["12 EUR"],
        ] {
            assert_eq!(kind("n", cells), Kind::Text, "{cells:?}");
        }
        for cells in [&["00123", "7"][..], &["409000362497", "409000405747"], &["9999999999999999999"]] {
            assert_eq!(kind("n", cells), Kind::Code, "{cells:?}");
        }
        for name in ["account", "Account No", "card-number", "IBAN", "konto_nr"] {
            assert_eq!(kind(name, &["77", "1234"]), Kind::Code, "{name}");
        }
        for name in ["account_balance", "number", "cards"] {
            assert_eq!(kind(name, &["77", "1234"]), Kind::Whole, "{name}");
        }
        assert_eq!(kind("n", &[]), Kind::Text);
    }
}
