//! OFX 1 (SGML, where a value has no closing tag) and OFX 2 (XML), as banks and QFX files have them.

use std::io::{self, BufRead, BufReader, Read};

use super::super::convention::balances::{self, Word};
use super::entry::{Entry, Listener, Statement, damaged, join, put_decimal, trim};
use crate::text::amounts::Mark;
use crate::text::lines::CAP;
use crate::text::records::Bad;
use crate::value;

/// The beginning of a section of characters, behind its `<`.
const CDATA: &[u8] = b"![CDATA[";

const OTHER_WAY: Bad =
    Bad { error: "bad_direction", message: "the amount has a sign that says another way than TRNTYPE does" };

const CORRECTS: Bad =
    Bad { error: "bad_entry", message: "the entry replaces or deletes another one, which is not done" };

/// The elements that hold others and mean something here.
const HOLDERS: &[&str] = &[
    "STMTRS",
    "CCSTMTRS",
    "INVSTMTRS",
    "STMTTRN",
    "STMTTRNP",
    "CURRENCY",
    "ORIGCURRENCY",
    "BANKACCTFROM",
    "CCACCTFROM",
    "INVACCTFROM",
    "PAYEE",
];

const STATEMENTS: &[&str] = &["STMTRS", "CCSTMTRS", "INVSTMTRS"];

const ENTRIES: &[&str] = &["STMTTRN", "STMTTRNP"];

/// Transactions of an account of securities, beside those of its money.
const SECURITIES: &[&str] = &[
    "BUYDEBT",
    "BUYMF",
    "BUYOPT",
    "BUYOTHER",
    "BUYSTOCK",
    "CLOSUREOPT",
    "INCOME",
    "INVEXPENSE",
    "JRNLFUND",
    "JRNLSEC",
    "MARGININTEREST",
    "REINVEST",
    "RETOFCAP",
    "SELLDEBT",
    "SELLMF",
    "SELLOPT",
    "SELLOTHER",
    "SELLSTOCK",
    "SPLIT",
    "TRANSFER",
];

const UNCLEAR: Bad = Bad {
    error: "bad_amount",
    message: "the amount may be either, and no other one of the file tells: say --decimal point or comma",
};

/// What the amounts of a file show: OFX has a point or a comma before decimals and no groups, and banks have groups.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shown {
    point: bool,
    comma: bool,
    /// One may be read in two ways.
    pub is_open: bool,
}

impl Shown {
    /// As if an amount had shown this mark.
    pub(super) fn of(mark: Mark) -> Self {
        Self { point: mark == Mark::Point, comma: mark == Mark::Comma, is_open: false }
    }
}

/// Whether a text has the element that holds all others.
pub(super) fn is_one(start: &str) -> bool {
    let mut tags = start.split('<').skip(1).filter_map(|tag| tag.split_once('>'));
    tags.any(|(name, _)| name.trim_end().eq_ignore_ascii_case("OFX"))
}

/// Reads the entries; what is `known` of the amounts is from an earlier reading, or said.
pub(super) fn read(reader: impl Read, known: Option<Shown>, to: &mut dyn Listener) -> io::Result<Shown> {
    let mut reader = BufReader::new(reader);
    let mut found = Found {
        to,
        open: Vec::new(),
        statement: None,
        has_begun: false,
        entry: Entry::default(),
        texts: [const { String::new() }; 4],
        kind: String::new(),
        corrects: false,
        known,
        shown: Shown::default(),
        unclear: None,
        count: 0,
    };
    let mut element = Element::default();
    let (mut text, mut tag) = (Vec::new(), Vec::new());
    // What stands above the first element is the header.
    let mut goes_on = until(&mut reader, b'<', &mut text)?;
    while goes_on && until(&mut reader, b'>', &mut tag)? {
        if tag.starts_with(CDATA) {
            section_ends(&mut reader, &mut tag)?;
            element.add(utf8(&tag)?.replace('&', "&amp;").as_bytes())?;
        } else {
            // Of SGML, a text may have a `<`.
            if let Some(at) = memchr::memrchr(b'<', &tag) {
                element.add(b"<")?;
                element.add(tag.get(..at).unwrap_or_default())?;
                tag.drain(..=at);
            }
            tag.make_ascii_uppercase();
            element.ends(&mut found, utf8(&tag)?.trim())?;
        }
        goes_on = until(&mut reader, b'<', &mut text)?;
        element.add(&text)?;
    }
    element.ends(&mut found, "")?;
    if found.statement.is_some() || !found.open.is_empty() {
        return Err(damaged("the OFX ends in the middle"));
    }
    Ok(found.shown)
}

