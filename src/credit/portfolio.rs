//! Many accounts, one line each: the worst band first, with the reason that weighs most.

use std::cmp::Reverse;
use std::sync::Arc;

use chrono::NaiveDate;
use duckdb::arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringArray};
use duckdb::arrow::datatypes::{Field, Schema};
use duckdb::arrow::error::ArrowError;
use duckdb::arrow::record_batch::RecordBatch;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::card::csv::words;
use super::card::text::{self, Role, Span, sign};
use super::card::{Card, DISCLAIMER, proposed};
use super::decimal::{Decimal, SCALE};
use super::policy::Band;
use crate::value::visible;

/// The columns of a file, in its order.
const COLUMNS: [&str; 21] = [
    "account",
    "name",
    "customer",
    "as_of",
    "base_currency",
    "grade",
    "points",
    "reachable",
    "points_percent",
    "reason",
    "reason_indicator",
    "reason_period",
    "reason_value",
    "credit_ratio",
    "creditworthiness",
    "ratio_shown",
    "run_id",
    "policy_version",
    "policy_sha256",
    "manifest_sha256",
    "instalment",
];

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line<'a> {
    pub account: &'a str,
    pub name: Option<&'a str>,
    pub customer: Option<&'a str>,
    pub as_of: NaiveDate,
    pub base_currency: &'a str,
    /// `green`, or `insufficient data`.
    pub grade: &'a str,
    #[serde(skip)]
    pub band: Option<Band>,
    pub points: Option<i64>,
    pub reachable: Option<i64>,
    pub points_percent: Option<Decimal>,
    /// What speaks against it most, else what speaks for it, or why there is no grade.
    pub reason: &'a str,
    pub reason_indicator: Option<&'a str>,
    pub reason_period: Option<String>,
    pub reason_value: Option<Decimal>,
    pub credit_ratio: Option<Decimal>,
    pub creditworthiness: &'a str,
    /// The ratio, or why there is none.
    pub ratio_shown: &'a str,
    pub run_id: &'a str,
    pub policy_version: &'a str,
    pub policy_sha256: &'a str,
    pub manifest_sha256: &'a str,
    /// A proposed one, a month: the grade is what it would be with it.
    pub instalment: Option<Decimal>,
}

impl<'a> Line<'a> {
    fn of(card: &'a Card) -> Self {
        let points = card.points.as_ref();
        let reason = card.headline.band.and(card.weightiest());
        Self {
            account: &card.account,
            name: card.name.as_deref(),
            customer: card.customer.as_deref(),
            as_of: card.as_of,
            base_currency: &card.base_currency,
            grade: card.headline.word,
            band: card.headline.band,
            points: points.map(|points| points.sum),
            reachable: points.map(|points| points.reachable),
            points_percent: points.and_then(|points| points.percent.parse().ok()),
            reason: card.in_a_line(),
            reason_indicator: reason.map(|reason| reason.indicator),
            reason_period: reason.map(|reason| reason.period.to_string()),
            reason_value: reason.map(|reason| reason.value),
            credit_ratio: card.ratio.value,
            creditworthiness: &card.ratio.label,
            ratio_shown: &card.ratio.shown,
            run_id: &card.run_id,
            policy_version: &card.policy.version,
            policy_sha256: &card.policy.sha256,
            manifest_sha256: &card.inputs.manifest_sha256,
            instalment: card.instalment,
        }
    }
}

/// The accounts, the worst band first; within a band the fewest points first, and those without a grade at the end.
#[must_use]
pub fn lines(cards: &[Card]) -> Vec<Line<'_>> {
    let mut lines: Vec<_> = cards.iter().map(Line::of).collect();
    lines.sort_by(|one, other| {
        let place = |line: &Line<'_>| (Reverse(line.band), line.points_percent);
        place(one).cmp(&place(other)).then_with(|| one.account.cmp(other.account))
    });
    lines
}

