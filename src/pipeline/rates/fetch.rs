//! Fetching: what is missing, within the quota, newest first; every answer is on the disk before the next is waited for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Day, Rate, Refusal, error_of, is_of};
use super::coverage;
use super::gates;
use super::http::{Ask, Budget, Client, Reply, Secret};
use super::kept::{Kept, PROVISIONAL, days, keep};
use super::plan::{self, Task};
use super::read;
use super::source::Source;
use crate::checksum::sha256;
use crate::disk;
use crate::lake::Lake;
use crate::pipeline::error::{PipelineError, io_at};
use crate::pipeline::errors::{self, Fault};
use crate::pipeline::raw::Put;

/// Requests under way at a time: polite to a free service, and enough to hide its latency.
const WORKERS: usize = 4;

/// Under which name faults are recorded.
const AREA: &str = "rates";

/// Where a source is asked, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    pub source: Source,
    /// Base address, without a slash at its end.
    pub url: String,
    /// Open Exchange Rates' `app_id`.
    pub key: Option<Secret>,
    pub timeout: Duration,
    /// Wait before the first retry.
    pub pause: Duration,
    /// Requests of the month's quota that are left to others.
    pub reserve: u64,
    /// Requests to make at most.
    pub limit: Option<u64>,
    /// Whether dates are asked for again that the source refused for good.
    pub again: bool,
    /// The clock: it says which day has not ended.
    pub now: DateTime<Utc>,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// The newest rates.
    Latest,
    /// Rates for these dates, as far as they are missing.
    Dates(BTreeSet<NaiveDate>),
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Dates that were missing.
    pub missing: usize,
    /// Missing dates that were not asked for, as the source refused them before.
    pub refused: usize,
    /// Raw files that are new.
    pub kept: usize,
    /// Answers that were known before, by a 304 or by their bytes.
    pub known: usize,
    /// Dates that the source does not have, or not yet.
    pub absent: usize,
    /// Dates that wait for the next month's quota.
    pub left: usize,
    /// What went wrong, all of it recorded.
    pub faults: Vec<Fault>,
    /// Why the run ended early.
    pub stopped: Option<String>,
    /// Dates that were not asked for because the run ended early.
    pub not_asked: usize,
}

/// Whether there is anything to ask for, told by a lake's tables alone; what a source refused counts as missing.
///
/// # Errors
/// When the tables cannot be read.
pub fn are_missing(lake: &Lake, settings: &Settings) -> Result<bool, PipelineError> {
    let answered = coverage::answered(lake, settings.source)?;
    let today = settings.now.date_naive();
    Ok(!plan::missing(settings.source, &coverage::open(lake)?, &answered, today).is_empty())
}

/// Asks a source for what is wanted and not there, and keeps the answers.
///
/// # Errors
/// When the disk does. What the source does wrong is in the report and recorded.
pub fn fetch(root: &Path, settings: &Settings, want: &Want) -> Result<Report, PipelineError> {
    let client = Client::new(settings.key.clone(), settings.timeout, settings.pause);
    let conversion = Lake::open(root).map(|lake| lake.manifest.conversion).unwrap_or_default();
    let run = Asking { root, settings, base: conversion.base, run_id: errors::run_id(settings.now), client };
    let mut report = Report::default();
    let mut tasks = match want {
        Want::Latest => plan::latest(settings.source),
        Want::Dates(wanted) => {
            let mut missing =
                plan::missing(settings.source, wanted, &run.dates(|day| !day.provisional)?, run.today());
            report.missing = missing.len();
            let refused = if settings.again { BTreeSet::new() } else { refused(root, settings.source)? };
            missing.retain(|day| !refused.contains(day));
            report.refused = report.missing - missing.len();
            plan::tasks(settings.source, &missing, run.today())
        }
    };
    if tasks.is_empty() {
        return Ok(report);
    }
    match run.allowed() {
        Err(refusal) => {
            let fault = run.fault(&refusal, None, "usage.json");
            report.stopped = Some(refusal.message);
            report.faults.push(fault);
            report.not_asked = report.missing;
        }
        Ok(allowed) => {
            let allowed = allowed.min(settings.limit.unwrap_or(u64::MAX));
            let left = tasks.split_off(tasks.len().min(usize::try_from(allowed).unwrap_or(usize::MAX)));
            report.left = left.iter().map(|task| task.dates.len().max(1)).sum();
            run.work(tasks, &Budget::new(allowed), &mut report)?;
        }
    }
    if let (Want::Dates(wanted), true) = (want, report.faults.is_empty()) {
        let still = plan::missing(settings.source, wanted, &run.dates(|_| true)?, run.today());
        report.absent = still.len().saturating_sub(report.left + report.refused);
    }
    // Workers end in any order; what is written does not depend on it.
    report.faults.sort_by(|a, b| (a.requested_date, &a.url).cmp(&(b.requested_date, &b.url)));
    errors::record(root, &run.run_id, AREA, &report.faults)?;
    Ok(report)
}

