//! Performs effects: each becomes a task or a thread whose news come back as messages.
//!
//! ```text
//! engine thread ─ events ─► collector thread ─ push ─► ResultStore ◄─ window ─ fetch
//!                                    └─ Schema, Rows, Chart, Failed ─► Msg ◄─ Window ─┘
//! ```
//! The collector stops reading once enough rows are held; the engine then waits, and a person who goes on to the
//! end lets it go on.

mod accounts;
mod forecast;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc as channel};
use std::thread;
use std::time::{Duration, Instant};

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::SchemaRef;
use duckdb::arrow::record_batch::RecordBatch;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::copy;
use super::effect::Effect;
use super::message::{ChartData, JobEvent, JobId, Msg, Notice, POINTS, Progress, Series, State};
use super::panes::lake;
use crate::engine::duckdb::DuckDb;
use crate::engine::store::{ResultStore, Streamed, Window};
use crate::engine::summary::Summary;
use crate::engine::{Access, Engine, EngineError, ErrorKind, Events, RunEvent};
use crate::export::{self, Format};
use crate::lake::status;
use crate::query::{Chart, Statement};
use crate::value;

/// News of a running statement are sent at most this often.
const NEWS_EVERY: Duration = Duration::from_millis(60);
/// Rows of a table that are summarised for its sparklines.
const SAMPLED: usize = 4_096;
/// Rows of one step of an export.
const EXPORTED: usize = 8_192;

/// What jobs are performed with.
pub struct Jobs {
    pub engine: DuckDb,
    pub news: UnboundedSender<Msg>,
    /// Rows after which a stream pauses.
    pub hold_rows: u64,
    /// Bytes of a result kept in memory.
    pub window_bytes: usize,
    /// Where results spill and the editor's text is kept.
    pub cache: PathBuf,
    pub current: Option<Job>,
    pub forecasts: forecast::Forecasts,
}

/// The job whose result is on screen.
pub struct Job {
    id: JobId,
    cancel: CancellationToken,
    control: channel::Sender<Control>,
    store: Store,
}

pub use forecast::{Forecasts, ModelPlace};

type Store = Arc<Mutex<Option<ResultStore>>>;

/// What a collector is told.
enum Control {
    More(u64),
    Stop,
}

