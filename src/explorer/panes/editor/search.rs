//! Finding and replacing in the text of the editor.

use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder};

use super::Editor;
use crate::value;

/// What is searched for, and what is put in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub pattern: String,
    pub with: String,
    /// The pattern is a regular expression, and `$1` in what replaces it is its first group.
    pub is_regex: bool,
}

/// What a search is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Marks all places and stays.
    Mark,
    Next,
    Previous,
    /// Replaces the place that is selected, and goes to the next.
    Replace,
    ReplaceAll,
}

impl Search {
    /// A word that stands for itself, whatever case it is written in, as names of SQL do.
    #[must_use]
    pub fn word(word: &str) -> Self {
        let pattern = format!(r"(?i)\b{}\b", regex::escape(word));
        Self { pattern, with: String::new(), is_regex: true }
    }

    /// The pattern as a regular expression.
    #[must_use]
    pub fn expression(&self) -> String {
        if self.is_regex { self.pattern.clone() } else { regex::escape(&self.pattern) }
    }

    /// Small letters find capitals too, as long as the pattern has none.
    fn compile(&self) -> Result<Regex, String> {
        let ignores = !self.pattern.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(&self.expression()).case_insensitive(ignores).multi_line(true).build();
        built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
            other => {
                let last = other.to_string();
                let last = last.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
                format!("this is no regular expression: {last}")
            }
        })
    }
}

impl Search {
    /// What stands in place of a found text. A number after `$` ends with its digits: `$1en` is the first group and `en`.
    fn replacement(&self, found: &Captures<'_>) -> String {
        if !self.is_regex {
            return self.with.clone();
        }
        let mut template = String::new();
        let mut parts = self.with.split('$');
        template.push_str(parts.next().unwrap_or_default());
        let mut is_doubled = false;
        for part in parts {
            template.push('$');
            let rest = part.trim_start_matches(|mark: char| mark.is_ascii_digit());
            let digits = &part[..part.len() - rest.len()];
            match digits {
                "" => template.push_str(part),
                _ if is_doubled => template.push_str(part),
                digits => template.extend(["{", digits, "}", rest]),
            }
            is_doubled = part.is_empty() && !is_doubled;
        }
        let mut new = String::new();
        found.expand(&template, &mut new);
        new
    }
}