/// A tag and what stands behind it.
#[derive(Default)]
struct Element {
    name: String,
    text: Vec<u8>,
}

impl Element {
    fn add(&mut self, text: &[u8]) -> io::Result<()> {
        self.text.extend_from_slice(text);
        if self.text.len() > CAP { Err(too_long()) } else { Ok(()) }
    }

    /// Hands it on, and begins the next one.
    fn ends(&mut self, found: &mut Found, next: &str) -> io::Result<()> {
        let text = utf8(&self.text)?.trim();
        if let Some(name) = self.name.strip_prefix('/') {
            found.close(name)?;
        } else if text.is_empty() {
            found.open(&self.name)?;
        } else if next.strip_prefix('/') == Some(self.name.as_str()) && text.contains('\n') {
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            found.leaf(&self.name, &lines.join(" "));
        } else {
            // Of SGML, a value that is not closed ends with its line.
            found.leaf(&self.name, text.lines().next().unwrap_or_default().trim_end());
        }
        next.clone_into(&mut self.name);
        self.text.clear();
        Ok(())
    }
}

/// Reads to the end of a section of characters, and leaves these alone.
fn section_ends(reader: &mut impl BufRead, section: &mut Vec<u8>) -> io::Result<()> {
    let mut more = Vec::new();
    while !section.get(CDATA.len()..).is_some_and(|text| text.ends_with(b"]]")) {
        if !until(reader, b'>', &mut more)? {
            return Err(damaged("the OFX ends in the middle"));
        }
        section.push(b'>');
        section.append(&mut more);
        if section.len() > CAP {
            return Err(too_long());
        }
    }
    section.truncate(section.len() - 2);
    section.drain(..CDATA.len());
    Ok(())
}

fn inside_themselves() -> io::Error {
    damaged("the OFX has elements inside themselves")
}

fn too_long() -> io::Error {
    damaged(format!("the OFX has a text of more than {CAP} bytes"))
}

/// Reads up to a byte, without it; whether it was there.
fn until(reader: &mut impl BufRead, end: u8, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.clear();
    reader.take(CAP as u64).read_until(end, bytes)?;
    let is_there = bytes.last() == Some(&end);
    if is_there {
        bytes.pop();
    } else if bytes.len() == CAP {
        return Err(too_long());
    }
    Ok(is_there)
}

fn utf8(bytes: &[u8]) -> io::Result<&str> {
    str::from_utf8(bytes).map_err(|_| damaged("the OFX has bytes that are no text"))
}

struct Found<'a> {
    to: &'a mut dyn Listener,
    /// Holders that are open.
    open: Vec<&'static str>,
    statement: Option<Statement>,
    has_begun: bool,
    entry: Entry,
    /// Name, memo, cheque number and reference number of the entry.
    texts: [String; 4],
    /// What the entry says that it is.
    kind: String,
    /// It takes the place of another one.
    corrects: bool,
    known: Option<Shown>,
    shown: Shown,
    /// Both readings of the entry's amount.
    unclear: Option<String>,
    count: u64,
}

