//! The card as JSON: stable keys in a stable order; every decimal is a text with all its digits.

use super::Card;

/// The cards as a list of objects, indented by two blanks.
///
/// # Errors
/// Never: a card holds nothing that JSON cannot say.
pub fn cards(cards: &[Card]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(cards).map(|text| text + "\n")
}
