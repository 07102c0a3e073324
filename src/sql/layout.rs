//! A statement laid out anew: a clause a line, what is too long broken at its commas and its AND.
//!
//! Only blanks and line breaks change. Whatever comes out is read again, and is refused unless it has the same words.

mod blanks;
mod tree;

use std::ops::Range;

use super::{Kind, Token, tokens};
use blanks::is_apart;
use tree::{Node, clauses, is_query, items, tree};

/// Columns that a line should not go beyond.
const WIDTH: usize = 100;
/// Columns of one step.
const STEP: usize = 2;
/// Parentheses within parentheses that are laid out; deeper statements stay as they are.
const DEEPEST: usize = 100;

/// The statement laid out; its last line has no break.
///
/// # Errors
/// In a sentence, when its words would not stay what they are.
pub fn laid_out(statement: &str) -> Result<String, String> {
    let words = tokens(statement);
    let mut out = Out { text: String::new(), words: &words, source: statement, breaks: false, last: None };
    let nodes =
        tree(statement, &words, DEEPEST).ok_or("the statement is nested too deeply to be laid out")?;
    out.query(&nodes, 0);
    let text = out.text;
    let said = |text: &str, words: &[Token]| -> Vec<(Kind, String)> {
        words.iter().map(|word| (word.kind, text[word.range.clone()].to_owned())).collect()
    };
    if said(&text, &tokens(&text)) == said(statement, &words) {
        Ok(text)
    } else {
        Err("the statement stays as it is: laid out it would not have the same words".to_owned())
    }
}

/// The lines so far.
struct Out<'a> {
    text: String,
    words: &'a [Token],
    source: &'a str,
    /// A line comment stands at the end: only a line break may follow.
    breaks: bool,
    /// The word put last on this line.
    last: Option<usize>,
}

