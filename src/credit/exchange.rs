//! A card in another currency than the lake's: every amount at the one rate of the as-of day. A what-if: the account is judged
//! as it is, and what is a share or a quotient stays as it is.

use chrono::{Days, NaiveDate};

use super::decimal::Decimal;
use super::figures::Figures;
use super::indicators::{Unit, indicator_named};
use super::lookup::{RATES, Rows, has};
use super::policy::Policy;
use crate::engine::CatalogTable;
use crate::sql::quote_text;

/// Decimals of a rate in the lake.
const DECIMALS: usize = 12;
const ONE: i128 = 10_i128.pow(12);

/// A currency's rate at a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub currency: String,
    /// The lake's base currency.
    pub base: String,
    /// What one unit is in the base currency, in millionths of millionths.
    base_per_unit: i128,
    pub day: NaiveDate,
    pub source: String,
}

/// Where a rate is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub currency: &'a str,
    pub base: &'a str,
    pub as_of: NaiveDate,
    /// Days after which a rate is too old.
    pub max_age_days: u16,
}

/// Why amounts cannot be told in a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    #[error("the lake has no rate of {currency} from {from} to {to}, so no amount can be told in it")]
    Missing { currency: String, from: NaiveDate, to: NaiveDate },
    #[error("the rate of {currency} of {day} is held back, so no amount can be told in it")]
    HeldBack { currency: String, day: NaiveDate },
    #[error("the policy is for amounts in {policy}, so no card is told in {currency}")]
    Policy { policy: String, currency: String },
    #[error("an amount of account {account} is too large to be told in {currency}")]
    TooLarge { account: String, currency: String },
    #[error("the instalment is too large to be told in {base}")]
    Instalment { base: String },
}

impl ExchangeError {
    /// What to do.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } | Self::HeldBack { .. } => {
                "`saldo query rate_coverage` shows which rates there are; `saldo rates` fetches more"
            }
            Self::Policy { .. } => "choose a policy whose base_currency is \"any\"",
            Self::TooLarge { .. } => "choose a currency of larger units",
            Self::Instalment { .. } => "propose a smaller one",
        }
    }
}

/// The rate of a currency at the as-of day: the last one on or before it that is not too old, of the source by which the lines
/// are converted too. None where the currency is the lake's own.
///
/// # Errors
/// Those of the statement, and [`ExchangeError`] within.
pub fn find<E>(
    tables: &[CatalogTable],
    wanted: Wanted<'_>,
    run: impl FnOnce(&str) -> Result<Rows, E>,
) -> Result<Result<Option<Exchange>, ExchangeError>, E> {
    let Wanted { currency, base, as_of, max_age_days } = wanted;
    if currency == base {
        return Ok(Ok(None));
    }
    let from = as_of.checked_sub_days(Days::new(max_age_days.into())).unwrap_or(as_of);
    let missing = || ExchangeError::Missing { currency: currency.to_owned(), from, to: as_of };
    if !has(tables, RATES) {
        return Ok(Err(missing()));
    }
    let sql = format!(
        "SELECT CAST(rate_date AS VARCHAR(10)) AS rate_date, source, CAST(base_per_unit AS VARCHAR(60)) AS base_per_unit \
         FROM {RATES} WHERE currency = {} AND rate_date BETWEEN DATE '{from}' AND DATE '{as_of}' \
         AND (base_per_unit IS NOT NULL OR held_back) \
         ORDER BY rate_date DESC, CASE WHEN base_per_unit IS NULL THEN 1 ELSE 0 END, CASE WHEN provisional THEN 1 ELSE 0 END, \
         CASE source WHEN 'oxr' THEN 1 WHEN 'ecb' THEN 2 WHEN 'frankfurter' THEN 3 WHEN 'h10' THEN 4 ELSE 5 END, source LIMIT 1",
        quote_text(currency)
    );
    let rows = run(&sql)?;
    let Some([Some(day), Some(source), rate]) = rows.first().map(Vec::as_slice) else {
        return Ok(Err(missing()));
    };
    let Ok(day) = day.parse() else { return Ok(Err(missing())) };
    let held_back = || ExchangeError::HeldBack { currency: currency.to_owned(), day };
    let rate = rate.as_deref().and_then(trillionths).filter(|rate| *rate > 0);
    Ok(rate.ok_or_else(held_back).map(|base_per_unit| {
        Some(Exchange {
            currency: currency.to_owned(),
            base: base.to_owned(),
            base_per_unit,
            day,
            source: source.clone(),
        })
    }))
}

/// Digits with at most twelve decimals.
fn trillionths(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > DECIMALS {
        return None;
    }
    format!("{whole}{fraction:0<DECIMALS$}").parse().ok()
}

/// Half away from zero.
fn quotient(dividend: i128, divisor: i128) -> i128 {
    let half = divisor / 2 * dividend.signum();
    dividend.saturating_add(half) / divisor
}

impl Exchange {
    /// An amount of the base currency in this one.
    #[must_use]
    pub fn from_base(&self, amount: Decimal) -> Option<Decimal> {
        Decimal::from_millionths(quotient(amount.millionths().checked_mul(ONE)?, self.base_per_unit))
    }

