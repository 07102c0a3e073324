//! Reads the series of a question, forecasts it on a thread of its own and tells what comes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use chrono::NaiveDate;
use tokio::sync::mpsc::UnboundedSender;

use super::{Jobs, Msg, Store, lock};
use crate::engine::EngineError;
use crate::engine::duckdb::DuckDb;
use crate::explorer::effect::JobId;
use crate::explorer::panes::forecast::{Ask, News, Part, Subject, Told};
use crate::external_model::Model;
use crate::forecast::{self as ahead, Other, Outlook, Series, usual_horizon};
use crate::lake::place::Access;
use crate::series::{GroupedSeries, Pick, Reader, SeriesError, Wanted, series};
use crate::value;

/// The investment balance of the star schema.
const USUAL: &str = "SELECT fecha, saldo_inversion FROM transactions";
/// Rows of a result that are read at a time.
const WINDOW: usize = 65_536;

/// The newest question, and the points that were read for it.
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

type Kept = (Subject, Arc<GroupedSeries>);

/// Place, card, access.
pub type Place = (String, Option<String>, Access);

/// Why there is no forecast, and what to do.
#[derive(Debug, Clone)]
struct Refusal(String, Option<String>);

impl Jobs {
    pub(super) fn forecast(&self, ask: Ask) {
        let (outlooks, engine, news) = (self.outlooks.clone(), self.engine.clone(), self.news.clone());
        outlooks.newest.store(ask.number, Ordering::Relaxed);
        let store = self.current.as_ref().map(|job| (job.id, Arc::clone(&job.store)));
        thread::spawn(move || {
            let told = outlooks.read(&ask, &engine, store.as_ref()).and_then(|read| match read {
                Some(read) => outlooks.tell(&ask, &read, &news),
                None => Ok(()),
            });
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

    /// The points, read anew only when they are others.
    fn read(
        &self,
        ask: &Ask,
        engine: &DuckDb,
        store: Option<&(JobId, Store)>,
    ) -> Result<Option<Arc<GroupedSeries>>, Refusal> {
        let kept = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, read)) = kept().as_ref().filter(|(of, _)| *of == ask.subject) {
            return Ok(Some(Arc::clone(read)));
        }
        let read = match &ask.subject {
            Subject::Usual => Some(from_engine(engine)?),
            Subject::Result(part) => {
                let store = store.filter(|(current, _)| current.0 == part.job);
                from_result(part, store, || self.is_newest(ask))?
            }
        };
        let Some(read) = read.map(Arc::new) else { return Ok(None) };
        *kept() = Some((ask.subject.clone(), Arc::clone(&read)));
        Ok(Some(read))
    }

    fn is_newest(&self, ask: &Ask) -> bool {
        self.newest.load(Ordering::Relaxed) == ask.number
    }

    fn tell(&self, ask: &Ask, dated: &GroupedSeries, news: &UnboundedSender<Msg>) -> Result<(), Refusal> {
        let points = dated.groups.first().map(|(_, points)| points.as_slice()).unwrap_or_default();
        let mut notes = notes(ask, dated)?;
        let other = match self.model() {
            Some(Err(refusal)) if ask.external => return Err(refusal.clone()),
            Some(Err(Refusal(why, _))) => {
                // A model that is not there must not keep ours from speaking.
                notes.push(why.clone());
                None
            }
            Some(Ok(model)) => Some(model),
            None => None,
        };
        let series = series(points, ask.kind);
        let horizon = ask.horizon.unwrap_or_else(|| usual_horizon(&series, ask.options.origin));
        let send = |what| news.send(Msg::Forecast(ask.number, what)).is_ok() && self.is_newest(ask);
        let told = |outlook| {
            News::Told(Box::new(Told {
                ask: ask.clone(),
                title: dated.names[1].clone(),
                unit: dated.columns.unit,
                actual: after(&series, ask.options.origin),
                notes: notes.clone(),
                outlook,
            }))
        };
        let hear = |heard: ahead::News<'_>| {
            send(match heard {
                ahead::News::Forecast(forecast) => told(Outlook::of(forecast.clone())),
                ahead::News::Origin(origin) => News::Origin(origin.clone()),
            })
        };
        let outlook = match other {
            Some(model) => model.ask(|predictor| {
                let other = Other { predictor, speaks: ask.external };
                Outlook::new(&series, horizon, &ask.options, Some(other), hear)
            }),
            None => Outlook::new(&series, horizon, &ask.options, None, hear),
        };
        send(told(outlook.map_err(|error| Refusal(error.to_string(), error.hint()))?));
        Ok(())
    }
}