impl<'a> Out<'a> {
    fn word(&self, at: usize) -> &'a str {
        &self.source[self.words[at].range.clone()]
    }

    fn column(&self) -> usize {
        self.text.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    fn new_line(&mut self, indent: usize) {
        if !self.text.is_empty() {
            let end = self.text.trim_end_matches(' ').len();
            self.text.truncate(end);
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n(' ', indent));
        }
        (self.breaks, self.last) = (false, None);
    }

    fn put(&mut self, at: usize, indent: usize) {
        let text = self.word(at);
        let is_comment = self.words[at].kind == Kind::Comment;
        let before = at.checked_sub(1).map_or(0, |before| self.words[before].range.end);
        let own_line = is_comment && self.source[before..self.words[at].range.start].contains('\n');
        if self.breaks || own_line && self.last.is_some() {
            // A comment on a line of its own begins where the line before it does.
            let line = self.text.rsplit('\n').next().unwrap_or_default();
            let begins = line.len() - line.trim_start().len();
            self.new_line(if own_line { begins } else { indent });
        }
        if let Some(last) = self.last
            && is_apart(self.source, self.words, last, at)
        {
            self.text.push(' ');
        }
        self.text.push_str(text);
        self.breaks = is_comment && (text.starts_with("--") || own_line);
        self.last = Some(at);
    }

    /// The words on one line, where they may stand on one.
    fn flat(&self, nodes: &[Node]) -> Option<String> {
        let range = span(nodes)?;
        let mut line = String::new();
        for at in range.clone() {
            let text = self.word(at);
            if text.contains('\n') || self.words[at].kind == Kind::Comment {
                return None;
            }
            if at > range.start && is_apart(self.source, self.words, at - 1, at) {
                line.push(' ');
            }
            line.push_str(text);
        }
        Some(line)
    }

    /// Whether the words fit on the line as it is.
    fn fits(&self, nodes: &[Node]) -> bool {
        let used = self.column() + usize::from(self.last.is_some());
        !self.breaks && self.flat(nodes).is_some_and(|line| used + line.chars().count() <= WIDTH)
    }

    fn put_flat(&mut self, nodes: &[Node], indent: usize) {
        for at in span(nodes).into_iter().flatten() {
            self.put(at, indent);
        }
    }

    /// A query: each clause on a line of its own.
    fn query(&mut self, nodes: &[Node], indent: usize) {
        for (index, clause) in clauses(self.source, self.words, nodes).into_iter().enumerate() {
            if index > 0 {
                self.new_line(indent);
            }
            self.clause(&nodes[clause], indent);
        }
    }

    fn clause(&mut self, nodes: &[Node], indent: usize) {
        if self.fits(nodes) {
            return self.put_flat(nodes, indent);
        }
        let head = tree::head(self.source, self.words, nodes);
        self.put_flat(&nodes[..head.words], indent + STEP);
        let rest = &nodes[head.words..];
        let parts = items(self.source, self.words, rest);
        let is_list = head.is_list && parts.len() > 1;
        for (index, part) in parts.into_iter().enumerate() {
            // Named parts stand below each other, under WITH.
            let (breaks, inner) = match (head.is_with, is_list) {
                (true, _) => (index > 0, indent),
                (_, true) => (true, indent + STEP),
                _ => (false, indent),
            };
            if breaks {
                self.new_line(inner);
            }
            self.expression(&rest[part], inner);
        }
    }

    /// An expression, or a table; what is too long is broken inside.
    fn expression(&mut self, nodes: &[Node], indent: usize) {
        if self.fits(nodes) {
            return self.put_flat(nodes, indent);
        }
        let mut between = false;
        for (index, node) in nodes.iter().enumerate() {
            match node {
                Node::Word(at) => {
                    let word = self.word(*at);
                    let is = |wanted: &str| {
                        word.eq_ignore_ascii_case(wanted) && self.words[*at].kind == Kind::Keyword
                    };
                    // The AND of a BETWEEN joins no conditions.
                    let joins = is("OR") || is("AND") && !between;
                    between = is("BETWEEN") || between && !is("AND");
                    if (joins || is("WHEN") || is("ELSE") || is("END")) && index > 0 && self.last.is_some() {
                        self.new_line(indent + STEP);
                    }
                    self.put(*at, indent + STEP);
                }
                Node::Group { open, inside, close } => {
                    if self.fits(std::slice::from_ref(node)) {
                        self.put_flat(std::slice::from_ref(node), indent);
                        continue;
                    }
                    self.put(*open, indent + STEP);
                    self.new_line(indent + STEP);
                    if is_query(self.source, self.words, inside) {
                        self.query(inside, indent + STEP);
                    } else {
                        for (index, part) in items(self.source, self.words, inside).into_iter().enumerate() {
                            if index > 0 {
                                self.new_line(indent + STEP);
                            }
                            self.expression(&inside[part], indent + STEP);
                        }
                    }
                    if let Some(close) = close {
                        self.new_line(indent);
                        self.put(*close, indent);
                    }
                }
            }
        }
    }
}

