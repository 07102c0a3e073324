//! What each name of a header may be: by the words of `words.tsv` in their languages, by a person's map, and where a word may
//! be two columns, by the cells below it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::super::form::{
    ACCOUNT, AMOUNT, BALANCE, BOOKED, COLUMNS, CURRENCY, DEPOSIT, DETAILS, DIRECTION, FEE, WITHDRAWAL,
};
use super::amount;
use crate::text::amounts::Mark;
use crate::text::header::{self, Map};
use crate::text::trimmed;
use crate::text::{day, table};
use crate::value;

/// A word's columns with its rank in each; `payee`, `original_amount` and `net_amount` are none of ours.
pub static WORDS: LazyLock<HashMap<&'static str, Vec<(&'static str, usize)>>> = LazyLock::new(|| {
    let mut words: HashMap<_, Vec<_>> = HashMap::new();
    let mut rank = 0;
    for [column, _, keys] in table::rows(include_str!("words.tsv")) {
        for key in keys.split(' ') {
            rank += 1;
            words.entry(key).or_default().push((column, rank));
        }
    }
    words
});

/// What is a word for the one column of amounts, of which that after fees is asked about beside another, or for fees.
const AMOUNTS: [&str; 3] = ["amount", "net_amount", "fee"];

fn is_currency(code: &str) -> bool {
    value::is_currency(&code.to_ascii_uppercase())
}

/// A header's word without the currency behind it, as in `Betrag (EUR)`, `Amount in USD` and `Crédito (R$)`, and its code where it
/// names one.
fn word(name: &str) -> (String, Option<String>) {
    let whole = header::key(name);
    let is_amount = |word: &str| {
        let columns = WORDS.get(word).map(Vec::as_slice).unwrap_or_default();
        columns.iter().any(|(column, _)| column.ends_with("_amt") || AMOUNTS.contains(column))
    };
    let bare =
        |word: &str| Some(word.strip_suffix("_in").unwrap_or(word).to_owned()).filter(|word| is_amount(word));
    let by_sign = amount::unit(name).and_then(|(rest, code)| Some((bare(&header::key(rest))?, code)));
    let code = |code: &str| Some(code.to_uppercase());
    match (by_sign, whole.rsplit_once('_').filter(|(_, code)| is_currency(code))) {
        (Some((word, sign)), _) if word == whole || !WORDS.contains_key(whole.as_str()) => {
            (word, sign.and_then(code))
        }
        (_, Some((word, last))) if !WORDS.contains_key(whole.as_str()) => {
            bare(word).map_or_else(|| (whole.clone(), None), |word| (word, code(last)))
        }
        _ => (whole, None),
    }
}

/// Whether a header's word is one for the amount in the currency in which was paid.
fn is_original(key: &str) -> bool {
    names(key, "original_amount")
}

/// Whether a header's word is one of a column.
#[must_use]
pub fn names(key: &str, column: &str) -> bool {
    WORDS.get(key).is_some_and(|columns| columns.iter().any(|(named, _)| *named == column))
}

pub fn is_known(name: &str, map: &Map) -> bool {
    map.contains_key(&header::key(name)) || WORDS.contains_key(word(name).0.as_str())
}

/// What names may be: for each of our columns the places, each with its rank, 0 by the map; those of payees, of amounts in
/// another currency than the account's and of amounts after fees; the currencies that stand beside amounts.
#[derive(Default)]
pub struct Candidates {
    pub columns: Vec<Vec<(usize, usize)>>,
    pub payees: Vec<(usize, usize)>,
    originals: Vec<usize>,
    nets: Vec<(usize, usize)>,
    pub currencies: Vec<String>,
}

impl Candidates {
    /// `below` are rows that tell what a word of two meanings is.
    pub fn of(names: &[&str], below: &[(u64, Vec<String>)], map: &Map, last_year: i32) -> Self {
        let mut found = Self { columns: vec![Vec::new(); COLUMNS.len()], ..Self::default() };
        let cells = |place: usize| {
            below.iter().filter_map(move |(_, cells)| cells.get(place)).map(|cell| trimmed(cell))
        };
        for (place, name) in names.iter().enumerate() {
            found.add(place, name, map, |meaning| has_such(cells(place), meaning, last_year));
        }
        for columns in &mut found.columns {
            columns.sort_unstable();
        }
        found.currencies.dedup();
        // Without a number such words are something else, as who bears the charges.
        let is_filled = |place: usize| cells(place).any(|cell| !cell.is_empty());
        if let Some(fees) = found.columns.get_mut(FEE) {
            let may_be = |place| !is_filled(place) || has_such(cells(place), "amount", last_year);
            fees.retain(|(rank, place)| *rank == 0 || may_be(*place));
        }
        // A sum is one of an amount and a fee where there is such a column.
        if found.columns.get(FEE).is_some_and(|fees| !fees.is_empty()) {
            let is_sum =
                |(_, name): &(usize, &&str)| header::key(name) == "total" && !map.contains_key("total");
            let sums = names.iter().enumerate().filter(is_sum).map(|(place, _)| (usize::MAX, place));
            found.nets.extend(sums);
        }
        // Where some column of amounts has one, those that have none are something else.
        let has_amounts =
            |(rank, place): &(usize, usize)| *rank == 0 || has_such(cells(*place), "amount", last_year);
        if let Some(amounts) = found.columns.get_mut(AMOUNT).filter(|amounts| amounts.iter().any(has_amounts))
        {
            amounts.retain(has_amounts);
        }
        // An amount that is the account's on some lines alone is none that all lines have: which one counts is asked.
        if let Some([(best, of_some), others @ ..]) = found.columns.get_mut(AMOUNT).map(Vec::as_mut_slice) {
            let lacks = |place: usize| {
                let both = cells(*of_some).zip(cells(place));
                both.into_iter().any(|(own, other)| own.is_empty() && !other.is_empty())
            };
            others
                .iter_mut()
                .filter(|(_, place)| *best > 0 && lacks(*place))
                .for_each(|(rank, _)| *rank = *best);
        }
        found.give_balance_its_word();
        found
    }

