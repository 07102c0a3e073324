//! SWIFT's MT940 (a statement) and MT942 (a report of a day under way), with what banks put into the field `:86:`.

use std::borrow::Cow;
use std::io::{self, Read};
use std::iter;
use std::mem;

use super::entry::{Entry, Listener, Statement, damaged, decimal, join, put_decimal, trim, units};
use crate::text::lines::{CAP, Line, Lines};
use crate::text::records::{Bad, UNDECODABLE};
use parts::{coded, german, is_number, slashed};

mod parts;

const BAD_ENTRY: Bad = Bad { error: "bad_entry", message: "the field :61: is not as the standard has it" };

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
        text: String::new(),
        dates: Dates::default(),
    };
    let mut field = Field::default();
    while let Some((number, line)) = lines.next_line()? {
        let text = match line {
            Line::Text(line) => line,
            Line::Bytes(_) => return Err(damaged(format!("line {number}: {}", UNDECODABLE.message))),
            Line::TooLong { .. } => {
                return Err(damaged(format!("line {number} is longer than any statement's")));
            }
        };
        // The blocks around the text of a message.
        let text = if matches!(text.as_bytes(), [b'{', b'1'..=b'5' | b'S', b':', ..]) {
            text.rsplit_once("{4:").map_or("", |(_, text)| text)
        } else {
            text
        };
        if let Some((tag, value)) = tagged(text).filter(|tagged| !found.is_of_text(&field, *tagged)) {
            // A message does not go on behind its end: what looked like it was a line of a text.
            let is_text = field.tag == Some(*b"86 ");
            let has_ended = field.end.is_some() && (!is_text || matches!(&tag, b"20 " | b"25 " | b"25P"));
            found.close(&mut field, has_ended)?;
            field.begin(number, tag, value);
        } else if text.starts_with("-}") {
            found.close(&mut field, true)?;
        } else if text.trim_end() == "-" && field.tag.is_some() && field.end.is_none() {
            field.end = Some(field.value.len());
            field.value.push_str("\n-");
        } else if field.tag.is_some() {
            if field.value.len() > CAP {
                return Err(damaged(format!("line {number} belongs to a field longer than any statement's")));
            }
            field.value.push('\n');
            field.value.push_str(text);
        }
    }
    found.close(&mut field, true)
}

/// A field of a message; without a tag there is none.
#[derive(Default)]
struct Field {
    line: u64,
    tag: Option<Tag>,
    value: String,
    /// Where a line of the value may be the end of the message.
    end: Option<usize>,
}

impl Field {
    fn begin(&mut self, line: u64, tag: Tag, value: &str) {
        (self.line, self.tag, self.end) = (line, Some(tag), None);
        value.clone_into(&mut self.value);
    }
}

/// Two digits and a letter, or a blank where there is none.
type Tag = [u8; 3];

/// The fields of both messages, and `:13:`, `:21:`, `:64:` and `:65:`, of which nothing is read.
const TAGS: &[&Tag] = &[
    b"61 ", b"13 ", b"13D", b"20 ", b"21 ", b"25 ", b"25P", b"28 ", b"28C", b"34F", b"60F", b"60M", b"62F",
    b"62M", b"64 ", b"65 ", b"86 ", b"90C", b"90D",
];

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
    /// What the fields `:86:` behind the entry say so far.
    text: String,
    dates: Dates,
}

