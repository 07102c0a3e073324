//! Writes a session while it goes on: a line for what came, at once, but for letters, which wait for the end of their
//! word so that what is secret in a statement can be withheld.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use crossterm::event::{Event, KeyEventKind};

use super::action::Action;
use super::app::App;
use super::message::{Draft, Msg, State};
use super::session_log::{Entry, Header, Recorded};
use crate::disk;
use crate::history::secrets::withheld;

/// What is said where a recording begins.
#[must_use]
pub fn sentence(path: &Path) -> String {
    format!(
        "what you type, paste and choose is recorded in {}; secrets in statements are ***",
        path.display()
    )
}

/// A log that is written.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    start: Instant,
    /// Letters that were typed, not yet written.
    typed: Option<Entry>,
    /// The disk failed, and that was said.
    has_failed: bool,
}

impl Recorder {
    /// Begins a log, in a file for the person alone that must not be there yet.
    ///
    /// # Errors
    /// When it is there, or cannot be written.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let file = disk::private_new(path)?;
        Ok(Self { file, start: Instant::now(), typed: None, has_failed: false })
    }

    /// Writes the first line.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn head(&mut self, header: Header) -> io::Result<()> {
        let texts = header.texts.into_iter().map(|draft| Draft { text: withheld(&draft.text), ..draft });
        let header = Header { texts: texts.collect(), ..header };
        line(&self.file, &header)
    }

    /// Keeps what is about to happen; an error is told once, and nothing more is written then.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn take(&mut self, app: &App, msg: &Msg) -> io::Result<()> {
        let (event, action) = match msg {
            Msg::Input(Event::Key(key)) if key.kind == KeyEventKind::Release => return Ok(()),
            Msg::Input(event) => (Recorded::of(event), app.asked_by(event)),
            Msg::Edited(edited) => (
                Some(Recorded::Edited(edited.as_ref().map(|text| withheld(text)).map_err(Clone::clone))),
                None,
            ),
            Msg::Leave => (Some(Recorded::Leave), None),
            _ => (None, None),
        };
        let Some(event) = event else { return Ok(()) };
        let event = match event {
            Recorded::Paste(text) => Recorded::Paste(withheld(&text)),
            other => other,
        };
        let is_text = action.is_none() && matches!(event, Recorded::Text(_));
        let runs = |state: &State| matches!(state, State::Running | State::Cancelling);
        let running = app.tabs.iter().any(|tab| runs(&tab.results.state));
        let running = running.then(|| app.tabs.shown.results.view.rows());
        if let (Some(typed), Recorded::Text(letter)) = (&mut self.typed, &event)
            && let Recorded::Text(text) = &mut typed.event
            && is_text
            && typed.running == running
        {
            text.push_str(letter);
            return Ok(());
        }
        self.flush()?;
        let does = action.map(Action::name).map(str::to_owned);
        let entry = Entry { at: self.now(), event, does, running };
        if is_text {
            self.typed = Some(entry);
            return Ok(());
        }
        self.write(&entry)
    }

    /// Ends the log with the screen as it is.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn end(&mut self, screen: Vec<String>) -> io::Result<()> {
        self.flush()?;
        let entry = Entry { at: self.now(), event: Recorded::Screen(screen), does: None, running: None };
        self.write(&entry)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes the letters that wait.
    fn flush(&mut self) -> io::Result<()> {
        let Some(mut entry) = self.typed.take() else { return Ok(()) };
        if let Recorded::Text(text) = &mut entry.event {
            *text = withheld(text);
        }
        self.write(&entry)
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let written = line(&self.file, entry);
        self.has_failed = written.is_err();
        written
    }
}

impl Drop for Recorder {
    /// However the program ends that ends by itself.
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

fn line(mut file: &File, value: &impl serde::Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(value).map_err(io::Error::other)?;
    text.push(b'\n');
    file.write_all(&text)
}
