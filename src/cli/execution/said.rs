//! What is said of a run on stderr: how far it is, where its fault stands, what it took.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::cli::elsewhere::size;
use crate::cli::place;
use crate::engine::{Phase, Position, Progress, Stats};
use crate::results::Landed;
use crate::value;

/// The line on stderr that says how far a run elsewhere is, until its rows come.
#[derive(Default)]
pub(super) struct Line {
    pub(super) is_wanted: bool,
    start: Option<Instant>,
}

impl Line {
    pub(super) fn show(&mut self, progress: &Progress) {
        if self.is_wanted {
            let elapsed = self.start.get_or_insert_with(Instant::now).elapsed();
            let _ = write!(io::stderr(), "\r\x1b[K{}", how_far(progress, elapsed));
        }
    }

    pub(super) fn clear(&mut self) {
        if self.is_wanted && self.start.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        self.is_wanted = false;
    }
}

/// `running · 40 % · 1.2 MB scanned · 3 s`
fn how_far(progress: &Progress, elapsed: Duration) -> String {
    let mut parts = vec![progress.phase.name().to_owned()];
    parts.extend(progress.percent.map(|percent| format!("{percent:.0} %")));
    let scanned = if progress.phase == Phase::Copying { "" } else { " scanned" };
    parts.extend(progress.bytes.map(|bytes| format!("{}{scanned}", size(bytes))));
    parts.push(format!("{} s", elapsed.as_secs()));
    parts.join(" · ")
}

/// `line 2, column 8: where x`.
pub(super) fn marked(text: &str, place: Position) -> Option<String> {
    let line = text.lines().nth(place.line)?;
    let from: String = line.chars().skip(place.column).take(40).collect();
    Some(format!("line {}, column {}: {from}", place.line + 1, place.column + 1))
}

pub(super) fn print_summary(rows: u64, stats: &Stats, stopped: bool) {
    let stopped = if stopped { ", stopped at --limit" } else { "" };
    let seconds = stats.elapsed.as_secs_f64();
    let _ = writeln!(io::stderr(), "{}{stopped} in {seconds:.3} s", value::rows(rows));
}

/// `scanned 1.2 MB for $0.00005 · queued 0.1 s · ran 2.3 s`; nothing of an engine that tells nothing.
pub(super) fn spent(stats: &Stats) -> Option<String> {
    let mut parts = Vec::new();
    if stats.reused {
        parts.push("an earlier result was taken".to_owned());
    }
    let cost = stats.cost.map(|cost| format!(" for {cost}")).unwrap_or_default();
    parts.extend(stats.bytes_scanned.map(|bytes| format!("scanned {}{cost}", size(bytes))));
    for (word, time) in [("queued", stats.queued), ("planned", stats.planned), ("ran", stats.ran)] {
        parts.extend(time.map(|time| format!("{word} {:.1} s", time.as_secs_f64())));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What became of the files that the engine wrote the rows to.
pub(super) fn say_unloaded(stats: &Stats) {
    match &stats.place {
        _ if !stats.unloaded => {}
        None => place::say("what was unloaded to S3 is removed again"),
        Some(place) => place::say(&format!("what was unloaded to S3 stays at {place}")),
    }
}

pub(super) fn say_landed(landed: &Landed) {
    let name = &landed.kept.name;
    place::say(&format!("kept as results.{name}: `saldo query -c \"FROM results.{name}\"`"));
    for gone in &landed.gone {
        place::say(&format!(
            "warning: results.{} of {} had to go: the kept results are larger than results_mib",
            gone.name,
            gone.ended.format("%F %H:%M UTC")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Dollars;

    #[test]
    fn what_a_run_does_and_took_is_said_in_a_line() {
        let progress = Progress { phase: Phase::Queued, percent: None, bytes: None };
        assert_eq!(how_far(&progress, Duration::from_millis(2_900)), "queued · 2 s");
        let progress = Progress { phase: Phase::Running, percent: Some(39.6), bytes: Some(1_234_567) };
        assert_eq!(how_far(&progress, Duration::ZERO), "running · 40 % · 1.2 MB scanned · 0 s");
        assert_eq!(spent(&Stats::default()), None);
        let stats = Stats {
            bytes_scanned: Some(0),
            cost: Some(Dollars::from_nano(50_000)),
            ran: Some(Duration::from_millis(1_250)),
            reused: true,
            ..Stats::default()
        };
        let words = "an earlier result was taken · scanned 0 bytes for $0.00005 · ran 1.2 s";
        assert_eq!(spent(&stats).as_deref(), Some(words));
    }
}
