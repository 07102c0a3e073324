//! What the cells of a file show about its convention: cells that can be read in one way only, balances that follow from
//! the amounts, days in their order.

use std::io;

use super::super::super::text::amounts::{self, CUT, Mark};
use super::super::super::text::dates::Order;
use super::super::super::text::given::{Given, Minus};
use super::super::super::text::records::{Bad, Cells};
use super::super::super::text::scan::{Layout, Refusal, Sink};
use super::super::super::text::trimmed;
use super::super::form::{ACCOUNT, BALANCE, BOOKED, DEPOSIT, LineCells, VALUED, WITHDRAWAL};
use super::super::sides::Sides;
use super::amount::{self, Way};
use super::date::{self, Day};
use super::preamble;
use super::rules::{Convention, Signs};
use super::tally::{Chain, InOrder, Tally, Words};

/// Dates that are not as nearly all others are: fewer than one in so many.
pub const FEW: u64 = 10;
/// A year until which a cell may be a date, whatever the day is.
const ANY_YEAR: i32 = 9999;
const FOLLOWS: &str = "so the balances follow from the amounts";
/// Debits with a minus that are a rule and no reversals.
const MINUS_DEBITS: u32 = 3;

/// What the cells of a file show.
pub struct Evidence<'a> {
    layout: &'a Layout,
    sides: Sides,
    last_year: i32,
    /// For each mark the cells that can only be read with it.
    marks: [Tally; 2],
    unclear: Tally,
    /// Dates that are one day whatever the order, and for each set of orders those that can be read in these only.
    sure_days: u64,
    days: [Tally; 8],
    in_order: [InOrder; 3],
    /// Debits with a minus and without.
    debits: [Tally; 2],
    /// Amounts with a minus and without beside a word for their way, first of those that go out.
    beside: [[u64; 2]; 2],
    negatives: Tally,
    /// Amounts of the one column without a minus: those without a word behind them, and those with one.
    plain: [Tally; 2],
    chains: [Chain; 2],
    /// For each of the file's columns what its cells are.
    words: Vec<Words>,
}

/// What was decided, and why.
pub struct Decided {
    pub convention: Convention,
    pub sentences: Vec<String>,
}

impl<'a> Evidence<'a> {
    #[must_use]
    pub fn new(layout: &'a Layout, last_year: i32) -> Self {
        Self {
            layout,
            sides: Sides::of(layout),
            last_year,
            marks: <_>::default(),
            unclear: Tally::default(),
            sure_days: 0,
            days: <_>::default(),
            in_order: <_>::default(),
            debits: <_>::default(),
            beside: <_>::default(),
            negatives: Tally::default(),
            plain: <_>::default(),
            chains: <_>::default(),
            words: vec![Words::default(); layout.names.len()],
        }
    }

    /// The column that has words for the way of each line's one amount, whatever it is called.
    #[must_use]
    pub fn direction(&self) -> Option<usize> {
        let Sides::One { has_words: false, others, .. } = &self.sides else { return None };
        // Beside amounts with a sign words are needed only where the sign does not say the same.
        let is_signed = self.negatives.count > 0;
        let tell = |words: &Words| words.tell() && (!is_signed || words.differ_from_signs());
        others.iter().copied().find(|place| self.words.get(*place).is_some_and(tell))
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
        let is_sign_open =
            given.signs.is_none() && plus == 0 && (1..u64::from(MINUS_DEBITS)).contains(&minus);
        is_mark_open || is_order_open || is_sign_open
    }

    /// Decides by what a person says, else by the cells, else by what is `usual` for the file; or says which two readings
    /// stay open.
    ///
    /// # Errors
    /// When two readings stay open.
    pub fn decide(&self, given: &Given, usual: &Given) -> Result<Decided, Refusal> {
        let mut sentences = Vec::new();
        let (decimal, is_decimal_given) = self.decimal(given, usual, &mut sentences)?;
        let (dates, is_order_given) = self.order(given, usual, &mut sentences)?;
        let signs = self.signs(given, usual, decimal, dates, &mut sentences)?;
        let convention = Convention {
            decimal,
            dates,
            signs,
            is_decimal_given,
            is_order_given,
            account: None,
            currency: None,
        };
        Ok(Decided { convention, sentences })
    }

