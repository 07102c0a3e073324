//! Vim's modes over the editor's text. Motions and commands are two tables; a count goes before either, an operator
//! before a motion. While text is inserted all keys are those of the ordinary editor.

mod again;
mod lines;
mod motions;
mod objects;
mod waits;

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::super::action::Action;
use super::Editor;
use super::search::Step;
use super::text::{Class, Motion, Text, class_of};
use again::Memory;
use lines::put;
use motions::{Go, MOST, MOTIONS, Reach, place};
use objects::{OBJECTS, Way};
use waits::{WAITS, Wait};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Normal,
    Insert,
    Visual,
    VisualLine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Delete,
    Change,
    Yank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Insert,
    Append,
    InsertFirst,
    AppendLast,
    OpenBelow,
    OpenAbove,
    Operate(Operator),
    ToLineEnd(Operator),
    Characters,
    WholeLines,
    PutAfter,
    PutBefore,
    Join,
    Undo,
    Redo,
    Again,
    SameCharacter(bool),
    Select(Mode),
    Find,
    Next,
    Previous,
    Run,
    Leave,
}

const COMMANDS: &[(&str, Command, &str)] = &[
    ("i", Command::Insert, "insert before the cursor"),
    ("a", Command::Append, "insert after the cursor"),
    ("I", Command::InsertFirst, "insert at the beginning of the line"),
    ("A", Command::AppendLast, "insert at the end of the line"),
    ("o", Command::OpenBelow, "insert on a new line below"),
    ("O", Command::OpenAbove, "insert on a new line above"),
    ("x", Command::Characters, "delete the character under the cursor"),
    ("d", Command::Operate(Operator::Delete), "delete what a motion passes; dd whole lines"),
    ("c", Command::Operate(Operator::Change), "the same, and insert there"),
    ("y", Command::Operate(Operator::Yank), "copy it, through the terminal too"),
    ("D", Command::ToLineEnd(Operator::Delete), "delete to the end of the line"),
    ("C", Command::ToLineEnd(Operator::Change), "the same, and insert there"),
    ("Y", Command::WholeLines, "copy whole lines"),
    ("p", Command::PutAfter, "put in what was copied or deleted, after the cursor"),
    ("P", Command::PutBefore, "the same before it"),
    ("J", Command::Join, "join the line with the next, or so many lines"),
    (";", Command::SameCharacter(true), "to the character that f, t, F or T looked for last"),
    (",", Command::SameCharacter(false), "the same the other way"),
    (".", Command::Again, "do the last change again, or so many times"),
    ("u", Command::Undo, "take the last change back"),
    ("Ctrl-R", Command::Redo, "do it again"),
    ("v", Command::Select(Mode::Visual), "select characters"),
    ("V", Command::Select(Mode::VisualLine), "select lines"),
    ("/", Command::Find, "find and replace"),
    ("n", Command::Next, "the next place of what was searched for"),
    ("N", Command::Previous, "the one before"),
    ("Enter", Command::Run, "run what is selected, else the statement under the cursor"),
    ("Esc", Command::Leave, "back to normal mode; from there go to the results"),
];

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
    memory: Memory,
}

impl Mode {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Insert => "INSERT",
            Self::Visual => "VISUAL",
            Self::VisualLine => "VISUAL LINE",
        }
    }
}

