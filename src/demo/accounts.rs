//! The invented customers' accounts and what their statement lines say.

/// How an account's branch writes numbers with thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thousands {
    /// `1,000,000.00`
    Western,
    /// `10,00,000.00`
    Indian,
    /// `1,000,000`
    Whole,
}

/// One account and its habits. Amounts are in minor units of its currency.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub number: &'static str,
    pub currency: &'static str,
    pub thousands: Thousands,
    /// Narrations are cut at this many characters, as the branch's system does.
    pub cut: usize,
    /// Dates as `29-JUN-17` rather than `5-Jul-17`.
    pub upper_dates: bool,
    /// Share of the statement's lines, in thousandths.
    pub share: u64,
    /// How many lines in a thousand are deposits; 1000 means that there are no withdrawals.
    pub deposits: u64,
    /// A usual amount.
    pub usual: i64,
    pub opening: i64,
    /// A withdrawal that would take the balance below this becomes a deposit.
    pub floor: i64,
    /// The customer's other account in the same currency, for transfers between the two.
    pub sibling: Option<usize>,
}

/// A floor that no balance reaches: the overdraft is not limited.
const NO_FLOOR: i64 = i64::MIN / 2;

/// Twelve accounts in nine currencies; AED has no ECB rate.
pub const ACCOUNTS: [Account; 12] = [
    account("700100411017", "SGD", Thousands::Western, 30, 140, 520, 250_000, 4_500_000, 0, Some(1)),
    account("700100411025", "SGD", Thousands::Western, 30, 90, 640, 120_000, 900_000, 0, Some(0)),
    account("700100420036", "SGD", Thousands::Western, 32, 30, 1000, 180_000, 0, 0, None),
    account("700100611074", "INR", Thousands::Indian, 26, 200, 540, 24_000_000, 350_000_000, 0, Some(4)),
    account("1188423", "INR", Thousands::Indian, 26, 170, 470, 60_000_000, -900_000_000, NO_FLOOR, Some(3)),
    account("700200138611", "USD", Thousands::Western, 30, 110, 580, 480_000, 3_000_000, -50_000, None),
    account("700200493210", "EUR", Thousands::Western, 28, 70, 500, 300_000, 2_200_000, -25_000, None),
    account("700200493228", "GBP", Thousands::Western, 28, 50, 530, 210_000, 1_500_000, 0, None),
    account("700300062497", "JPY", Thousands::Whole, 27, 45, 560, 180_000, 5_000_000, 0, None),
    account("700300125051", "AUD", Thousands::Western, 30, 40, 460, 260_000, 60_000_000, 0, None),
    account("700300305747", "MYR", Thousands::Western, 31, 35, 550, 420_000, 1_800_000, 0, None),
    account("700400700101", "AED", Thousands::Western, 29, 20, 570, 700_000, 6_000_000, 0, None),
];

#[expect(clippy::too_many_arguments, reason = "a row of the table above, named by its columns")]
const fn account(
    number: &'static str,
    currency: &'static str,
    thousands: Thousands,
    cut: usize,
    share: u64,
    deposits: u64,
    usual: i64,
    opening: i64,
    floor: i64,
    sibling: Option<usize>,
) -> Account {
    let upper_dates = cut % 2 == 1 || matches!(thousands, Thousands::Indian);
    Account { number, currency, thousands, cut, upper_dates, share, deposits, usual, opening, floor, sibling }
}

/// What follows a narration's opening words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    Nothing,
    /// A reference of that many digits.
    Digits(u32),
    Party,
    /// A reference of that many digits, a stroke, and a party.
    DigitsParty(u32),
    /// A party; the line also carries a cheque number.
    Cheque,
}

/// A kind of statement line: how often, with which words, and how large against the usual amount (per cent).
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub weight: u64,
    pub words: &'static str,
    pub tail: Tail,
    pub low: i64,
    pub high: i64,
}

