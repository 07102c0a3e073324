//! The built-in queries name amounts in SGD: names and comments follow another base currency, texts do not.

use crate::sql::{self, Kind};

/// The text with `SGD` in comments, and `sgd` as a part of a name as in `deposit_sgd_amt`, replaced by the base.
#[must_use]
pub fn renamed(text: &str, base: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for token in sql::tokens(text) {
        if matches!(token.kind, Kind::Name | Kind::Quoted | Kind::Comment) {
            out.push_str(&text[copied..token.range.start]);
            copied = token.range.end;
            for part in text[token.range].split_inclusive(|mark: char| !mark.is_ascii_alphanumeric()) {
                let word = part.trim_end_matches(|mark: char| !mark.is_ascii_alphanumeric());
                match word {
                    "sgd" => out.push_str(&base.to_ascii_lowercase()),
                    "SGD" => out.push_str(base),
                    other => out.push_str(other),
                }
                out.push_str(&part[word.len()..]);
            }
        }
    }
    out.push_str(&text[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_comments_follow_the_base_and_texts_do_not() {
        let text = "-- description: in SGD\n-- chart: bar x=a y=net_sgd\nSELECT total_sgd, sgd_amt, msgd, 'SGD' AS \"sgd\" -- SGD, sgd.";
        let renamed_text = "-- description: in GBP\n-- chart: bar x=a y=net_gbp\nSELECT total_gbp, gbp_amt, msgd, 'SGD' AS \"gbp\" -- GBP, gbp.";
        assert_eq!(renamed(text, "GBP"), renamed_text);
        assert_eq!(renamed(text, "SGD"), text);
    }
}
