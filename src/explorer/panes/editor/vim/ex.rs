//! What is typed after vim's `:`.

use super::super::super::super::action::Action;
use super::super::Search;

/// What a command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ex {
    /// A line of the text.
    Line(Address),
    Act(Action),
    /// The texts are kept now, and this one under a name.
    Write(Option<String>),
    /// Lines are changed; without an address the one of the cursor.
    Lines(Option<(Address, Address)>, Change),
    /// Nothing is marked as found any more.
    Unmark,
}

/// A line: where counting begins, and so many below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub from: From,
    pub below: isize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Above the first line.
    Top,
    Cursor,
    Last,
    /// The line of a place that a letter names.
    Mark(char),
}

/// What becomes of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Delete,
    Copy,
    Shift(bool),
    Join,
    /// They go below a line, or a copy of them does.
    Put {
        below: Address,
        stays: bool,
    },
    /// Places are replaced: all of them, or the first of each line.
    Replace(Search, bool),
    /// The lines that have it go, or those that do not.
    DeleteFound(Search, bool),
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
    // A blank at the end may be what something is replaced with.
    let text = text.trim_start().trim_start_matches(':').trim_start();
    let word = text.trim_end();
    let unknown = || format!(":{word} is not known here; Ctrl-P finds every action by its name");
    let (lines, rest) = lines(text);
    let rest = rest.trim_start();
    if rest.is_empty() {
        return lines.map(|(_, last)| Ex::Line(last)).ok_or_else(unknown);
    }
    if let Some(change) = change(rest) {
        return change.map(|change| Ex::Lines(lines, change));
    }
    if lines.is_some() {
        return Err(unknown());
    }
    if let Some(("w" | "write" | "file" | "f", name)) = word.split_once(' ') {
        return Ok(Ex::Write(Some(name.trim().to_owned())));
    }
    WORDS.iter().find(|(words, _)| words.contains(&word)).map(|(_, ex)| ex.clone()).ok_or_else(unknown)
}

/// The lines that stand before a command, and the rest.
fn lines(text: &str) -> (Option<(Address, Address)>, &str) {
    let whole = (Address { from: From::Top, below: 1 }, Address { from: From::Last, below: 0 });
    if let Some(rest) = text.strip_prefix('%') {
        return (Some(whole), rest);
    }
    let Some((first, rest)) = address(text) else { return (None, text) };
    let Some(behind) = rest.trim_start().strip_prefix(',') else { return (Some((first, first)), rest) };
    let here = Address { from: From::Cursor, below: 0 };
    let (last, rest) = address(behind.trim_start()).unwrap_or((here, behind));
    (Some((first, last)), rest)
}

/// A line: a number, `.`, `$` or `'` and a letter, with so many lines added or taken away.
fn address(text: &str) -> Option<(Address, &str)> {
    // More than can be counted is as good as the most.
    let number = |text: &str| {
        let rest = text.trim_start_matches(|mark: char| mark.is_ascii_digit());
        let digits = &text[..text.len() - rest.len()];
        (digits.parse().unwrap_or(isize::MAX), digits.len())
    };
    let mut letters = text.chars();
    let (from, mut below, mut length) = match (letters.next()?, letters.next()) {
        ('0'..='9', _) => {
            let (line, length) = number(text);
            (From::Top, line, length)
        }
        ('.', _) => (From::Cursor, 0, 1),
        ('$', _) => (From::Last, 0, 1),
        ('\'', Some(letter)) => (From::Mark(letter), 0, 1 + letter.len_utf8()),
        ('+' | '-', _) => (From::Cursor, 0, 0),
        _ => return None,
    };
    while let Some(sign @ ('+' | '-')) = text[length..].chars().next() {
        let (by, digits) = number(&text[length + 1..]);
        let by = if digits == 0 { 1 } else { by };
        below = if sign == '+' { below.saturating_add(by) } else { below.saturating_sub(by) };
        length += 1 + digits;
    }
    Some((Address { from, below }, &text[length..]))
}

