//! Letters made capital or small.

use std::ops::Range;

use super::super::Editor;
use super::{Outcome, Vim};

/// How letters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    /// Capitals small and small ones capital.
    Switched,
}

impl Case {
    /// The key that, after the operator, means whole lines.
    pub(super) fn whole(self) -> &'static str {
        match self {
            Self::Upper => "U",
            Self::Lower => "u",
            Self::Switched => "~",
        }
    }

    fn of(self, mark: char) -> String {
        match self {
            Self::Switched if mark.is_uppercase() => mark.to_lowercase().collect(),
            Self::Lower => mark.to_lowercase().collect(),
            Self::Upper | Self::Switched => mark.to_uppercase().collect(),
        }
    }
}

/// A text whose letters are written another way.
pub(super) fn rewritten(text: &str, case: Case) -> String {
    text.chars().map(|mark| case.of(mark)).collect()
}

/// Writes the letters of a range another way; gives the range's new end.
pub(super) fn rewrite(range: Range<usize>, case: Case, editor: &mut Editor) -> usize {
    let written = rewritten(&editor.text.as_str()[range.clone()], case);
    let end = range.start + written.len();
    editor.replace(range, &written);
    end
}

impl Vim {
    /// What an operator does; the cursor goes to where it begins.
    pub(super) fn operate_case(case: Case, range: Range<usize>, editor: &mut Editor) -> Outcome {
        let (was, start) = (editor.text.as_str()[range.clone()].to_owned(), range.start);
        let end = rewrite(range, case, editor);
        let is_same = editor.text.as_str()[start..end] == was;
        editor.text.set_cursor(start);
        if is_same { Outcome::Moved } else { Outcome::Changed }
    }
}
