//! ISO 20022: camt.053 (a statement), camt.052 (a report of a day under way), camt.054 (a notification), every version.
//!
//! Elements are known by their local names and the way to them. An entry is a row, also when it sums a batch up: it is what
//! the balances have.

use std::io::{self, Read};

use quick_xml::events::{BytesStart, Event};

use super::entry::{Entry, Listener, Statement, damaged, decimal, join, joined, put_decimal, units};
use crate::text::records::Bad;
use crate::text::xml::{Events, attribute, push_text};

/// Elements lie not deeper in any version.
const DEEPEST: usize = 64;
/// Texts of a batch that an entry is told by.
const TEXTS: usize = 3;
/// Texts of one transaction; no bank has as many.
const MANY: usize = 100;

const NO_DIRECTION: Bad = Bad { error: "bad_entry", message: "the entry is neither a credit nor a debit" };

const OTHER_STATUS: Bad =
    Bad { error: "bad_entry", message: "the entry is not said to be booked, and not to be under way" };

/// The names that mean something here, in order.
const NAMES: &[&str] = &[
    "Acct",
    "AcctSvcrRef",
    "AddtlNtryInf",
    "AddtlRmtInf",
    "AddtlTxInf",
    "Amt",
    "AmtDtls",
    "BBAN",
    "Bal",
    "BkToCstmrAcctRpt",
    "BkToCstmrDbtCdtNtfctn",
    "BkToCstmrStmt",
    "BookgDt",
    "Ccy",
    "Cd",
    "CdOrPrtry",
    "CdtDbtInd",
    "Cdtr",
    "CdtrRefInf",
    "ChqNb",
    "Chrgs",
    "Dbtr",
    "Dt",
    "DtTm",
    "EndToEndId",
    "IBAN",
    "Id",
    "NbOfNtries",
    "Nm",
    "Ntfctn",
    "Ntry",
    "NtryDtls",
    "NtryRef",
    "Othr",
    "Prtry",
    "PrtryAcct",
    "Pty",
    "Rcrd",
    "Ref",
    "Refs",
    "RltdPties",
    "RmtInf",
    "Rpt",
    "RvslInd",
    "Stmt",
    "Strd",
    "Sts",
    "Sum",
    "Tp",
    "TtlCdtNtries",
    "TtlChrgsAndTaxAmt",
    "TtlDbtNtries",
    "TtlNtries",
    "TxAmt",
    "TxDtls",
    "TxsSummry",
    "UPIC",
    "Ustrd",
    "ValDt",
];

pub(super) fn read(reader: impl Read, to: &mut dyn Listener) -> io::Result<()> {
    let (mut found, mut events) = (Found::new(to), Events::new(reader));
    loop {
        let at = events.position();
        let event = events.next_event()?;
        match &event {
            Event::Start(element) => found.open(element)?,
            Event::Empty(element) => {
                found.open(element)?;
                found.close()?;
            }
            Event::End(_) => found.close()?,
            Event::Eof if found.path.is_empty() => return Ok(()),
            Event::Eof => return Err(damaged(format!("the XML ends at byte {at} in the middle"))),
            event => {
                push_text(&mut found.text, event)?;
            }
        }
    }
}

/// What was found, and where we are.
struct Found<'a> {
    to: &'a mut dyn Listener,
    /// The names of the elements that are open; those that mean nothing here are empty.
    path: Vec<&'static str>,
    /// How many elements are open around what stands in a statement.
    inside: usize,
    text: String,
    /// The currency of the amount that is open.
    currency: String,
    statement: Statement,
    has_begun: bool,
    balance: Balance,
    /// Balances between the pages of a statement.
    interim: Vec<i64>,
    entry: Parts,
    count: u64,
}

/// A balance under way.
#[derive(Default)]
struct Balance {
    kind: String,
    amount: Option<i64>,
    is_debit: bool,
}

/// An entry under way.
#[derive(Default)]
struct Parts {
    entry: Entry,
    has_direction: bool,
    status: String,
    is_reversal: bool,
    charges: String,
    transactions: u64,
    /// What the transactions add up to; nothing once one has no amount in the entry's currency.
    sum: Option<i64>,
    transaction: Transaction,
    /// Whether transactions have not the same payer, or payee.
    are_several: bool,
    debtor: String,
    creditor: String,
    remittance: Vec<String>,
    structured: String,
    more: String,
    cheque: String,
    end_to_end: String,
    bank_reference: String,
    entry_reference: String,
    /// The bank's for the transaction, where it has none for the entry.
    reference: String,
}

