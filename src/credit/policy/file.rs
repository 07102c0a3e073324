//! The policy's file, read and checked: every fault is told by its line and column.

use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::{Band, Entry, GradeEdges, Judged, Points, Policy, Rule, SHIPPED, Speech, Worse};
use crate::checksum::sha256;
use crate::credit::accounts::distance;
use crate::credit::decimal::{Decimal, DecimalError};
use crate::credit::figures::{Period, PeriodError};
use crate::credit::indicators::{INDICATORS, Indicator, Unit, indicator_named};
use crate::credit::sentences::Sentence;

/// What is no judgement of a person: exposure to currencies, which may stand for where somebody comes from.
const EXPOSURE: &[&str] =
    &["foreign_inflow_share", "foreign_outflow_share", "foreign_balance_share", "currency_move_loss"];

/// More points than any sum of them can overflow.
const MOST_POINTS: i64 = 1_000_000;

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}:{column}: {message}")]
pub struct PolicyError {
    /// The file's name as it was given.
    pub name: String,
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<String>,
    base_currency: Spanned<String>,
    minimum_months: Spanned<toml::Value>,
    minimum_converted: Spanned<toml::Value>,
    maximum_silence: Option<Spanned<toml::Value>>,
    floor: Spanned<toml::Value>,
    grade: Spanned<Edges>,
    #[serde(default)]
    indicator: Vec<Spanned<Item>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edges {
    green_from: i64,
    amber_from: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: Spanned<String>,
    period: Spanned<String>,
    meaning: Spanned<String>,
    unknown: Option<Spanned<String>>,
    says: Option<Spanned<String>>,
    worse: Option<Spanned<Worse>>,
    green: Option<Spanned<toml::Value>>,
    amber: Option<Spanned<toml::Value>>,
    points: Option<Spanned<RawPoints>>,
    #[serde(default)]
    rules: Vec<Spanned<RawRule>>,
    #[serde(rename = "for")]
    in_favour: Option<Spanned<String>>,
    against: Option<Spanned<String>>,
    source: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPoints {
    green: i64,
    amber: i64,
    red: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    beyond: Spanned<toml::Value>,
    at_best: Spanned<Band>,
}

/// The policy that the program comes with.
///
/// # Errors
/// Never, as a test shows; the file is read like any other.
pub fn shipped() -> Result<Policy, PolicyError> {
    read("the shipped policy", SHIPPED)
}

/// Reads and checks a policy; the name is for the errors.
///
/// # Errors
/// At the first thing that is not as it must be, with its line and column.
pub fn read(name: &str, text: &str) -> Result<Policy, PolicyError> {
    let reader = Reader { name, text };
    let file: File = reader.parse()?;
    reader.policy(&file)
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn parse<T: DeserializeOwned>(&self) -> Result<T, PolicyError> {
        toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(at, error.message().lines().collect::<Vec<_>>().join(", "))
        })
    }

    fn policy(&self, file: &File) -> Result<Policy, PolicyError> {
        if file.version.get_ref().trim().is_empty() {
            return Err(
                self.at(&file.version, "the version is empty; give each change of the policy its own")
            );
        }
        let base_currency = self.base_currency(&file.base_currency)?;
        let floor = self.number(&file.floor)?;
        if floor != Decimal::ZERO && base_currency.is_none() {
            let why = "an amount of money has a currency: set base_currency to its code, or floor to 0";
            return Err(self.at(&file.floor, why));
        }
        let minimum_months = self.number(&file.minimum_months)?;
        if minimum_months > Decimal::whole(12) || minimum_months < Decimal::whole(1) {
            return Err(self.at(&file.minimum_months, "the months of a grade are from 1 to 12"));
        }
        let minimum_converted = self.number(&file.minimum_converted)?;
        self.check_unit(Unit::Share, minimum_converted, &file.minimum_converted)?;
        let maximum_silence = match &file.maximum_silence {
            None => None,
            Some(given) => Some((given, self.number(given)?)),
        };
        if let Some((given, days)) = maximum_silence.filter(|(_, days)| *days < Decimal::whole(1)) {
            return Err(self.at(given, &format!("no account has a line each day: {days} days are too few")));
        }
        let maximum_silence = maximum_silence.map(|(_, days)| days);
        let mut policy = Policy {
            version: file.version.get_ref().clone(),
            base_currency,
            minimum_months,
            minimum_converted,
            maximum_silence,
            floor,
            edges: self.edges(&file.grade)?,
            entries: Vec::new(),
            sha256: sha256(self.text),
        };
        for item in &file.indicator {
            let entry = self.entry(item, &policy)?;
            policy.entries.push(entry);
        }
        let counts = |entry: &Entry| entry.judged().is_some_and(|judged| judged.points.is_some());
        if !policy.entries.iter().any(counts) {
            return Err(self.fault(0, "no indicator has points, so there is nothing to grade".into()));
        }
        Ok(policy)
    }

