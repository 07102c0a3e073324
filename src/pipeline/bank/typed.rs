//! Lines with their types: what a statement's line says by the convention of its file, or why it is not a row.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use chrono::NaiveDate;

use super::account;
use super::convention::amount::{self, Money, Way};
use super::convention::rules::{Amounts, Convention, Credits, Debits, Fees};
use super::convention::{decide, tally};
use super::form::{ACCOUNT, BALANCE, BOOKED, DEPOSIT, FEE, LineCells, VALUED, WITHDRAWAL, capitals};
use super::sides::Sides;
use crate::text::amounts::{self, CUT, Mark};
use crate::text::dates::{self, Order};
use crate::text::day;
use crate::text::records::Bad;
use crate::text::scan::Refusal;
use crate::text::{EXACT, trimmed};

mod entry;

/// What may be odd about a line.
pub const FLAGS: [&str; 5] = ["vd_missing", "no_amount", "both_sides", "neg_amount", "ccy_missing"];

const NO_DATE: Bad = Bad { error: "date_missing", message: "the line has no date" };
const NOT_A_DATE: Bad = Bad { error: "bad_date", message: "the cell is not a valid date" };
const OTHER_CENTURY: Bad =
    Bad { error: "bad_date", message: "the date lies before 1970 or after the next year" };
const OPEN_DATE: Bad = Bad {
    error: "unclear_date",
    message: "the date may be one of two days, and no other date of the file settles which",
};
const NEGATIVE_FEE: Bad =
    Bad { error: "negative_fee", message: "the fee is negative, which may mean either way" };
const SIGNED: Bad = Bad {
    error: "signed_amount",
    message: "the amount is negative beside a word for its way, which may mean either way",
};
const OTHER_WAY: Bad =
    Bad { error: "bad_direction", message: "the word behind the amount says another way than its column" };
const NEGATIVE_DEBIT: Bad = Bad {
    error: "negative_debit",
    message: "the withdrawal is negative, which may mean either way; --signs minus-in says that it comes back",
};
const POSITIVE_DEBIT: Bad = Bad {
    error: "positive_debit",
    message: "the withdrawal has no minus, and where debits have one that may mean either way",
};

/// An amount in ten-thousandths, and its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side<'a> {
    pub amount: Option<i64>,
    pub currency: Cow<'a, str>,
}

/// A line with its types; a text that is not there is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    pub account_no: Cow<'a, str>,
    pub booking_date: NaiveDate,
    pub stated_value_date: Option<NaiveDate>,
    pub transaction_details: &'a str,
    pub chq_no: &'a str,
    pub withdrawal: Side<'a>,
    pub deposit: Side<'a>,
    /// In ten-thousandths.
    pub balance: Option<i64>,
}

/// Reads the lines of one file by its convention, and counts what speaks for and against it.
#[derive(Debug)]
pub struct Typist<'c> {
    convention: &'c Convention,
    sides: &'c Sides,
    /// What stands between cells.
    delimiter: char,
    /// The last year of which a date may be.
    last_year: i32,
    /// The cell of the account that was read last, and where that stands in it: that of the next line is often the same.
    last_account: (String, Range<usize>),
    last_date: day::Last,
    /// Cells that can only be read with a point, and with a comma.
    pub marks: [u64; 2],
    /// Dates that are a day in another order of their parts only, and how many are read.
    pub dates_apart: u64,
    pub dates_read: u64,
    /// Amounts of the one column: with a minus, without a sign or a word, with a plus or a word for money that comes in.
    pub signs: [u64; 3],
    /// Whether a word says that the balance of the line that comes is below zero.
    pub is_overdrawn: bool,
    /// A word for a way in a column that nobody named so, where nothing tells the rule of the signs.
    unnamed: Option<(u64, String)>,
    /// What is wrong with the line that was read last: the column and why.
    pub problems: Vec<(usize, Bad)>,
    /// The columns of that line whose amounts could be meant in two ways.
    pub unclear: Vec<usize>,
}

