//! Where in a statement the cursor stands, and which tables, aliases and named parts count there.
//!
//! Read from the tokens alone: a statement that is being typed is seldom one that a parser takes.

mod reads;

use std::ops::Range;

use super::names::{Column, Dictionary};
use super::words;
use crate::sql::{self, Kind, Token};

/// What may stand at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The first word of a statement or of a query within it.
    Start,
    Table,
    /// After a table: an alias of the person's own, or the next clause.
    AfterTable,
    Type,
    Expression,
}

/// A table, or a query in its place, that a statement reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// Its alias, else its name.
    pub name: String,
    /// The name of the table itself.
    pub origin: String,
    pub columns: Vec<Column>,
    /// Of a query around the one in which the cursor is.
    pub is_outer: bool,
}

impl Source {
    /// What its columns are said to come from.
    pub(super) fn place(&self) -> &str {
        if self.origin.is_empty() { &self.name } else { &self.origin }
    }
}

/// The place of the cursor with all that counts there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    pub place: Place,
    /// The names before the word, each followed by a dot.
    pub qualifier: Vec<String>,
    pub word: String,
    /// Whether the word was begun with a quote.
    pub is_quoted: bool,
    /// The bytes that what is taken replaces.
    pub range: Range<usize>,
    /// A parenthesis follows already.
    pub is_called: bool,
    /// Whether keywords are written small in this statement.
    pub is_lower: bool,
    /// Innermost first.
    pub sources: Vec<Source>,
    /// Named parts that can be read from here.
    pub ctes: Vec<String>,
    /// Names that the query gives to its own columns.
    pub outputs: Vec<Column>,
}

/// A token with its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word<'a> {
    kind: Kind,
    text: &'a str,
}

impl Word<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Name | Kind::Quoted)
    }

    /// Whether it may be a name where only one can stand, keyword or not.
    fn is_word(&self) -> bool {
        self.is_name() || self.kind == Kind::Keyword
    }

    fn name(&self) -> String {
        match self.text.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"').unwrap_or(rest).replace("\"\"", "\""),
            None => self.text.to_owned(),
        }
    }
}

/// Reads the place of the cursor; nothing in a comment or a literal, and where a new name is given.
pub(super) fn read(text: &str, at: usize, dictionary: &Dictionary) -> Option<Scope> {
    // Each side is read for itself: a quote that was just opened swallows nothing of what follows.
    let (before, after) = text.split_at_checked(at)?;
    let (mut left, mut right) = (sql::tokens(before), sql::tokens(after));
    let partial = unfinished(before);
    if let Some(token) = &partial {
        if !matches!(token.kind, Kind::Name | Kind::Keyword | Kind::Quoted) {
            return None;
        }
        left.pop();
    }
    let mut end = at;
    if partial.is_some()
        && let Some(rest) = right.first().filter(|token| token.range.start == 0)
        && matches!(rest.kind, Kind::Name | Kind::Keyword | Kind::Number)
    {
        // The cursor stands inside a word: all of it is meant.
        end += rest.range.end;
        right.remove(0);
    }
    let (start, word, is_quoted) = match partial {
        Some(token) => {
            let typed = &before[token.range.clone()];
            let word = typed.strip_prefix('"').unwrap_or(typed).replace("\"\"", "\"");
            (token.range.start, word, token.kind == Kind::Quoted)
        }
        None => (at, String::new(), false),
    };
    let of = |kind: Kind| move |token: &Token| token.kind == kind;
    let first = left.iter().rposition(of(Kind::Semicolon)).map_or(0, |at| at + 1);
    let last = right.iter().position(of(Kind::Semicolon)).unwrap_or(right.len());
    let mut all: Vec<Word> = Vec::new();
    let is_word = |token: &&Token| token.kind != Kind::Comment;
    all.extend(left[first..].iter().filter(is_word).map(|token| word_of(token, before)));
    let cursor = all.len();
    all.extend(right[..last].iter().filter(is_word).map(|token| word_of(token, after)));
    let reader = Reader::new(&all, dictionary);
    let (qualifier, names_from) = qualifier(&all, cursor);
    let place = reader.place(names_from)?;
    let (sources, ctes, outputs) = reader.visible(names_from);
    Some(Scope {
        place,
        qualifier,
        is_lower: writes_small(&all, &word),
        word,
        is_quoted,
        range: start..end,
        is_called: text[end..].starts_with('('),
        sources,
        ctes: ctes.into_iter().map(|cte| cte.name).collect(),
        outputs,
    })
}