impl Jobs {
    /// Starts what an effect asks for. [`Effect::Quit`], [`Effect::Copy`] and [`Effect::Theme`] are the loop's own.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Run { job, statement, access, chart } => self.run(job, statement, access, chart),
            Effect::Browse { job, table } => self.browse(job, table),
            Effect::Describe(table) => self.describe(table),
            Effect::Forecast(ask) => self.forecast(*ask),
            Effect::Show { job, rows } => self.show(job, rows),
            Effect::Accounts => self.accounts(),
            Effect::Lake => self.lake(),
            Effect::Cancel { .. } => {
                if let Some(job) = &mut self.current {
                    job.stop();
                    // What is read of the result from now on is asked for anew.
                    job.cancel = CancellationToken::new();
                }
            }
            Effect::More { rows, .. } => {
                if let Some(job) = &self.current {
                    let _ = job.control.send(Control::More(rows));
                }
            }
            Effect::Fetch { job, first, rows } => {
                self.read(job, move |store, cancel| store.view(first, rows, cancel).map(JobEvent::Window));
            }
            Effect::Export { path, .. } => self.export(&path),
            Effect::FetchWhole { job, row, column } => {
                self.read(job, move |store, cancel| {
                    store.window(row, 1, cancel).map(|window| JobEvent::Whole(window, column))
                });
            }
            Effect::CopyToFile { what, text } => self.copy_to_file(what, text),
            Effect::Save(text) => save(&self.cache, &text),
            Effect::Copy(_) | Effect::Theme(_) | Effect::Quit => {}
        }
    }

    fn begin(&mut self, id: JobId) -> (channel::Receiver<Control>, Store, CancellationToken) {
        if let Some(job) = self.current.take() {
            job.stop();
        }
        let (control, orders) = channel::channel();
        let (store, cancel) = (Store::default(), CancellationToken::new());
        self.current = Some(Job { id, cancel: cancel.clone(), control, store: Arc::clone(&store) });
        (orders, store, cancel)
    }

    fn run(&mut self, id: JobId, statement: Statement, access: Access, chart: Option<Chart>) {
        let (orders, store, cancel) = self.begin(id);
        let events = self.engine.run(statement, access, cancel);
        let collector = Collector {
            id,
            news: self.news.clone(),
            start: Instant::now(),
            store,
            orders,
            hold: self.hold_rows,
            window_bytes: self.window_bytes,
            spill: self.cache.join("spill"),
            summary: Summary::default(),
            rows: 0,
            percent: None,
            told: None,
        };
        thread::spawn(move || collector.collect(events, chart));
    }

    fn browse(&mut self, id: JobId, table: String) {
        let (_, store, cancel) = self.begin(id);
        let (engine, news, start) = (self.engine.clone(), self.news.clone(), Instant::now());
        thread::spawn(move || {
            let tell = |event| drop(news.send(Msg::Job(id, event)));
            let pager = match engine.pager(&table, &cancel) {
                Ok(pager) => ResultStore::Paged(pager),
                Err(error) => return tell(JobEvent::Failed(error)),
            };
            let (schema, rows) = (pager.schema(), pager.rows());
            *lock(&store) = Some(pager);
            let elapsed = start.elapsed();
            let progress =
                |summary| Progress { rows, state: State::Complete, elapsed, memory: memory(), summary };
            let mut summary = Summary::new(&schema);
            tell(JobEvent::Schema(schema));
            tell(JobEvent::Rows(progress(Summary::default())));
            // The rows that the screen asks for come first; the sparklines, of the first rows, may wait.
            thread::sleep(NEWS_EVERY);
            let sample = match &mut *lock(&store) {
                Some(store) => store.view(0, SAMPLED, &cancel),
                None => return,
            };
            for batch in sample.iter().flat_map(Window::batches) {
                summary.add(batch);
            }
            tell(JobEvent::Rows(progress(summary)));
        });
    }

    /// Rows of our own as a result.
    fn show(&mut self, id: JobId, rows: RecordBatch) {
        let (_, store, _) = self.begin(id);
        let (schema, count) = (rows.schema(), rows.num_rows() as u64);
        let mut streamed = Streamed::new(schema.clone(), self.window_bytes, self.cache.join("spill"));
        let mut summary = Summary::new(&schema);
        summary.add(&rows);
        let tell = |event| drop(self.news.send(Msg::Job(id, event)));
        if let Err(error) = streamed.push(rows) {
            return tell(JobEvent::Failed(error));
        }
        *lock(&store) = Some(ResultStore::Streamed(streamed));
        tell(JobEvent::Schema(schema));
        let (state, elapsed) = (State::Complete, Duration::ZERO);
        tell(JobEvent::Rows(Progress { rows: count, state, elapsed, memory: memory(), summary }));
    }

    fn describe(&self, table: String) {
        let (engine, news) = (self.engine.clone(), self.news.clone());
        thread::spawn(move || {
            let told = match engine.describe(&table, &CancellationToken::new()) {
                Ok(schema) => Msg::Described(table, schema),
                Err(error) => Msg::Notice(Notice { text: error.message, bad: true }),
            };
            let _ = news.send(told);
        });
    }

    /// The parts that cannot be told are left out, with a sentence.
    fn lake(&self) {
        let (engine, news) = (self.engine.clone(), self.news.clone());
        thread::spawn(move || {
            let Some(lake) = engine.lake() else { return drop(news.send(Msg::Lake(Vec::new()))) };
            let mut parts = vec![lake::tables(lake)];
            for section in status::sections(lake) {
                match engine.rows(section.sql, &CancellationToken::new()) {
                    Ok((schema, batches)) => parts.push(lake::listing(section.title, &schema, &batches)),
                    Err(error) => drop(news.send(Msg::Notice(Notice { text: error.message, bad: true }))),
                }
            }
            let _ = news.send(Msg::Lake(parts));
        });
    }

    /// Reads rows of the result of a job.
    fn read(
        &self,
        id: JobId,
        read: impl FnOnce(&mut ResultStore, &CancellationToken) -> Result<JobEvent, EngineError> + Send + 'static,
    ) {
        let Some(job) = self.current.as_ref().filter(|job| job.id == id) else { return };
        let (store, news, cancel) = (Arc::clone(&job.store), self.news.clone(), job.cancel.clone());
        tokio::task::spawn_blocking(move || {
            let event = match &mut *lock(&store) {
                Some(store) => read(store, &cancel),
                None => return,
            };
            let _ = news.send(Msg::Job(id, event.unwrap_or_else(JobEvent::Failed)));
        });
    }

    fn copy_to_file(&self, what: &'static str, text: String) {
        let (news, folder) = (self.news.clone(), self.cache.clone());
        thread::spawn(move || {
            let size = value::grouped(&text.len().to_string());
            let notice = match copy::to_file(&folder, &text) {
                Ok(path) => Notice {
                    text: format!(
                        "the {what} has {size} bytes, too many to copy: it is in {}",
                        path.display()
                    ),
                    bad: false,
                },
                Err(why) => Notice { text: format!("cannot write the {what} to a file: {why}"), bad: true },
            };
            let _ = news.send(Msg::Notice(notice));
        });
    }

    fn export(&self, path: &Path) {
        let Some(job) = &self.current else { return };
        let (store, news) = (Arc::clone(&job.store), self.news.clone());
        let path = export::typed_path(&path.to_string_lossy());
        let Some(format) = Format::of_path(&path) else {
            let text = "the file's ending names no format: .csv .tsv .json .jsonl .md .parquet".to_owned();
            let _ = news.send(Msg::Notice(Notice { text, bad: true }));
            return;
        };
        tokio::spawn(async move {
            let target = path.clone();
            let written = tokio::task::spawn_blocking(move || export_rows(&store, format, &target));
            let outcome = written.await.unwrap_or_else(|error| Err(error.to_string()));
            let full = std::path::absolute(&path).unwrap_or(path);
            let notice = match outcome {
                Ok(rows) => Notice {
                    text: format!("wrote {} rows to {}", value::grouped(&rows.to_string()), full.display()),
                    bad: false,
                },
                Err(why) => Notice { text: format!("cannot write {}: {why}", full.display()), bad: true },
            };
            let _ = news.send(Msg::Notice(notice));
        });
    }
}

