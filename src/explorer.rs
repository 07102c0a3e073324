//! The explorer: the terminal guard and the one loop of the program.
//!
//! A frame goes out in one write inside a synchronized update; while nothing happens, not one byte is sent.

pub mod action;
pub mod app;
pub mod copy;
pub mod effect;
pub mod forecast_request;
pub mod jobs;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod overlays;
pub mod panes;
pub mod screen;
pub mod theme;
pub mod widgets;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, Write};
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::NaiveDate;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream};
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use futures::StreamExt;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::config::Config;
use crate::engine::duckdb::{DuckDb, Relation, Settings};
use crate::lake::place::AwsOptions;
use crate::lake::{Lake, base_currency};
use crate::query;
use app::{App, Source};
use copy::Multiplexer;
use effect::Effect;
use jobs::Jobs;
use message::{Msg, Notice};
use panes::queries::{Entry, entries};
use theme::{Depth, Glyphs, Theme};

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
    /// Name of the relation or table shown first.
    pub open: Option<String>,
    /// Allow statements that write, after a confirmation.
    pub write: bool,
    /// How buckets are reached.
    pub access: AwsOptions,
}

const TICK: Duration = Duration::from_millis(200);
/// How long a frame waits for its rows: shorter than a person sees.
const PATIENCE: Duration = Duration::from_millis(30);
/// Messages taken in before the screen is drawn again.
const DRAINED: usize = 64;

impl Start {
    fn jobs(&self, engine: DuckDb, news: UnboundedSender<Msg>) -> Jobs {
        Jobs {
            engine,
            news,
            hold_rows: self.config.hold_rows,
            window_bytes: self.config.window_mib << 20,
            cache: self.config.cache.clone(),
            current: None,
            forecasts: jobs::Forecasts::beside(self.model()),
        }
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
/// When the theme cannot be loaded or the terminal cannot be used.
pub fn run(start: Start) -> anyhow::Result<()> {
    let depth = Depth::detect();
    let theme = Theme::load(&start.config.theme, depth)?.with(Glyphs::detect());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no event loop")?;
    let outcome = runtime.block_on(explore(start, theme, depth));
    // A query that is being interrupted must not keep the terminal waiting.
    runtime.shutdown_background();
    outcome
}

async fn explore(start: Start, mut theme: Theme, depth: Depth) -> anyhow::Result<()> {
    // It listens from here on: a resize after the size was read is told.
    let mut input = EventStream::new();
    let (width, height) = terminal::size().context("this is no terminal")?;
    let (engine, mut app) =
        prepare(&start, Rect::new(0, 0, width, height), chrono::Local::now().date_naive());
    let (news, mut messages) = unbounded_channel();
    let mut jobs = start.jobs(engine, news);
    if let Some(table) = &start.open {
        app.browse(table).into_iter().for_each(|effect| jobs.perform(effect));
    } else {
        jobs.engine.warm_up();
    }
    let _guard = Guard::enter()?;
    let out = Frame::default();
    let mut terminal = Terminal::new(CrosstermBackend::new(out.clone()))?;
    terminal.draw(|frame| screen::draw(frame, &app, &theme))?;
    out.send()?;
    let (mut hangup, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
    let mut ticker = tokio::time::interval(TICK);
    // Since when a frame waits for its rows: one frame with them is better than two, the first of them empty.
    let mut waits: Option<Instant> = None;
    let multiplexer = Multiplexer::detect();
    loop {
        let msg = tokio::select! { biased;
            _ = hangup.recv() => Some(Msg::Leave),
            _ = terminate.recv() => Some(Msg::Leave),
            event = input.next() => Some(input_msg(event)),
            Some(msg) = messages.recv() => Some(msg),
            _ = ticker.tick(), if app.wants_ticks() => Some(Msg::Tick),
            () = tokio::time::sleep(PATIENCE), if waits.is_some() => None,
        };
        let mut visible = waits.is_some() || !matches!(msg, Some(Msg::Tick));
        let mut effects = msg.map(|msg| app.update(msg)).unwrap_or_default();
        for _ in 0..DRAINED {
            let Some(msg) = queued(&mut messages, &mut input).await else { break };
            visible = true;
            effects.extend(app.update(msg));
        }
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(()),
                Effect::Copy(text) => {
                    out.bytes.borrow_mut().extend_from_slice(copy::sequences(&text, multiplexer).as_bytes());
                }
                Effect::Theme(name) => theme = Theme::load(&name, depth)?.with(theme.glyphs),
                other => jobs.perform(other),
            }
        }
        if visible && app.lacks_rows() && waits.get_or_insert_with(Instant::now).elapsed() < PATIENCE {
            continue;
        }
        waits = None;
        if visible {
            terminal.draw(|frame| screen::draw(frame, &app, &theme))?;
            out.send()?;
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

/// The engine and the state before the first key; reads the saved queries and the editor's text, opens no database.
#[must_use]
pub fn prepare(start: &Start, size: Rect, today: NaiveDate) -> (DuckDb, App) {
    let newest_dates = start.lake.as_ref().map(Lake::newest_dates).unwrap_or_default();
    let base = base_currency(start.lake.as_ref());
    let (saved, errors) = query::all(Some(&start.config.queries), &base, &newest_dates);
    let mut lines = entries(if start.lake.is_some() { saved } else { Vec::new() }, start.lake.as_ref());
    if !start.relations.is_empty() {
        lines.insert(0, Entry::Heading("Files".into()));
        let files = start.relations.iter().map(|file| Entry::Table { name: file.name.clone(), rows: None });
        lines.splice(1..1, files);
    }
    let name = match (&start.lake, start.relations.as_slice()) {
        _ if start.name.is_some() => start.name.clone().unwrap_or_default(),
        (_, [file]) => file.name.clone(),
        (_, [_, ..]) => format!("{} files", start.relations.len()),
        (Some(lake), []) => lake.root.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        (None, []) => "no lake".into(),
    };
    let newest = start.lake.as_ref().and_then(Lake::newest);
    let source = Source { engine: "DuckDB".into(), name, newest, newest_dates, today };
    let text = jobs::saved(&start.config.cache);
    let mut app = App::new(size, source, lines, &text, start.write, &start.config.theme);
    let notice = start.notice.clone().or_else(|| errors.first().map(ToString::to_string));
    let country = start.config.forecast.country.as_deref().map(str::parse).transpose();
    let notice = notice.or_else(|| country.as_ref().err().cloned());
    app.forecast.has_model = start.config.forecast.model.is_some();
    app.forecast.request.options.country = country.unwrap_or_default();
    app.notice = notice.map(|text| Notice { text, bad: true });
    let engine = DuckDb::new(Settings {
        lake: start.lake.clone(),
        schemas: start.config.schemas(),
        relations: start.relations.clone(),
        memory_limit: Some(start.config.memory_limit.clone()),
        temporary: Some(start.config.cache.join("spill")),
    });
    (engine, app)
}

/// What is drawn, until it is sent whole.
#[derive(Clone, Default)]
struct Frame {
    bytes: Rc<RefCell<Vec<u8>>>,
}

impl Frame {
    fn send(&self) -> io::Result<()> {
        let bytes = self.bytes.take();
        let mut out = io::stdout().lock();
        out.write_all(b"\x1b[?2026h")?;
        out.write_all(&bytes)?;
        out.write_all(b"\x1b[?2026l")?;
        out.flush()
    }
}

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Nothing leaves before the frame is whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives the terminal back, also when the program panics.
struct Guard;

impl Guard {
    fn enter() -> io::Result<Self> {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            hook(info);
        }));
        terminal::enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        Ok(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = terminal::disable_raw_mode();
}
