//! What changes no text: what is selected and searched for, and the part that is on screen.

use std::cmp::Ordering;

use super::super::super::super::action::Action;
use super::super::Editor;
use super::super::search::Step;
use super::super::text::{Class, Motion, class_of};
use super::commands::Command;
use super::motions::{Go, MOST, place};
use super::{Mode, Outcome, Vim};

/// A place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Highest,
    Middle,
    Lowest,
}

impl Vim {
    /// What changes no text: what is selected, searched for and looked at; nothing for another command.
    pub(super) fn look(&mut self, command: Command, editor: &mut Editor) -> Option<Outcome> {
        let text = &editor.text;
        let at = text.cursor();
        Some(match command {
            Command::Select(mode) => {
                if !self.mode.selects() {
                    self.anchor = at;
                }
                self.mode = if self.mode == mode { Mode::Normal } else { mode };
                Outcome::Moved
            }
            Command::SelectAgain => {
                if let Some((mode, anchor, cursor)) = self.selected_last {
                    (self.mode, self.anchor) = (mode, anchor.min(text.as_str().len()));
                    editor.text.set_cursor(cursor);
                }
                Outcome::Moved
            }
            Command::Find(forward) => {
                self.reset(Mode::Normal);
                self.is_backward = !forward;
                Outcome::Seek(forward)
            }
            Command::Next | Command::Previous => {
                let forward = (command == Command::Next) != self.is_backward;
                if forward {
                    editor.text.set_cursor(editor.text.after(at));
                }
                Outcome::Search(if forward { Step::Next } else { Step::Previous })
            }
            Command::Scroll(down) => self.scroll(down, editor),
            Command::FindWord(forward) => self.find_word(forward, editor),
            Command::Page(forward, half) => self.page(forward, half, editor),
            Command::ToLine(line) => self.go_to_line(line, editor),
            Command::Ex => {
                let is_selected = self.mode.selects();
                self.reset(Mode::Normal);
                Outcome::Ex(is_selected)
            }
            Command::Run => Outcome::Act(Action::Run),
            Command::Leave => {
                let is_idle = self.mode == Mode::Normal && self.is_idle();
                self.reset(Mode::Normal);
                if is_idle { Outcome::Act(Action::GoResults) } else { Outcome::Moved }
            }
            _ => return None,
        })
    }

    /// The word under the cursor, or the next one of the line.
    fn find_word(&mut self, forward: bool, editor: &mut Editor) -> Outcome {
        self.reset(Mode::Normal);
        self.is_backward = !forward;
        let (text, at) = (editor.text.as_str(), editor.text.cursor());
        let is_letter = |mark: char| class_of(mark) == Class::Letter;
        let line = &text[..editor.text.line_end(at)];
        let start = match line[at..].chars().next() {
            Some(mark) if is_letter(mark) => line[..at].trim_end_matches(is_letter).len(),
            _ => at + line[at..].find(is_letter).unwrap_or(line.len() - at),
        };
        let end = line.len() - line[start..].trim_start_matches(is_letter).len();
        if start == end {
            self.has_failed = true;
            return Outcome::Moved;
        }
        let word = line[start..end].to_owned();
        editor.text.set_cursor(if forward { end } else { start });
        Outcome::SearchWord(word, if forward { Step::Next } else { Step::Previous })
    }

    /// A screen or half of one, or so many lines.
    fn page(&mut self, forward: bool, half: bool, editor: &mut Editor) -> Outcome {
        let before = editor.text.cursor();
        let lines = match (half, self.count) {
            (true, Some(lines)) => lines,
            (true, None) => editor.page / 2,
            (false, pages) => (editor.page.saturating_sub(2).max(1) * pages.unwrap_or(1)).min(MOST),
        };
        let motion = if forward { Motion::Down(lines.max(1)) } else { Motion::Up(lines.max(1)) };
        editor.text.go(motion, false);
        self.has_failed = editor.text.cursor() == before;
        Outcome::Moved
    }

    /// The text moves by lines; the cursor stays on it, and on screen.
    fn scroll(&self, down: bool, editor: &mut Editor) -> Outcome {
        let lines = self.count.unwrap_or(1);
        let text = &editor.text;
        let last_top = text.lines().saturating_sub(editor.page.max(1));
        let top = if down { (editor.top + lines).min(last_top) } else { editor.top.saturating_sub(lines) };
        let line = text.line(text.cursor());
        let wanted = line.clamp(top, top + editor.page.max(1) - 1);
        editor.top = top;
        match wanted.cmp(&line) {
            Ordering::Greater => editor.text.go(Motion::Down(wanted - line), false),
            Ordering::Less => editor.text.go(Motion::Up(line - wanted), false),
            Ordering::Equal => {}
        }
        Outcome::Moved
    }

    /// To a line of those on screen; a count goes so many from the edge.
    fn go_to_line(&self, line: Line, editor: &mut Editor) -> Outcome {
        let text = &editor.text;
        let lowest = (editor.top + editor.page.max(1)).min(text.lines()) - 1;
        let more = self.count.unwrap_or(1) - 1;
        let line = match line {
            Line::Highest => (editor.top + more).min(lowest),
            Line::Middle => usize::midpoint(editor.top, lowest),
            Line::Lowest => lowest.saturating_sub(more).max(editor.top),
        };
        let start = text.start_of_line(line);
        editor.text.set_cursor(place(&editor.text, start, Go::First, None));
        Outcome::Moved
    }

    /// The line of the cursor stands there on screen: `t` above, `z` in the middle, `b` below.
    pub(super) fn show_line(letter: char, editor: &mut Editor) -> Outcome {
        let line = editor.text.line(editor.text.cursor());
        let above = match letter {
            't' => 0,
            'z' => editor.page / 2,
            'b' => editor.page.saturating_sub(1),
            _ => return Outcome::Moved,
        };
        editor.top = line.saturating_sub(above);
        Outcome::Moved
    }
}
