//! What a cell's style makes of its number: a day, the zeros before it, and what its format shows beside the digits, such as
//! `Dr`, parentheses or a currency, which say as much of the amount as in a text.

use std::borrow::Cow;

use super::super::EXACT;
use super::super::amounts::MINUS;
use super::number::{LONGEST, day, plain};

/// Parts of a format; more than three are of texts or none.
const SECTIONS: usize = 3;

/// Whether the numbers of a format that spreadsheets have of themselves are days or times (ECMA-376, 18.8.30).
#[must_use]
pub fn is_date_id(id: &str) -> bool {
    matches!(id.parse(), Ok(14..=22_u32 | 27..=36 | 45..=47 | 50..=58))
}

/// Whether a format's code is one of days or times: it has a letter for a part of one outside of what is only shown.
#[must_use]
pub fn is_date_format(code: &str) -> bool {
    let (mut is_quoted, mut depth, mut is_passed) = (false, 0_u32, false);
    // The first part is that of numbers above zero.
    for letter in code.chars() {
        match letter {
            _ if is_passed => is_passed = false,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '\\' | '_' | '*' => is_passed = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ';' => return false,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// What the numbers of a style of cells are.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Style {
    #[default]
    Number,
    /// Days or times.
    Day,
    /// So many digits at least, as `00000000` shows an account's, and what stands between them.
    Digits(String),
    /// Beside the digits something is shown, which each part of the format has for numbers of its own.
    Shown(Vec<Section>),
}

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// Numbers that it is for, where the format says so.
    condition: Option<(String, f64)>,
    /// What is shown before the digits and behind them.
    around: [String; 2],
    has_digits: bool,
}

impl Style {
    /// That of a format's code.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        match digits(code) {
            Some(digits) => Self::Digits(digits),
            None if is_date_format(code) => Self::Day,
            None => sections(code).map_or(Self::Number, Self::Shown),
        }
    }

    /// That of a format which spreadsheets have of themselves.
    #[must_use]
    pub fn of_id(id: &str) -> Self {
        if is_date_id(id) { Self::Day } else { Self::Number }
    }
}

/// A format of zeros only, and of what is shown between them; nothing for another, or for one zero.
fn digits(code: &str) -> Option<String> {
    let (mut shown, mut is_quoted) = (String::new(), false);
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => is_quoted = !is_quoted,
            // Those behind it are for other numbers.
            ';' if !is_quoted => break,
            // A zero that is shown as it is could not be told from one that stands for a digit.
            '\\' => shown.push(letters.next().filter(|letter| !letter.is_ascii_digit())?),
            _ if is_quoted => shown.push(Some(letter).filter(|letter| !letter.is_ascii_digit())?),
            '0' | '-' | ' ' | '/' => shown.push(letter),
            _ => return None,
        }
    }
    (shown.matches('0').count() > 1 && shown.len() <= LONGEST).then_some(shown)
}

/// The parts of a format that show more than digits; nothing for one that does not, or that shows another number than the cell
/// has: hundredths, thousands, fractions.
fn sections(code: &str) -> Option<Vec<Section>> {
    let (mut all, mut letters) = (vec![Section::default()], code.chars());
    while let Some(letter) = letters.next() {
        let count = all.len();
        let section = all.last_mut()?;
        let side = usize::from(section.has_digits);
        match letter {
            '"' => {
                let text: String = letters.by_ref().take_while(|letter| *letter != '"').collect();
                section.show(side, &text);
            }
            '\\' => section.show(side, letters.next()?.encode_utf8(&mut [0; 4])),
            // Room for a letter, and one that fills the cell.
            '_' | '*' => {
                letters.next();
            }
            '[' => {
                let inner: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                section.brackets(side, &inner);
            }
            ';' if count == SECTIONS => break,
            ';' => all.push(Section::default()),
            '0' | '#' => {
                section.has_digits = true;
                // What stands between digits groups them.
                section.around[1].clear();
            }
            ',' if section.has_digits && !letters.as_str().starts_with(['0', '#', '?']) => return None,
            '.' | ',' if section.has_digits => {}
            '?' => {}
            '@' | '%' | 'E' | 'e' | '/' => return None,
            'G' if letters.as_str().starts_with("eneral") => {
                letters = letters.as_str().get("eneral".len()..)?.chars();
                section.has_digits = true;
            }
            _ => section.show(side, letter.encode_utf8(&mut [0; 4])),
        }
    }
    for section in &mut all {
        section.around = section.around.each_ref().map(|text| text.trim().to_owned());
    }
    let bytes = |section: &Section| section.around.iter().map(String::len).sum::<usize>();
    let has_some = all.iter().any(|section| bytes(section) > 0);
    let has_digits = all.first().is_some_and(|section| section.has_digits);
    // A digit that is only shown could not be told from those of the number.
    let has_others = |text: &String| text.contains(|letter: char| letter.is_ascii_digit());
    let is_told = |section: &Section| bytes(section) <= LONGEST && !section.around.iter().any(has_others);
    (has_some && has_digits && all.iter().all(is_told)).then_some(all)
}

