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

    /// Shows a new buffer that is the person's own.
    pub fn add(&mut self, name: &str, text: &str) {
        self.all.push(Buffer { name: name.to_owned(), editor: Editor::new(text), original: None });
        self.at = self.all.len() - 1;
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