impl Found<'_> {
    /// Whether a line that begins as a field does goes on with the text of `:86:`, which banks cut anywhere: also in a time, `T16`
    /// above `:25:37`.
    fn is_of_text(&self, field: &Field, (tag, value): (Tag, &str)) -> bool {
        let are_two = |bytes: &[u8]| bytes.len() == 2 && bytes.iter().all(u8::is_ascii_digit);
        let is_cut_time = || {
            let end = field.value.as_bytes().rsplit(|byte| !byte.is_ascii_digit()).next();
            let start = value.as_bytes().split(|byte| !byte.is_ascii_digit()).next();
            let is_closed = self.statement.as_ref().is_none_or(|statement| statement.closing.is_some());
            tag.ends_with(b" ")
                && [end, start].into_iter().all(|part| part.is_some_and(are_two))
                && !is_closed
        };
        field.tag == Some(*b"86 ") && (!TAGS.contains(&&tag) || is_cut_time())
    }

    /// Takes a field, and where the message has ended behind it, what stands there is none of it.
    fn close(&mut self, field: &mut Field, has_ended: bool) -> io::Result<()> {
        if let Some(end) = field.end.filter(|_| has_ended) {
            field.value.truncate(end);
        }
        self.field(field)?;
        if has_ended { self.end() } else { Ok(()) }
    }

    /// Takes a field, where there is one.
    fn field(&mut self, field: &mut Field) -> io::Result<()> {
        let Field { line, tag, value, .. } = field;
        let Some(tag) = tag.take() else { return Ok(()) };
        if &tag == b"86 " {
            self.tell(value);
            return Ok(());
        }
        self.flush()?;
        let first = || trim(lines(value).0);
        match &tag {
            b"20 " => self.anew(Statement::default())?,
            b"25 " | b"25P" => {
                // Some banks write one message for all accounts.
                if self.statement.is_none() || self.is_whole() {
                    self.anew(Statement::default())?;
                }
                self.known(|statement| first().clone_into(&mut statement.account));
            }
            b"60F" | b"60M" => {
                if let Some(before) = self.statement.as_ref().filter(|_| self.is_whole()) {
                    let account = before.account.clone();
                    self.anew(Statement { account, ..Statement::default() })?;
                }
                let (currency, amount) = balance(first());
                self.known(|statement| {
                    currency.clone_into(&mut statement.currency);
                    statement.opening = amount;
                });
            }
            b"34F" => self.known(|statement| {
                statement.is_interim = true;
                if statement.currency.is_empty() {
                    first().get(..3).unwrap_or_default().clone_into(&mut statement.currency);
                }
            }),
            b"61 " => {
                self.begin()?;
                self.entry.begin(*line);
                match entry(&mut self.entry, &mut self.dates, value) {
                    Some(()) => self.has_entry = true,
                    None => self.to.bad(*line, BAD_ENTRY, first().to_owned())?,
                }
            }
            b"62F" | b"62M" => {
                let (_, amount) = balance(first());
                self.known(|statement| statement.closing = amount);
            }
            b"90C" | b"90D" => {
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

    /// Takes what an entry's field `:86:` says; one elsewhere is of the statement. Some banks write several behind an entry, of which
    /// the later ones say the first ones again or begin with their code.
    fn tell(&mut self, value: &mut String) {
        if !self.has_entry {
            return;
        }
        if self.text.is_empty() || (is_number(&self.text) && value.starts_with(self.text.as_str())) {
            return mem::swap(&mut self.text, value);
        }
        let is_more = coded(&self.text).is_some_and(|own| coded(value).is_some_and(|other| own == other));
        let more = if is_more { value.get(3..).unwrap_or_default() } else { value };
        if !is_more {
            self.text.push('\n');
        }
        self.text.push_str(more);
    }

    /// Whether a statement has entries or an end, so that what begins one is of the next.
    fn is_whole(&self) -> bool {
        let has_end =
            |statement: &Statement| statement.closing.or(statement.credits).or(statement.debits).is_some();
        self.has_begun || self.statement.as_ref().is_some_and(has_end)
    }

    fn anew(&mut self, statement: Statement) -> io::Result<()> {
        self.end()?;
        (self.statement, self.has_begun) = (Some(statement), false);
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
        if !mem::take(&mut self.has_entry) {
            return Ok(());
        }
        if !self.text.is_empty() {
            narrate(&mut self.entry, &mut self.text);
            self.text.clear();
        }
        self.to.entry(&self.entry)
    }

    fn end(&mut self) -> io::Result<()> {
        self.flush()?;
        self.begin()?;
        self.has_begun = false;
        match self.statement.take() {
            Some(statement) => self.to.ends(&statement),
            None => Ok(()),
        }
    }
}

/// An account without the bank's code before it, which a slash ends, and the currency behind it.
fn account(text: &str, currency: &str) -> String {
    // Some banks write the currency behind a slash.
    let is_currency = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    let text =
        text.rsplit_once('/').filter(|(_, last)| is_currency(last.trim())).map_or(text, |(text, _)| text);
    let text = text.rsplit('/').next().unwrap_or(text).trim();
    let is_plain =
        |rest: &&str| !currency.is_empty() && rest.trim_end().ends_with(|last: char| last.is_ascii_digit());
    text.strip_suffix(currency).filter(is_plain).unwrap_or(text).trim().to_owned()
}

/// Currency, which some banks leave out, and amount of `C240131EUR1234,56`, in ten-thousandths.
fn balance(text: &str) -> (&str, Option<i64>) {
    let (mark, rest) = (text.get(..1), text.get(7..));
    let currency = rest
        .and_then(|rest| rest.get(..3))
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let amount = rest.and_then(|rest| rest.get(currency.map_or(0, str::len)..));
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
            // Some banks have blanks where there is no booking date.
            return Some(rest.strip_prefix("    ").unwrap_or(rest));
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

/// The booking date of month and day: in the year that brings it nearest to the value date.
fn booked(out: &mut String, valued: &str, text: &str) -> Option<()> {
    let (month, day) = text.split_at_checked(2)?;
    let months = month.parse::<i32>().ok()? - valued.get(5..7)?.parse::<i32>().ok()?;
    let nearer = i32::from(months < -6) - i32::from(months > 6);
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
fn narrate(entry: &mut Entry, value: &mut String) {
    let (first, others) = lines(value);
    // Of most banks it is one line.
    let whole = if others.is_empty() { Cow::Borrowed(first) } else { Cow::Owned(value.lines().collect()) };
    let Some((party, text, reference)) = german(&whole).or_else(|| slashed(&whole)) else {
        if others.is_empty() && trim(first).len() == value.len() {
            mem::swap(&mut entry.details, value);
        } else {
            free(&mut entry.details, first, others);
        }
        return;
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