    /// The mark before decimals, and whether it was said so.
    fn decimal(
        &self,
        given: &Given,
        usual: &Given,
        sentences: &mut Vec<String>,
    ) -> Result<(Mark, bool), Refusal> {
        let mut tell = |mark: Mark, why: &str| {
            sentences.push(format!("a {} stands before decimals: {why}", mark.word()));
            mark
        };
        if let Some(mark) = given.decimal {
            return Ok((tell(mark, "it was said"), true));
        }
        let [point, comma] = &self.marks;
        if point.count + comma.count > 0 {
            let mark = more(self.marks.each_ref().map(|tally| tally.count), self.layout.delimiter);
            let tally = self.marks.get(mark as usize).unwrap_or(point);
            let why = format!("{} cells show it, the first is {}", tally.count, tally.shown());
            return Ok((tell(mark, &why), false));
        }
        if self.unclear.count == 0 {
            return Ok((Mark::Point, false));
        }
        let [by_point, by_comma] = &self.chains;
        match (by_point.follows(), by_comma.follows(), usual.decimal) {
            (true, false, _) => Ok((tell(Mark::Point, FOLLOWS), false)),
            (false, true, _) => Ok((tell(Mark::Comma, FOLLOWS), false)),
            (.., Some(mark)) => Ok((tell(mark, "so the profile says"), true)),
            _ => Err(self.open_mark()),
        }
    }

    fn open_mark(&self) -> Refusal {
        let text = self.unclear.first.as_ref().map_or("", |seen| &seen.text);
        let [point, comma] = Mark::BOTH.map(|mark| match amount::money(text, mark) {
            Ok(Some(money)) => amounts::text(money.units.into(), 0),
            _ => text.to_owned(),
        });
        Refusal {
            error: "two_readings",
            message: format!(
                "{} is {point} with a point before the decimals and {comma} with a comma, and no cell of the file settles which",
                self.unclear.shown()
            ),
            hint: "say which with --decimal point or --decimal comma",
        }
    }

    /// The orders in which every date of numbers can be read.
    fn orders(&self) -> Vec<Order> {
        let is_read = |order: &Order| (1..8).all(|set| has(set, *order) || self.count(set) == 0);
        Order::ALL.into_iter().filter(is_read).collect()
    }

    fn count(&self, set: usize) -> u64 {
        self.days.get(set).map_or(0, |tally| tally.count)
    }

    /// The order of dates, and whether it was said so.
    fn order(
        &self,
        given: &Given,
        usual: &Given,
        sentences: &mut Vec<String>,
    ) -> Result<(Option<Order>, bool), Refusal> {
        if let Some(order) = given.dates {
            sentences.push(format!("dates are written {}: it was said", order.word()));
            return Ok((Some(order), true));
        }
        let open: u64 = (1..8).map(|set| self.count(set)).sum();
        if open == 0 {
            return Ok((None, false));
        }
        let orders = self.orders();
        let tells = |order: Order| {
            (1..8)
                .filter(|set| has(*set, order) && *set != 7)
                .find_map(|set| self.days.get(set)?.first.as_ref())
        };
        if let [order] = orders.as_slice() {
            let seen = tells(*order)
                .map_or_else(String::new, |seen| format!(", as {} in line {}", seen.text, seen.line));
            sentences.push(format!(
                "dates are written {}: no other order gives a day for each{seen}",
                order.word()
            ));
            return Ok((Some(*order), false));
        }
        if orders.is_empty() {
            // A few cells that are none in the order of all others are faults of theirs.
            let fits =
                |order: Order| (1..8).filter(|set| has(*set, order)).map(|set| self.count(set)).sum::<u64>();
            // Of those that tell: most may be dates in any order.
            let telling: u64 = Order::ALL.into_iter().map(|order| self.count(1 << order as usize)).sum();
            let is_nearly_all = |order: &Order| (open - fits(*order)) * FEW <= telling;
            let mut nearly = Order::ALL.into_iter().filter(is_nearly_all);
            if let (Some(order), None) = (nearly.next(), nearly.next()) {
                sentences.push(format!("dates are written {}: nearly all can be read so only", order.word()));
                return Ok((Some(order), false));
            }
            return Err(self.apart());
        }
        let is_ordered = |order: &&Order| self.in_order.get(**order as usize).is_some_and(InOrder::tells);
        let ordered: Vec<_> = orders.iter().filter(is_ordered).collect();
        let others_are_not = || {
            orders
                .iter()
                .filter(|order| !ordered.contains(order))
                .all(|order| self.in_order.get(*order as usize).is_some_and(|days| !days.is_monotone()))
        };
        if let [order] = ordered.as_slice()
            && others_are_not()
        {
            sentences.push(format!(
                "dates are written {}: so the days of the file stand in their order",
                order.word()
            ));
            return Ok((Some(**order), false));
        }
        if let Some(order) = usual.dates.filter(|order| orders.contains(order)) {
            sentences.push(format!("dates are written {}: so the profile says", order.word()));
            return Ok((Some(order), true));
        }
        // A few in a file whose other dates are sure are faults of their own.
        if open * FEW <= self.sure_days {
            return Ok((None, false));
        }
        Err(self.open_order(&orders))
    }

