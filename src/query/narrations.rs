//! The narration dictionary: phrases of several languages by which a bank line is recognised, and the SQL that they become.
//!
//! `queries/parts/narrations.toml` says how a phrase matches.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

/// The dictionary that the program comes with.
pub const SHIPPED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/parts/narrations.toml"));

/// The class whose words are left out of a payer's name.
const CHANNEL: &str = "channel";

/// The classes that the SQL asks for, and with `channel` all that a dictionary has.
const CLASSES: [&str; 8] = [
    "returned",
    "overdraft_fee",
    "reversal",
    "loan_payment",
    "loan_proceeds",
    "salary",
    "essential",
    "own_transfer",
];

/// Letters with what stands for them: capitals without accents.
const LETTERS: [(char, &str); 16] = [
    ('A', "ÀÁÂÃÄÅĀĂĄàáâãäåāăą"),
    ('C', "ÇĆČçćč"),
    ('D', "ĎĐďđ"),
    ('E', "ÈÉÊËĒĖĘĚèéêëēėęě"),
    ('G', "Ğğ"),
    ('I', "ÌÍÎÏĪĮİìíîïīįı"),
    ('L', "ŁĽĹłľĺ"),
    ('N', "ÑŃŇñńň"),
    ('O', "ÒÓÔÕÖØŌŐòóôõöøōő"),
    ('R', "ŘŔřŕ"),
    ('S', "ŚŞŠȘßśşšș"),
    ('T', "ŢŤȚţťț"),
    ('U', "ÙÚÛÜŪŮŰŲùúûüūůűų"),
    ('Y', "ÝŸýÿ"),
    ('Z', "ŹŻŽźżž"),
    (' ', "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\u{a0}’‘“”„–—·"),
];

/// Phrases by class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrations {
    classes: BTreeMap<String, Class>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    phrases: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
}

/// Why a dictionary cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NarrationError {
    #[error("the narration dictionary cannot be read: {0}")]
    Toml(String),
    #[error("the narration dictionary has no class {0}")]
    Missing(String),
    #[error("the narration dictionary has a class {0} that nothing asks for")]
    Unknown(String),
    #[error("the phrase {phrase:?} of {class} has no letter")]
    Empty { class: String, phrase: String },
}

impl Narrations {
    /// Reads a dictionary.
    ///
    /// # Errors
    /// When it is no TOML, a class is missing or not known, or a phrase would match every narration.
    pub fn parse(text: &str) -> Result<Self, NarrationError> {
        let classes: BTreeMap<String, Class> =
            toml::from_str(text).map_err(|error| NarrationError::Toml(error.to_string()))?;
        let asked = || CLASSES.iter().chain([&CHANNEL]);
        if let Some(missing) = asked().find(|class| !classes.contains_key(**class)) {
            return Err(NarrationError::Missing((*missing).to_owned()));
        }
        if let Some(unknown) = classes.keys().find(|name| !asked().any(|class| class == name)) {
            return Err(NarrationError::Unknown(unknown.clone()));
        }
        for (name, class) in &classes {
            if let Some(phrase) = class.phrases.iter().chain(&class.unless).find(|one| plain(one).is_empty())
            {
                return Err(NarrationError::Empty { class: name.clone(), phrase: phrase.clone() });
            }
        }
        Ok(Self { classes })
    }

    /// What stands for the braces of a statement: `{text}` makes a narration plain, `{flags}` tells the classes of a plain
    /// one, `{payer}` leaves the words out of it that say how money came.
    #[must_use]
    pub fn written_in(&self, statement: &str) -> String {
        statement
            .replace("{text}", &text())
            .replace("{flags}", &self.flags())
            .replace("{payer}", &self.payer())
    }

    fn flags(&self) -> String {
        let mut sql = String::new();
        for class in CLASSES {
            let Some(found) = self.classes.get(class) else { continue };
            let mut condition = any(&found.phrases);
            if !found.unless.is_empty() {
                condition = format!("({condition}) AND NOT ({})", any(&found.unless));
            }
            let comma = if sql.is_empty() { "" } else { ",\n    " };
            let _ = write!(sql, "{comma}MAX(CASE WHEN {condition} THEN 1 ELSE 0 END) AS is_{class}");
        }
        sql
    }