impl Found<'_> {
    fn open(&mut self, name: &str) -> io::Result<()> {
        if let Some(statement) = self.statement.as_mut().filter(|_| SECURITIES.contains(&name)) {
            statement.securities += 1;
        }
        let Some(name) = HOLDERS.iter().find(|known| **known == name) else { return Ok(()) };
        // Of SGML, an entry whose end is missing ends where the next one begins.
        if let Some(before) = ENTRIES.iter().find(|entry| ENTRIES.contains(name) && self.open.contains(entry))
        {
            if self.entry.amount.is_empty() {
                return Err(inside_themselves());
            }
            self.close(before)?;
        }
        if self.open.len() > HOLDERS.len() {
            return Err(inside_themselves());
        }
        self.open.push(name);
        match *name {
            _ if STATEMENTS.contains(name) => {
                self.statement = Some(Statement::default());
                self.has_begun = false;
            }
            "STMTTRN" | "STMTTRNP" => {
                self.begin()?;
                self.count += 1;
                self.entry.begin(self.count);
                self.entry.is_pending = *name == "STMTTRNP";
                (self.corrects, self.unclear) = (false, None);
                self.texts.iter_mut().for_each(String::clear);
                self.kind.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some(statement) = self.statement.as_ref().filter(|_| !self.has_begun) {
            self.has_begun = true;
            self.to.begins(statement)?;
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        // Some banks end a statement by another one's name.
        let is_open =
            |known: &&&str| **known == name || (STATEMENTS.contains(&name) && STATEMENTS.contains(*known));
        let Some(name) = self.open.iter().rfind(is_open).copied() else { return Ok(()) };
        while let Some(open) = self.open.pop() {
            match open {
                "STMTTRN" => self.entry_ends()?,
                "STMTTRNP" => self.to.entry(&self.entry)?,
                _ if STATEMENTS.contains(&open) => {
                    self.begin()?;
                    if let Some(statement) = self.statement.take() {
                        self.to.ends(&statement)?;
                    }
                }
                _ => {}
            }
            if open == name {
                break;
            }
        }
        Ok(())
    }

    fn entry_ends(&mut self) -> io::Result<()> {
        // Some banks list balances as entries.
        let [name, memo, ..] = &self.texts;
        let texts = || [name, memo].into_iter().filter(|text| !text.is_empty());
        if texts().next().is_some() && texts().all(|text| balances::word(text) == Some(Word::Sure)) {
            if let Some(statement) = &mut self.statement {
                statement.balances += 1;
            }
            return Ok(());
        }
        if let Some(readings) = self.unclear.take() {
            return self.to.bad(self.entry.place, UNCLEAR, readings);
        }
        if self.corrects {
            return self.to.bad(self.entry.place, CORRECTS, self.entry.amount.clone());
        }
        let kind = [("DEBIT", false), ("CREDIT", true)].into_iter().find(|(kind, _)| *kind == self.kind);
        if kind.is_some_and(|(_, is_credit)| is_credit != self.entry.is_credit)
            && self.entry.amount.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
        {
            let sign = if self.entry.is_credit { "" } else { "-" };
            let text = format!("{} {sign}{}", self.kind, self.entry.amount);
            return self.to.bad(self.entry.place, OTHER_WAY, text);
        }
        let [name, memo, cheque, reference] = &self.texts;
        join(&mut self.entry.details, &[name, memo], "; ");
        self.entry.reference.clone_from(if cheque.is_empty() { reference } else { cheque });
        if self.entry.valued.is_empty() {
            self.entry.valued.clone_from(&self.entry.booked);
        }
        self.to.entry(&self.entry)
    }

    fn leaf(&mut self, name: &str, value: &str) {
        let holder = self.open.last().copied().unwrap_or_default();
        let value = match quick_xml::escape::unescape(value) {
            Ok(value) => value,
            // Of SGML, where an ampersand is often just one.
            Err(_) => value.into(),
        };
        let value = value.as_ref();
        let [payee, memo, cheque, reference] = &mut self.texts;
        match (holder, name) {
            (_, "CURDEF") => self.put(|statement| &mut statement.currency, value),
            ("BANKACCTFROM" | "CCACCTFROM" | "INVACCTFROM", "ACCTID") => {
                self.put(|statement| &mut statement.account, value);
            }
            ("STMTTRN", "TRNTYPE") => value.clone_into(&mut self.kind),
            ("STMTTRN", "DTPOSTED") => day(&mut self.entry.booked, value),
            ("STMTTRN", "DTAVAIL") => day(&mut self.entry.valued, value),
            ("STMTTRN", "TRNAMT") => self.amount(value),
            ("STMTTRN", "CORRECTACTION" | "CORRECTFITID") => self.corrects = true,
            ("STMTTRN" | "PAYEE", "NAME") | ("STMTTRN", "EXTDNAME") => value.clone_into(payee),
            ("STMTTRN", "MEMO") => value.clone_into(memo),
            ("STMTTRN", "CHECKNUM") => value.clone_into(cheque),
            ("STMTTRN", "REFNUM") => value.clone_into(reference),
            // The amount is in this one; an ORIGCURRENCY says what it was converted from.
            ("CURRENCY", "CURSYM") => value.clone_into(&mut self.entry.currency),
            _ => {}
        }
    }

    /// Takes the entry's amount, with a point before its decimals and no groups.
    fn amount(&mut self, text: &str) {
        self.entry.is_credit = !text.starts_with('-');
        let unsigned = trim(text.strip_prefix(['-', '+']).unwrap_or(text));
        let found = unsigned.rfind([',', '.']).map(|at| unsigned.split_at(at));
        let Some((whole, decimals)) = found else {
            return put_decimal(&mut self.entry.amount, unsigned, '.');
        };
        let (mark, other) = if decimals.starts_with(',') { (',', '.') } else { ('.', ',') };
        let decimals = decimals.get(1..).unwrap_or_default();
        let is_repeated = whole.contains(mark);
        let is_lone = !is_repeated && !whole.contains(other);
        let is_open =
            is_lone && decimals.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
        let currency = self.statement.as_ref().map_or("", |statement| statement.currency.as_str());
        let groups = if !is_open {
            is_repeated
        } else if value::minor_unit(currency) == Some(0) {
            true
        } else if let Some(shown) = self.known.filter(|shown| shown.point != shown.comma) {
            shown.point != (mark == '.')
        } else {
            self.shown.is_open = true;
            if value::minor_unit(currency) != Some(3) {
                self.unclear = self.known.map(|_| format!("{text}: {whole}.{decimals} or {whole}{decimals}"));
            }
            false
        };
        if !is_open {
            let shown =
                if (mark == ',') == is_repeated { &mut self.shown.point } else { &mut self.shown.comma };
            *shown = true;
        }
        let plain = if groups {
            is_grouped(unsigned, mark).then(|| unsigned.replace(mark, ""))
        } else {
            (is_lone || is_grouped(whole, other)).then(|| format!("{}.{decimals}", whole.replace(other, "")))
        };
        put_decimal(&mut self.entry.amount, plain.as_deref().unwrap_or(unsigned), '.');
    }

    fn put(&mut self, field: impl Fn(&mut Statement) -> &mut String, value: &str) {
        if let Some(statement) = &mut self.statement {
            value.clone_into(field(statement));
        }
    }
}

/// The day of `20240131120000.000[-5:EST]`, as it is written.
fn day(out: &mut String, text: &str) {
    out.clear();
    match (text.get(..4), text.get(4..6), text.get(6..8)) {
        (Some(year), Some(month), Some(day)) => out.extend([year, "-", month, "-", day]),
        _ => out.push_str(text),
    }
}

/// Digits in groups of three, the last but one also of two as in India.
fn is_grouped(whole: &str, mark: char) -> bool {
    let mut groups = whole.rsplit(mark).map(str::len);
    groups.next() == Some(3) && groups.all(|digits| (1..=3).contains(&digits))
}
