//! A session of the explorer as lines of JSON: the screen that it began on, then what came from the person, in order.
//!
//! ```text
//! {"saldo_session":1,"version":"0.1.0","size":[80,24],"lake":"demo",…}
//! {"at":1204,"event":{"text":"SELECT 1"}}
//! {"at":1950,"event":{"key":"Ctrl-r"},"does":"run"}
//! {"at":4100,"event":{"screen":["─ Results …"]}}
//! ```
//! Letters that were typed one after the other are one line, so that a statement can be read, and what is secret in it
//! withheld.

use chrono::NaiveDate;
use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use serde::{Deserialize, Serialize};

use super::message::{Draft, Given};
use super::theme::{Depth, Glyphs};
use crate::target::TargetKind;

/// The version of the format that this program writes, and the only one that it reads.
pub const FORMAT: u32 = 1;
/// Columns or lines of a screen at the most: no terminal has more, and each cell takes memory.
const LARGEST_SIDE: u16 = 1_000;

/// The first line: all from outside that the screens depend on, but for the data itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub saldo_session: u32,
    /// Of the program that wrote it.
    pub version: String,
    pub size: (u16, u16),
    /// From which the ages of data are counted.
    pub today: NaiveDate,
    /// What the status line called the lake.
    pub lake: String,
    /// What `saldo open` was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
    /// The credit check was open first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
    pub write: bool,
    pub theme: String,
    /// How many colours, and which signs the terminal had: of the text, only the signs matter.
    pub depth: Depth,
    pub glyphs: Glyphs,
    pub hold_rows: u64,
    /// The names of the engines elsewhere, and their kinds.
    pub targets: Vec<(String, TargetKind)>,
    /// The person's own keys, as their file has them.
    pub keys: String,
    /// What stood in the editor.
    pub texts: Vec<Draft>,
    /// What queries were given before.
    #[serde(default)]
    pub given: Given,
    /// The editor had vim's modes.
    #[serde(default)]
    pub vim: bool,
}

/// What was asked beside the account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    pub as_of: Option<NaiveDate>,
    pub instalment: Option<String>,
    pub currency: Option<String>,
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Milliseconds since the start.
    pub at: u64,
    pub event: Recorded,
    /// The action that it became, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub does: Option<String>,
    /// Rows of the result on screen, where a statement ran meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<u64>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// Letters, typed one by one.
    Text(String),
    Key(String),
    Paste(String),
    Resize(u16, u16),
    /// What the mouse did, the column and the line.
    Mouse(String, u16, u16),
    /// What the person's own editor left, or why there is nothing.
    Edited(Result<String, String>),
    /// The terminal or the system asked the program to leave.
    Leave,
    /// What the screen showed in the end, a text a line.
    Screen(Vec<String>),
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub header: Header,
    pub entries: Vec<Entry>,
}

/// Why a log cannot be read, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("it is no session: its first line is not that of one ({0})")]
    NoSession(String),
    #[error("line 1: it has the format {0} of session logs, and this program reads the format {FORMAT}")]
    Format(u64),
    #[error("line {line}: it is damaged ({why})")]
    Damaged { line: usize, why: String },
}

impl Log {
    /// Reads a log, of the lines after the first no more than these.
    ///
    /// # Errors
    /// At the first line that is not one of a session.
    pub fn parse(bytes: &[u8], most: usize) -> Result<Self, LogError> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let header: serde_json::Value =
            serde_json::from_slice(first).map_err(|error| LogError::NoSession(error.to_string()))?;
        match header["saldo_session"].as_u64() {
            None => return Err(LogError::NoSession("it does not say saldo_session".into())),
            Some(format) if format != u64::from(FORMAT) => return Err(LogError::Format(format)),
            Some(_) => {}
        }
        let damaged = |line: usize, why: String| LogError::Damaged { line, why };
        let header: Header = serde_json::from_slice(first).map_err(|error| damaged(1, error.to_string()))?;
        is_size(header.size.0, header.size.1).map_err(|why| damaged(1, why))?;
        let mut entries = Vec::new();
        for (index, line) in lines.enumerate().take(most).filter(|(_, line)| !line.is_empty()) {
            let damaged = |why| damaged(index + 2, why);
            let entry: Entry = serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
            entry.event.events().map_err(damaged)?;
            entries.push(entry);
        }
        Ok(Self { header, entries })
    }
}

fn is_size(width: u16, height: u16) -> Result<(), String> {
    let is_side = |side: &u16| (1..=LARGEST_SIDE).contains(side);
    if [width, height].iter().all(is_side) {
        return Ok(());
    }
    Err(format!("{width}x{height} is no size of a screen: 1x1 to {LARGEST_SIDE}x{LARGEST_SIDE} are"))
}

