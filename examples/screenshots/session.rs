//! The explorer without a terminal: the real state, jobs and engine, fed with keys, drawn into a buffer.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, NaiveDate};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use saldo::explorer::app::App;
use saldo::explorer::effect::Effect;
use saldo::explorer::jobs::Jobs;
use saldo::explorer::message::Msg;
use saldo::explorer::theme::Theme;
use saldo::explorer::{self, Start, screen};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often it is looked whether anything still works.
const LOOK: Duration = Duration::from_millis(5);
/// Looks without news after which the screen is taken though something works on, and after which what is waited for will not come.
const QUIET: u32 = 80;
const PATIENCE: u32 = 75 * QUIET;

pub struct Session {
    pub app: App,
    /// What was copied, the newest last.
    #[allow(dead_code, reason = "only tests look at it")]
    pub copied: Vec<String>,
    pub jobs: Jobs,
    messages: UnboundedReceiver<Msg>,
    /// Who could send when nothing works.
    idle: usize,
}

impl Session {
    /// The explorer on a fixed day.
    pub fn new(start: &Start, size: Rect) -> Result<Self> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 2).context("a day")?;
        let (engine, mut app, drafts) = explorer::prepare(start, size, today);
        app.source.folder = "/home/ana".into();
        let (sender, messages) = unbounded_channel();
        let jobs = Jobs::new(engine, sender, &start.config, drafts);
        let idle = messages.sender_strong_count();
        Ok(Self { app, copied: Vec::new(), jobs, messages, idle })
    }

    /// Presses keys: letters as they stand, `{name}` for others, `{query:x}` to go to the saved query x.
    pub async fn keys(&mut self, keys: &str) -> Result<()> {
        let mut rest = keys;
        while let Some(mark) = rest.chars().next() {
            if let Some(end) = rest.strip_prefix('{').and_then(|inner| inner.find('}')) {
                let word = &rest[1..=end];
                match word.strip_prefix("query:") {
                    Some(name) => self.app.queries.select(name),
                    None => self.press(named(word)?),
                }
                rest = &rest[end + 2..];
            } else {
                let code = if mark == '\n' { KeyCode::Enter } else { KeyCode::Char(mark) };
                self.press(KeyEvent::new(code, KeyModifiers::NONE));
                rest = &rest[mark.len_utf8()..];
            }
            if rest.starts_with('{') || rest.is_empty() {
                self.settle().await;
            }
        }
        Ok(())
    }

    pub fn press(&mut self, key: KeyEvent) {
        self.take(Msg::Input(Event::Key(key)));
    }

    fn take(&mut self, msg: Msg) {
        for effect in self.app.update(msg) {
            match effect {
                Effect::Save(_) => {}
                Effect::Copy(text) => self.copied.push(text),
                effect => self.jobs.perform(effect),
            }
        }
    }

    /// Until nothing works any more that could tell something.
    pub async fn settle(&mut self) {
        let mut quiet = 0;
        while !self.messages.is_empty() || self.messages.sender_strong_count() > self.idle {
            match tokio::time::timeout(LOOK, self.messages.recv()).await {
                Ok(Some(msg)) => {
                    quiet = 0;
                    self.take(msg);
                }
                Ok(None) => return,
                Err(_) => quiet += 1,
            }
            if quiet == PATIENCE || (quiet >= QUIET && !self.app.is_waiting()) {
                return;
            }
        }
    }

    /// The screen now. Only what a clock or a machine decides is set by hand: the elapsed time and the memory.
    pub fn draw(&mut self, theme: &Theme) -> Result<Buffer> {
        self.app.tabs.shown.results.elapsed = Duration::from_millis(18);
        self.app.tabs.shown.results.memory = 61_000_000;
        self.app.tabs.all_mut().for_each(|tab| tab.results.time = DateTime::default());
        let mut terminal = Terminal::new(TestBackend::new(self.app.size.width, self.app.size.height))?;
        terminal.draw(|frame| screen::draw(frame, &self.app, theme))?;
        Ok(terminal.backend().buffer().clone())
    }
}

fn named(word: &str) -> Result<KeyEvent> {
    let code = match word {
        "enter" => KeyCode::Enter,
        "down" => KeyCode::Down,
        "up" => KeyCode::Up,
        "end" => KeyCode::End,
        "home" => KeyCode::Home,
        "esc" => KeyCode::Esc,
        "right" => KeyCode::Right,
        "left" => KeyCode::Left,
        "tab" => KeyCode::Tab,
        "clear" => return Ok(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)),
        "page up" => KeyCode::PageUp,
        "view" => KeyCode::Char('v'),
        "run" => return Ok(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL)),
        other => anyhow::bail!("no key {other}"),
    };
    Ok(KeyEvent::new(code, KeyModifiers::NONE))
}