fn word_of<'a>(token: &Token, text: &'a str) -> Word<'a> {
    Word { kind: token.kind, text: &text[token.range.clone()] }
}

/// The token that goes on when something is typed after a text: a word, or a literal or comment that is not closed.
fn unfinished(before: &str) -> Option<Token> {
    let longer = format!("{before}x");
    let last = sql::tokens(&longer).pop()?;
    let range = last.range.start..before.len();
    // The kind that it has now: `an` is a name and `and` a keyword, both are words.
    (!range.is_empty()).then_some(Token { kind: last.kind, range })
}

/// The names with dots before the cursor, and the place of the first of them.
fn qualifier(all: &[Word], cursor: usize) -> (Vec<String>, usize) {
    let (mut names, mut at) = (Vec::new(), cursor);
    while at >= 2 && all[at - 1].text == "." && (all[at - 2].is_name() || all[at - 2].kind == Kind::Keyword) {
        names.insert(0, all[at - 2].name());
        at -= 2;
    }
    (names, at)
}

/// Whether keywords are written small: as the others of the statement are, else as the word that is typed.
fn writes_small(all: &[Word], word: &str) -> bool {
    let small = |text: &str| text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_uppercase);
    let keyword = all.iter().find(|word| word.kind == Kind::Keyword);
    keyword.map_or_else(|| small(word), |keyword| small(keyword.text))
}

/// How far a query was read at some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    Start,
    Expression,
    /// A table is expected.
    Table,
    /// A table was named.
    Named,
}

struct Reader<'a> {
    all: &'a [Word<'a>],
    /// The place of the closing parenthesis of each opening one.
    close: Vec<usize>,
    dictionary: &'a Dictionary,
}

