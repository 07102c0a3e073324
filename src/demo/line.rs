//! One line of the raw statement, written byte by byte with the quirks of such files.

use super::accounts::{Account, Thousands};

/// A statement line before it is written.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub account: &'a Account,
    pub booked: &'a [u8],
    pub valued: &'a [u8],
    /// Uncut; empty when the bank left it out.
    pub details: &'a [u8],
    pub cheque: Option<u64>,
    pub deposit: bool,
    /// In minor units, never negative.
    pub amount: i64,
    /// After this line, in minor units.
    pub balance: i64,
    pub currency: Currency,
    /// Writes a whole amount without decimals, whatever the branch's habit.
    pub short: bool,
}

/// How the currency cell is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    Plain,
    /// Lower case with blanks around it.
    Untidy,
    Blank,
}

/// The header of the pipeline's own form.
pub const HEADER: &[u8] = b"account_no,date,transaction_details,chq_no,value_date,withdrawal_amt,\
withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";

/// Appends the line with its line feed.
pub fn push(out: &mut Vec<u8>, line: &Line) {
    let account = line.account;
    out.extend_from_slice(account.number.as_bytes());
    // A spreadsheet left its text mark behind each number.
    out.extend_from_slice(b"',");
    out.extend_from_slice(line.booked);
    out.push(b',');
    push_text(out, line.details.get(..account.cut).unwrap_or(line.details));
    out.push(b',');
    if let Some(cheque) = line.cheque {
        push_number(out, cheque, 6);
    }
    out.push(b',');
    out.extend_from_slice(line.valued);
    out.push(b',');
    if line.deposit {
        out.extend_from_slice(b",,");
        push_amount(out, account, line.amount, line.short);
        out.push(b',');
        push_currency(out, account, line.currency);
        out.push(b',');
    } else {
        push_amount(out, account, line.amount, line.short);
        out.push(b',');
        push_currency(out, account, line.currency);
        out.extend_from_slice(b",,,");
    }
    push_amount(out, account, line.balance, line.short);
    out.push(b'\n');
}

/// Appends a number with leading zeros up to `width`.
pub fn push_number(out: &mut Vec<u8>, mut number: u64, width: usize) {
    let start = out.len();
    while number > 0 || out.len() - start < width {
        out.push(digit(number % 10));
        number /= 10;
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    if text.contains(&b',') {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
    } else {
        out.extend_from_slice(text);
    }
}

fn push_currency(out: &mut Vec<u8>, account: &Account, currency: Currency) {
    match currency {
        Currency::Plain => out.extend_from_slice(account.currency.as_bytes()),
        Currency::Untidy => {
            out.push(b' ');
            out.extend(account.currency.bytes().map(|byte| byte.to_ascii_lowercase()));
            out.push(b' ');
        }
        Currency::Blank => {}
    }
}

/// Appends an amount of minor units, quoted when it holds a comma. Yen have no minor unit.
fn push_amount(out: &mut Vec<u8>, account: &Account, minor: i64, short: bool) {
    let magnitude = minor.unsigned_abs();
    let (mut whole, cents) = match account.thousands {
        Thousands::Whole => (magnitude, None),
        _ if short && magnitude.is_multiple_of(100) => (magnitude / 100, None),
        _ => (magnitude / 100, Some(magnitude % 100)),
    };
    let start = out.len();
    // The digits are written from the right and turned round at the end.
    if whole >= 1000 {
        out.push(b'"');
    }
    let quoted = out.len() > start;
    if let Some(cents) = cents {
        out.push(digit(cents % 10));
        out.push(digit(cents / 10));
        out.push(b'.');
    }
    let mut place = 0;
    loop {
        if starts_group(account.thousands, place) {
            out.push(b',');
        }
        out.push(digit(whole % 10));
        whole /= 10;
        place += 1;
        if whole == 0 {
            break;
        }
    }
    if minor < 0 {
        out.push(b'-');
    }
    if quoted {
        out.push(b'"');
    }
    if let Some(amount) = out.get_mut(start..) {
        amount.reverse();
    }
}

/// Whether a comma stands to the right of the digit at this place, counted from the right.
const fn starts_group(thousands: Thousands, place: u32) -> bool {
    match thousands {
        Thousands::Indian => place > 2 && place % 2 == 1,
        Thousands::Western | Thousands::Whole => place > 0 && place.is_multiple_of(3),
    }
}

fn digit(number: u64) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::accounts::ACCOUNTS;

    fn amount(account: usize, minor: i64, short: bool) -> String {
        let mut out = Vec::new();
        push_amount(&mut out, &ACCOUNTS[account], minor, short);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn amounts_have_the_three_thousands_styles() {
        assert_eq!(amount(0, 100_000_000, false), "\"1,000,000.00\"");
        assert_eq!(amount(3, 100_000_000, false), "\"10,00,000.00\"");
        assert_eq!(amount(8, 1_000_000, false), "\"1,000,000\"");
        assert_eq!(amount(0, 100_000_000, true), "\"1,000,000\"");
        assert_eq!(amount(0, 99_905, false), "999.05");
        assert_eq!(amount(0, 0, false), "0.00");
        assert_eq!(amount(4, -12_345_678_905, false), "\"-12,34,56,789.05\"");
        assert_eq!(amount(0, -100_005, true), "\"-1,000.05\"");
    }
}
