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
}

/// Runs that were summed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sum {
    /// The day, target or statement.
    pub of: String,
    pub runs: u64,
    pub cancelled: u64,
    /// Runs of which no price is known: they go on, or their engine tells none.
    pub unknown: u64,
    pub bytes: u64,
    /// Billionths of a US dollar.
    pub nano_dollars: u64,
}

impl Sum {
    fn add(&mut self, entry: &Entry) {
        self.runs += 1;
        self.cancelled += u64::from(entry.state == RunState::Cancelled);
        self.unknown += u64::from(entry.nano_dollars.is_none());
        self.bytes = self.bytes.saturating_add(entry.bytes.unwrap_or(0));
        self.nano_dollars = self.nano_dollars.saturating_add(entry.nano_dollars.unwrap_or(0));
    }
}

/// The sums of each day, target or statement, in its order, and of all. Whatever was billed counts, however the run
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
        };
        sums.entry(of.clone()).or_insert_with(|| Sum { of, ..Sum::default() }).add(entry);
        all.add(entry);
    }
    (sums.into_values().collect(), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_that_was_billed_is_in_one_sum() {
        let entry = |day: &str, target: &str, state, nano_dollars| Entry {
            run: String::new(),
            target: target.into(),
            id: None,
            cursor: None,
            statement: format!("of {target}"),
            started: format!("{day}T23:59:59Z").parse().unwrap(),
            ended: None,
            state,
            rows: None,
            bytes: Some(10),
            nano_dollars,
            reused: false,
        };
        let entries = [
            entry("2026-01-02", "b", RunState::Succeeded, Some(1)),
            entry("2026-01-01", "a", RunState::Cancelled, Some(20)),
            entry("2026-01-02", "a", RunState::Running, None),
            entry("2026-01-02", "a", RunState::Failed, Some(300)),
        ];
        let short = |by| {
            let (sums, all) = sums(&entries, by);
            let each: Vec<_> = sums.into_iter().map(|sum| (sum.of, sum.runs, sum.nano_dollars)).collect();
            assert_eq!((all.runs, all.cancelled, all.unknown, all.bytes), (4, 1, 1, 40));
            assert_eq!(all.nano_dollars, each.iter().map(|(_, _, cost)| cost).sum::<u64>());
            each
        };
        assert_eq!(short(By::Day), [("2026-01-01".into(), 1, 20), ("2026-01-02".into(), 3, 301)]);
        assert_eq!(short(By::Target), [("a".into(), 3, 320), ("b".into(), 1, 1)]);
        assert_eq!(short(By::Statement), [("of a".into(), 3, 320), ("of b".into(), 1, 1)]);
    }
}
