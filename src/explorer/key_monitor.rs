//! What a terminal sends for the keys that are pressed, and what each asks for: for who wonders why a key does nothing.

use std::io::{self, Write};

use crossterm::event::{
    self, DisableBracketedPaste, EnableBracketedPaste, Event, KeyCode, KeyEventKind, KeyModifiers,
};
use crossterm::{execute, terminal};

use super::keymap::{Key, Keymap, SCOPES};
use super::terminal::need;
use crate::value;

/// The terminal as the explorer has it, but for its screen; given back however this ends.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        let raw = Self;
        execute!(io::stdout(), EnableBracketedPaste)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = execute!(io::stdout(), DisableBracketedPaste);
        let _ = terminal::disable_raw_mode();
    }
}

/// Prints what comes until Ctrl-C.
///
/// # Errors
/// When there is no terminal, or it does not obey.
pub fn run(keymap: &Keymap) -> anyhow::Result<()> {
    need()?;
    let _raw = Raw::enter()?;
    let mut out = io::stdout().lock();
    write!(out, "Press keys; Ctrl-C ends.\r\n")?;
    loop {
        out.flush()?;
        let event = event::read()?;
        write!(out, "{}\r\n", value::visible(&sentence(keymap, &event)))?;
        let Event::Key(key) = event else { continue };
        if key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL {
            return Ok(());
        }
    }
}

/// What came, and what it does where.
fn sentence(keymap: &Keymap, event: &Event) -> String {
    let Event::Key(key) = event else { return format!("{event:?}") };
    let sent = format!(
        "{:?}{}",
        key.code,
        if key.modifiers.is_empty() { String::new() } else { format!(" with {:?}", key.modifiers) }
    );
    if key.kind == KeyEventKind::Release {
        return format!("{sent} released");
    }
    let Some(named) = Key::of(key) else {
        return format!("{sent}: no action has a key with Alt or Super");
    };
    let does: Vec<_> = SCOPES
        .iter()
        .filter_map(|scope| Some(format!("{}: {}", scope.label(), keymap.bound(*scope, named)?.name())))
        .collect();
    let does = if does.is_empty() { "no action".to_owned() } else { does.join(", ") };
    format!("{named:<10} {sent:<24} {does}")
}