    fn open_order(&self, orders: &[Order]) -> Refusal {
        let set = orders.iter().fold(0, |set, order| set | 1 << *order as usize);
        let seen =
            (1..8).filter(|other| other & set == set).find_map(|set| self.days.get(set)?.first.as_ref());
        let (line, text) = seen.map_or((0, ""), |seen| (seen.line, &seen.text));
        let day = date::day(text, self.last_year);
        let readings: Vec<_> = orders
            .iter()
            .filter_map(|order| Some(format!("{} as {}", day?.of(Some(*order))?, order.word())))
            .collect();
        Refusal {
            error: "two_readings",
            message: format!(
                "{text} in line {line} is {}, and no date of the file settles which",
                readings.join(" and ")
            ),
            hint: "say which with --dates dmy, --dates mdy or --dates ymd",
        }
    }

    /// Dates that no one order reads.
    fn apart(&self) -> Refusal {
        let firsts: Vec<_> =
            (1..8).filter_map(|set| self.days.get(set)?.first.as_ref().map(|seen| (set, seen))).collect();
        let apart = firsts.iter().find_map(|(set, seen)| {
            let other = firsts.iter().find(|(other, _)| other & set == 0)?.1;
            Some(format!("{} in line {} and {} in line {}", seen.text, seen.line, other.text, other.line))
        });
        let which = apart.map_or_else(String::new, |apart| format!(": {apart}"));
        Refusal {
            error: "two_readings",
            message: format!("no one order of day, month and year reads all dates of the file{which}"),
            hint: "say the order with --dates dmy, --dates mdy or --dates ymd; dates that it cannot read are faults then",
        }
    }

    fn signs(
        &self,
        given: &Given,
        usual: &Given,
        decimal: Mark,
        dates: Option<Order>,
        sentences: &mut Vec<String>,
    ) -> Result<Signs, Refusal> {
        let chain = self.chains.get(decimal as usize);
        let days = self.in_order.get(dates.map_or(0, |order| order as usize));
        let ways = days.map_or([true; 2], InOrder::ways);
        let follows = |is_inverted: bool| chain.is_some_and(|chain| chain.follows_so(is_inverted, ways));
        // Both rules may fit balances behind amounts of one side only.
        let shown = (follows(true) != follows(false)).then(|| follows(true));
        let [minus, plus] = self.debits.each_ref().map(|tally| tally.count);
        if self.sides.are_two() {
            let is_rule = minus >= u64::from(MINUS_DEBITS) && plus == 0;
            let twice = match given.signs {
                Some(sign) => sign == Minus::Out,
                None => minus > 0 && plus == 0 && shown.unwrap_or(is_rule || usual.signs == Some(Minus::Out)),
            };
            if twice {
                sentences.push(format!(
                    "debits have a minus, as {}",
                    self.debits.first().map_or_else(String::new, Tally::shown)
                ));
            }
            return Ok(Signs { twice, ..Signs::default() });
        }
        if self.sides.has_words() {
            let [[out_minus, out_plus], [in_minus, _]] = self.beside;
            let twice = out_minus > 0 && out_plus == 0 && in_minus == 0;
            sentences.push("a word of each line says which way its amount goes".into());
            return Ok(Signs { twice, ..Signs::default() });
        }
        let is_told = given.signs.or(usual.signs).is_some() || shown.is_some() || self.negatives.count > 0;
        if let ([Some(bare), Some(credit)], false) =
            (self.plain.each_ref().map(|tally| tally.first.as_ref()), is_told)
        {
            return Err(Refusal {
                error: "two_readings",
                message: format!(
                    "{} in line {} may go out or come in: only others, as {} in line {}, say their way",
                    bare.text, bare.line, credit.text, credit.line
                ),
                hint: "say with --signs minus-in that amounts without a word go out, with --signs minus-out that they come in",
            });
        }
        let inverted = match given.signs {
            Some(sign) => sign == Minus::In,
            None => shown.unwrap_or(usual.signs == Some(Minus::In)),
        };
        let why = if given.signs.is_some() {
            "it was said"
        } else if shown.is_some() {
            FOLLOWS
        } else if usual.signs.is_some() {
            "so the profile says"
        } else {
            "no balances show otherwise"
        };
        sentences.push(format!("an amount with a minus goes {}: {why}", if inverted { "in" } else { "out" }));
        Ok(Signs { twice: false, inverted, has_minus: self.negatives.count > 0 })
    }

