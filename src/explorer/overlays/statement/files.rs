//! The choice of a statement's file: by parts of its name, and from folder to folder.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyEvent};

use super::super::super::statement_request::{Folder, FolderEntry};
use super::super::Answer;
use super::super::line::Input;
use crate::completion::fit;

/// The choice of a file.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The path so far: a folder, and behind the last `/` a part of a name.
    pub input: Input,
    pub folder: Folder,
    /// The folder has come.
    pub is_read: bool,
    /// Places of the entries that fit, the best first.
    pub found: Vec<usize>,
    pub at: usize,
}

impl Files {
    /// The folder of the path so far, as it was typed.
    pub fn asked(&self) -> PathBuf {
        let folder = self.input.text().rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
        PathBuf::from(folder.unwrap_or_default())
    }

    /// The part of a name that is typed.
    pub fn part(&self) -> &str {
        let text = self.input.text();
        text.rsplit_once('/').map_or(text, |(_, part)| part)
    }

    /// The entries whose names the part may mean: hidden ones only where it begins as they do.
    pub fn find(&mut self) {
        let part = self.part();
        let entries = self.folder.entries.iter().enumerate();
        let mut fitting: Vec<_> = entries
            .filter(|(_, entry)| part.starts_with('.') || !entry.name.starts_with('.'))
            .filter_map(|(at, entry)| fit(part, &entry.name).map(|fit| (fit, at)))
            .collect();
        fitting.sort_unstable();
        self.found = fitting.into_iter().map(|(_, at)| at).collect();
        self.at = 0;
    }

    fn marked(&self) -> Option<&FolderEntry> {
        self.found.get(self.at).and_then(|at| self.folder.entries.get(*at))
    }

    /// Changes the path; another folder is asked for.
    pub fn change(&mut self, change: impl FnOnce(&mut Input)) -> Answer {
        let before = self.asked();
        change(&mut self.input);
        let asked = self.asked();
        if asked == before {
            self.find();
            // A file may have come since the folder was read.
            return if self.found.is_empty() && self.is_read {
                Answer::ListFolder(asked)
            } else {
                Answer::Stay
            };
        }
        self.folder = Folder { asked: asked.clone(), ..Folder::default() };
        self.is_read = false;
        self.find();
        Answer::ListFolder(asked)
    }

    /// The path with the marked name in it.
    fn complete(&mut self) -> Answer {
        let Some(entry) = self.marked() else { return Answer::Stay };
        let end = if entry.is_folder { "/" } else { "" };
        let text = format!("{}{}{end}", self.asked().display(), entry.name);
        self.change(|input| input.set(&text))
    }

    /// What follows, and the file that was chosen.
    pub fn key(&mut self, key: &KeyEvent, page: usize) -> (Answer, Option<PathBuf>) {
        let last = self.found.len().saturating_sub(1);
        match key.code {
            KeyCode::Enter => match self.marked() {
                Some(entry) if entry.is_folder => return (self.complete(), None),
                Some(entry) => return (Answer::Stay, Some(entry.path.clone())),
                None if self.part().is_empty() => {}
                // What is not in the list may be a file all the same.
                None => return (Answer::Stay, Some(PathBuf::from(self.input.text()))),
            },
            KeyCode::Tab => return (self.complete(), None),
            KeyCode::Up => self.at = self.at.saturating_sub(1),
            KeyCode::Down => self.at = (self.at + 1).min(last),
            KeyCode::PageUp => self.at = self.at.saturating_sub(page),
            KeyCode::PageDown => self.at = (self.at + page).min(last),
            // The folder above, where no name was begun.
            KeyCode::Left if self.part().is_empty() => {
                let asked = self.asked().display().to_string();
                let bare = asked.trim_end_matches('/');
                let is_up = bare.is_empty() || bare.ends_with("..") || bare == "~";
                let above = match bare.rsplit_once('/') {
                    _ if asked == "/" => asked.clone(),
                    _ if is_up => format!("{asked}../"),
                    Some((above, _)) => format!("{above}/"),
                    None => String::new(),
                };
                return (self.change(|input| input.set(&above)), None);
            }
            _ => return (self.change(|input| input.key(key)), None),
        }
        (Answer::Stay, None)
    }
}
