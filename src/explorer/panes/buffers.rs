//! The editor's texts, each in a buffer of its own; one of them is in view.
//!
//! What a person typed is never replaced: a query opens in another buffer. A buffer that still holds a query as it
//! stands in the tree makes room for the next one.

use std::ops::{Deref, DerefMut};

use super::super::message::{Draft, JobId};
use super::editor::Editor;
use crate::engine::Position;

/// The buffers; what is asked of them is asked of the one in view.
pub struct Buffers {
    all: Vec<Buffer>,
    at: usize,
    /// The number of the buffer that was made last.
    made: u64,
}

/// Where a statement begins: the buffer's number, and the byte of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    buffer: u64,
    byte: usize,
}

struct Buffer {
    /// No other ever has it.
    number: u64,
    /// The statement of it that was run last.
    ran: Option<JobId>,
    name: String,
    editor: Editor,
    /// The text as the tree has it, where it came from there.
    original: Option<String>,
}

impl Buffer {
    /// Whether nothing is lost with it.
    fn is_spare(&self) -> bool {
        let text = self.editor.text();
        text.trim().is_empty() || self.original.as_ref() == Some(&text)
    }
}

impl Buffers {
    /// A buffer for each text, the first in view; an empty one when there is none.
    #[must_use]
    pub fn new(drafts: &[Draft]) -> Self {
        let mut buffers = Self { all: Vec::new(), at: 0, made: 0 };
        for Draft { name, text } in drafts {
            buffers.add(name, text);
        }
        if drafts.is_empty() {
            buffers.add("", "");
        }
        buffers.at = 0;
        buffers
    }

    fn push(&mut self, name: &str, editor: Editor, original: Option<String>) {
        self.made += 1;
        self.all.push(Buffer { number: self.made, ran: None, name: name.to_owned(), editor, original });
        self.at = self.all.len() - 1;
    }

    /// A place of the text in view.
    #[must_use]
    pub fn place(&self, byte: usize) -> Place {
        Place { buffer: self.all.get(self.at).map_or(0, |buffer| buffer.number), byte }
    }

    /// A statement runs; its error finds the place where it stands, unless its text was changed since.
    pub fn runs(&mut self, job: JobId, place: Option<Place>, statement: &str) {
        let Some(Place { buffer, byte }) = place else { return };
        let Some(buffer) = self.all.iter_mut().find(|one| one.number == buffer) else { return };
        let text = buffer.editor.text();
        if text.get(byte..).is_some_and(|rest| rest.starts_with(statement.trim_end())) {
            buffer.editor.statement_starts(&text, byte);
            buffer.ran = Some(job);
        }
    }

    /// Marks the place of an error in the text whose statement it was.
    pub fn show_error(&mut self, job: JobId, place: Option<Position>) {
        self.clear_error();
        if let Some(buffer) = self.all.iter_mut().find(|buffer| buffer.ran == Some(job)) {
            buffer.editor.show_error(place);
        }
    }

    /// No place is marked any more.
    pub fn clear_error(&mut self) {
        self.all.iter_mut().for_each(|buffer| buffer.editor.clear_error());
    }

    /// Shows a text in a buffer of its own, the cursor on its statement.
    pub fn open(&mut self, name: &str, text: &str) {
        self.all.retain(|buffer| !buffer.is_spare());
        let mut editor = Editor::new(text.trim_end());
        editor.go_to_statement();
        let original = Some(editor.text());
        self.push(name, editor, original);
    }

    /// Shows a new buffer that is the person's own.
    pub fn add(&mut self, name: &str, text: &str) {
        self.push(name, Editor::new(text), None);
    }

    /// Lets the buffer in view go; the one before it is shown then.
    pub fn close(&mut self) {
        self.all.remove(self.at);
        self.at = self.at.saturating_sub(1);
        if self.all.is_empty() {
            self.add("", "");
        }
    }

