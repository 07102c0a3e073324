//! The editor's texts, each in a buffer of its own; one of them is in view.
//!
//! What a person typed is never replaced: a query opens in another buffer. A buffer that still holds a query as it
//! stands in the tree makes room for the next one.

use std::ops::{Deref, DerefMut};

use super::super::message::Draft;
use super::editor::Editor;

/// The buffers; what is asked of them is asked of the one in view.
pub struct Buffers {
    all: Vec<Buffer>,
    at: usize,
}

struct Buffer {
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
        let buffer = |draft: &Draft| Buffer {
            name: draft.name.clone(),
            editor: Editor::new(&draft.text),
            original: None,
        };
        let mut all: Vec<_> = drafts.iter().map(buffer).collect();
        if all.is_empty() {
            all.push(buffer(&Draft::default()));
        }
        Self { all, at: 0 }
    }

    /// Shows a text in a buffer of its own, the cursor on its statement.
    pub fn open(&mut self, name: &str, text: &str) {
        self.all.retain(|buffer| !buffer.is_spare());
        let mut editor = Editor::new(text.trim_end());
        editor.go_to_statement();
        let original = Some(editor.text());
        self.all.push(Buffer { name: name.to_owned(), editor, original });
        self.at = self.all.len() - 1;
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

    /// `buffer 2 of 3 · name`, as far as there is something to say.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.all.get(self.at).map_or("", |buffer| buffer.name.as_str());
        let place = format!("buffer {} of {}", self.at + 1, self.all.len());
        match (self.all.len(), name) {
            (1, name) => name.to_owned(),
            (_, "") => place,
            (_, name) => format!("{place} · {name}"),
        }
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
        assert_eq!(buffers.title(), "");
        buffers.open("first", "SELECT 1\n");
        buffers.open("second", "-- title: Two\nSELECT 2");
        assert_eq!(
            (buffers.text().as_str(), buffers.title().as_str()),
            ("-- title: Two\nSELECT 2", "buffer 2 of 2 · second")
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
        assert_eq!(buffers.title(), "buffer 1 of 2 · b");
        *buffers = Editor::new("");
        buffers.step(false);
        assert_eq!(buffers.title(), "c");
        *buffers = Editor::new("");
        buffers.step(true);
        assert_eq!((buffers.text().as_str(), texts(&buffers).len()), ("", 0), "one always stays");
    }
}
