//! What the columns of a table hold whose form nobody knows: amounts or days, told by all cells of a column together, and
//! where those leave two readings, by the other columns of the file.

use std::ops::RangeInclusive;

use chrono::{Datelike, Months, NaiveDate};

use super::amounts::{self, CUT, Mark, TOO_LARGE};
use super::dates::Order;
use super::day::{self, Day};
use super::order::Orders;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Texts, or what is written so that it can be read in one way only.
    Plain,
    /// Amounts with this mark between so many digits and so many decimals at most; the other mark stands between thousands.
    Amounts { mark: Mark, digits: usize, decimals: usize },
    /// Amounts of which nothing tells whether the mark begins decimals or groups thousands, and one of them.
    OpenAmounts(String),
    /// Days in one order, all written so, in the letters of `strftime`.
    Days(String),
    /// Days that could be others in another order: one of them as it is written, and the days that it may be.
    OpenDays { cell: String, days: Vec<(Order, NaiveDate)> },
}

/// Days of a table of any kind are told by their numbers alone: births and maturities lie far from today.
const YEARS: RangeInclusive<i32> = 1000..=9999;

/// Reads cells by column, and tells what the columns hold.
#[derive(Debug)]
pub struct Columns {
    columns: Vec<Column>,
    last_year: i32,
}

/// What the cells of a column show, those that are not empty.
#[derive(Debug, Clone, Default)]
struct Column {
    cells: u64,
    point: Amounts,
    comma: Amounts,
    /// A cell that either mark can read, each as another amount.
    unclear: Option<String>,
    /// Cells that are a day in an order, by the order.
    days: [u64; 3],
    /// How they stand one after another.
    orders: Orders,
    /// How the days are written, where all are written alike.
    form: Option<Form>,
    /// The first cell whose day the order decides.
    open: Option<(String, [Option<NaiveDate>; 3])>,
    /// The first cell by the order in which its century is open.
    late: [Option<(String, NaiveDate)>; 3],
    /// Cells that begin with a year of four digits.
    years_first: u64,
}

/// The cells of a column, read with one mark before decimals.
#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    cells: u64,
    /// A cell can only be read so.
    is_shown: bool,
    /// A cell has a mark between thousands.
    is_grouped: bool,
    digits: usize,
    decimals: usize,
}

/// What stands between the numbers of a day, and the digits of its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    mark: char,
    last: usize,
}

impl Form {
    fn of(cell: &str) -> Option<Self> {
        let mark = cell.chars().find(|letter| !letter.is_ascii_digit())?;
        let parts: Vec<_> = cell.split(mark).collect();
        let is_number =
            |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        (parts.len() == 3 && parts.iter().all(is_number) && "-/. ".contains(mark))
            .then(|| Self { mark, last: parts.last().map_or(0, |part| part.len()) })
    }

    /// In the letters of `strftime`.
    fn letters(self, order: Order) -> String {
        let year = if self.last == 4 { "%Y" } else { "%y" };
        let (first, second, last) = match order {
            Order::Dmy => ("%d", "%m", year),
            Order::Mdy => ("%m", "%d", year),
            Order::Ymd => ("%y", "%m", "%d"),
        };
        let mark = self.mark;
        format!("{first}{mark}{second}{mark}{last}")
    }
}

impl Columns {
    /// Of so many columns. A year of two digits after the last year may be one of the century before.
    #[must_use]
    pub fn new(count: usize, last_year: i32) -> Self {
        Self { columns: vec![Column::default(); count], last_year }
    }

    /// Takes a row.
    pub fn row<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            let cell = cell.trim_matches(' ');
            if !cell.is_empty() {
                column.take(cell, self.last_year);
            }
        }
    }

    /// What each column holds.
    #[must_use]
    pub fn holds(&self) -> Vec<Holds> {
        let shows = |mark: Mark| self.columns.iter().any(|column| column.mark() == Some(mark));
        let of_file = match (shows(Mark::Point), shows(Mark::Comma)) {
            (true, false) => Some(Mark::Point),
            (false, true) => Some(Mark::Comma),
            _ => None,
        };
        self.columns.iter().map(|column| column.holds(of_file)).collect()
    }

    /// Whether all cells of each column begin with a year of four digits or more, or are days without end.
    pub fn have_years_first(&self) -> impl Iterator<Item = bool> {
        self.columns.iter().map(|column| column.years_first == column.cells)
    }
}

