//! Amounts as the cells of a statement have them: a number with what may stand around it, a sign before or behind it,
//! parentheses, `CR` and `DR`, the sign or the code of a currency.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::super::form::capitals;
use crate::text::amounts::{self, Amount, CUT, MINUS, Mark, NOT_AN_AMOUNT, joined};
use crate::text::records::Bad;
use crate::text::table;
use crate::text::{EXACT, trimmed};

const CURRENCY_APART: Bad =
    Bad { error: "bad_amount", message: "the currency of the cell is not that of its line" };

/// The longest of the dashes, which is no minus.
const LONG_DASH: char = '\u{2014}';
/// What stands for decimals that are not there.
const DASHES: [char; 5] = [MINUS[0], MINUS[1], MINUS[2], MINUS[3], LONG_DASH];

/// Which way money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Out,
    In,
}

/// An amount of a cell in ten-thousandths, below zero where a sign or a word says that it goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Money<'a> {
    pub units: i64,
    /// Whether point and comma could be meant the other way round.
    pub is_unclear: bool,
    /// Whether it can only be read with the mark that it was read with.
    pub shows_mark: bool,
    /// What a word behind it says.
    pub way: Option<Way>,
    /// Whether it has a plus.
    pub has_plus: bool,
    /// The code that stands in the cell, or that its sign stands for.
    pub currency: Option<&'a str>,
    /// The currencies of which its sign is one, where that is of several.
    pub one_of: Option<&'static str>,
}

impl Money<'_> {
    /// That of a text of a number alone.
    fn of_number(text: &str, (amount, shows_mark): (Amount, bool)) -> Self {
        let Amount { units, is_unclear } = amount;
        Self { units, is_unclear, shows_mark, has_plus: text.starts_with('+'), ..Self::default() }
    }
}

/// What stands around numbers, longest first.
struct Around {
    /// Signs, and the code that each stands for.
    signs: Vec<(&'static str, Option<&'static str>)>,
    /// Signs of several currencies, and which they are.
    several: Vec<(&'static str, &'static str)>,
    words: Vec<(&'static str, Way)>,
}

static AROUND: LazyLock<Around> = LazyLock::new(|| {
    let mut around = Around { signs: Vec::new(), several: Vec::new(), words: Vec::new() };
    for [kind, code, words] in table::rows(include_str!("marks.tsv")) {
        if kind == "currency_of" {
            around.several.push((code, words));
        }
        for word in words.split(' ') {
            match kind {
                "currency" => around.signs.push((word, (code != "-").then_some(code))),
                "out" => around.words.push((word, Way::Out)),
                "in" => around.words.push((word, Way::In)),
                _ => {}
            }
        }
    }
    around.signs.sort_by_key(|(sign, _)| std::cmp::Reverse(sign.len()));
    around.words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    around
});

/// Reads a cell with this mark before decimals, or what a spreadsheet keeps as a number by its point; nothing for an empty cell, or
/// for a dash, which stands for one.
///
/// # Errors
/// When it is not an amount, or not one that the table can hold.
pub fn money(cell: &str, mark: Mark) -> Result<Option<Money<'_>>, Bad> {
    // As nearly all cells are.
    if cell.is_empty() {
        return Ok(None);
    }
    if let Some(read) = amounts::short(cell, mark) {
        return Ok(Some(Money::of_number(cell, read)));
    }
    match cell.strip_suffix(EXACT) {
        Some(number) => {
            let money = of_text(number, Mark::Point)?;
            Ok(money.map(|money| Money { is_unclear: false, shows_mark: false, ..money }))
        }
        None => of_text(cell, mark),
    }
}

fn of_text(cell: &str, mark: Mark) -> Result<Option<Money<'_>>, Bad> {
    let text = trimmed(cell);
    if text.is_empty() {
        return Ok(None);
    }
    if is_plain(text) {
        return Ok(Some(Money::of_number(text, amounts::read(text, mark)?)));
    }
    if text.chars().count() == 1 && text.starts_with([MINUS[0], MINUS[1], MINUS[2], LONG_DASH]) {
        return Ok(None);
    }
    let bare = Bare::of(text).ok_or(NOT_AN_AMOUNT)?;
    let (number, is_grouped) = joined(bare.number).ok_or(NOT_AN_AMOUNT)?;
    let (amount, shows_mark) = amounts::read(&number, mark)?;
    let shows_mark = shows_mark || bare.has_no_cents;
    // Of thousands that a blank groups, a point or a comma can only begin the decimals.
    let (is_unclear, shows_mark) = match (is_grouped, number.contains(['.', ','])) {
        (true, true) => (false, true),
        (true, false) => (false, false),
        (false, _) => (amount.is_unclear, shows_mark),
    };
    let units = if bare.is_negative { -amount.units } else { amount.units };
    let Bare { way, has_plus, currency, one_of, .. } = bare;
    Ok(Some(Money { units, is_unclear, shows_mark, way, has_plus, currency, one_of }))
}