impl From<SeriesError> for Refusal {
    fn from(error: SeriesError) -> Self {
        let is_empty = matches!(error, SeriesError::Empty { .. });
        let hint = "cast text to a date in the statement: CAST(column AS DATE)";
        Self(error.to_string(), (!is_empty).then(|| hint.into()))
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        Self(error.message, error.hint)
    }
}

fn from_engine(engine: &DuckDb) -> Result<GroupedSeries, Refusal> {
    let (schema, batches) = engine.rows(USUAL)?;
    let mut reader = Reader::new(schema, Wanted { date: None, value: Pick::Any, by: None });
    for batch in &batches {
        reader.add(batch)?;
    }
    Ok(reader.finish()?)
}

/// Nothing when `on` says that nobody waits for it any more.
fn from_result(
    part: &Part,
    store: Option<&(JobId, Store)>,
    on: impl Fn() -> bool,
) -> Result<Option<GroupedSeries>, Refusal> {
    let none = || {
        let hint = "run a statement with a date and a number, then press f in its result";
        Refusal("the result to forecast is gone".into(), Some(hint.into()))
    };
    let (_, store) = store.ok_or_else(none)?;
    let schema = lock(store).as_ref().map(super::ResultStore::schema).ok_or_else(none)?;
    let value = part.column.as_deref().map_or(Pick::Any, Pick::Wished);
    let mut reader = Reader::new(schema, Wanted { date: None, value, by: None });
    let mut at = 0;
    while at < part.rows && on() {
        // The lock is given back between windows: the screen reads on meanwhile.
        let rows = usize::try_from(part.rows - at).unwrap_or(WINDOW).min(WINDOW);
        let window = lock(store).as_mut().ok_or_else(none)?.window(at, rows)?;
        if window.is_empty() {
            break;
        }
        at += window.len();
        for batch in window.batches() {
            reader.add(batch)?;
        }
    }
    if on() { Ok(Some(reader.finish()?)) } else { Ok(None) }
}

/// What must be said beside a forecast; refuses balances of several things at once.
fn notes(ask: &Ask, dated: &GroupedSeries) -> Result<Vec<String>, Refusal> {
    let count = |count: u64| value::grouped(&count.to_string());
    let [date, value, _] = &dated.names;
    let mut notes = Vec::new();
    if let Subject::Result(Part { rows, whole: false, .. }) = &ask.subject {
        notes.push(format!("of the first {} rows: the statement goes on", count(*rows)));
    }
    if dated.without > 0 {
        notes.push(format!("{} rows without a date or a number left out", count(dated.without)));
    }
    let repeated = if ask.kind == ahead::Kind::Balance { dated.repeated() } else { 0 };
    if repeated * 2 > dated.rows() {
        let why =
            format!("most dates of {date} stand in several rows, so {value} is no balance of one thing");
        let hint =
            "choose one with WHERE, or add up with GROUP BY; b takes the values as flows, which add up";
        return Err(Refusal(why, Some(hint.into())));
    }
    if repeated > 0 {
        notes
            .push(format!("{} rows share their date with a later row, which counts", count(repeated as u64)));
    }
    Ok(notes)
}

/// What came after the origin: the last value of each date.
fn after(series: &Series, origin: Option<NaiveDate>) -> Vec<(NaiveDate, f64)> {
    let Some(origin) = origin else { return Vec::new() };
    let mut points: Vec<_> = series.points.iter().rev().filter(|(date, _)| *date > origin).copied().collect();
    points.sort_by_key(|(date, _)| *date);
    points.dedup_by_key(|(date, _)| *date);
    points
}
