//! The explorer: the one loop of the program, from the first frame to the end of the last thread.
//!
//! A frame goes out in one write inside a synchronized update; while nothing happens, not one byte is sent
//! but for the ages of several results, which grow once a minute.

pub mod action;
pub mod app;
pub mod copy;
pub mod credit_request;
pub mod drafts;
pub mod effect;
pub mod forecast_request;
mod given;
pub mod jobs;
pub mod key_file;
pub mod key_monitor;
pub mod keymap;
pub mod layout;
mod leaving;
pub mod message;
pub mod outside;
pub mod overlays;
mod pacing;
pub mod panes;
pub mod recorder;
pub mod replay;
pub mod screen;
pub mod session_log;
mod signals;
mod start;
pub mod statement_request;
pub mod terminal;
pub mod theme;
pub mod watch;
pub mod widgets;

use std::future::{pending, poll_fn};
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::task::Poll;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use crossterm::event::{Event, EventStream};
use futures::{FutureExt, StreamExt};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::engine::threads::leave_at_once;
use app::{App, Pace};
use copy::Multiplexer;
use effect::Effect;
use jobs::Jobs;
use keymap::Keymap;
use leaving::{may_go_on, patience};
use message::{Msg, Notice};
use outside::Outside;
use pacing::Pacing;
use recorder::Recorder;
use signals::Signals;
use terminal::{Frame, Guard};
use theme::{Depth, Glyphs, Theme};
use watch::{LakeWatch, News};

pub use start::{Start, prepare};
pub use terminal::NoTerminal;

const TICK: Duration = Duration::from_millis(200);
/// How often it is looked whether the person's own editor has ended.
const LOOK: Duration = Duration::from_millis(30);
/// How long it waits behind before it stops again.
const BEHIND: Duration = Duration::from_millis(50);
/// How often the lake is looked at: has somebody else written to it?
const WATCH: Duration = Duration::from_secs(2);
/// How often ages on screen grow while nothing else happens: a few bytes, where a row of results stands.
const MINUTE: Duration = Duration::from_mins(1);
/// The exit code of a program that was stopped.
const CANCELLED: i32 = 130;
/// Messages taken in before the screen is drawn again.
const DRAINED: usize = 64;

/// Opens the explorer and stays until the person leaves.
///
/// # Errors
/// [`NoTerminal`] when nobody sees it, else when the theme cannot be loaded or the terminal cannot be used.
pub fn run(mut start: Start) -> anyhow::Result<()> {
    terminal::need()?;
    let depth = if start.config.low_bandwidth { Depth::detect().few() } else { Depth::detect() };
    let theme = Theme::load(&start.config.theme, depth)?.with(Glyphs::detect());
    let keymap = key_file::load(&start.config.keys)?;
    let recorder = start
        .record
        .as_deref()
        .map(|path| Recorder::begin(path).with_context(|| format!("cannot record into {}", path.display())));
    let recorder = recorder.transpose()?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no event loop")?;
    // Objects and a model from elsewhere may have an event loop of their own, which must not end inside of another.
    let forecasts = jobs::Forecasts::beside(start.model());
    let look = Look { keymap, theme, depth, recorder };
    runtime.block_on(explore(&mut start, look, forecasts.clone()))
}

/// What stands around the state.
struct Look {
    keymap: Keymap,
    theme: Theme,
    depth: Depth,
    recorder: Option<Recorder>,
}

