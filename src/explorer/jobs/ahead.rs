//! Reads the series of a question, forecasts it on a thread of its own and tells what comes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use chrono::NaiveDate;
use tokio::sync::mpsc::UnboundedSender;

use super::{Jobs, Msg, Store, lock};
use crate::dated::{Columns, Dated};
use crate::engine::duckdb::DuckDb;
use crate::explorer::effect::JobId;
use crate::explorer::panes::forecast::{Ask, News, Subject, Told};
use crate::forecast::{self as ahead, Other, Outlook, Series, usual_horizon};
use crate::lake::place::Access;
use crate::outside::Model;
use crate::value;

/// The investment balance of the star schema.
const USUAL: &str = "SELECT fecha, saldo_inversion FROM transactions";
/// Rows of a result that are read at a time.
const WINDOW: usize = 65_536;

/// The newest question, and the series that was read for it.
#[derive(Debug, Clone, Default)]
pub struct Outlooks {
    newest: Arc<AtomicU64>,
    read: Arc<Mutex<Option<Kept>>>,
    other: Option<Arc<OtherModel>>,
}

/// A model trained elsewhere, opened when it is first asked.
#[derive(Debug)]
struct OtherModel {
    place: Place,
    opened: OnceLock<Result<Model, Refusal>>,
}

type Kept = (Key, Arc<Read>);

/// Place, card, access.
pub type Place = (String, Option<String>, Access);

/// Tells one series from another: what it is of, and how its values are taken.
type Key = (Subject, ahead::Kind);

#[derive(Debug)]
struct Read {
    dated: Dated,
    left_out: Option<String>,
}

/// Why there is no forecast, and what to do.
#[derive(Debug, Clone)]
struct Refusal(String, Option<String>);

impl Jobs {
    pub(super) fn forecast(&self, ask: Ask) {
        let (outlooks, engine, news) = (self.outlooks.clone(), self.engine.clone(), self.news.clone());
        outlooks.newest.store(ask.number, Ordering::Relaxed);
        let store = self.current.as_ref().map(|job| (job.id, Arc::clone(&job.store)));
        thread::spawn(move || {
            let told = outlooks
                .read(&ask, &engine, store.as_ref())
                .and_then(|read| outlooks.tell(&ask, &read, &news));
            if let Err(Refusal(why, hint)) = told {
                let _ = news.send(Msg::Forecast(ask.number, News::Refused(why, hint)));
            }
        });
    }
}

impl Outlooks {
    /// With a model trained elsewhere beside ours.
    #[must_use]
    pub fn beside(place: Option<Place>) -> Self {
        let other = place.map(|place| Arc::new(OtherModel { place, opened: OnceLock::new() }));
        Self { other, ..Self::default() }
    }

    fn model(&self) -> Option<&Result<Model, Refusal>> {
        let OtherModel { place: (place, card, access), opened } = self.other.as_deref()?;
        Some(opened.get_or_init(|| {
            let opened = Model::open(place, card.as_deref(), access);
            opened.map_err(|error| Refusal(error.to_string(), error.hint()))
        }))
    }