/// A transaction of an entry, under way.
#[derive(Default)]
struct Transaction {
    amount: Option<i64>,
    /// It goes the other way than its entry.
    is_other_way: bool,
}

impl<'a> Found<'a> {
    fn new(to: &'a mut dyn Listener) -> Self {
        Self {
            to,
            path: Vec::new(),
            inside: usize::MAX,
            text: String::new(),
            currency: String::new(),
            statement: Statement::default(),
            has_begun: false,
            balance: Balance::default(),
            interim: Vec::new(),
            entry: Parts::default(),
            count: 0,
        }
    }

    fn open(&mut self, element: &BytesStart) -> io::Result<()> {
        if self.path.len() == DEEPEST {
            return Err(damaged(format!("the XML is more than {DEEPEST} elements deep")));
        }
        let local = element.local_name();
        // The first version says its number there.
        let local = local.as_ref().strip_suffix(b"V01").unwrap_or(local.as_ref());
        let found = NAMES.binary_search_by(|name| name.as_bytes().cmp(local)).ok();
        let name = found.and_then(|place| NAMES.get(place)).copied().unwrap_or_default();
        let is_statement = matches!(
            (self.path.last().copied().unwrap_or_default(), name),
            ("BkToCstmrStmt", "Stmt") | ("BkToCstmrAcctRpt", "Rpt") | ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
        );
        self.path.push(name);
        self.text.clear();
        if is_statement {
            self.inside = self.path.len();
            self.statement = Statement::default();
            self.interim.clear();
            self.has_begun = false;
        }
        if matches!(name, "Amt" | "TtlChrgsAndTaxAmt") {
            self.currency = attribute(element, "Ccy").unwrap_or_default();
        }
        match self.path.get(self.inside..).unwrap_or_default() {
            ["Bal"] => self.balance = Balance::default(),
            ["Ntry"] => {
                self.begin()?;
                self.count += 1;
                self.entry.begin(self.count);
            }
            ["Ntry", "NtryDtls", "TxDtls"] | ["Ntry", "TxDtls"] => {
                self.entry.transactions += 1;
                self.entry.transaction = Transaction::default();
            }
            _ => {}
        }
        Ok(())
    }