/// What a source says of a date that it does not have and will not have.
const FOR_GOOD: [&str; 3] = ["not_available", "invalid_date", "no_rates"];
/// A date as young as that may only be late.
const LATE: TimeDelta = TimeDelta::days(7);

/// The dates that a source refused for good.
fn refused(root: &Path, source: Source) -> Result<BTreeSet<NaiveDate>, PipelineError> {
    let mut faults = errors::recorded(root, AREA)?;
    faults.retain(|fault| fault.source == source.name() && FOR_GOOD.contains(&fault.error.as_str()));
    let dates = faults.iter().filter_map(|fault| {
        fault.requested_date.filter(|day| *day + LATE < fault.happened_at_utc.date_naive())
    });
    Ok(dates.collect())
}

struct Asking<'a> {
    root: &'a Path,
    settings: &'a Settings,
    /// The lake's base currency: without its rate no amount is converted.
    base: String,
    run_id: String,
    client: Client,
}

/// A good answer, or the word that a kept one is still good.
enum Outcome {
    Fresh(Reply, Answer),
    NotModified,
}

impl Asking<'_> {
    fn today(&self) -> NaiveDate {
        self.settings.now.date_naive()
    }

    /// Dates with an answer of a kind.
    fn dates(&self, kind: impl Fn(&Day) -> bool) -> Result<BTreeSet<NaiveDate>, PipelineError> {
        let (days, _) = days(self.root)?;
        let ours = days.iter().filter(|day| day.source == self.settings.source && kind(day));
        Ok(ours.map(|day| day.date).collect())
    }

    /// How many requests may be made: what the provider says is left of the month, less the reserve.
    fn allowed(&self) -> Result<u64, Refusal> {
        if self.settings.source != Source::Oxr {
            return Ok(u64::MAX);
        }
        let usage = Ask { url: self.url("usage.json"), keyed: true, known: None };
        // Asking for the usage is not counted.
        let left = self.client.ask(&usage, &Budget::new(u64::MAX), |reply| usage_of(&reply))?;
        Ok(left.map_or(u64::MAX, |left| left.saturating_sub(self.settings.reserve)))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.settings.url.trim_end_matches('/'))
    }

    /// Runs the tasks on a few threads; answers are kept here, one after the other.
    fn work(&self, tasks: Vec<Task>, budget: &Budget, report: &mut Report) -> Result<(), PipelineError> {
        let mut cache = Cache::read(self.root);
        let known = cache.clone();
        let queue = Mutex::new(VecDeque::from(tasks));
        let stop = AtomicBool::new(false);
        let (sender, answers) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                let sender = sender.clone();
                let (queue, stop, known) = (&queue, &stop, &known);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let task = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                        let Some(task) = task else { return };
                        let outcome = self.one(&task, budget, known);
                        if outcome.as_ref().is_err_and(|refusal| refusal.stops) {
                            stop.store(true, Ordering::Relaxed);
                        }
                        if sender.send((task, outcome)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (task, outcome) in answers {
                let kept = self.settle(&task, outcome, &mut cache, report);
                // The disk is at fault: nothing more is asked for.
                kept.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            }
            Ok::<(), PipelineError>(())
        })?;
        let rest = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.not_asked = rest.iter().map(|task| task.dates.len().max(1)).sum();
        cache.write(self.root)
    }

    fn one(&self, task: &Task, budget: &Budget, cache: &Cache) -> Result<Outcome, Refusal> {
        let url = self.url(&task.path);
        let known = cache.of(self.root, &url).map(|entry| (entry.etag.clone(), entry.date.clone()));
        let conditional = known.is_some();
        let ask = Ask { url, keyed: self.settings.source == Source::Oxr, known };
        self.client.ask(&ask, budget, |reply| {
            if reply.status == 304 && conditional {
                return Ok(Outcome::NotModified);
            }
            let answer = judge(self.settings, &self.base, &reply)?;
            if let (Source::Oxr, [day]) = (self.settings.source, task.dates.as_slice())
                && answer.days.iter().any(|found| !is_of(*day, found.date))
            {
                return Err(Refusal {
                    status: Some(reply.status),
                    body: reply.body,
                    ..Refusal::new("wrong_date", "the answer is for another date")
                });
            }
            Ok(Outcome::Fresh(reply, answer))
        })
    }

    /// Keeps an answer, or its fault.
    fn settle(
        &self,
        task: &Task,
        outcome: Result<Outcome, Refusal>,
        cache: &mut Cache,
        report: &mut Report,
    ) -> Result<(), PipelineError> {
        let url = self.url(&task.path);
        match outcome {
            Ok(Outcome::Fresh(reply, mut answer)) => {
                let Kept { path, put, .. } = self.keep(task, &mut answer, &reply.body)?;
                cache.learn(url, &reply, path);
                report.count(put);
            }
            Ok(Outcome::NotModified) => {
                // A day that has ended since is now final, in the same bytes.
                let Some(entry) = cache.of(self.root, &url) else { return Ok(()) };
                let place = self.root.join(&entry.path);
                let bytes = fs::read(&place).map_err(io_at(&place))?;
                if let Ok(mut answer) = read::answer(&bytes) {
                    let Kept { path, put, .. } = self.keep(task, &mut answer, &bytes)?;
                    report.count(put);
                    cache.forget_final(&url, &path);
                }
            }
            Err(refusal) => {
                if refusal.stops {
                    report.stopped.get_or_insert_with(|| refusal.message.clone());
                }
                // A request that stands for many dates fails for all of them, and is one fault.
                report.faults.push(self.fault(&refusal, task.dates.first().copied(), &task.path));
            }
        }
        Ok(())
    }

    /// The last day of an answer is open while it is today; the latest rates are open always, for they are no day's last.
    fn keep(&self, task: &Task, answer: &mut Answer, bytes: &[u8]) -> Result<Kept, PipelineError> {
        if let (Source::Oxr, [day], [found]) =
            (answer.source, task.dates.as_slice(), answer.days.as_mut_slice())
        {
            // Asked for by its date, a day is that date, even where its last second is stamped as the next day's first.
            found.date = *day;
        }
        let last = answer.days.iter().map(|day| day.date).max().unwrap_or_default();
        let open = match answer.source {
            Source::Oxr => task.dates.is_empty() || last >= self.today(),
            Source::Frankfurter => last >= self.today(),
            Source::Ecb | Source::H10 => false,
        };
        keep(self.root, answer, bytes, open)
    }

    fn fault(&self, refusal: &Refusal, date: Option<NaiveDate>, path: &str) -> Fault {
        let head = refusal.body.get(..2048).unwrap_or(&refusal.body);
        let has_body = !refusal.body.is_empty();
        Fault {
            run_id: self.run_id.clone(),
            happened_at_utc: self.settings.now,
            area: AREA.into(),
            source: self.settings.source.name().into(),
            error: refusal.error.clone(),
            message: refusal.message.clone(),
            description: refusal.description.clone(),
            requested_date: date,
            url: Some(self.url(path)),
            http_status: refusal.status,
            attempt: Some(refusal.attempt),
            retryable: Some(refusal.retryable),
            body_sha256: has_body.then(|| sha256(&refusal.body)),
            body_head: has_body.then(|| String::from_utf8_lossy(head).into_owned()),
            ..Fault::default()
        }
    }
}

