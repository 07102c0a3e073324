//! A block: the same columns of several lines, as they stand on screen.

use std::ops::{Range, RangeInclusive};

use super::super::Editor;
use super::super::text::{Text, width_of};
use super::again::at_most;
use super::case::{Case, rewritten};
use super::commands::Command;
use super::numbers;
use super::operators::Operator;
use super::{Mode, Outcome, Vim};

/// Its lines and columns; no line is longer than the last column of a block that reaches to their ends.
#[derive(Debug, Clone)]
pub(super) struct Block {
    lines: RangeInclusive<usize>,
    columns: Range<usize>,
}

/// Where what is inserted goes too.
#[derive(Debug, Clone)]
pub(super) struct Below {
    lines: RangeInclusive<usize>,
    /// The column; nothing for the end of each line.
    column: Option<usize>,
    short: Short,
    /// Where the cursor is in the end.
    corner: usize,
}

/// What becomes of a line that ends before the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Short {
    Stays,
    /// It stays too, but for one whose end was deleted: that is the column.
    EndsThere,
    Padded,
}

impl Block {
    /// The part of each line; empty where the line is too short.
    pub(super) fn parts(&self, text: &Text) -> Vec<Range<usize>> {
        let Range { start, end } = self.columns;
        self.lines.clone().map(|line| text.in_line(line, start)..text.in_line(line, end)).collect()
    }
}

impl Vim {
    /// The block with the cursor at a place.
    pub(super) fn block(&self, text: &Text, at: usize) -> Block {
        let anchor = text.as_str().floor_char_boundary(self.anchor);
        let lines = [text.line(anchor), text.line(at)];
        let start = text.column(anchor).min(text.column(at));
        let behind = |at: usize| {
            let mark = text.as_str()[at..].chars().next().filter(|mark| *mark != '\n');
            text.column(at) + mark.map_or(1, width_of)
        };
        let end = if self.block_to_end { usize::MAX } else { behind(anchor).max(behind(at)) };
        Block { lines: lines[0].min(lines[1])..=lines[0].max(lines[1]), columns: start..end }
    }

    /// What a command does to a block; nothing for one that means its lines.
    pub(super) fn on_block(
        &mut self,
        command: Command,
        editor: &mut Editor,
        register: &mut String,
    ) -> Option<Outcome> {
        if let Command::ToLineEnd(_) = command {
            self.block_to_end = true;
        }
        let at = editor.text.cursor();
        let block = self.block(&editor.text, at);
        let parts = block.parts(&editor.text);
        let operator = match command {
            Command::CharactersBefore => Operator::Delete,
            Command::Operate(operator) | Command::Characters(operator) | Command::ToLineEnd(operator) => {
                operator
            }
            Command::SwitchCase => Operator::Case(Case::Switched),
            Command::Undo => Operator::Case(Case::Lower),
            Command::Capitals => Operator::Case(Case::Upper),
            Command::OpenAbove => {
                self.swap_columns(editor);
                return Some(Outcome::Moved);
            }
            Command::InsertFirst => return Some(self.insert_block(&block, Short::Stays, editor)),
            Command::AppendLast => return Some(self.insert_block(&block, Short::Padded, editor)),
            Command::PutAfter | Command::PutBefore => {
                let is_block = self.registers.is_block(register);
                let put = std::mem::take(register);
                self.take_block(&parts, editor, register);
                let corner = parts.first().map_or(at, |part| part.start);
                self.change_parts(parts, |_| String::new(), editor);
                editor.text.set_cursor(corner);
                return Some(if is_block {
                    self::put(editor, false, &put, 1)
                } else {
                    super::lines::put(editor, false, &put)
                });
            }
            _ => return None,
        };
        Some(match operator {
            Operator::Delete => {
                self.take_block(&parts, editor, register);
                self.change_parts(parts, |_| String::new(), editor)
            }
            Operator::Yank => {
                let taken = self.take_block(&parts, editor, register);
                editor.text.set_cursor(parts.first().map_or(at, |part| part.start));
                self.reset(Mode::Normal);
                Outcome::Copied(taken)
            }
            Operator::Change => {
                self.take_block(&parts, editor, register);
                self.change_parts(parts, |_| String::new(), editor);
                self.insert_block(&block, Short::EndsThere, editor)
            }
            Operator::Case(case) => self.change_parts(parts, |part| rewritten(part, case), editor),
            Operator::Shift(_) | Operator::Comment => return None,
        })
    }

    /// Every character of a block becomes the same one.
    pub(super) fn fill_block(&mut self, letter: char, editor: &mut Editor) -> Outcome {
        let parts = self.block(&editor.text, editor.text.cursor()).parts(&editor.text);
        let fill = |part: &str| part.chars().filter(|mark| width_of(*mark) > 0).map(|_| letter).collect();
        self.change_parts(parts, fill, editor)
    }