    /// An amount of this currency in the base currency.
    #[must_use]
    pub fn to_base(&self, amount: Decimal) -> Option<Decimal> {
        Decimal::from_millionths(quotient(amount.millionths().checked_mul(self.base_per_unit)?, ONE))
    }

    /// An instalment of this currency as the figures need it.
    ///
    /// # Errors
    /// When it has more digits than fit.
    pub fn instalment(&self, instalment: Option<Decimal>) -> Result<Option<Decimal>, ExchangeError> {
        let too_large = || ExchangeError::Instalment { base: self.base.clone() };
        instalment.map(|amount| self.to_base(amount).ok_or_else(too_large)).transpose()
    }

    /// Whether a policy bears that amounts are told in this currency.
    ///
    /// # Errors
    /// When the policy names amounts of another one.
    pub fn suits(&self, policy: &Policy) -> Result<(), ExchangeError> {
        match &policy.base_currency {
            Some(only) => {
                Err(ExchangeError::Policy { policy: only.clone(), currency: self.currency.clone() })
            }
            None => Ok(()),
        }
    }

    /// The rate, with its digits: `1 USD is SGD 1.35 (ecb, 2019-08-30)`.
    #[must_use]
    pub fn words(&self) -> String {
        let (whole, fraction) = (self.base_per_unit / ONE, self.base_per_unit % ONE);
        let digits = format!("{whole}.{fraction:0>DECIMALS$}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        format!("1 {} is {} {digits} ({}, {})", self.currency, self.base, self.source, self.day)
    }

    /// The figures with their amounts in this currency.
    ///
    /// # Errors
    /// When an amount has more digits than fit.
    pub fn tell(&self, mut figures: Figures) -> Result<Figures, ExchangeError> {
        let is_money = |name: &str| {
            let unit = indicator_named(name).map(|indicator| indicator.unit);
            matches!(unit, Some(Unit::Money | Unit::MoneyAMonth))
        };
        let values = figures.values.iter_mut().filter(|((name, _), _)| is_money(name));
        let months = figures.history.iter_mut().filter(|(name, _)| is_money(name));
        let values = values.map(|(_, value)| value);
        let months = months.flat_map(|(_, months)| months.iter_mut().map(|(_, value)| value));
        for value in values.chain(months).filter_map(Option::as_mut) {
            *value = self.from_base(*value).ok_or_else(|| ExchangeError::TooLarge {
                account: figures.subject.account.clone(),
                currency: self.currency.clone(),
            })?;
        }
        figures.facts.converted_to =
            Some(std::mem::replace(&mut figures.base_currency, self.currency.clone()));
        let base = &self.base;
        figures.facts.notes.push(format!(
            "Every amount was worked out in {base} and is told at one rate: {}. Shares in other currencies are against {base}.",
            self.words()
        ));
        Ok(figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::figures::Period;

    fn exchange(rate: &str) -> Exchange {
        Exchange {
            currency: "USD".into(),
            base: "SGD".into(),
            base_per_unit: trillionths(rate).unwrap(),
            day: "2019-08-30".parse().unwrap(),
            source: "ecb".into(),
        }
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_exact_to_the_last_decimal_and_half_goes_away_from_zero() {
        for (rate, base, told) in [
            ("1.350000000000", "135", "100.000000"),
            ("1.35", "-1", "-0.740741"),
            ("0.012345678901", "1", "81.000001"),
            ("2", "-0.000001", "-0.000001"),
            ("2", "0.000003", "0.000002"),
        ] {
            let found = exchange(rate).from_base(decimal(base)).unwrap();
            assert_eq!(found.to_string(), told, "{base} at {rate}");
        }
        assert_eq!(exchange("1.35").to_base(decimal("100")), Some(decimal("135")));
        assert_eq!(exchange("1.35").from_base(decimal(&"9".repeat(32))), None);
        assert_eq!(exchange("1.350000000000").words(), "1 USD is SGD 1.35 (ecb, 2019-08-30)");
        assert_eq!((trillionths("1.2345678901234"), trillionths("x")), (None, None));
    }

    #[test]
    fn money_is_told_in_the_currency_and_shares_stay() {
        let mut figures = Figures::new("1", "2019-08-31".parse().unwrap(), "SGD")
            .with("inflow", Period::Months(1), Some(decimal("270")))
            .with("ratio", Period::All, Some(decimal("1.8")))
            .with("lowest_balance", Period::Months(12), None);
        figures.history.insert("inflow".into(), vec![("2019-08-01".parse().unwrap(), Some(decimal("135")))]);
        let told = exchange("1.35").tell(figures).unwrap();
        assert_eq!(told.value("inflow", Period::Months(1)), Some(decimal("200")));
        assert_eq!(told.value("ratio", Period::All), Some(decimal("1.8")));
        assert_eq!(told.history["inflow"][0].1, Some(decimal("100")));
        assert_eq!((told.base_currency.as_str(), told.facts.converted_to.as_deref()), ("USD", Some("SGD")));
        assert!(told.facts.notes[0].contains("1 USD is SGD 1.35 (ecb, 2019-08-30)"));
    }
}