    /// The cells of an amount: what they show, and the amount with each mark.
    fn amount(&mut self, line: u64, cell: &str) -> [Option<i64>; 2] {
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
            }
            _ => {}
        }
        read.map(|read| read.ok().flatten().map(|money| money.units))
    }

    fn date(&mut self, line: u64, cell: &str) {
        match date::day(cell, self.last_year) {
            None => {}
            Some(Day::Sure(_)) => self.sure_days += 1,
            Some(Day::Open(days)) => {
                let set = days
                    .iter()
                    .enumerate()
                    .fold(0, |set, (place, day)| set | usize::from(day.is_some()) << place);
                self.days.get_mut(set).into_iter().for_each(|tally| tally.add(line, cell));
            }
        }
    }

    fn line(&mut self, line: u64, cells: &LineCells, way: Option<Way>) {
        let booked = date::day(cells[BOOKED], self.last_year);
        self.date(line, cells[BOOKED]);
        if cells[VALUED] != cells[BOOKED] {
            self.date(line, cells[VALUED]);
        }
        for (order, days) in Order::ALL.into_iter().zip(&mut self.in_order) {
            days.add(booked.and_then(|day| day.of(Some(order))));
        }
        let withdrawal = self.amount(line, cells[WITHDRAWAL]);
        let deposit = self.amount(line, cells[DEPOSIT]);
        let balance = self.amount(line, cells[BALANCE]);
        let is_negative = |read: [Option<i64>; 2]| read.into_iter().flatten().any(|units| units < 0);
        let is_there = |read: [Option<i64>; 2]| read.into_iter().flatten().any(|units| units != 0);
        // What a word behind the amount says is no sign.
        if is_there(withdrawal)
            && self.sides.are_two()
            && amount::money(cells[WITHDRAWAL], Mark::Point)
                .ok()
                .flatten()
                .is_none_or(|money| money.way.is_none())
        {
            let which = usize::from(!is_negative(withdrawal));
            self.debits.get_mut(which).into_iter().for_each(|tally| tally.add(line, cells[WITHDRAWAL]));
        }
        if is_negative(deposit) && !self.sides.are_two() {
            self.negatives.add(line, cells[DEPOSIT]);
        } else if is_there(deposit) && !self.sides.are_two() {
            let way = |mark| amount::money(cells[DEPOSIT], mark).ok().flatten().and_then(|money| money.way);
            let has_word = cells[DEPOSIT].ends_with(|letter: char| letter.is_ascii_alphabetic())
                && Mark::BOTH.into_iter().any(|mark| way(mark).is_some());
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
        let is_two = self.sides.are_two();
        for (mark, chain) in self.chains.iter_mut().enumerate() {
            let of = |read: [Option<i64>; 2]| i128::from(read.get(mark).copied().flatten().unwrap_or(0));
            let change = of(deposit) - of(withdrawal);
            // With the other rule of signs: debits have a minus, or a minus is money that comes in.
            let inverted = if is_two { of(deposit) + of(withdrawal) } else { -change };
            chain.add(
                cells[ACCOUNT],
                [change, inverted],
                balance.get(mark).copied().flatten().map(i128::from),
            );
        }
    }
}

impl Sink for Evidence<'_> {
    fn row(&mut self, line: u64, row: &Cells) -> io::Result<()> {
        let amount =
            if let Sides::One { amount, .. } = &self.sides { self.layout.cell(row, *amount) } else { "" };
        let is_negative = amount
            .bytes()
            .any(|byte| matches!(byte, b'1'..=b'9'))
            .then(|| amount.contains(['-', '\u{2212}', '(']));
        for (place, words) in self.words.iter_mut().enumerate() {
            words.add(trimmed(row.get(place)), is_negative);
        }
        if let Ok((cells, way)) = self.sides.cells(self.layout, row) {
            self.line(line, &cells, way);
        }
        Ok(())
    }

    fn bad(&mut self, _: u64, _: Bad, _: String) -> io::Result<()> {
        Ok(())
    }

    fn is_note(&mut self, cells: &Cells) -> bool {
        is_note(self.layout, cells)
    }
}

/// Whether a record has no date and the words of a total or a balance.
#[must_use]
pub fn is_note(layout: &Layout, cells: &Cells) -> bool {
    let is_ragged = cells.count() < layout.names.len();
    let date = trimmed(layout.cell(cells, BOOKED));
    // Most lines have a date, and are not looked at further.
    let has_no_date =
        is_ragged || date.is_empty() || (date.starts_with(char::is_alphabetic) && preamble::is_total(date));
    if !has_no_date || date::day(date, ANY_YEAR).is_some() {
        return false;
    }
    // A shop may be called so, but not where nothing stands before its name, or no account does.
    let is_first = cells.iter().find(|cell| !trimmed(cell).is_empty()).is_some_and(preamble::is_total);
    is_first || (trimmed(layout.cell(cells, ACCOUNT)).is_empty() && cells.iter().any(preamble::is_total))
}

/// The mark that more cells show; where they are as many, commas between cells speak for the point.
#[must_use]
pub fn more([point, comma]: [u64; 2], delimiter: char) -> Mark {
    if comma > point || (comma == point && delimiter != ',') { Mark::Comma } else { Mark::Point }
}

fn has(set: usize, order: Order) -> bool {
    set >> order as usize & 1 == 1
}