impl Report {
    fn count(&mut self, put: Put) {
        if put == Put::Kept {
            self.kept += 1;
        } else {
            self.known += 1;
        }
    }
}

/// Whether an answer is one: an error is told by its words, never by its status alone.
fn judge(settings: &Settings, base: &str, reply: &Reply) -> Result<Answer, Refusal> {
    let source = settings.source;
    let told = |refusal: Refusal| Refusal { status: Some(reply.status), body: reply.body.clone(), ..refusal };
    if let Some(refusal) = error_of(&reply.body) {
        let retryable = (reply.status >= 500 || reply.status == 429) && !refusal.stops;
        return Err(told(Refusal { retryable, ..refusal }));
    }
    if reply.status >= 400 {
        let word = format!("http_{}", reply.status);
        let refusal = Refusal::new(&word, format!("the source answered with status {}", reply.status));
        // An answer that is not in the source's own words comes from something between, which may pass. A page that is
        // not there is not there.
        return Err(told(if reply.status == 404 { refusal } else { refusal.retryable() }));
    }
    let answer = read::answer(&reply.body).map_err(|refusal| match refusal.error.as_str() {
        // An empty list is Frankfurter's word for a date that it does not have.
        "no_rates" if source == Source::Frankfurter => told(refusal),
        "unknown_format" | "not_text" if source != Source::Ecb => {
            told(Refusal::new("not_json", "the answer is not JSON").retryable())
        }
        "no_rates" => told(Refusal::new("missing_rates", "the answer has no rates").retryable()),
        _ => told(refusal.retryable()),
    })?;
    if answer.source != source {
        return Err(told(Refusal::new("unknown_format", "the answer is of another source")));
    }
    answer.check_days(settings.now.date_naive()).map_err(|refusal| told(refusal.retryable()))?;
    let is_base = |rate: &Rate| rate.currency == base && gates::is_rate(rate);
    let has_base = |day: &Day| day.base == base || day.rates.iter().any(is_base);
    if !answer.days.iter().any(has_base) {
        let message = format!("the answer has no rate for {base}, the lake's base currency");
        return Err(told(Refusal::new("missing_base", message).retryable()));
    }
    Ok(answer)
}

