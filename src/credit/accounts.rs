//! Which account a person means by a part of its number or name.

/// An account that there is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    pub account: String,
    /// Of a mapping table, where the lake has one.
    pub name: Option<String>,
}

impl From<&str> for Known {
    fn from(account: &str) -> Self {
        Self { account: account.to_owned(), name: None }
    }
}

/// What was found for a typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is an account's number.
    Exact(Known),
    /// It is part of the number or the name of this one alone.
    Part(Known),
    /// It is part of several.
    Several(Vec<Known>),
    /// It is part of none; these come nearest.
    None(Vec<Known>),
}

/// Accounts that are offered where none is found.
const OFFERED: usize = 3;

/// The account that is meant; capitals, blanks and hyphens do not count in a part.
#[must_use]
pub fn find(typed: &str, accounts: &[Known]) -> Found {
    if let Some(known) = accounts.iter().find(|known| known.account == typed) {
        return Found::Exact(known.clone());
    }
    let part = plain(typed);
    let has = |text: &str| !part.is_empty() && plain(text).contains(&part);
    let is_meant = |known: &&Known| has(&known.account) || known.name.as_deref().is_some_and(has);
    let mut meant: Vec<_> = accounts.iter().filter(is_meant).cloned().collect();
    match meant.len() {
        0 => Found::None(nearest(&part, accounts)),
        1 => meant.pop().map_or(Found::None(Vec::new()), Found::Part),
        _ => Found::Several(meant),
    }
}

/// The accounts whose number or name takes the fewest changes.
fn nearest(part: &str, accounts: &[Known]) -> Vec<Known> {
    let changes = |known: &Known| {
        let name = known.name.as_deref().map(|name| distance(part, &plain(name)));
        distance(part, &plain(&known.account)).min(name.unwrap_or(usize::MAX))
    };
    let mut all: Vec<_> = accounts.iter().map(|known| (changes(known), known)).collect();
    all.sort();
    all.into_iter().take(OFFERED).map(|(_, known)| known.clone()).collect()
}

fn plain(text: &str) -> String {
    text.chars().filter(|mark| !mark.is_whitespace() && *mark != '-').flat_map(char::to_lowercase).collect()
}

/// How many signs must be put in, left out or replaced to come from one text to the other (Levenshtein).
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, mark) in one.chars().enumerate() {
        let mut corner = line;
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
        for (column, against) in other.chars().enumerate() {
            let above = row.get(column + 1).copied().unwrap_or(usize::MAX);
            let left = row.get(column).copied().unwrap_or(usize::MAX);
            let least = (corner + usize::from(mark != against)).min(above.min(left).saturating_add(1));
            corner = above;
            if let Some(cell) = row.get_mut(column + 1) {
                *cell = least;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(account: &str, name: Option<&str>) -> Known {
        Known { account: account.to_owned(), name: name.map(str::to_owned) }
    }

    #[test]
    fn a_part_is_enough_where_one_account_has_it() {
        let accounts =
            [known("1196428", None), known("409000362497", Some("Ana Pérez")), known("409000405747", None)];
        let found = |typed| find(typed, &accounts);
        assert_eq!(found("1196428"), Found::Exact(accounts[0].clone()));
        assert_eq!(found("5747"), Found::Part(accounts[2].clone()));
        assert_eq!(found("4090-0036 2497"), Found::Part(accounts[1].clone()));
        assert_eq!(found("ana p"), Found::Part(accounts[1].clone()));
        assert_eq!(found("4090"), Found::Several(accounts[1..].to_vec()));
        assert_eq!(find("1", &[known("1", None), known("11", None)]), Found::Exact(known("1", None)));
    }

    #[test]
    fn what_is_mistyped_finds_the_nearest() {
        let accounts = [known("1196428", None), known("409000362497", None), known("409000405747", None)];
        let Found::None(nearest) = find("409000362479", &accounts) else { panic!("it is not there") };
        assert_eq!((nearest[0].account.as_str(), nearest.len()), ("409000362497", 3));
        assert!(matches!(find("", &accounts), Found::None(_)));
        assert_eq!(find("1", &[]), Found::None(Vec::new()));
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("ab", "")), (3, 2, 2));
    }
}
