//! Finding and replacing in the text of the editor.

use std::collections::BTreeSet;
use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder};

use super::Editor;
use super::text::Text;
use crate::value;

/// What is said where a text does not have what is looked for.
pub const NOTHING: &str = "nothing found";

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
    fn compile(&self) -> Result<Pattern, String> {
        let ignores = !self.pattern.chars().any(char::is_uppercase);
        let built = RegexBuilder::new(&self.expression()).case_insensitive(ignores).multi_line(true).build();
        let crosses = names_break(&self.expression());
        built.map(|regex| Pattern { regex, crosses }).map_err(|error| match error {
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
    /// What stands in place of a found text. A number after `$` ends with its digits: `$1en` is the first group and `en`. After
    /// `${\U}` come capitals up to `${\E}`, after `${\u}` comes one; `${\L}` and `${\l}` are small ones.
    fn replacement(&self, found: &Captures<'_>) -> String {
        if !self.is_regex {
            return self.with.clone();
        }
        let (mut new, mut cases) = (String::new(), Cases::default());
        let mut template = String::new();
        let mut parts = self.with.split('$');
        template.push_str(parts.next().unwrap_or_default());
        let mut is_doubled = false;
        for part in parts {
            let case = part.strip_prefix("{\\").filter(|_| !is_doubled).and_then(|part| part.split_once('}'));
            if let Some((case, rest)) = case {
                cases.write(&std::mem::replace(&mut template, rest.to_owned()), found, &mut new);
                cases.turn(case);
                continue;
            }
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
        cases.write(&template, found, &mut new);
        new
    }
}

/// Whether letters are written as capitals, or small: the next one, and all.
#[derive(Default)]
struct Cases {
    next: Option<bool>,
    all: Option<bool>,
}

impl Cases {
    fn turn(&mut self, word: &str) {
        match word {
            "u" | "l" => self.next = Some(word == "u"),
            "U" | "L" => self.all = Some(word == "U"),
            _ => *self = Self::default(),
        }
    }

    fn write(&mut self, template: &str, found: &Captures<'_>, new: &mut String) {
        let mut text = String::new();
        found.expand(template, &mut text);
        for mark in text.chars() {
            match self.next.take().or(self.all) {
                Some(true) => new.extend(mark.to_uppercase()),
                Some(false) => new.extend(mark.to_lowercase()),
                None => new.push(mark),
            }
        }
    }
}

/// A search that is ready.
struct Pattern {
    regex: Regex,
    /// A place may have several lines. Else each line is looked at alone, for `\s` and `[^,]` find a break too.
    crosses: bool,
}

impl Pattern {
    /// The places in some lines of a text, with their groups, and where they begin to count; one may end behind them.
    fn places<'a>(
        &'a self,
        text: &'a Text,
        lines: Range<usize>,
    ) -> impl Iterator<Item = (Range<usize>, Captures<'a>)> {
        let part = if self.crosses { 0..text.as_str().len() } else { lines.clone() };
        let mut next = part.start;
        text.as_str()[part]
            .split(|mark| mark == '\n' && !self.crosses)
            .flat_map(move |part| {
                let start = next;
                next += part.len() + 1;
                self.regex.captures_iter(part).map(move |found| (at(&found, start), found))
            })
            .filter(move |(range, _)| (lines.start..=lines.end).contains(&range.start))
    }

    /// The place that is just this range.
    fn at<'a>(&self, text: &'a Text, range: &Range<usize>) -> Option<Captures<'a>> {
        // What stands around it counts for the expression.
        let (start, end) = if self.crosses {
            (0, text.as_str().len())
        } else {
            (text.line_start(range.start), text.line_end(range.start))
        };
        let found = self.regex.captures_at(&text.as_str()[start..end], range.start - start)?;
        (at(&found, start) == *range).then_some(found)
    }
}

/// Where a place stands in a text of which a part was looked at.
fn at(found: &Captures<'_>, start: usize) -> Range<usize> {
    found.get(0).map_or(start..start, |whole| start + whole.start()..start + whole.end())
}