#[derive(Deserialize)]
struct Usage {
    data: UsageData,
}

#[derive(Deserialize)]
struct UsageData {
    status: String,
    usage: Requests,
}

#[derive(Deserialize)]
struct Requests {
    /// -1 when there is no limit.
    requests_remaining: i64,
}

/// The requests left of the month; none when there is no limit.
fn usage_of(reply: &Reply) -> Result<Option<u64>, Refusal> {
    let told = |refusal: Refusal| Refusal { status: Some(reply.status), body: reply.body.clone(), ..refusal };
    if let Some(refusal) = error_of(&reply.body) {
        return Err(told(refusal));
    }
    let usage: Usage = serde_json::from_slice(&reply.body).map_err(|_| {
        told(Refusal::new("not_json", "the provider does not say what is left of the quota").retryable())
    })?;
    if usage.data.status != "active" {
        let refusal = Refusal::new(&usage.data.status, "the provider has restricted the app_id");
        return Err(told(Refusal { stops: true, ..refusal }));
    }
    Ok(u64::try_from(usage.data.usage.requests_remaining).ok())
}

/// What identifies the answers that may change, by address: `_saldo/rates_cache.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cache(BTreeMap<String, Entry>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    etag: String,
    date: String,
    path: PathBuf,
}

impl Cache {
    const PATH: &str = "_saldo/rates_cache.json";

    /// A cache that cannot be read is empty: it only saves requests.
    fn read(root: &Path) -> Self {
        let bytes = fs::read(root.join(Self::PATH)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// The entry whose answer is still there.
    fn of(&self, root: &Path, url: &str) -> Option<&Entry> {
        self.0.get(url).filter(|entry| root.join(&entry.path).is_file())
    }

    /// Remembers an answer that may be asked for again: one that is not final.
    fn learn(&mut self, url: String, reply: &Reply, path: PathBuf) {
        match (&reply.etag, &reply.date) {
            (Some(etag), Some(date)) if path.to_string_lossy().contains(PROVISIONAL) => {
                self.0.insert(url, Entry { etag: etag.clone(), date: date.clone(), path });
            }
            _ => drop(self.0.remove(&url)),
        }
    }

    /// A final answer is not asked for again.
    fn forget_final(&mut self, url: &str, path: &Path) {
        if !path.to_string_lossy().contains(PROVISIONAL) {
            self.0.remove(url);
        }
    }

    fn write(&self, root: &Path) -> Result<(), PipelineError> {
        let place = root.join(Self::PATH);
        if self.0.is_empty() && !place.exists() || *self == Self::read(root) {
            return Ok(());
        }
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        disk::write(&place, &text).map_err(io_at(&place))
    }
}
