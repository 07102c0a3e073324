//! What a value is called, and the plain sentence around it.
//!
//! A sentence of the policy has placeholders: `{value}`, `{window}`, `{green}` and `{amber}` of its own indicator, and
//! `{negative_run}` or `{inflow:3m}` of another one.

use chrono::NaiveDate;

use super::decimal::{Decimal, SCALE};
use super::figures::{Figures, Period};
use super::indicators::{Indicator, Unit, indicator_named};
use crate::value;

/// What stands for a value that cannot be told.
pub const UNKNOWN: &str = "unknown";

/// A sentence whose placeholders are known to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value,
    Window,
    Green,
    Amber,
    Other(&'static Indicator, Period),
}

/// A placeholder that means nothing: where it begins in the sentence, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    pub at: usize,
    pub why: String,
}

/// Whose sentence it is: the indicator, its period, and the edges of its bands where it has some.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    pub indicator: &'static Indicator,
    pub period: Period,
    pub edges: &'a [Decimal],
}

impl Sentence {
    /// Reads the placeholders of a sentence about an indicator's period.
    ///
    /// # Errors
    /// When a brace is not closed, or a placeholder is not known.
    pub fn parse(text: &str, period: Period, has_bands: bool) -> Result<Self, Misplaced> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let at = text.len() - rest.len() + open;
            let wrong = |why: String| Misplaced { at, why };
            let inside = &rest[open + 1..];
            let close = inside.find('}').filter(|_| rest.as_bytes()[open] == b'{');
            let Some(close) = close else { return Err(wrong("a brace that stands alone".into())) };
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(Part::of(&inside[..close], period, has_bands).map_err(wrong)?);
            rest = &inside[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The sentence with the figures of an account.
    #[must_use]
    pub fn say(&self, of: Of<'_>, figures: &Figures) -> String {
        let currency = &figures.base_currency;
        let mut said = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => said.push_str(text),
                Part::Value => {
                    let value = figures.value(of.indicator.name, of.period);
                    said.push_str(&words(of.indicator.unit, value, currency, of.edges));
                }
                Part::Window => said.push_str(&window(of.period, figures)),
                Part::Green => said.push_str(&edge(of, 0, currency)),
                Part::Amber => said.push_str(&edge(of, 1, currency)),
                Part::Other(indicator, period) => {
                    let value = figures.value(indicator.name, *period);
                    said.push_str(&words(indicator.unit, value, currency, &[]));
                }
            }
        }
        said
    }
}

impl Part {
    fn of(word: &str, period: Period, has_bands: bool) -> Result<Self, String> {
        match word {
            "value" => return Ok(Self::Value),
            "window" => return Ok(Self::Window),
            "green" if has_bands => return Ok(Self::Green),
            "amber" if has_bands => return Ok(Self::Amber),
            _ => {}
        }
        let (name, asked) = word.split_once(':').map_or((word, None), |(name, asked)| (name, Some(asked)));
        let Some(indicator) = indicator_named(name) else {
            return Err(format!("there is no placeholder {{{word}}}"));
        };
        let period = match asked {
            Some(asked) => asked.parse::<Period>().map_err(|error| error.to_string())?,
            None if indicator.periods.contains(&period) => period,
            None => indicator.periods.last().copied().unwrap_or(period),
        };
        if !indicator.periods.contains(&period) {
            return Err(format!("{name} is not taken over {period}"));
        }
        Ok(Self::Other(indicator, period))
    }
}

fn edge(of: Of<'_>, index: usize, currency: &str) -> String {
    of.edges.get(index).map_or_else(String::new, |edge| edge_words(of.indicator.unit, *edge, currency))
}

/// A value as a person says it, with its unit: `4 days`, `SGD 1,250.00`, `41.2 %`.
///
/// Near an edge it has as many decimals as tell it from the edge, and a quotient as many as tell it from those that a person
/// reads into it.
#[must_use]
pub fn words(unit: Unit, value: Option<Decimal>, currency: &str, edges: &[Decimal]) -> String {
    let Some(value) = value else { return UNKNOWN.to_owned() };
    let is_clear = |places: u32| {
        let text = scaled(unit, value).rounded(places);
        let own = if unit == Unit::Ratio { quotients() } else { [None; 2] };
        let mut edges = edges.iter().copied().chain(own.into_iter().flatten());
        edges.all(|edge| edge == value || scaled(unit, edge).rounded(places) != text)
    };
    told(unit, value, currency, is_clear)
}