    fn payer(&self) -> String {
        let words = self.classes.get(CHANNEL).map(|class| class.phrases.as_slice()).unwrap_or_default();
        words
            .iter()
            .fold("narration".to_owned(), |sql, word| format!("REPLACE({sql}, ' {} ', ' ')", plain(word)))
    }
}

/// A phrase or a narration as they are compared: capitals without accents, one blank between words.
fn plain(text: &str) -> String {
    let letter = |mark: char| {
        let known = LETTERS.iter().find(|(_, forms)| forms.contains(mark));
        known.map_or(mark.to_ascii_uppercase(), |(letter, _)| *letter)
    };
    let text: String = text.chars().map(letter).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The condition that a plain narration has one of the phrases. No phrase has a mark left that LIKE or a text would take
/// for its own.
fn any(phrases: &[String]) -> String {
    let like = |phrase: &String| {
        let end = if phrase.ends_with('*') { "" } else { " " };
        format!("narration LIKE '% {}{end}%'", plain(phrase))
    };
    phrases.iter().map(like).collect::<Vec<_>>().join(" OR ")
}

/// The expression that makes the column `details` plain, with a blank at each end.
fn text() -> String {
    let (mut from, mut to): (String, String) = (('a'..='z').collect(), ('A'..='Z').collect());
    for (letter, forms) in LETTERS {
        from.push_str(forms);
        to.extend(forms.chars().map(|_| letter));
    }
    let from = crate::sql::quote_text(&from);
    // A mark behind each blank: of several blanks all but the last go with the mark before them.
    format!(
        "REPLACE(REPLACE(REPLACE(' ' || TRANSLATE(details, {from}, '{to}') || ' ', ' ', ' ~'), '~ ', ''), '~', '')"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_without_capitals_accents_digits_and_marks() {
        for (text, compared) in [
            ("Rück-Lastschrift 0815", "RUCK LASTSCHRIFT"),
            ("  ECS/RTN  000123/a.b ", "ECS RTN A B"),
            ("sankč. úrok", "SANKC UROK"),
            ("İadesi, ıade ß", "IADESI IADE S"),
            ("I/W CHQ_RET%", "I W CHQ RET"),
            ("支払い 1", "支払い"),
        ] {
            assert_eq!(plain(text), compared);
        }
    }

    #[test]
    fn the_shipped_dictionary_is_whole_and_its_phrases_are_harmless_in_sql() {
        let narrations = Narrations::parse(SHIPPED).unwrap();
        for (name, class) in &narrations.classes {
            let mut seen = std::collections::BTreeSet::new();
            for phrase in class.phrases.iter().chain(&class.unless) {
                let bare = phrase.strip_suffix('*').unwrap_or(phrase);
                assert!(
                    plain(phrase).chars().all(|mark| mark == ' ' || mark.is_ascii_uppercase()),
                    "{phrase}"
                );
                assert!(name == "channel" || plain(bare) == bare, "{phrase} is written as it is compared");
                assert!(seen.insert(phrase), "{phrase} stands twice in {name}");
            }
        }
        let sql = narrations.written_in("{text} {flags} {payer}");
        assert_eq!(sql.matches("AS is_").count(), CLASSES.len());
        assert!(!sql.contains('{') || sql.contains("[\\]^_`{|}~"));
    }

    #[test]
    fn a_dictionary_that_would_mislead_is_refused() {
        let error = |text: &str| Narrations::parse(text).unwrap_err().to_string();
        assert!(error("[returned]\nphrases = [\"NSF\"]").ends_with("has no class overdraft_fee"));
        let empty = SHIPPED.replace("\"NSF\"", "\"123*\"");
        assert_eq!(error(&empty), "the phrase \"123*\" of returned has no letter");
        let unknown = format!("{SHIPPED}\n[gambling]\nphrases = [\"CASINO\"]");
        assert!(error(&unknown).contains("class gambling"));
        assert!(error("returned = 1").starts_with("the narration dictionary cannot be read"));
    }
}
