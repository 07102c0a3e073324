//! What a statement may do. Typed SQL only reads, unless the person asked for more.
//!
//! The judge is the engine's own parser, so that what is judged is what will run: DuckDB serialises a statement
//! to a tree only if it is a SELECT, and the tree shows writes hidden in a CTE. What this file does not know is
//! refused.

use serde_json::Value;

use super::{EngineError, ErrorKind};
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

/// Refuses a text that is not one reading statement. `serialize` gives the engine's syntax tree of a statement as
/// JSON, in the form of DuckDB's `json_serialize_sql`.
///
/// # Errors
/// [`ErrorKind::Refused`] with the reason; a text that does not parse passes, so that the engine itself reports it.
pub fn check(text: &str, serialize: impl Fn(&str) -> Result<String, EngineError>) -> Result<(), EngineError> {
    let statements = sql::statements(text);
    let [range] = statements.as_slice() else {
        return Err(refused(if statements.is_empty() {
            "there is no statement"
        } else {
            "several statements at once"
        }));
    };
    let words = leading_words(&text[range.clone()]);
    match words.first().map(|(word, _)| word.as_str()) {
        Some("EXPLAIN") => {
            // What follows is judged as a statement. It must parse alone: of an EXPLAIN this file misreads, the engine
            // might run a part that was never judged.
            let inner = &text[range.start + after_explain(&words)..];
            if is_syntax_error(&serialize(inner)?) {
                return Err(refused("what it explains is not a SELECT"));
            }
            check(inner, serialize)
        }
        Some("PRAGMA") => check_pragma(&text[range.clone()], text, &words),
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
    let inner_select =
        words.get(at + 1).is_some_and(|(word, _)| matches!(word.as_str(), "SELECT" | "WITH" | "FROM" | "("));
    if words.get(at).is_some_and(|(word, _)| word == "(") && !inner_select {
        at += words[at..].iter().take_while(|(word, _)| word != ")").count() + 1;
    }
    words.get(at - 1).or(words.last()).map_or(0, |(_, end)| *end)
}

fn check_pragma(statement: &str, text: &str, words: &[(String, usize)]) -> Result<(), EngineError> {
    let name = words.get(1).map(|(word, _)| word.to_ascii_lowercase()).unwrap_or_default();
    let assigns = words.get(2).is_some_and(|(word, _)| word != "(") || statement.contains('=');
    // The engine shows no tree of a PRAGMA, so nothing may hide in comments, dollar quotes or foreign marks.
    let plain =
        |mark: char| mark.is_ascii_alphanumeric() || mark.is_ascii_whitespace() || "_.()'\";".contains(mark);
    if READING_PRAGMAS.contains(&name.as_str()) && !assigns && text.chars().all(plain) {
        return Ok(());
    }
    Err(refused("this PRAGMA may change settings"))
}

fn is_syntax_error(tree: &str) -> bool {
    let tree: Value = serde_json::from_str(tree).unwrap_or_default();
    matches!(tree["error_type"].as_str(), Some("parser" | "syntax"))
}

fn check_tree(tree: &str) -> Result<(), EngineError> {
    let Ok(tree) = serde_json::from_str::<Value>(tree) else {
        return Err(refused("the engine's parser gave no readable answer"));
    };
    if tree["error"] == Value::Bool(true) {
        return match tree["error_type"].as_str() {
            Some("parser" | "syntax") => Ok(()),
            _ => Err(refused("it is not a SELECT")),
        };
    }
    match tree["statements"].as_array().map(Vec::len) {
        Some(1) => check_node(&tree["statements"]),
        _ => Err(refused("several statements at once")),
    }
}

fn check_node(node: &Value) -> Result<(), EngineError> {
    match node {
        Value::Object(fields) => {
            if let Some(kind) = fields.get("type").and_then(Value::as_str)
                && kind.ends_with("_NODE")
                && !READING_NODES.contains(&kind)
            {
                return Err(refused(&format!(
                    "it contains a {}",
                    kind.trim_end_matches("_NODE").replace('_', " ")
                )));
            }
            if let Some(name) = fields.get("function_name").and_then(Value::as_str)
                && REFUSED_FUNCTIONS.contains(&name.to_ascii_lowercase().as_str())
            {
                return Err(refused(&format!("the function {name} may write or run other text")));
            }
            fields.values().try_for_each(check_node)
        }
        Value::Array(items) => items.iter().try_for_each(check_node),
        _ => Ok(()),
    }
}

fn refused(why: &str) -> EngineError {
    EngineError::new(ErrorKind::Refused, format!("refused: {why}, and typed SQL is read-only"))
        .with_hint("start with --write to allow statements that write")
}
