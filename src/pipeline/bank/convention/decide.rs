//! What is decided of a file's convention, by what a person says, what its cells show and what is known of its bank; or which
//! two readings stay open.

use super::super::form::DIRECTION;
use super::amount::{self, Way};
use super::blanks::SIGNS_HINT;
use super::evidence::{Evidence, MINUS_DEBITS};
use super::open;
use super::rules::{Amounts, Convention, Credits, Debits, Fees, Signs};
use super::tally::{Seen, Turned};
use crate::text::amounts::{self, Mark};
use crate::text::dates::Order;
use crate::text::day;
use crate::text::given::{Given, Minus};
use crate::text::order::{self, InOrder, has};
use crate::text::scan::Refusal;
use crate::text::trimmed;

/// Dates that are not as nearly all others are: fewer than one in so many.
pub const FEW: u64 = 10;
const FOLLOWS: &str = "so the balances follow from the amounts";
const HINTS_HINT: &str = "say --signs minus-out, by which amounts without a minus come in, or --signs minus-in, by which they go out; where \
                          each goes its own way, ask the bank for a file with signs or with a column for each way";

const LETTER_HINT: &str = "where it does, name the column `direction` with --map FILE; else say --signs minus-out, by which amounts \
                           without a minus come in, or --signs minus-in, by which they go out";

/// What was decided, and why.
pub struct Decided {
    pub convention: Convention,
    pub sentences: Vec<String>,
}