/// Whether there are digits and marks alone, but for a sign before them.
fn is_plain(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// Whether a cell is an amount, be it one that the table cannot hold.
#[must_use]
pub fn is_amount(cell: &str, mark: Mark) -> bool {
    matches!(money(cell, mark), Ok(Some(_)) | Err(CUT))
}

/// The amount of a cell with each mark, in ten-thousandths.
#[must_use]
pub fn units(cell: &str) -> [Option<i64>; 2] {
    Mark::BOTH.map(|mark| money(cell, mark).ok().flatten().map(|money| money.units))
}

/// Whether a cell has a minus, or parentheses, for what is below zero: no dash in place of its decimals.
#[must_use]
pub fn has_minus(cell: &str) -> bool {
    let is_below_zero = || units(cell).into_iter().flatten().any(|units| units < 0);
    cell.contains('(') || (cell.contains(MINUS) && is_below_zero())
}

/// The currency of an amount: that of its cell, that of its line, else the usual one.
///
/// # Errors
/// When the two differ, or a sign of several currencies is of none of them.
pub fn currency<'a>(cell: &Money<'a>, line: Cow<'a, str>, usual: &'a str) -> Result<Cow<'a, str>, Bad> {
    match cell.currency {
        Some(code) if line.is_empty() => Ok(capitals(code)),
        Some(code) if !code.eq_ignore_ascii_case(&line) => Err(CURRENCY_APART),
        Some(_) => Ok(line),
        None => {
            let line = if line.is_empty() { usual.into() } else { line };
            let is_one = |codes: &str| codes.split(' ').any(|code| code.eq_ignore_ascii_case(&line));
            let is_apart = !line.is_empty() && cell.one_of.is_some_and(|codes| !is_one(codes));
            if is_apart { Err(CURRENCY_APART) } else { Ok(line) }
        }
    }
}

/// A number without what stands around it.
#[derive(Default)]
struct Bare<'a> {
    number: &'a str,
    is_negative: bool,
    has_plus: bool,
    way: Option<Way>,
    currency: Option<&'a str>,
    one_of: Option<&'static str>,
    /// Whether a dash stands in place of decimals.
    has_no_cents: bool,
}

impl<'a> Bare<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut bare = Self { number: text, ..Self::default() };
        let (mut signs, mut currencies) = (0, 0);
        if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            (bare.number, bare.is_negative) = (trimmed(inner), true);
            signs += 1;
        }
        // Each of sign, word and currency stands once, before the number or behind it.
        loop {
            let number = bare.number;
            let sign = |letter: char| MINUS.contains(&letter) || letter == '+';
            if let Some(rest) = without_dash(number).filter(|_| !bare.has_no_cents) {
                (bare.number, bare.has_no_cents) = (rest, true);
            } else if let Some(rest) = number.strip_prefix(sign).or_else(|| number.strip_suffix(sign)) {
                bare.is_negative |= number.starts_with(MINUS) || number.ends_with(MINUS);
                bare.has_plus |= number.starts_with('+') || number.ends_with('+');
                bare.number = trimmed(rest);
                signs += 1;
            } else if let Some((way, rest)) = word(number) {
                (bare.number, bare.way, bare.is_negative) = (rest, Some(way), way == Way::Out);
                signs += 1;
            } else if let Some((code, rest)) = money_of(number) {
                let sign = number.strip_prefix(rest).or_else(|| number.strip_suffix(rest)).map(trimmed);
                let several = |sign: &str| AROUND.several.iter().find(|(own, _)| *own == sign);
                bare.one_of = sign.filter(|_| code.is_none()).and_then(several).map(|(_, codes)| *codes);
                (bare.number, bare.currency) = (rest, code);
                currencies += 1;
            } else {
                break;
            }
            // A mark without digits has a dash right behind it, and no sign.
            let is_cut = bare.number.len() < number.len() && !bare.has_no_cents && number.ends_with(sign);
            if signs > 1 || currencies > 1 || (is_cut && bare.number.ends_with(['.', ','])) {
                return None;
            }
        }
        Some(bare)
    }
}