/// Whether a cell can be one day only, for its year of four digits or more stands first, or a day without end.
fn has_year_first(cell: &str) -> bool {
    let text = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (4..text.len()).contains(&digits)
        || ["infinity", "epoch"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

impl Column {
    fn take(&mut self, cell: &str, last_year: i32) {
        self.cells += 1;
        self.years_first += u64::from(has_year_first(cell));
        // What cannot be an amount any more is not looked at; nor is a code that begins with 0.
        let is_amount = |of: &Amounts| of.cells + 1 == self.cells;
        if is_amount(&self.point) || is_amount(&self.comma) {
            let ways = Mark::BOTH.map(|mark| way(cell, mark));
            if let [Some(_), Some(other)] = ways
                && other.is_unclear
            {
                // One with a comma says more: the engine reads no such column as numbers.
                if self.unclear.as_ref().is_none_or(|known| !known.contains(',') && cell.contains(',')) {
                    self.unclear = Some(cell.to_owned());
                }
            }
            for (amounts, way) in [&mut self.point, &mut self.comma].into_iter().zip(ways) {
                if let Some(way) = way {
                    amounts.cells += 1;
                    amounts.is_shown |= way.is_shown;
                    amounts.is_grouped |= way.is_grouped;
                    amounts.digits = amounts.digits.max(way.digits);
                    amounts.decimals = amounts.decimals.max(way.decimals);
                }
            }
        }
        if self.days.contains(&(self.cells - 1)) {
            self.take_day(cell, last_year);
        }
    }

    fn take_day(&mut self, cell: &str, last_year: i32) {
        let Some(Day::Open(days)) = day::day_within(cell, &YEARS) else { return };
        let form = Form::of(cell);
        if self.cells > 1 && form != self.form {
            self.form = None;
            return;
        }
        self.form = form;
        self.orders.add(Day::Open(days));
        for (count, day) in self.days.iter_mut().zip(days) {
            *count += u64::from(day.is_some());
        }
        let is_short = form.is_some_and(|form| form.last == 2);
        for (late, day) in self.late.iter_mut().zip(days) {
            if let Some(day) = day.filter(|day| is_short && day.year() > last_year) {
                late.get_or_insert_with(|| (cell.to_owned(), day));
            }
        }
        let mut known = days.into_iter().flatten();
        let first = known.next();
        if known.any(|day| Some(day) != first) {
            self.open.get_or_insert_with(|| (cell.to_owned(), days));
        }
    }

    /// The mark with which alone all cells are amounts.
    fn mark(&self) -> Option<Mark> {
        let reads = |of: &Amounts| self.cells > 0 && of.cells == self.cells;
        match (reads(&self.point), reads(&self.comma)) {
            (true, false) => self.point.is_shown.then_some(Mark::Point),
            (false, true) => self.comma.is_shown.then_some(Mark::Comma),
            _ => None,
        }
    }

    /// The days that all cells are, if they are.
    fn holds_days(&self) -> Option<Holds> {
        let is_read = |order: &Order| self.days.get(*order as usize) == Some(&self.cells);
        let orders: Vec<_> = Order::ALL.into_iter().filter(is_read).collect();
        let (form, first) = (self.form?, *orders.first()?);
        // Where no cell could be another day, one order is as good as another.
        let mut order = first;
        if let Some((cell, days)) = &self.open {
            let Some(settled) = self.order(&orders, form) else {
                let days = orders.iter().filter_map(|order| Some((*order, days[*order as usize]?)));
                return Some(Holds::OpenDays { cell: cell.clone(), days: days.collect() });
            };
            order = settled;
        }
        Some(match &self.late[order as usize] {
            Some((cell, day)) => {
                let before = *day - Months::new(1200);
                Holds::OpenDays { cell: cell.clone(), days: vec![(order, before), (order, *day)] }
            }
            None => Holds::Days(form.letters(order)),
        })
    }

    /// The one of these orders that the cells settle.
    fn order(&self, orders: &[Order], form: Form) -> Option<Order> {
        if let [order] = orders {
            return Some(*order);
        }
        if self.orders.stand_by_years(orders) {
            return None;
        }
        if let Some(order) = self.orders.by_days(orders) {
            return Some(order);
        }
        // Years of two digits that lie ahead speak against the order, as in statements. A year that stands first is not
        // taken so, for what lies ahead may be when something is due; and nothing is that might be a code: 11-12-15.
        let is_possible = |order: &&Order| self.late.get(**order as usize).is_some_and(Option::is_none);
        let mut possible = orders.iter().filter(is_possible);
        match (possible.next(), possible.next()) {
            (Some(order @ (Order::Dmy | Order::Mdy)), None) if form.mark != '-' => Some(*order),
            _ => None,
        }
    }

    fn holds(&self, of_file: Option<Mark>) -> Holds {
        if self.cells == 0 {
            return Holds::Plain;
        }
        if let Some(holds) = self.holds_days() {
            return holds;
        }
        let are_amounts = self.point.cells == self.cells || self.comma.cells == self.cells;
        let mark = match (self.mark(), &self.unclear) {
            _ if !are_amounts => return Holds::Plain,
            (Some(mark), _) => mark,
            (None, None) => return Holds::Plain,
            (None, Some(cell)) => match of_file {
                Some(mark) => mark,
                None => return Holds::OpenAmounts(cell.clone()),
            },
        };
        let amounts = if mark == Mark::Point { self.point } else { self.comma };
        // What has a point before decimals and nothing else is read as it is.
        if mark == Mark::Point && !amounts.is_grouped {
            return Holds::Plain;
        }
        Holds::Amounts { mark, digits: amounts.digits, decimals: amounts.decimals }
    }
}

/// A cell, read with one mark.
#[derive(Clone, Copy)]
struct Way {
    is_unclear: bool,
    is_shown: bool,
    is_grouped: bool,
    digits: usize,
    decimals: usize,
}

fn way(cell: &str, mark: Mark) -> Option<Way> {
    let (mark_of, groups) = if mark == Mark::Point { ('.', ',') } else { (',', '.') };
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let is_code = unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with(['.', ',']);
    if is_code && unsigned.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (is_unclear, is_shown) = match amounts::read(cell, mark) {
        Ok((amount, is_shown)) => (amount.is_unclear, is_shown),
        // More than a table of ours holds, which is told before all of the cell was looked at.
        Err(bad) if (bad == CUT || bad == TOO_LARGE) && is_long_amount(unsigned, mark_of, groups) => {
            (false, cell.contains(['.', ',']))
        }
        Err(_) => return None,
    };
    let (whole, decimals) = unsigned.split_once(mark_of).unwrap_or((unsigned, ""));
    let digits = whole.bytes().filter(u8::is_ascii_digit).count();
    Some(Way { is_unclear, is_shown, is_grouped: cell.contains(groups), digits, decimals: decimals.len() })
}

/// Whether all of a text is digits, three or two of them behind each mark between thousands and three behind the last.
#[must_use]
pub fn is_long_amount(unsigned: &str, mark: char, groups: char) -> bool {
    let (whole, decimals) = unsigned.split_once(mark).unwrap_or((unsigned, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = whole.split(groups);
    let first = parts.next().unwrap_or_default();
    let behind: Vec<_> = parts.collect();
    let (last, between) = behind.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
    let is_grouped = |size: usize| first.len() <= size && between.iter().all(|group| group.len() == size);
    let fits =
        last.is_none_or(|last| !first.is_empty() && last.len() == 3 && (is_grouped(3) || is_grouped(2)));
    is_digits(decimals) && is_digits(first) && behind.iter().all(|group| is_digits(group)) && fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(rows: &[&[&str]]) -> Vec<Holds> {
        let mut columns = Columns::new(rows[0].len(), 2027);
        for row in rows {
            columns.row(row.iter().copied());
        }
        columns.holds()
    }

    fn open(cell: &str, days: &[(Order, &str)]) -> Holds {
        let days = days.iter().map(|(order, day)| (*order, day.parse().unwrap()));
        Holds::OpenDays { cell: cell.into(), days: days.collect() }
    }

    #[test]
    fn years_of_two_digits_are_settled_by_those_that_are_near_and_by_days_in_their_order() {
        for (cells, wanted) in [
            // A year that lies ahead speaks against the order, but not for one with the year first.
            (vec!["31/12/19", "01/02/20"], Holds::Days("%d/%m/%y".into())),
            (vec!["31/12/19"], Holds::Days("%d/%m/%y".into())),
            (vec!["12/31/19", "01/02/20"], Holds::Days("%m/%d/%y".into())),
            (
                vec!["13/07/17", "27/07/17"],
                open("13/07/17", &[(Order::Dmy, "2017-07-13"), (Order::Ymd, "2013-07-17")]),
            ),
            (
                vec!["26/12/31", "26/11/28"],
                open("26/12/31", &[(Order::Dmy, "2031-12-26"), (Order::Ymd, "2026-12-31")]),
            ),
            (vec!["31/12/19", "31/12/2019"], Holds::Plain),
            (vec!["31/12/19", "12/31/19"], Holds::Plain),
            // Days that stand in their order settle it.
            (
                vec![
                    "05-12-16", "09-12-16", "02-01-17", "03-01-17", "09-01-17", "02-02-17", "07-02-17",
                    "03-03-17", "04-04-17",
                ],
                Holds::Days("%d-%m-%y".into()),
            ),
            // Nor does a year that lies ahead settle what stands by its years.
            (
                vec![
                    "24/06/15", "24/12/15", "25/06/15", "25/12/15", "26/06/15", "26/12/15", "27/06/15",
                    "27/12/15", "28/06/15", "28/12/15", "29/06/15", "29/12/15",
                ],
                open("24/06/15", &[(Order::Dmy, "2015-06-24"), (Order::Ymd, "2024-06-15")]),
            ),
            // Codes that were sorted as texts are no days with the year in front.
            (
                vec![
                    "01-01-01", "01-01-02", "01-02-01", "01-02-02", "02-01-01", "02-01-02", "02-02-01",
                    "02-02-02", "03-01-01",
                ],
                open(
                    "01-01-02",
                    &[(Order::Dmy, "2002-01-01"), (Order::Mdy, "2002-01-01"), (Order::Ymd, "2001-01-02")],
                ),
            ),
        ] {
            let rows: Vec<_> = cells.iter().map(std::slice::from_ref).collect();
            assert_eq!(holds(&rows), [wanted], "{cells:?}");
        }
    }

    #[test]
    fn a_column_is_told_by_all_its_cells() {
        let amounts = |mark, digits, decimals| Holds::Amounts { mark, digits, decimals };
        for (cells, wanted) in [
            (vec!["1.234,56", "-7,00", ""], amounts(Mark::Comma, 4, 2)),
            (vec!["1,234.56", "7"], amounts(Mark::Point, 4, 2)),
            (vec!["1,234,567", "7"], amounts(Mark::Point, 7, 0)),
            (vec!["1.5", "7"], Holds::Plain),
            (vec!["17", "7"], Holds::Plain),
            (vec!["001", "002"], Holds::Plain),
            (vec!["0,021385479", "1,5"], amounts(Mark::Comma, 1, 9)),
            (vec!["1.234", "5.678"], Holds::OpenAmounts("1.234".into())),
            (vec!["1.234", "5.67"], Holds::Plain),
            (vec!["1.234", "5,67"], amounts(Mark::Comma, 4, 2)),
            (vec!["12,50", "12.50"], Holds::Plain),
            (vec!["12,50", "none"], Holds::Plain),
            (vec!["31/12/2019", "01/02/2020"], Holds::Days("%d/%m/%Y".into())),
            (vec!["12/31/2019", "01/02/2020"], Holds::Days("%m/%d/%Y".into())),
            (vec!["31.12.19", "01.02.20"], Holds::Days("%d.%m.%y".into())),
            (vec!["05/05/2019", "06/06/2020"], Holds::Days("%d/%m/%Y".into())),
            (vec!["31/12/2019", "12/31/2019"], Holds::Plain),
            (vec!["31/12/2019", "2020-01-01"], Holds::Plain),
            (vec!["2019-12-31", "2020-01-01"], Holds::Plain),
            (vec!["", ""], Holds::Plain),
            (vec!["1,5", "999999999999999999999999 x"], Holds::Plain),
            (vec!["1,5", "9999999999999999999,99,5"], Holds::Plain),
            (vec!["1,5", "99.999.999.999.999.999.999.999"], amounts(Mark::Comma, 23, 1)),
            (vec!["1,5", "9.9999.999.999.999.999.999.999"], Holds::Plain),
            (vec!["1.234", "1,234"], Holds::OpenAmounts("1,234".into())),
            // Births and maturities settle no order by their years.
            (vec!["05/07/2031", "13/07/2031"], Holds::Days("%d/%m/%Y".into())),
            (vec!["05/07/1961", "31/12/9999"], Holds::Days("%d/%m/%Y".into())),
            (
                vec!["05/07/31"],
                open(
                    "05/07/31",
                    &[(Order::Dmy, "2031-07-05"), (Order::Mdy, "2031-05-07"), (Order::Ymd, "2005-07-31")],
                ),
            ),
            (
                vec!["11-12-15", "30-10-16"],
                open("11-12-15", &[(Order::Dmy, "2015-12-11"), (Order::Ymd, "2011-12-15")]),
            ),
            // One order, and two centuries.
            (
                vec!["01.02.20", "05.07.61"],
                open("05.07.61", &[(Order::Dmy, "1961-07-05"), (Order::Dmy, "2061-07-05")]),
            ),
        ] {
            let rows: Vec<_> = cells.iter().map(std::slice::from_ref).collect();
            assert_eq!(holds(&rows), [wanted], "{cells:?}");
        }
    }

    #[test]
    fn a_year_in_front_is_seen_in_every_cell_or_in_none() {
        let mut columns = Columns::new(4, 2027);
        columns.row(["2019-12-31", "2019-12-31 10:00", "2019-12-31", "20191231"].into_iter());
        columns.row(["2020-01-01", "2020/1/1", "01/02/2020", "20200101"].into_iter());
        columns.row(["", "2020.01.02", "2020-01-01", ""].into_iter());
        assert_eq!(columns.have_years_first().collect::<Vec<_>>(), [true, true, false, false]);
    }

    #[test]
    fn another_column_settles_the_mark_and_open_days_tell_what_they_may_be() {
        let rows: &[&[&str]] = &[&["1.234", "0,5", "05/07/17"], &["2.345", "1,5", "06/07/17"]];
        let [first, second, third] = &holds(rows)[..] else { panic!() };
        assert_eq!(*first, Holds::Amounts { mark: Mark::Comma, digits: 4, decimals: 0 });
        assert_eq!(*second, Holds::Amounts { mark: Mark::Comma, digits: 1, decimals: 1 });
        let Holds::OpenDays { cell, days } = third else { panic!("{third:?}") };
        let days: Vec<_> = days.iter().map(|(_, day)| day.to_string()).collect();
        assert_eq!(
            (cell.as_str(), days),
            ("05/07/17", ["2017-07-05", "2017-05-07", "2005-07-17"].map(str::to_owned).into())
        );
    }
}
