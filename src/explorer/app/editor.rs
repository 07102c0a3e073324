//! What is asked of the editor's texts: typing, completion, finding, buffers, another program for them.

use crossterm::event::{KeyCode, KeyEvent};

use super::App;
use crate::completion::Dictionary;
use crate::explorer::action::{Action, Pane};
use crate::explorer::copy;
use crate::explorer::effect::Effect;
use crate::explorer::keymap::editing;
use crate::explorer::message::{Notice, State};
use crate::explorer::overlays::{Answer, Overlay, find, message, prompt};
use crate::explorer::panes::editor::vim::ex::{Address, Change, Ex};
use crate::explorer::panes::editor::vim::{Outcome, Vim};
use crate::explorer::panes::editor::{Search, Step};

impl App {
    /// A key while the list of completions is open: choosing, taking, closing; nothing for what is typed on.
    pub(super) fn list_key(&mut self, key: &KeyEvent) -> Option<Vec<Effect>> {
        let list = self.editor.list.as_mut()?;
        match key.code {
            KeyCode::Esc => self.editor.list = None,
            KeyCode::Enter | KeyCode::Tab => {
                if self.editor.take_suggestion() {
                    self.text_changed();
                    // After a schema its tables follow.
                    if self.editor.text.as_str()[..self.editor.cursor_byte()].ends_with('.') {
                        self.editor.suggest(&self.words.dictionary, false);
                    }
                }
            }
            _ if list.choose(key) => {}
            _ => return None,
        }
        Some(self.refresh())
    }

    /// A key in one of vim's modes; nothing for what the ordinary editor does.
    pub(super) fn vim_key(&mut self, key: &KeyEvent) -> Option<Vec<Effect>> {
        let outcome = self.vim.as_mut()?.key(key, &mut self.editor, &mut self.copied)?;
        Some(match outcome {
            Outcome::Moved => self.refresh(),
            Outcome::Changed => {
                self.text_changed();
                self.refresh()
            }
            Outcome::Copied(text) => {
                let mut effects = self.refresh();
                effects.push(self.give_text(text));
                effects
            }
            Outcome::Act(action) => self.act(action),
            Outcome::Search(step) => self.find_text(self.search.clone(), step),
            Outcome::SearchWord(word, step) => self.find_text(Search::word(&word), step),
            Outcome::Ex(of_selected) => {
                self.overlay = Some(Overlay::Prompt(prompt::Prompt::ex(of_selected)));
                Vec::new()
            }
            Outcome::Seek(forward) => {
                self.overlay = Some(Overlay::Prompt(prompt::Prompt::seek(forward)));
                Vec::new()
            }
            Outcome::Play(letter, times) => self.play(letter, times),
        })
    }

    /// Does what was typed after vim's `:`.
    pub(super) fn ex(&mut self, ex: Ex) -> Vec<Effect> {
        match ex {
            Ex::Line(line) => {
                let went = self.vim.as_ref().map(|vim| vim.go_to(line, &mut self.editor));
                if let Some(Err(why)) = went {
                    self.refuse(&why);
                }
            }
            Ex::Act(action) => return self.act(action),
            Ex::Lines(lines, change) => return self.change_lines(lines, change),
            Ex::Unmark => self.editor.found.clear(),
            Ex::Write(name) => {
                if let Some(name) = name {
                    self.editor.rename(&name);
                }
                self.unsaved = None;
                self.tell("the texts are kept, as they are without being asked", false);
                return vec![Effect::Save(self.editor.drafts())];
            }
        }
        self.refresh()
    }

    /// Does what one of vim's commands asks of lines.
    fn change_lines(&mut self, lines: Option<(Address, Address)>, change: Change) -> Vec<Effect> {
        let Some(vim) = self.vim.as_mut() else { return Vec::new() };
        let done = vim.on_lines(lines, &change, &self.search, &mut self.editor, &mut self.copied);
        if let (Ok(_), Change::Replace(search, _)) = (&done, change) {
            let pattern = if search.pattern.is_empty() { self.search.expression() } else { search.pattern };
            self.search = Search { pattern, ..search };
        }
        let copied = match done {
            Ok((outcome, said)) => {
                if outcome == Outcome::Changed {
                    self.text_changed();
                }
                if !said.is_empty() {
                    self.tell(&said, false);
                }
                if let Outcome::Copied(text) = outcome { Some(text) } else { None }
            }
            Err(why) => {
                self.refuse(&why);
                None
            }
        };
        let mut effects = self.refresh();
        effects.extend(copied.map(|text| self.give_text(text)));
        effects
    }

    /// Takes vim's modes, or the ordinary editor again.
    pub(super) fn toggle_vim(&mut self) -> Vec<Effect> {
        self.vim = if self.vim.is_some() { None } else { Some(Vim::default()) };
        self.focus = Pane::Editor;
        let said = if self.vim.is_some() {
            "vim's modes, until the end; editor = \"vim\" in saldo.toml for always"
        } else {
            "the ordinary editor"
        };
        self.tell(said, false);
        self.refresh()
    }