/// That the grades are what they would be with an instalment which is not there yet.
#[must_use]
pub fn what_if(lines: &[Line<'_>]) -> Option<String> {
    let first = lines.first()?;
    Some(format!("What-if: {}.", proposed(first.instalment?, &visible(first.base_currency))))
}

/// The accounts as rows for a file.
///
/// # Errors
/// Never: each column has its type.
pub fn batch(lines: &[Line<'_>]) -> Result<RecordBatch, ArrowError> {
    let text = |of: &dyn Fn(&Line<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(lines.iter().map(of)))
    };
    let words = |of: &dyn for<'l> Fn(&'l Line<'_>) -> &'l str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(lines.iter().map(of)))
    };
    let count = |of: &dyn Fn(&Line<'_>) -> Option<i64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(lines.iter().map(of)))
    };
    let decimal = |of: &dyn Fn(&Line<'_>) -> Option<Decimal>| -> Result<ArrayRef, ArrowError> {
        let values = lines.iter().map(|line| of(line).map(Decimal::millionths));
        let scale = i8::try_from(SCALE).unwrap_or_default();
        Ok(Arc::new(Decimal128Array::from_iter(values).with_precision_and_scale(38, scale)?))
    };
    let days = lines.iter().map(|line| {
        let since = line.as_of.signed_duration_since(NaiveDate::default());
        i32::try_from(since.num_days()).unwrap_or_default()
    });
    let arrays: [ArrayRef; COLUMNS.len()] = [
        words(&|line| line.account),
        text(&|line| line.name.map(str::to_owned)),
        text(&|line| line.customer.map(str::to_owned)),
        Arc::new(Date32Array::from_iter_values(days)),
        words(&|line| line.base_currency),
        words(&|line| line.grade),
        count(&|line| line.points),
        count(&|line| line.reachable),
        decimal(&|line| line.points_percent)?,
        words(&|line| line.reason),
        text(&|line| line.reason_indicator.map(str::to_owned)),
        text(&|line| line.reason_period.clone()),
        decimal(&|line| line.reason_value)?,
        decimal(&|line| line.credit_ratio)?,
        words(&|line| line.creditworthiness),
        words(&|line| line.ratio_shown),
        words(&|line| line.run_id),
        words(&|line| line.policy_version),
        words(&|line| line.policy_sha256),
        words(&|line| line.manifest_sha256),
        decimal(&|line| line.instalment)?,
    ];
    let fields = COLUMNS.iter().zip(&arrays);
    let fields = fields.map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, arrays.to_vec())
}

/// The accounts as CSV; a spreadsheet finds no formula in it.
#[must_use]
pub fn csv(lines: &[Line<'_>]) -> String {
    let mut out = format!("{}\n", COLUMNS.join(","));
    for line in lines {
        let count = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
        let exact = |value: Option<Decimal>| value.map(|value| value.to_string()).unwrap_or_default();
        let cells = [
            words(Some(line.account)),
            words(line.name),
            words(line.customer),
            line.as_of.to_string(),
            words(Some(line.base_currency)),
            line.grade.to_owned(),
            count(line.points),
            count(line.reachable),
            exact(line.points_percent),
            words(Some(line.reason)),
            words(line.reason_indicator),
            words(line.reason_period.as_deref()),
            exact(line.reason_value),
            exact(line.credit_ratio),
            words(Some(line.creditworthiness)),
            words(Some(line.ratio_shown)),
            line.run_id.to_owned(),
            words(Some(line.policy_version)),
            line.policy_sha256.to_owned(),
            words(Some(line.manifest_sha256)),
            exact(line.instalment),
        ];
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// The accounts as text of at most `width` columns: a heading a band, a line an account. A reason that is cut ends in `…`.
#[must_use]
pub fn table(lines: &[Line<'_>], width: usize) -> Vec<text::Line> {
    let mut page = Vec::new();
    let mut push = |spans: Vec<(String, Role)>| {
        page.push(spans.into_iter().map(|(text, role)| Span { text, role }).collect::<text::Line>());
    };
    if let Some(first) = lines.first() {
        let title = format!("Credit check · {} accounts", lines.len());
        push(vec![(title, Role::Heading)]);
        let (base, version) = (visible(first.base_currency), visible(first.policy_version));
        let about = format!("As of {} · amounts in {base} · policy {version}", first.as_of);
        push(vec![(fit(&about, width), Role::Muted)]);
        if let Some(what_if) = what_if(lines) {
            push(vec![(fit(&what_if, width), Role::Warning)]);
        }
        let about = format!("{DISCLAIMER} Percent: of the points in reach.");
        push(vec![(fit(&about, width), Role::Muted)]);
    }
    let called = |line: &Line<'_>| {
        let called =
            line.name.map_or_else(|| line.account.to_owned(), |name| format!("{} {name}", line.account));
        visible(&called).into_owned()
    };
    let widest = lines.iter().map(|line| called(line).width()).max().unwrap_or(0).min(width / 3);
    for group in lines.chunk_by(|one, next| one.band == next.band) {
        let Some(first) = group.first() else { continue };
        let role = first.band.map_or(Role::Warning, Role::Band);
        push(Vec::new());
        push(vec![(format!("{} {} · {}", sign(first.band), first.grade.to_uppercase(), group.len()), role)]);
        for line in group {
            let called = fit(&called(line), widest);
            let blank = " ".repeat(widest.saturating_sub(called.width()));
            let percent =
                line.points_percent.map_or_else(String::new, |percent| format!("{} %", percent.rounded(1)));
            let start = format!("{called}{blank} {percent:>8}  ");
            let reason = fit(&visible(line.reason), width.saturating_sub(start.width() + 2));
            push(vec![(format!("{} ", sign(line.band)), role), (format!("{start}{reason}"), Role::Plain)]);
        }
    }
    page
}

/// A text of at most `width` columns; what is cut ends in `…`.
fn fit(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthChar;
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for mark in text.chars() {
        used += mark.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(mark);
    }
    out + "…"
}
