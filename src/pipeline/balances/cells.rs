//! The cells of daily balances, read as the whole file shows how.

use chrono::NaiveDate;

use super::columns::FIRST_COUNT;
use crate::text::amounts::{self, Mark, Marks};
use crate::text::dates::{self, Order};
use crate::text::day::{self, Day};
use crate::text::given::Given;
use crate::text::order::Orders;
use crate::text::records::Bad;
use crate::text::{EXACT, trimmed};

const NOT_A_DATE: Bad =
    Bad { error: "bad_date", message: "the cell is not a valid date, so the row has no day" };
const OTHER_CENTURY: Bad =
    Bad { error: "bad_date", message: "the date lies before 1970 or after the next year" };
const UNCLEAR_DATE: Bad = Bad {
    error: "unclear_date",
    message: "day and month may stand either way, and no other date of the file settles which: --dates says it",
};
const CUT: Bad =
    Bad { error: "bad_number", message: "the number has more than two decimals, and none is cut off" };
const NOT_A_NUMBER: Bad = Bad { error: "bad_number", message: "the cell is not a valid number" };
const NOT_A_COUNT: Bad = Bad { error: "bad_number", message: "the cell is not a valid count" };

/// A cell of a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cell<'a> {
    pub text: &'a str,
    /// It is a number of JSON or of a spreadsheet, which has a point before decimals and nothing between thousands, and shows nothing of texts.
    pub is_number: bool,
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, is_number: text.ends_with(EXACT) }
    }
}

/// How a file writes its numbers and dates.
#[derive(Debug, Clone, Default)]
pub struct Conventions {
    marks: Marks,
    orders: Orders,
    said: Said,
}

/// What a person said, which goes before what the cells show.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    decimal: Option<Mark>,
    dates: Option<Order>,
}

impl Conventions {
    /// With what was said.
    pub fn new(given: &Given) -> Self {
        Self { said: Said { decimal: given.decimal, dates: given.dates }, ..Self::default() }
    }

    /// Learns from a row, its cells in the order of our columns.
    pub fn learn(&mut self, cells: &[Cell], last_year: i32) {
        if let Some(day) = cells.first().and_then(|cell| day::day(cell.text, last_year)) {
            self.orders.add(day);
        }
        let amounts = cells.iter().skip(1).take(FIRST_COUNT - 1);
        for cell in amounts.filter(|cell| !cell.is_number) {
            // What cannot be read is told when it is taken.
            let _ = self.marks.amount(cell.text);
        }
    }

    /// The mark before decimals, where that is settled.
    pub fn mark(&self) -> Option<Mark> {
        self.said.decimal.or(self.marks.settled())
    }

    /// The order of dates, where that is settled.
    pub fn order(&self) -> Option<Order> {
        self.said.dates.or_else(|| self.orders.settled())
    }

    /// A day: `2023-12-31`, also with a time behind it, `5-Jul-17`, or `05/07/2023` where the dates of the file show
    /// which of them is the day.
    pub fn date(&self, cell: &str, last_year: i32) -> Result<NaiveDate, Bad> {
        let day = match day::day(cell, last_year) {
            Some(Day::Sure(day)) => Some(day),
            Some(Day::Open(days)) => {
                let mut possible = days.into_iter().flatten();
                let first = possible.next();
                match self.order() {
                    _ if possible.all(|day| Some(day) == first) => first,
                    Some(order) => days[order as usize],
                    None => return Err(UNCLEAR_DATE),
                }
            }
            None => None,
        };
        match day {
            Some(day) if dates::is_possible(day, last_year) => Ok(day),
            Some(_) => Err(OTHER_CENTURY),
            None => Err(NOT_A_DATE),
        }
    }

    /// In ten-thousandths.
    fn number(&self, cell: Cell) -> Result<Option<i64>, Bad> {
        let text = trimmed(cell.text);
        if let Some(plain) = amounts::without_exponent(text) {
            // Programs write a point only.
            return Ok(Marks::default().amount(&plain)?.map(|amount| amount.units));
        }
        if text.is_empty() || text == "-" {
            return Ok(None);
        }
        let mark = if cell.is_number { Some(Mark::Point) } else { self.mark() };
        match amounts::read(text, mark.unwrap_or_default())? {
            (amount, _) if amount.is_unclear && mark.is_none() => Err(amounts::UNCLEAR),
            (amount, _) => Ok(Some(amount.units)),
        }
    }

    /// An amount in hundredths; nothing for an empty cell.
    pub fn amount<'a>(&self, cell: impl Into<Cell<'a>>) -> Result<Option<i64>, Bad> {
        let cell = cell.into();
        let units = match self.number(cell) {
            Err(bad) if bad == amounts::CUT => nearest(trimmed(cell.text)).ok_or(CUT)?.into(),
            Err(bad) if bad == amounts::NOT_AN_AMOUNT => return Err(NOT_A_NUMBER),
            units => units?,
        };
        match units {
            Some(units) if units % 100 != 0 => Err(CUT),
            units => Ok(units.map(|units| units / 100)),
        }
    }

    /// A count; `12.0` is one too.
    pub fn count<'a>(&self, cell: impl Into<Cell<'a>>) -> Result<Option<i64>, Bad> {
        match self.number(cell.into()) {
            Err(bad) if bad == amounts::UNCLEAR => Err(bad),
            Ok(None) => Ok(None),
            Ok(Some(units))
                if units % 10_000 == 0 && (0..=i64::from(i32::MAX)).contains(&(units / 10_000)) =>
            {
                Ok(Some(units / 10_000))
            }
            _ => Err(NOT_A_COUNT),
        }
    }
}

