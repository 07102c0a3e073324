//! Which cells are surely an amount or a date: the plain spellings, told apart quickly. What is not plain is judged by
//! the stage's own SQL, so that there is one judge.

/// Whether a cell is empty or an amount such as `-1,00,000.00`: digits, commas that group thousands, one point.
#[must_use]
pub fn is_surely_amount(cell: &str) -> bool {
    let text = cell.trim_matches(' ').as_bytes();
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let (mut count, mut group, mut grouped, mut decimals) = (0, 0, false, None);
    for byte in digits {
        match (byte, &mut decimals) {
            (b'0'..=b'9', Some(decimals)) => *decimals += 1,
            (b'0'..=b'9', None) => {
                count += 1;
                group += 1;
            }
            (b',', None) if group > 0 => {
                grouped = true;
                group = 0;
            }
            (b'.', None) => decimals = Some(0),
            _ => return false,
        }
    }
    text.is_empty() || ((1..=15).contains(&count) && (!grouped || group == 3) && decimals != Some(0))
}

const MONTHS: [(&[u8; 3], u8); 12] = [
    (b"JAN", 31),
    (b"FEB", 28),
    (b"MAR", 31),
    (b"APR", 30),
    (b"MAY", 31),
    (b"JUN", 30),
    (b"JUL", 31),
    (b"AUG", 31),
    (b"SEP", 30),
    (b"OCT", 31),
    (b"NOV", 30),
    (b"DEC", 31),
];

/// Whether a cell is a date such as `5-Jul-17`, `29-JUN-2017` or `2017-06-29`, but for 29 February.
#[must_use]
pub fn is_surely_date(cell: &str) -> bool {
    let text = cell.trim_matches(' ').as_bytes();
    let mut parts = text.split(|byte| *byte == b'-');
    let (Some(first), Some(middle), Some(last), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let fits = |day: &[u8], longest: u8| number(day).is_some_and(|day| (1..=longest).contains(&day));
    let is_year = |year: &[u8]| {
        year.len() == 4 && matches!(year, [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit))
    };
    if let [a, b, c] = middle {
        let name = [a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()];
        let month = MONTHS.iter().find(|(known, _)| **known == name);
        let two = last.len() == 2 && last.iter().all(u8::is_ascii_digit);
        return month.is_some_and(|(_, days)| fits(first, *days)) && (two || is_year(last));
    }
    let month = number(middle).and_then(|month| MONTHS.get(usize::from(month).wrapping_sub(1)));
    middle.len() == 2 && last.len() == 2 && is_year(first) && month.is_some_and(|(_, days)| fits(last, *days))
}

/// A number of one or two digits.
fn number(digits: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| byte - b'0');
    match digits {
        [one] => digit(one),
        [ten, one] => Some(digit(ten)? * 10 + digit(one)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_amounts() {
        for sure in ["", " ", "0", "1,000", "10,00,000.00", " -5.25 ", "999999999999999.1234", "1,00,000"] {
            assert!(is_surely_amount(sure), "{sure}");
        }
        for unsure in [
            "-",
            "1,00",
            "12,50",
            "1.",
            ".5",
            "1,0000",
            ",123",
            "1,,000",
            "1 000",
            "1e5",
            "n/a",
            "1.2.3",
            "+1",
            "1.000,00",
            "1234567890123456",
            "Infinity",
        ] {
            assert!(!is_surely_amount(unsure), "{unsure}");
        }
    }

    #[test]
    fn plain_dates() {
        for sure in ["5-Jul-17", "29-JUN-17", " 31-dec-2018 ", "2017-06-29", "1999-01-04"] {
            assert!(is_surely_date(sure), "{sure}");
        }
        for unsure in [
            "",
            "31-Jun-17",
            "0-Jan-17",
            "29-Feb-17",
            "2017-13-01",
            "2017-02-29",
            "3-XXX-17",
            "5/7/17",
            "2017-6-29",
            "5-Jul-1",
            "0017-01-01",
            "5-Jul-017",
            "-5-Jul-17",
            "5-Jul--7",
        ] {
            assert!(!is_surely_date(unsure), "{unsure}");
        }
    }
}