impl Evidence<'_> {
    /// Decides by what a person says, else by the cells, else by what is `usual` for the file, whose lines without a currency are in
    /// this one; or says which two readings stay open.
    ///
    /// # Errors
    /// When two readings stay open.
    pub fn decide(&self, given: &Given, usual: &Given, currency: Option<&str>) -> Result<Decided, Refusal> {
        if let Some(refusal) = self.open_account() {
            return Err(refusal);
        }
        if let Some([day, text]) = self.turned.iter().find_map(Turned::told) {
            return Err(open::turned(day, text));
        }
        let mut sentences = Vec::new();
        let (decimal, is_decimal_given) = self.decimal(given, usual, currency, &mut sentences)?;
        let (dates, is_order_given) = self.order(given, usual, &mut sentences)?;
        let signs = self.signs(given, usual, decimal, dates, &mut sentences)?;
        let convention = Convention {
            decimal,
            dates,
            signs,
            is_decimal_given,
            is_order_given,
            is_decimal_open: given.decimal.is_none()
                && self.marks.iter().all(|tally| tally.count == 0)
                && self.unclear.count == 0,
            fees: self.fees(),
            blank: self.sides.blank(),
            account: None,
            currency: None,
            below_heading: None,
            word_of_balance: self.word_of_balance(),
            balances: self.balances.found(),
        };
        if self.fees_are_open() {
            return Err(self.open_fees());
        }
        if self.fees.count > 0 {
            let how = match convention.fees {
                Fees::Off => "are taken off the amounts",
                Fees::Within => "stand in the amounts already: the balances follow without them",
                Fees::Signed => "have a minus where they are taken: so the balances follow",
            };
            sentences.push(format!("fees, as {}, {how}", self.fees.shown()));
        }
        Ok(Decided { convention, sentences })
    }

    /// The mark before decimals, and whether it was said so.
    fn decimal(
        &self,
        given: &Given,
        usual: &Given,
        currency: Option<&str>,
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
            let why = match tally.count {
                1 => format!("1 cell shows it: {}", tally.shown()),
                count => format!("{count} cells show it, the first is {}", tally.shown()),
            };
            return Ok((tell(mark, &why), false));
        }
        if self.unclear.count == 0 {
            return Ok((Mark::Point, false));
        }
        if let Some(mark) = self.whole_amounts.mark(self.unclear.count, currency) {
            let why = format!("the currency of amounts such as {} has no decimals", self.unclear.shown());
            return Ok((tell(mark, &why), false));
        }
        let [by_point, by_comma] = self.chains();
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
                "{} is {point} with a point before the decimals and {comma} with a comma, and no cell of {} settles which",
                self.unclear.shown(),
                self.whole
            ),
            hint: "say which with --decimal point or --decimal comma",
        }
    }

    /// The orders in which every date of numbers can be read.
    fn possible_orders(&self) -> Vec<Order> {
        order::possible(|set| self.count(set) > 0)
    }

    /// Those in which the lines do not lie years apart, as they would not in another one.
    pub(super) fn orders(&self) -> Vec<Order> {
        order::near(self.possible_orders(), &self.in_order)
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
            let why = if self.possible_orders().len() > 1 {
                "in another order its lines lie years apart".to_owned()
            } else {
                format!("no other order gives a day for each{seen}")
            };
            sentences.push(format!("dates are written {}: {why}", order.word()));
            return Ok((Some(*order), false));
        }
        if orders.is_empty() {
            // A few cells that are none in the order of all others are faults of theirs.
            let fits =
                |order: Order| (1..8).filter(|set| has(*set, order)).map(|set| self.count(set)).sum::<u64>();
            // Of those that tell: most may be dates in any order.
            let telling: u64 = Order::ALL.into_iter().map(|order| self.count(1 << order as usize)).sum();
            let mut nearly = Order::ALL.into_iter().filter(|order| (open - fits(*order)) * FEW <= telling);
            if let (Some(order), None) = (nearly.next(), nearly.next()) {
                sentences.push(format!("dates are written {}: nearly all can be read so only", order.word()));
                return Ok((Some(order), false));
            }
            return Err(self.apart());
        }
        if let Some(order) = order::by_days(&orders, &self.in_order) {
            sentences.push(format!(
                "dates are written {}: so the days of {} stand in their order",
                order.word(),
                self.whole
            ));
            return Ok((Some(order), false));
        }
        if let Some((order, place)) = self.other_days.settles(&orders) {
            let name = self.layout.names.get(place).map_or("", |name| trimmed(name));
            sentences.push(format!("dates are written {}: so those of the column {name} are", order.word()));
            return Ok((Some(order), false));
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
        let day = day::day(text, self.last_year);
        let readings: Vec<_> = orders
            .iter()
            .filter_map(|order| Some(format!("{} as {}", day?.of(Some(*order))?, order.word())))
            .collect();
        Refusal {
            error: "two_readings",
            message: format!(
                "{text} in line {line} is {}, and no date of {} settles which",
                readings.join(" and "),
                self.whole
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
            message: format!("no one order of day, month and year reads all dates of {}{which}", self.whole),
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
        let chain = self.chains().get(decimal as usize);
        let days = self.in_order.get(dates.map_or(0, |order| order as usize));
        let ways = days.map_or([true; 2], InOrder::ways);
        let [usual_rule, debits, credits, both] = chain.map(|chain| chain.rules(ways)).unwrap_or_default();
        // Both rules may fit balances behind amounts of one side only.
        let shows = |usual: bool, other: bool| (usual != other).then_some(other);
        let shown = shows(usual_rule || credits, debits || both);
        if self.sides.are_two() {
            let of_credits = shows(usual_rule || debits, credits || both);
            let credits = self.credits(given, usual, of_credits, sentences)?;
            let debits = self.debits(given, usual, shown, sentences)?;
            return Ok(Signs { debits, credits, ..Signs::default() });
        }
        if self.sides.has_words() {
            let [[out_minus, out_plus], [in_minus, _]] = self.beside;
            let is_rule = out_minus > 0 && out_plus == 0 && in_minus == 0;
            sentences.push(match self.sides.blank() {
                None => "a word of each line says which way its amount goes".into(),
                Some(way) => {
                    let way = if way == Way::Out { "goes out" } else { "comes in" };
                    let word = self.layout.name(DIRECTION);
                    format!("an amount without a word in {word} {way}, those with one the other way")
                }
            });
            let debits = if is_rule { Debits::Out } else { Debits::Open };
            return Ok(Signs { debits, ..Signs::default() });
        }
        let has_minus = self.negatives.count > 0;
        let plain = self.plain.each_ref().map(|tally| tally.first.as_ref());
        let is_told = given.signs.or(usual.signs).is_some() || shown.is_some() || has_minus;
        if !is_told {
            self.open_ways().map_or(Ok(()), Err)?;
        }
        let (is_in, why) = match (given.signs, shown, usual.signs) {
            (Some(sign), ..) => (sign == Minus::In, "it was said"),
            (_, Some(is_in), _) => (is_in, FOLLOWS),
            _ if has_minus && self.words_say_minus_in() => {
                (true, "the words of a column for each way say so")
            }
            (.., Some(sign)) => (sign == Minus::In, "so the profile says"),
            _ => (false, "no balances show otherwise"),
        };
        sentences.push(format!("an amount with a minus goes {}: {why}", if is_in { "in" } else { "out" }));
        // Where only some have a plus, and none a minus, a plus says what a word would.
        let amounts = match (is_in, plain) {
            (false, _) => Amounts::MinusOut,
            (true, [Some(_), Some(_)]) if !has_minus => Amounts::PlusIn,
            (true, _) => Amounts::MinusIn,
        };
        Ok(Signs { debits: Debits::Open, amounts, has_minus, is_told, ..Signs::default() })
    }

    /// Which amounts of the one column may go either way, where nothing tells the rule of their signs.
    fn open_ways(&self) -> Option<Refusal> {
        match self.plain.each_ref().map(|tally| tally.first.as_ref()) {
            [Some(bare), Some(credit)] => Some(Refusal {
                error: "two_readings",
                message: format!(
                    "{} in line {} may go out or come in: only others, as {} in line {}, say their way",
                    bare.text, bare.line, credit.text, credit.line
                ),
                hint: SIGNS_HINT,
            }),
            [Some(bare), None] if self.unnamed.is_some() => self.unnamed.as_ref().map(|(_, word)| {
                open::way(&format!("{} in line {}", bare.text, bare.line), &word.text, word.line)
            }),
            [Some(bare), None] if self.may_say_the_way().is_none() => self.open_by_words(bare),
            [Some(seen), None] | [None, Some(seen)] => self.may_say_the_way().map(|place| Refusal {
                error: "two_readings",
                message: format!(
                    "{} in line {} may go out or come in: each line has the same letter for a way in {}, which may say so",
                    seen.text,
                    seen.line,
                    self.layout.names.get(place).map_or("", |name| trimmed(name))
                ),
                hint: LETTER_HINT,
            }),
            [None, None] => None,
        }
    }

    /// Whether words of another column, which some lines have or all, may say the way of amounts that have no sign.
    fn open_by_words(&self, bare: &Seen) -> Option<Refusal> {
        let name = |place: usize| self.layout.names.get(place).map_or("", |name| trimmed(name));
        let amount = format!("{} in line {} may go out or come in", bare.text, bare.line);
        let (message, hint) = match (self.say_some_ways(), self.hints()) {
            (Some(place), _) => {
                (format!("{amount}: only some lines have a word for it in {}", name(place)), open::WAY_HINT)
            }
            (None, Some((place, word))) => {
                let which = format!("{} in line {}, as other words of {}", word.text, word.line, name(place));
                (format!("{amount}: no amount has a minus, and {which}, may say which way"), HINTS_HINT)
            }
            (None, None) => return None,
        };
        Some(Refusal { error: "two_readings", message, hint })
    }

    /// What a minus means in the column of money that goes out, of which balances may have `shown` that it does.
    fn debits(
        &self,
        given: &Given,
        usual: &Given,
        shown: Option<bool>,
        sentences: &mut Vec<String>,
    ) -> Result<Debits, Refusal> {
        let [minus, plus] = self.debits.each_ref().map(|tally| tally.count);
        let [minus_credits, plus_credits] = self.credits.each_ref().map(|tally| tally.count);
        let told = given.signs.or(usual.signs);
        let Some(seen) = self.debits[0].first.as_ref() else {
            return Ok(if told == Some(Minus::In) { Debits::Back } else { Debits::Open });
        };
        let first = self.debits[0].shown();
        let is_alone = plus == 0;
        // What is said answers what is asked of the credits then.
        let is_of_credits = minus_credits > 0 && plus_credits == 0;
        let all = format!("{minus} have one, as {first}, none is without, and no balances show otherwise");
        let (is_out, why) = match (given.signs, shown, usual.signs) {
            (_, None, _) if is_of_credits && is_alone => (true, "all amounts of both columns have one"),
            (Some(Minus::Out), ..) if is_of_credits && !is_alone => (false, ""),
            (Some(sign), ..) => (sign == Minus::Out, "it was said"),
            (_, Some(is_out), _) => (is_out && is_alone, FOLLOWS),
            (.., Some(Minus::In)) => (false, "so the profile says"),
            (.., Some(Minus::Out)) if is_alone => (true, "so the profile says"),
            _ if is_alone && minus_credits == 0 && plus_credits > 0 => {
                (true, "all have one, and no credit does")
            }
            _ if is_alone && self.repeated == minus => (true, "they stand in a column of amounts so, too"),
            _ => (is_alone && minus >= MINUS_DEBITS, all.as_str()),
        };
        // What comes back of a debit has a minus only where somebody says so, or the balances.
        let is_back = !is_out
            && (given.signs == Some(Minus::In)
                || shown == Some(false)
                || (shown.is_none() && told == Some(Minus::In)));
        if is_alone && !is_out && !is_back {
            return Err(open::minus(
                seen,
                "goes out, where it would say so twice",
                "is a debit that comes back",
            ));
        }
        if is_out {
            sentences.push(format!("debits have a minus: {why}"));
        } else if is_back {
            sentences.push(format!("a debit with a minus, as {first}, comes in: {why}"));
        }
        Ok(match (is_out, is_back) {
            (true, _) => Debits::Out,
            (_, true) => Debits::Back,
            _ => Debits::Open,
        })
    }

    /// What a minus means in the column of money that comes in, of which balances may have `shown` that it does.
    fn credits(
        &self,
        given: &Given,
        usual: &Given,
        shown: Option<bool>,
        sentences: &mut Vec<String>,
    ) -> Result<Credits, Refusal> {
        let plus = self.credits[1].count;
        let Some(seen) = self.credits[0].first.as_ref() else {
            let is_in = plus == 0 && given.signs.or(usual.signs) == Some(Minus::In);
            return Ok(if is_in { Credits::In } else { Credits::Back });
        };
        // Among others that have none, one with a minus is taken back.
        let of_all = |signs: Option<Minus>| signs.filter(|_| plus == 0);
        let (is_in, why) = match (of_all(given.signs), shown, of_all(usual.signs)) {
            (Some(sign), ..) => (sign == Minus::In, "it was said"),
            (_, Some(is_in), _) => (is_in, FOLLOWS),
            (.., Some(sign)) => (sign == Minus::In, "so the profile says"),
            _ if plus == 0 => return Err(open::minus(seen, "is a credit that is taken back", "comes in")),
            _ => return Ok(Credits::Back),
        };
        let way = if is_in { "comes in" } else { "is taken back" };
        sentences.push(format!("a credit with a minus, as {}, {way}: {why}", self.credits[0].shown()));
        Ok(if is_in { Credits::In } else { Credits::Back })
    }
}

/// Why the rule of the signs is open where none was told, of a whole file: by how many amounts have a minus, no sign and no word, or
/// a plus or a word for money that comes in, and by the first word for a way of a column that nobody named so.
#[must_use]
pub fn open_signs(signs: [u64; 3], unnamed: Option<&(u64, String)>) -> Option<Refusal> {
    let [0, bare, plus] = signs else { return None };
    if bare > 0 && plus > 0 {
        return Some(Refusal {
            error: "two_readings",
            message: format!(
                "{plus} amounts of the file have a plus or a word for money that comes in, {bare} have neither, and none has a minus"
            ),
            hint: SIGNS_HINT,
        });
    }
    let (line, word) = unnamed.filter(|_| bare > 0)?;
    Some(open::way("an amount without a sign", word, *line))
}

/// The mark that more cells show; where they are as many, commas between cells speak for the point.
#[must_use]
pub fn more([point, comma]: [u64; 2], delimiter: char) -> Mark {
    if comma > point || (comma == point && delimiter != ',') { Mark::Comma } else { Mark::Point }
}