    /// What is known of a statement before its first entry.
    fn begin(&mut self) -> io::Result<()> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        self.take_interim();
        self.to.begins(&self.statement)
    }

    fn close(&mut self) -> io::Result<()> {
        if self.path.len() == self.inside {
            self.begin()?;
            self.to.ends(&self.statement)?;
            self.inside = usize::MAX;
        } else {
            match self.path.get(self.inside..).unwrap_or_default() {
                [] => {}
                ["Bal"] => self.balance_ends(),
                ["Ntry"] => self.entry_ends()?,
                ["Ntry", "NtryDtls", "TxDtls"] | ["Ntry", "TxDtls"] => self.entry.transaction_ends(),
                _ => {
                    let text = std::mem::take(&mut self.text);
                    self.leaf(text.trim());
                    self.text = text;
                }
            }
        }
        self.text.clear();
        self.path.pop();
        Ok(())
    }

    fn balance_ends(&mut self) {
        let Balance { kind, amount, is_debit } = std::mem::take(&mut self.balance);
        let amount = amount.map(|amount| if is_debit { -amount } else { amount });
        match kind.as_str() {
            "OPBD" => self.statement.opening = amount,
            // The closing balance of the statement before, which this one opens with.
            "PRCD" => self.statement.opening = self.statement.opening.or(amount),
            "CLBD" => self.statement.closing = amount,
            "ITBD" => self.interim.extend(amount),
            _ => {}
        }
    }

    /// Takes balances between pages: a statement that has no opening balance goes on from the first, and one without a closing
    /// balance goes on behind the last.
    fn take_interim(&mut self) {
        let Statement { opening, closing, .. } = &mut self.statement;
        let mut interim = std::mem::take(&mut self.interim).into_iter();
        // One alone may be either.
        if opening.is_none() && (closing.is_some() || interim.len() > 1) {
            *opening = interim.next();
        }
        *closing = closing.or(interim.next_back().filter(|_| opening.is_some()));
    }

    fn entry_ends(&mut self) -> io::Result<()> {
        let Parts { entry, has_direction, status, .. } = &mut self.entry;
        entry.is_pending = matches!(status.as_str(), "PDNG" | "INFO" | "FUTR");
        let is_known = entry.is_pending || matches!(status.as_str(), "BOOK" | "");
        if !is_known {
            return self.to.bad(entry.place, OTHER_STATUS, status.clone());
        }
        if !*has_direction && !entry.is_pending {
            return self.to.bad(entry.place, NO_DIRECTION, entry.amount.clone());
        }
        if entry.booked.is_empty() {
            entry.booked.clone_from(&entry.valued);
        }
        if self.entry.is_apart() && !self.entry.entry.is_pending {
            self.statement.apart.get_or_insert(self.entry.entry.place);
        }
        self.to.entry(self.entry.whole())
    }

    /// Takes the text of an element without others inside.
    fn leaf(&mut self, text: &str) {
        let (statement, parts) = (&mut self.statement, &mut self.entry);
        let entry = &mut parts.entry;
        let sum = || units(&decimal(text, '.'));
        let put = |to: &mut String| {
            if to.is_empty() {
                text.clone_into(to);
            }
        };
        match self.path.get(self.inside..).unwrap_or_default() {
            ["Acct", "Id", "IBAN" | "BBAN" | "UPIC"] | ["Acct", "Id", "Othr" | "PrtryAcct", "Id"] => {
                put(&mut statement.account);
            }
            ["Acct", "Ccy"] => put(&mut statement.currency),
            ["Bal", "Tp", "CdOrPrtry", _] | ["Bal", "Tp", "Cd" | "Prtry"] => put(&mut self.balance.kind),
            ["Bal", "Amt"] => {
                self.balance.amount = sum();
                if statement.currency.is_empty() {
                    statement.currency.clone_from(&self.currency);
                }
            }
            ["Bal", "CdtDbtInd"] => self.balance.is_debit = text == "DBIT",
            ["TxsSummry", "TtlNtries", "NbOfNtries"] => statement.entries = text.parse().ok(),
            ["TxsSummry", "TtlCdtNtries", "Sum"] => statement.credits = sum(),
            ["TxsSummry", "TtlDbtNtries", "Sum"] => statement.debits = sum(),
            ["Ntry", "Amt"] => {
                put_decimal(&mut entry.amount, text, '.');
                entry.currency.clone_from(&self.currency);
            }
            ["Ntry", "CdtDbtInd"] => {
                parts.has_direction = matches!(text, "CRDT" | "DBIT");
                entry.is_credit = text == "CRDT";
            }
            ["Ntry", "RvslInd"] => parts.is_reversal = matches!(text, "true" | "1"),
            ["Ntry", "Sts"] | ["Ntry", "Sts", "Cd" | "Prtry"] => put(&mut parts.status),
            ["Ntry", "BookgDt", "Dt" | "DtTm"] => day(text).clone_into(&mut entry.booked),
            ["Ntry", "ValDt", "Dt" | "DtTm"] => day(text).clone_into(&mut entry.valued),
            ["Ntry", "NtryRef"] => put(&mut parts.entry_reference),
            ["Ntry", "AcctSvcrRef"] => put(&mut parts.bank_reference),
            ["Ntry", "AddtlNtryInf"] => put(&mut parts.more),
            ["Ntry", "Chrgs", "TtlChrgsAndTaxAmt" | "Amt"] | ["Ntry", "Chrgs", "Rcrd", "Amt"] => {
                parts.charges = joined(&[parts.charges.as_str(), &format!("{text} {}", self.currency)], ", ");
            }
            ["Ntry", "NtryDtls", "TxDtls", rest @ ..] | ["Ntry", "TxDtls", rest @ ..] => {
                parts.transaction_leaf(rest, text, &self.currency);
            }
            _ => {}
        }
    }
}

impl Parts {
    /// Begins the entry at a place of the file in the memory of the one before.
    fn begin(&mut self, place: u64) {
        let Self { entry, charges, debtor, creditor, remittance, structured, more, .. } = self;
        let Self { cheque, end_to_end, bank_reference, entry_reference, reference, status, .. } = self;
        let texts = [charges, debtor, creditor, structured, more, status];
        let references = [cheque, end_to_end, bank_reference, entry_reference, reference];
        texts.into_iter().chain(references).for_each(String::clear);
        remittance.clear();
        entry.begin(place);
        (self.has_direction, self.is_reversal, self.transactions) = (false, false, 0);
        (self.sum, self.are_several) = (Some(0), false);
    }

