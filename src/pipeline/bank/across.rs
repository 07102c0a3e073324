//! Sheets of a workbook, or files of a zip, of which one account is said though their names tell of several.

use std::collections::BTreeSet;

use super::super::ingest::note::FilePart;
use super::convention::naming;
use super::form::ACCOUNT;
use crate::text::header::key;
use crate::text::scan::Refusal;

/// Digits of an account's number at least, without zeros before it: a shorter one counts files.
const DIGITS: usize = 4;
/// Letters and digits of an account's number at least.
const LONG: usize = 12;

/// Why parts of a file are not of the one account that was said.
#[must_use]
pub fn refusal(parts: &[FilePart]) -> Option<Refusal> {
    let named = parts.iter().filter_map(|part| {
        let has_own = part.layout.as_ref().is_some_and(|layout| layout.has(ACCOUNT));
        let of_profile = || part.profile.as_ref()?.given.account.clone();
        let account = part.given.account.clone().or_else(of_profile).filter(|_| !has_own)?;
        let (_, name) = part.member.as_ref()?;
        Some((account, name, Named::of(name)))
    });
    let named: Vec<_> = named.collect();
    let apart = named.iter().enumerate().find_map(|(place, (account, name, own))| {
        let mut others = named.iter().skip(place + 1).filter(|(other, ..)| other == account);
        others.find(|(_, _, other)| own.is_apart(other)).map(|(_, other, _)| (account, name, other))
    });
    let (account, name, other) = apart?;
    Some(Refusal {
        error: "several_accounts",
        message: format!(
            "the names of {name} and {other} tell of two accounts, and {account} is said for both"
        ),
        hint: "read each with its own: one sheet after the other with --sheet NAME --account NUMBER, files of a zip unpacked, each \
               with --account NUMBER",
    })
}

/// What a name tells of an account.
struct Named {
    numbers: BTreeSet<String>,
    kinds: BTreeSet<String>,
}

impl Named {
    fn of(name: &str) -> Self {
        let key = key(name);
        let words = || key.split('_').map(str::to_owned);
        Self {
            numbers: words().filter(|word| is_number(word)).collect(),
            kinds: words().filter(|word| naming::is_kind(word)).collect(),
        }
    }

    fn is_apart(&self, other: &Self) -> bool {
        let are_apart = |own: &BTreeSet<String>, other: &BTreeSet<String>| {
            !own.is_empty() && !other.is_empty() && own.is_disjoint(other)
        };
        are_apart(&self.numbers, &other.numbers) || are_apart(&self.kinds, &other.kinds)
    }
}

/// Whether a word of a name may be an account's number, and is no day, month or year.
fn is_number(word: &str) -> bool {
    let digits = word.trim_start_matches('0');
    if !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.len() >= LONG && digits.bytes().filter(u8::is_ascii_digit).count() >= LONG / 2;
    }
    let is_year = |at: usize| word.get(at..at + 2).is_some_and(|century| matches!(century, "19" | "20"));
    let is_time = match word.len() {
        4 => is_year(0),
        6 => is_year(0) || is_year(2),
        8 => is_year(0) || is_year(4),
        _ => false,
    };
    digits.len() >= DIGITS && !is_time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_accounts_and_not_of_months() {
        for (name, other, are_apart) in [
            ("Checking 4711", "Savings 4712", true),
            ("Checking", "Savings", true),
            ("a/giro.csv", "a/tagesgeld.csv", true),
            ("DE89370400440532013000_2024.csv", "DE02120300000000202051_2024.csv", true),
            ("4711_2024-01.csv", "4711_2024-02.csv", false),
            ("2023", "2024", false),
            ("202401.csv", "202402.csv", false),
            ("01022024.csv", "01032024.csv", false),
            ("Kontoauszug 0001", "Kontoauszug 0002", false),
            ("January", "Savings", false),
            ("a.csv", "b.csv", false),
            ("Sheet1", "Sheet2", false),
        ] {
            assert_eq!(Named::of(name).is_apart(&Named::of(other)), are_apart, "{name}, {other}");
        }
    }
}
