//! Dates and amounts that are written as text: each cell says what it can, by the judges of statements, and the column settles
//! what one cell leaves open. Nothing is guessed: a column that stays open is asked about.

use chrono::{Datelike, NaiveDate, Utc};

use super::SeriesError;
use crate::text::amounts::{self, CUT, MINUS, Mark, TOO_LARGE};
use crate::text::columns;
use crate::text::dates::{FIRST_YEAR, Order};
use crate::text::day::{Day, day_within};
use crate::text::order::{self, Orders};

/// A cell that shows something, kept to be named.
type Example = Option<String>;

/// Two orders of a date's numbers.
const PAIRS: [[Order; 2]; 3] = [[Order::Dmy, Order::Mdy], [Order::Dmy, Order::Ymd], [Order::Mdy, Order::Ymd]];

/// What stands first in a date of this order.
pub(super) fn first(order: Order) -> &'static str {
    match order {
        Order::Dmy => "day",
        Order::Mdy => "month",
        Order::Ymd => "year",
    }
}

/// Orders in words, one or another.
#[must_use]
pub fn or(orders: &[Order], words: impl Fn(Order) -> String) -> String {
    orders.iter().copied().map(words).collect::<Vec<_>>().join(" or ")
}

/// What the dates of a column show of their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Dates {
    orders: Orders,
    /// The first cell of each set of orders that read it, and of each pair of orders that read it as two days.
    of_set: [Example; 8],
    of_pair: [Example; 3],
}

impl Dates {
    pub(super) fn add(&mut self, day: Day, text: &str) {
        self.orders.add(day);
        let Day::Open(days) = day else { return };
        let example = || text.trim().to_owned();
        if let Some(place) = self.of_set.get_mut(order::set(days)) {
            place.get_or_insert_with(example);
        }
        for (place, pair) in self.of_pair.iter_mut().zip(PAIRS) {
            if let [Some(one), Some(other)] = pair.map(|order| day.of(Some(order)))
                && one != other
            {
                place.get_or_insert_with(example);
            }
        }
    }

    /// The order: the one in which each is a day, else the one that is wanted, else the one in which they stand by their days.
    /// Any where it does not matter.
    pub(super) fn settled(&self, name: &str, wanted: Option<Order>) -> Result<Order, SeriesError> {
        let orders = self.orders.possible();
        let Some(any) = orders.first() else { return Err(self.mixed(name)) };
        let mut open = self.of_pair.iter().zip(PAIRS);
        let open =
            open.find(|(cell, pair)| cell.is_some() && pair.iter().all(|order| orders.contains(order)));
        let wanted = wanted.filter(|wanted| orders.contains(wanted));
        match (open, wanted.or_else(|| self.orders.by_days(&orders))) {
            (None, _) => Ok(*any),
            (Some(_), Some(order)) => Ok(order),
            (Some((example, _)), None) => Err(SeriesError::DateOrder {
                name: name.to_owned(),
                example: example.clone().unwrap_or_default(),
                orders,
            }),
        }
    }

    fn mixed(&self, name: &str) -> SeriesError {
        let cells = || self.of_set.iter().enumerate().filter_map(|(set, cell)| Some((set, cell.as_ref()?)));
        let apart = cells().find_map(|one| Some((one, cells().find(|other| one.0 & other.0 == 0)?)));
        let [one, other] = apart.map_or_else(
            || [cells().next(), cells().next_back()].map(|cell| cell.map(|(_, cell)| cell.clone())),
            |((_, one), (_, other))| [Some(one.clone()), Some(other.clone())],
        );
        SeriesError::Mixed {
            name: name.to_owned(),
            one: one.unwrap_or_default(),
            other: other.unwrap_or_default(),
        }
    }

    /// What was decided of the column, in words.
    pub(super) fn told(&self, name: &str, order: Order) -> Option<String> {
        let is_open = self.of_set.iter().any(Option::is_some);
        is_open.then(|| format!("{name} is read with the {} first", first(order)))
    }
}

/// What the amounts of a column show of the mark before their decimals.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Amounts {
    /// The first cell that only a point reads, that only a comma does, and that both do, each otherwise.
    point: Example,
    comma: Example,
    either: Example,
    has_groups: bool,
}

impl Amounts {
    pub(super) fn add(&mut self, amount: Amount, text: &str) {
        let place = match amount.way {
            Way::Point => &mut self.point,
            Way::Comma => &mut self.comma,
            Way::Either => &mut self.either,
            Way::Same => return,
        };
        place.get_or_insert_with(|| text.trim().to_owned());
        self.has_groups |= amount.way == Way::Point && text.contains(',');
    }

