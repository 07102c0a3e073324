//! How the exact text of a number reads for a person. Only places of marks and groups change, never a digit's value:
//! what is copied or exported stays the exact text.

use super::grouped;

/// A way to write numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Figures {
    /// As the column asks for: thousands in groups, money in its smallest unit, years and keys as they are.
    #[default]
    Own,
    /// Every digit, without groups.
    Plain,
    Thousands,
    /// Thousands in groups, and a negative number in parentheses.
    Parentheses,
    /// Hundredths.
    Percent,
    /// Ten-thousandths.
    BasisPoints,
}

/// The ways in the order in which they are offered, with their names.
pub const FIGURES: [(Figures, &str); 6] = [
    (Figures::Own, "as the column asks for"),
    (Figures::Plain, "plain digits"),
    (Figures::Thousands, "thousands in groups"),
    (Figures::Parentheses, "negative numbers in parentheses"),
    (Figures::Percent, "per cent"),
    (Figures::BasisPoints, "basis points"),
];

impl Figures {
    /// The way offered after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = FIGURES.iter().position(|(figures, _)| *figures == self).unwrap_or(0);
        FIGURES[(at + 1) % FIGURES.len()].0
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        FIGURES.iter().find(|(figures, _)| *figures == self).map_or("", |(_, name)| name)
    }

    /// A number's exact text in this way; what is not plain digits (`1e30`, `inf`) stays as it is.
    #[must_use]
    pub fn written(self, text: &str) -> String {
        if !is_plain(text) {
            return text.to_owned();
        }
        match self {
            Self::Own | Self::Thousands => grouped(text),
            Self::Plain => text.to_owned(),
            // The blank stands where the parenthesis of another row does.
            Self::Parentheses => match text.strip_prefix('-') {
                Some(size) => format!("({})", grouped(size)),
                None => format!("{} ", grouped(text)),
            },
            Self::Percent => format!("{} %", grouped(&shifted(text, 2))),
            Self::BasisPoints => format!("{} bp", grouped(&shifted(text, 4))),
        }
    }
}

/// An amount in the smallest unit of its currency: what stands before the mark, and the mark with what is behind it. `…`
/// says that digits behind those are not zero.
#[must_use]
pub fn amount(text: &str, digits: u8) -> (String, String) {
    if !is_plain(text) {
        return (text.to_owned(), String::new());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = usize::from(digits);
    let (shown, hidden) = fraction.split_at(digits.min(fraction.len()));
    let more = if hidden.bytes().any(|digit| digit != b'0') { "…" } else { "" };
    let tail = if digits == 0 { more.to_owned() } else { format!(".{shown:0<digits$}{more}") };
    (grouped(whole), tail)
}

fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.starts_with(|mark: char| mark.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The number times a power of ten: the mark moves, and no digit changes.
fn shifted(text: &str, places: usize) -> String {
    let (sign, size) = text.strip_prefix('-').map_or(("", text), |size| ("-", size));
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    let (moved, rest) = fraction.split_at(places.min(fraction.len()));
    let whole = format!("{whole}{moved:0<places$}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_every_way_without_losing_a_digit() {
        for (figures, text, written) in [
            (Figures::Own, "-1234567.50", "-1,234,567.50"),
            (Figures::Plain, "-1234567.50", "-1234567.50"),
            (Figures::Parentheses, "-1234.5", "(1,234.5)"),
            (Figures::Parentheses, "1234.5", "1,234.5 "),
            (Figures::Percent, "0.0525", "5.25 %"),
            (Figures::Percent, "-1.5", "-150 %"),
            (Figures::Percent, "0.001", "0.1 %"),
            (Figures::Percent, "12", "1,200 %"),
            (Figures::BasisPoints, "0.012345", "123.45 bp"),
            (Figures::BasisPoints, "0", "0 bp"),
            (Figures::Percent, "1e-7", "1e-7"),
            (Figures::Thousands, "-inf", "-inf"),
            (Figures::Thousands, "NaN", "NaN"),
        ] {
            assert_eq!(figures.written(text), written, "{figures:?} {text}");
        }
        let mut figures = Figures::Own;
        for _ in FIGURES {
            figures = figures.next();
        }
        assert_eq!(figures, Figures::Own);
    }

    #[test]
    fn an_amount_has_the_digits_of_its_currency_and_says_what_it_hides() {
        let joined = |text, digits| {
            let (whole, tail) = amount(text, digits);
            whole + &tail
        };
        for (text, digits, shown) in [
            ("1234.5600", 2, "1,234.56"),
            ("1234.5678", 2, "1,234.56…"),
            ("-1234.5", 2, "-1,234.50"),
            ("-0.0001", 2, "-0.00…"),
            ("1234.0000", 0, "1,234"),
            ("1234.5000", 0, "1,234…"),
            ("7", 3, "7.000"),
            ("1e300", 2, "1e300"),
        ] {
            assert_eq!(joined(text, digits), shown, "{text} {digits}");
        }
    }
}