impl Recorded {
    /// What an event is called; nothing for one that the explorer never heeds.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => None,
            Event::Key(key) => match typed(key) {
                Some(letter) => Some(Self::Text(letter.into())),
                None => key_name(key).map(Self::Key),
            },
            Event::Paste(text) => Some(Self::Paste(text.clone())),
            Event::Resize(width, height) => Some(Self::Resize(*width, *height)),
            Event::Mouse(mouse) => {
                let (name, _) = MOUSE.iter().find(|(_, kind)| *kind == mouse.kind)?;
                Some(Self::Mouse((*name).to_owned(), mouse.column, mouse.row))
            }
            Event::FocusGained | Event::FocusLost => None,
        }
    }

    /// The events of the terminal that it stands for.
    ///
    /// # Errors
    /// In words, when it names a key or a size that there is not.
    pub fn events(&self) -> Result<Vec<Event>, String> {
        Ok(match self {
            Self::Text(text) => text.chars().map(|letter| Event::Key(letter_key(letter))).collect(),
            Self::Key(name) => {
                vec![Event::Key(named_key(name).ok_or_else(|| format!("there is no key {name:?}"))?)]
            }
            Self::Paste(text) => vec![Event::Paste(text.clone())],
            Self::Resize(width, height) => {
                is_size(*width, *height)?;
                vec![Event::Resize(*width, *height)]
            }
            Self::Mouse(name, column, row) => {
                let known = MOUSE.iter().find(|(known, _)| known == name);
                let (_, kind) = known.ok_or_else(|| format!("a mouse does not {name:?}"))?;
                let modifiers = KeyModifiers::NONE;
                vec![Event::Mouse(MouseEvent { kind: *kind, column: *column, row: *row, modifiers })]
            }
            Self::Edited(_) | Self::Leave | Self::Screen(_) => Vec::new(),
        })
    }
}

/// What the mouse does that the explorer heeds.
const MOUSE: [(&str, MouseEventKind); 5] = [
    ("press", MouseEventKind::Down(MouseButton::Left)),
    ("drag", MouseEventKind::Drag(MouseButton::Left)),
    ("release", MouseEventKind::Up(MouseButton::Left)),
    ("wheel up", MouseEventKind::ScrollUp),
    ("wheel down", MouseEventKind::ScrollDown),
];

/// Names of the keys that are no letters.
const NAMES: [(&str, KeyCode); 18] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("BackTab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Space", KeyCode::Char(' ')),
    ("Null", KeyCode::Null),
    ("Menu", KeyCode::Menu),
];

const MODIFIERS: [(&str, KeyModifiers); 4] = [
    ("Ctrl-", KeyModifiers::CONTROL),
    ("Alt-", KeyModifiers::ALT),
    ("Shift-", KeyModifiers::SHIFT),
    ("Super-", KeyModifiers::SUPER),
];

/// The letter of a key that types one as terminals send it: an upper-case one comes with Shift.
fn typed(key: &KeyEvent) -> Option<char> {
    let KeyCode::Char(letter) = key.code else { return None };
    (*key == letter_key(letter) || key.modifiers.is_empty() && letter_key(letter).modifiers.is_empty())
        .then_some(letter)
        .filter(|letter| !letter.is_control())
}

fn letter_key(letter: char) -> KeyEvent {
    let modifiers = if letter.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(letter), modifiers)
}

fn key_name(key: &KeyEvent) -> Option<String> {
    let code = match (NAMES.iter().find(|(_, code)| *code == key.code), key.code) {
        (Some((name, _)), _) => (*name).to_owned(),
        (None, KeyCode::Char(letter)) => letter.to_string(),
        (None, KeyCode::F(number)) => format!("F{number}"),
        _ => return None,
    };
    let held = MODIFIERS.iter().filter(|(_, modifier)| key.modifiers.contains(*modifier));
    Some(held.map(|(name, _)| *name).collect::<String>() + &code)
}