    /// The mark: the one that reads each, else the one that is wanted.
    pub(super) fn settled(&self, name: &str, wanted: Option<Mark>) -> Result<Mark, SeriesError> {
        let name = || name.to_owned();
        match (&self.point, &self.comma, &self.either) {
            (Some(one), Some(other), _) => {
                Err(SeriesError::Mixed { name: name(), one: one.clone(), other: other.clone() })
            }
            (None, Some(_), _) => Ok(Mark::Comma),
            (Some(_), None, _) | (None, None, None) => Ok(Mark::Point),
            (None, None, Some(text)) => {
                wanted.ok_or_else(|| SeriesError::DecimalMark { name: name(), example: text.clone() })
            }
        }
    }

    /// What was decided of the column, in words; nothing of amounts as programs write them.
    pub(super) fn told(&self, name: &str, mark: Mark) -> Option<String> {
        let is_told = mark == Mark::Comma || self.has_groups;
        is_told.then(|| format!("{name} has a {} before decimals", mark.word()))
    }
}

/// A written date: what it can be, whatever stands behind it. A year of two digits is none that has not come, as in statements.
pub(super) fn date(text: &str) -> Option<Day> {
    let text = text.trim();
    let years = if has_long_year(text) { 1000..=9999 } else { FIRST_YEAR..=Utc::now().year() + 1 };
    let day = day_within(text, &years).or_else(|| day_within(text.split([' ', 'T']).next()?, &years));
    day.filter(|day| !matches!(day, Day::Sure(day) if !years.contains(&day.year())))
}

/// Whether one of the numbers of a date has four digits.
pub(super) fn has_long_year(text: &str) -> bool {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
    numbers.by_ref().take(3).any(|part| part.len() >= 4)
}

/// The days of a date in each order.
pub(super) fn days(day: Day) -> [Option<NaiveDate>; 3] {
    Order::ALL.map(|order| day.of(Some(order)))
}

/// A written amount, by what stands before its decimals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount {
    pub(super) with_point: f64,
    pub(super) with_comma: f64,
    way: Way,
}

/// The marks by which an amount can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Point,
    Comma,
    Either,
    /// It does not matter.
    Same,
}

pub(super) fn amount(text: &str) -> Option<Amount> {
    let text = text.trim();
    let of = |with_point, with_comma, way| Some(Amount { with_point, with_comma, way });
    match Mark::BOTH.map(|mark| with_mark(text, mark)) {
        [Some((point, _)), Some((comma, is_unclear))] => {
            of(point, comma, if is_unclear { Way::Either } else { Way::Same })
        }
        [Some((value, _)), None] => of(value, value, Way::Point),
        [None, Some((value, _))] => of(value, value, Way::Comma),
        // As programs write numbers: 1e3.
        [None, None] if text.contains(|letter: char| letter.is_ascii_alphabetic()) => {
            let value = text.parse().ok()?;
            of(value, value, Way::Same)
        }
        [None, None] => None,
    }
}

/// An amount with this mark before its decimals, of which there may be more than a table of statements holds; and whether the other
/// mark may be meant.
fn with_mark(text: &str, mark: Mark) -> Option<(f64, bool)> {
    let (point, groups) = if mark == Mark::Point { ('.', ',') } else { (',', '.') };
    let (number, is_negative) = unsigned(text);
    let (number, _) = amounts::joined(number)?;
    let is_unclear = match amounts::read(&number, mark) {
        Ok((amount, _)) => amount.is_unclear,
        Err(bad) if bad == CUT || bad == TOO_LARGE => {
            if !columns::is_long_amount(&number, point, groups) {
                return None;
            }
            false
        }
        Err(_) => return None,
    };
    let value: f64 = number.replace(groups, "").replace(point, ".").parse().ok()?;
    Some((if is_negative { -value } else { value }, is_unclear))
}