impl Section {
    fn show(&mut self, side: usize, text: &str) {
        self.around.get_mut(side).into_iter().for_each(|around| around.push_str(text));
    }

    /// What stands in brackets: a currency and where it is from, or which numbers the part is for, or a colour.
    fn brackets(&mut self, side: usize, inner: &str) {
        if let Some(currency) = inner.strip_prefix('$') {
            let sign = currency.split_once('-').map_or(currency, |(sign, _)| sign);
            self.show(side, sign);
        } else if let Some(at) = inner.find(|letter: char| !"<>=".contains(letter)).filter(|at| *at > 0) {
            let (how, number) = inner.split_at(at);
            self.condition = number.parse().ok().map(|number| (how.to_owned(), number));
        }
    }

    /// Whether it is for a number; one without a condition is for all.
    fn is_for(&self, number: f64) -> bool {
        let Some((how, than)) = &self.condition else { return true };
        match (how.as_str(), number.partial_cmp(than)) {
            (how, Some(order)) if order.is_lt() => matches!(how, "<" | "<=" | "<>"),
            (how, Some(order)) if order.is_gt() => matches!(how, ">" | ">=" | "<>"),
            (how, Some(_)) => matches!(how, "=" | "<=" | ">="),
            (_, None) => false,
        }
    }

    /// Whether what it shows says on which side of zero its numbers are, which have no sign of their own then: a sign, or a word
    /// that another part of the format has not.
    fn has_sign(&self, all: &[Self]) -> bool {
        let has = |is_one: fn(char) -> bool| self.around.iter().any(|text| text.contains(is_one));
        let is_apart = || all.iter().any(|other| other.around != self.around);
        has(|letter| letter == '(' || MINUS.contains(&letter)) || (has(char::is_alphabetic) && is_apart())
    }
}

/// A number as its style shows it, but for what that leaves out of it.
#[must_use]
pub fn styled<'a>(text: &'a str, style: &Style, is_1904: bool) -> Cow<'a, str> {
    let number = match style {
        Style::Day => return marked(day(text, is_1904), |day| day.get(4..5) == Some("-")),
        Style::Number | Style::Digits(_) | Style::Shown(_) => plain(text),
    };
    let is_decimal = |number: &str| {
        number.contains('.')
            && !number.contains('E')
            && number.contains(|letter: char| letter.is_ascii_digit())
    };
    match style {
        Style::Digits(shown) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            spread(&number, shown).into()
        }
        Style::Shown(sections) => {
            let shown = shown(&number, sections).unwrap_or(number);
            marked(shown, is_decimal)
        }
        _ => marked(number, is_decimal),
    }
}

/// A text with the mark of what a spreadsheet keeps as a number or a day, where it is to have one.
fn marked(text: Cow<'_, str>, is_one: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if !is_one(&text) {
        return text;
    }
    let mut text = text.into_owned();
    text.push(EXACT);
    text.into()
}

/// A number with what the part of the format shows that is for it, or the first one where that shows no digits; nothing for what is
/// no number.
fn shown<'a>(number: &str, sections: &[Section]) -> Option<Cow<'a, str>> {
    let value: f64 = number.parse().ok().filter(|_| !number.contains('E'))?;
    let first = sections.first()?;
    let has_conditions = sections.iter().any(|section| section.condition.is_some());
    let place = if has_conditions {
        sections.iter().position(|section| section.is_for(value))?
    } else if value < 0.0 {
        1
    } else {
        usize::from(value == 0.0) * 2
    };
    let own = sections.get(place).filter(|section| section.has_digits);
    let [before, behind] = &own.unwrap_or(first).around;
    let has_sign = own.is_some_and(|own| (place > 0 || has_conditions) && own.has_sign(sections));
    let is_negative = value < 0.0 && !has_sign;
    let sign = if is_negative { "-" } else { "" };
    // A word stands apart.
    let [left, right] = [before.ends_with(char::is_alphabetic), behind.starts_with(char::is_alphabetic)]
        .map(|is_word| if is_word { " " } else { "" });
    let digits = number.trim_start_matches('-');
    Some(format!("{sign}{before}{left}{digits}{right}{behind}").into())
}

