//! Values of the lake that a form offers and checks against: its accounts, its currencies.

use std::sync::Arc;

use crate::credit::accounts::Known;
use crate::value;

/// Values in their order, an account with its name; none where they are not known, or are too many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices(Arc<Vec<Known>>);

/// What to say of an account that the lake does not have.
#[must_use]
pub fn unknown(account: &str) -> String {
    format!("there is no account {} in the lake", value::visible(account))
}

impl Choices {
    /// Those of the lake, in order.
    #[must_use]
    pub fn new(values: Vec<Known>) -> Self {
        Self(Arc::new(values))
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

    /// The place of a text among them.
    #[must_use]
    pub fn place(&self, text: &str) -> Option<usize> {
        self.0.iter().position(|known| known.account == text)
    }

    /// Whether the values are known and this text is none of them.
    #[must_use]
    pub fn lack(&self, text: &str) -> bool {
        !text.is_empty() && !self.0.is_empty() && self.place(text).is_none()
    }

    /// Puts the next value, or the one before, into a field; between the last and the first an optional field is empty.
    /// A text that is typed begins at the values that begin with it.
    pub fn step(&self, text: &mut String, forward: bool, optional: bool) {
        let values = &*self.0;
        if values.is_empty() {
            return;
        }
        let empty = usize::from(optional);
        let places = values.len() + empty;
        let at = self.place(text);
        let after = at.or_else(|| values.iter().position(|known| known.account.as_str() > text.as_str()));
        let after = after.unwrap_or(values.len());
        let at = match (text.is_empty(), forward) {
            (true, true) => empty,
            (true, false) => places - 1,
            (false, true) => after + empty + usize::from(at.is_some()),
            (false, false) => (after + empty + places - 1) % places,
        };
        let at = at % places;
        *text = if at < empty { String::new() } else { values[at - empty].account.clone() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_stepped_through_from_what_is_typed() {
        let accounts = Choices::new(["100", "200", "210"].map(Known::from).to_vec());
        let step = |choices: &Choices, text: &str, forward, optional| {
            let mut text = text.to_owned();
            choices.step(&mut text, forward, optional);
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
            assert_eq!(step(&accounts, text, forward, optional), wanted, "{text} {forward} {optional}");
        }
        let sides = Choices::new(["outgoing", "incoming", "both"].map(Known::from).to_vec());
        for (text, forward, wanted) in
            [("outgoing", true, "incoming"), ("both", true, "outgoing"), ("outgoing", false, "both")]
        {
            assert_eq!(step(&sides, text, forward, false), wanted, "they need not be sorted");
        }
        assert!(accounts.lack("20") && !accounts.lack("200") && !accounts.lack(""));
        assert!(!Choices::default().lack("20"), "what is not known is not missed");
    }
}