const fn kind(weight: u64, words: &'static str, tail: Tail, low: i64, high: i64) -> Kind {
    Kind { weight, words, tail, low, high }
}

/// Kinds of deposits; the weights sum to 1000.
pub const DEPOSITS: [Kind; 13] = [
    kind(190, "NEFT/", Tail::DigitsParty(9), 20, 260),
    kind(150, "CARD SETTLEMENT BATCH ", Tail::Digits(6), 10, 150),
    kind(130, "TRF FROM ", Tail::Party, 15, 220),
    kind(90, "TRF FRM ", Tail::Party, 15, 220),
    kind(90, "RTGS/", Tail::DigitsParty(8), 150, 600),
    kind(80, "SALARY CREDIT ", Tail::Party, 90, 180),
    kind(80, "IMPS P2A ", Tail::DigitsParty(7), 5, 60),
    kind(60, "CASH DEP BR ", Tail::Digits(4), 5, 90),
    kind(50, "INWARD REMIT FX ", Tail::Digits(8), 100, 500),
    kind(30, "INTEREST CREDIT", Tail::Nothing, 1, 6),
    kind(25, "REFUND ", Tail::Party, 2, 50),
    kind(15, "REV CHQ RETURN CHG", Tail::Nothing, 1, 2),
    kind(10, "CHQ DEP ", Tail::Cheque, 40, 300),
];

/// Kinds of withdrawals; the weights sum to 1000.
pub const WITHDRAWALS: [Kind; 15] = [
    kind(190, "NEFT/", Tail::DigitsParty(9), 20, 260),
    kind(160, "CARD PAYMENT ", Tail::DigitsParty(4), 2, 60),
    kind(120, "TRF TO ", Tail::Party, 15, 220),
    kind(90, "SUPPLIER INV ", Tail::DigitsParty(6), 60, 350),
    kind(80, "ATM WDL ", Tail::Digits(6), 4, 30),
    kind(70, "RENT ", Tail::Party, 120, 200),
    kind(70, "UTILITY BILL ", Tail::Party, 5, 40),
    kind(60, "PAYROLL BATCH ", Tail::Digits(6), 150, 500),
    kind(45, "LOAN EMI ", Tail::Digits(8), 80, 120),
    kind(40, "TAX PAYMENT ", Tail::Digits(8), 60, 400),
    kind(30, "INSURANCE PREM ", Tail::Party, 20, 80),
    kind(20, "BANK CHARGES", Tail::Nothing, 1, 3),
    kind(15, "CHQ PAID ", Tail::Cheque, 40, 300),
    kind(6, "CHQ RETURN CHG INSUFF FUNDS", Tail::Nothing, 1, 2),
    kind(4, "FX SETTLEMENT SPOT ", Tail::Digits(6), 200, 900),
];

/// Invented counterparties; one name holds a comma, so its cell is quoted.
pub const PARTIES: [&str; 16] = [
    "ORCHID FOODS",
    "HARBOUR LOGISTICS",
    "BLUE LANTERN TRADING",
    "MERIDIAN TEXTILES",
    "PRIME TRADERS, UNIT 4",
    "SILVER OAK CLINIC",
    "NORTHGATE ESTATES",
    "KESTREL SOFTWARE",
    "LOTUS ELECTRIC",
    "TIDEWATER SHIPPING",
    "AMBER ROAD COFFEE",
    "CITY POWER AND WATER",
    "GRANITE BUILDERS",
    "PAPERCRANE PRESS",
    "EASTERN STAR MOTORS",
    "WILLOW INSURANCE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_and_weights_are_whole() {
        assert_eq!(ACCOUNTS.iter().map(|account| account.share).sum::<u64>(), 1000);
        assert_eq!(DEPOSITS.iter().map(|kind| kind.weight).sum::<u64>(), 1000);
        assert_eq!(WITHDRAWALS.iter().map(|kind| kind.weight).sum::<u64>(), 1000);
    }
}