impl<'c> Typist<'c> {
    /// For a file whose dates go to the end of a year.
    #[must_use]
    pub fn new(convention: &'c Convention, sides: &'c Sides, delimiter: char, last_year: i32) -> Self {
        Self {
            convention,
            sides,
            delimiter,
            last_year,
            last_account: Default::default(),
            last_date: day::Last::default(),
            marks: [0; 2],
            dates_apart: 0,
            dates_read: 0,
            signs: [0; 3],
            is_overdrawn: false,
            unnamed: None,
            problems: Vec::new(),
            unclear: Vec::new(),
        }
    }

    /// Reads a line. It is no row where there are `problems` afterwards.
    pub fn line<'a>(&mut self, cells: &LineCells<'a>) -> Option<Line<'a>>
    where
        'c: 'a,
    {
        self.problems.clear();
        self.unclear.clear();
        let [account, booked, details, chq_no, valued, .., balance, fee] = *cells;
        let account_no = self.account(account);
        let booking_date = self.date(BOOKED, booked);
        if trimmed(booked).is_empty() {
            self.problems.push((BOOKED, NO_DATE));
        }
        // As nearly all lines have it.
        let stated_value_date = if valued == booked { booking_date } else { self.date(VALUED, valued) };
        let withdrawal = self.side(cells, WITHDRAWAL);
        let deposit = self.side(cells, DEPOSIT);
        let balance = self.amount(BALANCE, balance).map(|money| money.units);
        let balance = balance.map(|units| if self.is_overdrawn { -units.abs() } else { units });
        let (withdrawal, deposit) = self.placed(withdrawal, deposit);
        let (withdrawal, deposit) = if trimmed(fee).is_empty() || self.convention.fees == Fees::Within {
            (withdrawal, deposit)
        } else {
            self.less_fee(withdrawal, deposit, cells)
        };
        let booking_date = booking_date.filter(|_| self.problems.is_empty())?;
        let (transaction_details, chq_no) = (trimmed(details), trimmed(chq_no));
        Some(Line {
            account_no,
            booking_date,
            stated_value_date,
            transaction_details,
            chq_no,
            withdrawal,
            deposit,
            balance,
        })
    }

    fn account<'a>(&mut self, cell: &'a str) -> Cow<'a, str>
    where
        'c: 'a,
    {
        let (last, within) = &self.last_account;
        if !cell.is_empty() && cell == last {
            return cell.get(within.clone()).unwrap_or_default().into();
        }
        let of_file = self.convention.account.as_deref().unwrap_or_default();
        let account = account::number(cell, of_file).unwrap_or_else(|bad| {
            self.problems.push((ACCOUNT, bad));
            Cow::default()
        });
        if let Some(start) = cell.find(&*account).filter(|_| !account.is_empty()) {
            self.last_account.1 = start..start + account.len();
            cell.clone_into(&mut self.last_account.0);
        }
        account
    }

    /// A date; an empty cell has none.
    fn date(&mut self, column: usize, cell: &str) -> Option<NaiveDate> {
        let date = self.last_date.day(cell, self.last_year);
        let day = date.and_then(|date| date.of(self.convention.dates));
        match (date, day) {
            (_, Some(day)) if dates::is_possible(day, self.last_year) => {
                self.dates_read += 1;
            }
            (_, Some(_)) => self.problems.push((column, OTHER_CENTURY)),
            (Some(_), None) => {
                self.dates_apart += 1;
                self.problems
                    .push((column, if self.convention.dates.is_none() { OPEN_DATE } else { NOT_A_DATE }));
            }
            (None, None) if trimmed(cell).is_empty() => {}
            (None, None) => self.problems.push((column, NOT_A_DATE)),
        }
        day
    }

    /// An amount with its currency, and what a word behind it says.
    fn side<'a>(&mut self, cells: &LineCells<'a>, column: usize) -> (Side<'a>, Option<Way>)
    where
        'c: 'a,
    {
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let money = self.amount(column, cell(column));
        let of_line = capitals(trimmed(cell(column + 1)));
        let Some(money) = money else { return (Side { amount: None, currency: of_line }, None) };
        let usual = self.convention.currency.as_deref().unwrap_or_default();
        let currency = amount::currency(&money, of_line, usual).unwrap_or_else(|bad| {
            self.problems.push((column, bad));
            Cow::default()
        });
        if matches!(self.sides, Sides::One { has_words: false, .. }) && money.units != 0 {
            let is_in = money.has_plus || money.way == Some(Way::In);
            let [minus, bare, plus] = &mut self.signs;
            *(if money.units < 0 {
                minus
            } else if is_in {
                plus
            } else {
                bare
            }) += 1;
        }
        let by_plus = (money.has_plus && self.convention.signs.amounts == Amounts::PlusIn).then_some(Way::In);
        (Side { amount: Some(money.units), currency }, money.way.or(by_plus))
    }

    /// Both sides with what the bank takes for the transaction, or gives back: more goes out, or less comes in.
    fn less_fee<'a>(
        &mut self,
        mut withdrawal: Side<'a>,
        mut deposit: Side<'a>,
        cells: &LineCells<'a>,
    ) -> (Side<'a>, Side<'a>)
    where
        'c: 'a,
    {
        let Some(fee) =
            self.amount(FEE, cells.get(FEE).copied().unwrap_or_default()).filter(|fee| fee.units != 0)
        else {
            return (withdrawal, deposit);
        };
        let are_signed = self.convention.fees == Fees::Signed;
        if fee.units < 0 && !are_signed {
            self.problems.push((FEE, NEGATIVE_FEE));
            return (withdrawal, deposit);
        }
        let taken = if are_signed { -fee.units } else { fee.units };
        let is_in = withdrawal.amount.is_none();
        let of_line = if is_in { &mut deposit } else { &mut withdrawal };
        let mut currency = mem::take(&mut of_line.currency);
        if of_line.amount.is_none() && currency.is_empty() {
            // It is all that the line moves, and the line's currency may stand on either side.
            let sides = [WITHDRAWAL, DEPOSIT].map(|side| cells.get(side + 1).copied().unwrap_or_default());
            currency =
                capitals(sides.map(trimmed).into_iter().find(|text| !text.is_empty()).unwrap_or_default());
        }
        let usual = self.convention.currency.as_deref().unwrap_or_default();
        let currency = amount::currency(&fee, currency, usual).unwrap_or_else(|bad| {
            self.problems.push((FEE, bad));
            Cow::default()
        });
        // What is left over on the side that it came in on, below zero where the fee is more.
        let left = if is_in {
            deposit.amount.unwrap_or(0).checked_sub(taken)
        } else {
            withdrawal.amount.and_then(|amount| amount.checked_add(taken)).map(|amount| -amount)
        };
        let Some(left) = left else {
            self.problems.push((FEE, amounts::NOT_AN_AMOUNT));
            return (withdrawal, deposit);
        };
        let side = Side { amount: Some(left.abs()), currency };
        match (is_in, left.signum()) {
            (true, 0 | 1) => deposit = side,
            (true, _) => (withdrawal, deposit) = (side, none()),
            (false, 1) if deposit.amount.is_none() => (withdrawal, deposit) = (none(), side),
            (false, _) => withdrawal = side,
        }
        (withdrawal, deposit)
    }

    /// Both amounts, each on its side and with the sign of the table.
    fn placed<'a>(
        &mut self,
        (mut withdrawal, out): (Side<'a>, Option<Way>),
        (mut deposit, into): (Side<'a>, Option<Way>),
    ) -> (Side<'a>, Side<'a>) {
        let signs = self.convention.signs;
        let is_out = signs.debits == Debits::Out;
        let is_negative = |side: &Side| side.amount.is_some_and(|amount| amount < 0);
        match self.sides {
            Sides::Two { currency } => {
                if out == Some(Way::In) || into == Some(Way::Out) {
                    self.problems.push((if out.is_some() { WITHDRAWAL } else { DEPOSIT }, OTHER_WAY));
                } else if out == Some(Way::Out) || (is_out && is_negative(&withdrawal)) {
                    withdrawal.amount = withdrawal.amount.map(i64::abs);
                } else if signs.debits == Debits::Back
                    && is_negative(&withdrawal)
                    && deposit.amount.unwrap_or_default() == 0
                {
                    withdrawal.amount = withdrawal.amount.map(i64::abs);
                    (withdrawal, deposit) = (none(), withdrawal);
                } else if is_negative(&withdrawal) {
                    self.problems.push((WITHDRAWAL, NEGATIVE_DEBIT));
                } else if is_out && withdrawal.amount.is_some_and(|amount| amount > 0) {
                    self.problems.push((WITHDRAWAL, POSITIVE_DEBIT));
                }
                if signs.credits == Credits::In {
                    deposit.amount = deposit.amount.map(i64::abs);
                }
                // The one currency of a line is that of the amount that is there.
                if currency.is_some() {
                    for side in [&mut withdrawal, &mut deposit] {
                        if side.amount.is_none() {
                            *side = none();
                        }
                    }
                }
                (withdrawal, deposit)
            }
            Sides::One { has_words: true, .. } => {
                if out == Some(Way::In) || into == Some(Way::Out) {
                    self.problems.push((if out.is_some() { WITHDRAWAL } else { DEPOSIT }, OTHER_WAY));
                } else if is_negative(&withdrawal) && (is_out || out == Some(Way::Out)) {
                    withdrawal.amount = withdrawal.amount.map(i64::abs);
                } else if is_negative(&withdrawal) || is_negative(&deposit) {
                    self.problems.push((if is_negative(&withdrawal) { WITHDRAWAL } else { DEPOSIT }, SIGNED));
                }
                (withdrawal, deposit)
            }
            Sides::One { .. } => {
                // A word behind the amount says it whatever the rule of the signs is.
                let goes_out = into
                    .map_or(is_negative(&deposit) == (signs.amounts == Amounts::MinusOut), |way| {
                        way == Way::Out
                    });
                let goes_out = deposit.amount.is_some_and(|amount| amount != 0) && goes_out;
                deposit.amount = deposit.amount.map(i64::abs);
                if goes_out { (deposit, none()) } else { (none(), deposit) }
            }
        }
    }

    fn amount<'a>(&mut self, column: usize, cell: &'a str) -> Option<Money<'a>> {
        let mark = self.convention.decimal;
        match amount::money(cell, mark) {
            Ok(money) => {
                let money = money?;
                if money.is_unclear && !self.convention.is_decimal_given {
                    self.unclear.push(column);
                }
                self.count(mark, money.shows_mark);
                Some(money)
            }
            Err(bad) => {
                self.count(mark, bad == CUT && !amount::is_amount(cell, mark.other()));
                let shows_other = match amount::money(cell, mark.other()) {
                    Ok(money) => money.is_some_and(|money| money.shows_mark),
                    Err(other) => other == CUT && bad != CUT,
                };
                self.count(mark.other(), shows_other);
                self.problems.push((column, bad));
                None
            }
        }
    }

    fn count(&mut self, mark: Mark, shows: bool) {
        let [point, comma] = &mut self.marks;
        *(if mark == Mark::Point { point } else { comma }) += u64::from(shows);
    }

    /// Whether the rule of the signs was told.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.convention.signs.is_told
    }

    /// Takes a word for a way that stands in a column that nobody named so.
    pub fn sees(&mut self, line: u64, word: &str) {
        self.unnamed.get_or_insert_with(|| (line, trimmed(word).to_owned()));
    }

    /// Whether all lines bear out what a sample of them showed.
    ///
    /// # Errors
    /// When as many cells speak for another reading.
    pub fn holds(&self) -> Result<(), Refusal> {
        let Convention { decimal, dates, is_decimal_given, is_order_given, .. } = *self.convention;
        let [point, comma] = self.marks;
        let found = decide::more(self.marks, self.delimiter);
        if !is_decimal_given && point + comma > 0 && found != decimal {
            return Err(Refusal {
                error: "two_readings",
                message: format!(
                    "{point} amounts of the file have a point before decimals and {comma} a comma"
                ),
                hint: "say which with --decimal point or --decimal comma; amounts that it cannot read are faults then",
            });
        }
        if !self.is_told() {
            decide::open_signs(self.signs, self.unnamed.as_ref()).map_or(Ok(()), Err)?;
        }
        // A few are faults of their own.
        let is_many = self.dates_apart * decide::FEW > self.dates_read + self.dates_apart;
        if !is_order_given && self.dates_apart > 0 && is_many {
            let order = dates.map_or("in any order for certain", Order::word);
            return Err(Refusal {
                error: "two_readings",
                message: format!("{} dates of the file are no days when read {order}", self.dates_apart),
                hint: "say the order with --dates dmy, --dates mdy or --dates ymd; dates that it cannot read are faults then",
            });
        }
        Ok(())
    }

    /// An amount as it would be with only the decimals of the table.
    #[must_use]
    pub fn shortened(&self, text: &str) -> Option<String> {
        let has_point = self.convention.decimal == Mark::Point || text.ends_with(EXACT);
        let at = text.find(if has_point { '.' } else { ',' })?;
        let digits = text.get(at + 1..)?.chars().take_while(char::is_ascii_digit).take(4).count();
        text.get(..=at + digits).map(|text| text.trim().to_owned())
    }

    /// Whether the cells that were read so far leave no doubt about the mark before decimals.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let [point, comma] = self.marks;
        let mark = self.convention.decimal;
        let marks = if mark == Mark::Point { [point, comma] } else { [comma, point] };
        point + comma == 0 || tally::is_settled(marks, mark == Mark::Point && self.delimiter == ',')
    }

    /// Makes problems of what is unclear in the line that was read last.
    pub fn refuse_unclear(&mut self) {
        self.problems.extend(self.unclear.iter().map(|column| (*column, amounts::UNCLEAR)));
    }
}

