//! What speaks against an account and what for it: at most four each, what weighs most first.

use serde::Serialize;

use super::decimal::Decimal;
use super::figures::{Figures, Period};
use super::grade::{Graded, Verdict};
use super::indicators::{Indicator, Rows};
use super::policy::{Band, Entry, Judged, Policy, Speech, Worse};
use super::sentences::{Of, edge_words, window, words};

/// More reasons than these help nobody (Regulation B, 12 CFR 1002.9, official interpretation).
pub const MOST: usize = 4;

/// One reason: what was seen, against which threshold, when, what it adds, and where its rows are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub indicator: &'static str,
    pub label: &'static str,
    pub period: Period,
    pub value: Decimal,
    /// The value with its unit, for a person.
    pub shown: String,
    pub band: Band,
    pub threshold: String,
    pub points: i64,
    /// What a broken rule leaves, in words.
    pub rule: Option<String>,
    pub sentence: String,
    pub source: String,
    /// What shows the rows behind it.
    pub rows: Rows,
}

impl Reason {
    /// What was seen over which time, against which threshold and rule.
    #[must_use]
    pub fn detail(&self) -> String {
        let rule = self.rule.as_ref().map(|rule| format!("; {rule}")).unwrap_or_default();
        format!("{} over {}; {}{rule}", self.shown, self.period.words(), self.threshold)
    }
}

/// The reasons against and those for, each in the order of what they weigh.
#[must_use]
pub fn reasons(policy: &Policy, figures: &Figures, graded: &Graded) -> [Vec<Reason>; 2] {
    let mut against = Vec::new();
    let mut in_favour = Vec::new();
    for (entry, verdict) in policy.entries.iter().zip(&graded.verdicts) {
        let points = verdict.points.unwrap_or(0);
        let Some(reason) = reason(entry, *verdict, figures) else { continue };
        if verdict.broken.is_some() || points < 0 {
            against.push(((verdict.broken.map(|rule| rule.at_best), -points), reason));
        } else if points > 0 {
            in_favour.push(((None, points), reason));
        }
    }
    [against, in_favour].map(|mut reasons| {
        // What weighs the same stays in the policy's order.
        reasons.sort_by(|(one, _), (other, _)| other.cmp(one));
        reasons.into_iter().take(MOST).map(|(_, reason)| reason).collect()
    })
}

fn reason(entry: &Entry, verdict: Verdict, figures: &Figures) -> Option<Reason> {
    let judged = entry.judged()?;
    let (band, indicator) = (verdict.band?, entry.indicator);
    let value = figures.value(indicator.name, entry.period)?;
    let currency = &figures.base_currency;
    Some(Reason {
        indicator: indicator.name,
        label: indicator.label,
        period: entry.period,
        value,
        shown: words(indicator.unit, Some(value), currency, &judged.edges),
        band,
        threshold: threshold(indicator, judged, currency),
        points: verdict.points.unwrap_or(0),
        rule: rule_words(indicator, judged, verdict, currency),
        sentence: sentence(entry, Some(band), figures),
        source: judged.source.clone(),
        rows: indicator.rows,
    })
}

/// The plain sentence of an entry; what cannot be told says so.
#[must_use]
pub fn sentence(entry: &Entry, band: Option<Band>, figures: &Figures) -> String {
    let edges = entry.judged().map_or(&[][..], |judged| &judged.edges);
    let of = Of { indicator: entry.indicator, period: entry.period, edges };
    if figures.value(entry.indicator.name, entry.period).is_none() {
        return match &entry.unknown {
            Some(unknown) => unknown.say(of, figures),
            None => format!("{} {}: unknown.", entry.indicator.label, window(entry.period, figures)),
        };
    }
    match &entry.speech {
        Speech::Shown(says) => says.say(of, figures),
        Speech::Judged(judged) if band == Some(Band::Green) => judged.in_favour.say(of, figures),
        Speech::Judged(judged) => judged.against.say(of, figures),
    }
}

/// `green up to 0 days, amber up to 7 days`
#[must_use]
pub fn threshold(indicator: &Indicator, judged: &Judged, currency: &str) -> String {
    let word = match judged.worse {
        Worse::High => "up to",
        Worse::Low => "from",
    };
    let [green, amber] = judged.edges.map(|edge| edge_words(indicator.unit, edge, currency));
    format!("green {word} {green}, amber {word} {amber}")
}

/// `past 7 days the grade is at best amber`
#[must_use]
pub fn rule_words(
    indicator: &Indicator,
    judged: &Judged,
    verdict: Verdict,
    currency: &str,
) -> Option<String> {
    let rule = verdict.broken?;
    let side = match judged.worse {
        Worse::High => "above",
        Worse::Low => "below",
    };
    let edge = edge_words(indicator.unit, rule.beyond, currency);
    Some(match rule.at_best {
        Band::Red => format!("{side} {edge} the grade is red"),
        at_best => format!("{side} {edge} the grade is at best {}", at_best.name()),
    })
}
