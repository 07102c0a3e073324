//! What is typed after vim's `:`.

use super::super::super::super::action::Action;
use super::super::Search;

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ex {
    /// A line of the text, from 1 on.
    Line(usize),
    Act(Action),
    /// The texts are kept now, and this one under a name.
    Write(Option<String>),
    /// Every place is replaced.
    Replace(Search),
    /// Nothing is marked as found any more.
    Unmark,
}

/// The commands that are a word.
const WORDS: &[(&[&str], Ex)] = &[
    (&["w", "write", "wa", "wall", "up", "update"], Ex::Write(None)),
    (
        &["q", "quit", "q!", "qa", "qall", "qa!", "wq", "wq!", "wqa", "x", "xit", "xa", "exit"],
        Ex::Act(Action::Quit),
    ),
    (&["bd", "bdelete", "bd!", "close", "clo"], Ex::Act(Action::CloseBuffer)),
    (&["bn", "bnext", "tabn", "tabnext"], Ex::Act(Action::NextBuffer)),
    (&["bp", "bprevious", "tabp", "tabprevious"], Ex::Act(Action::PreviousBuffer)),
    (&["e", "edit", "new", "tabnew", "tabedit"], Ex::Act(Action::NewBuffer)),
    (&["h", "help"], Ex::Act(Action::Help)),
    (&["u", "undo"], Ex::Act(Action::Undo)),
    (&["red", "redo"], Ex::Act(Action::Redo)),
    (&["noh", "nohlsearch"], Ex::Unmark),
];

/// Reads a command.
///
/// # Errors
/// A sentence where it is none of those that are known here.
pub fn read(text: &str) -> Result<Ex, String> {
    let text = text.trim().trim_start_matches(':').trim();
    if let Ok(line) = text.parse::<usize>() {
        return Ok(Ex::Line(line.max(1)));
    }
    if text == "$" {
        return Ok(Ex::Line(usize::MAX));
    }
    if let Some(rest) = text.strip_prefix("%s") {
        return replacement(rest).map(Ex::Replace);
    }
    if let Some(("w" | "write" | "file" | "f", name)) = text.split_once(' ') {
        return Ok(Ex::Write(Some(name.trim().to_owned())));
    }
    let known = WORDS.iter().find(|(words, _)| words.contains(&text));
    known
        .map(|(_, ex)| ex.clone())
        .ok_or_else(|| format!(":{text} is not known here; Ctrl-P finds every action by its name"))
}

/// `/PATTERN/TEXT/g`, with whatever stands in place of the slash.
fn replacement(rest: &str) -> Result<Search, String> {
    let wrong = || "every place is replaced with :%s/PATTERN/TEXT/g, where \\1 is the first group".to_owned();
    let mark = rest.chars().next().filter(char::is_ascii_punctuation).ok_or_else(wrong)?;
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for letter in rest.chars().skip(1) {
        match (letter, parts.last_mut()) {
            (letter, _) if letter == mark && !is_escaped => parts.push(String::new()),
            (letter, Some(part)) => {
                // Before the mark that divides, the backslash says that it does not.
                if is_escaped && letter == mark {
                    part.pop();
                }
                part.push(letter);
            }
            (_, None) => {}
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    match &parts[..] {
        [pattern, with, flags] if !pattern.is_empty() && flags == "g" => {
            Ok(Search { pattern: pattern.clone(), with: expanded(with), is_regex: true })
        }
        _ => Err(wrong()),
    }
}

/// What replaces a place, as vim writes it, in the words of the search: `&` is the whole, `\1` the first group.
fn expanded(with: &str) -> String {
    let (mut text, mut marks) = (String::new(), with.chars());
    while let Some(mark) = marks.next() {
        match mark {
            '$' => text.push_str("$$"),
            '&' => text.push_str("${0}"),
            '\\' => match marks.next() {
                Some(digit @ '0'..='9') => text.extend(["${", digit.encode_utf8(&mut [0; 4]), "}"]),
                Some('n' | 'r') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_line_a_word_or_a_replacement() {
        let search = |pattern: &str, with: &str| {
            Ok(Ex::Replace(Search { pattern: pattern.into(), with: with.into(), is_regex: true }))
        };
        for (text, wanted) in [
            ("12", Ok(Ex::Line(12))),
            ("0", Ok(Ex::Line(1))),
            ("$", Ok(Ex::Line(usize::MAX))),
            (" w ", Ok(Ex::Write(None))),
            ("w month end", Ok(Ex::Write(Some("month end".into())))),
            (":wq", Ok(Ex::Act(Action::Quit))),
            ("bd", Ok(Ex::Act(Action::CloseBuffer))),
            ("%s/a/b/g", search("a", "b")),
            (r"%s/a\/b/$/g", search("a/b", "$$")),
            (r"%s/(a)b/\1\n[&]\&\\/g", search("(a)b", "${1}\n[${0}]&\\")),
            ("%s#a/b##g", search("a/b", "")),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
        for text in ["", "wrong", "%s", "%s/a/b", "%s/a/b/c/g", "%s//b/g", "%sxaxbxg", "-1"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_word_stands_twice() {
        let mut words: Vec<_> = WORDS.iter().flat_map(|(words, _)| words.iter()).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
