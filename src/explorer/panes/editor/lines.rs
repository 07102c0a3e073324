//! What is done with whole lines and statements: comments, a number to go to, another layout.

use super::Editor;
use super::text::Group;
use crate::sql::{self, layout};

impl Editor {
    /// Makes comments of the lines that are selected, or of the one with the cursor; lines that all are comments become
    /// what they were.
    pub fn toggle_comment(&mut self) {
        let text = self.text.as_str();
        let selection = self.text.selection();
        let chosen = selection.clone().unwrap_or(self.text.cursor()..self.text.cursor());
        // A selection that ends at the beginning of a line does not mean that line.
        let last = if chosen.is_empty() { chosen.end } else { self.text.before(chosen.end) };
        let range = self.text.line_start(chosen.start)..self.text.line_end(last.max(chosen.start));
        let lines: Vec<_> = text[range.clone()].split('\n').collect();
        let written = || lines.iter().filter(|line| !line.trim().is_empty());
        let indent = written().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
        let is_off = written().next().is_some() && written().all(|line| line.trim_start().starts_with("--"));
        let change = |line: &str| {
            if is_off {
                let at = line.len() - line.trim_start().len();
                let rest = line[at..].strip_prefix("--").unwrap_or(&line[at..]);
                return format!("{}{}", &line[..at], rest.strip_prefix(' ').unwrap_or(rest));
            }
            match line.trim().is_empty() {
                true => line.to_owned(),
                // Indents may be of different blanks.
                false if line.is_char_boundary(indent) => {
                    format!("{}-- {}", &line[..indent], &line[indent..])
                }
                false => format!("-- {line}"),
            }
        };
        let changed: Vec<_> = lines.iter().map(|line| change(line)).collect();
        let (old, new) = (self.text.cursor() - range.start, changed.join("\n"));
        let grown = new.len().saturating_sub(range.len());
        let cursor = if is_off { old.saturating_sub(range.len() - new.len()) } else { old + grown };
        self.text.replace(range.clone(), &new, Group::Alone);
        self.text_changed();
        if selection.is_some() {
            self.text.select(range.start..range.start + new.len());
        } else {
            let at = (range.start + cursor).max(range.start).min(range.start + new.len());
            self.text.set_cursor(at);
        }
    }

    /// Puts the cursor at the beginning of a line, counted from 1; the last one where there are fewer.
    pub fn go_to_line(&mut self, number: usize) {
        let line = number.saturating_sub(1).min(self.text.lines() - 1);
        self.text.set_cursor(self.text.start_of_line(line));
        self.list = None;
    }

    /// Lays the statement at the cursor out anew.
    ///
    /// # Errors
    /// In a sentence, when there is none or its words would not stay what they are.
    pub fn lay_out(&mut self) -> Result<(), String> {
        let text = self.text.as_str();
        let range =
            sql::statement_at(text, self.text.cursor()).ok_or("there is no statement in the editor")?;
        let new = layout::laid_out(&text[range.clone()])?;
        let (word, inside) = word_at(&text[range.clone()], self.text.cursor().saturating_sub(range.start));
        let at = sql::tokens(&new).get(word).map_or(new.len(), |word| word.range.start + inside);
        if new != text[range.clone()] {
            self.replace(range.clone(), &new);
        }
        self.text.set_cursor(range.start + at);
        Ok(())
    }
}

/// The word of a statement at a byte, and how far into it that is: the cursor stays there.
fn word_at(statement: &str, at: usize) -> (usize, usize) {
    let words = sql::tokens(statement);
    let before = words.iter().take_while(|word| word.range.end <= at).count();
    (before, words.get(before).map_or(0, |word| at.saturating_sub(word.range.start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_comments_and_what_they_were() {
        let text = "SELECT a,\n\n    b -- both\n  FROM t";
        let mut editor = Editor::new(text);
        editor.text.select(12..text.len());
        editor.toggle_comment();
        assert_eq!(editor.text(), "SELECT a,\n\n  --   b -- both\n  -- FROM t");
        editor.toggle_comment();
        assert_eq!(editor.text(), text);
        editor.text.select(0..10);
        editor.toggle_comment();
        assert_eq!(editor.text(), "-- SELECT a,\n\n    b -- both\n  FROM t", "the line after is not meant");
        let mut editor = Editor::new("é");
        editor.text.set_cursor(2);
        editor.toggle_comment();
        assert_eq!((editor.text().as_str(), editor.text.cursor()), ("-- é", 5));
        editor.toggle_comment();
        assert_eq!((editor.text().as_str(), editor.text.cursor()), ("é", 2));
        editor.undo(true);
        editor.undo(true);
        assert_eq!(editor.text(), "é");
    }

    #[test]
    fn a_statement_is_laid_out_alone_and_the_cursor_keeps_its_word() {
        let mut editor = Editor::new("-- title: x\nSELECT 1 FROM a;\nSELECT a,b FROM t WHERE x=1;\n");
        editor.text.set_cursor(50);
        let word = |editor: &Editor| editor.text.as_str()[editor.text.cursor()..].chars().next();
        let before = word(&editor);
        editor.lay_out().unwrap();
        assert_eq!(editor.text(), "-- title: x\nSELECT 1 FROM a;\nSELECT a, b\nFROM t\nWHERE x = 1;\n");
        assert_eq!(word(&editor), before);
        assert!(Editor::new("-- nothing").lay_out().is_err());
        editor.go_to_line(4);
        assert_eq!(word(&editor), Some('F'));
        editor.go_to_line(400);
        assert_eq!(editor.text.cursor(), editor.text().len());
    }
}
