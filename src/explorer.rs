//! The explorer: the one loop of the program, from the first frame to the end of the last thread.
//!
//! A frame goes out in one write inside a synchronized update; while nothing happens, not one byte is sent.

pub mod action;
pub mod app;
pub mod copy;
pub mod credit_request;
pub mod drafts;
pub mod effect;
pub mod forecast_request;
pub mod jobs;
pub mod key_file;
pub mod key_monitor;
pub mod keymap;
pub mod layout;
mod leaving;
pub mod message;
pub mod outside;
pub mod overlays;
pub mod panes;
pub mod screen;
mod signals;
pub mod terminal;
pub mod theme;
pub mod watch;
pub mod widgets;

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::task::Poll;
use std::time::{Duration, Instant};
use std::{env, io};

use anyhow::Context;
use chrono::NaiveDate;
use crossterm::event::{Event, EventStream};
use futures::{FutureExt, StreamExt};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::interval;

use crate::config::Config;
use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::engine::duckdb::{DuckDb, Relation, Settings};
use crate::engine::objects::ObjectTable;
use crate::engine::threads::{Threads, leave_at_once};
use crate::lake::place::AwsOptions;
use crate::lake::{Lake, base_currency};
use crate::query::{self, Query, QueryError};
use crate::results::Results;
use action::Action;
use app::targets::{Known, Targets};
use app::{App, Source};
use copy::Multiplexer;
use credit_request::CreditRequest;
use drafts::Drafts;
use effect::Effect;
use jobs::Jobs;
use keymap::Keymap;
use leaving::{may_go_on, patience};
use message::{KeptTable, Msg, Notice};
use outside::Outside;
use panes::queries::{Entry, Queries, entries};
use signals::Signals;
use terminal::{Frame, Guard};
use theme::{Depth, Glyphs, Theme};
use watch::LakeWatch;

pub use terminal::NoTerminal;

/// What the explorer opens.
#[derive(Debug, Clone, Default)]
pub struct Start {
    pub config: Config,
    pub lake: Option<Lake>,
    /// What the status line calls the lake, when it is not its folder.
    pub name: Option<String>,
    /// What is said when the screen opens.
    pub notice: Option<String>,
    /// Files opened without a lake.
    pub relations: Vec<Relation>,
    /// Objects of S3 that are looked at in place.
    pub objects: Vec<ObjectTable>,
    /// Name of the relation or table shown first.
    pub open: Option<String>,
    /// What the looks at the lake's grades go by, when it is not its folder.
    pub place: Option<String>,
    /// The credit check opens first, with what is asked beside the account.
    pub credit: Option<CreditRequest>,
    /// Allow statements that write, after a confirmation.
    pub write: bool,
    /// How buckets are reached.
    pub access: AwsOptions,
}

const TICK: Duration = Duration::from_millis(200);
/// How long a frame waits for its rows: shorter than a person sees.
const PATIENCE: Duration = Duration::from_millis(30);
/// How often the lake is looked at: has somebody else written to it?
const WATCH: Duration = Duration::from_secs(2);
/// The exit code of a program that was stopped.
const CANCELLED: i32 = 130;
/// Messages taken in before the screen is drawn again.
const DRAINED: usize = 64;

impl Start {
    fn engine(&self, threads: Threads) -> DuckDb {
        DuckDb::new(Settings {
            lake: self.lake.clone(),
            schemas: self.config.schemas(),
            relations: self.relations.clone(),
            results: Some(Results::folder_in(&self.config.state)),
            objects: self.objects.clone(),
            memory_limit: Some(self.config.memory_limit.clone()),
            most_memory: None,
            temporary: Some(self.config.cache.join("spill")),
            threads,
        })
    }

    fn queries(&self) -> (Vec<Query>, Vec<QueryError>) {
        let newest = self.lake.as_ref().map(Lake::newest_dates).unwrap_or_default();
        query::all(Some(&self.config.queries), &base_currency(self.lake.as_ref()), &newest)
    }

    /// The lines of the tree that every target has.
    fn saved(&self) -> Vec<Entry> {
        if self.config.targets.is_empty() { Vec::new() } else { entries(self.queries().0, None) }
    }

    /// The lines of the tree, and the first saved query that cannot be read.
    fn entries(&self) -> (Vec<Entry>, Option<String>) {
        let (saved, errors) = self.queries();
        let mut lines = entries(if self.lake.is_some() { saved } else { Vec::new() }, self.lake.as_ref());
        let files = self.relations.iter().map(|file| &file.name);
        let files: Vec<_> = files.chain(self.objects.iter().map(|table| &table.name)).collect();
        if !files.is_empty() {
            lines.insert(0, Entry::Heading("Files".into()));
            lines.splice(1..1, files.into_iter().map(|name| Entry::Table { name: name.clone(), rows: None }));
        }
        (lines, errors.first().map(ToString::to_string))
    }