    fn base_currency(&self, given: &Spanned<String>) -> Result<Option<String>, PolicyError> {
        match given.get_ref().as_str() {
            "any" => Ok(None),
            code if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                Ok(Some(code.to_owned()))
            }
            _ => Err(self.at(given, "write \"any\", or the three letters of a currency as in \"SGD\"")),
        }
    }

    fn edges(&self, given: &Spanned<Edges>) -> Result<GradeEdges, PolicyError> {
        let Edges { green_from, amber_from } = given.get_ref();
        let edges = GradeEdges { green_from: *green_from, amber_from: *amber_from.get_ref() };
        if edges.amber_from >= edges.green_from {
            return Err(self.at(amber_from, "overlaps with green: amber_from lies below green_from"));
        }
        if edges.green_from > 100 || edges.amber_from < -1_000 {
            return Err(
                self.at(given, "points are told in percent of those that can be reached, at most 100")
            );
        }
        Ok(edges)
    }

    fn entry(&self, item: &Spanned<Item>, before: &Policy) -> Result<Entry, PolicyError> {
        let raw = item.get_ref();
        let name = raw.name.get_ref();
        let indicator = indicator_named(name).ok_or_else(|| {
            let near = nearest(name).map(|near| format!("; is {near} meant?")).unwrap_or_default();
            self.at(&raw.name, &format!("there is no indicator {name:?}{near}"))
        })?;
        let period: Period = raw
            .period
            .get_ref()
            .parse()
            .map_err(|error: PeriodError| self.at(&raw.period, &error.to_string()))?;
        if !indicator.periods.contains(&period) {
            let there: Vec<_> = indicator.periods.iter().map(ToString::to_string).collect();
            let why = format!("{name} is not taken over {period}; it is over {}", there.join(", "));
            return Err(self.at(&raw.period, &why));
        }
        if before.entry(name, period).is_some() {
            return Err(self.at(&raw.name, &format!("{name} over {period} stands here a second time")));
        }
        let speech = match &raw.says {
            Some(says) => Speech::Shown(self.shown(raw, says, period)?),
            None => Speech::Judged(Box::new(self.judged(item, indicator, period, before)?)),
        };
        let unknown = raw.unknown.as_ref().map(|words| self.sentence(words, period, false)).transpose()?;
        Ok(Entry { indicator, period, meaning: self.text(&raw.meaning)?.to_owned(), unknown, speech })
    }

    /// What is shown only has neither bands nor what goes with them.
    fn shown(&self, raw: &Item, says: &Spanned<String>, period: Period) -> Result<Sentence, PolicyError> {
        let parts = [
            ("worse", raw.worse.as_ref().map(Spanned::span)),
            ("green", raw.green.as_ref().map(Spanned::span)),
            ("amber", raw.amber.as_ref().map(Spanned::span)),
            ("points", raw.points.as_ref().map(Spanned::span)),
            ("rules", raw.rules.first().map(Spanned::span)),
            ("for", raw.in_favour.as_ref().map(Spanned::span)),
            ("against", raw.against.as_ref().map(Spanned::span)),
            ("source", raw.source.as_ref().map(Spanned::span)),
        ];
        if let Some((key, Some(span))) = parts.into_iter().find(|(_, span)| span.is_some()) {
            let why = format!("{key} goes with bands: an indicator either says something or is judged");
            return Err(self.fault(span.start, why));
        }
        self.sentence(says, period, false)
    }

    fn judged(
        &self,
        item: &Spanned<Item>,
        indicator: &'static Indicator,
        period: Period,
        policy: &Policy,
    ) -> Result<Judged, PolicyError> {
        let raw = item.get_ref();
        let lacks =
            |key: &str| self.at(item, &format!("{} has no {key}: what is judged needs one", indicator.name));
        let worse = *raw.worse.as_ref().ok_or_else(|| lacks("worse"))?.get_ref();
        let green = raw.green.as_ref().ok_or_else(|| lacks("green"))?;
        let amber = raw.amber.as_ref().ok_or_else(|| lacks("amber"))?;
        let edges = [self.edge(green, indicator, policy)?, self.edge(amber, indicator, policy)?];
        if !worse.is_past(edges[1], edges[0]) {
            let side = if worse == Worse::High { "above" } else { "below" };
            return Err(self.at(amber, &format!("overlaps with green: amber ends {side} it")));
        }
        let points = raw.points.as_ref().map(|points| self.points(points)).transpose()?;
        let mut rules = Vec::with_capacity(raw.rules.len());
        for rule in &raw.rules {
            rules.push(self.rule(rule.get_ref(), indicator, worse, edges[0], policy)?);
        }
        if EXPOSURE.contains(&indicator.name) {
            let counts = raw.points.as_ref().map(Spanned::span);
            if let Some(span) = counts.or_else(|| raw.rules.first().map(Spanned::span)) {
                let why =
                    "exposure to currencies never lowers a grade: it has bands, but no points and no rules";
                return Err(self.fault(span.start, why.into()));
            }
        }
        let in_favour = raw.in_favour.as_ref().ok_or_else(|| lacks("for"))?;
        let against = raw.against.as_ref().ok_or_else(|| lacks("against"))?;
        let source = raw.source.as_ref().ok_or_else(|| lacks("source"))?;
        Ok(Judged {
            worse,
            edges,
            points,
            rules,
            in_favour: self.sentence(in_favour, period, true)?,
            against: self.sentence(against, period, true)?,
            source: self.text(source)?.to_owned(),
        })
    }

    fn points(&self, given: &Spanned<RawPoints>) -> Result<Points, PolicyError> {
        let RawPoints { green, amber, red } = *given.get_ref();
        if green <= 0 || amber > green || red > amber || red > 0 {
            return Err(self.at(
                given,
                "green gains points, amber not more than green, red not more than either, nor above 0",
            ));
        }
        if green > MOST_POINTS || red < -MOST_POINTS {
            return Err(self.at(given, "points are at most a million"));
        }
        Ok(Points { green, amber, red })
    }

    fn rule(
        &self,
        raw: &RawRule,
        indicator: &'static Indicator,
        worse: Worse,
        green: Decimal,
        policy: &Policy,
    ) -> Result<Rule, PolicyError> {
        let at_best = *raw.at_best.get_ref();
        if at_best == Band::Green {
            return Err(self.at(&raw.at_best, "a rule that leaves green forbids nothing; write amber or red"));
        }
        let beyond = self.edge(&raw.beyond, indicator, policy)?;
        if worse.is_past(green, beyond) {
            return Err(
                self.at(&raw.beyond, "overlaps with green: the rule would forbid what the band praises")
            );
        }
        Ok(Rule { beyond, at_best })
    }

    /// A number of the indicator's own unit.
    fn edge(
        &self,
        given: &Spanned<toml::Value>,
        indicator: &Indicator,
        policy: &Policy,
    ) -> Result<Decimal, PolicyError> {
        let number = self.number(given)?;
        self.check_unit(indicator.unit, number, given)?;
        if matches!(indicator.unit, Unit::Money | Unit::MoneyAMonth) && policy.base_currency.is_none() {
            let why = "an amount of money has a currency: set base_currency to its code";
            return Err(self.at(given, why));
        }
        Ok(number)
    }

    fn check_unit<T>(&self, unit: Unit, number: Decimal, at: &Spanned<T>) -> Result<(), PolicyError> {
        let is_negative_count = number.is_negative()
            && matches!(unit, Unit::Months | Unit::Days | Unit::DaysAMonth | Unit::Items | Unit::Sources);
        if is_negative_count {
            return Err(self.at(at, "a count is not below zero"));
        }
        if unit == Unit::Share && (number.is_negative() || number > Decimal::whole(1)) {
            return Err(self.at(at, "a share is from 0 to 1: write 0.95 for 95 %"));
        }
        Ok(())
    }

    /// The number as it is written: it never passes through a float.
    fn number(&self, given: &Spanned<toml::Value>) -> Result<Decimal, PolicyError> {
        if !matches!(given.get_ref(), toml::Value::Integer(_) | toml::Value::Float(_)) {
            return Err(self.at(given, "this is no number"));
        }
        let written = self.text.get(given.span()).unwrap_or_default().replace('_', "");
        let digits = written.strip_prefix('+').unwrap_or(&written);
        digits.parse().map_err(|error: DecimalError| self.at(given, &error.to_string()))
    }

    fn text<'t>(&self, given: &'t Spanned<String>) -> Result<&'t str, PolicyError> {
        let text = given.get_ref().trim();
        if text.is_empty() { Err(self.at(given, "this says nothing")) } else { Ok(text) }
    }

    fn sentence(
        &self,
        given: &Spanned<String>,
        period: Period,
        has_bands: bool,
    ) -> Result<Sentence, PolicyError> {
        let text = self.text(given)?;
        Sentence::parse(text, period, has_bands).map_err(|wrong| {
            let Range { start, end } = given.span();
            // The placeholder as it is written: escapes before it move it.
            let written = self.text.get(start..end).unwrap_or_default();
            let placeholder = text[wrong.at..].split_inclusive('}').next().unwrap_or_default();
            let at = written.find(placeholder).unwrap_or(0);
            self.fault(start + at, wrong.why)
        })
    }

    fn at<T>(&self, at: &Spanned<T>, message: &str) -> PolicyError {
        self.fault(at.span().start, message.to_owned())
    }

    fn fault(&self, at: usize, message: String) -> PolicyError {
        let before = &self.text[..self.text.floor_char_boundary(at)];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        PolicyError {
            name: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }
    }
}

/// The name that takes the fewest changes, where it is like what was written.
fn nearest(name: &str) -> Option<&'static str> {
    let near = INDICATORS.iter().map(|indicator| (distance(name, indicator.name), indicator.name)).min()?;
    (near.0 <= name.chars().count() / 3).then_some(near.1)
}