fn named_key(name: &str) -> Option<KeyEvent> {
    let (mut rest, mut modifiers) = (name, KeyModifiers::NONE);
    for (prefix, modifier) in MODIFIERS {
        if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
            rest = after;
            modifiers |= modifier;
        }
    }
    let number = || rest.strip_prefix('F')?.parse().ok().filter(|number| (1..=35).contains(number));
    let mut letters = rest.chars();
    let code = match NAMES.iter().find(|(known, _)| *known == rest) {
        Some((_, code)) => *code,
        None => match (letters.next()?, letters.next()) {
            (letter, None) => KeyCode::Char(letter),
            _ => KeyCode::F(number()?),
        },
    };
    Some(KeyEvent::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn header() -> Header {
        Header {
            saldo_session: FORMAT,
            version: "0.1.0".into(),
            size: (80, 24),
            today: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
            lake: "demo".into(),
            opened: None,
            credit: None,
            write: false,
            theme: "dark".into(),
            depth: Depth::True,
            glyphs: Glyphs::Full,
            hold_rows: 1_000_000,
            targets: Vec::new(),
            keys: String::new(),
            texts: Vec::new(),
            given: Given::new(),
            vim: false,
        }
    }

    #[test]
    fn every_key_comes_back_as_it_was() {
        let codes = NAMES.iter().map(|(_, code)| *code).chain([
            KeyCode::F(1),
            KeyCode::F(12),
            KeyCode::Char('-'),
            KeyCode::Char('F'),
            KeyCode::Char('é'),
            KeyCode::Char('\u{7}'),
        ]);
        for code in codes {
            for modifiers in 0..16 {
                let held = MODIFIERS.iter().enumerate().filter(|(bit, _)| modifiers & (1 << bit) != 0);
                let modifiers = held.fold(KeyModifiers::NONE, |all, (_, (_, one))| all | *one);
                let event = Event::Key(KeyEvent::new(code, modifiers));
                let recorded = Recorded::of(&event).unwrap();
                assert_eq!(recorded.events(), Ok(vec![event]), "{recorded:?}");
            }
        }
    }

    #[test]
    fn a_log_comes_back_and_a_damaged_line_is_named() {
        let entries = [
            r#"{"at":3,"event":{"text":"SELECT 1"}}"#,
            r#"{"at":9,"event":{"key":"Ctrl-r"},"does":"run","running":7}"#,
            r#"{"at":12,"event":{"resize":[120,36]}}"#,
            r#"{"at":12,"event":{"mouse":["wheel up",3,4]}}"#,
            r#"{"at":12,"event":{"edited":{"Ok":"x"}}}"#,
            r#"{"at":13,"event":"leave"}"#,
        ];
        let first = serde_json::to_string(&header()).unwrap();
        let text = format!("{first}\n{}\n", entries.join("\n"));
        let log = Log::parse(text.as_bytes(), usize::MAX).unwrap();
        assert_eq!((log.header, log.entries.len()), (header(), 6));
        let again: Vec<_> = log.entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
        assert_eq!(again, entries);
        for (line, wanted) in [
            (r#"{"at":1"#, "line 3: it is damaged"),
            (r#"{"at":-1,"event":"leave"}"#, "line 3"),
            (r#"{"at":1,"event":{"key":"Hyper-x"}}"#, "there is no key"),
            (r#"{"at":1,"event":{"resize":[65535,65535]}}"#, "no size of a screen"),
            (r#"{"at":1,"event":{"resize":[0,5]}}"#, "no size of a screen"),
            (r#"{"at":1,"event":{"mouse":["explode",1,1]}}"#, "explode"),
            (r#"{"at":1,"event":{"shell":"rm"}}"#, "unknown variant"),
            (r#"{"at":1,"event":"leave","and":2}"#, "unknown field"),
        ] {
            let text = format!("{first}\n{}\n{line}\n", entries[0]);
            let error = Log::parse(text.as_bytes(), usize::MAX).unwrap_err().to_string();
            assert!(error.contains("line 3") && error.contains(wanted), "{line}: {error}");
            assert_eq!(Log::parse(text.as_bytes(), 1).map(|log| log.entries.len()), Ok(1));
        }
        let bad = [format!("{first}\n").into_bytes(), b"\xff\xfe\n".to_vec()].concat();
        assert!(matches!(Log::parse(&bad, 9), Err(LogError::Damaged { line: 2, .. })));
    }

    #[test]
    fn what_is_no_session_or_one_of_another_format_is_said() {
        for text in ["", "SELECT 1", "{}", "[1]", "\u{1b}]0;x\u{7}"] {
            assert!(matches!(Log::parse(text.as_bytes(), 9), Err(LogError::NoSession(_))), "{text}");
        }
        assert_eq!(Log::parse(br#"{"saldo_session":2}"#, 9), Err(LogError::Format(2)));
        let huge = serde_json::to_string(&Header { size: (60_000, 60_000), ..header() }).unwrap();
        assert!(matches!(Log::parse(huge.as_bytes(), 9), Err(LogError::Damaged { line: 1, .. })));
    }
}
