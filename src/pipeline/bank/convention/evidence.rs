//! What the cells of a file show about its convention: cells that can be read in one way only, balances that follow from
//! the amounts, days in their order.

use std::io;
use std::mem;

use super::super::account::without_blanks;
use super::super::form::{
    ACCOUNT, AMOUNT, BALANCE, BOOKED, COLUMNS, DEPOSIT, FEE, LineCells, STATE, VALUED, WITHDRAWAL,
};
use super::super::sides::{self, Sides};
use super::amount::{self, Way};
use super::aside::{self, Aside, Asides};
use super::balances::{Balances, Word};
use super::blanks::{Blank, Blanks};
use super::other_days::OtherDays;
use super::rules::Fees;
use super::tally::{Chain, Hints, Seen, States, Tally, Turned, WholeAmounts, Words, follow};
use super::whose::Whose;
use crate::text::amounts::{CUT, MINUS, Mark};
use crate::text::dates::Order;
use crate::text::day::{self, Day};
use crate::text::given::{BelowHeading, Given};
use crate::text::header::{self, Map};
use crate::text::order::{self, InOrder};
use crate::text::records::{Bad, Cells};
use crate::text::scan::{Layout, Refusal, Sink};
use crate::text::trimmed;

/// Debits with a minus that are a rule and no reversals: of so many, none is without, and no balances show otherwise.
pub const MINUS_DEBITS: u64 = 3;

/// What the cells of a file show.
pub struct Evidence<'a> {
    pub(super) layout: &'a Layout,
    /// What the cells are of: `the file`, or `the sample`.
    pub(super) whole: &'static str,
    pub(super) sides: Sides,
    pub(super) last_year: i32,
    pub(super) asides: Asides,
    /// For each mark the cells that can only be read with it.
    pub(super) marks: [Tally; 2],
    pub(super) unclear: Tally,
    /// Of those, amounts in currencies without decimals.
    pub(super) whole_amounts: WholeAmounts,
    /// Dates that are one day whatever the order, and for each set of orders those that can be read in these only.
    pub(super) sure_days: u64,
    pub(super) days: [Tally; 8],
    pub(super) in_order: [InOrder; 3],
    /// Of the days of booking, and of the value dates.
    pub(super) turned: [Turned; 2],
    pub(super) other_days: OtherDays,
    /// Debits with a minus and without, and how many of those with one stand so in another column of their line too.
    pub(super) debits: [Tally; 2],
    pub(super) repeated: u64,
    /// Credits with a minus and without.
    pub(super) credits: [Tally; 2],
    /// A word for a way in a column that nobody named so.
    pub(super) unnamed: Option<(usize, Seen)>,
    /// Where words stand that may say whether balances are below zero.
    of_balance: Option<usize>,
    /// Amounts with a minus and without beside a word for their way, first of those that go out.
    pub(super) beside: [[u64; 2]; 2],
    pub(super) negatives: Tally,
    /// Amounts of the one column without a minus: those that say nothing of their way, and those with a plus or a word.
    pub(super) plain: [Tally; 2],
    pub(super) chains: [Chain; 2],
    /// The same with the balances as they stand, where there are such words.
    bare: [Chain; 2],
    /// The same without the fees of a column of their own, and with them added; the first fee is held.
    pub(super) feeless: [Chain; 2],
    pub(super) with_fees: [Chain; 2],
    pub(super) fees: Tally,
    /// Whether one has a minus.
    pub(super) has_minus_fee: bool,
    /// Whether it is a word alone that says that they are taken off the amounts.
    pub(super) are_fees_open: bool,
    /// For each of the file's columns what its cells are.
    pub(super) words: Vec<Words>,
    /// And which have words that may say the way.
    hints: Vec<Hints>,
    /// And which of them are words for whether a line is booked.
    states: Vec<States>,
    /// Whose the accounts are.
    whose: Whose,
    /// Lines with a word for a way, and those without one.
    blanks: Blanks,
    pub(super) balances: Balances,
    /// What the line that is looked at may be.
    perhaps: Option<Word>,
}

