//! Reads the series of a request, forecasts it on a thread of its own and sends what comes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::NaiveDate;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Jobs, Store, lock};
use crate::engine::duckdb::DuckDb;
use crate::engine::{self, Engine as _, EngineError, RunEvent, next_event};
use crate::explorer::forecast_request::{
    AccountBalance, ForecastEvent, ForecastReport, ForecastRequest, ResultPart, Subject,
};
use crate::explorer::message::{JobId, Msg};
use crate::external_model::Model;
use crate::forecast::{self, Options, Other, Outlook, Series, usual_horizon};
use crate::lake::place::AwsOptions;
use crate::query::Query;
use crate::series::{CUT_AT_ZERO, GroupedSeries, Pick, Reader, SeriesError, Wanted, natural_floor, series};
use crate::value;

/// The investment balance of the star schema.
const BALANCE: &str = "SELECT fecha, saldo_inversion FROM transactions";
/// The saved query of an account's balances, and a day before all of them.
const ACCOUNT_BALANCE: &str = "balance_over_time";
const EARLIEST: &str = "0001-01-01";
/// Rows of a result that are read at a time.
const WINDOW: usize = 65_536;

/// The newest request, and the points that were read for it.
#[derive(Debug, Clone, Default)]
pub struct Forecasts {
    newest: Arc<AtomicU64>,
    read: Arc<Mutex<Option<Kept>>>,
    other: Option<Arc<OtherModel>>,
}

/// A model trained elsewhere, opened when it is first asked.
#[derive(Debug)]
struct OtherModel {
    place: ModelPlace,
    opened: OnceLock<Result<Model, Refusal>>,
}

type Kept = (Subject, Arc<GroupedSeries>);

/// Where a model trained elsewhere lies, its card, and the credentials.
pub type ModelPlace = (String, Option<String>, AwsOptions);

/// Why there is no forecast, and what to do.
#[derive(Debug, Clone)]
struct Refusal(String, Option<String>);

impl Jobs {
    pub(super) fn forecast(&self, request: ForecastRequest) {
        let (forecasts, engine) = (self.forecasts.clone(), self.local.clone());
        let (messages, cancel) = (self.messages.clone(), self.beside.clone());
        let number = request.number;
        forecasts.newest.store(number, Ordering::Relaxed);
        let job = match &request.subject {
            Subject::Result(part) => self.kept.get(&JobId(part.job)),
            Subject::Balance | Subject::Account(_) => None,
        };
        let store = job.map(|job| Arc::clone(&job.store));
        let refused = move |Refusal(why, hint)| Msg::Forecast(number, ForecastEvent::Refused(why, hint));
        self.start(
            move |error| refused(error.into()),
            move |send| {
                let read = forecasts.read(&request, &engine, store.as_ref(), &cancel);
                let outcome = read.and_then(|read| match read {
                    Some(read) => forecasts.send(&request, &read, &messages),
                    None => Ok(()),
                });
                if let Err(refusal) = outcome {
                    send(refused(refusal));
                }
            },
        );
    }
}

impl Forecasts {
    /// With a model trained elsewhere beside ours.
    #[must_use]
    pub fn beside(place: Option<ModelPlace>) -> Self {
        let other = place.map(|place| Arc::new(OtherModel { place, opened: OnceLock::new() }));
        Self { other, ..Self::default() }
    }

    /// Nobody waits for an answer any more.
    pub fn stop(&self) {
        self.newest.store(u64::MAX, Ordering::Relaxed);
    }

