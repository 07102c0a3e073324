//! Where a blank stands between two words.

use crate::sql::{Kind, Token};

/// Whether two words that follow each other stand apart.
pub(super) fn is_apart(source: &str, words: &[Token], left: usize, right: usize) -> bool {
    let text = |at: usize| &source[words[at].range.clone()];
    let (before, after) = (text(left), text(right));
    let (left_kind, right_kind) = (words[left].kind, words[right].kind);
    let was_apart = words[left].range.end < words[right].range.start;
    let is_mark = |kind: Kind| kind == Kind::Other;
    match (before, after) {
        (_, "," | ";" | ")" | "]" | ".") | ("(" | "[" | ".", _) => false,
        (",", _) | ("=", "-" | "+") => true,
        ("::", _) | (_, "::") => false,
        // A call or a list: as the person wrote it. After a mark it is an operand.
        (_, "(" | "[" | "{") if !is_mark(left_kind) || matches!(before, ")" | "]" | "}") => was_apart,
        ("{" | ":" | "$" | "@" | "#" | "?" | "~" | "!", _) | (_, "}" | ":") => was_apart,
        // `<=`, `||`, `->` are several marks.
        _ if is_mark(left_kind) && is_mark(right_kind) && !is_closing(before) && !is_closing(after) => {
            was_apart
        }
        ("-" | "+", _) if is_sign(source, words, left) => was_apart,
        // `E'…'`, `DATE'…'`.
        _ if right_kind == Kind::Text && matches!(left_kind, Kind::Name | Kind::Keyword) => was_apart,
        _ if is_operator(before) || is_operator(after) => true,
        _ if is_mark(left_kind) && !is_closing(before) || is_mark(right_kind) => was_apart,
        _ => true,
    }
}

fn is_closing(mark: &str) -> bool {
    matches!(mark, ")" | "]" | "}")
}

fn is_operator(mark: &str) -> bool {
    matches!(mark, "=" | "<" | ">" | "+" | "-" | "*" | "/" | "%" | "|")
}

/// Whether a minus or plus stands before a number alone, not between two values.
fn is_sign(source: &str, words: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    let text = &source[words[before].range.clone()];
    match words[before].kind {
        Kind::Keyword => !matches!(text.to_ascii_uppercase().as_str(), "END" | "NULL" | "TRUE" | "FALSE"),
        Kind::Other => !is_closing(text),
        _ => false,
    }
}