impl<'a> Evidence<'a> {
    #[must_use]
    pub fn new(
        layout: &'a Layout,
        map: &Map,
        last_year: i32,
        whole: &'static str,
        below: Option<BelowHeading>,
    ) -> Self {
        let sides = Sides::of(layout);
        Self {
            layout,
            whole,
            asides: Asides::new(layout, map, last_year, below),
            of_balance: sides::of_balance(layout, &sides),
            sides,
            last_year,
            marks: <_>::default(),
            unclear: Tally::default(),
            whole_amounts: WholeAmounts::default(),
            sure_days: 0,
            days: <_>::default(),
            in_order: <_>::default(),
            turned: <_>::default(),
            other_days: OtherDays::default(),
            debits: <_>::default(),
            repeated: 0,
            credits: <_>::default(),
            unnamed: None,
            beside: <_>::default(),
            bare: <_>::default(),
            negatives: Tally::default(),
            plain: <_>::default(),
            chains: <_>::default(),
            feeless: <_>::default(),
            with_fees: <_>::default(),
            fees: Tally::default(),
            has_minus_fee: false,
            are_fees_open: has_open_fees(layout, map),
            words: vec![Words::default(); layout.names.len()],
            hints: layout.names.iter().map(|name| Hints::of(name)).collect(),
            states: vec![States::default(); layout.names.len()],
            whose: Whose::of(layout, map),
            blanks: Blanks::default(),
            balances: Balances::default(),
            perhaps: None,
        }
    }

    /// Where lines without a word for their way go this way.
    #[must_use]
    pub fn with_blank(mut self, way: Option<Way>) -> Self {
        self.sides = self.sides.with_blank(way);
        self
    }

    /// What lines without a word for their way are, where others have one.
    ///
    /// # Errors
    /// When it is open.
    pub fn blank(&self, given: &Given, usual: &Given) -> Result<Option<Blank>, Refusal> {
        self.blanks.told(self.layout, given.signs.or(usual.signs))
    }

    /// The columns that are none of ours, with what their cells say, where there is one of amounts and none is named for their way.
    fn other_words(&self) -> impl Iterator<Item = (usize, &Words)> {
        let others = match &self.sides {
            Sides::One { has_words: false, others, .. } => others.as_slice(),
            _ => &[],
        };
        others.iter().filter_map(|place| Some((*place, self.words.get(*place)?)))
    }

    /// The column that has words for the way of each line's one amount, whatever it is called.
    #[must_use]
    pub fn direction(&self) -> Option<usize> {
        // Beside amounts with a sign words are needed only where the sign does not say the same.
        let is_signed = self.negatives.count > 0;
        let tell = |words: &Words| words.tell() && (!is_signed || words.differ_from_signs());
        let told = self.other_words().find(|(_, words)| tell(words)).map(|(place, _)| place);
        // A letter beside an amount, below no name, is said of nothing else.
        let is_nameless =
            |place: &usize| self.layout.names.get(*place).is_some_and(|name| trimmed(name).is_empty());
        told.or_else(|| self.may_say_the_way().filter(is_nameless))
    }

    /// The column that nobody named so of which all cells say whether their line is booked, and some that it is not.
    #[must_use]
    pub fn state(&self) -> Option<usize> {
        self.states(States::tell)
    }

    /// The first column that is none of ours, of which a file without a column for it says so of its states.
    fn states(&self, tell: fn(States) -> bool) -> Option<usize> {
        let is_other = |place: &usize| !self.layout.places.contains(&Some(*place));
        let mut others = (0..self.states.len()).filter(|place| is_other(place) && !self.layout.has(STATE));
        others.find(|place| self.states.get(*place).is_some_and(|states| tell(*states)))
    }

    /// The column of which every line has the same letter for a way, where no amount has a sign.
    pub(super) fn may_say_the_way(&self) -> Option<usize> {
        let lines = self.plain.iter().map(|tally| tally.count).sum();
        let mut others = self.other_words().filter(|_| self.negatives.count == 0);
        others.find(|(_, words)| words.may_say_one_way(lines)).map(|(place, _)| place)
    }

    /// The column of which some lines alone have a word for a way, where no amount has a sign.
    pub(super) fn say_some_ways(&self) -> Option<usize> {
        self.other_words().find(|(_, words)| words.say_some_ways()).map(|(place, _)| place)
    }

    /// The first word of a column whose words may say the ways of the lines.
    pub(super) fn hints(&self) -> Option<(usize, &Seen)> {
        self.other_words().find_map(|(place, _)| Some((place, self.hints.get(place)?.told()?)))
    }

    /// Whether a column may have words for the ways of the lines, where no amount has a sign.
    fn may_hint(&self) -> bool {
        let mut others = self.other_words().filter(|_| self.negatives.count == 0);
        others.any(|(place, _)| self.hints.get(place).is_some_and(Hints::may_tell))
    }

