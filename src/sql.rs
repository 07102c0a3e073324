//! A lexer of SQL: enough to colour it, to split statements and to find parameters, for every engine's dialect.
//!
//! It never fails: text that no rule fits is one token of [`Kind::Other`].

pub mod layout;

use std::ops::Range;

/// Words of a statement of which a tree is made at most: one of more might be deeper than a thread's stack when it is
/// taken down.
pub const MOST_WORDS: usize = 20_000;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Keyword,
    Name,
    /// A quoted name: `"order"`.
    Quoted,
    /// A text literal, `'…'` or `$$…$$`.
    Text,
    Number,
    Comment,
    /// `:name`; the range includes the colon.
    Parameter,
    Semicolon,
    Other,
}

/// A token and its bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
}

const KEYWORDS: &[&str] = &[
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "ATTACH",
    "BETWEEN",
    "BY",
    "CALL",
    "CASE",
    "CAST",
    "COPY",
    "CREATE",
    "CROSS",
    "CURRENT",
    "DATE",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "EXPORT",
    "EXTRACT",
    "FALSE",
    "FETCH",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PIVOT",
    "PRAGMA",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RIGHT",
    "ROW",
    "ROWS",
    "SELECT",
    "SET",
    "SHOW",
    "SUMMARIZE",
    "TABLE",
    "THEN",
    "TIMESTAMP",
    "TO",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UNPIVOT",
    "UPDATE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// The statements that stand in a part of a text, by their bytes in the whole of it.
#[must_use]
pub fn statements_in(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let start = part.start;
    let moved = statements(&text[part]).into_iter().map(|found| found.start + start..found.end + start);
    moved.collect()
}

/// All tokens of the text but white space.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end) = token_at(text, at);
        found.push(Token { kind, range: at..end });
        at = end;
    }
    found
}

fn token_at(text: &str, at: usize) -> (Kind, usize) {
    let bytes = text.as_bytes();
    let next = bytes.get(at + 1).copied();
    match bytes[at] {
        b'-' if next == Some(b'-') => (Kind::Comment, line_end(text, at)),
        b'/' if next == Some(b'*') => (Kind::Comment, block_comment_end(bytes, at)),
        b'\'' => (Kind::Text, quote_end(bytes, at, escapes_before(bytes, at))),
        b'"' => (Kind::Quoted, quote_end(bytes, at, false)),
        b'$' => dollar(text, at),
        b';' => (Kind::Semicolon, at + 1),
        // `a::b` is a cast, `:=` and `:1]` are not parameters either.
        b':' if next == Some(b':') => (Kind::Other, at + 2),
        // Right after a value it stands in a struct, a map or a slice: `{'a':x}`, `list[1:last]`.
        b':' if next.is_some_and(starts_name) && !follows_value(bytes, at) => {
            (Kind::Parameter, name_end(bytes, at + 1))
        }
        byte if byte.is_ascii_digit() => (Kind::Number, number_end(bytes, at)),
        byte if starts_name(byte) => {
            let end = name_end(bytes, at);
            (if is_keyword(&text[at..end]) { Kind::Keyword } else { Kind::Name }, end)
        }
        _ => (Kind::Other, at + 1),
    }
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn follows_value(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    before.is_some_and(|byte| {
        starts_name(byte) || byte.is_ascii_digit() || matches!(byte, b'\'' | b'"' | b')' | b']' | b'}')
    })
}

fn name_end(bytes: &[u8], at: usize) -> usize {
    let inside = |byte: &u8| starts_name(*byte) || byte.is_ascii_digit() || *byte == b'$';
    at + bytes[at..].iter().take_while(|byte| inside(byte)).count()
}

fn number_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(&byte) = bytes.get(end) {
        let exponent_sign = matches!(byte, b'+' | b'-') && matches!(bytes[end - 1], b'e' | b'E');
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || exponent_sign) {
            break;
        }
        end += 1;
    }
    end
}

/// `E'…'` texts know backslash escapes.
fn escapes_before(bytes: &[u8], at: usize) -> bool {
    let mark = at.checked_sub(1).map(|before| bytes[before]);
    let before = at.checked_sub(2).map(|before| bytes[before]);
    matches!(mark, Some(b'e' | b'E'))
        && !before.is_some_and(|byte| starts_name(byte) || byte.is_ascii_digit())
}

fn quote_end(bytes: &[u8], at: usize, escapes: bool) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while end < bytes.len() {
        if escapes && bytes[end] == b'\\' {
            end += 2;
        } else if bytes[end] != quote {
            end += 1;
        } else if bytes.get(end + 1) == Some(&quote) {
            end += 2;
        } else {
            return end + 1;
        }
    }
    bytes.len()
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    let (mut end, mut depth) = (at, 0_usize);
    while end < bytes.len() {
        match &bytes[end..bytes.len().min(end + 2)] {
            b"/*" => (depth, end) = (depth + 1, end + 2),
            b"*/" if depth == 1 => return end + 2,
            b"*/" => (depth, end) = (depth - 1, end + 2),
            _ => end += 1,
        }
    }
    bytes.len()
}

/// A lone carriage return ends a line comment too, as it does in the engines: what follows it would run.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |found| at + found)
}

