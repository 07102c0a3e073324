//! What runs on other engines have cost, summed exactly.

use std::collections::BTreeMap;

use super::{Entry, RunState};

/// What is summed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// The day on which the statement was sent (UTC)
    Day,
    Target,
    Statement,
    /// Statements that somebody asked, steps of `saldo normalise`, jobs of `saldo submit`
    Kind,
}

/// Runs that were summed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sum {
    /// The day, target, statement or kind.
    pub of: String,
    pub runs: u64,
    pub cancelled: u64,
    /// Runs of which no price is known: they go on, or their engine tells none.
    pub unknown: u64,
    /// Bytes scanned, and billionths of a US dollar, of the runs that told them; none where no run did.
    pub bytes: Option<u64>,
    pub nano_dollars: Option<u64>,
}

impl Sum {
    fn add(&mut self, entry: &Entry) {
        self.runs += 1;
        self.cancelled += u64::from(entry.state == RunState::Cancelled);
        self.unknown += u64::from(entry.nano_dollars.is_none());
        self.bytes = both(self.bytes, entry.bytes);
        self.nano_dollars = both(self.nano_dollars, entry.nano_dollars);
    }
}

fn both(sum: Option<u64>, more: Option<u64>) -> Option<u64> {
    sum.map_or(more, |sum| Some(sum.saturating_add(more.unwrap_or(0))))
}

/// The sums of each day, target, statement or kind, in its order, and of all. Whatever was billed counts, however the run
/// ended.
#[must_use]
pub fn sums<'a>(entries: impl IntoIterator<Item = &'a Entry>, by: By) -> (Vec<Sum>, Sum) {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    for entry in entries {
        let of = match by {
            By::Day => entry.started.date_naive().to_string(),
            By::Target => entry.target.clone(),
            By::Statement => entry.statement.clone(),
            By::Kind => entry.kind.name().to_owned(),
        };
        sums.entry(of.clone()).or_insert_with(|| Sum { of, ..Sum::default() }).add(entry);
        all.add(entry);
    }
    (sums.into_values().collect(), all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Kind;

    #[test]
    fn every_run_that_was_billed_is_in_one_sum() {
        let entry = |day: &str, target: &str, state, nano_dollars: Option<u64>| Entry {
            run: String::new(),
            target: target.into(),
            kind: if target == "b" { Kind::Job } else { Kind::Statement },
            id: None,
            cursor: None,
            statement: format!("of {target}"),
            started: format!("{day}T23:59:59Z").parse().unwrap(),
            ended: None,
            state,
            rows: None,
            bytes: nano_dollars.map(|_| 10),
            nano_dollars,
            reused: false,
        };
        let entries = [
            entry("2026-01-02", "b", RunState::Succeeded, Some(1)),
            entry("2026-01-01", "a", RunState::Cancelled, Some(20)),
            entry("2026-01-02", "a", RunState::Running, None),
            entry("2026-01-02", "a", RunState::Failed, Some(300)),
            entry("2026-01-03", "c", RunState::Succeeded, None),
        ];
        let short = |by| {
            let (sums, all) = sums(&entries, by);
            let each: Vec<_> = sums.iter().map(|sum| (sum.of.clone(), sum.runs, sum.nano_dollars)).collect();
            assert_eq!((all.runs, all.cancelled, all.unknown, all.bytes), (5, 1, 2, Some(30)));
            assert_eq!(all.nano_dollars, Some(each.iter().filter_map(|(_, _, cost)| *cost).sum()));
            assert_eq!(sums.last().and_then(|sum| sum.bytes), None, "what nobody told is not 0");
            each
        };
        let days = [("2026-01-01", 1, Some(20)), ("2026-01-02", 3, Some(301)), ("2026-01-03", 1, None)];
        assert_eq!(short(By::Day), days.map(|(day, runs, cost)| (day.into(), runs, cost)));
        let targets = [("a", 3, Some(320)), ("b", 1, Some(1)), ("c", 1, None)];
        assert_eq!(short(By::Target), targets.map(|(target, runs, cost)| (target.into(), runs, cost)));
        let statements = targets.map(|(target, runs, cost)| (format!("of {target}"), runs, cost));
        assert_eq!(short(By::Statement), statements);
        let (kinds, _) = sums(&entries, By::Kind);
        let kinds: Vec<_> = kinds.iter().map(|sum| (sum.of.as_str(), sum.runs, sum.nano_dollars)).collect();
        assert_eq!(kinds, [("job", 1, Some(1)), ("statement", 4, Some(320))]);
    }
}
