//! Vim's modes over the editor's text. Motions and commands are two tables; a count goes before either, an operator
//! before a motion. While text is inserted all keys are those of the ordinary editor.

mod again;
mod block;
mod case;
#[cfg(test)]
mod cases;
mod commands;
pub mod ex;
mod lines;
mod motions;
mod numbers;
mod objects;
mod operators;
mod over;
mod ranges;
mod registers;
mod view;
mod waits;

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::super::action::Action;
use super::Editor;
use super::search::Step;
use super::text::Text;
use again::Memory;
use block::Below;
use commands::{COMMANDS, Command};
use motions::{FAR, MOST, MOTIONS};
use objects::{OBJECTS, Way};
use operators::Operator;
use over::Over;
use registers::Registers;
use waits::{WAITS, Wait};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Normal,
    Insert,
    /// What is typed takes the place of what stands there.
    Replace,
    Visual,
    VisualLine,
    VisualBlock,
}

/// The actions that have a key of their own in these modes.
const OWN: [(Action, &str); 5] = [
    (Action::Run, "Enter"),
    (Action::FindText, "/"),
    (Action::Undo, "u"),
    (Action::Redo, "Ctrl-R"),
    (Action::GoResults, "Esc"),
];

/// The ordinary editor's keys that are others here.
const TAKEN: [&str; 11] = [
    "Ctrl-A", "Ctrl-B", "Ctrl-D", "Ctrl-E", "Ctrl-F", "Ctrl-R", "Ctrl-U", "Ctrl-V", "Ctrl-W", "Ctrl-X",
    "Ctrl-Y",
];

/// The key of an action while nothing is typed, where these modes leave it one: their own, else the ordinary editor's.
#[must_use]
pub fn key_of(action: Action, ordinary: Option<String>) -> Option<String> {
    let own = OWN.iter().find(|(known, _)| *known == action).map(|(_, key)| (*key).to_owned());
    own.or_else(|| ordinary.filter(|key| !TAKEN.contains(&key.as_str())))
}

/// Every key of the modes but those of inserting, and what it does.
pub fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    let motions = MOTIONS.iter().map(|(key, .., help)| (*key, *help));
    let waits = WAITS.iter().map(|(key, _, help)| (*key, *help));
    motions
        .chain(waits)
        .chain(COMMANDS.iter().map(|(key, _, help)| (*key, *help)))
        .chain(OBJECTS.iter().copied())
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Moved,
    Changed,
    /// A text was copied.
    Copied(String),
    Act(Action),
    Search(Step),
    /// A word is searched for, as a whole.
    SearchWord(String, Step),
    /// What is searched for is to be typed, forward or backward.
    Seek(bool),
    /// A command is to be typed, of the lines that are selected where there are some.
    Ex(bool),
    /// Keys that were recorded under a letter are to be pressed again, so many times.
    Play(char, usize),
}

/// The mode, and what was typed of a command.
#[derive(Debug, Clone, Default)]
pub struct Vim {
    pub mode: Mode,
    count: Option<usize>,
    operator: Option<(Operator, Option<usize>)>,
    waits: Option<Wait>,
    /// Where the selection began.
    anchor: usize,
    /// The character that was gone to last.
    sought: Option<(Way, char)>,
    /// How often what is being inserted stands there in the end.
    inserts: usize,
    memory: Memory,
    registers: Registers,
    /// The last selection: its mode, and the places where it began and ended.
    selected_last: Option<(Mode, usize, usize)>,
    /// A block reaches to the end of each line.
    block_to_end: bool,
    /// The lines below into which what is inserted goes too.
    below: Option<Below>,
    /// The last search went backward.
    is_backward: bool,
    over: Over,
    /// Where the last of them ends.
    over_end: usize,
    /// The last key found no place to go to: keys that are played end with it.
    pub has_failed: bool,
}