/// The amount in ten-thousandths that a program meant who wrote all digits of a double, such as `988564.9900000001` or
/// `0.30000000000000004`: the hundredths from which it differs by less than such a number can tell.
fn nearest(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.')?;
    let digits = text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    let noise =
        decimals.get(2..decimals.len().checked_sub(1)?).filter(|noise| noise.len() >= 6 && digits >= 16)?;
    let amount = Marks::default().amount(&format!("{whole}.{}", decimals.get(..2)?)).ok()??.units;
    let step = if text.starts_with('-') { -100 } else { 100 };
    match noise.bytes().next()? {
        digit @ (b'0' | b'9') if noise.bytes().all(|other| other == digit) => {
            amount.checked_add(if digit == b'9' { step } else { 0 })
        }
        _ => None,
    }
}

/// Hundredths as a decimal number.
pub fn hundredths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    format!("{sign}{}.{:02}", value / 100, value % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(rows: &[&[&str]]) -> Conventions {
        let mut conventions = Conventions::default();
        for row in rows {
            let cells: Vec<_> = row.iter().map(|cell| Cell::from(*cell)).collect();
            conventions.learn(&cells, 2027);
        }
        conventions
    }

    #[test]
    fn days_are_read_as_the_file_shows() {
        let none = Conventions::default();
        for cell in [
            "2023-12-31",
            " 2023-12-31T00:00:00",
            "31/12/2023",
            "12/31/2023",
            "2023/12/31",
            "31-Dec-23",
            "31.12.2023",
        ] {
            assert_eq!(
                none.date(cell, 2027).map(|day| day.to_string()).as_deref(),
                Ok("2023-12-31"),
                "{cell}"
            );
        }
        for (cell, bad) in [
            ("", NOT_A_DATE),
            ("2023-02-29", NOT_A_DATE),
            ("05-07-17", UNCLEAR_DATE),
            ("5.7", NOT_A_DATE),
            ("1899-12-30", OTHER_CENTURY),
            ("2028-01-01", OTHER_CENTURY),
            ("05/07/2017", UNCLEAR_DATE),
        ] {
            assert_eq!(none.date(cell, 2027), Err(bad), "{cell}");
        }
        let july = |conventions: Conventions| conventions.date("05/07/2017", 2027).map(|day| day.to_string());
        assert_eq!(july(learned(&[&["31/12/2016"]])).as_deref(), Ok("2017-07-05"));
        assert_eq!(july(learned(&[&["12/31/2016"]])).as_deref(), Ok("2017-05-07"));
        assert_eq!(july(learned(&[&["12/31/2016"], &["31/12/2016"]])), Err(UNCLEAR_DATE));
        let said = Given { dates: Some(Order::Mdy), ..Given::default() };
        assert_eq!(july(Conventions::new(&said)).as_deref(), Ok("2017-05-07"));
    }

    #[test]
    fn numbers_are_exact_or_faults() {
        let none = Conventions::default();
        for (cell, hundredths) in [
            ("1,234.50", Some(123_450)),
            ("1.85E+8", Some(18_500_000_000)),
            ("1e3", Some(100_000)),
            (" ", None),
            ("-", None),
            ("12345678901234.57", Some(1_234_567_890_123_457)),
            ("988564.9900000001", Some(98_856_499)),
            ("-0.30000000000000004", Some(-30)),
            ("988564.9899999999", Some(98_856_499)),
        ] {
            assert_eq!(none.amount(cell), Ok(hundredths), "{cell}");
        }
        for cell in
            ["inf", "nan", "1e400", "1.234,50", "abc", "1.000", "1,234", "2.345,67", "1.2345", "0.123456789"]
        {
            assert!(none.amount(cell).is_err(), "{cell}");
        }
        let settled = learned(&[&["", "10.50"]]);
        assert_eq!(settled.amount("1,234"), Ok(Some(123_400)));
        assert_eq!(settled.amount("1.000"), Ok(Some(100)));
        assert_eq!(none.count("12.0"), Ok(Some(12)));
        assert_eq!(settled.count("1,200"), Ok(Some(1200)));
        for cell in ["-1", "1.5", "x", "12345678901", "12,0", "1,200"] {
            assert!(none.count(cell).is_err(), "{cell}");
        }
        let comma = learned(&[&["", "10,50"]]);
        assert_eq!(comma.amount("1.234,56"), Ok(Some(123_456)));
        assert_eq!(comma.amount("-1.234"), Ok(Some(-123_400)));
        assert_eq!(comma.amount("1.234.567"), Ok(Some(123_456_700)));
        assert_eq!(comma.amount("10.50"), Err(NOT_A_NUMBER));
        // A number of JSON is none of the texts beside it.
        let number = |text| Cell { text, is_number: true };
        for conventions in [none, comma] {
            assert_eq!(conventions.amount(number("1.230")), Ok(Some(123)));
            assert_eq!(conventions.amount(number("1.234")), Err(CUT));
            assert_eq!(conventions.count(number("12.000")), Ok(Some(12)));
            assert_eq!(conventions.count(number("1.200")), Err(NOT_A_COUNT));
        }
        let mut shown = Conventions::default();
        shown.learn(&[Cell::default(), number("10.50")], 2027);
        assert_eq!(shown.mark(), None);
        let both = learned(&[&["", "10,50"], &["", "10.50"]]);
        assert!(both.amount("1.234").is_err() && both.amount("10,50").is_err());
        assert_eq!([hundredths(-5), hundredths(12_345)], ["-0.05", "123.45"]);
    }
}
