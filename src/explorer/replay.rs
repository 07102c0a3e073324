//! A recorded session, done again without a terminal: the real state, jobs and engine, and a screen in memory.
//!
//! Each event waits until what came of the one before is there, as a person does; one that came while a statement ran
//! waits for as many rows. What would leave the program is not done and said instead: a log may come from anybody.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::app::App;
use super::credit_request::CreditRequest;
use super::effect::Effect;
use super::jobs::Jobs;
use super::keymap::own::OwnKeys;
use super::message::{CatalogEvent, ExportEvent, JobEvent, Msg, Notice, Runs, Show, State};
use super::panes::buffers::Buffers;
use super::panes::editor::vim::Vim;
use super::screen;
use super::session_log::{Entry, Header, Log, Recorded};
use super::start::{Start, prepare};
use super::statement_request::{StatementEvent, Taken};
use super::theme::{Depth, Glyphs, Theme};
use crate::config::Config;
use crate::engine::{Access, Engine as _, EngineError, ErrorKind};
use crate::target::{LOCAL, Target};

/// How often it is looked whether the jobs have ended.
const EVERY: Duration = Duration::from_millis(5);
/// Threads of a stream that waits for its reader: the engine's, and the one that collects its rows.
const THREADS_OF_A_PAUSE: usize = 2;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The last screen, a text a line.
    pub screen: Vec<String>,
    /// What was not done, each in a sentence.
    pub skipped: Vec<String>,
    /// Screens of the log that were compared.
    pub compared: usize,
    /// The first of them that looks different now: the number of its event, as it was and as it is.
    pub differs: Option<(usize, Vec<String>, Vec<String>)>,
    /// The person stopped it.
    pub stopped: bool,
}

/// Is shown the number of an event, from 1, what it was, and the screen after it.
pub type Watcher<'w> = &'w mut dyn FnMut(usize, &Entry, &[String]) -> anyhow::Result<()>;

/// Does a session again, on what `start` opens. Statements that write are done only if `start` allows it.
///
/// # Errors
/// When there is no event loop, or the one that watches fails.
pub fn replay(mut start: Start, log: &Log, watcher: Option<Watcher>) -> anyhow::Result<Outcome> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no event loop")?;
    // Objects may have an event loop of their own, which must not end inside of this one.
    runtime.block_on(async {
        let scratch = tempfile::tempdir().context("there is no room for temporary files")?;
        let mut stage = Stage::set(&mut start, &log.header, scratch.path())?;
        let played = stage.play(log, watcher).await;
        stage.jobs.shut_down().await;
        played.map(|()| stage.outcome)
    })
}

/// What the screen shows, a text a line, but for what a clock or a machine decides.
///
/// # Errors
/// When a theme is not what it was built to be.
pub fn text_of(app: &mut App, glyphs: Glyphs) -> anyhow::Result<Vec<String>> {
    app.forget_times();
    let theme = Theme::load("mono", Depth::None)?.with(glyphs);
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height))?;
    terminal.draw(|frame| screen::draw(frame, app, &theme))?;
    let buffer = terminal.backend().buffer();
    let line = |y| (0..app.size.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    Ok((0..app.size.height).map(|y| line(y).trim_end().to_owned()).collect())
}

/// What is said in the end, and what the state is told.
type Instead = (Option<String>, Option<Msg>);

/// The explorer without a terminal.
struct Stage<'s> {
    start: &'s mut Start,
    app: App,
    jobs: Jobs,
    messages: UnboundedReceiver<Msg>,
    interrupt: Signal,
    glyphs: Glyphs,
    /// Statements may write.
    writes: bool,
    has_left: bool,
    outcome: Outcome,
}