    /// The series, read anew only when it is another one.
    fn read(&self, ask: &Ask, engine: &DuckDb, store: Option<&(JobId, Store)>) -> Result<Arc<Read>, Refusal> {
        let key = (ask.subject.clone(), ask.kind);
        let mut kept = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, read)) = kept.as_ref().filter(|(of, _)| *of == key) {
            return Ok(Arc::clone(read));
        }
        let read = Arc::new(match &ask.subject {
            Subject::Usual => from_engine(ask, engine)?,
            Subject::Result(job, column) => {
                let store = store.filter(|(current, _)| current.0 == *job);
                from_result(ask, column.as_deref(), store)?
            }
        });
        *kept = Some((key, Arc::clone(&read)));
        Ok(read)
    }

    fn tell(&self, ask: &Ask, read: &Read, news: &UnboundedSender<Msg>) -> Result<(), Refusal> {
        let series = read.dated.groups.first().map(|(_, series)| series.clone()).unwrap_or_default();
        let horizon = ask.horizon.unwrap_or_else(|| usual_horizon(&series));
        let is_newest = || self.newest.load(Ordering::Relaxed) == ask.number;
        let send = |what| news.send(Msg::Forecast(ask.number, what)).is_ok() && is_newest();
        let told = |outlook| {
            News::Told(Box::new(Told {
                title: read.dated.names[1].clone(),
                unit: read.dated.columns.unit,
                actual: after(&series, ask.options.origin),
                left_out: read.left_out.clone(),
                outlook,
            }))
        };
        if !is_newest() {
            return Ok(());
        }
        let hear = |heard: ahead::News<'_>| {
            send(match heard {
                ahead::News::Forecast(forecast) => told(Outlook::of(forecast.clone())),
                ahead::News::Origin(origin) => News::Origin(origin.clone()),
            })
        };
        let outlook = match self.model() {
            Some(Err(refusal)) if ask.outside => return Err(refusal.clone()),
            Some(Ok(model)) => model.ask(|teller| {
                let other = Other { teller, speaks: ask.outside };
                Outlook::new(&series, horizon, &ask.options, Some(other), hear)
            }),
            // A model that is not there must not keep ours from speaking; asked alone it says why.
            Some(Err(_)) | None => Outlook::new(&series, horizon, &ask.options, None, hear),
        };
        send(told(outlook.map_err(|error| Refusal(error.to_string(), error.hint()))?));
        Ok(())
    }
}

fn from_engine(ask: &Ask, engine: &DuckDb) -> Result<Read, Refusal> {
    let read = engine.rows(USUAL).map_err(|error| Refusal(error.message, error.hint));
    let (schema, batches) = read?;
    let columns =
        Columns::find(&schema, None, None, None).map_err(|error| Refusal(error.to_string(), None))?;
    let mut dated = Dated::new(&schema, columns, ask.kind);
    for batch in &batches {
        dated.add(batch);
    }
    finish(dated)
}

fn from_result(ask: &Ask, column: Option<&str>, store: Option<&(JobId, Store)>) -> Result<Read, Refusal> {
    let none = || {
        let hint = "run a statement with a date and a number, then press f in its result";
        Refusal("the result to forecast is gone".into(), Some(hint.into()))
    };
    let (_, store) = store.ok_or_else(none)?;
    let schema = lock(store).as_ref().map(super::ResultStore::schema).ok_or_else(none)?;
    let columns = Columns::find(&schema, None, column, None).map_err(|error| {
        let hint = "cast text to a date in the statement: CAST(column AS DATE)";
        Refusal(error.to_string(), Some(hint.into()))
    })?;
    let mut dated = Dated::new(&schema, columns, ask.kind);
    let mut at = 0;
    loop {
        // The lock is given back between windows: the screen reads on meanwhile.
        let window = lock(store).as_mut().ok_or_else(none)?.window(at, WINDOW);
        let window = window.map_err(|error| Refusal(error.message, error.hint))?;
        if window.is_empty() {
            break;
        }
        at += window.len();
        for batch in window.batches() {
            dated.add(batch);
        }
    }
    finish(dated)
}

fn finish(dated: Dated) -> Result<Read, Refusal> {
    let dated = dated.finish().map_err(|error| Refusal(error.to_string(), None))?;
    let count = |count: u64| value::grouped(&count.to_string());
    let mut left_out = Vec::new();
    if dated.without > 0 {
        left_out.push(format!("{} rows without a date or a number", count(dated.without)));
    }
    let repeated = dated.repeated() as u64;
    if repeated > 0 {
        left_out.push(format!("{} rows whose date comes again: the last one counts", count(repeated)));
    }
    let left_out = (!left_out.is_empty()).then(|| left_out.join(", "));
    Ok(Read { dated, left_out })
}

/// What came after the origin: the last value of each date.
fn after(series: &Series, origin: Option<NaiveDate>) -> Vec<(NaiveDate, f64)> {
    let Some(origin) = origin else { return Vec::new() };
    let mut points: Vec<_> = series.points.iter().rev().filter(|(date, _)| *date > origin).copied().collect();
    points.sort_by_key(|(date, _)| *date);
    points.dedup_by_key(|(date, _)| *date);
    points
}