/// A number without the dash that stands for its decimals behind the mark, as in `1'200.-` and `25,--`.
fn without_dash(text: &str) -> Option<&str> {
    let rest = text.trim_end_matches(DASHES);
    let digits = rest.strip_suffix(['.', ','])?;
    (rest.len() < text.len() && digits.ends_with(|letter: char| letter.is_ascii_digit())).then_some(rest)
}

/// A word for the way of the money behind a number.
fn word(text: &str) -> Option<(Way, &str)> {
    let is_number = |text: &str| {
        text.ends_with(|letter: char| letter.is_ascii_digit() || ".,".contains(letter))
            || without_dash(text).is_some()
    };
    AROUND.words.iter().find_map(|(word, way)| {
        let rest = trimmed(text.strip_suffix(word)?);
        // Of `5.00 CHF CR` the currency goes next.
        (is_number(rest) || money_of(rest).is_some_and(|(_, rest)| is_number(rest))).then_some((*way, rest))
    })
}

/// The currency before or behind a number, where it is named for certain.
fn money_of(text: &str) -> Option<(Option<&str>, &str)> {
    let is_number = |text: &str| {
        text.starts_with(|letter: char| letter.is_ascii_digit() || ".,+-\u{2212}(".contains(letter))
    };
    let signed = |text: &str| {
        text.ends_with(|letter: char| letter.is_ascii_digit() || ".,+-\u{2212})".contains(letter))
            || without_dash(text).is_some()
    };
    if let Some((code, rest)) = text.split_at_checked(3)
        && is_code(code)
        && is_number(trimmed(rest))
    {
        return Some((Some(code), trimmed(rest)));
    }
    if let Some((rest, code)) = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at))
        && is_code(code)
        && signed(trimmed(rest))
    {
        return Some((Some(code), trimmed(rest)));
    }
    AROUND.signs.iter().find_map(|(sign, code)| {
        let before = text.strip_prefix(sign).map(trimmed).filter(|rest| is_number(rest));
        let behind = || text.strip_suffix(sign).map(trimmed).filter(|rest| signed(rest));
        before.or_else(behind).map(|rest| (*code, rest))
    })
}

/// A name without the sign of a currency behind it, in brackets or after a blank, as in `Crédito (R$)` and `Débit euros`; and the
/// code that it stands for.
#[must_use]
pub fn unit(name: &str) -> Option<(&str, Option<&'static str>)> {
    let name = trimmed(name);
    let inner = name.strip_suffix([')', ']']);
    AROUND.signs.iter().find_map(|(sign, code)| {
        let rest = trimmed(inner.unwrap_or(name)).strip_suffix(sign)?;
        let word = match inner {
            Some(_) => trimmed(rest).strip_suffix(['(', '['])?,
            None => rest.strip_suffix(char::is_whitespace)?,
        };
        Some((trimmed(word), *code))
    })
}

