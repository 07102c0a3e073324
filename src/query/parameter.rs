//! Parameters of a query: their types, what may stand in their place, and how they are written.

use std::str::FromStr;

use chrono::NaiveDate;

use super::QueryError;
use super::newest;

/// A parameter of a saved query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: ParameterKind,
    /// An optional parameter that is left empty binds NULL.
    pub optional: bool,
    /// A value, or for a date or month `newest - 1 year`, which [`super::Query::dated`] replaces.
    pub default: Option<String>,
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    Integer,
    Decimal,
    Date,
    /// `2019-07`, bound as the first day of the month.
    Month,
    Boolean,
    Choice(Vec<String>),
    Account,
    /// An ISO 4217 code, bound in capitals.
    Currency,
}

/// Parameters that name the first and the last day of a time, and numbers below zero that mean nothing.
pub const FROM: &str = "from";
pub const TO: &str = "to";
const NOT_NEGATIVE: [&str; 2] = ["count", "tolerance"];

impl Parameter {
    /// The text to bind: what was given, else the default, checked; `None` is NULL.
    ///
    /// # Errors
    /// When nothing is given and there is no default, or the text is not of the type.
    pub fn value(&self, given: Option<&str>) -> Result<Option<String>, QueryError> {
        let text = given.or(self.default.as_deref()).map(str::trim).filter(|text| !text.is_empty());
        let Some(text) = text else {
            let missing = || QueryError::Missing { name: self.name.clone(), kind: self.kind.label() };
            return if self.optional { Ok(None) } else { Err(missing()) };
        };
        let value = self.kind.check(text).ok_or_else(|| QueryError::Value {
            name: self.name.clone(),
            kind: self.kind.label(),
            value: text.to_owned(),
        })?;
        let is_number = matches!(self.kind, ParameterKind::Integer | ParameterKind::Decimal);
        if is_number && value.starts_with('-') && NOT_NEGATIVE.contains(&self.name.as_str()) {
            return Err(QueryError::Negative { name: self.name.clone(), value });
        }
        Ok(Some(value))
    }
}

impl ParameterKind {
    /// The SQL type the value is cast to.
    #[must_use]
    pub fn sql_type(&self) -> &'static str {
        match self {
            Self::Text | Self::Choice(_) | Self::Account | Self::Currency => "VARCHAR",
            Self::Integer => "BIGINT",
            Self::Decimal => "DECIMAL(38,10)",
            Self::Date | Self::Month => "DATE",
            Self::Boolean => "BOOLEAN",
        }
    }

    /// Whether its values are days or months.
    #[must_use]
    pub fn is_of_time(&self) -> bool {
        matches!(self, Self::Date | Self::Month)
    }

    /// The type's name for a person.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Integer => "integer".into(),
            Self::Decimal => "decimal".into(),
            Self::Date => "date (YYYY-MM-DD)".into(),
            Self::Month => "month (YYYY-MM)".into(),
            Self::Boolean => "boolean".into(),
            Self::Choice(options) => options.join(" | "),
            Self::Account => "account".into(),
            Self::Currency => "currency".into(),
        }
    }

    /// The text as it is bound, or nothing when it is not of this type.
    fn check(&self, text: &str) -> Option<String> {
        let valid = match self {
            Self::Text | Self::Account => true,
            Self::Integer => text.parse::<i64>().is_ok(),
            Self::Decimal => is_decimal(text),
            Self::Date => text.len() == 10 && NaiveDate::from_str(text).is_ok(),
            Self::Month => {
                let first = format!("{text}-01");
                return (first.len() == 10 && NaiveDate::from_str(&first).is_ok()).then_some(first);
            }
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Currency => {
                let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
                return is_code.then(|| text.to_ascii_uppercase());
            }
            Self::Choice(options) => options.iter().any(|option| option == text),
        };
        valid.then(|| text.to_owned())
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && whole.len() <= 28 && fraction.len() <= 10
}

impl FromStr for Parameter {
    type Err = String;

    /// `from date = 2015-01-01`, `account text?`, `side choice(in|out) = in`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (left, default) = match text.split_once('=') {
            Some((left, default)) => (left.trim(), Some(default.trim().to_owned())),
            None => (text.trim(), None),
        };
        let Some((name, kind)) = left.split_once(char::is_whitespace) else {
            return Err(format!("a parameter is written `name type`, not {left:?}"));
        };
        let (kind, optional) =
            kind.trim().strip_suffix('?').map_or((kind.trim(), false), |kind| (kind, true));
        let kind = match kind {
            "text" => ParameterKind::Text,
            "integer" => ParameterKind::Integer,
            "decimal" => ParameterKind::Decimal,
            "date" => ParameterKind::Date,
            "month" => ParameterKind::Month,
            "boolean" => ParameterKind::Boolean,
            "account" => ParameterKind::Account,
            "currency" => ParameterKind::Currency,
            other => match other.strip_prefix("choice(").and_then(|rest| rest.strip_suffix(')')) {
                Some(options) => {
                    ParameterKind::Choice(options.split('|').map(|it| it.trim().to_owned()).collect())
                }
                None => return Err(format!("unknown parameter type {other:?}")),
            },
        };
        let parameter = Self { name: name.to_owned(), kind, optional, default };
        let of_time = parameter.kind.is_of_time();
        let counts = parameter.default.as_deref().and_then(newest::Back::parse).is_some();
        if parameter.default.is_some() && !(of_time && counts) {
            parameter.value(None).map_err(|error| error.to_string())?;
        }
        Ok(parameter)
    }
}
