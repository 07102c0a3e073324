//! SWIFT's MT940 (a statement) and MT942 (a report of a day under way), with what banks put into the field `:86:`.

use std::borrow::Cow;
use std::io::{self, Read};
use std::iter;
use std::mem;
use std::ops::Range;

use super::entry::{Entry, Listener, Statement, damaged, decimal, join, put_decimal, trim, units};
use crate::text::lines::{CAP, Line, Lines};
use crate::text::records::{Bad, UNDECODABLE};

const BAD_ENTRY: Bad = Bad { error: "bad_entry", message: "the field :61: is not as the standard has it" };

/// What stands before a part of a `:86:` of German banks, inside its text.
const SEPA: &[&str] = &[
    "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "COAM+", "OAMT+", "SVWZ+", "ABWA+", "ABWE+", "IBAN+",
    "BIC+", "PURP+",
];
/// What stands between slashes before a part of a `:86:` of Dutch and Belgian banks.
const SLASHED: &[&str] = &[
    "ACCW", "BENM", "BIC", "CNTP", "CREF", "CSID", "EREF", "IBAN", "ID", "IREF", "ISDT", "MARF", "NAME",
    "ORDP", "OCMT", "PREF", "PURP", "REMI", "RTRN", "RTYP", "SVCL", "TRCD", "TRTP", "ULTB", "ULTD",
];

/// Whether a text begins as a message of this kind does.
pub(super) fn is_one(start: &str) -> bool {
    let field = |tag: &str| start.lines().any(|line| line.trim_start_matches(|c| c != ':').starts_with(tag));
    let has = |tag: &str| start.lines().any(|line| line.starts_with(tag));
    field(":20:")
        && (has(":25:") || has(":25P:"))
        && [":60F:", ":60M:", ":34F:", ":28C:", ":28:"].into_iter().any(has)
}

pub(super) fn read(reader: impl Read, to: &mut dyn Listener) -> io::Result<()> {
    let mut lines = Lines::new(reader, CAP);
    let mut found = Found {
        to,
        statement: None,
        has_begun: false,
        entry: Entry::default(),
        has_entry: false,
        dates: Dates::default(),
    };
    let mut field = Field::default();
    while let Some((number, line)) = lines.next_line()? {
        let text = match line {
            Line::Whole(line) => std::str::from_utf8(line)
                .map_err(|_| damaged(format!("line {number}: {}", UNDECODABLE.message)))?,
            Line::TooLong { .. } => {
                return Err(damaged(format!("line {number} is longer than any statement's")));
            }
        };
        // The blocks around the text of a message.
        let text =
            if text.starts_with('{') { text.rsplit_once("{4:").map_or("", |(_, text)| text) } else { text };
        if let Some((tag, value)) = tagged(text) {
            found.field(&mut field)?;
            field.begin(number, tag, value);
        } else if text.trim_end() == "-" || text.starts_with("-}") {
            found.field(&mut field)?;
            found.end()?;
        } else if field.tag.is_some() {
            if field.value.len() > CAP {
                return Err(damaged(format!("line {number} belongs to a field longer than any statement's")));
            }
            field.value.push('\n');
            field.value.push_str(text);
        }
    }
    found.field(&mut field)?;
    found.end()
}

/// A field of a message; without a tag there is none.
#[derive(Default)]
struct Field {
    line: u64,
    tag: Option<Tag>,
    value: String,
}

impl Field {
    fn begin(&mut self, line: u64, tag: Tag, value: &str) {
        (self.line, self.tag) = (line, Some(tag));
        value.clone_into(&mut self.value);
    }
}

/// Two digits and a letter, or a blank where there is none.
type Tag = [u8; 3];

/// The tag of a field, without its colons, and the rest of the line.
fn tagged(line: &str) -> Option<(Tag, &str)> {
    let (tag, value) = match line.as_bytes() {
        [b':', tens, ones, b':', ..] => ([*tens, *ones, b' '], line.get(4..)?),
        [b':', tens, ones, letter @ b'A'..=b'Z', b':', ..] => ([*tens, *ones, *letter], line.get(5..)?),
        _ => return None,
    };
    let [tens, ones, _] = tag;
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then_some((tag, value))
}