impl Line<'_> {
    /// The date whose month the line belongs to.
    #[must_use]
    pub fn value_date(&self) -> NaiveDate {
        self.stated_value_date.unwrap_or(self.booking_date)
    }

    /// Its texts.
    #[must_use]
    pub fn texts(&self) -> [&str; 5] {
        let (withdrawal, deposit) = (&self.withdrawal.currency, &self.deposit.currency);
        [&self.account_no, self.transaction_details, self.chq_no, withdrawal, deposit]
    }

    /// Which of its text and its balance it tells, as a bit for each of the four ways: neither, its text, the balance, both.
    #[must_use]
    pub fn tells(&self) -> u8 {
        let text = u8::from(!self.transaction_details.is_empty());
        1 << (text + 2 * u8::from(self.balance.is_some()))
    }

    /// What is odd about it: a bit for each of [`FLAGS`].
    #[must_use]
    pub fn flags(&self) -> u8 {
        let (withdrawal, deposit) = (&self.withdrawal, &self.deposit);
        let is_there = |side: &Side| side.amount.is_some();
        let lacks_currency = |side: &Side| is_there(side) && side.currency.is_empty();
        let are_set = [
            self.stated_value_date.is_none(),
            !is_there(withdrawal) && !is_there(deposit),
            is_there(withdrawal) && is_there(deposit),
            deposit.amount.is_some_and(|amount| amount < 0),
            lacks_currency(withdrawal) || lacks_currency(deposit),
        ];
        are_set.into_iter().zip(0..).fold(0, |bits, (is_set, place)| bits | u8::from(is_set) << place)
    }
}

fn none<'a>() -> Side<'a> {
    Side { amount: None, currency: Cow::default() }
}