    /// What was read is out of date, and what is still being read too: it goes where nobody asks any more.
    pub fn forget(&mut self) {
        self.read = Arc::default();
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
        request: &ForecastRequest,
        engine: &DuckDb,
        store: Option<&Store>,
        cancel: &CancellationToken,
    ) -> Result<Option<Arc<GroupedSeries>>, Refusal> {
        let kept = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, read)) = kept().as_ref().filter(|(of, _)| *of == request.subject) {
            return Ok(Some(Arc::clone(read)));
        }
        let read = match &request.subject {
            Subject::Balance => Some(from_engine(engine, cancel)?),
            Subject::Account(of) => Some(of_account(of, engine, cancel)?),
            Subject::Result(part) => from_result(part, store, cancel, || self.is_newest(request))?,
        };
        let Some(read) = read.map(Arc::new) else { return Ok(None) };
        *kept() = Some((request.subject.clone(), Arc::clone(&read)));
        Ok(Some(read))
    }

    fn is_newest(&self, request: &ForecastRequest) -> bool {
        self.newest.load(Ordering::Relaxed) == request.number
    }

    fn send(
        &self,
        request: &ForecastRequest,
        dated: &GroupedSeries,
        messages: &UnboundedSender<Msg>,
    ) -> Result<(), Refusal> {
        let points = dated.groups.first().map(|(_, points)| points.as_slice()).unwrap_or_default();
        let mut notes = notes(request, dated)?;
        let other = match self.model() {
            Some(Err(refusal)) if request.external => return Err(refusal.clone()),
            Some(Err(Refusal(why, _))) => {
                // A model that is not there must not keep ours from speaking.
                notes.push(why.clone());
                None
            }
            Some(Ok(model)) => Some(model),
            None => None,
        };
        let series = series(points, request.kind);
        let horizon = request.horizon.unwrap_or_else(|| usual_horizon(&series, request.options.origin));
        let floor = natural_floor(&dated.columns, &series).filter(|_| request.options.floor.is_none());
        notes.extend(floor.map(|_| CUT_AT_ZERO.to_owned()));
        let options = &Options { floor: request.options.floor.or(floor), ..request.options.clone() };
        let send =
            |what| messages.send(Msg::Forecast(request.number, what)).is_ok() && self.is_newest(request);
        let report = |outlook| {
            ForecastEvent::Report(Box::new(ForecastReport {
                request: request.clone(),
                title: title(request, &dated.names[1]),
                unit: dated.columns.unit,
                actual: after(&series, request.options.origin),
                notes: notes.clone(),
                outlook,
            }))
        };
        let progress = |step: forecast::Progress<'_>| match step {
            forecast::Progress::Forecast(forecast) => send(report(Outlook::of(forecast.clone()))),
            forecast::Progress::Origin(origin) => send(ForecastEvent::Origin(origin.clone())),
            forecast::Progress::Compared => self.is_newest(request),
        };
        let outlook = match other {
            Some(model) => model.ask(|predictor| {
                let other = Other { predictor, speaks: request.external };
                Outlook::new(&series, horizon, options, Some(other), progress)
            }),
            None => Outlook::new(&series, horizon, options, None, progress),
        };
        send(report(outlook.map_err(|error| Refusal(error.to_string(), error.hint()))?));
        Ok(())
    }
}

impl From<SeriesError> for Refusal {
    fn from(error: SeriesError) -> Self {
        let hint = match &error {
            SeriesError::Empty { .. } => None,
            SeriesError::DateOrder { .. } => {
                Some("say which is the day: strptime(column, '%d/%m/%Y') or '%m/%d/%Y'")
            }
            SeriesError::Currencies(mixed) => {
                let hint = format!("keep one with WHERE {}, or take {}", mixed.condition(), mixed.instead());
                return Self(mixed.to_string(), Some(hint));
            }
            SeriesError::DecimalMark { .. } => {
                Some("make numbers of it: CAST(replace(column, ',', '') AS DECIMAL(38, 2))")
            }
            _ => Some("cast text to a date in the statement: CAST(column AS DATE)"),
        };
        Self(error.to_string(), hint.map(str::to_owned))
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        Self(error.message, error.hint)
    }
}

fn from_engine(engine: &DuckDb, cancel: &CancellationToken) -> Result<GroupedSeries, Refusal> {
    let (schema, batches) = engine.rows(BALANCE, cancel)?;
    let mut reader = Reader::new(schema, Wanted { date: None, value: Pick::Any, by: None });
    for batch in &batches {
        reader.add(batch)?;
    }
    Ok(reader.finish()?)
}