struct Found<'a> {
    to: &'a mut dyn Listener,
    statement: Option<Statement>,
    has_begun: bool,
    entry: Entry,
    /// The entry waits for its text.
    has_entry: bool,
    dates: Dates,
}

impl Found<'_> {
    /// Takes a field, where there is one.
    fn field(&mut self, field: &mut Field) -> io::Result<()> {
        let Field { line, tag, value } = field;
        let Some(tag) = tag.take() else { return Ok(()) };
        let first = || trim(lines(value).0);
        match &tag {
            b"20 " => {
                self.end()?;
                self.statement = Some(Statement::default());
                self.has_begun = false;
            }
            b"25 " | b"25P" => self.known(|statement| first().clone_into(&mut statement.account)),
            b"60F" | b"60M" => {
                let (currency, amount) = balance(first());
                self.known(|statement| {
                    currency.clone_into(&mut statement.currency);
                    statement.opening = amount;
                });
            }
            b"34F" => self.known(|statement| {
                if statement.currency.is_empty() {
                    first().get(..3).unwrap_or_default().clone_into(&mut statement.currency);
                }
            }),
            b"61 " => {
                self.flush()?;
                self.begin()?;
                self.entry.begin(*line);
                match entry(&mut self.entry, &mut self.dates, value) {
                    Some(()) => self.has_entry = true,
                    None => self.to.bad(*line, BAD_ENTRY, first().to_owned())?,
                }
            }
            b"86 " if self.has_entry => {
                narrate(&mut self.entry, value);
                self.flush()?;
            }
            b"62F" | b"62M" => {
                self.flush()?;
                let (_, amount) = balance(first());
                self.known(|statement| statement.closing = amount);
            }
            b"90C" | b"90D" => {
                self.flush()?;
                let first = first();
                let sum = first
                    .find(|letter: char| letter.is_ascii_alphabetic())
                    .and_then(|at| first.get(at + 3..));
                let sum = sum.and_then(|sum| units(&decimal(sum, ',')));
                self.known(
                    |statement| if &tag == b"90C" { statement.credits = sum } else { statement.debits = sum },
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn known(&mut self, set: impl FnOnce(&mut Statement)) {
        if let Some(statement) = &mut self.statement {
            set(statement);
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some(statement) = self.statement.as_mut().filter(|_| !self.has_begun) {
            self.has_begun = true;
            statement.account = account(&statement.account, &statement.currency);
            self.to.begins(statement)?;
        }
        Ok(())
    }

    /// Hands the entry on that waits.
    fn flush(&mut self) -> io::Result<()> {
        if mem::take(&mut self.has_entry) { self.to.entry(&self.entry) } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        self.flush()?;
        self.begin()?;
        match self.statement.take() {
            Some(statement) => self.to.ends(&statement),
            None => Ok(()),
        }
    }
}

/// An account without the bank's code before it, which a slash ends, and the currency behind it.
fn account(text: &str, currency: &str) -> String {
    let text = text.rsplit('/').next().unwrap_or(text).trim();
    let is_plain =
        |rest: &&str| !currency.is_empty() && rest.trim_end().ends_with(|last: char| last.is_ascii_digit());
    text.strip_suffix(currency).filter(is_plain).unwrap_or(text).trim().to_owned()
}

/// Currency and amount of `C240131EUR1234,56`, in ten-thousandths.
fn balance(text: &str) -> (&str, Option<i64>) {
    let (mark, currency, amount) = (text.get(..1), text.get(7..10), text.get(10..));
    let amount = amount.and_then(|amount| units(&decimal(amount, ',')));
    let amount = amount.and_then(|amount| match mark {
        Some("C") => Some(amount),
        Some("D") => Some(-amount),
        _ => None,
    });
    (currency.unwrap_or_default(), amount)
}

/// Takes the field `:61:`: `2401310201CR1234,56NTRFREFERENCE//BANKS` and a line that a bank may add. An entry that cannot be read is
/// begun and not ended.
fn entry(to: &mut Entry, dates: &mut Dates, value: &str) -> Option<()> {
    let (first, supplement) = lines(value);
    let mut rest = dates.read(to, first)?;
    // A reversal of a credit takes, one of a debit gives; what is expected is not booked yet.
    let (letters, is_credit, is_pending) = match rest.as_bytes() {
        [b'R', b'C', ..] => (2, false, false),
        [b'R', b'D', ..] => (2, true, false),
        [b'E', b'C', ..] => (2, true, true),
        [b'E', b'D', ..] => (2, false, true),
        [b'C', ..] => (1, true, false),
        [b'D', ..] => (1, false, false),
        _ => return None,
    };
    rest = rest.get(letters..)?;
    // The third letter of the currency.
    if rest.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
        rest = rest.get(1..)?;
    }
    let end = rest.bytes().position(|byte| !byte.is_ascii_digit() && byte != b',')?;
    let (amount, rest) = rest.split_at_checked(end).filter(|(amount, _)| !amount.is_empty())?;
    // How it came about: N, S or F and three letters or digits.
    let references =
        if matches!(rest.as_bytes(), [b'N' | b'S' | b'F', ..]) { rest.get(4..)? } else { return None };
    let slashes = memchr::memchr(b'/', references.as_bytes())
        .and_then(|_| references.as_bytes().windows(2).position(|pair| pair == b"//"));
    let (own, banks) = slashes.map_or((references, ""), |at| {
        (references.get(..at).unwrap_or_default(), references.get(at + 2..).unwrap_or_default())
    });
    let reference =
        [trim(own), trim(banks)].into_iter().find(|text| !matches!(*text, "" | "NONREF" | "NOREF"));
    to.reference.push_str(reference.unwrap_or_default());
    to.details.push_str(trim(supplement));
    put_decimal(&mut to.amount, amount, ',');
    (to.is_credit, to.is_pending) = (is_credit, is_pending);
    Some(())
}

/// Both dates of an entry as its field has them, and as they are read: those of the next one are often the same.
#[derive(Default)]
struct Dates {
    text: String,
    valued: String,
    booked: String,
}

impl Dates {
    /// Takes the dates from the start of a field; what stands behind them.
    fn read<'a>(&mut self, to: &mut Entry, field: &'a str) -> Option<&'a str> {
        if let Some(rest) = field.strip_prefix(self.text.as_str()).filter(|_| !self.text.is_empty()) {
            to.valued.push_str(&self.valued);
            to.booked.push_str(&self.booked);
            return Some(rest);
        }
        valued(&mut to.valued, field.get(..6)?)?;
        let rest = field.get(6..)?;
        let Some(text) = rest.get(..4).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())) else {
            to.booked.clone_from(&to.valued);
            return Some(rest);
        };
        booked(&mut to.booked, &to.valued, text)?;
        field.get(..10)?.clone_into(&mut self.text);
        self.valued.clone_from(&to.valued);
        self.booked.clone_from(&to.booked);
        rest.get(4..)
    }
}

