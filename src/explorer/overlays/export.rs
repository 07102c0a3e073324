//! Where to write the result.

use super::line::Input;
use super::prompt::{Prompt, Purpose};

/// Asks for a file, with a name made from the result's title; `rows` when these are the first of more.
#[must_use]
pub fn prompt(title: &str, rows: Option<u64>) -> Prompt {
    let words = title.split(|mark: char| !mark.is_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.take(6).collect::<Vec<_>>().join("_").to_lowercase();
    let name = if name.is_empty() { "result".to_owned() } else { name };
    let part = rows.map(|rows| format!(".first-{rows}-rows")).unwrap_or_default();
    Prompt {
        purpose: Purpose::Path,
        title: "Export to .csv .tsv .json .jsonl .md .parquet".into(),
        input: Input::new(&format!("{name}{part}.csv")),
        problem: None,
    }
}
