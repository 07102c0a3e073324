//! How well a name fits what was typed.

/// It begins with it.
pub(super) const BEGINS: u8 = 0;
/// A part of it does: `amt` in `deposit_amt`; or the first letters of its parts are: `da`.
pub(super) const PART: u8 = 1;
/// Its letters are in it, in their order.
pub(super) const LOOSE: u8 = 3;

/// How well a name fits, the lower the better; nothing where it does not. What is empty fits all.
#[must_use]
pub fn fit(typed: &str, name: &str) -> Option<u8> {
    if typed.is_empty() {
        return Some(BEGINS);
    }
    let (typed, name) = (folded(typed), folded(name));
    if name.starts_with(&typed) {
        return Some(BEGINS);
    }
    let parts = || name.char_indices().filter(|(at, _)| begins_part(&name, *at));
    if parts().any(|(at, _)| name[at..].starts_with(&typed)) {
        return Some(PART);
    }
    let firsts: String = parts().map(|(_, first)| first).collect();
    if typed.len() > 1 && firsts.starts_with(&typed) {
        return Some(PART);
    }
    if name.contains(&typed) {
        return Some(2);
    }
    let mut letters = name.chars();
    // One letter somewhere says nothing.
    let is_loose = typed.len() > 1 && typed.chars().all(|wanted| letters.any(|letter| letter == wanted));
    is_loose.then_some(LOOSE)
}

fn begins_part(name: &str, at: usize) -> bool {
    let before = name[..at].chars().next_back();
    let here = name[at..].chars().next();
    here.is_some_and(char::is_alphanumeric) && before.is_none_or(|mark| !mark.is_alphanumeric())
}

fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_fits_better_than_a_part_and_a_part_better_than_loose_letters() {
        let names = ["deposit_sgd_amt", "Depo", "withdrawal_amt", "damp"];
        let fits = |typed: &str| names.map(|name| fit(typed, name));
        assert_eq!(fits("dep"), [Some(0), Some(0), None, None]);
        assert_eq!(fits("amt"), [Some(1), None, Some(1), None]);
        assert_eq!(fits("dsa"), [Some(1), None, None, None]);
        assert_eq!(fits("am"), [Some(1), None, Some(1), Some(2)]);
        assert_eq!(fits("da"), [Some(3), None, Some(3), Some(0)]);
        assert_eq!(fits("x"), [None; 4]);
        assert_eq!(fit("año", "AÑO_FISCAL"), Some(0));
        assert_eq!(fit("", "anything"), Some(0));
    }
}