/// `240131` as an ISO date; years are those of 1980 to 2079.
fn valued(out: &mut String, text: &str) -> Option<()> {
    let year: u16 = text.get(..2)?.parse().ok()?;
    let century = if year < 80 { "20" } else { "19" };
    out.extend([century, text.get(..2)?, "-", text.get(2..4)?, "-", text.get(4..6)?]);
    Some(())
}

/// The booking date of month and day: in the year of the value date, or in the next one when that is nearer.
fn booked(out: &mut String, valued: &str, text: &str) -> Option<()> {
    let (month, day) = text.split_at_checked(2)?;
    let nearer = match (valued.get(5..7)?, month) {
        ("12", "01" | "02") => 1,
        ("01" | "02", "12") => -1,
        _ => 0,
    };
    let year = valued.get(..4)?;
    if nearer == 0 {
        out.push_str(year);
    } else {
        out.push_str(&(year.parse::<i32>().ok()? + nearer).to_string());
    }
    out.extend(["-", month, "-", day]);
    Some(())
}

/// Puts what `:86:` says into an entry: the party and the text, and a reference where there is none.
fn narrate(entry: &mut Entry, value: &str) {
    let (first, others) = lines(value);
    // Of most banks it is one line.
    let whole = if others.is_empty() { Cow::Borrowed(first) } else { Cow::Owned(value.lines().collect()) };
    let Some((party, text, reference)) = german(&whole).or_else(|| slashed(&whole)) else {
        return free(&mut entry.details, first, others);
    };
    let text = if text.is_empty() { mem::take(&mut entry.details) } else { text };
    join(&mut entry.details, &[party, text], "; ");
    if entry.reference.is_empty() && reference != "NOTPROVIDED" {
        entry.reference = reference;
    }
}

