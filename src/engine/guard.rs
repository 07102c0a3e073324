//! What a statement may do. Typed SQL only reads, unless the person asked for more.
//!
//! DuckDB's judge is the engine's own parser, so that what is judged is what will run: DuckDB serialises a statement
//! to a tree only if it is a SELECT, and the tree shows writes hidden in a CTE. Engines elsewhere cannot be asked:
//! their judge is a parser here. What either does not know is refused.

#[cfg(feature = "remote")]
mod parsed;
#[cfg(feature = "remote")]
mod plain;
mod tree;

#[cfg(feature = "remote")]
pub use self::parsed::REFUSED_ELSEWHERE;
#[cfg(feature = "remote")]
use self::parsed::judge;
use self::tree::{Leaf, Value, leaves};
use super::{Access, EngineError, ErrorKind};
use crate::dialect::Dialect;
use crate::sql::{self, Kind};

/// Kinds of query node that only read.
const READING_NODES: &[&str] = &["SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"];

/// Functions that a SELECT can call and that write, reconfigure, read memory by address,
/// or run text this file cannot see.
pub const REFUSED_FUNCTIONS: &[&str] = &[
    "add_parquet_key",
    "arrow_scan",
    "arrow_scan_dumb",
    "checkpoint",
    "create_external_resource",
    "currval",
    "deregister_external_resource",
    "destroy_external_resource",
    "disable_logging",
    "disable_profiling",
    "duckdb_secrets",
    "enable_logging",
    "enable_profiling",
    "force_checkpoint",
    "from_substrait",
    "json_execute_serialized_sql",
    "nextval",
    "query",
    "read_duckdb",
    "register_external_resource",
    "register_external_resource_type",
    "setseed",
    "setval",
    "truncate_duckdb_logs",
    "which_secret",
    "write_log",
];

/// Endings of files that DuckDB attaches when they stand where a table does.
const DATABASE_ENDINGS: &[&str] = &[".db", ".ddb", ".duckdb"];

/// Pragmas that only read.
const READING_PRAGMAS: &[&str] = &[
    "collations",
    "database_list",
    "database_size",
    "functions",
    "platform",
    "show",
    "show_databases",
    "show_tables",
    "show_tables_expanded",
    "storage_info",
    "table_info",
    "version",
];

/// Refuses a text, as it is sent to an engine elsewhere, that is not one reading statement.
///
/// # Errors
/// [`ErrorKind::Refused`] with the reason, also for what does not parse, then with its place.
pub fn check(dialect: Dialect, text: &str, access: Access) -> Result<(), EngineError> {
    if access != Access::ReadOnly {
        return Ok(());
    }
    judge(dialect, text).map_err(|(why, position)| EngineError { position, ..refused(&why) })
}

#[cfg(not(feature = "remote"))]
fn judge(_: Dialect, _: &str) -> Result<(), (String, Option<super::Position>)> {
    Err(("this saldo was built without a judge".into(), None))
}

/// Refuses a text for DuckDB that is not one reading statement. `serialize` gives the engine's syntax tree of a
/// statement as JSON, in the form of DuckDB's `json_serialize_sql`.
///
/// # Errors
/// [`ErrorKind::Refused`] with the reason; a text that does not parse passes, so that the engine itself reports it.
pub fn check_duckdb(
    text: &str,
    serialize: impl Fn(&str) -> Result<String, EngineError>,
) -> Result<(), EngineError> {
    let statements = sql::statements(text);
    let [range] = statements.as_slice() else {
        return Err(refused(if statements.is_empty() { NONE } else { SEVERAL }));
    };
    let statement = &text[range.clone()];
    let words = leading_words(statement);
    // What stood before the first word stays before: the engine might end a comment sooner than this file does.
    let first = words.first().map_or(0, |(word, end)| end - word.len());
    let with_rest = |word: &str, end: usize| {
        format!("{}{word} {}", &text[..range.start + first], &text[range.start + end..])
    };
    match words.first().map(|(word, _)| word.as_str()) {
        Some("EXPLAIN") => {
            // What follows is judged as a statement. It must parse alone: of an EXPLAIN this file misreads, the engine
            // might run a part that was never judged.
            let inner = with_rest("", after_explain(&words));
            if is_syntax_error(&serialize(&inner)?) {
                return Err(refused("what it explains is not a SELECT"));
            }
            check_duckdb(&inner, serialize)
        }
        Some("PRAGMA") => check_pragma(statement, text, &words),
        // `CALL f(x)` runs the table function that `FROM f(x)` reads; what is no such call does not parse as this.
        Some("CALL") => {
            let tree = serialize(&with_rest("FROM", words[0].1))?;
            if is_syntax_error(&tree) {
                return Err(refused("what it calls is not a function that reads"));
            }
            check_tree(&tree)
        }
        // The whole text, comments included: the engine itself says where they end.
        _ => check_tree(&serialize(text)?),
    }
}

