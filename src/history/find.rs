//! Finding entries by words that need not be whole: `acnt` finds `account_no`.

use super::entry::{Entry, Outcome};

/// The places of the entries that every word fits, the best first, then in the order that they had; without words all
/// of them, the pinned ones first.
#[must_use]
pub fn find(entries: &[Entry], words: &str, outcome: Option<Outcome>) -> Vec<usize> {
    let words: Vec<_> = words.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let of_outcome = |entry: &Entry| outcome.is_none_or(|outcome| entry.outcome == outcome);
    let all = entries.iter().enumerate().filter(|(_, entry)| of_outcome(entry));
    let mut found: Vec<_> = all.filter_map(|(at, entry)| Some((score(entry, &words)?, at))).collect();
    found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), !entries[*at].is_pinned));
    found.into_iter().map(|(_, at)| at).collect()
}

/// How well the words fit; none where one of them does not.
fn score(entry: &Entry, words: &[String]) -> Option<u32> {
    if words.is_empty() {
        return Some(0);
    }
    let text = format!("{} {} {}", entry.title, entry.target, entry.statement).to_lowercase();
    words.iter().map(|word| fit(word, &text)).sum()
}

/// 3 at the beginning of a word, 2 inside one, 1 where the letters stand in one in their order, the first at its start.
fn fit(word: &str, text: &str) -> Option<u32> {
    let is_inner = |mark: char| mark.is_alphanumeric() || mark == '_';
    if let Some(at) = text.find(word) {
        let starts = text.match_indices(word).any(|(at, _)| !text[..at].ends_with(is_inner));
        return Some(if starts || at == 0 { 3 } else { 2 });
    }
    let mut names = text.split(|mark| !is_inner(mark)).filter(|name| !name.is_empty());
    names.any(|name| in_order(word, name)).then_some(1)
}

fn in_order(word: &str, name: &str) -> bool {
    let (mut wanted, mut letters) = (word.chars(), name.chars());
    let first = wanted.next();
    first.is_some() && first == letters.next() && wanted.all(|letter| letters.any(|found| found == letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Statement;

    fn entry(title: &str, sql: &str, outcome: Outcome) -> Entry {
        Entry { outcome, ..Entry::of(&Statement::plain(sql), "query", "local", title) }
    }

    #[test]
    fn words_find_what_begins_so_first_then_what_has_their_letters() {
        let entries = [
            entry("", "SELECT account_no FROM processed", Outcome::Succeeded),
            entry("Balance", "SELECT 1", Outcome::Failed),
            entry("", "SELECT subaccount FROM t", Outcome::Succeeded),
            entry("", "SELECT a_long_name", Outcome::Cancelled),
        ];
        let found = |words: &str, outcome| find(&entries, words, outcome);
        assert_eq!(found("", None), [0, 1, 2, 3]);
        assert_eq!(found("account", None), [0, 2], "at the beginning of a name, then inside one");
        assert_eq!(found("acnt", None), [0]);
        assert_eq!(found("ACCOUNT proc", None), [0]);
        assert_eq!(found("bal", None), [1]);
        assert_eq!(found("zzz", None), [0; 0]);
        assert_eq!(found("select", Some(Outcome::Cancelled)), [3]);
        let mut pinned = entries.clone();
        pinned[3].is_pinned = true;
        assert_eq!(find(&pinned, "", None), [3, 0, 1, 2]);
    }
}