impl Job {
    fn stop(&self) {
        self.cancel.cancel();
        let _ = self.control.send(Control::Stop);
    }
}

fn lock(store: &Store) -> MutexGuard<'_, Option<ResultStore>> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the events of one run into its store.
struct Collector {
    id: JobId,
    news: UnboundedSender<Msg>,
    start: Instant,
    store: Store,
    orders: channel::Receiver<Control>,
    hold: u64,
    window_bytes: usize,
    spill: PathBuf,
    summary: Summary,
    rows: u64,
    percent: Option<u8>,
    told: Option<Instant>,
}

impl Collector {
    fn collect(mut self, mut events: Events, chart: Option<Chart>) {
        while let Some(event) = events.blocking_recv() {
            match self.take(event) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return self.tell(JobEvent::Failed(error)),
            }
        }
        self.tell_rows(State::Complete);
        if let Some(chart) = chart {
            self.tell_chart(&chart);
        }
    }

    /// Takes in one event; gives whether there are more to come.
    fn take(&mut self, event: Result<RunEvent, EngineError>) -> Result<bool, EngineError> {
        match event? {
            RunEvent::Started => {}
            RunEvent::Schema(schema) => {
                self.summary = Summary::new(&schema);
                let streamed = Streamed::new(schema.clone(), self.window_bytes, self.spill.clone());
                *lock(&self.store) = Some(ResultStore::Streamed(streamed));
                self.tell(JobEvent::Schema(schema));
            }
            RunEvent::Batch(batch) => self.push(batch)?,
            RunEvent::Progress(percent) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to 0 to 100"
                )]
                let percent = percent.clamp(0.0, 100.0) as u8;
                self.percent = Some(percent);
                self.tell_rows(State::Running(self.percent));
            }
            RunEvent::Finished(_) => return Ok(false),
        }
        Ok(true)
    }

    /// A batch in hand is the proof that there are more rows than are held.
    fn push(&mut self, batch: RecordBatch) -> Result<(), EngineError> {
        while self.rows >= self.hold {
            self.tell_rows(State::Paused);
            match self.orders.recv() {
                Ok(Control::More(rows)) => self.hold = rows,
                Ok(Control::Stop) | Err(_) => {
                    return Err(EngineError::new(ErrorKind::Cancelled, "cancelled"));
                }
            }
        }
        self.rows += batch.num_rows() as u64;
        self.summary.add(&batch);
        if let Some(ResultStore::Streamed(streamed)) = &mut *lock(&self.store) {
            streamed.push(batch)?;
        }
        if self.told.is_none_or(|told| told.elapsed() >= NEWS_EVERY) {
            self.tell_rows(State::Running(self.percent));
        }
        Ok(())
    }

    fn tell_rows(&mut self, state: State) {
        self.told = Some(Instant::now());
        let summary = self.summary.clone();
        let progress =
            Progress { rows: self.rows, state, elapsed: self.start.elapsed(), memory: memory(), summary };
        self.tell(JobEvent::Rows(progress));
    }

    fn tell_chart(&self, chart: &Chart) {
        let drawn = match &mut *lock(&self.store) {
            Some(store) => store
                .view(0, POINTS, &CancellationToken::new())
                .map(|window| chart_data(chart, &store.schema(), &window, self.rows)),
            None => return,
        };
        match drawn {
            Ok(Some(data)) => self.tell(JobEvent::Chart(data)),
            Ok(None) => {
                let text = format!(
                    "the chart names a column that is not in the result: {}, {}",
                    chart.x,
                    chart.y.join(", ")
                );
                let _ = self.news.send(Msg::Notice(Notice { text, bad: true }));
            }
            Err(error) => self.tell(JobEvent::Failed(error)),
        }
    }

    fn tell(&self, event: JobEvent) {
        let _ = self.news.send(Msg::Job(self.id, event));
    }
}