/// An edge with its unit, and with every decimal that it has.
#[must_use]
pub fn edge_words(unit: Unit, edge: Decimal, currency: &str) -> String {
    let edge_digits = scaled(unit, edge);
    told(unit, edge, currency, |places| edge_digits.rounded(places).parse() == Ok(edge_digits))
}

/// Quotients that part others: as much as the other, and where the second job's label is no longer Moderate.
fn quotients() -> [Option<Decimal>; 2] {
    [1_000_000, 1_500_000].map(Decimal::from_millionths)
}

fn told(unit: Unit, value: Decimal, currency: &str, is_clear: impl Fn(u32) -> bool) -> String {
    let places =
        (least_places(unit, value, currency)..=SCALE).find(|places| is_clear(*places)).unwrap_or(SCALE);
    let number = scaled(unit, value).grouped(places);
    let counted =
        |one: &str, many: &str| format!("{number} {}", if value == Decimal::whole(1) { one } else { many });
    match unit {
        Unit::Money => format!("{currency} {number}"),
        Unit::MoneyAMonth => format!("{currency} {number} a month"),
        Unit::Months => counted("month", "months"),
        Unit::Days => counted("day", "days"),
        Unit::DaysAMonth => format!("{} a month", counted("day", "days")),
        Unit::Items => counted("item", "items"),
        Unit::Sources => counted("payer", "payers"),
        Unit::Ratio => number,
        Unit::Share => format!("{number} %"),
        Unit::PercentAMonth => format!("{number} % a month"),
    }
}

fn scaled(unit: Unit, value: Decimal) -> Decimal {
    if unit == Unit::Share { value.percent() } else { value }
}

fn least_places(unit: Unit, value: Decimal, currency: &str) -> u32 {
    match unit {
        // The smallest unit of a currency: yen have no decimals.
        Unit::Money | Unit::MoneyAMonth => value::minor_unit(currency).map_or(2, u32::from),
        Unit::Ratio => 2,
        Unit::Share | Unit::PercentAMonth => 1,
        // What is counted is mostly whole.
        _ => u32::from(value.millionths() % Decimal::whole(1).millionths() != 0),
    }
}

/// The time that a period takes at a date: `in the 12 months to February 2019`, `in the 90 days to 2019-03-05`.
#[must_use]
pub fn window(period: Period, figures: &Figures) -> String {
    let as_of = figures.as_of;
    let last = period.window(as_of).map_or(as_of, |(_, last)| last);
    match (period, figures.facts.first_line) {
        (Period::Months(1), _) => format!("in {}", month(last)),
        (Period::Months(months), _) => format!("in the {months} months to {}", month(last)),
        (Period::MonthsAndSince(_), _) => {
            let first = period.window(as_of).map_or(as_of, |(first, _)| first);
            format!("from {} to {as_of}", month(first))
        }
        (Period::Days(days), _) => format!("in the {days} days to {as_of}"),
        (Period::All, Some(first)) => format!("from {first} to {as_of}"),
        (Period::All, None) => format!("up to {as_of}"),
    }
}