/// Whether an expression has the break of a line.
fn names_break(expression: &str) -> bool {
    let mut is_escaped = false;
    for mark in expression.chars() {
        if mark == '\n' || is_escaped && mark == 'n' {
            return true;
        }
        is_escaped = mark == '\\' && !is_escaped;
    }
    false
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
        let pattern = search.compile()?;
        let whole = |text: &Text| 0..text.as_str().len();
        let mut said = match step {
            Step::Replace => self.replace_one(&pattern, search),
            Step::ReplaceAll => {
                let replaced = self.replace_in(&pattern, search, whole(&self.text), true);
                return Ok(replaced.unwrap_or_else(|| NOTHING.to_owned()));
            }
            _ => String::new(),
        };
        let found = pattern.places(&self.text, whole(&self.text)).map(|(range, _)| range);
        self.found = found.filter(|range| !range.is_empty()).collect();
        let Some(at) = self.step(step) else {
            said.push_str(NOTHING);
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

    fn replace_one(&mut self, pattern: &Pattern, search: &Search) -> String {
        let Some(range) = self.text.selection() else { return String::new() };
        let found = pattern.at(&self.text, &range);
        let Some(new) = found.map(|found| search.replacement(&found)) else { return String::new() };
        self.replace(range, &new);
        "replaced; ".to_owned()
    }

    /// Replaces what is found in some lines: every place, or the first of each line. Nothing where there is none.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn substitute(
        &mut self,
        search: &Search,
        lines: Range<usize>,
        every: bool,
    ) -> Result<Option<String>, String> {
        self.found.clear();
        Ok(self.replace_in(&search.compile()?, search, lines, every))
    }

    fn replace_in(
        &mut self,
        pattern: &Pattern,
        search: &Search,
        lines: Range<usize>,
        every: bool,
    ) -> Option<String> {
        let text = self.text.as_str();
        let (mut new, mut last, mut count, mut line) = (String::new(), 0, 0_usize, None);
        for (range, found) in pattern.places(&self.text, lines) {
            let here = self.text.line_start(range.start);
            if !every && line == Some(here) {
                continue;
            }
            new.push_str(&text[last..range.start]);
            new.push_str(&search.replacement(&found));
            (last, count, line) = (range.end, count + 1, Some(here));
        }
        if count == 0 {
            return None;
        }
        new.push_str(&text[last..]);
        let cursor = self.text.cursor();
        self.replace_whole(&new, cursor);
        Some(format!(
            "{} replaced, all at once: one undo takes them back",
            value::grouped(&count.to_string())
        ))
    }

    /// Deletes the lines in which something is found, or those in which it is not, as one step. Nothing where there are none.
    ///
    /// # Errors
    /// When the pattern is no regular expression.
    pub fn delete_lines(
        &mut self,
        search: &Search,
        lines: Range<usize>,
        found: bool,
    ) -> Result<Option<String>, String> {
        let pattern = search.compile()?;
        let text = self.text.as_str();
        let places = pattern.places(&self.text, lines.clone());
        let having: BTreeSet<_> = places.map(|(range, _)| self.text.line_start(range.start)).collect();
        let mut at = 0;
        let mut kept = Vec::new();
        let all = self.text.lines();
        for line in text.split('\n') {
            // The last line may be empty: it begins where the lines end.
            let is_asked = (lines.start..=lines.end).contains(&at);
            if !is_asked || having.contains(&at) != found {
                kept.push(line);
            }
            at += line.len() + 1;
        }
        let gone = all - kept.len();
        if gone == 0 {
            return Ok(None);
        }
        let new = kept.join("\n");
        self.replace_whole(&new, lines.start);
        Ok(Some(format!("{} lines deleted; one undo brings them back", value::grouped(&gone.to_string()))))
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
    fn no_place_goes_on_behind_its_line_unless_the_pattern_names_the_break() {
        let text = "a  \n\n b,c";
        for (pattern, wanted) in [
            (r"\s+", "a|\n\n|b,c"),
            (r"\s+$", "a|\n\n b,c"),
            (r"[^,]+", "|\n\n|,|"),
            (r"\W+$", "a|\n\n b,c"),
            (r"\s*\n\s*", "a|b,c"),
            (r"a[ \n]+", "|b,c"),
            (r"a\\n", text),
        ] {
            let mut editor = Editor::new(text);
            editor.search(&search(pattern, "|", true), Step::ReplaceAll).unwrap();
            assert_eq!(editor.text(), wanted, "{pattern}");
            // One by one it is the same, and what is marked too.
            let mut editor = Editor::new(text);
            let find = search(pattern, "|", true);
            editor.search(&find, Step::Mark).unwrap();
            let places = editor.found.len();
            assert_eq!(places, wanted.matches('|').count(), "{pattern}");
            editor.search(&find, Step::Next).unwrap();
            (0..places).for_each(|_| drop(editor.search(&find, Step::Replace)));
            assert_eq!(editor.text(), wanted, "{pattern}");
        }
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