impl<'a> Reader<'a> {
    fn new(all: &'a [Word<'a>], dictionary: &'a Dictionary) -> Self {
        let mut close = vec![all.len(); all.len()];
        let mut open = Vec::new();
        for (at, word) in all.iter().enumerate() {
            match word.text {
                "(" => open.push(at),
                ")" => {
                    if let Some(from) = open.pop() {
                        close[from] = at;
                    }
                }
                _ => {}
            }
        }
        Self { all, close, dictionary }
    }

    /// The place after a word, past the parentheses that it opens.
    fn next(&self, at: usize) -> usize {
        if self.all[at].text == "(" { (self.close[at] + 1).min(self.all.len()) } else { at + 1 }
    }

    fn word(&self, at: usize, end: usize) -> Option<&Word<'a>> {
        (at < end).then(|| &self.all[at])
    }

    /// The parentheses around a place, outermost first: the places of their insides, the statement itself first.
    fn around(&self, cursor: usize) -> Vec<Range<usize>> {
        let inside = (0..cursor).filter(|at| self.all[*at].text == "(" && self.close[*at] >= cursor);
        std::iter::once(0..self.all.len()).chain(inside.map(|at| at + 1..self.close[at])).collect()
    }

    /// The query among those joined by UNION and the like in which a place is.
    fn block(&self, range: &Range<usize>, cursor: usize) -> Range<usize> {
        let mut block = range.clone();
        let mut at = range.start;
        while at < range.end {
            if self.all[at].is_any(&["UNION", "INTERSECT", "EXCEPT"]) && self.all[at].kind == Kind::Keyword {
                if at >= cursor {
                    block.end = at;
                    break;
                }
                block.start = at + 1;
                if self.word(at + 1, range.end).is_some_and(|word| word.is_any(&["ALL", "DISTINCT"]))
                    && at + 1 < cursor
                {
                    block.start += 1;
                }
            }
            at = self.next(at);
        }
        block
    }

    /// What may stand at a place; nothing where a new name is given.
    fn place(&self, cursor: usize) -> Option<Place> {
        let around = self.around(cursor);
        let range = around.last()?.clone();
        let before = cursor.checked_sub(1).map(|at| self.all[at]);
        let opener = range.start.checked_sub(2).map(|at| self.all[at]);
        if before.is_some_and(|word| word.text == "::") {
            return Some(Place::Type);
        }
        if before.is_some_and(|word| word.is("AS") && word.kind == Kind::Keyword) {
            return opener.is_some_and(|word| word.is_any(&["CAST", "TRY_CAST"])).then_some(Place::Type);
        }
        let (body, parts) = self.parts(&range);
        if cursor < body && !parts.is_empty()
            || before.is_some_and(|word| word.is_any(&["WITH", "RECURSIVE"]))
        {
            return None;
        }
        let block = self.block(&(body.min(cursor)..range.end), cursor);
        let inside_call = opener.is_some_and(|word| word.is_any(words::FROM_INSIDE));
        let first = if range.start == 0 || cursor > range.start {
            Clause::Start
        } else {
            self.opened(range.start - 1)
        };
        match self.clause(&(block.start..cursor), first, inside_call) {
            Clause::Start => Some(Place::Start),
            Clause::Table => Some(Place::Table),
            Clause::Named => Some(Place::AfterTable),
            Clause::Expression => Some(Place::Expression),
        }
    }

    /// How a parenthesis begins: with a query where a table is expected, else with an expression.
    fn opened(&self, open: usize) -> Clause {
        let around = self.around(open);
        let range = around.last().cloned().unwrap_or(0..0);
        let body = self.parts(&range).0.min(open);
        let block = self.block(&(body..range.end), open);
        let is_table = self.clause(&(block.start..open), Clause::Start, false) == Clause::Table;
        let names_part = open.checked_sub(1).is_some_and(|at| self.all[at].is_any(&["AS", "MATERIALIZED"]));
        if is_table || names_part { Clause::Start } else { Clause::Expression }
    }

    /// What a query has come to at the end of a range of its words.
    fn clause(&self, range: &Range<usize>, first: Clause, inside_call: bool) -> Clause {
        let mut clause = first;
        let mut joins = false;
        let mut at = range.start;
        while at < range.end {
            let word = &self.all[at];
            clause = match word.kind {
                Kind::Keyword if word.is("FROM") && !inside_call => {
                    joins = true;
                    Clause::Table
                }
                Kind::Keyword
                    if word.is_any(&["JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "SUMMARIZE"]) =>
                {
                    Clause::Table
                }
                Kind::Keyword if word.is("LATERAL") => clause,
                Kind::Keyword
                    if word.is_any(&["LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL"])
                        && joins =>
                {
                    Clause::Named
                }
                Kind::Keyword
                    if word.is_any(&[
                        "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "QUALIFY", "SET",
                    ]) =>
                {
                    joins = false;
                    Clause::Expression
                }
                Kind::Other if word.text == "," && joins => Clause::Table,
                Kind::Other if word.text == "." => clause,
                Kind::Keyword if clause == Clause::Named && word.is("AS") => Clause::Named,
                Kind::Keyword => Clause::Expression,
                _ if matches!(clause, Clause::Table | Clause::Named)
                    && (word.is_name() || word.text == "(" || word.kind == Kind::Text) =>
                {
                    Clause::Named
                }
                _ => Clause::Expression,
            };
            at = self.next(at);
        }
        clause
    }
}
