//! OFX 1 (SGML, where a value has no closing tag) and OFX 2 (XML), as banks and QFX files have them.

use std::io::{self, BufRead, BufReader, Read};

use super::entry::{Entry, Listener, Statement, damaged, join, put_decimal, units};
use crate::text::lines::CAP;
use crate::text::records::Bad;

const OTHER_WAY: Bad =
    Bad { error: "bad_direction", message: "the amount has a sign that says another way than TRNTYPE does" };

/// The elements that hold others and mean something here.
const HOLDERS: &[&str] = &[
    "STMTRS",
    "CCSTMTRS",
    "INVSTMTRS",
    "STMTTRN",
    "LEDGERBAL",
    "CURRENCY",
    "ORIGCURRENCY",
    "BANKACCTFROM",
    "CCACCTFROM",
    "INVACCTFROM",
    "PAYEE",
];

pub(super) fn read(reader: impl Read, to: &mut dyn Listener) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    let mut found = Found {
        to,
        open: Vec::new(),
        statement: None,
        has_begun: false,
        entry: Entry::default(),
        texts: [const { String::new() }; 4],
        kind: String::new(),
        count: 0,
    };
    let (mut text, mut tag) = (Vec::new(), Vec::new());
    // What stands above the first element is the header.
    until(&mut reader, b'<', &mut text)?;
    while until(&mut reader, b'>', &mut tag)? {
        let more = until(&mut reader, b'<', &mut text)?;
        tag.make_ascii_uppercase();
        let name = utf8(&tag)?.trim();
        if let Some(name) = name.strip_prefix('/') {
            found.close(name)?;
        } else if !name.starts_with(['?', '!']) {
            // Of SGML, a value ends with its line.
            let value = utf8(&text)?.trim().lines().next().unwrap_or_default().trim();
            if value.is_empty() { found.open(name)? } else { found.leaf(name, value) }
        }
        if !more {
            break;
        }
    }
    if found.statement.is_some() || !found.open.is_empty() {
        return Err(damaged("the OFX ends in the middle"));
    }
    Ok(())
}

/// Reads up to a byte, without it; whether it was there.
fn until(reader: &mut impl BufRead, end: u8, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.clear();
    reader.take(CAP as u64).read_until(end, bytes)?;
    let is_there = bytes.last() == Some(&end);
    if is_there {
        bytes.pop();
    } else if bytes.len() == CAP {
        return Err(damaged(format!("the OFX has a text of more than {CAP} bytes")));
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
    count: u64,
}

impl Found<'_> {
    fn open(&mut self, name: &str) -> io::Result<()> {
        let Some(name) = HOLDERS.iter().find(|known| **known == name) else { return Ok(()) };
        if self.open.len() > HOLDERS.len() {
            return Err(damaged("the OFX has elements inside themselves"));
        }
        self.open.push(name);
        match *name {
            "STMTRS" | "CCSTMTRS" | "INVSTMTRS" => {
                self.statement = Some(Statement::default());
                self.has_begun = false;
            }
            "STMTTRN" => {
                self.begin()?;
                self.count += 1;
                self.entry.begin(self.count);
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
        if !self.open.contains(&name) {
            return Ok(());
        }
        while let Some(open) = self.open.pop() {
            match open {
                "STMTTRN" => self.entry_ends()?,
                "STMTRS" | "CCSTMTRS" | "INVSTMTRS" => {
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
        let kind = [("DEBIT", false), ("CREDIT", true)].into_iter().find(|(kind, _)| *kind == self.kind);
        if kind.is_some_and(|(_, is_credit)| is_credit != self.entry.is_credit)
            && units(&self.entry.amount) != Some(0)
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
        let [payee, memo, cheque, reference] = &mut self.texts;
        match (holder, name) {
            (_, "CURDEF") => self.put(|statement| &mut statement.currency, &value),
            ("BANKACCTFROM" | "CCACCTFROM" | "INVACCTFROM", "ACCTID") => {
                self.put(|statement| &mut statement.account, &value);
            }
            ("LEDGERBAL", "BALAMT") => {
                let mut amount = String::new();
                let is_credit = signed(&mut amount, &value);
                let units = units(&amount).map(|units| if is_credit { units } else { -units });
                if let Some(statement) = &mut self.statement {
                    statement.closing = units;
                }
            }
            ("STMTTRN", "TRNTYPE") => value.as_ref().clone_into(&mut self.kind),
            ("STMTTRN", "DTPOSTED") => day(&mut self.entry.booked, &value),
            ("STMTTRN", "DTAVAIL") => day(&mut self.entry.valued, &value),
            ("STMTTRN", "TRNAMT") => self.entry.is_credit = signed(&mut self.entry.amount, &value),
            ("STMTTRN" | "PAYEE", "NAME") => value.as_ref().clone_into(payee),
            ("STMTTRN", "MEMO") => value.as_ref().clone_into(memo),
            ("STMTTRN", "CHECKNUM") => value.as_ref().clone_into(cheque),
            ("STMTTRN", "REFNUM") => value.as_ref().clone_into(reference),
            // The amount is in this one; an ORIGCURRENCY says what it was converted from.
            ("CURRENCY", "CURSYM") => value.as_ref().clone_into(&mut self.entry.currency),
            _ => {}
        }
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

/// An amount without its sign; whether it is positive.
fn signed(out: &mut String, text: &str) -> bool {
    let (unsigned, is_credit) = match text.strip_prefix('-') {
        Some(unsigned) => (unsigned, false),
        None => (text.strip_prefix('+').unwrap_or(text), true),
    };
    let mark = if unsigned.contains(',') && !unsigned.contains('.') { ',' } else { '.' };
    put_decimal(out, unsigned, mark);
    is_credit
}