    /// Adds a name; `has_such` tells of a meaning whether some cell below fits it.
    fn add(&mut self, place: usize, name: &str, map: &Map, has_such: impl Fn(&str) -> bool) {
        let (key, (word, code)) = (header::key(name), word(name));
        let column = |name: &str| COLUMNS.iter().position(|column| column.name == name);
        if let Some(ours) = map.get(&key) {
            if let Some(found) = column(ours).and_then(|ours| self.columns.get_mut(ours)) {
                found.push((0, place));
            }
            self.originals.extend((ours.is_empty() && is_original(&key)).then_some(place));
            self.currencies.extend(code.filter(|_| !ours.is_empty()));
            return;
        }
        let meanings = WORDS.get(word.as_str()).map(Vec::as_slice).unwrap_or_default();
        let fits = |(meaning, _): &&(&str, usize)| meanings.len() == 1 || has_such(meaning);
        let Some((meaning, rank)) = meanings.iter().find(fits).or(meanings.first()) else { return };
        // Fees may be in another currency than the account's.
        self.currencies.extend(code.filter(|_| *meaning != "fee"));
        match column(meaning) {
            None if *meaning == "original_amount" => self.originals.push(place),
            None if *meaning == "net_amount" => self.nets.push((*rank, place)),
            None => self.payees.push((*rank, place)),
            // Behind the payee stands the payee's account.
            Some(ACCOUNT) if place > 0 && self.payees.iter().any(|(_, payee)| payee + 1 == place) => {}
            Some(ours) => {
                self.columns.get_mut(ours).into_iter().for_each(|found| found.push((*rank, place)));
            }
        }
    }

    /// Of several words for a way, that directly behind the balance says whether the balance is below zero.
    fn give_balance_its_word(&mut self) {
        let best = |column: usize| self.columns.get(column).and_then(|found| found.first());
        let Some(behind) = best(BALANCE).map(|(_, place)| place + 1) else { return };
        if let Some(ways) = self.columns.get_mut(DIRECTION)
            && ways.iter().any(|(_, place)| *place != behind)
        {
            ways.retain(|(_, place)| *place != behind);
        }
    }

    /// The amount after fees where there is no other, else its place: which of the two moves the account is not told.
    pub fn net(&mut self) -> Option<usize> {
        let net = *self.nets.first()?;
        let amounts = self.columns.get_mut(AMOUNT)?;
        if amounts.is_empty() {
            amounts.push(net);
            // The fees are taken off it already.
            let has_sides = [WITHDRAWAL, DEPOSIT]
                .iter()
                .any(|side| self.columns.get(*side).is_some_and(|found| !found.is_empty()));
            if let Some(fees) = self.columns.get_mut(FEE).filter(|_| !has_sides) {
                fees.retain(|(rank, _)| *rank == 0);
            }
            return None;
        }
        (!self.is_mapped(AMOUNT)).then_some(net.1)
    }

    /// Two places of one column that are as good as each other.
    pub fn twins(&self, column: usize) -> Option<(usize, usize)> {
        match self.columns.get(column).map(Vec::as_slice) {
            Some([(rank, first), (other, second), ..]) if rank == other => Some((*first, *second)),
            _ => None,
        }
    }

