//! The grade: the worst of the strictest rule that is broken and of the band of the points.

use super::decimal::Decimal;
use super::figures::{Figures, Period};
use super::indicators::Unit;
use super::policy::{Band, Entry, Policy, Rule};
use super::sentences::{edge_words, window, words};

/// What the policy says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    pub outcome: Outcome,
    /// Beside the policy's entries, in their order.
    pub verdicts: Vec<Verdict>,
}

/// A grade, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Grade(Grade),
    /// Unknown is not bad: each reason is one sentence.
    Insufficient(Vec<String>),
}

/// A grade and the two from which it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grade {
    pub band: Band,
    pub score: Score,
    /// The best that the rules leave; none is broken where there is nothing.
    pub at_best: Option<Band>,
}

/// The points of what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    pub points: i64,
    /// If all that is known were green.
    pub reachable: i64,
    pub band: Band,
}

/// What becomes of one entry; nothing where the value cannot be told or is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    pub band: Option<Band>,
    pub points: Option<i64>,
    pub broken: Option<Rule>,
}

impl Score {
    /// The points in percent of those that can be reached, with one decimal: `-23.1`.
    #[must_use]
    pub fn percent(self) -> String {
        let tenths = i128::from(self.points) * 1_000;
        // Down, so that it never seems to be past an edge that it does not reach.
        let tenths = tenths.div_euclid(i128::from(self.reachable.max(1)));
        Decimal::from_millionths(tenths * 100_000).map_or_else(String::new, |percent| percent.rounded(1))
    }
}

impl Graded {
    /// Judges an account's figures by a policy.
    #[must_use]
    pub fn new(policy: &Policy, figures: &Figures) -> Self {
        let verdicts: Vec<_> = policy.entries.iter().map(|entry| verdict(entry, figures)).collect();
        let outcome = outcome(policy, figures, &verdicts);
        Self { outcome, verdicts }
    }
}

fn verdict(entry: &Entry, figures: &Figures) -> Verdict {
    let value = figures.value(entry.indicator.name, entry.period);
    let (Some(judged), Some(value)) = (entry.judged(), value) else { return Verdict::default() };
    let band = judged.band(value);
    Verdict {
        band: Some(band),
        points: judged.points.map(|points| points.of(band)),
        broken: judged.broken(value),
    }
}

fn outcome(policy: &Policy, figures: &Figures, verdicts: &[Verdict]) -> Outcome {
    let mut lacking = lacking(policy, figures);
    let reachable =
        policy.entries.iter().zip(verdicts).filter_map(|(entry, verdict)| {
            verdict.points.and(entry.judged()?.points).map(|points| points.green)
        });
    let reachable: i64 = reachable.sum();
    if reachable == 0 {
        lacking.push("Nothing that counts for a grade can be told.".to_owned());
    }
    if !lacking.is_empty() {
        return Outcome::Insufficient(lacking);
    }
    let points: i64 = verdicts.iter().filter_map(|verdict| verdict.points).sum();
    let is_from = |edge: i64| i128::from(points) * 100 >= i128::from(edge) * i128::from(reachable);
    let band = if is_from(policy.edges.green_from) {
        Band::Green
    } else if is_from(policy.edges.amber_from) {
        Band::Amber
    } else {
        Band::Red
    };
    let at_best = verdicts.iter().filter_map(|verdict| verdict.broken).map(|rule| rule.at_best).max();
    let score = Score { points, reachable, band };
    Outcome::Grade(Grade { band: at_best.map_or(band, |rule| rule.max(band)), score, at_best })
}

/// Why the data do not carry a grade.
fn lacking(policy: &Policy, figures: &Figures) -> Vec<String> {
    let year = Period::Months(12);
    let base = &figures.base_currency;
    let mut reasons = Vec::new();
    let needed = [
        ("months_covered", Unit::Months, policy.minimum_months, "Full months with lines".to_owned()),
        (
            "converted_share",
            Unit::Share,
            policy.minimum_converted,
            format!("Lines converted to {}", figures.converted_to()),
        ),
    ];
    for (name, unit, least, label) in needed {
        let value = figures.value(name, year);
        if value.is_none_or(|value| value < least) {
            let value = words(unit, value, base, &[least]);
            let least = edge_words(unit, least, base);
            reasons.push(format!("{label}: {value}; a grade needs {least} {}.", window(year, figures)));
        }
    }
    if let (Some(most), Some(silence)) = (policy.maximum_silence, figures.silence())
        && silence > most
    {
        let most = edge_words(Unit::Days, most, base);
        let silence = words(Unit::Days, Some(silence), base, &[]);
        reasons.push(format!("The last line is {silence} old; a grade needs one in the last {most}."));
    }
    reasons
}