impl<'s> Stage<'s> {
    /// The explorer as it was when the recording began. Nobody elsewhere can be reached from it.
    fn set(start: &'s mut Start, header: &Header, scratch: &std::path::Path) -> anyhow::Result<Self> {
        let mut skipped = Vec::new();
        if let Some(model) = start.config.forecast.model.take() {
            skipped.push(format!("the forecast model {model} was not asked"));
        }
        let writes = start.write;
        start.write = header.write;
        start.credit = header.credit.as_ref().map(credit).transpose()?;
        start.config.cache = scratch.into();
        start.config.hold_rows = header.hold_rows.min(start.config.hold_rows);
        let target = |(name, kind): &(String, _)| -> anyhow::Result<(String, Target)> {
            Ok((name.clone(), serde_json::from_value(serde_json::json!({ "kind": kind }))?))
        };
        start.config.targets = header.targets.iter().map(target).collect::<anyhow::Result<_>>()?;
        let size = Rect::new(0, 0, header.size.0, header.size.1);
        let (engine, mut app, drafts) = prepare(start, size, header.today);
        let keys = OwnKeys::keymap(&header.keys);
        app.keymap =
            keys.map_err(|(line, why)| anyhow::anyhow!("the keys of the log, line {line}: {why}"))?;
        app.editor = Buffers::new(&header.texts);
        app.given.clone_from(&header.given);
        app.vim = header.vim.then(Vim::default);
        let (sender, messages) = unbounded_channel();
        let nobody = Config { targets: BTreeMap::new(), ..start.config.clone() };
        let mut jobs = Jobs::new(engine, sender, &nobody, drafts);
        jobs.desk.place.clone_from(&start.place);
        start.open_first(&mut app, &mut jobs);
        let outcome = Outcome { skipped, ..Outcome::default() };
        let interrupt = signal(SignalKind::interrupt())?;
        let glyphs = header.glyphs;
        Ok(Self { start, app, jobs, messages, interrupt, glyphs, writes, has_left: false, outcome })
    }

    async fn play(&mut self, log: &Log, mut watcher: Option<Watcher<'_>>) -> anyhow::Result<()> {
        for (index, entry) in log.entries.iter().enumerate() {
            self.feed(entry).await;
            if self.outcome.stopped {
                return Ok(());
            }
            if let Recorded::Screen(recorded) = &entry.event {
                let now = text_of(&mut self.app, self.glyphs)?;
                self.outcome.compared += 1;
                if self.outcome.differs.is_none() && now != *recorded {
                    self.outcome.differs = Some((index + 1, recorded.clone(), now));
                }
            } else if let Some(watcher) = &mut watcher {
                self.settle(entry.running).await;
                watcher(index + 1, entry, &text_of(&mut self.app, self.glyphs)?)?;
            }
        }
        if !self.has_left {
            self.settle(None).await;
        }
        self.outcome.screen = text_of(&mut self.app, self.glyphs)?;
        Ok(())
    }

    async fn feed(&mut self, entry: &Entry) {
        let events = entry.event.events().unwrap_or_default().into_iter().map(Msg::Input);
        let told = match &entry.event {
            Recorded::Edited(edited) => Some(Msg::Edited(edited.clone())),
            Recorded::Leave => Some(Msg::Leave),
            _ => None,
        };
        for msg in events.chain(told) {
            self.settle(entry.running).await;
            if self.has_left || self.outcome.stopped {
                return;
            }
            self.take(msg);
        }
        if matches!(entry.event, Recorded::Screen(_)) {
            self.settle(entry.running).await;
        }
    }

