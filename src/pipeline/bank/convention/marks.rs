//! The words of `marks.tsv`: what stands beside transactions, in the languages of banks.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::header::key;
use crate::text::table;

/// Bytes of words that name something, at the most.
pub const LONGEST: usize = 64;

/// A word and its kind.
static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| kinds().collect());

/// Words of `marks.tsv` that are not part of something else, each with its kind.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_part = |kind: &str| {
        kind.starts_with("account_") || kind.starts_with("currency") || matches!(kind, "out" | "in")
    };
    let kinds = table::rows(include_str!("marks.tsv")).filter(move |row: &[&str; 3]| !is_part(row[0]));
    kinds.flat_map(|[kind, _, keys]| keys.split(' ').map(move |key| (key, kind)))
}

/// The words of a kind, as they stand there.
pub fn words(kind: &str) -> impl Iterator<Item = &'static str> {
    let rows = table::rows(include_str!("marks.tsv")).filter(move |row: &[&str; 3]| row[0] == kind);
    rows.flat_map(|[_, _, words]| words.split(' '))
}

/// The kind of words that are one of `marks.tsv`.
#[must_use]
pub fn kind(name: &str) -> Option<&'static str> {
    kind_of_key(&key(name))
}

/// The same of words as a header's key spells them.
#[must_use]
pub fn kind_of_key(key: &str) -> Option<&'static str> {
    WORDS.get(key).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_of_one_kind() {
        let mut found = HashMap::new();
        for (word, kind) in kinds() {
            let former = found.insert(word, kind);
            assert!(former.is_none_or(|former| former == kind), "{word} is of {former:?} and of {kind}");
        }
    }
}