    /// A pasted text goes to what is typed in.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(overlay) = &mut self.overlay {
            let answer = overlay.paste(text);
            return self.answer(answer);
        }
        if self.focus == Pane::Editor {
            self.editor.insert(text);
            self.editor.list = None;
            self.text_changed();
        }
        self.refresh()
    }

    /// The texts are to be saved, a little later.
    pub(super) fn text_changed(&mut self) {
        self.unsaved.get_or_insert(0);
    }

    /// Does what a prompt or form of the editor was asked for.
    pub(super) fn answer_editor(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Line(line) => self.editor.go_to_line(line),
            Answer::Name(name) => {
                self.editor.rename(&name);
                self.text_changed();
            }
            Answer::CloseBuffer => {
                self.editor.close();
                self.text_changed();
            }
            Answer::FindText(search, step) => return self.find_text(search, step),
            _ => {}
        }
        self.refresh()
    }

    /// Goes to the next place of a pattern of vim, or to the one before; an empty one is what was searched for last.
    pub(super) fn seek(&mut self, pattern: String, forward: bool) -> Vec<Effect> {
        let typed = Search { pattern, with: String::new(), is_regex: true };
        let search = if typed.pattern.is_empty() { self.search.clone() } else { typed };
        if forward {
            // The place under the cursor is not meant.
            let after = self.editor.text.after(self.editor.text.cursor());
            self.editor.text.set_cursor(after);
        }
        self.find_text(search, if forward { Step::Next } else { Step::Previous })
    }

    /// A key that no action is bound to.
    pub(super) fn type_key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        if let Some(letter) = editing::letter(key) {
            self.editor.type_letter(letter);
            self.text_changed();
            self.editor.suggest(&self.words.dictionary, false);
        } else if let Some((edit, selects)) = editing::lookup(key) {
            let was_open = self.editor.list.is_some();
            if self.editor.edit(edit, selects) {
                self.text_changed();
                self.editor.list = None;
                if was_open {
                    self.editor.suggest(&self.words.dictionary, false);
                }
            }
        }
        self.refresh()
    }

    /// Does what is asked of the editor.
    pub(super) fn editor_act(&mut self, action: Action) -> Vec<Effect> {
        self.focus = Pane::Editor;
        let changed = match action {
            Action::Complete => {
                self.editor.suggest(&self.words.dictionary, true);
                if self.editor.list.is_none() {
                    self.tell("nothing fits here", false);
                }
                false
            }
            Action::NextBuffer
            | Action::PreviousBuffer
            | Action::NewBuffer
            | Action::NameBuffer
            | Action::CloseBuffer => self.change_buffers(action),
            Action::Undo | Action::Redo | Action::Comment | Action::LayOut => self.change(action),
            Action::FindText => return self.open_find(),
            Action::FindTextNext => return self.find_text(self.search.clone(), Step::Next),
            Action::GoToLine => {
                self.overlay = Some(Overlay::Prompt(prompt::Prompt::line(self.editor.text.lines())));
                false
            }
            Action::SelectAll => {
                let whole = 0..self.editor.text.as_str().len();
                self.editor.text.select(whole);
                false
            }
            Action::CopyText | Action::CutText => return self.copy_text(action),
            Action::PasteText => {
                let copied = self.copied.clone();
                if copied.is_empty() {
                    self.tell("nothing was copied here; the terminal's own paste works too", false);
                }
                self.editor.insert(&copied);
                !copied.is_empty()
            }
            Action::Vim => return self.toggle_vim(),
            Action::EditOutside => return vec![Effect::EditOutside(self.editor.text())],
            _ => false,
        };
        if action != Action::Complete {
            self.editor.list = None;
        }
        if changed {
            self.text_changed();
        }
        self.refresh()
    }

    /// Goes to another buffer, makes, names or closes one; says whether something is to be kept.
    fn change_buffers(&mut self, action: Action) -> bool {
        match action {
            Action::NewBuffer => self.editor.add("", ""),
            Action::NameBuffer => {
                self.overlay = Some(Overlay::Prompt(prompt::Prompt::name(self.editor.name())));
                return false;
            }
            Action::CloseBuffer if self.editor.is_spare() => self.editor.close(),
            Action::CloseBuffer => {
                self.overlay = Some(Overlay::Message(message::Message::close_buffer(self.editor.name())));
                return false;
            }
            _ => self.editor.step(action == Action::NextBuffer),
        }
        true
    }

    /// Changes the text by a command; says whether it changed.
    fn change(&mut self, action: Action) -> bool {
        match action {
            Action::Undo | Action::Redo => {
                let back = action == Action::Undo;
                let changed = self.editor.undo(back);
                if !changed {
                    self.tell(
                        if back { "there is nothing to undo" } else { "there is nothing to redo" },
                        false,
                    );
                }
                changed
            }
            Action::LayOut => {
                let laid_out = self.editor.lay_out();
                if let Err(why) = &laid_out {
                    self.tell(why, true);
                }
                laid_out.is_ok()
            }
            _ => {
                self.editor.toggle_comment();
                true
            }
        }
    }

    fn open_find(&mut self) -> Vec<Effect> {
        // What is selected on one line is what is meant.
        let selected = self.editor.text.selection().map(|range| &self.editor.text.as_str()[range]);
        if let Some(text) = selected.filter(|text| !text.contains('\n')) {
            self.search = Search { pattern: text.to_owned(), is_regex: false, ..self.search.clone() };
        }
        self.overlay = Some(Overlay::Find(Box::new(find::Find::new(&self.search))));
        self.find_text(self.search.clone(), Step::Mark)
    }

    /// Whether an action is done in the editor alone.
    pub(super) fn is_for_editor(action: Action) -> bool {
        use Action as A;
        matches!(
            action,
            A::Complete
                | A::NextBuffer
                | A::PreviousBuffer
                | A::NewBuffer
                | A::NameBuffer
                | A::CloseBuffer
                | A::Undo
                | A::Redo
                | A::Comment
                | A::LayOut
                | A::FindText
                | A::FindTextNext
                | A::GoToLine
                | A::SelectAll
                | A::CopyText
                | A::CutText
                | A::PasteText
                | A::EditOutside
                | A::Vim
        )
    }

    fn copy_text(&mut self, action: Action) -> Vec<Effect> {
        let selected = self.editor.text.selection();
        let is_running = matches!(self.tabs.shown.results.state, State::Running | State::Cancelling);
        if action == Action::CopyText && (selected.is_none() || is_running) {
            // Its key is the one that stops what runs, everywhere else and here too.
            return self.cancel();
        }
        let Some(range) = selected else {
            self.tell("nothing is selected: Shift and an arrow select", false);
            return Vec::new();
        };
        let text = self.editor.text.as_str()[range.clone()].to_owned();
        self.copied.clone_from(&text);
        if action == Action::CutText {
            self.editor.replace(range, "");
            self.text_changed();
        }
        let mut effects = self.refresh();
        effects.push(self.give_text(text));
        effects
    }

    /// Copies a text through the terminal, or into a file where it is too long.
    fn give_text(&mut self, text: String) -> Effect {
        if text.len() > copy::LIMIT {
            return Effect::CopyToFile { what: "text", text };
        }
        self.tell(&format!("copied {} bytes", text.len()), false);
        Effect::Copy(text)
    }

    /// Does a step of a search; an open form says what came of it, else the footer does.
    pub(super) fn find_text(&mut self, search: Search, step: Step) -> Vec<Effect> {
        let before = self.editor.text.as_str().len();
        let said = self.editor.search(&search, step);
        self.search = search;
        if matches!(step, Step::Next | Step::Previous) && self.editor.found.is_empty() {
            self.end_played();
        }
        if matches!(step, Step::Replace | Step::ReplaceAll) || before != self.editor.text.as_str().len() {
            self.text_changed();
        }
        match &mut self.overlay {
            Some(Overlay::Find(find)) => find.said = said,
            _ => match said {
                Ok(said) if said.is_empty() => self.tell("nothing was searched for yet", false),
                Ok(said) => self.tell(&said, false),
                Err(why) => self.tell(&why, true),
            },
        }
        self.refresh()
    }

    /// Another program gave the text back, or says why not.
    pub(super) fn take_edited(&mut self, edited: Result<String, String>) -> Vec<Effect> {
        match edited {
            // Most editors end the last line.
            Ok(text) => {
                let before = self.editor.text();
                let text = if before.ends_with('\n') { text.as_str() } else { text.trim_end_matches('\n') };
                if text == before {
                    self.tell("the text is what it was", false);
                } else {
                    let cursor = self.editor.cursor_byte();
                    self.editor.replace_whole(text, cursor);
                    self.text_changed();
                }
            }
            Err(why) => self.tell(&why, true),
        }
        self.refresh()
    }

    pub(super) fn tell(&mut self, text: &str, bad: bool) {
        self.notice = Some(Notice { text: text.to_owned(), bad });
    }

    /// Asks for what can be named, once the editor is there to name it.
    pub(super) fn wanted_words(&mut self) -> Option<Effect> {
        let wants = self.focus == Pane::Editor && self.targets.is_local() && !self.words.asked;
        wants.then(|| {
            self.words.asked = true;
            Effect::Dictionary
        })
    }

    /// What can be named here came.
    pub(super) fn take_words(&mut self, dictionary: Dictionary) -> Vec<Effect> {
        self.words.local = dictionary;
        self.gather_words();
        self.refresh()
    }

    /// Puts together what can be named on the chosen target; an open list is made anew.
    pub(super) fn gather_words(&mut self) {
        self.words.dictionary = if self.targets.is_local() {
            let mut dictionary = self.words.local.clone();
            self.queries.complete(&mut dictionary);
            dictionary
        } else {
            self.targets.dictionary(&self.queries)
        };
        if self.editor.list.is_some() {
            self.editor.suggest(&self.words.dictionary, true);
        }
    }
}

/// What can be named in a statement.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// On the target that is chosen.
    pub dictionary: Dictionary,
    /// Here, as the engine tells it.
    pub local: Dictionary,
    pub asked: bool,
}