/// What becomes of lines; nothing for a command of another kind.
fn change(text: &str) -> Option<Result<Change, String>> {
    let rest = text.trim_start_matches(|mark: char| mark.is_ascii_alphabetic());
    let rest = if text == rest { rest.trim_start_matches(['>', '<']) } else { rest };
    let word = &text[..text.len() - rest.len()];
    let alone = |change| {
        Some(
            rest.trim()
                .is_empty()
                .then_some(change)
                .ok_or_else(|| format!("behind :{word} nothing stands here")),
        )
    };
    match word {
        "d" | "delete" => alone(Change::Delete),
        "y" | "yank" => alone(Change::Copy),
        "j" | "join" => alone(Change::Join),
        ">" | "<" => alone(Change::Shift(word == ">")),
        "m" | "move" | "t" | "co" | "copy" => {
            let below = address(rest.trim()).filter(|(_, rest)| rest.is_empty());
            let why = || format!("behind :{word} stands the line below which they go; 0 is above all");
            let stays = !word.starts_with('m');
            Some(below.map(|(below, _)| Change::Put { below, stays }).ok_or_else(why))
        }
        "s" | "substitute" => Some(replacement(rest)),
        "g" | "global" => match rest.strip_prefix('!') {
            Some(rest) => Some(found_lines(rest, false)),
            None => Some(found_lines(rest, true)),
        },
        "v" | "vglobal" => Some(found_lines(rest, false)),
        _ => None,
    }
}

