//! The judge of statements for engines elsewhere, which cannot be asked what a text means before it runs.
//!
//! The first word must be one that begins statements that only read, and the rest must parse as such a one. Comments,
//! texts and what is unclear in them are gone before the parser sees a word, so that its rules for them do not matter.
//! What it does not know is refused.

use std::ops::ControlFlow;

use sqlparser::ast::{Query, Select, Statement, Visit, Visitor};
use sqlparser::dialect::{Dialect as Grammar, GenericDialect, RedshiftSqlDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::plain::plain;
use super::{NONE, SEVERAL};
use crate::dialect::Dialect;
use crate::engine::Position;
use crate::sql::MOST_WORDS;

/// Levels of a statement, at the most: the narration dictionary of the credit check needs about a hundred calls in one another.
/// The parser takes a new stack where one ends.
const DEEPEST: usize = 1_000;

/// Words that begin a query, and words that begin what only shows.
const QUERIES: &[&str] = &["SELECT", "WITH", "VALUES", "("];
const SHOWS: &[&str] = &["SHOW", "DESCRIBE", "DESC"];

/// Bytes of a statement that Athena takes.
const LONGEST: usize = 1 << 18;

/// Functions that a query can call and that write, change settings, stop others, run text that nobody judged, or reach
/// out; those that end with `*` by their beginning.
pub const REFUSED_ELSEWHERE: &[(&[Dialect], &[&str])] = &[
    // A connector's own function hands its text to the database behind it; ai_… asks a model.
    (&[Dialect::Trino, Dialect::Athena], &["ai_*", "procedure", "query", "raw_query"]),
    (
        &[Dialect::Redshift],
        &[
            "aws_lambda_*",
            "change_query_priority",
            "change_session_priority",
            "change_user_priority",
            "currval",
            "cursor_to_xml*",
            "database_to_xml*",
            "dblink*",
            "lastval",
            "lo_*",
            "loread",
            "lowrite",
            "nextval",
            "pg_advisory_*",
            "pg_cancel_backend",
            "pg_file_*",
            "pg_logfile_rotate",
            "pg_ls_*",
            "pg_notify",
            "pg_read_*",
            "pg_reload_conf",
            "pg_rotate_logfile",
            "pg_sleep*",
            "pg_start_backup",
            "pg_stop_backup",
            "pg_switch_*",
            "pg_terminate_backend",
            "pg_try_advisory_*",
            "query_export_to_s3",
            "query_to_xml*",
            "reboot_cluster",
            "schema_to_xml*",
            "set_config",
            "setseed",
            "setval",
            "table_import_from_s3",
            "table_to_xml*",
            "xpx",
        ],
    ),
];

/// Schemas of Redshift whose functions are its own. One of somebody's own may be a Lambda that does anything; those on
/// the search path cannot be told from Redshift's by their name.
const OWN_SCHEMAS: &[&str] = &["information_schema", "pg_catalog"];

/// Why a text is refused, and where in it.
type Refusal = (String, Option<Position>);

/// Says why a text is not one statement that only reads.
pub(super) fn judge(dialect: Dialect, text: &str) -> Result<(), Refusal> {
    let no = |why: &str| Err((why.to_owned(), None));
    let grammar: &dyn Grammar = match dialect {
        // DuckDB judges its own statements: see the module above.
        Dialect::DuckDb => return no("nobody judged it"),
        Dialect::Trino | Dialect::Athena => &GenericDialect {},
        Dialect::Redshift => &RedshiftSqlDialect {},
    };
    if text.len() > LONGEST {
        return no("it is too long to be judged");
    }
    let plain = plain(text, dialect).map_err(|why| (why, None))?;
    let tokens = Tokenizer::new(grammar, &plain).tokenize_with_location();
    let mut spans = tokens.map_err(|error| unknown(&error.to_string()))?;
    spans.retain(|span| !matches!(span.token, Token::Whitespace(_)));
    while spans.last().is_some_and(|span| span.token == Token::SemiColon) {
        spans.pop();
    }
    let tokens: Vec<_> = spans.iter().map(|span| span.token.clone()).collect();
    if tokens.len() > MOST_WORDS {
        return no("it is too long to be judged");
    }
    if tokens.contains(&Token::SemiColon) {
        return no(SEVERAL);
    }
    let mut start = 0;
    while word(tokens.get(start)) == "EXPLAIN" {
        start += after_explain(&tokens[start..]);
    }
    let first = word(tokens.get(start));
    if SHOWS.contains(&first.as_str()) {
        // Athena reads these as Hive does, where a backslash takes the meaning from a quote.
        return if text.contains('\\') { no("a backslash stands in it") } else { Ok(()) };
    }
    match first.as_str() {
        "" => return no(NONE),
        first if QUERIES.contains(&first) => {}
        first => return no(&format!("{first} begins no statement that only reads")),
    }
    functions(dialect, &tokens[start..]).map_err(|why| (why, None))?;
    let mut parser =
        Parser::new(grammar).with_recursion_limit(DEEPEST).with_tokens_with_locations(spans.split_off(start));
    let parsed = parser.parse_statements().map_err(|error| unknown(&error.to_string()))?;
    let [Statement::Query(query)] = parsed.as_slice() else { return no("it is not a SELECT") };
    match query.visit(&mut Reading) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(why) => no(why),
    }
}