    /// Waits until nothing is on its way; where a statement ran at that time, until it has so many rows.
    async fn settle(&mut self, enough: Option<u64>) {
        while !self.has_left {
            let results = &self.app.tabs.shown.results;
            if enough.is_some_and(|rows| results.state == State::Running && results.view.rows() >= rows) {
                return;
            }
            let paused = self.app.tabs.iter().filter(|tab| tab.results.state == State::Paused).count();
            let working = self.jobs.local.threads().count();
            // A thread sends before it ends, so what it sent is there by now.
            let is_still = working == 0 || working <= THREADS_OF_A_PAUSE * paused && !self.app.is_waiting();
            if is_still && self.messages.is_empty() {
                return;
            }
            tokio::select! { biased;
                _ = self.interrupt.recv() => {
                    self.outcome.stopped = true;
                    return;
                }
                Some(msg) = self.messages.recv() => self.take(msg),
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    fn take(&mut self, msg: Msg) {
        for effect in self.app.update(msg) {
            match self.instead(&effect) {
                Some((skipped, told)) => {
                    self.outcome.skipped.extend(skipped);
                    if let Some(msg) = told {
                        self.take(msg);
                    }
                }
                None => match effect {
                    Effect::Quit => self.has_left = true,
                    Effect::Reload => self.start.reload(&mut self.app, &mut self.jobs),
                    effect => self.jobs.perform(effect),
                },
            }
        }
    }

    /// The same for what goes to an engine elsewhere, and for what writes.
    fn not_sent(&self, effect: &Effect) -> Option<Instead> {
        let said = |text: String| Some((Some(text), None));
        let failed = |job, text: &str| {
            let error = EngineError::new(ErrorKind::Other, format!("a replay does not do this: {text}"));
            Some((Some(text.to_owned()), Some(Msg::Job(job, JobEvent::Failed(error)))))
        };
        match effect {
            Effect::Run { job, on, .. } if on.target != LOCAL => {
                failed(*job, &format!("a statement was not sent to {}", on.target))
            }
            Effect::Run { job, on, .. } if on.access == Access::Write && !self.writes => {
                failed(*job, "a statement that writes was not run (`saldo --write replay` does)")
            }
            Effect::Attach { job, target, run, .. } => {
                failed(*job, &format!("the run {run} on {target} was not taken up"))
            }
            Effect::StopRun { target, run } => said(format!("the run {run} on {target} was not stopped")),
            Effect::Catalog { target } if target != LOCAL => {
                let text = format!("{target} was not asked for its tables");
                let error = EngineError::new(ErrorKind::Other, format!("a replay does not do this: {text}"));
                Some((Some(text), Some(Msg::Catalog(target.clone(), CatalogEvent::Failed(error)))))
            }
            Effect::Describe { target, .. } if target != LOCAL => {
                said(format!("{target} was not asked for its columns"))
            }
            Effect::TakeIn(request) => {
                let name = request.path.display().to_string();
                let text = format!("{name} was not taken in");
                let taken = Taken { name, code: Some(1), lines: vec![format!("error: {text}")] };
                Some((Some(text), Some(Msg::Statement(StatementEvent::Taken(taken)))))
            }
            Effect::Runs { .. } => {
                let runs = Runs { show: Show::List, ..Runs::default() };
                Some((Some("the list of runs is empty".into()), Some(Msg::Runs(runs))))
            }
            _ => None,
        }
    }

    /// For an effect that would leave the program: what is said of it in the end, and what the state is told instead.
    fn instead(&self, effect: &Effect) -> Option<Instead> {
        let said = |text: String| Some((Some(text), None));
        if let Some(instead) = self.not_sent(effect) {
            return Some(instead);
        }
        match effect {
            Effect::Save(_) => Some((None, Some(Msg::Saved(Ok(()))))),
            Effect::Copy(text) => said(format!("{} bytes were not copied", text.len())),
            Effect::CopyToFile { what, text } => {
                said(format!("the {what}, {} bytes, was not put into a file", text.len()))
            }
            Effect::Export(export) => Some(not_written(&export.path)),
            Effect::CreditPage(_) => said("the page of the cards was not written".into()),
            Effect::Keep { name, .. } => said(format!("no result was kept as {name}")),
            Effect::Rename { from, to, .. } => said(format!("{from} was not renamed to {to}")),
            Effect::SaveKeys(_) => said("the keys were not kept".into()),
            Effect::EditOutside(_) => said("no editor was started: the log has what it left".into()),
            Effect::Suspend => said("the program was not suspended".into()),
            Effect::KeepValues { .. }
            | Effect::Remember(_)
            | Effect::Pin { .. }
            | Effect::OpenRuns
            | Effect::Theme(_) => Some((None, None)),
            // Done as in the explorer: it reads, or stays within the program. A new effect belongs here after some thought.
            Effect::Run { .. }
            | Effect::Attach { .. }
            | Effect::StopRun { .. }
            | Effect::Runs { .. }
            | Effect::TakeIn(_)
            | Effect::Detach { .. }
            | Effect::Catalog { .. }
            | Effect::Browse { .. }
            | Effect::Describe { .. }
            | Effect::Accounts
            | Effect::Currencies
            | Effect::Dictionary
            | Effect::Lake
            | Effect::Forecast(_)
            | Effect::Credit(_)
            | Effect::PrepareCredit(_)
            | Effect::Show { .. }
            | Effect::Cancel { .. }
            | Effect::Close { .. }
            | Effect::CancelBeside
            | Effect::More { .. }
            | Effect::Arrange { .. }
            | Effect::Look { .. }
            | Effect::StopLook
            | Effect::Fetch { .. }
            | Effect::Plot { .. }
            | Effect::FetchWhole { .. }
            | Effect::CopyAs { .. }
            | Effect::History
            | Effect::Compare { .. }
            | Effect::Pivot { .. }
            | Effect::CancelExport
            | Effect::ListFolder(_)
            | Effect::LookAt(_)
            | Effect::StopTakingIn
            | Effect::Reload
            | Effect::Quit => None,
        }
    }
}

/// A file that is not made.
fn not_written(path: &Path) -> Instead {
    let text = format!("{} was not written", path.display());
    let notice = Notice { text: text.clone(), bad: true };
    (Some(text), Some(Msg::Export(ExportEvent::Ended(notice))))
}

/// What was asked beside the account.
fn credit(recorded: &super::session_log::Credit) -> anyhow::Result<CreditRequest> {
    let instalment = recorded.instalment.as_deref().map(str::parse).transpose();
    Ok(CreditRequest {
        as_of: recorded.as_of,
        instalment: instalment.context("the instalment of the log")?,
        currency: recorded.currency.clone(),
        ..CreditRequest::default()
    })
}