/// The words of nodes that follow each other.
fn span(nodes: &[Node]) -> Option<Range<usize>> {
    Some(nodes.first()?.first()..nodes.last()?.last() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clause_has_a_line_and_what_is_too_long_is_broken() {
        let cases = [
            ("select 1", "select 1"),
            (
                "SELECT a,b FROM t WHERE a=1 and b<=-2 LIMIT 5",
                "SELECT a, b\nFROM t\nWHERE a = 1 and b <= -2\nLIMIT 5",
            ),
            (
                "SELECT t.* FROM a LEFT JOIN b ON a.x=b.x CROSS JOIN c GROUP BY 1 ORDER BY LEFT(x,2)",
                "SELECT t.*\nFROM a\nLEFT JOIN b ON a.x = b.x\nCROSS JOIN c\nGROUP BY 1\nORDER BY LEFT(x, 2)",
            ),
            (
                "SELECT account_no, SUM(deposit_sgd_amt) AS deposits, SUM(withdrawal_sgd_amt) AS withdrawals, COUNT(*) AS lines FROM processed",
                "SELECT\n  account_no,\n  SUM(deposit_sgd_amt) AS deposits,\n  SUM(withdrawal_sgd_amt) AS withdrawals,\n  COUNT(*) AS lines\nFROM processed",
            ),
            (
                "WITH x AS (SELECT account_no, deposit_sgd_amt FROM processed WHERE account_no IN ('1','2') AND deposit_sgd_amt > 100), y AS (SELECT 1) SELECT * FROM x",
                "WITH x AS (\n  SELECT account_no, deposit_sgd_amt\n  FROM processed\n  WHERE account_no IN ('1', '2') AND deposit_sgd_amt > 100\n),\ny AS (SELECT 1)\nSELECT *\nFROM x",
            ),
            (
                "SELECT a, -- the first\n b\n-- what counts\nFROM t",
                "SELECT\n  a, -- the first\n  b\n  -- what counts\nFROM t",
            ),
            (
                "SELECT a::INT,list[1:2],E'x\\'',$1,:p,{'k':1}",
                "SELECT a::INT, list[1:2], E'x\\'', $1, :p, {'k':1}",
            ),
            ("DELETE FROM t WHERE a IS DISTINCT FROM b", "DELETE FROM t\nWHERE a IS DISTINCT FROM b"),
        ];
        for (given, wanted) in cases {
            assert_eq!(laid_out(given).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn every_saved_query_keeps_its_words_and_stays_when_it_is_laid_out_again() {
        let (queries, _) = crate::query::all(None, "SGD", &crate::query::Newest::new());
        for query in queries {
            for range in crate::sql::statements(&query.text) {
                let once = laid_out(&query.text[range]).unwrap_or_else(|why| panic!("{}: {why}", query.name));
                assert_eq!(laid_out(&once).as_ref(), Ok(&once), "{}", query.name);
            }
        }
    }

    #[test]
    fn what_is_nested_too_deeply_stays() {
        let deep = format!("SELECT {}1{}", "(".repeat(200), ")".repeat(200));
        assert!(laid_out(&deep).is_err());
    }

    proptest! {
        /// Words of all kinds in any order: they are the same afterwards, or the text is refused.
        #[test]
        fn the_words_stay_the_same(parts in proptest::collection::vec(prop_oneof![
            Just("SELECT"), Just("FROM"), Just("WITH"), Just("AS"), Just("("), Just(")"), Just(","), Just("."), Just("a"), Just("\"b c\""),
            Just("'it''s'"), Just("'two\nlines'"), Just("$$x;y$$"), Just("$t$ ' $t$"), Just(":p"), Just("::"), Just("1"), Just("1e-5"), Just("-"), Just("- "),
            Just("+"), Just("*"), Just("<"), Just("="), Just("|"), Just("/"), Just("-- note\n"), Just("/* block */"), Just("\n/* own\n line */\n"), Just("["), Just("]"),
            Just("{"), Just("}"), Just(":"), Just("$1"), Just("E'\\''"), Just("CASE"), Just("WHEN"), Just("END"), Just("AND"), Just("BETWEEN"), Just("LEFT"), Just("JOIN"), Just("?"), Just("@"),
        ], 0..40), blanks in proptest::collection::vec(prop_oneof![Just(""), Just(" "), Just("\n")], 40)) {
            let text: String = parts.iter().zip(&blanks).flat_map(|(part, blank)| [*part, *blank]).collect();
            let said = |text: &str| tokens(text).into_iter().map(|word| (word.kind, text[word.range].to_owned())).collect::<Vec<_>>();
            if let Ok(out) = laid_out(&text) {
                prop_assert_eq!(said(&out), said(&text));
            }
        }

        /// What a person writes with one blank between words is never refused.
        #[test]
        fn a_plain_statement_is_never_refused(parts in proptest::collection::vec(prop_oneof![
            Just("SELECT"), Just("FROM"), Just("a"), Just("\"b c\""), Just("'it''s'"), Just(":p"), Just("1"), Just("-"), Just("<="), Just("||"), Just("-- note\n"),
            Just("/* block */"), Just("( SELECT"), Just(")"), Just(","), Just("AND"), Just("CASE WHEN"), Just("END"), Just("LEFT JOIN"), Just("GROUP BY"),
        ], 1..60)) {
            let text = parts.join(" ");
            prop_assert!(laid_out(&text).is_ok(), "{}", text);
        }
    }
}