impl Mode {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Insert => "INSERT",
            Self::Replace => "REPLACE",
            Self::Visual => "VISUAL",
            Self::VisualLine => "VISUAL LINE",
            Self::VisualBlock => "VISUAL BLOCK",
        }
    }

    /// Whether letters are typed into the text.
    #[must_use]
    pub fn types(self) -> bool {
        matches!(self, Self::Insert | Self::Replace)
    }

    fn selects(self) -> bool {
        matches!(self, Self::Visual | Self::VisualLine | Self::VisualBlock)
    }
}

/// What a key is called in the tables; nothing for one that does the same in every mode.
fn name_of(event: &KeyEvent) -> Option<String> {
    let name = match event.code {
        KeyCode::Char(letter) if event.modifiers == KeyModifiers::CONTROL => {
            let name = match letter {
                'h' | 'j' => letter.to_string(),
                _ => format!("Ctrl-{}", letter.to_ascii_uppercase()),
            };
            return (name.len() == 1 || TAKEN.contains(&name.as_str())).then_some(name);
        }
        _ if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => return None,
        KeyCode::Right | KeyCode::Char(' ') => "l",
        KeyCode::Char(letter) => return Some(letter.to_string()),
        KeyCode::Esc => "Esc",
        KeyCode::Enter => "Enter",
        KeyCode::Left | KeyCode::Backspace => "h",
        KeyCode::Down => "j",
        KeyCode::Up => "k",
        KeyCode::Home => "0",
        KeyCode::End => "$",
        KeyCode::Delete => "x",
        _ => return None,
    };
    Some(name.to_owned())
}

impl Vim {
    /// Takes a key; nothing for one that the ordinary editor takes. What is copied or deleted goes into the register:
    /// whole lines end with a break.
    pub fn key(&mut self, event: &KeyEvent, editor: &mut Editor, register: &mut String) -> Option<Outcome> {
        let name = name_of(event);
        self.registers.note(event);
        self.has_failed = false;
        if self.mode == Mode::Replace
            && let Some(outcome) = self.over_key(event, editor)
        {
            return Some(outcome);
        }
        if self.mode.types() {
            // What runs is stopped by this key too, elsewhere.
            if event.modifiers == KeyModifiers::CONTROL && event.code == KeyCode::Char('c') {
                self.stop_inserting(editor);
            }
            return (name? == "Esc").then(|| self.stop_inserting(editor));
        }
        if self.mode.selects() {
            let at = editor.text.cursor();
            self.selected_last = Some((self.mode, self.anchor, at));
            editor.text.set_mark('<', self.anchor.min(at));
            editor.text.set_mark('>', self.anchor.max(at));
        }
        let Some(name) = name else {
            self.reset(Mode::Normal);
            editor.block.clear();
            return None;
        };
        self.note_key(event);
        editor.list = None;
        if self.mode == Mode::Normal
            && let Some(found) = editor.text.selection()
        {
            // What a search found: the cursor stands on its beginning.
            editor.text.set_cursor(found.start);
        }
        self.memory.step = editor.text.step();
        let outcome = self.with_register(event, &name, editor, register);
        self.settle(editor);
        self.note_outcome(&outcome, editor);
        Some(outcome)
    }

    /// A key that another one waited for, or a key of its own.
    fn dispatch(
        &mut self,
        event: &KeyEvent,
        name: &str,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        match self.waits.take() {
            Some(wait) => self.waited(wait, event, name, editor, register),
            None => self.name(name, editor, register),
        }
    }