/// Puts a text without parts in place of what was there before, its lines with a blank between them.
fn free(details: &mut String, first: &str, others: &str) {
    let others = (!others.is_empty()).then(|| others.split('\n')).into_iter().flatten();
    let lines = iter::once(first).chain(others).map(trim).filter(|line| !line.is_empty());
    for (place, line) in lines.enumerate() {
        if place == 0 {
            details.clear();
        } else {
            details.push(' ');
        }
        details.push_str(line);
    }
}

/// The first line of a field, and those below it.
fn lines(value: &str) -> (&str, &str) {
    memchr::memchr(b'\n', value.as_bytes())
        .and_then(|end| Some((value.get(..end)?, value.get(end + 1..)?)))
        .unwrap_or((value, ""))
}

/// What stands before the parts of a text, in their order: a name and its place, as they are found at each of a sign.
fn marks<'a>(
    text: &str,
    sign: u8,
    at: impl Fn(usize) -> Option<(&'a str, Range<usize>)>,
) -> Vec<(&'a str, Range<usize>)> {
    memchr::memchr_iter(sign, text.as_bytes()).filter_map(at).collect()
}

/// The part of a text behind the first mark of a name, up to the next mark.
fn part<'a>(text: &'a str, marks: &[(&str, Range<usize>)], name: &str) -> Option<&'a str> {
    let (_, mark) = marks.iter().find(|(of, _)| *of == name)?;
    let next = marks.iter().map(|(_, next)| next.start).find(|start| *start >= mark.end);
    text.get(mark.end..next.unwrap_or(text.len()))
}

/// `166?00GUTSCHRIFT?20EREF+1?21SVWZ+Rent?32Name`: party, text, reference.
fn german(text: &str) -> Option<(String, String, String)> {
    // Of most texts the first letter tells.
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (code, rest) = text.split_at_checked(3)?;
    let mark = rest.chars().next().filter(|mark| mark.is_ascii_punctuation() && *mark != '/')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(code) || !rest.get(1..3).is_some_and(is_number) {
        return None;
    }
    let (mut party, mut purpose, mut posting) = (String::new(), String::new(), String::new());
    for part in rest.split(mark).skip(1) {
        let (number, text) = part.split_at_checked(2).unwrap_or((part, ""));
        match number {
            "00" => posting.push_str(text),
            "32" | "33" => party.push_str(text),
            _ if number.starts_with('2') || number.starts_with('6') => purpose.push_str(text),
            _ => {}
        }
    }
    let marks = marks(&purpose, b'+', |at| {
        let (before, _) = purpose.split_at_checked(at + 1)?;
        SEPA.iter().find(|name| before.ends_with(**name)).map(|name| (*name, at + 1 - name.len()..at + 1))
    });
    let part = |name: &str| part(&purpose, &marks, name).map(|text| text.trim().to_owned());
    let reference = part("EREF+").unwrap_or_default();
    let text =
        part("SVWZ+").unwrap_or_else(|| if reference.is_empty() { purpose.clone() } else { String::new() });
    let text = if text.trim().is_empty() { posting } else { text };
    Some((party.trim().to_owned(), text.trim().to_owned(), reference))
}

/// `/TRTP/SEPA/NAME/Somebody/REMI/USTD//Rent/EREF/1`: party, text, reference.
fn slashed(text: &str) -> Option<(String, String, String)> {
    let marks = marks(text, b'/', |at| {
        let (name, _) = text.get(at + 1..)?.split_once('/')?;
        SLASHED.contains(&name).then(|| (name, at..at + name.len() + 2))
    });
    if marks.is_empty() {
        return None;
    }
    let part = |name: &str| part(text, &marks, name).map(|text| text.trim_matches(['/', ' ']).to_owned());
    let (remittance, reference) = (part("REMI"), part("EREF"));
    if remittance.is_none() && reference.is_none() {
        return None;
    }
    let remittance = remittance.unwrap_or_default();
    // Its kind stands before it, and behind it who issued a structured one.
    let remittance =
        ["USTD//", "STRD/"].iter().find_map(|kind| remittance.strip_prefix(kind)).unwrap_or(&remittance);
    Some((part("NAME").unwrap_or_default(), remittance.to_owned(), reference.unwrap_or_default()))
}