/// `$$text$$`, `$tag$text$tag$`, or a lone `$1`.
fn dollar(text: &str, at: usize) -> (Kind, usize) {
    let bytes = text.as_bytes();
    let tag_end = if bytes.get(at + 1).copied().is_some_and(starts_name) {
        let inside = |byte: &u8| starts_name(*byte) || byte.is_ascii_digit();
        at + 1 + bytes[at + 1..].iter().take_while(|byte| inside(byte)).count()
    } else {
        at + 1
    };
    if bytes.get(tag_end) != Some(&b'$') {
        return (Kind::Other, tag_end.max(at + 1));
    }
    let tag = &text[at..=tag_end];
    let body = tag_end + 1;
    (Kind::Text, text[body..].find(tag).map_or(text.len(), |found| body + found + tag.len()))
}

/// The bytes of each statement, without its semicolon and the comments around it; empty ones are left out.
#[must_use]
pub fn statements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for token in tokens(text) {
        match token.kind {
            Kind::Semicolon => found.extend(open.take()),
            Kind::Comment => {}
            _ => open = Some(open.map_or(token.range.start, |range| range.start)..token.range.end),
        }
    }
    found.extend(open);
    found
}

/// The statement at a byte of the text: the one around it, else the last one before it, else the first.
#[must_use]
pub fn statement_at(text: &str, at: usize) -> Option<Range<usize>> {
    let all = statements(text);
    let before = all.iter().take_while(|range| range.start <= at).count();
    all.get(before.saturating_sub(1)).cloned()
}

/// A name as SQL writes it when it must be exact: in double quotes, inner ones doubled.
#[must_use]
pub fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as a person would write it: in quotes only where it must be, or where it could be taken for a keyword.
#[must_use]
pub fn name(name: &str) -> String {
    let is_plain = name.chars().all(|mark| mark.is_ascii_lowercase() || mark.is_ascii_digit() || mark == '_')
        && name.starts_with(|mark: char| mark.is_ascii_lowercase() || mark == '_');
    if is_plain && !is_keyword(name) { name.to_owned() } else { quote_name(name) }
}

/// The name of a function, which may be a keyword elsewhere: `range(…)`; in quotes where it is no word.
#[must_use]
pub fn function_name(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        name.to_owned()
    } else {
        quote_name(name)
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

/// A text literal: in single quotes, inner ones doubled.
#[must_use]
pub fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The parts of a name with dots, `a."b c".d`, without their quotes.
#[must_use]
pub fn name_parts(name: &str) -> Vec<String> {
    let words = tokens(name).into_iter().filter(|token| token.kind != Kind::Comment);
    let words = words.map(|token| &name[token.range]).filter(|word| *word != ".");
    let bare = |word: &str| match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => word.to_owned(),
    };
    words.map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).into_iter().map(|token| (token.kind, &text[token.range])).collect()
    }

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn quotes_comments_and_casts_hide_their_marks() {
        let text = "select ':no' as \"a:b\", x::date, :from -- :no\n/* ; /* ; */ :no */ $$;:no$$ E'\\':no'";
        let parameters: Vec<_> = kinds(text)
            .into_iter()
            .filter(|(kind, _)| *kind == Kind::Parameter)
            .map(|(_, text)| text)
            .collect();
        assert_eq!(parameters, [":from"]);
        assert_eq!(statements(text).len(), 1);
    }

    #[test]
    fn a_colon_after_a_value_is_no_parameter() {
        let text = "SELECT {'a':x, \"b\":y}, MAP {f(1):z}, list[1:last], list[a:b], list[:first], {'k': :value}, a=:b";
        let parameters: Vec<_> = kinds(text)
            .into_iter()
            .filter(|(kind, _)| *kind == Kind::Parameter)
            .map(|(_, text)| text)
            .collect();
        assert_eq!(parameters, [":first", ":value", ":b"], "only a declared one is bound");
    }

    #[test]
    fn statements_are_found_at_the_cursor() {
        let text = "-- one\nselect 1;\n\nselect ';' ; -- end\n";
        let found: Vec<_> = statements(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["select 1", "select ';'"]);
        assert_eq!(statement_at(text, 9).map(|range| &text[range]), Some("select 1"));
        assert_eq!(statement_at(text, text.len()).map(|range| &text[range]), Some("select ';'"));
        assert_eq!(statement_at(text, 0).map(|range| &text[range]), Some("select 1"));
        assert_eq!(statement_at("-- nothing", 3), None);
        assert_eq!(statements("select 1 -- x\r; drop table t").len(), 2);
    }

    #[test]
    fn unfinished_text_ends_with_the_text() {
        for text in ["'abc", "\"abc", "/* abc", "$a$ abc", "E'abc\\", ":", "$", "é", "1e", "1e-"] {
            assert_eq!(tokens(text).last().map(|token| token.range.end), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn a_name_has_its_parts_without_quotes() {
        assert_eq!(name_parts("a.\"b \"\" . c\".d"), ["a", "b \" . c", "d"]);
        assert_eq!((name_parts("plain"), name_parts("")), (vec!["plain".to_owned()], Vec::new()));
    }
}