impl Editor {
    /// Does what a search asks for; says in words what came of it.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn search(&mut self, search: &Search, step: Step) -> Result<String, String> {
        self.found.clear();
        if search.pattern.is_empty() {
            return Ok(String::new());
        }
        let regex = search.compile()?;
        let mut said = match step {
            Step::Replace => self.replace_one(&regex, search),
            Step::ReplaceAll => {
                return Ok(self.replace_in(&regex, search, 0..self.text.as_str().len(), true));
            }
            _ => String::new(),
        };
        let found = regex.find_iter(self.text.as_str()).map(|found| found.range());
        self.found = found.filter(|range| !range.is_empty()).collect();
        let Some(at) = self.step(step) else {
            said.push_str("nothing found");
            return Ok(said);
        };
        let (at, wrapped) = at;
        let count = value::grouped(&self.found.len().to_string());
        let place = match (step, wrapped) {
            (Step::Mark, _) => format!("{count} found"),
            (_, None) => format!("{} of {count}", at + 1),
            (_, Some(from)) => format!("{} of {count}, from the {from} again", at + 1),
        };
        Ok(said + &place)
    }

    /// Selects the place that a step goes to; gives its number, and where the search went round the end of the text.
    fn step(&mut self, step: Step) -> Option<(usize, Option<&'static str>)> {
        let selected = self.text.selection().unwrap_or(self.text.cursor()..self.text.cursor());
        let last = self.found.len().checked_sub(1)?;
        let (at, wrapped) = match step {
            Step::Mark | Step::ReplaceAll => return Some((0, None)),
            Step::Previous => match self.found.iter().rposition(|range| range.end <= selected.start) {
                Some(at) => (at, None),
                None => (last, Some("bottom")),
            },
            Step::Next | Step::Replace => {
                match self.found.iter().position(|range| range.start >= selected.end) {
                    Some(at) => (at, None),
                    None => (0, Some("top")),
                }
            }
        };
        self.text.select(self.found[at].clone());
        Some((at, wrapped))
    }

    fn replace_one(&mut self, regex: &Regex, search: &Search) -> String {
        let Some(range) = self.text.selection() else { return String::new() };
        let found = regex.find_at(self.text.as_str(), range.start).filter(|found| found.range() == range);
        if found.is_none() {
            return String::new();
        }
        // What stands around it counts for the expression.
        let found = regex.captures_at(self.text.as_str(), range.start);
        let new = found.map(|found| search.replacement(&found)).unwrap_or_default();
        self.replace(range, &new);
        "replaced; ".to_owned()
    }

    /// Replaces what is found in some lines: every place, or the first of each line.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn substitute(
        &mut self,
        search: &Search,
        lines: Range<usize>,
        every: bool,
    ) -> Result<String, String> {
        self.found.clear();
        Ok(self.replace_in(&search.compile()?, search, lines, every))
    }

    fn replace_in(&mut self, regex: &Regex, search: &Search, lines: Range<usize>, every: bool) -> String {
        let text = self.text.as_str();
        let (mut new, mut last, mut count, mut line) = (String::new(), 0, 0_usize, None);
        for found in regex.captures_iter(text) {
            let Some(range) = found.get(0).map(|whole| whole.range()) else { continue };
            let here = self.text.line_start(range.start);
            if range.start < lines.start || range.end > lines.end || !every && line == Some(here) {
                continue;
            }
            new.push_str(&text[last..range.start]);
            new.push_str(&search.replacement(&found));
            (last, count, line) = (range.end, count + 1, Some(here));
        }
        if count == 0 {
            return "nothing found".to_owned();
        }
        new.push_str(&text[last..]);
        let cursor = self.text.cursor();
        self.replace_whole(&new, cursor);
        format!("{} replaced, all at once: one undo takes them back", value::grouped(&count.to_string()))
    }

    /// Deletes the lines in which something is found, or those in which it is not, as one step.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn delete_lines(
        &mut self,
        search: &Search,
        lines: Range<usize>,
        found: bool,
    ) -> Result<String, String> {
        let regex = search.compile()?;
        let text = self.text.as_str();
        let mut at = 0;
        let mut kept = Vec::new();
        let all = self.text.lines();
        for line in text.split('\n') {
            let is_asked = lines.contains(&at) || at == lines.start;
            if !is_asked || regex.is_match(line) != found {
                kept.push(line);
            }
            at += line.len() + 1;
        }
        let gone = all - kept.len();
        if gone == 0 {
            return Ok("nothing found".to_owned());
        }
        let new = kept.join("\n");
        self.replace_whole(&new, lines.start);
        Ok(format!("{} lines deleted; one undo brings them back", value::grouped(&gone.to_string())))
    }

    /// Puts another text in place of the whole, as one step; the cursor stays where it can.
    pub fn replace_whole(&mut self, new: &str, cursor: usize) {
        let new = super::one_break(new);
        let old = self.text.as_str();
        let both = old.bytes().zip(new.bytes());
        let mut same = both.take_while(|(a, b)| a == b).count();
        while !old.is_char_boundary(same) || !new.is_char_boundary(same) {
            same -= 1;
        }
        let ends = old[same..].bytes().rev().zip(new[same..].bytes().rev());
        let mut after = ends.take_while(|(a, b)| a == b).count();
        while !old.is_char_boundary(old.len() - after) || !new.is_char_boundary(new.len() - after) {
            after -= 1;
        }
        let range: Range<usize> = same..old.len() - after;
        let middle = new[same..new.len() - after].to_owned();
        self.replace(range, &middle);
        self.text.set_cursor(cursor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(pattern: &str, with: &str, is_regex: bool) -> Search {
        Search { pattern: pattern.into(), with: with.into(), is_regex }
    }

    #[test]
    fn a_search_goes_round_the_end_and_says_so() {
        let mut editor = Editor::new("select a, A, ab FROM t");
        let find = search("a", "", false);
        let said: Vec<_> = (0..4).map(|_| editor.search(&find, Step::Next).unwrap()).collect();
        assert_eq!(said, ["1 of 3", "2 of 3", "3 of 3", "1 of 3, from the top again"]);
        assert_eq!(editor.text.selection(), Some(7..8));
        assert_eq!(editor.search(&find, Step::Previous).unwrap(), "3 of 3, from the bottom again");
        assert_eq!(editor.search(&search("A", "", false), Step::Mark).unwrap(), "1 found");
        assert_eq!(editor.search(&search("x.y", "", false), Step::Next).unwrap(), "nothing found");
        assert_eq!(editor.search(&search("", "", false), Step::Next).unwrap(), "");
        assert!(
            editor.search(&search("(", "", true), Step::Next).unwrap_err().contains("regular expression")
        );
        assert!(editor.search(&search("(", "", false), Step::Next).is_ok());
    }

    #[test]
    fn places_are_replaced_one_by_one_or_all_at_once() {
        let mut editor = Editor::new("é one, one, one");
        let one = search("one", "two$1", false);
        editor.search(&one, Step::Next).unwrap();
        assert_eq!(editor.search(&one, Step::Replace).unwrap(), "replaced; 1 of 2");
        assert_eq!(editor.text(), "é two$1, one, one");
        assert!(editor.search(&one, Step::ReplaceAll).unwrap().starts_with("2 replaced"));
        assert_eq!(editor.text(), "é two$1, two$1, two$1");
        assert!(editor.undo(true));
        assert_eq!(editor.text(), "é two$1, one, one");
        let groups = search(r"(\w+), (\w+)$", "$2, $1", true);
        assert!(editor.search(&groups, Step::ReplaceAll).unwrap().starts_with("1 replaced"));
        assert_eq!(editor.text(), "é two$1, one, one");
        let mut editor = Editor::new("a\nb");
        assert!(
            editor.search(&search("^", "-- ", true), Step::ReplaceAll).unwrap().starts_with("2 replaced")
        );
        assert_eq!(editor.text(), "-- a\n-- b");
        assert_eq!(editor.search(&search("zz", "", false), Step::ReplaceAll).unwrap(), "nothing found");
    }

    #[test]
    fn a_group_is_named_by_its_digits_alone() {
        for (with, wanted) in [
            ("$1en", "seien"),
            ("${1}en", "seien"),
            ("$1$2", "seit"),
            ("$$1", "$1"),
            ("$$$1", "$sei"),
            ("$0 $2en$", "seit ten$"),
        ] {
            let mut editor = Editor::new("seit");
            let find = search("(sei)(t)", with, true);
            editor.search(&find, Step::Next).unwrap();
            editor.search(&find, Step::Replace).unwrap();
            assert_eq!(editor.text(), wanted, "{with}");
            let mut editor = Editor::new("seit");
            editor.search(&find, Step::ReplaceAll).unwrap();
            assert_eq!(editor.text(), wanted, "{with}");
        }
    }
}