/// Whether a text may be the code of a currency.
#[must_use]
pub fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn what_stands_around_a_number_is_understood() {
        // The cell, the mark, its ten-thousandths, its way and its currency.
        for (cell, mark, units, way, currency) in [
            ("5.00-", Mark::Point, -50_000, None, None),
            ("1,234.56-", Mark::Point, -12_345_600, None, None),
            ("(7.00)", Mark::Point, -70_000, None, None),
            ("($7.00)", Mark::Point, -70_000, None, None),
            ("5.00 DR", Mark::Point, -50_000, Some(Way::Out), None),
            ("2,000.00 CR", Mark::Point, 20_000_000, Some(Way::In), None),
            ("50.90Cr", Mark::Point, 509_000, Some(Way::In), None),
            ("5,00 EUR H", Mark::Comma, 50_000, Some(Way::In), Some("EUR")),
            (" -110.7 €", Mark::Point, -1_107_000, None, Some("EUR")),
            ("$57.90", Mark::Point, 579_000, None, None),
            ("-$57.90", Mark::Point, -579_000, None, None),
            ("$-57.90", Mark::Point, -579_000, None, None),
            ("EUR -9.13", Mark::Point, -91_300, None, Some("EUR")),
            ("R$ 1.234,50", Mark::Comma, 12_345_000, None, Some("BRL")),
            ("1'234.50", Mark::Point, 12_345_000, None, None),
            ("1\u{2019}234.50", Mark::Point, 12_345_000, None, None),
            ("1'000'000.00", Mark::Point, 10_000_000_000, None, None),
            ("1 234,5 Kč", Mark::Comma, 12_345_000, None, Some("CZK")),
            ("1\u{a0}234,56", Mark::Comma, 12_345_600, None, None),
            ("\u{2212}1\u{202f}234,567", Mark::Comma, -12_345_670, None, None),
            ("₹ 12,34,567.00", Mark::Point, 12_345_670_000, None, Some("INR")),
            ("1.000.000", Mark::Comma, 10_000_000_000, None, None),
            ("-1.000", Mark::Comma, -10_000_000, None, None),
            ("+3", Mark::Comma, 30_000, None, None),
            ("1'200.-", Mark::Point, 12_000_000, None, None),
            ("2.000,-", Mark::Comma, 20_000_000, None, None),
            ("-1.200,-", Mark::Comma, -12_000_000, None, None),
            ("25,\u{2013}", Mark::Comma, 250_000, None, None),
            ("25,\u{2014} €", Mark::Comma, 250_000, None, Some("EUR")),
            ("25,-- EUR", Mark::Comma, 250_000, None, Some("EUR")),
            ("(25.-)", Mark::Point, -250_000, None, None),
            ("CHF 25.\u{2013}", Mark::Point, 250_000, None, Some("CHF")),
            ("25.- DR", Mark::Point, -250_000, Some(Way::Out), None),
            ("25.-Cr", Mark::Point, 250_000, Some(Way::In), None),
            ("0.-", Mark::Point, 0, None, None),
            ("25.50-", Mark::Point, -255_000, None, None),
            ("25-", Mark::Point, -250_000, None, None),
            ("-.50", Mark::Point, -5_000, None, None),
        ] {
            let money = money(cell, mark).unwrap().unwrap();
            assert_eq!((money.units, money.way, money.currency), (units, way, currency), "{cell}");
        }
        for cell in ["", "-", "–", "\u{2014}", "\u{a0}"] {
            assert_eq!(money(cell, Mark::Point), Ok(None), "{cell}");
        }
        for cell in [
            "--5",
            "(-5)",
            "-5 CR",
            "5 EUR USD",
            "n/a",
            "1e5",
            "1_000",
            "EUR",
            "$",
            "1 00",
            "1'2345",
            "1 234'567",
            "5.00 XX",
            "1.2.3",
            "٣",
            "01 234",
            "5-5",
            "DR 5 CR",
            "1 234.5.6",
            "25. -",
            ".-",
            "25,-",
            "+",
            "()",
        ] {
            assert_eq!(money(cell, Mark::Point), Err(NOT_AN_AMOUNT), "{cell}");
        }
        for (cell, is_below) in
            [("1'200.-", false), ("-1.200,-", true), ("25.50-", true), ("(5)", true), ("5 DR", false)]
        {
            assert_eq!(has_minus(cell), is_below, "{cell}");
        }
        assert!(
            money("1.200.-", Mark::Comma).is_err()
                && money("1200.-", Mark::Point).unwrap().unwrap().shows_mark
        );
        let unclear = |cell: &'static str| money(cell, Mark::Comma).unwrap().unwrap();
        assert!(unclear("-1.000").is_unclear && unclear("1.000 EUR").is_unclear);
        assert!(
            !unclear("1 000").is_unclear && unclear("1 000,5").shows_mark && !unclear("1 000").shows_mark
        );
        for (cell, line, usual, wanted) in [
            ("5 EUR", "eur", "USD", Ok("eur")),
            ("5 EUR", "", "USD", Ok("EUR")),
            ("5 USD", "EUR", "", Err(CURRENCY_APART)),
            ("$5", "", "", Ok("")),
            ("$5", "", "CAD", Ok("CAD")),
            ("-$5", "EUR", "CAD", Err(CURRENCY_APART)),
            ("5 kr", "", "EUR", Err(CURRENCY_APART)),
            ("5 kr", "NOK", "EUR", Ok("NOK")),
            ("5", "", "EUR", Ok("EUR")),
        ] {
            let money = money(cell, Mark::Point).unwrap().unwrap();
            assert_eq!(currency(&money, line.into(), usual), wanted.map(Into::into), "{cell} {line}");
        }
    }
}