/// The end-of-day balances of an account, by the saved query that shows them.
fn of_account(
    of: &AccountBalance,
    engine: &DuckDb,
    cancel: &CancellationToken,
) -> Result<GroupedSeries, Refusal> {
    let given = [("account", of.account.clone()), ("from", EARLIEST.to_owned()), ("to", of.to.to_string())];
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let statement = Query::shipped(ACCOUNT_BALANCE).and_then(|query| query.bind(engine.dialect(), &given));
    let statement = statement.map_err(|error| Refusal(error.to_string(), None))?;
    let mut events = engine.run(statement, engine::Options::default(), cancel.clone());
    let mut reader = None;
    loop {
        match next_event(&mut events)? {
            RunEvent::Schema(schema) => {
                let wanted = Wanted { date: Some("day"), value: Pick::Named("balance_amt"), by: None };
                reader = Some(Reader::new(schema, wanted));
            }
            RunEvent::Batch(batch) => {
                if let Some(reader) = &mut reader {
                    reader.add(&batch)?;
                }
            }
            RunEvent::Finished(_) => break,
            RunEvent::Started(_) | RunEvent::Progress(_) => {}
        }
    }
    let none = || Refusal(format!("account {} has no balance to forecast", of.account), None);
    Ok(reader.ok_or_else(none)?.finish()?)
}

/// Nothing when `on` says that nobody waits for it any more.
fn from_result(
    part: &ResultPart,
    store: Option<&Store>,
    cancel: &CancellationToken,
    on: impl Fn() -> bool,
) -> Result<Option<GroupedSeries>, Refusal> {
    let none = || {
        let hint = "run a statement with a date and a number, then press f in its result";
        let why =
            if part.rows == 0 { "there is no result to forecast" } else { "the result to forecast is gone" };
        Refusal(why.into(), Some(hint.into()))
    };
    let store = store.ok_or_else(none)?;
    let schema = lock(store).as_ref().map(super::ResultStore::schema).ok_or_else(none)?;
    let value = part.column.as_deref().map_or(Pick::Any, Pick::Wished);
    let mut reader = Reader::new(schema, Wanted { date: None, value, by: None });
    let mut at = 0;
    while at < part.rows && on() {
        // The lock is given back between windows: the screen reads on meanwhile.
        let rows = usize::try_from(part.rows - at).unwrap_or(WINDOW).min(WINDOW);
        let window = lock(store).as_mut().ok_or_else(none)?.window(at, rows, cancel)?;
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

/// What the values are called: their column, and what it is of where the statement was about one thing.
fn title(request: &ForecastRequest, column: &str) -> String {
    match &request.subject {
        Subject::Result(ResultPart { of: Some(of), .. }) => format!("{column} of {of}"),
        Subject::Account(AccountBalance { account, currency, .. }) => {
            let currency = currency.as_ref().map(|currency| format!(" in {currency}")).unwrap_or_default();
            format!("balance of account {account}{currency}")
        }
        Subject::Result(_) | Subject::Balance => column.to_owned(),
    }
}

/// What must be said beside a forecast; refuses balances of several things at once.
fn notes(request: &ForecastRequest, dated: &GroupedSeries) -> Result<Vec<String>, Refusal> {
    let rows = value::rows;
    let share = |count: u64| {
        if count == 1 { "1 row shares its date".into() } else { format!("{} share their date", rows(count)) }
    };
    let [date, value, _] = &dated.names;
    let mut notes: Vec<_> = dated.decided.iter().cloned().collect();
    if let Subject::Result(ResultPart { rows: first, whole: false, .. }) = &request.subject {
        notes.push(format!("of the first {}: the statement did not end", rows(*first)));
    }
    if dated.without > 0 {
        notes.push(format!("{} without a date or a number left out", rows(dated.without)));
    }
    let [later, earlier] = if request.kind == forecast::Kind::Balance { dated.repeated } else { [0; 2] };
    if (later + earlier) * 2 > dated.rows() {
        let why =
            format!("most dates of {date} stand in several rows, so {value} is no balance of one thing");
        let hint =
            "choose one with WHERE, or add up with GROUP BY; b takes the values as flows, which add up";
        return Err(Refusal(why, Some(hint.into())));
    }
    if later > 0 {
        notes.push(format!("{} with a later row, which counts", share(later as u64)));
    }
    if earlier > 0 {
        let share = share(earlier as u64);
        notes.push(format!("{share} with an earlier row, which counts: the days go down"));
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