/// What a key is called in the tables; nothing for one that does the same in every mode.
fn name_of(event: &KeyEvent) -> Option<String> {
    let name = match event.code {
        KeyCode::Char('r') if event.modifiers == KeyModifiers::CONTROL => "Ctrl-R",
        _ if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => return None,
        KeyCode::Char(letter) => return Some(letter.to_string()),
        KeyCode::Esc => "Esc",
        KeyCode::Enter => "Enter",
        KeyCode::Left | KeyCode::Backspace => "h",
        KeyCode::Down => "j",
        KeyCode::Up => "k",
        KeyCode::Right => "l",
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
        if self.mode == Mode::Insert {
            return (name? == "Esc").then(|| self.stop_inserting(editor));
        }
        let Some(name) = name else {
            self.reset(Mode::Normal);
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
        let outcome = match self.waits.take() {
            Some(wait) => self.waited(wait, event, &name, editor, register),
            None => self.name(&name, editor, register),
        };
        self.settle(&mut editor.text);
        self.note_outcome(&outcome, editor);
        Some(outcome)
    }

    /// A key that nothing waits for.
    fn name(&mut self, name: &str, editor: &mut Editor, register: &mut String) -> Outcome {
        if let Ok(digit @ 0..=9) = name.parse::<usize>()
            && (digit > 0 || self.count.is_some())
        {
            self.count = Some((self.count.unwrap_or(0) * 10 + digit).min(MOST));
            return Outcome::Moved;
        }
        let takes_objects = self.operator.is_some() || matches!(self.mode, Mode::Visual | Mode::VisualLine);
        let wait = WAITS.iter().find(|(key, ..)| *key == name).map(|(_, wait, _)| *wait);
        self.waits = match name {
            "g" => Some(Wait::Top),
            "i" | "a" if takes_objects => Some(Wait::Object(name == "a")),
            _ => wait,
        };
        if self.waits.is_some() { Outcome::Moved } else { self.named(name, editor, register) }
    }

    /// A motion or a command, by its name in the tables.
    fn named(&mut self, name: &str, editor: &mut Editor, register: &mut String) -> Outcome {
        let motion = MOTIONS.iter().find(|(key, ..)| *key == name);
        let command = COMMANDS.iter().find(|(key, ..)| *key == name);
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
    }

    fn is_idle(&self) -> bool {
        self.count.is_none() && self.operator.is_none() && self.waits.is_none()
    }

    fn stop_inserting(&mut self, editor: &mut Editor) -> Outcome {
        self.reset(Mode::Normal);
        self.note_inserted(editor);
        editor.list = None;
        let at = editor.text.cursor();
        if at > editor.text.line_start(at) {
            editor.text.set_cursor(editor.text.before(at));
        }
        Outcome::Moved
    }

    /// The cursor stands on a character, not behind the last of a line; what is selected reaches through it.
    fn settle(&self, text: &mut Text) {
        if self.mode == Mode::Insert {
            return;
        }
        let mut at = text.cursor();
        if at == text.line_end(at) && at > text.line_start(at) {
            at = text.before(at);
        }
        let selected = match self.mode {
            Mode::Visual | Mode::VisualLine => Some(self.selected(text, at).0),
            _ => None,
        };
        text.hold(at, selected);
    }

    /// What is selected with the cursor at a place, and whether that is whole lines.
    fn selected(&self, text: &Text, at: usize) -> (Range<usize>, bool) {
        let anchor = text.as_str().floor_char_boundary(self.anchor);
        let (first, last) = (anchor.min(at), anchor.max(at));
        match self.mode {
            Mode::VisualLine => (text.line_start(first)..text.line_end(last), true),
            _ => (first..text.after(last), false),
        }
    }

    fn go(&mut self, go: Go, reach: Reach, editor: &mut Editor, register: &mut String) -> Outcome {
        let at = editor.text.cursor();
        let Some((operator, before)) = self.operator else {
            let lines = self.count.unwrap_or(1);
            match go {
                Go::Down => editor.text.go(Motion::Down(lines), false),
                Go::Up => editor.text.go(Motion::Up(lines), false),
                _ => editor.text.set_cursor(place(&editor.text, at, go, self.count)),
            }
            return Outcome::Moved;
        };
        let count = self.times(before);
        let text = &editor.text;
        let is_word = text.as_str()[at..].chars().next().is_some_and(|mark| class_of(mark) != Class::Blank);
        // As people know it: what is changed is the word, without the blanks behind it.
        let (go, reach) = match (go, operator) {
            (Go::Word, Operator::Change) if is_word => {
                let last = (0..count.unwrap_or(1)).fold(at, |at, _| text.word_after(at));
                return self.operate(operator, at..last, false, editor, register);
            }
            _ => (go, reach),
        };
        let to = place(text, at, go, count);
        let (first, last) = (at.min(to), at.max(to));
        let (range, is_lines) = match reach {
            // There is no such line, and no bracket.
            Reach::Through if go == Go::Bracket && at == to => return Outcome::Moved,
            Reach::Lines if matches!(go, Go::Down | Go::Up) && text.line(at) == text.line(to) => {
                return Outcome::Moved;
            }
            Reach::Lines => (text.line_start(first)..text.line_end(last), true),
            Reach::Through => (first..text.after(last), false),
            // The last word of a line is taken without its break.
            Reach::To if go == Go::Word && text.as_str()[first..last].contains('\n') => {
                let words = text.as_str()[first..last].trim_end().len();
                (first..(first + words).max(text.line_end(first).min(last)), false)
            }
            Reach::To => (first..last, false),
        };
        self.operate(operator, range, is_lines, editor, register)
    }

    /// How often: the count before an operator and the one after it.
    fn times(&self, before: Option<usize>) -> Option<usize> {
        match (before, self.count) {
            (None, None) => None,
            (before, count) => Some((before.unwrap_or(1) * count.unwrap_or(1)).min(MOST)),
        }
    }

    fn operate(
        &mut self,
        operator: Operator,
        range: Range<usize>,
        is_lines: bool,
        editor: &mut Editor,
        register: &mut String,
    ) -> Outcome {
        self.reset(Mode::Normal);
        let text = &editor.text;
        let mut taken = text.as_str()[range.clone()].to_owned();
        if is_lines {
            taken.push('\n');
        }
        if !taken.is_empty() {
            register.clone_from(&taken);
        }
        match operator {
            Operator::Yank => {
                if !(is_lines && range.contains(&text.cursor())) || text.selection().is_some() {
                    editor.text.set_cursor(range.start);
                }
                return Outcome::Copied(taken);
            }
            Operator::Change => {
                let indent = if is_lines { place(text, range.start, Go::First, None) } else { range.start };
                editor.replace(indent..range.end, "");
                self.mode = Mode::Insert;
            }
            Operator::Delete if is_lines => {
                let whole = match (range.start, range.end < text.as_str().len()) {
                    (start, true) => start..range.end + 1,
                    (0, false) => range.clone(),
                    (start, false) => start - 1..range.end,
                };
                editor.replace(whole, "");
                let start = editor.text.line_start(range.start.min(editor.text.as_str().len()));
                editor.text.set_cursor(place(&editor.text, start, Go::First, None));
            }
            Operator::Delete => editor.replace(range, ""),
        }
        Outcome::Changed
    }

    fn command(&mut self, command: Command, editor: &mut Editor, register: &mut String) -> Outcome {
        if matches!(self.mode, Mode::Visual | Mode::VisualLine)
            && let Some(outcome) = self.on_selected(command, editor, register)
        {
            return outcome;
        }
        let text = &editor.text;
        let (at, count) = (text.cursor(), self.count.unwrap_or(1));
        match command {
            Command::Operate(operator) => self.begin(operator, editor, register),
            Command::WholeLines => {
                self.operate(Operator::Yank, whole_lines(text, count), true, editor, register)
            }
            Command::ToLineEnd(operator) => {
                self.operate(operator, at..place(text, at, Go::LineEnd, self.count), false, editor, register)
            }
            Command::Characters => {
                let range = at..place(text, at, Go::Right, self.count);
                self.operate(Operator::Delete, range, false, editor, register)
            }
            Command::PutAfter | Command::PutBefore => {
                put(editor, command == Command::PutAfter, &register.repeat(count))
            }
            Command::Undo | Command::Redo => {
                self.forget_keys();
                let back = command == Command::Undo;
                let changed = (0..count).take_while(|_| editor.undo(back)).count();
                if changed > 0 { Outcome::Changed } else { Outcome::Moved }
            }
            Command::Select(mode) => {
                if !matches!(self.mode, Mode::Visual | Mode::VisualLine) {
                    self.anchor = at;
                }
                self.mode = if self.mode == mode { Mode::Normal } else { mode };
                Outcome::Moved
            }
            Command::Join => self.join(editor),
            Command::Again => self.again(count, editor, register),
            Command::SameCharacter(same) => self.same_character(same, editor, register),
            Command::Find => Outcome::Act(Action::FindText),
            Command::Next => {
                editor.text.set_cursor(editor.text.after(at));
                Outcome::Search(Step::Next)
            }
            Command::Previous => Outcome::Search(Step::Previous),
            Command::Run => Outcome::Act(Action::Run),
            Command::Leave => {
                let is_idle = self.mode == Mode::Normal && self.is_idle();
                self.reset(Mode::Normal);
                if is_idle { Outcome::Act(Action::GoResults) } else { Outcome::Moved }
            }
            _ => self.insert(command, editor),
        }
    }

    /// What a command does to what is selected; nothing for one that does not change it.
    fn on_selected(
        &mut self,
        command: Command,
        editor: &mut Editor,
        register: &mut String,
    ) -> Option<Outcome> {
        let (selected, is_lines) = self.selected(&editor.text, editor.text.cursor());
        let operator = match command {
            Command::Operate(operator) => operator,
            Command::Characters => Operator::Delete,
            Command::ToLineEnd(_) | Command::WholeLines => {
                let whole = Self { mode: Mode::VisualLine, ..self.clone() };
                let (lines, _) = whole.selected(&editor.text, editor.text.cursor());
                let operator =
                    if let Command::ToLineEnd(operator) = command { operator } else { Operator::Yank };
                return Some(self.operate(operator, lines, true, editor, register));
            }
            Command::PutAfter | Command::PutBefore => {
                let put = std::mem::take(register);
                self.operate(Operator::Delete, selected.clone(), false, editor, register);
                editor.replace(selected.start..selected.start, put.trim_end_matches('\n'));
                return Some(Outcome::Changed);
            }
            _ => return None,
        };
        Some(self.operate(operator, selected, is_lines, editor, register))
    }

    /// An operator waits for a motion; the second time it means whole lines.
    fn begin(&mut self, operator: Operator, editor: &mut Editor, register: &mut String) -> Outcome {
        match self.operator {
            Some((same, before)) if same == operator => {
                let count = before.unwrap_or(1) * self.count.unwrap_or(1);
                let lines = whole_lines(&editor.text, count.min(MOST));
                return self.operate(operator, lines, true, editor, register);
            }
            Some(_) => self.operator = None,
            None => self.operator = Some((operator, self.count.take())),
        }
        Outcome::Moved
    }
}

/// So many lines from the one of the cursor, without the last one's break.
fn whole_lines(text: &Text, count: usize) -> Range<usize> {
    let at = text.cursor();
    let last = (text.line(at) + count - 1).min(text.lines() - 1);
    text.line_start(at)..text.line_end(text.start_of_line(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `|` at the cursor, after keys; `<Esc>`, `<Ctrl-R>` and `<Enter>` are one key each.
    fn after(text: &str, keys: &str) -> (String, Vim, Vec<Outcome>) {
        let at = text.find('|').unwrap();
        let mut editor = Editor::new(&text.replacen('|', "", 1));
        editor.text.set_cursor(at);
        let (mut vim, mut register, mut outcomes) = (Vim::default(), String::new(), Vec::new());
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (event, length) = match rest {
                _ if rest.starts_with("<Esc>") => (KeyEvent::from(KeyCode::Esc), 5),
                _ if rest.starts_with("<Enter>") => (KeyEvent::from(KeyCode::Enter), 7),
                _ if rest.starts_with("<Ctrl-R>") => {
                    (KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL), 8)
                }
                _ => (KeyEvent::from(KeyCode::Char(first)), first.len_utf8()),
            };
            rest = &rest[length..];
            match vim.key(&event, &mut editor, &mut register) {
                Some(outcome) => outcomes.push(outcome),
                None => editor.type_letter(first),
            }
        }
        let mut shown = editor.text();
        shown.insert(editor.text.cursor(), '|');
        (shown, vim, outcomes)
    }

    /// A text with its cursor, keys, and what comes of them.
    const CASES: &[(&str, &str, &str)] = &[
        // Motions.
        ("|SELECT a, b", "w", "SELECT |a, b"),
        ("|SELECT a, b", "3w", "SELECT a, |b"),
        ("|COUNT a, b", "e", "COUN|T a, b"),
        ("|SELECT a, b", "2e", "SELECT |a, b"),
        ("SELECT a, |b", "bb", "SELECT |a, b"),
        ("  COUN|T a", "0", "|  COUNT a"),
        ("  COUN|T a", "^", "  |COUNT a"),
        ("|SELECT a\nb", "$", "SELECT |a\nb"),
        ("|a\nb\nc", "G", "a\nb\n|c"),
        ("a\nb\n|c", "gg", "|a\nb\nc"),
        ("|a\nb\nc", "2G", "a\n|b\nc"),
        ("abc|d\nx\nabcd", "jj", "abcd\nx\nabc|d"),
        ("abc|d\nx", "j", "abcd\n|x"),
        ("|ab", "lll", "a|b"),
        ("a\n|b", "h", "a\n|b"),
        ("|one\n\ntwo", "w", "one\n|\ntwo"),
        // Inserting.
        ("a|b", "ix<Esc>", "a|xb"),
        ("a|b", "ax<Esc>", "ab|x"),
        ("  a|b", "Ix<Esc>", "  |xab"),
        ("|ab", "Ax<Esc>", "ab|x"),
        ("  a|b\nc", "ox<Esc>", "  ab\n  |x\nc"),
        ("a\n  |b", "Ox<Esc>", "a\n  |x\n  b"),
        // Deleting and changing.
        ("a|bc", "x", "a|c"),
        ("|abc", "2x", "|c"),
        ("ab|c", "x", "a|b"),
        ("a\n|b\nc", "dd", "a\n|c"),
        ("a\n|b\nc\nd", "2dd", "a\n|d"),
        ("a\nb\n|c", "dd", "a\n|b"),
        ("|a", "dd", "|"),
        ("|a\nb\nc", "dj", "|c"),
        ("a\n|b", "dj", "a\n|b"),
        ("a\nb\n|c", "dgg", "|"),
        ("SELECT |a, b", "D", "SELECT| "),
        ("|SELECT a, b", "dw", "|a, b"),
        ("|SELECT a, b", "2dw", "|, b"),
        ("|SELECT a, b", "d2w", "|, b"),
        ("SELECT |a\nb", "dw", "SELECT| \nb"),
        ("|SELECT a", "de", "| a"),
        ("SELECT a|bc", "db", "SELECT |bc"),
        ("SELECT |abc", "d0", "|abc"),
        ("|SELECT a", "cwWITH<Esc>", "WIT|H a"),
        ("  a|b\nc", "ccx<Esc>", "  |x\nc"),
        ("SELECT |a, b", "C1<Esc>", "SELECT |1"),
        // Copying and putting.
        ("|a\nb", "yyp", "a\n|a\nb"),
        ("|a\nb", "yyjP", "a\n|a\nb"),
        ("|a b", "ywwP", "a a| b"),
        ("|ab", "xp", "b|a"),
        ("|a\nb\nc", "2yyGp", "a\nb\nc\n|a\nb"),
        ("|a\nb", "ddp", "b\n|a"),
        ("|ab", "yl3p", "aaa|ab"),
        // To a character of the line.
        ("|a, b, c", "f,", "a|, b, c"),
        ("|a, b, c", "2f,", "a, b|, c"),
        ("|a, b, c", "f,;", "a, b|, c"),
        ("|a, b, c", "t,", "|a, b, c"),
        ("|a, b, c", "t,;", "a, |b, c"),
        ("a, b, |c", "F,", "a, b|, c"),
        ("a, b, |c", "T,", "a, b,| c"),
        ("a, b, |c", "F,;,", "a, b|, c"),
        ("|a, b, c", "dt,", "|, b, c"),
        ("|a, b, c", "d2f,", "| c"),
        ("a, b, |c", "dF,", "a, b|c"),
        ("|a\nb,", "f,x", "|\nb,"),
        ("|ab, c", "vf,d", "| c"),
        // The other bracket; one in a text is none.
        ("|f(a, ')')", "%", "f(a, ')'|)"),
        ("f(a, ')'|)", "%", "f|(a, ')')"),
        ("f|(a[1]) b", "d%", "f| b"),
        ("|ab", "d%", "|ab"),
        // In place of characters.
        ("|abc", "rx", "|xbc"),
        ("|abc", "2rx", "x|xc"),
        ("|ab", "3rx", "|ab"),
        ("|a b", "lr<Enter>", "a\n|b"),
        ("|abc\nd", "vjrx", "|xxx\nx"),
        // Lines joined.
        ("|a,\n   b\nc", "J", "a,| b\nc"),
        ("|a\nb\nc", "3J", "a b| c"),
        ("|f(\n)", "J", "f(|)"),
        ("a|", "J", "|a"),
        ("|a\nb\nc", "VjJ", "a| b\nc"),
        // Texts taken whole.
        ("SELECT ab|c, d", "diw", "SELECT |, d"),
        ("SELECT ab|c FROM t", "daw", "SELECT |FROM t"),
        ("a, ab|c", "daw", "a|,"),
        ("SELECT ab|c, d", "ciwx<Esc>", "SELECT |x, d"),
        ("= 'a |b' x", "di'", "= '|' x"),
        ("= 'a |b' x", "da'", "= |x"),
        ("|= \"a\" x", "ci\"b<Esc>", "= \"|b\" x"),
        ("f(a, g(|b), c)", "di(", "f(a, g(|), c)"),
        ("f(a, g(b|), c)", "da(", "f(a, g|, c)"),
        ("f(a, |g(b), c)", "dib", "f(|)"),
        ("f(|)", "ci(x<Esc>", "f(|x)"),
        ("a[|1]", "di]", "a[|]"),
        ("{'k': |1}", "daB", "|"),
        ("f(')', |b)", "di(", "f(|)"),
        ("|a b", "di(x", "| b"),
        ("f(a|b)", "vi(d", "f(|)"),
        ("a|b c", "viwywP", "ab a|bc"),
        // The last change again.
        ("|a b c d", "dw.", "|c d"),
        ("|a b c d", "dw2.", "|d"),
        ("|a b c", "cwx<Esc>w.", "x |x c"),
        ("|a, b, c", "f,r;;.", "a; b|; c"),
        ("|a\nb", "A,<Esc>j.", "a,\nb|,"),
        ("|a\nb\nc\nd", "ddj.", "b\n|d"),
        ("|'a' 'b'", "ci'x<Esc>f'lf'.", "'x' '|x'"),
        ("|a b c", "dwu.", "|b c"),
        ("|a b c d", "dwu..", "|c d"),
        ("|a b c", "cwx<Esc>w.w.", "x x |x"),
        ("|abcdef", "vld.", "|ef"),
        ("|a", ".", "|a"),
        // Undoing.
        ("|a b c", "dwdwu", "|b c"),
        ("|a b c", "dwdw2u", "|a b c"),
        ("|a b c", "dwdwuu<Ctrl-R>", "|b c"),
        // Selecting.
        ("|abcd", "vlld", "|d"),
        ("ab|cd", "vhd", "a|d"),
        ("|a\nb\nc", "Vjd", "|c"),
        ("|abcd", "vlcx<Esc>", "|xcd"),
        ("|abcd", "vly$p", "abcda|b"),
        ("|日本語", "x", "|本語"),
        ("|e\u{301}tat", "x", "|tat"),
        // What is no command does nothing.
        ("|a", "dzx", "|"),
        ("|", "xdwddpyyu", "|"),
    ];

    #[test]
    fn keys_do_what_vim_does() {
        for (text, keys, wanted) in CASES.iter().copied() {
            let (shown, vim, _) = after(text, keys);
            assert_eq!(shown, wanted, "{keys} on {text:?}");
            assert_eq!(vim.mode, Mode::Normal, "{keys}");
        }
    }

    #[test]
    fn escape_ends_what_was_begun_and_then_leaves() {
        let (_, vim, outcomes) = after("|a", "vd<Esc>");
        assert_eq!((vim.mode, outcomes.last()), (Mode::Normal, Some(&Outcome::Act(Action::GoResults))));
        for keys in ["2<Esc>", "d<Esc>", "v<Esc>", "V<Esc>", "i<Esc>"] {
            let (text, vim, outcomes) = after("|a", keys);
            assert_eq!((text.as_str(), vim.mode), ("|a", Mode::Normal), "{keys}");
            assert_eq!(outcomes.last(), Some(&Outcome::Moved), "{keys}");
        }
        assert_eq!(after("|a", "<Enter>").2, [Outcome::Act(Action::Run)]);
        assert_eq!(after("|a b", "yw").2.last(), Some(&Outcome::Copied("a ".into())));
        assert_eq!(after("|a b", "/").2, [Outcome::Act(Action::FindText)]);
        assert_eq!(after("|a", "5000000000000000000000l").0, "|a", "a count has an end");
    }

    #[test]
    fn no_key_stands_twice() {
        let mut seen = Vec::new();
        for (key, _) in keys() {
            assert!(!seen.contains(&key), "{key} twice");
            seen.push(key);
        }
    }
}