    /// What the buffer in view is called; empty for one without a name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.all.get(self.at).map_or("", |buffer| &buffer.name)
    }

    /// Gives the buffer in view a name; it is the person's own then.
    pub fn rename(&mut self, name: &str) {
        if let Some(buffer) = self.all.get_mut(self.at) {
            name.trim().clone_into(&mut buffer.name);
            buffer.original = None;
        }
    }

    /// Whether nothing is lost with the buffer in view.
    #[must_use]
    pub fn is_spare(&self) -> bool {
        self.all.get(self.at).is_none_or(Buffer::is_spare)
    }

    /// The names of all, numbered where there are several, and the place of the one in view.
    #[must_use]
    pub fn names(&self) -> (Vec<String>, usize) {
        let several = self.all.len() > 1;
        let name = |(index, buffer): (usize, &Buffer)| match (several, buffer.name.as_str()) {
            (false, name) => name.to_owned(),
            (true, "") => (index + 1).to_string(),
            (true, name) => format!("{} {name}", index + 1),
        };
        (self.all.iter().enumerate().map(name).filter(|name| !name.is_empty()).collect(), self.at)
    }

    /// Goes on by so many buffers, round at the end; a buffer that was emptied goes away.
    pub fn step(&mut self, forward: bool) {
        let last = self.all.len() - 1;
        if self.editor().text().trim().is_empty() && last > 0 {
            self.all.remove(self.at);
            self.at = if forward { self.at % last } else { (self.at + last - 1) % last };
            return;
        }
        self.at = if forward { (self.at + 1) % (last + 1) } else { (self.at + last) % (last + 1) };
    }

    /// What must be kept: every text that stands nowhere else, the one in view first.
    #[must_use]
    pub fn drafts(&self) -> Vec<Draft> {
        let (before, from) = self.all.split_at(self.at);
        let kept = from.iter().chain(before).filter(|buffer| !buffer.is_spare());
        kept.map(|buffer| Draft { name: buffer.name.clone(), text: buffer.editor.text() }).collect()
    }

    fn editor(&self) -> &Editor {
        &self.all[self.at].editor
    }
}

impl Deref for Buffers {
    type Target = Editor;

    fn deref(&self) -> &Editor {
        self.editor()
    }
}

impl DerefMut for Buffers {
    fn deref_mut(&mut self) -> &mut Editor {
        &mut self.all[self.at].editor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(buffers: &Buffers) -> Vec<String> {
        buffers.drafts().into_iter().map(|draft| draft.text).collect()
    }

    #[test]
    fn a_typed_text_is_never_replaced_and_an_unchanged_query_makes_room() {
        let mut buffers = Buffers::new(&[Draft { name: String::new(), text: "SELECT 'mine'".into() }]);
        assert_eq!(buffers.names(), (vec![], 0));
        buffers.open("first", "SELECT 1\n");
        buffers.open("second", "-- title: Two\nSELECT 2");
        assert_eq!(
            (buffers.text().as_str(), buffers.names()),
            ("-- title: Two\nSELECT 2", (vec!["1".to_owned(), "2 second".to_owned()], 1))
        );
        assert_eq!(texts(&buffers), ["SELECT 'mine'"], "a query of the tree needs no keeping");
        buffers.insert("x");
        buffers.open("third", "SELECT 3");
        assert_eq!(texts(&buffers), ["SELECT 'mine'", "-- title: Two\nxSELECT 2"]);
        buffers.step(true);
        assert_eq!(buffers.text(), "SELECT 'mine'");
        buffers.step(false);
        assert_eq!(buffers.text(), "SELECT 3");
    }

    #[test]
    fn an_emptied_buffer_goes_when_it_is_left() {
        let draft = |text: &str| Draft { name: text.into(), text: text.into() };
        let mut buffers = Buffers::new(&[draft("a"), draft("b"), draft("c")]);
        *buffers = Editor::new("  ");
        buffers.step(true);
        assert_eq!(buffers.names(), (vec!["1 b".to_owned(), "2 c".to_owned()], 0));
        *buffers = Editor::new("");
        buffers.step(false);
        assert_eq!(buffers.names(), (vec!["c".to_owned()], 0));
        *buffers = Editor::new("");
        buffers.step(true);
        assert_eq!((buffers.text().as_str(), texts(&buffers).len()), ("", 0), "one always stays");
    }

    #[test]
    fn a_buffer_is_added_named_and_closed() {
        let mut buffers = Buffers::new(&[]);
        buffers.open("query", "SELECT 1");
        assert!(buffers.is_spare());
        buffers.rename(" mine ");
        assert!(!buffers.is_spare(), "a name is worth keeping");
        assert_eq!(texts(&buffers), ["SELECT 1"]);
        buffers.add("", "");
        assert_eq!(buffers.names(), (vec!["1 mine".to_owned(), "2".to_owned()], 1));
        buffers.close();
        assert_eq!((buffers.name(), buffers.text().as_str()), ("mine", "SELECT 1"));
        buffers.close();
        assert_eq!((buffers.names(), buffers.text().as_str()), ((vec![], 0), ""), "one always stays");
    }
}
