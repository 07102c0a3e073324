//! A statement as words and parentheses, its clauses, and what stands between commas.

use std::ops::Range;

use crate::sql::{Kind, Token};

/// A word, or what stands in parentheses.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Word(usize),
    Group { open: usize, inside: Vec<Node>, close: Option<usize> },
}

impl Node {
    pub(super) fn first(&self) -> usize {
        match self {
            Self::Word(at) => *at,
            Self::Group { open, .. } => *open,
        }
    }

    pub(super) fn last(&self) -> usize {
        match self {
            Self::Word(at) => *at,
            Self::Group { open, inside, close } => close.or(inside.last().map(Self::last)).unwrap_or(*open),
        }
    }
}

/// The tree; none of a statement with parentheses too deep.
pub(super) fn tree(source: &str, words: &[Token], deepest: usize) -> Option<Vec<Node>> {
    let mut open: Vec<(usize, Vec<Node>)> = Vec::new();
    let mut nodes = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match &source[word.range.clone()] {
            "(" => open.push((at, std::mem::take(&mut nodes))),
            ")" if !open.is_empty() => {
                let (from, before) = open.pop()?;
                let inside = std::mem::replace(&mut nodes, before);
                nodes.push(Node::Group { open: from, inside, close: Some(at) });
            }
            _ => nodes.push(Node::Word(at)),
        }
        if open.len() > deepest {
            return None;
        }
    }
    while let Some((from, before)) = open.pop() {
        let inside = std::mem::replace(&mut nodes, before);
        nodes.push(Node::Group { open: from, inside, close: None });
    }
    Some(nodes)
}

/// The keyword at a place of the nodes, in capitals; empty where none is.
fn keyword(source: &str, words: &[Token], nodes: &[Node], at: usize) -> String {
    match nodes.get(at) {
        Some(Node::Word(at)) if matches!(words[*at].kind, Kind::Keyword | Kind::Name) => {
            source[words[*at].range.clone()].to_ascii_uppercase()
        }
        _ => String::new(),
    }
}

/// What stands before JOIN.
const JOINS: &[&str] =
    &["LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "ASOF", "SEMI", "ANTI", "POSITIONAL"];

/// Clauses whose parts are a list.
const LISTS: &[&str] = &["SELECT", "GROUP", "ORDER", "FROM", "VALUES", "SET", "WINDOW"];

/// The clauses of a query, by their nodes.
pub(super) fn clauses(source: &str, words: &[Token], nodes: &[Node]) -> Vec<Range<usize>> {
    let word = |at: usize| keyword(source, words, nodes, at);
    let mut starts = vec![0];
    let mut joined = 0;
    for at in 0..nodes.len() {
        let before = at.checked_sub(1).map(word).unwrap_or_default();
        let begins = match word(at).as_str() {
            "SELECT" | "WHERE" | "HAVING" | "LIMIT" | "OFFSET" | "QUALIFY" | "UNION" | "INTERSECT"
            | "VALUES" => true,
            "FROM" => !matches!(before.as_str(), "DELETE" | "DISTINCT"),
            "GROUP" | "ORDER" => word(at + 1) == "BY",
            "FETCH" => matches!(word(at + 1).as_str(), "FIRST" | "NEXT"),
            // `* EXCEPT (a)` names columns.
            "EXCEPT" => {
                !matches!(nodes.get(at + 1), Some(Node::Group { inside, .. }) if !is_query(source, words, inside))
            }
            "WINDOW" | "SET" => at > 0 && before != "UPDATE",
            "JOIN" => joined <= at,
            name if JOINS.contains(&name) && joined <= at => {
                let modifiers =
                    (at..nodes.len()).take_while(|at| JOINS.contains(&word(*at).as_str())).count();
                let is_join = word(at + modifiers) == "JOIN";
                if is_join {
                    joined = at + modifiers + 1;
                }
                is_join
            }
            _ => false,
        };
        if begins && at > 0 {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([nodes.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .filter(|range| !range.is_empty())
        .collect()
}

/// How a clause begins.
pub(super) struct Head {
    /// Its words before the first part.
    pub words: usize,
    pub is_list: bool,
    pub is_with: bool,
}

pub(super) fn head(source: &str, words: &[Token], nodes: &[Node]) -> Head {
    let word = |at: usize| keyword(source, words, nodes, at);
    let first = word(0);
    let count = match first.as_str() {
        "" => 0,
        "SELECT" if word(1) == "DISTINCT" && word(2) == "ON" => 4,
        "SELECT" if matches!(word(1).as_str(), "DISTINCT" | "ALL") => 2,
        "GROUP" | "ORDER" => 2,
        "WITH" if word(1) == "RECURSIVE" => 2,
        _ => 1,
    };
    Head { words: count.min(nodes.len()), is_list: LISTS.contains(&first.as_str()), is_with: first == "WITH" }
}

/// What stands between commas, each with the comma and the comment after it.
pub(super) fn items(source: &str, words: &[Token], nodes: &[Node]) -> Vec<Range<usize>> {
    let text = |at: usize| match nodes.get(at) {
        Some(Node::Word(at)) => &source[words[*at].range.clone()],
        _ => "",
    };
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    // Commas in brackets part nothing.
    let mut depth = 0_usize;
    while at < nodes.len() {
        match text(at) {
            "[" | "{" => depth += 1,
            "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                at += 1;
                while is_remark(source, words, nodes, at) {
                    at += 1;
                }
                found.push(start..at);
                start = at;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if start < nodes.len() {
        found.push(start..nodes.len());
    }
    found
}

/// Whether a comment stands on the line of the word before it.
fn is_remark(source: &str, words: &[Token], nodes: &[Node], at: usize) -> bool {
    let Some(Node::Word(at)) = nodes.get(at) else { return false };
    let before = at.checked_sub(1).map_or(0, |before| words[before].range.end);
    words[*at].kind == Kind::Comment && !source[before..words[*at].range.start].contains('\n')
}

/// Whether what stands in parentheses is a query.
pub(super) fn is_query(source: &str, words: &[Token], inside: &[Node]) -> bool {
    let is_comment = |node: &&Node| matches!(node, Node::Word(at) if words[*at].kind == Kind::Comment);
    let first = inside.iter().position(|node| !is_comment(&node)).unwrap_or(0);
    match inside.get(first) {
        Some(Node::Group { inside: inner, .. }) => is_query(source, words, inner),
        _ => matches!(keyword(source, words, inside, first).as_str(), "SELECT" | "WITH" | "FROM" | "VALUES"),
    }
}
