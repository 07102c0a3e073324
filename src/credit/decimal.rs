//! A number with six decimals, exact: what the figures of the credit check are.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::value;

/// Digits after the point.
pub const SCALE: u32 = 6;
const ONE: i128 = 10_i128.pow(SCALE);
/// As many digits as the engines' DECIMAL(38, 6) has.
const LARGEST: i128 = 10_i128.pow(38);

/// A whole number of millionths, of at most 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

/// Why a text is no such number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    #[error("{0:?} is not a number: write digits with at most one point, as in 1250.50")]
    NotANumber(String),
    #[error("{0:?} has more than six decimals")]
    TooFine(String),
    #[error("{0:?} has more than 32 digits before the point")]
    TooLarge(String),
}

impl Decimal {
    pub const ZERO: Self = Self(0);

    /// From millionths, as Arrow holds a DECIMAL(38, 6); none beyond 38 digits.
    #[must_use]
    pub fn from_millionths(millionths: i128) -> Option<Self> {
        (millionths.unsigned_abs() < LARGEST.unsigned_abs()).then_some(Self(millionths))
    }

    #[must_use]
    pub const fn millionths(self) -> i128 {
        self.0
    }

    #[must_use]
    pub fn whole(number: u32) -> Self {
        Self(i128::from(number) * ONE)
    }

    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The difference, which always fits.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    /// A hundred times the number, for a share that is told in percent; the largest numbers stay at the edge.
    #[must_use]
    pub fn percent(self) -> Self {
        Self(self.0.saturating_mul(100).clamp(1 - LARGEST, LARGEST - 1))
    }

    /// With so many decimals, at most six, rounded half away from zero; no zero has a sign.
    #[must_use]
    pub fn rounded(self, places: u32) -> String {
        let places = places.min(SCALE);
        let unit = 10_u128.pow(SCALE - places);
        let digits = (self.0.unsigned_abs() + unit / 2) / unit;
        let sign = if self.0 < 0 && digits > 0 { "-" } else { "" };
        let scale = 10_u128.pow(places);
        match places {
            0 => format!("{sign}{digits}"),
            _ => format!("{sign}{}.{:0>width$}", digits / scale, digits % scale, width = places as usize),
        }
    }

    /// The same with its digits in groups of three, as the tree shows numbers.
    #[must_use]
    pub fn grouped(self, places: u32) -> String {
        value::grouped(&self.rounded(places))
    }

    /// For drawing only: never for a sum or a text.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a place on a chart")]
    pub fn approximate(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

/// Every digit: `-0.050000`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rounded(SCALE))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Digits, one point, a minus; nothing is rounded.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let not_a_number = || DecimalError::NotANumber(text.to_owned());
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !is_digits || whole.len() + fraction.len() == 0 {
            return Err(not_a_number());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > SCALE as usize {
            return Err(DecimalError::TooFine(text.to_owned()));
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > (38 - SCALE) as usize {
            return Err(DecimalError::TooLarge(text.to_owned()));
        }
        let digits = format!("{whole}{fraction:0<width$}", width = SCALE as usize);
        Ok(Self(sign * digits.parse::<i128>().map_err(|_| not_a_number())?))
    }
}

/// A text, so that no reader takes it for a float.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_is_what_was_written() {
        for (text, exact) in [
            ("0", "0.000000"),
            ("-0.0", "0.000000"),
            ("1387.096774", "1387.096774"),
            ("-.5", "-0.500000"),
            ("7.", "7.000000"),
            ("0001.250000000", "1.250000"),
            ("99999999999999999999999999999999.999999", "99999999999999999999999999999999.999999"),
        ] {
            assert_eq!(of(text).to_string(), exact);
        }
        for text in ["", "-", ".", "1,000", "1e3", "1.2.3", "+1", " 1", "٣", "NaN"] {
            assert!(matches!(text.parse::<Decimal>(), Err(DecimalError::NotANumber(_))), "{text}");
        }
        assert!(matches!("0.0000001".parse::<Decimal>(), Err(DecimalError::TooFine(_))));
        assert!(matches!("1".repeat(33).parse::<Decimal>(), Err(DecimalError::TooLarge(_))));
        assert_eq!(Decimal::from_millionths(10_i128.pow(38)), None);
        assert_eq!(Decimal::from_millionths(-1).unwrap().to_string(), "-0.000001");
    }

    #[test]
    fn half_goes_away_from_zero_and_zero_has_no_sign() {
        for (text, places, rounded) in [
            ("2.665", 2, "2.67"),
            ("-2.665", 2, "-2.67"),
            ("-0.004", 2, "0.00"),
            ("0.5", 0, "1"),
            ("1234567.891", 2, "1234567.89"),
            ("0.05", 9, "0.050000"),
        ] {
            assert_eq!(of(text).rounded(places), rounded);
        }
        assert_eq!(of("-1234567.5").grouped(0), "-1,234,568");
        assert_eq!(of("0.9534").percent().rounded(1), "95.3");
    }
}
