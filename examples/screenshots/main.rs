//! Draws `screenshots/` from the program itself on the demo lake: the real state, engine and screen, with a fixed day.
//!
//! Only what a clock or a machine decides is set by hand: the elapsed time and the memory in the status line.

mod svg;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::NaiveDate;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use saldo::config::Config;
use saldo::demo;
use saldo::explorer::app::{App, Msg};
use saldo::explorer::effect::Effect;
use saldo::explorer::jobs::Jobs;
use saldo::explorer::panes::results::State;
use saldo::explorer::theme::{Depth, Theme};
use saldo::explorer::{self, Start, screen};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
/// How long nothing may happen before a picture is taken.
const QUIET: Duration = Duration::from_millis(400);

/// A picture: file name, theme, columns, lines, and the keys that lead to it. `{name}` stands for a key, `{query:x}`
/// for going to the saved query x.
const PICTURES: &[(&str, &str, u16, u16, &str)] = &[
    ("explorer", "dark", 140, 40, "{query:credit_worthiness}{enter}"),
    ("balance", "dark", 140, 40, "{query:balance_over_time}{enter}{enter}{down}{down}{down}"),
    (
        "sql",
        "light",
        140,
        40,
        "2SELECT deposit_currency, COUNT(*) AS lines,\n       SUM(deposit_amt) AS native, SUM(deposit_sgd_amt) AS sgd\nFROM processed\nWHERE rate_status <> 'no_rate' -- what has no rate is listed by itself\nGROUP BY deposit_currency\nORDER BY sgd DESC{run}",
    ),
    ("parameters", "colour-blind", 120, 36, "{query:compare_two_dates}{enter}"),
    ("narrow", "high-contrast", 80, 24, "{query:account_summary}{enter}"),
    ("keys", "dark", 100, 40, "?"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let lake = folder.path().join("demo");
    let options = demo::Options { lake, rows: demo::ROWS, seed: demo::SEED };
    let lake = demo::build(&options, &mut |_| {})?;
    fs::create_dir_all("screenshots")?;
    for (name, theme, width, height, keys) in PICTURES {
        let config = Config {
            queries: folder.path().join("none"),
            cache: folder.path().join(name),
            theme: (*theme).to_owned(),
            ..Config::default()
        };
        let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
        let mut session = Session::new(&start, Rect::new(0, 0, *width, *height))?;
        session.keys(keys).await?;
        session.draw(name, &Theme::load(theme, Depth::True)?)?;
        println!("screenshots/{name}.png");
    }
    Ok(())
}

struct Session {
    app: App,
    jobs: Jobs,
    messages: UnboundedReceiver<Msg>,
}

impl Session {
    fn new(start: &Start, size: Rect) -> Result<Self> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 2).context("a day")?;
        let (engine, app) = explorer::prepare(start, size, today);
        let (news, messages) = unbounded_channel();
        let cache = start.config.cache.clone();
        let jobs = Jobs { engine, news, hold_rows: 1_000_000, window_bytes: 64 << 20, cache, current: None };
        Ok(Self { app, jobs, messages })
    }

    async fn keys(&mut self, keys: &str) -> Result<()> {
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

    fn press(&mut self, key: KeyEvent) {
        self.take(Msg::Input(Event::Key(key)));
    }

    fn take(&mut self, msg: Msg) {
        for effect in self.app.update(msg) {
            if !matches!(effect, Effect::Save(_)) {
                self.jobs.perform(effect);
            }
        }
    }

    async fn settle(&mut self) {
        loop {
            match tokio::time::timeout(QUIET, self.messages.recv()).await {
                Ok(Some(msg)) => self.take(msg),
                Err(_) if matches!(self.app.results.state, State::Running(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn draw(&mut self, name: &str, theme: &Theme) -> Result<()> {
        self.app.results.elapsed = Duration::from_millis(18);
        self.app.results.memory = 61_000_000;
        let mut terminal = Terminal::new(TestBackend::new(self.app.size.width, self.app.size.height))?;
        terminal.draw(|frame| screen::draw(frame, &self.app, theme))?;
        let svg = svg::svg(terminal.backend().buffer(), "saldo");
        let path = Path::new("screenshots").join(name);
        fs::write(path.with_extension("png"), svg::png(&svg, Path::new(FONT))?)?;
        fs::write(path.with_extension("svg"), svg)?;
        Ok(())
    }
}

fn named(word: &str) -> Result<KeyEvent> {
    let code = match word {
        "enter" => KeyCode::Enter,
        "down" => KeyCode::Down,
        "run" => return Ok(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL)),
        other => anyhow::bail!("no key {other}"),
    };
    Ok(KeyEvent::new(code, KeyModifiers::NONE))
}