    /// Adds to the first number in each part of what is selected.
    pub(super) fn count_in_parts(&mut self, by: i128, editor: &mut Editor) -> Outcome {
        let (text, at) = (&editor.text, editor.text.cursor());
        let parts = if self.mode == Mode::VisualBlock {
            self.block(text, at).parts(text)
        } else {
            let (selected, _) = self.selected(text, at);
            let lines = text.as_str()[selected.clone()].split_inclusive('\n');
            let ends = lines.scan(selected.start, |at, line| {
                *at += line.len();
                Some(*at - line.len()..*at)
            });
            ends.collect()
        };
        self.change_parts(
            parts,
            |part| numbers::added(part, 0, by).map_or(part.to_owned(), |(new, _)| new),
            editor,
        )
    }

    /// What stands in a block goes into the register.
    fn take_block(&mut self, parts: &[Range<usize>], editor: &Editor, register: &mut String) -> String {
        let lines: Vec<_> = parts.iter().map(|part| &editor.text.as_str()[part.clone()]).collect();
        let taken = lines.join("\n");
        if !taken.is_empty() {
            register.clone_from(&taken);
            self.registers.took(&taken, true);
        }
        taken
    }

    /// Writes each part anew; the cursor goes to the first.
    fn change_parts(
        &mut self,
        parts: Vec<Range<usize>>,
        change: impl Fn(&str) -> String,
        editor: &mut Editor,
    ) -> Outcome {
        let corner = parts.first().map_or(0, |part| part.start);
        let edits =
            parts.into_iter().map(|part| (part.clone(), change(&editor.text.as_str()[part]))).collect();
        let changed = editor.replace_each(edits);
        editor.text.set_cursor(corner);
        self.reset(Mode::Normal);
        if changed { Outcome::Changed } else { Outcome::Moved }
    }

    /// Begins to insert in the first line of a block; the others follow once that has ended.
    fn insert_block(&mut self, block: &Block, short: Short, editor: &mut Editor) -> Outcome {
        let after = short == Short::Padded;
        let to_end = after && block.columns.end == usize::MAX;
        let column = if after { block.columns.end } else { block.columns.start };
        let first = *block.lines.start();
        let corner = editor.text.in_line(first, block.columns.start);
        let place = editor.text.in_line(first, column);
        let blanks = column.saturating_sub(editor.text.column(place));
        self.reset(Mode::Insert);
        self.inserts = 1;
        if after && !to_end && blanks > 0 {
            editor.replace(place..place, &" ".repeat(blanks));
        } else {
            editor.text.set_cursor(place);
        }
        self.below = Some(Below {
            lines: first + 1..=*block.lines.end(),
            column: (!to_end).then_some(column),
            short,
            corner,
        });
        Outcome::Moved
    }

    /// What was inserted goes into the other lines of a block too, unless it has lines of its own.
    pub(super) fn insert_below(&mut self, below: &Below, editor: &mut Editor) {
        let inserted = self.inserted();
        if inserted.is_empty() || inserted.contains('\n') {
            return;
        }
        let text = &editor.text;
        let edits = below.lines.clone().filter_map(|line| {
            let end = text.line_end(text.start_of_line(line));
            let Some(column) = below.column else { return Some((end..end, inserted.to_owned())) };
            let at = text.in_line(line, column);
            let short = column.saturating_sub(text.column(at));
            let has_part = match below.short {
                Short::Stays => at < end,
                Short::EndsThere => short == 0,
                Short::Padded => true,
            };
            has_part.then(|| (at..at, " ".repeat(short) + inserted))
        });
        editor.replace_each(edits.collect());
        editor.text.set_cursor(below.corner);
    }

    /// The cursor goes to the other corner of its line.
    fn swap_columns(&mut self, editor: &mut Editor) {
        let (text, at) = (&editor.text, editor.text.cursor());
        let (here, there) = (text.column(at), text.column(self.anchor));
        let anchor = text.in_line(text.line(self.anchor), here);
        let cursor = text.in_line(text.line(at), there);
        self.anchor = anchor;
        editor.text.set_cursor(cursor);
    }
}

/// Puts a block after the cursor or before it: each of its lines into a line of the text, so many times.
pub(super) fn put(editor: &mut Editor, after: bool, what: &str, count: usize) -> Outcome {
    let text = &editor.text;
    let at = text.cursor();
    let has_mark = at < text.line_end(at);
    let column = text.column(if after && has_mark { text.after(at) } else { at });
    let width_of = |line: &str| line.chars().map(width_of).sum::<usize>();
    let width = what.split('\n').map(width_of).max().unwrap_or(0);
    let count = at_most(count, width * what.split('\n').count());
    let padded = |line: &str| format!("{line}{}", " ".repeat(width - width_of(line)));
    let first = text.line(at);
    let mut edits = Vec::new();
    let mut more = String::new();
    for (line, piece) in (first..).zip(what.split('\n')) {
        let piece = padded(piece).repeat(count);
        if line >= text.lines() {
            more.extend(["\n", &" ".repeat(column), piece.trim_end()]);
            continue;
        }
        let place = text.in_line(line, column);
        let short = column.saturating_sub(text.column(place));
        let is_last = place == text.line_end(place);
        let piece = if is_last { piece.trim_end() } else { &piece };
        edits.push((place..place, " ".repeat(short) + piece));
    }
    let end = text.as_str().len();
    edits.push((end..end, more));
    editor.replace_each(edits);
    editor.text.set_cursor(editor.text.in_line(first, column));
    Outcome::Changed
}