    /// Why it is not told whose the lines are.
    pub(super) fn open_account(&self) -> Option<Refusal> {
        self.whose.refusal(self.layout)
    }

    /// Whether words beside amounts with signs say that a minus comes in.
    pub(super) fn words_say_minus_in(&self) -> bool {
        self.other_words().any(|(_, words)| words.say_minus_in())
    }

    /// Whether a line between the transactions names an account.
    #[must_use]
    pub fn names_an_account(&self) -> bool {
        self.asides.name_an_account()
    }

    /// Where the words stand that say whether balances are below zero: where a column for each way is beside them, they may say the
    /// way of the line, unless the balances show otherwise.
    pub(super) fn word_of_balance(&self) -> Option<usize> {
        self.of_balance.filter(|_| !self.sides.are_two() || (follow(&self.chains) && !follow(&self.bare)))
    }

    pub(super) fn chains(&self) -> &[Chain; 2] {
        match self.fees() {
            Fees::Within => &self.feeless,
            Fees::Signed => &self.with_fees,
            Fees::Off if self.of_balance.is_some() && self.word_of_balance().is_none() => &self.bare,
            Fees::Off => &self.chains,
        }
    }

    /// Whether more cells may settle something that these do not.
    #[must_use]
    pub fn is_open(&self, given: &Given) -> bool {
        let has_marks = self.marks.iter().any(|tally| tally.count > 0);
        let is_mark_open = given.decimal.is_none() && !has_marks;
        let has_days = self.sure_days > 0 || self.days.iter().any(|tally| tally.count > 0);
        let has_open = self.days.iter().any(|tally| tally.count > 0);
        let is_order_open = given.dates.is_none() && (!has_days || (has_open && self.orders().len() != 1));
        let [minus, plus] = self.debits.each_ref().map(|tally| tally.count);
        let [minus_credits, plus_credits] = self.credits.each_ref().map(|tally| tally.count);
        let are_debits_open = plus == 0 && (1..MINUS_DEBITS).contains(&minus);
        let is_sign_open =
            given.signs.is_none() && (are_debits_open || (minus_credits > 0 && plus_credits == 0));
        let are_ways_open = given.signs.is_none()
            && self.negatives.count == 0
            && self.plain.iter().all(|tally| tally.count > 0);
        let are_fees_open = self.layout.has(FEE) && self.fees.count == 0;
        let are_ways_open = are_ways_open || (given.signs.is_none() && self.may_say_the_way().is_some());
        is_mark_open
            || is_order_open
            || is_sign_open
            || are_ways_open
            || are_fees_open
            || (given.signs.is_none() && self.may_hint())
            || self.balances.has_some()
            || self.states(States::are_booked).is_some()
    }

    /// The cells of an amount in a line's currency: what they show, and the amount with each mark.
    fn amount(&mut self, line: u64, cell: &str, currency: &str) -> [Option<i64>; 2] {
        let read = Mark::BOTH.map(|mark| amount::money(cell, mark));
        let is_read = read.each_ref().map(|read| matches!(read, Ok(Some(_)) | Err(CUT)));
        let shows = |read: &Result<Option<amount::Money>, Bad>| {
            matches!(read, Err(CUT)) || matches!(read, Ok(Some(money)) if money.shows_mark)
        };
        match (is_read, &read) {
            ([true, false], [point, _]) if shows(point) => self.marks[0].add(line, cell),
            ([false, true], [_, comma]) if shows(comma) => self.marks[1].add(line, cell),
            ([true, true], [Ok(Some(point)), Ok(Some(comma))]) if point.units != comma.units => {
                self.unclear.add(line, cell);
                self.whole_amounts.add(cell, point.currency.unwrap_or(currency));
            }
            _ => {}
        }
        read.map(|read| read.ok().flatten().map(|money| money.units))
    }

    fn date(&mut self, line: u64, column: usize, cell: &str) {
        let day = day::day(cell, self.last_year);
        if let (Some(day), Some(turned)) = (day, self.turned.get_mut(usize::from(column == VALUED))) {
            turned.add(line, cell, day);
        }
        match day {
            None => {}
            Some(Day::Sure(_)) => self.sure_days += 1,
            Some(Day::Open(days)) => {
                self.days.get_mut(order::set(days)).into_iter().for_each(|tally| tally.add(line, cell));
            }
        }
    }

