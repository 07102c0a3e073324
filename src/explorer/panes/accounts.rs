//! The lake's accounts, which a form offers and checks against.

use std::sync::Arc;

use crate::credit::accounts::Known;
use crate::value;

/// Accounts in order; none where they are not known, or are too many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts(Arc<Vec<Known>>);

/// What to say of an account that the lake does not have.
#[must_use]
pub fn unknown(account: &str) -> String {
    format!("there is no account {} in the lake", value::visible(account))
}

impl Accounts {
    /// Those of the lake, in order.
    #[must_use]
    pub fn new(accounts: Vec<Known>) -> Self {
        Self(Arc::new(accounts))
    }

    /// Each with its name.
    #[must_use]
    pub fn all(&self) -> &[Known] {
        &self.0
    }

    /// How many are offered.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether the accounts are known and this text is none of them.
    #[must_use]
    pub fn lack(&self, text: &str) -> bool {
        let is_it = |known: &Known| known.account.as_str().cmp(text);
        !text.is_empty() && !self.0.is_empty() && self.0.binary_search_by(is_it).is_err()
    }

    /// Puts the next account, or the one before, into a field; between the last and the first an optional field is empty.
    /// A text that is typed begins at the accounts that begin with it.
    pub fn step(&self, text: &mut String, forward: bool, optional: bool) {
        let accounts = &*self.0;
        if accounts.is_empty() {
            return;
        }
        let empty = usize::from(optional);
        let places = accounts.len() + empty;
        let after = accounts.partition_point(|known| known.account.as_str() < text.as_str());
        let is_there = accounts.get(after).is_some_and(|known| known.account == *text);
        let at = match (text.is_empty(), forward) {
            (true, true) => empty,
            (true, false) => places - 1,
            (false, true) => after + empty + usize::from(is_there),
            (false, false) => (after + empty + places - 1) % places,
        };
        let at = at % places;
        *text = if at < empty { String::new() } else { accounts[at - empty].account.clone() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_stepped_through_from_what_is_typed() {
        let accounts = Accounts::new(["100", "200", "210"].map(Known::from).to_vec());
        let step = |text: &str, forward, optional| {
            let mut text = text.to_owned();
            accounts.step(&mut text, forward, optional);
            text
        };
        for (text, forward, optional, wanted) in [
            ("", true, true, "100"),
            ("", false, true, "210"),
            ("100", true, true, "200"),
            ("210", true, true, ""),
            ("210", true, false, "100"),
            ("100", false, true, ""),
            ("100", false, false, "210"),
            ("2", true, true, "200"),
            ("21", false, true, "200"),
        ] {
            assert_eq!(step(text, forward, optional), wanted, "{text} {forward} {optional}");
        }
        assert!(accounts.lack("20") && !accounts.lack("200") && !accounts.lack(""));
        assert!(!Accounts::default().lack("20"), "what is not known is not missed");
    }
}