/// The explorer from its first frame to the end of its last thread. However it ends, the texts are kept.
async fn explore(start: &mut Start, look: Look, forecasts: jobs::Forecasts) -> anyhow::Result<()> {
    let Look { keymap, theme, depth, mut recorder } = look;
    // It listens from here on: a resize after the size was read is told.
    let input = Some(EventStream::new());
    let (width, height) = crossterm::terminal::size().context("this is no terminal")?;
    let (engine, mut app, drafts) =
        prepare(start, Rect::new(0, 0, width, height), chrono::Local::now().date_naive());
    app.keymap = keymap;
    if let (Some(recorder), Some(path)) = (&mut recorder, &start.record) {
        recorder.head(start.header(&app, &theme, depth))?;
        app.notice.get_or_insert_with(|| Notice { text: recorder::sentence(path), bad: false });
    }
    let (sender, messages) = unbounded_channel();
    let mut jobs = Jobs::new(engine, sender, &start.config, drafts);
    jobs.forecasts = forecasts;
    jobs.desk.place.clone_from(&start.place);
    jobs.settings = start.arguments();
    let is_slow = start.config.low_bandwidth;
    app.pace = if is_slow { Pace::Slow } else { Pace::Usual };
    // Whoever sees the screen may stop or end the program, which then must give the terminal back.
    let mut signals = Signals::new()?;
    let guard = Guard::enter(start.config.mouse && !is_slow && !terminal::lacks_mouse())?;
    let watch = start.lake.as_ref().map(LakeWatch::new);
    let out = Frame::default();
    let terminal = Terminal::new(CrosstermBackend::new(out.clone()))?;
    let mut explorer = Explorer {
        start,
        app,
        jobs,
        theme,
        depth,
        input,
        messages,
        watch,
        terminal,
        out,
        guard,
        recorder,
        stopped: false,
        behind: None,
    };
    let outcome = AssertUnwindSafe(explorer.interact(&mut signals)).catch_unwind().await;
    drop(explorer.guard);
    let mut jobs = explorer.jobs;
    if !matches!(outcome, Ok(Ok(()))) {
        jobs.perform(Effect::Save(explorer.app.editor.drafts()));
    }
    let code = i32::from(!matches!(outcome, Ok(Ok(()))));
    let elsewhere = jobs.elsewhere();
    tokio::select! {
        () = jobs.shut_down() => {}
        _ = signals.interrupt.recv() => {
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
struct Explorer<'s> {
    start: &'s mut Start,
    app: App,
    jobs: Jobs,
    theme: Theme,
    depth: Depth,
    /// None while another program has the keys.
    input: Option<EventStream>,
    messages: UnboundedReceiver<Msg>,
    watch: Option<LakeWatch>,
    terminal: Terminal<CrosstermBackend<Frame>>,
    out: Frame,
    guard: Guard,
    recorder: Option<Recorder>,
    /// It stopped by itself, and has taken the terminal back when it hears that it goes on.
    stopped: bool,
    /// It goes on without the terminal, which the shell has: what will read the keys when it is in front again.
    behind: Option<EventStream>,
}

impl Explorer<'_> {
    /// The one loop: what happened, what to do about it, what the screen shows then.
    async fn interact(&mut self, signals: &mut Signals) -> anyhow::Result<()> {
        self.open_first()?;
        let (mut ticker, mut watcher, mut minutes) = (interval(TICK), interval(WATCH), interval(MINUTE));
        minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pacing = Pacing::new();
        loop {
            let msg = tokio::select! { biased;
                _ = signals.hangup.recv() => Some(Msg::Leave),
                _ = signals.terminate.recv() => Some(Msg::Leave),
                _ = signals.interrupt.recv() => Some(Msg::Leave),
                _ = signals.stop.recv() => {
                    self.suspend()?;
                    None
                }
                _ = signals.resume.recv() => {
                    self.resume()?;
                    None
                }
                // Let go on behind without being told to end: it has nothing to do there.
                () = sleep(BEHIND), if self.behind.is_some() => {
                    self.suspend()?;
                    None
                }
                event = next_event(&mut self.input) => Some(input_msg(event)),
                Some(msg) = self.messages.recv() => Some(msg),
                _ = ticker.tick(), if self.app.wants_ticks() => Some(Msg::Tick),
                _ = watcher.tick(), if self.watch.is_some() => {
                    let Some(news) = self.watch.as_mut().and_then(LakeWatch::news) else { continue };
                    Some(match news {
                        News::Written => Msg::LakeChanged,
                        News::Gone(root) => Msg::LakeGone(root),
                    })
                }
                _ = minutes.tick(), if self.app.shows_ages() => {
                    let before = self.app.ages();
                    self.app.update(Msg::Clock(Utc::now()));
                    if self.app.ages() == before {
                        continue;
                    }
                    None
                }
                () = sleep(pacing.rest().unwrap_or_default()), if pacing.rest().is_some() => None,
            };
            let mut news = !matches!(msg, Some(Msg::Tick));
            let mut answers = matches!(msg, Some(Msg::Input(_)));
            let mut effects = msg.map(|msg| self.update(msg)).unwrap_or_default();
            for _ in 0..DRAINED {
                let Some(msg) = queued(&mut self.messages, &mut self.input).await else { break };
                news = true;
                answers |= matches!(msg, Msg::Input(_));
                effects.extend(self.update(msg));
            }
            if self.perform_all(effects, signals).await? {
                return self.end_recording();
            }
            if pacing.is_due(&self.app, news, answers) {
                self.draw()?;
            }
        }
    }

    fn open_first(&mut self) -> io::Result<()> {
        self.start.open_first(&mut self.app, &mut self.jobs);
        if !self.start.config.targets.is_empty() {
            self.jobs.perform(Effect::OpenRuns);
        }
        self.draw()
    }

    /// Does what follows; says whether the person leaves.
    async fn perform_all(&mut self, effects: Vec<Effect>, signals: &mut Signals) -> anyhow::Result<bool> {
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(true),
                Effect::EditOutside(text) if self.edit_outside(&text, signals).await? => return Ok(true),
                Effect::EditOutside(_) => {}
                other => self.perform(other)?,
            }
        }
        Ok(false)
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
            Effect::Reload => {
                self.start.reload(&mut self.app, &mut self.jobs);
                // What is on screen is what is there now.
                self.watch = self.start.lake.as_ref().map(LakeWatch::new);
            }
            other => self.jobs.perform(other),
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.behind.is_some() {
            return Ok(());
        }
        self.terminal.draw(|frame| screen::draw(frame, &self.app, &self.theme))?;
        self.out.send()
    }

    /// Lends the terminal to the person's own editor until that ends. Who ends the program ends both: says whether that
    /// was asked for.
    async fn edit_outside(&mut self, text: &str, signals: &mut Signals) -> anyhow::Result<bool> {
        let cannot = |error| Msg::Edited(Err(format!("no editor could be started: {error}")));
        let outside = match Outside::new(text, outside::program()) {
            Ok(outside) => outside,
            Err(error) => {
                self.take(cannot(error))?;
                return Ok(false);
            }
        };
        // Nobody else may read its keys.
        let input = self.let_go();
        // An editor takes over the line as it finds it, so it is the shell's again before there is one.
        self.guard.lend();
        let mut child = match outside.start() {
            Ok(child) => child,
            Err(error) => {
                self.regain(input)?;
                self.take(cannot(error))?;
                return Ok(false);
            }
        };
        let mut leaves = false;
        let ended = loop {
            tokio::select! { biased;
                _ = signals.hangup.recv() => leaves = true,
                _ = signals.terminate.recv() => leaves = true,
                // Both are the editor's: a program in the same group stops with it.
                _ = signals.interrupt.recv() => {}
                _ = signals.stop.recv() => {
                    self.stopped = true;
                    self.guard.stop()?;
                }
                () = sleep(LOOK) => {}
            }
            if leaves {
                let _ = child.kill();
            }
            if let Some(ended) = child.try_wait()? {
                break ended;
            }
        };
        self.regain(input)?;
        self.take(Msg::Edited(outside.take_back(ended)))?;
        if leaves {
            self.take(Msg::Leave)?;
        }
        Ok(leaves)
    }

    /// Takes in what happened, and records what came from the person.
    fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let failed = self.recorder.as_mut().and_then(|recorder| recorder.take(&self.app, &msg).err());
        self.app.update(Msg::Clock(Utc::now()));
        let mut effects = self.app.update(msg);
        if let Some(error) = failed {
            let text = format!("the recording ended, since it cannot be written: {error}");
            effects.extend(self.app.update(Msg::Notice(Notice { text, bad: true })));
        }
        effects
    }

    /// The last screen is the last line of a recording.
    fn end_recording(&mut self) -> anyhow::Result<()> {
        if let Some(recorder) = &mut self.recorder {
            recorder.end(replay::text_of(&mut self.app, self.theme.glyphs)?)?;
        }
        Ok(())
    }

    /// Takes in what happened and does what follows.
    fn take(&mut self, msg: Msg) -> anyhow::Result<()> {
        let effects = self.update(msg);
        effects.into_iter().try_for_each(|effect| self.perform(effect))
    }

    /// Takes the terminal back, which may be another size now.
    fn regain(&mut self, input: EventStream) -> anyhow::Result<()> {
        self.guard.take_back()?;
        self.input = Some(input);
        self.resized()
    }

    /// Stops until the shell lets the program go on; the terminal may be another size then. Where the shell did not give it back, the
    /// program waits behind, where nothing is drawn and nothing read: whoever reads there is stopped again, before it hears that
    /// it is to end.
    fn suspend(&mut self) -> anyhow::Result<()> {
        self.stopped = true;
        let input = self.behind.take().unwrap_or_else(|| self.let_go());
        self.guard.suspend()?;
        if !self.guard.take_in_front()? {
            self.behind = Some(input);
            return Ok(());
        }
        self.input = Some(input);
        self.resized()
    }

    /// Reads no more keys, and says what will. The reader is woken when it goes, and has let go once another one can be made: not
    /// before, since it would wait for the first, and the first for a key. The other one reads nothing until it is asked; were it
    /// dropped too, it would wake whoever comes next, who could miss the key that comes then.
    fn let_go(&mut self) -> EventStream {
        self.input = None;
        EventStream::new()
    }

    /// Takes the terminal back after a stop from outside: it was not given to the shell that took it.
    fn resume(&mut self) -> anyhow::Result<()> {
        if mem::take(&mut self.stopped) || !terminal::is_in_front() {
            return Ok(());
        }
        self.guard.take_again()?;
        self.resized()
    }

    fn resized(&mut self) -> anyhow::Result<()> {
        self.terminal = Terminal::new(CrosstermBackend::new(self.out.clone()))?;
        let (width, height) = crossterm::terminal::size()?;
        let effects = self.update(Msg::Input(Event::Resize(width, height)));
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
}

fn input_msg(event: Option<io::Result<Event>>) -> Msg {
    match event {
        Some(Ok(event)) => Msg::Input(event),
        // The terminal is gone.
        Some(Err(_)) | None => Msg::Leave,
    }
}

/// What happened while something else was done: what came together needs one frame.
async fn queued(messages: &mut UnboundedReceiver<Msg>, input: &mut Option<EventStream>) -> Option<Msg> {
    match messages.try_recv() {
        Ok(msg) => Some(msg),
        Err(_) => typed_ahead(input).await,
    }
}

/// What the person does next; never anything while another program has the keys.
async fn next_event(input: &mut Option<EventStream>) -> Option<io::Result<Event>> {
    match input {
        Some(input) => input.next().await,
        None => pending().await,
    }
}

async fn typed_ahead(input: &mut Option<EventStream>) -> Option<Msg> {
    let input = input.as_mut()?;
    poll_fn(|context| match input.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(Some(input_msg(event))),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