/// What the parser says, `… at Line: 1, Column: 8`.
fn unknown(message: &str) -> Refusal {
    let message = message.trim_start_matches("sql parser error: ");
    let (what, place) = message.rsplit_once(" at Line: ").unwrap_or((message, ""));
    let place = place.split_once(", Column: ").and_then(|(line, column)| {
        let from_zero = |number: &str| number.parse::<usize>().ok()?.checked_sub(1);
        Some(Position { line: from_zero(line)?, column: from_zero(column)? })
    });
    (format!("it cannot be judged ({what})"), place)
}

/// A word in upper case, or a mark.
fn word(token: Option<&Token>) -> String {
    match token {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
        Some(token) => token.to_string(),
        None => String::new(),
    }
}

/// The words of `EXPLAIN [ANALYZE] [VERBOSE] [(FORMAT json, …)]`.
fn after_explain(tokens: &[Token]) -> usize {
    let is = |at: usize, words: &[&str]| words.contains(&word(tokens.get(at)).as_str());
    let mut at = 1;
    while is(at, &["ANALYZE", "VERBOSE"]) {
        at += 1;
    }
    if is(at, &["("]) && is(at + 1, &["FORMAT", "TYPE"]) {
        let options = tokens[at..].iter().take_while(|token| **token != Token::RParen).count();
        at = tokens.len().min(at + options + 1);
    }
    at
}

/// Refuses calls by name, wherever they stand and however the parser takes them.
fn functions(dialect: Dialect, tokens: &[Token]) -> Result<(), String> {
    let refused = REFUSED_ELSEWHERE.iter().filter(|(dialects, _)| dialects.contains(&dialect));
    let refused: Vec<_> = refused.flat_map(|(_, names)| *names).collect();
    let name_at = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
        Some(Token::Word(word)) => Some(word.value.to_ascii_lowercase()),
        _ => None,
    };
    for (at, pair) in tokens.windows(2).enumerate() {
        if pair[1] != Token::LParen {
            continue;
        }
        let Some(name) = name_at(Some(at)) else { continue };
        let is_it = |pattern: &&&str| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == **pattern,
        };
        if refused.iter().any(is_it) {
            return Err(format!("the function {name} may write or reach out"));
        }
        let has_schema = at.checked_sub(1).is_some_and(|before| tokens[before] == Token::Period);
        let schema = name_at(at.checked_sub(2)).filter(|_| has_schema);
        if let (Dialect::Redshift, Some(schema)) = (dialect, schema)
            && !OWN_SCHEMAS.contains(&schema.as_str())
        {
            return Err(format!("the function {schema}.{name} is not Redshift's own"));
        }
    }
    Ok(())
}

/// Finds what writes inside a query.
struct Reading;

impl Visitor for Reading {
    type Break = &'static str;

    fn pre_visit_statement(&mut self, _: &Statement) -> ControlFlow<Self::Break> {
        ControlFlow::Break("it contains a statement that writes")
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        if query.locks.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break("it locks rows") }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        if select.into.is_none() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break("SELECT INTO makes a table")
        }
    }
}