/// The parts between slashes, with whatever stands in place of the slash.
fn parts(text: &str) -> Option<Vec<String>> {
    let mark = text.chars().next().filter(char::is_ascii_punctuation)?;
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for letter in text.chars().skip(1) {
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
    Some(parts)
}

/// `/PATTERN/TEXT/g`.
fn replacement(rest: &str) -> Result<Change, String> {
    let wrong = || {
        "what is found is replaced with :s/PATTERN/TEXT/, with g behind it every place of the line; \\1 is the first group"
            .to_owned()
    };
    let parts = parts(rest.trim_start()).ok_or_else(wrong)?;
    let (pattern, with, flags) = match &parts[..] {
        [pattern] => (pattern, "", ""),
        [pattern, with] => (pattern, with.as_str(), ""),
        [pattern, with, flags] => (pattern, with.as_str(), flags.trim()),
        _ => return Err(wrong()),
    };
    if flags.contains('c') {
        return Err("Ctrl-F in insert mode, or find in Ctrl-P, asks at each place".to_owned());
    }
    if !flags.chars().all(|flag| "giIe".contains(flag)) {
        return Err(wrong());
    }
    let case = match () {
        () if flags.contains('i') => "(?i)",
        () if flags.contains('I') => "(?-i)",
        () => "",
    };
    let pattern = if pattern.is_empty() { String::new() } else { case.to_owned() + &expression(pattern) };
    let search = Search { pattern, with: expanded(with), is_regex: true };
    Ok(Change::Replace(search, flags.contains('g')))
}

/// `/PATTERN/d`.
fn found_lines(rest: &str, found: bool) -> Result<Change, String> {
    match parts(rest.trim_start()).as_deref() {
        Some([pattern, command]) if matches!(command.trim(), "d" | "delete") => {
            let search = Search { pattern: expression(pattern), with: String::new(), is_regex: true };
            Ok(Change::DeleteFound(search, found))
        }
        _ => {
            Err("lines that have a text are deleted with :g/PATTERN/d, the others with :v/PATTERN/d"
                .to_owned())
        }
    }
}

/// A regular expression as vim writes it: brackets, bars, `+` and `?` mean something after a backslash only, `\<` and
/// `\>` are where words begin and end, and after `\v` all is as elsewhere.
#[must_use]
pub fn expression(pattern: &str) -> String {
    let (mut text, mut marks) = (String::new(), pattern.chars().peekable());
    let (mut is_very, mut in_count, mut in_class) = (false, false, false);
    while let Some(mark) = marks.next() {
        let next = if mark == '\\' { marks.next() } else { None };
        match (mark, next) {
            ('\\', Some('v')) => is_very = true,
            ('\\', Some('_')) if matches!(marks.peek(), Some('.' | 's')) => {
                text.push_str(if marks.next() == Some('.') { r"(?:.|\n)" } else { r"[\s\n]" });
            }
            ('\\', Some('c')) => text.insert_str(0, "(?i)"),
            ('\\', Some('C')) => text.insert_str(0, "(?-i)"),
            ('\\', Some('<' | '>')) if !is_very => text.push_str(r"\b"),
            ('<' | '>', _) if is_very => text.push_str(r"\b"),
            ('\\', Some('=')) if !is_very => text.push('?'),
            ('\\', Some(special @ ('(' | ')' | '|' | '+' | '?' | '{' | '}'))) if !is_very => {
                in_count = special == '{';
                text.push(special);
            }
            ('\\', Some(other)) => text.extend(['\\', other]),
            ('\\', None) => text.push_str(r"\\"),
            ('}', _) if in_count => {
                in_count = false;
                text.push('}');
            }
            ('(' | ')' | '|' | '+' | '?' | '{' | '}', _) if !is_very && !in_class => {
                text.extend(['\\', mark]);
            }
            _ => {
                in_class = mark == '[' || in_class && mark != ']';
                text.push(mark);
            }
        }
    }
    text
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
                Some(case @ ('u' | 'l' | 'U' | 'L' | 'e' | 'E')) => {
                    text.extend(["${\\", case.encode_utf8(&mut [0; 4]), "}"]);
                }
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
        let at = |from, below| Address { from, below };
        let line = |line| at(From::Top, line);
        let (here, last) = (at(From::Cursor, 0), at(From::Last, 0));
        let whole = Some((line(1), last));
        let search =
            |pattern: &str, with: &str| Search { pattern: pattern.into(), with: with.into(), is_regex: true };
        let every = |pattern: &str, with: &str| Change::Replace(search(pattern, with), true);
        let marked = Some((at(From::Mark('<'), 0), at(From::Mark('>'), 0)));
        for (text, wanted) in [
            ("12", Ex::Line(line(12))),
            ("0", Ex::Line(line(0))),
            ("$", Ex::Line(last)),
            ("'a", Ex::Line(at(From::Mark('a'), 0))),
            ("-2", Ex::Line(at(From::Cursor, -2))),
            (" w ", Ex::Write(None)),
            ("w month end", Ex::Write(Some("month end".into()))),
            (":wq", Ex::Act(Action::Quit)),
            ("bd", Ex::Act(Action::CloseBuffer)),
            ("%s/a/b/g", Ex::Lines(whole, every("a", "b"))),
            (r"%s/a\/b/$/g", Ex::Lines(whole, every("a/b", "$$"))),
            (r"%s/\(a\)b/\1\n[&]\&\\/g", Ex::Lines(whole, every("(a)b", "${1}\n[${0}]&\\"))),
            ("%s#a/b##g", Ex::Lines(whole, every("a/b", ""))),
            ("s/a/b", Ex::Lines(None, Change::Replace(search("a", "b"), false))),
            ("s/a", Ex::Lines(None, Change::Replace(search("a", ""), false))),
            ("s//b/g", Ex::Lines(None, every("", "b"))),
            ("'<,'>s/a/b/gi", Ex::Lines(marked, every("(?i)a", "b"))),
            (".,$d", Ex::Lines(Some((here, last)), Change::Delete)),
            (".,+3y", Ex::Lines(Some((here, at(From::Cursor, 3))), Change::Copy)),
            ("2,5>", Ex::Lines(Some((line(2), line(5))), Change::Shift(true))),
            ("3m0", Ex::Lines(Some((line(3), line(3))), Change::Put { below: line(0), stays: false })),
            ("t.", Ex::Lines(None, Change::Put { below: here, stays: true })),
            ("g/^--/d", Ex::Lines(None, Change::DeleteFound(search("^--", ""), true))),
            ("g!/x/d", Ex::Lines(None, Change::DeleteFound(search("x", ""), false))),
        ] {
            assert_eq!(read(text), Ok(wanted), "{text}");
        }
        for text in ["", "wrong", "%s", "%s/a/b/c/g", "s/a/b/c", "%sxaxbxg", "g/x/y", "m", "d3", "2q", "'"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_expression_of_vim_finds_what_it_does_there() {
        for (vim, wanted) in [
            ("count(*)", r"count\(*\)"),
            (r"\(a\|b\)\+", "(a|b)+"),
            (r"\<id\>", r"\bid\b"),
            (r"\v(a|b)+<", r"(a|b)+\b"),
            (r"a\{2,3}b", "a{2,3}b"),
            (r"x\=\d\.[(+]", r"x?\d\.[(+]"),
            (r"\ca", "(?i)a"),
        ] {
            assert_eq!(expression(vim), wanted, "{vim}");
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