fn month(day: NaiveDate) -> String {
    day.format("%B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn figures() -> Figures {
        Figures::new("1", "2019-03-05".parse().unwrap(), "SGD")
            .with("negative_days", Period::Months(12), Some(decimal("4")))
            .with("negative_run", Period::Months(12), Some(decimal("1")))
    }

    fn said(text: &str) -> String {
        let of = Of {
            indicator: indicator_named("negative_days").unwrap(),
            period: Period::Months(12),
            edges: &[Decimal::ZERO, Decimal::whole(7)],
        };
        Sentence::parse(text, of.period, true).unwrap().say(of, &figures())
    }

    #[test]
    fn a_sentence_has_its_own_and_other_values() {
        assert_eq!(
            said("{value} below zero {window}; the longest run was {negative_run}."),
            "4 days below zero in the 12 months to February 2019; the longest run was 1 day."
        );
        assert_eq!(said("up to {amber}, {inflow:3m} and {ratio}"), "up to 7 days, unknown and unknown");
        assert_eq!(said("{green}"), "0 days");
    }

    #[test]
    fn what_cannot_be_said_is_told_by_its_place() {
        let wrong = |text: &str| Sentence::parse(text, Period::Months(12), false).unwrap_err();
        assert_eq!(wrong("a {nope} b").at, 2);
        assert_eq!(wrong("é {green}").at, 3);
        assert_eq!(wrong("a } b").at, 2);
        assert_eq!(wrong("{value").why, "a brace that stands alone");
        assert_eq!(wrong("{ratio:3m}").why, "ratio is not taken over 3m");
        assert!(wrong("{ratio:4m}").why.contains("no period"));
    }

    #[test]
    fn a_value_has_its_unit() {
        let say = |unit, text| words(unit, Some(decimal(text)), "SGD", &[]);
        assert_eq!(say(Unit::Money, "-1234.5"), "SGD -1,234.50");
        assert_eq!(say(Unit::MoneyAMonth, "0"), "SGD 0.00 a month");
        assert_eq!(say(Unit::Months, "1"), "1 month");
        assert_eq!(say(Unit::Months, "1.44"), "1.4 months");
        assert_eq!(say(Unit::Months, "10"), "10 months");
        assert_eq!(say(Unit::DaysAMonth, "8.333333"), "8.3 days a month");
        assert_eq!(say(Unit::Share, "0.4123"), "41.2 %");
        assert_eq!(say(Unit::PercentAMonth, "-5.25"), "-5.3 % a month");
        assert_eq!(words(Unit::Money, None, "SGD", &[]), "unknown");
        for (currency, text, said) in [
            ("JPY", "2260859475.1", "JPY 2,260,859,475"),
            ("JPY", "-0.4", "JPY 0"),
            ("KWD", "1234.5678", "KWD 1,234.568"),
            ("CLF", "1.5", "CLF 1.5000"),
            ("XYZ", "1234.5", "XYZ 1,234.50"),
        ] {
            assert_eq!(words(Unit::Money, Some(decimal(text)), currency, &[]), said);
        }
        // Near an edge a fraction of a yen is told all the same.
        assert_eq!(words(Unit::Money, Some(decimal("99.6")), "JPY", &[decimal("100")]), "JPY 99.6");
    }

    #[test]
    fn a_value_near_an_edge_is_told_from_it() {
        let near = |text, edge| words(Unit::Share, Some(decimal(text)), "SGD", &[decimal(edge)]);
        assert_eq!(near("0.949960", "0.95"), "94.996 %");
        assert_eq!(near("0.95", "0.95"), "95.0 %");
        assert_eq!(near("0.94", "0.95"), "94.0 %");
        let quotient = |text, edges: &[Decimal]| words(Unit::Ratio, Some(decimal(text)), "SGD", edges);
        assert_eq!(quotient("1.349999", &[decimal("1.35")]), "1.349999");
        let alike = ["0.998", "1", "1.0001", "1.499", "1.5", "0.99"].map(|text| quotient(text, &[]));
        assert_eq!(alike, ["0.998", "1.00", "1.0001", "1.499", "1.50", "0.99"]);
    }

    #[test]
    fn an_edge_has_all_its_decimals() {
        for (unit, edge, said) in [
            (Unit::Months, "0.25", "0.25 months"),
            (Unit::Months, "1", "1 month"),
            (Unit::Share, "0.4", "40.0 %"),
            (Unit::Share, "0.33333", "33.333 %"),
            (Unit::Ratio, "1.35", "1.35"),
            (Unit::Money, "1000.125", "SGD 1,000.125"),
            (Unit::MoneyAMonth, "5000", "SGD 5,000.00 a month"),
        ] {
            assert_eq!(edge_words(unit, decimal(edge), "SGD"), said);
        }
        let yen = ["5000", "5000.5"].map(|text| edge_words(Unit::MoneyAMonth, decimal(text), "JPY"));
        assert_eq!(yen, ["JPY 5,000 a month", "JPY 5,000.5 a month"]);
    }

    #[test]
    fn a_window_is_told_by_its_end() {
        let mut figures = figures();
        assert_eq!(window(Period::Months(1), &figures), "in February 2019");
        assert_eq!(window(Period::Days(90), &figures), "in the 90 days to 2019-03-05");
        assert_eq!(window(Period::MonthsAndSince(12), &figures), "from March 2018 to 2019-03-05");
        assert_eq!(window(Period::All, &figures), "up to 2019-03-05");
        figures.facts.first_line = NaiveDate::from_ymd_opt(2015, 1, 1);
        assert_eq!(window(Period::All, &figures), "from 2015-01-01 to 2019-03-05");
    }
}