/// Digits in the places of the zeros from the right; what is too many of them stands at the first.
fn spread(number: &str, shown: &str) -> String {
    let mut digits = number.bytes().rev().map(char::from);
    let mut zeros = shown.matches('0').count();
    let mut out = Vec::new();
    for letter in shown.chars().rev() {
        if letter != '0' {
            out.push(letter);
            continue;
        }
        out.push(digits.next().unwrap_or('0'));
        zeros -= 1;
        if zeros == 0 {
            out.extend(digits.by_ref());
        }
    }
    out.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_before_a_number_are_kept_where_its_style_shows_them() {
        for (code, text, wanted) in [
            ("00000000", "123", "00000123"),
            ("00000000", "1.23E+5", "00123000"),
            ("00000000;-00000000", "123456789", "123456789"),
            ("000\\-000", "12345", "012-345"),
            ("000\\-000", "12345678", "12345-678"),
            ("00 00\" \"00", "12345", "01 23 45"),
            ("00000000", "-123", "-123"),
            ("00000000", "12.5", "12.5000"),
            ("0", "123", "123"),
            ("0.00", "123", "123"),
            ("000.00", "1", "1"),
            ("\"0\"00", "1", "1"),
            ("00%", "1", "1"),
        ] {
            let styled = styled(text, &Style::of_code(code), false);
            assert_eq!(styled.trim_end_matches(EXACT), wanted, "{code} {text}");
        }
        assert_eq!(Style::of_code("00:00"), Style::Number);
        assert_eq!(Style::of_code("yyyy"), Style::Day);
    }

    #[test]
    fn what_a_format_shows_stands_around_the_digits() {
        for (code, text, wanted) in [
            ("0.00\" Dr\"", "500", "500 Dr"),
            ("0.00\" Dr\"", "0", "0 Dr"),
            ("0.00\" Dr\";0.00\" Cr\"", "-45.3", "45.3000 Cr"),
            ("[<0]0.00\" Dr\";0.00\" Cr\"", "-45.3", "45.3000 Dr"),
            ("[<0]0.00\" Dr\";0.00\" Cr\"", "45.3", "45.3000 Cr"),
            ("\"-\"#,##0.00", "500", "-500"),
            ("#,##0.00-", "500", "500-"),
            ("\\(#,##0.00\\)", "500", "(500)"),
            ("#,##0.00_);(#,##0.00)", "-5", "(5)"),
            ("#,##0.00_);(#,##0.00)", "5", "5"),
            ("#,##0.00;[Red]-#,##0.00", "-5", "-5"),
            ("#,##0.00;[Red]#,##0.00", "-5", "-5"),
            ("#,##0.00\\ \"EUR\";[Red]#,##0.00\\ \"EUR\"", "-5", "-5 EUR"),
            ("0.00;;", "-5", "-5"),
            ("+0.00;-0.00;0.00", "5", "+5"),
            ("[$$-409]#,##0.00", "-5", "-$5"),
            ("[$€-407]#,##0.00", "5", "€5"),
            ("#,##0.00 [$€-x-euro2]", "5", "5€"),
            ("[$-409]#,##0.00", "5", "5"),
            ("\"CHF\" #,##0.00", "5.5", "CHF 5.5000"),
            ("_(\"$\"* #,##0.00_);_(\"$\"* \\(#,##0.00\\);_(\"$\"* \"-\"??_);_(@_)", "-5", "$(5)"),
            ("_(\"$\"* #,##0.00_);_(\"$\"* \\(#,##0.00\\);_(\"$\"* \"-\"??_);_(@_)", "0", "$0"),
            ("_-* #,##0.00\\ \"€\"_-;\\-* #,##0.00\\ \"€\"_-;_-* \"-\"??\\ \"€\"_-;_-@_-", "-5", "-5€"),
            ("General\" Dr\"", "5", "5 Dr"),
            ("[>=10000000]##\\,##\\,##\\,##0.00;[>=100000]##\\,##\\,##0.00;##,##0.00", "-5", "-5"),
            ("\"0\"0.00", "5", "5"),
            ("0.0,,\"M\"", "5000000", "5000000"),
            ("0.00%", "0.05", "0.0500"),
            ("# ?/?", "0.5", "0.5000"),
            ("0.00E+00\" Dr\"", "5", "5"),
            ("0.00\" Dr\"", "1234567890123456", "1.23456789012346E+15"),
            ("0.00\" Dr\"", "abc", "abc"),
            ("0.00\" Dr", "5", "5 Dr"),
            ("0.00\\", "5", "5"),
        ] {
            let styled = styled(text, &Style::of_code(code), false);
            assert_eq!(styled.trim_end_matches(EXACT), wanted, "{code} {text}");
        }
    }

    #[test]
    fn numbers_with_decimals_and_days_are_marked() {
        for (code, text, wanted) in [
            ("0.00", "12.5", "12.5000\u{fdd0}"),
            ("0.00\" Dr\"", "12.5", "12.5000 Dr\u{fdd0}"),
            ("0.00", "12", "12"),
            ("0.00", "1234567890123456.5", "1.23456789012346E+15"),
            ("dd.mm.yyyy", "45415.5", "2024-05-03 12:00:00\u{fdd0}"),
            ("hh:mm", "0.5", "12:00:00"),
            ("0.00", "a.b", "a.b"),
        ] {
            assert_eq!(styled(text, &Style::of_code(code), false), wanted, "{code} {text}");
        }
    }

    #[test]
    fn formats_of_days_are_known() {
        for code in ["dd.mm.yyyy", "[$-409]d-mmm-yy;@", "m/d/yy h:mm", "yyyy\\-mm\\-dd", "[h]:mm:ss"] {
            assert!(is_date_format(code), "{code}");
        }
        for code in
            ["General", "0.00", "#,##0.00;[Red]-#,##0.00", "0.00 \"days\"", "0.00\\d", "_-* #,##0.00_-;d"]
        {
            assert!(!is_date_format(code), "{code}");
        }
        assert!(is_date_id("14") && is_date_id("47") && !is_date_id("4") && !is_date_id("x"));
    }
}