    /// A key that nothing waits for.
    fn name(&mut self, name: &str, editor: &mut Editor, register: &mut String) -> Outcome {
        if let Ok(digit @ 0..=9) = name.parse::<usize>()
            && (digit > 0 || self.count.is_some())
        {
            self.count = Some((self.count.unwrap_or(0) * 10 + digit).min(MOST));
            return Outcome::Moved;
        }
        if name == "q" && self.registers.end_recording() {
            return Outcome::Moved;
        }
        if let Some((operator, _)) = self.operator
            && operator.whole() == Some(name)
        {
            return self.begin(operator, editor, register);
        }
        let takes_objects = self.operator.is_some() || self.mode.selects();
        let wait = WAITS.iter().find(|(key, ..)| *key == name).map(|(_, wait, _)| *wait);
        self.waits = match name {
            "g" => Some(Wait::Top),
            "i" | "a" if takes_objects => Some(Wait::Object(name == "a")),
            // What they do is no place to go to.
            "z" | "m" | "Z" | "Ctrl-W" if self.operator.is_some() => None,
            _ => wait,
        };
        if self.waits.is_some() { Outcome::Moved } else { self.named(name, editor, register) }
    }

    /// A motion or a command, by its name in the tables.
    fn named(&mut self, name: &str, editor: &mut Editor, register: &mut String) -> Outcome {
        let motion = MOTIONS.iter().find(|(key, ..)| *key == name);
        let command = COMMANDS.iter().find(|(key, ..)| *key == name);
        if FAR.contains(&name) {
            editor.text.set_mark('\'', editor.text.cursor());
        }
        match name {
            "j" | "k" | "o" | "O" => {}
            _ if motion.is_some() => self.block_to_end = name == "$",
            _ => {}
        }
        let outcome = match (motion, command) {
            (Some((_, go, reach, _)), _) => self.go(*go, *reach, editor, register),
            (None, Some((_, command, _))) => self.command(*command, editor, register),
            (None, None) => Outcome::Moved,
        };
        if !matches!(command, Some((_, Command::Operate(_), _))) || self.operator.is_none() {
            (self.count, self.operator) = (None, None);
        }
        outcome
    }

    /// Nothing is begun any more.
    fn reset(&mut self, mode: Mode) {
        (self.mode, self.count, self.operator, self.waits, self.anchor) = (mode, None, None, None, 0);
        self.registers.chosen = None;
    }

    /// Whether no command has been begun.
    fn is_idle(&self) -> bool {
        self.count.is_none()
            && self.operator.is_none()
            && self.waits.is_none()
            && self.registers.chosen.is_none()
    }

    fn stop_inserting(&mut self, editor: &mut Editor) -> Outcome {
        self.reset(Mode::Normal);
        self.note_inserted(editor);
        editor.list = None;
        self.insert_again(editor);
        let at = editor.text.cursor();
        editor.text.set_mark('^', at);
        if at > editor.text.line_start(at) {
            editor.text.set_cursor(editor.text.before(at));
        }
        if let Some(below) = self.below.take() {
            self.insert_below(&below, editor);
        }
        // As people know it: what was inserted in one go is undone in one.
        editor.text.join_since(self.memory.step);
        Outcome::Moved
    }

    /// The cursor stands on a character, not behind the last of a line; what is selected reaches through it.
    fn settle(&self, editor: &mut Editor) {
        editor.block.clear();
        if self.mode.types() {
            return;
        }
        let text = &mut editor.text;
        let mut at = text.cursor();
        if at == text.line_end(at) && at > text.line_start(at) {
            at = text.before(at);
        }
        if self.mode == Mode::VisualBlock {
            editor.block = self.block(text, at).parts(text);
            return text.hold(at, None);
        }
        let selected = self.mode.selects().then(|| self.selected(text, at).0);
        text.hold(at, selected);
    }

    /// What is selected with the cursor at a place, and whether that is whole lines.
    fn selected(&self, text: &Text, at: usize) -> (Range<usize>, bool) {
        let anchor = text.as_str().floor_char_boundary(self.anchor);
        let (first, last) = (anchor.min(at), anchor.max(at));
        match self.mode {
            Mode::VisualLine | Mode::VisualBlock => (text.line_start(first)..text.line_end(last), true),
            _ => (first..text.after(last), false),
        }
    }
}