    /// The dates of two tables side by side: of one name, or each with a text of one name and an amount of one name or of a way of its
    /// own, for the lines of a card may have two days and the amount in two currencies.
    pub fn tables(&self) -> Option<[usize; 2]> {
        let found = |column: usize| self.columns.get(column).map(Vec::as_slice).unwrap_or_default();
        let pairs = |column: usize, other: usize| {
            let both = move |first| found(other).iter().map(move |second: &(usize, usize)| (first, second));
            found(column)
                .iter()
                .flat_map(both)
                .filter(|(first, second): &(&(usize, usize), _)| first.1 < second.1)
        };
        let have_texts = pairs(DETAILS, DETAILS).any(|(first, second)| first.0 == second.0);
        let sides = [WITHDRAWAL, DEPOSIT, AMOUNT];
        let mut dates = pairs(BOOKED, BOOKED).filter(|((rank, first), (of_second, second))| {
            let is_one_date = rank == of_second;
            (is_one_date || have_texts)
                && sides.into_iter().flat_map(|one| sides.map(|other| (one, other))).any(|(one, other)| {
                    pairs(one, other).any(|((rank, place), (of_other, behind))| {
                        (is_one_date || one != other || rank == of_other)
                            && (*first..*second).contains(place)
                            && behind > second
                    })
                })
        });
        dates.next().map(|((_, first), (_, second))| [*first, *second])
    }

    /// The places of currencies but for those of an amount in another currency than the account's: such an amount, or one beside
    /// the one that is taken for the account's, is the one whose name begins with the same word, else the last amount before it, or
    /// where there is none the first behind it. Where the name of the account's amount has a currency, it is of none but such.
    pub fn of_account(&self, places: &[Option<usize>], names: &[&str]) -> Vec<(usize, usize)> {
        let own = [WITHDRAWAL, DEPOSIT, BALANCE, AMOUNT].map(|column| at(places, column));
        let amounts = self.columns.get(AMOUNT).filter(|_| at(places, AMOUNT).is_some());
        let amounts = amounts.into_iter().flatten().map(|(_, place)| *place);
        let amounts = self.originals.iter().copied().chain(amounts);
        let others: Vec<_> = amounts.filter(|place| !own.contains(&Some(*place))).collect();
        let all = || others.iter().copied().chain(own.into_iter().flatten());
        let own_name = at(places, AMOUNT).and_then(|place| names.get(place));
        let has_code = own_name.is_some_and(|name| word(name).1.is_some());
        let is_own = |(rank, place): &(usize, usize)| {
            let before = all().filter(|amount| amount < place).max();
            let behind = || all().filter(|amount| amount > place).min();
            let first = first_word(names, *place);
            let named = || all().find(|amount| first_word(names, *amount) == first);
            let beside = first.as_ref().and_then(|_| named()).or(before).or_else(behind);
            let is_of_other = beside.is_some_and(|beside| others.contains(&beside));
            *rank == 0 || !(is_of_other || (has_code && !others.is_empty()))
        };
        self.columns.get(CURRENCY).into_iter().flatten().copied().filter(is_own).collect()
    }

    pub fn is_mapped(&self, column: usize) -> bool {
        let best = self.columns.get(column).and_then(|found| found.first());
        best.is_some_and(|(rank, _)| *rank == 0)
    }
}

/// The first of the words of a name, where it says more than that it is a currency.
fn first_word(names: &[&str], place: usize) -> Option<String> {
    let key = header::key(names.get(place)?);
    key.split_once('_').map(|(first, _)| first.to_owned()).filter(|first| first != "currency")
}

/// Whether some of the cells is what a column has, where a word may be several.
fn has_such<'a>(mut cells: impl Iterator<Item = &'a str>, column: &str, last_year: i32) -> bool {
    let is_day = |cell: &str| day::day(cell, last_year).is_some();
    cells.any(|cell| match column {
        "currency" => amount::is_code(cell),
        "value_date" => is_day(cell),
        "amount" => Mark::BOTH.into_iter().any(|mark| amount::is_amount(cell, mark)) && !is_day(cell),
        _ => !cell.is_empty(),
    })
}

pub fn at(places: &[Option<usize>], column: usize) -> Option<usize> {
    places.get(column).copied().flatten()
}

/// Of several columns of currencies each is of the amount before it.
pub fn place_currencies(places: &mut [Option<usize>], found: &[(usize, usize)]) {
    let behind = |column: usize, places: &[Option<usize>]| {
        let amount = at(places, column)?;
        found.iter().map(|(_, place)| *place).find(|place| *place == amount + 1)
    };
    let one = match found {
        [(_, place)] => Some(*place),
        _ => None,
    };
    for column in [WITHDRAWAL, DEPOSIT] {
        if at(places, column + 1).is_none() && at(places, column).is_some() {
            let place = behind(column, places).filter(|_| one.is_none());
            set(places, column + 1, place);
        }
    }
    let of_balance = behind(BALANCE, places);
    let of_amount = behind(AMOUNT, places);
    let other = || found.iter().map(|(_, place)| *place).find(|place| Some(*place) != of_balance);
    set(places, CURRENCY, one.or(of_amount).or_else(other));
}

pub fn set(places: &mut [Option<usize>], column: usize, place: Option<usize>) {
    if let Some(there) = places.get_mut(column) {
        *there = place;
    }
}