    /// Results from elsewhere that are tables here; a folder that cannot be read has none.
    fn kept(&self) -> Vec<KeptTable> {
        let results = Results::within(&self.config.state, self.config.results_mib).all().unwrap_or_default();
        results.iter().map(jobs::kept_table).collect()
    }

    /// Where the model trained elsewhere lies, and how it is reached.
    fn model(&self) -> Option<jobs::ModelPlace> {
        let config = &self.config.forecast;
        Some((config.model.clone()?, config.card.clone(), self.access.clone()))
    }
}

/// Opens the explorer and stays until the person leaves.
///
/// # Errors
/// [`NoTerminal`] when nobody sees it, else when the theme cannot be loaded or the terminal cannot be used.
pub fn run(start: Start) -> anyhow::Result<()> {
    terminal::need()?;
    let depth = Depth::detect();
    let theme = Theme::load(&start.config.theme, depth)?.with(Glyphs::detect());
    let keymap = key_file::load(&start.config.keys)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no event loop")?;
    // A model from elsewhere may have an event loop of its own, which must not end inside of another.
    let forecasts = jobs::Forecasts::beside(start.model());
    runtime.block_on(explore(start, keymap, theme, depth, forecasts.clone()))
}

/// The explorer from its first frame to the end of its last thread. However it ends, the texts are kept.
async fn explore(
    start: Start,
    keymap: Keymap,
    theme: Theme,
    depth: Depth,
    forecasts: jobs::Forecasts,
) -> anyhow::Result<()> {
    // It listens from here on: a resize after the size was read is told.
    let input = EventStream::new();
    let (width, height) = crossterm::terminal::size().context("this is no terminal")?;
    let (engine, mut app, drafts) =
        prepare(&start, Rect::new(0, 0, width, height), chrono::Local::now().date_naive());
    app.keymap = keymap;
    let (sender, messages) = unbounded_channel();
    let mut jobs = Jobs::new(engine, sender, &start.config, drafts);
    jobs.forecasts = forecasts;
    jobs.desk.place.clone_from(&start.place);
    let guard = Guard::enter()?;
    let watch = start.lake.as_ref().map(LakeWatch::new);
    let out = Frame::default();
    let terminal = Terminal::new(CrosstermBackend::new(out.clone()))?;
    let mut explorer =
        Explorer { start, app, jobs, theme, depth, input, messages, watch, terminal, out, guard };
    let outcome = AssertUnwindSafe(explorer.interact()).catch_unwind().await;
    drop(explorer.guard);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut jobs = explorer.jobs;
    if !matches!(outcome, Ok(Ok(()))) {
        jobs.perform(Effect::Save(explorer.app.editor.drafts()));
    }
    let code = i32::from(!matches!(outcome, Ok(Ok(()))));
    let elsewhere = jobs.elsewhere();
    tokio::select! {
        () = jobs.shut_down() => {}
        _ = interrupt.recv() => {
            may_go_on(&elsewhere);
            leave_at_once(CANCELLED)
        }
        () = patience(&elsewhere) => {
            may_go_on(&elsewhere);
            leave_at_once(code)
        }
    }
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

/// All that the loop holds.
struct Explorer {
    start: Start,
    app: App,
    jobs: Jobs,
    theme: Theme,
    depth: Depth,
    input: EventStream,
    messages: UnboundedReceiver<Msg>,
    watch: Option<LakeWatch>,
    terminal: Terminal<CrosstermBackend<Frame>>,
    out: Frame,
    guard: Guard,
}

impl Explorer {
    /// What is on screen before the first key.
    fn open_first(&mut self) {
        if self.start.credit.is_some() {
            self.app.act(Action::GoCredit).into_iter().for_each(|effect| self.jobs.perform(effect));
        } else if let Some(table) = self.start.open.clone() {
            self.app.browse(&table).into_iter().for_each(|effect| self.jobs.perform(effect));
        } else {
            self.jobs.local.warm_up();
        }
    }

    /// The one loop: what happened, what to do about it, what the screen shows then.
    async fn interact(&mut self) -> anyhow::Result<()> {
        self.open_first();
        if !self.start.config.targets.is_empty() {
            self.jobs.perform(Effect::OpenRuns);
        }
        self.draw()?;
        let mut signals = Signals::new()?;
        let (mut ticker, mut watcher) = (interval(TICK), interval(WATCH));
        // Since when a frame waits for its rows: one frame with them is better than two, the first of them empty.
        let mut waits: Option<Instant> = None;
        loop {
            let msg = tokio::select! { biased;
                _ = signals.hangup.recv() => Some(Msg::Leave),
                _ = signals.terminate.recv() => Some(Msg::Leave),
                _ = signals.interrupt.recv() => Some(Msg::Leave),
                _ = signals.stop.recv() => {
                    self.suspend()?;
                    None
                }
                event = self.input.next() => Some(input_msg(event)),
                Some(msg) = self.messages.recv() => Some(msg),
                _ = ticker.tick(), if self.app.wants_ticks() => Some(Msg::Tick),
                _ = watcher.tick(), if self.watch.is_some() => {
                    if !self.watch.as_mut().is_some_and(LakeWatch::has_changed) {
                        continue;
                    }
                    Some(Msg::LakeChanged)
                }
                () = tokio::time::sleep(PATIENCE), if waits.is_some() => None,
            };
            let mut visible = !matches!(msg, Some(Msg::Tick));
            let mut effects = msg.map(|msg| self.app.update(msg)).unwrap_or_default();
            for _ in 0..DRAINED {
                let Some(msg) = queued(&mut self.messages, &mut self.input).await else { break };
                visible = true;
                effects.extend(self.app.update(msg));
            }
            for effect in effects {
                match effect {
                    Effect::Quit => return Ok(()),
                    Effect::EditOutside(text) => {
                        if self.edit_outside(&text, &mut signals).await? {
                            return Ok(());
                        }
                    }
                    other => self.perform(other)?,
                }
            }
            visible |= waits.is_some();
            if visible && self.app.lacks_rows() && waits.get_or_insert_with(Instant::now).elapsed() < PATIENCE
            {
                continue;
            }
            waits = None;
            if visible {
                self.draw()?;
            }
        }
    }

    /// Does what is the screen's own; all else is a job.
    fn perform(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Copy(text) => self.out.append(&copy::sequences(&text, Multiplexer::detect())),
            Effect::Theme(name) => {
                self.theme = Theme::load(&name, self.depth)?.with(self.theme.glyphs);
            }
            Effect::SaveKeys(text) => self.save_keys(&text),
            Effect::Suspend => self.suspend()?,
            Effect::Reload => self.reload(),
            other => self.jobs.perform(other),
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        self.terminal.draw(|frame| screen::draw(frame, &self.app, &self.theme))?;
        self.out.send()
    }

    /// Lends the terminal to the person's own editor until that ends. Who ends the program ends both: says whether that
    /// was asked for.
    async fn edit_outside(&mut self, text: &str, signals: &mut Signals) -> anyhow::Result<bool> {
        let (outside, mut child) = match Outside::new(text, outside::program())
            .and_then(|outside| outside.start().map(|child| (outside, child)))
        {
            Ok(started) => started,
            Err(error) => {
                self.take(Msg::Edited(Err(format!("no editor could be started: {error}"))))?;
                return Ok(false);
            }
        };
        // Nobody else may read its keys: the reader of before is woken, and has let go when another one may ask.
        self.input = EventStream::new();
        let _ = crossterm::event::poll(Duration::from_millis(50));
        self.guard.lend();
        let mut leaves = false;
        let ended = loop {
            tokio::select! { biased;
                _ = signals.hangup.recv() => leaves = true,
                _ = signals.terminate.recv() => leaves = true,
                // Both are the editor's: a program in the same group stops with it.
                _ = signals.interrupt.recv() => {}
                _ = signals.stop.recv() => self.guard.stop()?,
                () = tokio::time::sleep(PATIENCE) => {}
            }
            if leaves {
                let _ = child.kill();
            }
            if let Some(ended) = child.try_wait()? {
                break ended;
            }
        };
        self.regain()?;
        self.take(Msg::Edited(outside.take_back(ended)))?;
        if leaves {
            self.take(Msg::Leave)?;
        }
        Ok(leaves)
    }

    /// Takes in what happened and does what follows.
    fn take(&mut self, msg: Msg) -> anyhow::Result<()> {
        let effects = self.app.update(msg);
        effects.into_iter().try_for_each(|effect| self.perform(effect))
    }

    /// Takes the terminal back, which may be another size now.
    fn regain(&mut self) -> anyhow::Result<()> {
        self.guard.take_back()?;
        self.resized()
    }

    /// Stops until the shell lets the program go on; the terminal may be another size then.
    fn suspend(&mut self) -> anyhow::Result<()> {
        self.guard.suspend()?;
        self.resized()
    }

    fn resized(&mut self) -> anyhow::Result<()> {
        self.terminal = Terminal::new(CrosstermBackend::new(self.out.clone()))?;
        let (width, height) = crossterm::terminal::size()?;
        let effects = self.app.update(Msg::Input(Event::Resize(width, height)));
        for effect in effects {
            self.jobs.perform(effect);
        }
        Ok(())
    }

    fn save_keys(&mut self, text: &str) {
        let path = &self.start.config.keys;
        let kept = key_file::save(path, text);
        let notice = match kept {
            Ok(()) => Notice { text: format!("the keys are kept in {}", path.display()), bad: false },
            Err(error) => {
                let text = format!("the keys count until the end only: {}: {error}", path.display());
                Notice { text, bad: true }
            }
        };
        self.app.update(Msg::Notice(notice));
    }

    /// Reads the lake again, with its tables and queries.
    fn reload(&mut self) {
        let Some(lake) = &self.start.lake else { return };
        match Lake::open(&lake.root) {
            Ok(lake) => {
                self.start.lake = Some(lake.clone());
                self.jobs.local = self.start.engine(self.jobs.local.threads().clone());
                self.jobs.forecasts.forget();
                let effects = self.app.reloaded(self.start.entries().0, &lake);
                for effect in effects {
                    self.jobs.perform(effect);
                }
            }
            Err(error) => {
                self.app.update(Msg::Notice(Notice { text: error.to_string(), bad: true }));
            }
        }
    }
}

fn input_msg(event: Option<io::Result<Event>>) -> Msg {
    match event {
        Some(Ok(event)) => Msg::Input(event),
        // The terminal is gone.
        Some(Err(_)) | None => Msg::Leave,
    }
}

/// What happened while something else was done: what came together needs one frame.
async fn queued(messages: &mut UnboundedReceiver<Msg>, input: &mut EventStream) -> Option<Msg> {
    match messages.try_recv() {
        Ok(msg) => Some(msg),
        Err(_) => typed_ahead(input).await,
    }
}

async fn typed_ahead(input: &mut EventStream) -> Option<Msg> {
    poll_fn(|context| match input.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(Some(input_msg(event))),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// The engine, the state before the first key and where its texts are kept; reads the saved queries and the texts of
/// the explorers before, opens no database.
#[must_use]
pub fn prepare(start: &Start, size: Rect, today: NaiveDate) -> (DuckDb, App, Drafts) {
    let (lines, problem) = start.entries();
    let name = match (&start.lake, start.relations.as_slice()) {
        _ if start.name.is_some() => start.name.clone().unwrap_or_default(),
        (_, [file]) => file.name.clone(),
        (_, [_, ..]) => format!("{} files", start.relations.len()),
        (Some(lake), []) => lake.root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        (None, []) => "no lake".into(),
    };
    let elsewhere = start.config.targets.iter().map(|(name, target)| Known {
        name: name.clone(),
        kind: target.kind.name().into(),
        dialect: target.kind.name().parse().unwrap_or_default(),
        reuse: target.reuse_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes))),
    });
    let targets = Targets::new(elsewhere.collect(), start.saved(), lines.clone(), start.kept());
    let newest = start.lake.as_ref().and_then(Lake::newest);
    let newest_dates = start.lake.as_ref().map(Lake::newest_dates).unwrap_or_default();
    let source = Source {
        engine: "DuckDB".into(),
        dialect: Dialect::DuckDb,
        name,
        folder: env::current_dir().unwrap_or_default(),
        newest,
        newest_dates,
        today,
    };
    let (drafts, found) = Drafts::open(&start.config.cache);
    let mut app = App::new(size, source, lines, &found.drafts, start.write, &start.config.theme);
    let country = start.config.forecast.country.as_deref().map(str::parse).transpose();
    app.credit.request = start.credit.clone().unwrap_or_default();
    app.queries = Queries::new(targets.entries());
    app.targets = targets;
    app.forecast.has_model = start.config.forecast.model.is_some();
    let notices = [start.notice.clone(), found.problem, problem, country.as_ref().err().cloned()];
    app.notice = notices.into_iter().flatten().next().map(|text| Notice { text, bad: true });
    app.forecast.request.options.country = country.unwrap_or_default();
    (start.engine(Threads::default()), app, drafts)
}