    fn line(&mut self, line: u64, cells: &LineCells, way: Option<Way>, is_overdrawn: bool) {
        let booked = day::day(cells[BOOKED], self.last_year);
        self.date(line, BOOKED, cells[BOOKED]);
        if cells[VALUED] != cells[BOOKED] {
            self.date(line, VALUED, cells[VALUED]);
        }
        for (order, days) in Order::ALL.into_iter().zip(&mut self.in_order) {
            days.add(booked.and_then(|day| day.of(Some(order))));
        }
        let [of_out, of_in] = [cells[WITHDRAWAL + 1], cells[DEPOSIT + 1]].map(trimmed);
        let of_line = if of_out.is_empty() { of_in } else { of_out };
        let withdrawal = self.amount(line, cells[WITHDRAWAL], of_out);
        let deposit = self.amount(line, cells[DEPOSIT], of_in);
        let balance = self.amount(line, cells[BALANCE], of_line);
        self.ways(line, cells, way, [withdrawal, deposit]);
        let fee = self.amount(line, cells[FEE], of_line);
        if is_there(fee) {
            self.fees.add(line, cells[FEE]);
            self.has_minus_fee |= is_negative(fee);
        }
        let sides = [withdrawal, deposit];
        // An IBAN is one account with its blanks and without them.
        let account = &*without_blanks(trimmed(cells[ACCOUNT]));
        match self.perhaps {
            Some(word) => self.balances.perhaps(line, word, account, sides, balance),
            None => self.balances.add(account, sides, balance),
        }
        let is_two = self.sides.are_two();
        let of_fees = self.feeless.iter_mut().zip(&mut self.with_fees);
        let chains = self.chains.iter_mut().zip(of_fees).zip(&mut self.bare);
        for (mark, ((chain, (feeless, with_fees)), bare)) in chains.enumerate() {
            let of = |read: [Option<i64>; 2]| i128::from(read.get(mark).copied().flatten().unwrap_or(0));
            let change = of(deposit) - of(withdrawal);
            // With the other rules of signs: debits have a minus, or a minus is money that comes in.
            let changes = if is_two {
                let signed = |credit: i128| [credit - of(withdrawal), credit + of(withdrawal)];
                let [[usual, debits], [credits, both]] = [of(deposit), of(deposit).abs()].map(signed);
                [usual, debits, credits, both]
            } else {
                [change, -change, change, -change]
            };
            let shown = balance.get(mark).copied().flatten().map(i128::from);
            let shown = shown.filter(|_| self.perhaps.is_none());
            let balance = shown.map(|units| if is_overdrawn { -units.abs() } else { units });
            let less = changes.map(|change| change - of(fee));
            chain.add(account, of_line, less, balance);
            if self.of_balance.is_some() {
                bare.add(account, of_line, less, shown);
            }
            if self.layout.has(FEE) {
                feeless.add(account, of_line, changes, balance);
                with_fees.add(account, of_line, changes.map(|change| change + of(fee)), balance);
            }
        }
    }

    /// Takes what the amounts of a line, read with each mark, tell of their signs.
    fn ways(
        &mut self,
        line: u64,
        cells: &LineCells,
        way: Option<Way>,
        [withdrawal, deposit]: [[Option<i64>; 2]; 2],
    ) {
        // What a word behind the amount says is no sign.
        let has_word = |cell| {
            amount::money(cell, Mark::Point).is_ok_and(|money| money.is_some_and(|money| money.way.is_some()))
        };
        if self.sides.are_two() {
            for (read, column, tallies) in
                [(withdrawal, WITHDRAWAL, &mut self.debits), (deposit, DEPOSIT, &mut self.credits)]
            {
                let cell = cells.get(column).copied().unwrap_or_default();
                if let Some(tally) = tallies.get_mut(usize::from(!is_negative(read)))
                    && is_there(read)
                    && !has_word(cell)
                {
                    tally.add(line, cell);
                }
            }
        }
        if is_negative(deposit) && !self.sides.are_two() {
            self.negatives.add(line, cells[DEPOSIT]);
        } else if is_there(deposit) && !self.sides.are_two() {
            let way = |mark| amount::money(cells[DEPOSIT], mark).ok().flatten().and_then(|money| money.way);
            let has_word = (trimmed(cells[DEPOSIT]).ends_with(|letter: char| letter.is_ascii_alphabetic())
                && Mark::BOTH.into_iter().any(|mark| way(mark).is_some()))
                || cells[DEPOSIT].contains('+');
            self.plain
                .get_mut(usize::from(has_word))
                .into_iter()
                .for_each(|tally| tally.add(line, cells[DEPOSIT]));
        }
        if let Some(way) = way {
            let read = if way == Way::Out { withdrawal } else { deposit };
            let [out, into] = &mut self.beside;
            let which = if way == Way::Out { out } else { into };
            which.get_mut(usize::from(!is_negative(read))).into_iter().for_each(|count| *count += 1);
        }
    }
}