/// Upper-case words and marks of a statement with their ends.
fn leading_words(statement: &str) -> Vec<(String, usize)> {
    let tokens = sql::tokens(statement).into_iter().filter(|token| token.kind != Kind::Comment);
    tokens.map(|token| (statement[token.range.clone()].to_ascii_uppercase(), token.range.end)).collect()
}

/// The end of `EXPLAIN [ANALYZE] [(options)]`.
fn after_explain(words: &[(String, usize)]) -> usize {
    let mut at = 1;
    if words.get(at).is_some_and(|(word, _)| word == "ANALYZE") {
        at += 1;
    }
    let is_option =
        |word: &str| matches!(word, "ANALYZE" | "FORMAT" | "VERBOSE" | "COSTS" | "BUFFERS" | "TIMING");
    let has_options = words.get(at + 1).is_some_and(|(word, _)| is_option(word));
    if words.get(at).is_some_and(|(word, _)| word == "(") && has_options {
        at += words[at..].iter().take_while(|(word, _)| word != ")").count() + 1;
    }
    words.get(at - 1).or(words.last()).map_or(0, |(_, end)| *end)
}

fn check_pragma(statement: &str, text: &str, words: &[(String, usize)]) -> Result<(), EngineError> {
    let name = words.get(1).map(|(word, _)| word.to_ascii_lowercase()).unwrap_or_default();
    let assigns = words.get(2).is_some_and(|(word, _)| word != "(") || statement.contains('=');
    if READING_PRAGMAS.contains(&name.as_str()) && !assigns && is_plain(text) {
        return Ok(());
    }
    Err(refused("this PRAGMA may change settings"))
}

/// The engine shows no tree of a PRAGMA, so nothing may hide in comments, dollar quotes or foreign marks; between
/// quotes stands whatever ends at the next quote in every reading.
fn is_plain(text: &str) -> bool {
    let outside =
        |mark: char| mark.is_ascii_alphanumeric() || mark.is_ascii_whitespace() || "_.()\";".contains(mark);
    let inside = |mark: char| mark != '\\' && !mark.is_control();
    let parts: Vec<_> = text.split('\'').collect();
    parts.len() % 2 == 1
        && parts
            .iter()
            .enumerate()
            .all(|(at, part)| if at % 2 == 0 { part.chars().all(outside) } else { part.chars().all(inside) })
}

fn is_syntax_error(tree: &str) -> bool {
    let mut leaves = leaves(tree).filter(|leaf| leaf.depth == 1 && leaf.key == "error_type");
    leaves.any(|leaf| matches!(leaf.value, Value::Text(kind) if matches!(&*kind, "parser" | "syntax")))
}

fn check_tree(tree: &str) -> Result<(), EngineError> {
    if is_syntax_error(tree) {
        return Ok(());
    }
    let mut statements = 0;
    for leaf in leaves(tree) {
        if leaf.depth == 1 && leaf.key == "error" && leaf.value == Value::True {
            return Err(refused("it is not a SELECT"));
        }
        // `{"statements": [{"node": …`
        statements += usize::from(leaf.depth == 3 && leaf.key == "node");
        check_leaf(&leaf)?;
    }
    match statements {
        0 => Err(refused("the engine's parser gave no readable answer")),
        1 => Ok(()),
        _ => Err(refused(SEVERAL)),
    }
}

fn check_leaf(leaf: &Leaf<'_>) -> Result<(), EngineError> {
    let Value::Text(value) = &leaf.value else { return Ok(()) };
    let lower = value.to_ascii_lowercase();
    match &*leaf.key {
        "type" if value.ends_with("_NODE") && !READING_NODES.contains(&&**value) => {
            let words = value.trim_end_matches("_NODE").replace('_', " ");
            Err(refused(&format!("it contains a {words}")))
        }
        "function_name" if REFUSED_FUNCTIONS.contains(&&*lower) => {
            Err(refused(&format!("the function {value} may write or run other text")))
        }
        // Naming such a file opens it as a database.
        "table_name" if DATABASE_ENDINGS.iter().any(|ending| lower.ends_with(ending)) => {
            Err(refused(&format!("{value} would be attached as a database")))
        }
        _ => Ok(()),
    }
}

/// Why a text is refused that is not one statement, whether it writes or not.
const NONE: &str = "there is no statement";
const SEVERAL: &str = "there are several statements at once";

fn refused(why: &str) -> EngineError {
    let (message, hint) = match why {
        NONE => (format!("refused: {why}"), "write one after -c, or in the file"),
        SEVERAL => (
            format!("refused: {why}"),
            "send each by itself; in the explorer Ctrl-B runs them one after another",
        ),
        _ => (
            format!("refused: {why}, and typed SQL is read-only"),
            "start with --write to allow statements that write",
        ),
    };
    let error = EngineError::new(ErrorKind::Refused, message);
    EngineError { reason: Some(why.to_owned()), ..error }.with_hint(hint)
}