    /// Takes the text of an element of a transaction.
    fn transaction_leaf(&mut self, rest: &[&str], text: &str, currency: &str) {
        let entry = &self.entry;
        let put = |to: &mut String| {
            if to.is_empty() {
                text.clone_into(to);
            }
        };
        match rest {
            ["Amt"] | ["AmtDtls", "TxAmt", "Amt"] if currency == entry.currency => {
                self.transaction.amount = self.transaction.amount.or_else(|| units(&decimal(text, '.')));
            }
            ["CdtDbtInd"] => self.transaction.is_other_way = entry.is_credit != (text == "CRDT"),
            ["Refs", "EndToEndId"] if text != "NOTPROVIDED" => put(&mut self.end_to_end),
            ["Refs", "ChqNb"] => put(&mut self.cheque),
            ["Refs", "AcctSvcrRef"] => put(&mut self.reference),
            ["RltdPties", side @ ("Dbtr" | "Cdtr"), "Nm"]
            | ["RltdPties", side @ ("Dbtr" | "Cdtr"), "Pty", "Nm"] => {
                let party = if *side == "Dbtr" { &mut self.debtor } else { &mut self.creditor };
                let is_told = (*side == "Cdtr") == (entry.is_credit == self.is_reversal);
                self.are_several |= is_told && !party.is_empty() && party != text;
                put(party);
            }
            ["RmtInf", "Ustrd"] | ["RmtInf", "Strd", "AddtlRmtInf"] | ["AddtlTxInf"]
                if self.remittance.len() < if self.transactions > 1 { TEXTS } else { MANY } =>
            {
                self.remittance.push(text.to_owned());
            }
            // Less them or with them, its amount may be the entry's.
            ["Chrgs", ..] => self.sum = None,
            ["RmtInf", "Strd", "CdtrRefInf", "Ref"] => put(&mut self.structured),
            _ => {}
        }
    }

    fn transaction_ends(&mut self) {
        let Transaction { amount, is_other_way } = self.transaction;
        let amount = amount.map(|amount| if is_other_way { -amount } else { amount });
        self.sum = self.sum.zip(amount).and_then(|(sum, amount)| sum.checked_add(amount));
    }

    /// Whether it is another amount than its transactions add up to.
    fn is_apart(&self) -> bool {
        let is_other = |sum: i64| units(&self.entry.amount).is_some_and(|amount| amount != sum.abs());
        self.transactions > 1 && self.charges.is_empty() && self.sum.is_some_and(is_other)
    }

    /// The entry with what its parts tell.
    fn whole(&mut self) -> &Entry {
        let Self { cheque, end_to_end, bank_reference, entry_reference, reference, entry, .. } = self;
        let is_batch = self.transactions > 1;
        // Of what is given back, both sides stay what they were.
        let party = if entry.is_credit == self.is_reversal { &self.creditor } else { &self.debtor };
        let party = if is_batch && self.are_several { "" } else { party };
        let remittance = joined(&self.remittance, " ");
        // A reference is told beside words, of which it may be one; of a batch it would be that of the first.
        let is_told = is_batch || remittance.contains(self.structured.as_str());
        let structured = if is_told && !remittance.is_empty() { "" } else { &self.structured };
        let more = if remittance.is_empty() && structured.is_empty() { self.more.as_str() } else { "" };
        let batch = if is_batch { format!("batch of {}", self.transactions) } else { String::new() };
        let reversal = if self.is_reversal { "reversal" } else { "" };
        let charges =
            if self.charges.is_empty() { String::new() } else { format!("charges {}", self.charges) };
        join(&mut entry.details, &[party, &remittance, structured, more, &batch, reversal, &charges], "; ");
        let references: &[_] = if is_batch {
            &[bank_reference, entry_reference]
        } else {
            &[cheque, end_to_end, bank_reference, entry_reference, reference]
        };
        if let Some(reference) = references.iter().find(|text| !text.is_empty()) {
            entry.reference.clone_from(reference);
        }
        entry
    }
}

/// The day of a date with a time, as it is written.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_order() {
        assert!(NAMES.is_sorted());
    }
}