impl Sink for Evidence<'_> {
    fn row(&mut self, line: u64, row: &mut Cells) -> io::Result<()> {
        let amount =
            if let Sides::One { amount, .. } = &self.sides { self.layout.cell(row, *amount) } else { "" };
        let is_there = amount.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        let is_negative = is_there.then(|| amount::has_minus(amount));
        for (place, words) in self.words.iter_mut().enumerate() {
            words.add(trimmed(row.get(place)), is_negative);
        }
        if let Sides::One { has_words: false, others, .. } = &self.sides {
            for place in others {
                if let Some(hints) = self.hints.get_mut(*place) {
                    hints.add(line, trimmed(row.get(*place)));
                }
            }
        }
        self.other_days.add(self.layout, row, self.last_year);
        if let Sides::One { amount, has_words: true, blank: None, .. } = &self.sides {
            self.blanks.add(line, self.layout, row, *amount);
        }
        for ((place, states), name) in self.states.iter_mut().enumerate().zip(&self.layout.names) {
            states.add(name, row.get(place));
        }
        // Borrowed apart from what the line is added to.
        let mut asides = mem::take(&mut self.asides);
        self.perhaps = asides.perhaps(line);
        let section = asides.of_row(line);
        self.whose.add(line, row, section.is_some());
        if self.unnamed.is_none() {
            let seen = |place| (place, Seen { line, text: trimmed(row.get(place)).to_owned() });
            self.unnamed = self.sides.unnamed(row).map(seen);
        }
        let mut cells = LineCells::default();
        if let Ok(way) = self.sides.cells(self.layout, row, &mut cells) {
            let debit = cells[WITHDRAWAL];
            let is_signed = self.sides.are_two() && amount.is_empty() && debit.starts_with(MINUS);
            let repeats =
                |(place, cell): (usize, &str)| !self.layout.places.contains(&Some(place)) && cell == debit;
            self.repeated += u64::from(is_signed && row.iter().enumerate().any(repeats));
            let is_overdrawn = sides::is_out(self.of_balance, row);
            aside::fill_account(&mut cells, section);
            self.line(line, &cells, way, is_overdrawn);
        }
        self.asides = asides;
        Ok(())
    }

    fn bad(&mut self, _: u64, _: Bad, _: String) -> io::Result<()> {
        Ok(())
    }

    fn is_note(&mut self, line: u64, cells: &Cells) -> bool {
        let is_note = self.asides.take(line, self.layout, cells);
        if is_note == Some(Aside::Note) && aside::balance(self.layout, cells) == Some(Word::Sure) {
            let [account, sides, balance] =
                [ACCOUNT, AMOUNT, BALANCE].map(|column| self.layout.cell(cells, column));
            self.date(line, BOOKED, self.layout.cell(cells, BOOKED));
            let [out, into] = [WITHDRAWAL, DEPOSIT].map(|column| self.layout.cell(cells, column));
            let into = if self.layout.has(AMOUNT) { sides } else { into };
            let account = without_blanks(trimmed(account));
            self.balances.known(&account, [out, into].map(amount::units), amount::units(balance));
        }
        is_note.is_some()
    }

    fn same_header(&mut self) {
        self.asides.same_header();
    }

    fn other_header(&mut self, line: u64, cells: &Cells, is_behind_note: bool) -> Option<Vec<Option<usize>>> {
        self.asides.header(line, self.layout, cells, is_behind_note)
    }
}

/// Whether a column of fees is one by a word alone, in a file whose other names are not ours.
fn has_open_fees(layout: &Layout, map: &Map) -> bool {
    let own = |name: &String| {
        let name = trimmed(name);
        name.contains('_') && COLUMNS.iter().any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let key = header::key(layout.name(FEE));
    let is_ours = key == "fee" && layout.names.iter().any(own);
    layout.has(FEE) && !map.contains_key(&key) && !is_ours
}

fn is_negative(read: [Option<i64>; 2]) -> bool {
    read.into_iter().flatten().any(|units| units < 0)
}

fn is_there(read: [Option<i64>; 2]) -> bool {
    read.into_iter().flatten().any(|units| units != 0)
}