/// A number without the one sign before or behind it, or its parentheses, and whether they say that it is below zero.
fn unsigned(text: &str) -> (&str, bool) {
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        return (inner.trim(), true);
    }
    let sign = |letter: char| MINUS.contains(&letter) || letter == '+';
    let number = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)).unwrap_or(text);
    (number.trim(), text.starts_with(MINUS) || text.ends_with(MINUS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Order::{Dmy, Mdy, Ymd};

    fn settled(cells: &[&str], wanted: Option<Order>) -> Result<Order, SeriesError> {
        let mut dates = Dates::default();
        for cell in cells {
            dates.add(date(cell).unwrap(), cell);
        }
        dates.settled("day", wanted)
    }

    #[test]
    fn written_dates_say_what_they_are() {
        let read = |text: &str| date(text).map(|day| days(day).map(|day| day.map(|day| day.to_string())));
        let wanted = |days: [&str; 3]| Some(days.map(|day| (!day.is_empty()).then(|| day.to_owned())));
        for (text, days) in [
            ("2024-12-31", ["2024-12-31"; 3]),
            // The zone does not move the written date.
            ("2023-03-26T00:00:00+01:00", ["2023-03-26"; 3]),
            ("2024-01-01 23:30:00-05", ["2024-01-01"; 3]),
            ("2024-01-01 23:30:00 UTC", ["2024-01-01"; 3]),
            ("31/12/2024", ["2024-12-31", "", ""]),
            ("12/31/2024", ["", "2024-12-31", ""]),
            ("03/04/2024", ["2024-04-03", "2024-03-04", ""]),
            ("03.04.2024", ["2024-04-03", "", ""]),
            ("31/12/1899", ["1899-12-31", "", ""]),
            ("31/12/2199 10:00", ["2199-12-31", "", ""]),
            // A year that has not come is another number.
            ("31/12/19", ["2019-12-31", "", ""]),
            ("05/07/17", ["2017-07-05", "2017-05-07", "2005-07-17"]),
            ("June 1, 2024", ["2024-06-01"; 3]),
        ] {
            assert_eq!(read(text), wanted(days), "{text}");
        }
        for wrong in
            ["2024-13-01", "12/31.2024", "1,5", "", "2024", "a/b/2024", "31.31.2024", "31/12/61", "-"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_column_of_dates_settles_their_order() {
        let open = |orders: &[Order], example: &str| {
            Err(SeriesError::DateOrder {
                name: "day".into(),
                example: example.into(),
                orders: orders.to_vec(),
            })
        };
        assert_eq!(settled(&["31/12/19", "05/07/17"], None), Ok(Dmy));
        // What the column shows goes before what is wanted.
        assert_eq!(settled(&["31/12/2019", "05/07/2017"], Some(Mdy)), Ok(Dmy));
        assert_eq!(settled(&["04/04/2024", "2024-05-01"], None), Ok(Dmy));
        assert_eq!(settled(&["04/04/24", "13/04/2024"], None), Ok(Dmy));
        assert_eq!(settled(&["04/04/2024", "03/04/2024"], None), open(&[Dmy, Mdy], "03/04/2024"));
        assert_eq!(settled(&["05/07/17"], None), open(&[Dmy, Mdy, Ymd], "05/07/17"));
        assert_eq!(settled(&["05/07/17"], Some(Ymd)), Ok(Ymd));
        assert_eq!(settled(&["03/04/2024"], Some(Ymd)), open(&[Dmy, Mdy], "03/04/2024"));
        let mixed = settled(&["01/02/2024", "31/12/2024", "12/31/2024"], None).unwrap_err();
        assert_eq!(mixed.to_string(), "day is written in two ways: 31/12/2024 and 12/31/2024");
        // Days in their order tell, unless another order is wanted.
        let days = [
            "05/12/2016",
            "09/12/2016",
            "02/01/2017",
            "03/01/2017",
            "09/01/2017",
            "02/02/2017",
            "07/02/2017",
            "03/03/2017",
            "04/03/2017",
            "06/04/2017",
        ];
        assert_eq!(settled(&days, None), Ok(Dmy));
        assert_eq!(settled(&days, Some(Mdy)), Ok(Mdy));
    }

    #[test]
    fn written_amounts_say_what_they_are() {
        let read = |text: &str| amount(text).map(|amount| (amount.with_point, amount.with_comma, amount.way));
        for (text, with_point, with_comma, way) in [
            ("1,200.50", 1200.5, 1200.5, Way::Point),
            ("1.200,50", 1200.5, 1200.5, Way::Comma),
            ("-1.234.567", -1_234_567.0, -1_234_567.0, Way::Comma),
            ("1200,5", 1200.5, 1200.5, Way::Comma),
            ("1,200", 1200.0, 1.2, Way::Either),
            ("1.200", 1.2, 1200.0, Way::Either),
            ("0.125", 0.125, 0.125, Way::Point),
            ("1234.567", 1234.567, 1234.567, Way::Point),
            ("1.08345", 1.08345, 1.08345, Way::Point),
            ("-0,0000012", -0.000_001_2, -0.000_001_2, Way::Comma),
            ("1,00,000.5", 100_000.5, 100_000.5, Way::Point),
            ("12345678901234567890", 12_345_678_901_234_567_890.0, 12_345_678_901_234_567_890.0, Way::Same),
            (" +7 ", 7.0, 7.0, Way::Same),
            ("1 050,00", 1050.0, 1050.0, Way::Comma),
            ("1\u{a0}234,567", 1234.567, 1234.567, Way::Comma),
            ("1'050.00", 1050.0, 1050.0, Way::Point),
            ("1 200", 1200.0, 1200.0, Way::Same),
            ("5.00-", -5.0, -5.0, Way::Point),
            ("\u{2212}1 050,00", -1050.0, -1050.0, Way::Comma),
            ("(7.00)", -7.0, -7.0, Way::Point),
            ("007", 7.0, 7.0, Way::Same),
            ("1e3", 1000.0, 1000.0, Way::Same),
        ] {
            assert_eq!(read(text), Some((with_point, with_comma, way)), "{text}");
        }
        for wrong in [
            "1,2.3,4",
            "1.2.3",
            "12,34.5",
            "abc",
            "",
            ",",
            "1 20",
            "12a,5",
            "99999999999999999999,1,1",
            "-",
            "--5",
            "()",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