/// The first rows of a result as labels and series; nothing when a column is not there.
fn chart_data(chart: &Chart, schema: &SchemaRef, window: &Window, of_rows: u64) -> Option<ChartData> {
    let index =
        |name: &String| schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(name));
    let cells = |column: usize| {
        window.batches().iter().flat_map(move |batch| {
            let array = batch.column(column);
            (0..array.len()).map(move |row| (array, row))
        })
    };
    let labels =
        cells(index(&chart.x)?).map(|(array, row)| value::shown_in(&chart.x, array.as_ref(), row)).collect();
    let series = |name: &String| {
        let column = index(name)?;
        let (values, texts) = cells(column)
            .map(|(array, row)| (value::approximate(array.as_ref(), row), value::shown(array.as_ref(), row)))
            .unzip();
        Some(Series { name: name.clone(), values, texts })
    };
    Some(ChartData { labels, series: chart.y.iter().map(series).collect::<Option<_>>()?, of_rows })
}

/// Writes what is held of a result; the lock is given back between windows, so that the screen reads on meanwhile.
fn export_rows(store: &Store, format: Format, path: &Path) -> Result<u64, String> {
    let schema = lock(store).as_ref().map(ResultStore::schema).ok_or("there is no result")?;
    let mut at = 0;
    let windows =
        std::iter::from_fn(|| match lock(store).as_mut()?.window(at, EXPORTED, &CancellationToken::new()) {
            Ok(window) if window.is_empty() => None,
            Ok(window) => {
                at += window.len();
                Some(window.batches().iter().cloned().map(Ok).collect::<Vec<_>>())
            }
            Err(error) => Some(vec![Err(error)]),
        });
    export::write(&schema, windows.flatten(), format, path, |_| ControlFlow::Continue(()))
        .map_err(|error| error.to_string())
}

/// The editor's text, as it was kept last.
#[must_use]
pub fn saved(cache: &Path) -> String {
    fs::read_to_string(cache.join("editor.sql")).unwrap_or_default()
}

/// Keeps the editor's text; a full disk must not stop the explorer, so a failure is let pass.
fn save(cache: &Path, text: &str) {
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(cache)?;
        let mut file = tempfile::NamedTempFile::new_in(cache)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(cache.join("editor.sql")).map_err(|error| error.error)?;
        Ok(())
    };
    let _ = write();
}

/// Bytes of memory that this program holds now; 0 where the system does not tell.
fn memory() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}
