//! What is secret in a statement: literals that follow a word such as PASSWORD, all those of a CREATE SECRET, and
//! passwords inside addresses. [`MASK`] stands for each.

use std::fmt::Write as _;

use crate::sql::{self, Kind};

/// What stands for a secret.
pub const MASK: &str = "***";

/// Parts of a name that holds a secret.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "key_id",
    "private_key",
    "credential",
];

/// Words between a name and the literal that is its value.
const BETWEEN: usize = 3;

/// Whether a parameter or an option of that name holds a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    NAMES.iter().any(|part| name.contains(part))
}

/// The statement without what is secret in it.
#[must_use]
pub fn withheld(statement: &str) -> String {
    let tokens: Vec<_> =
        sql::tokens(statement).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let word = |at: usize| tokens.get(at).map_or("", |token| &statement[token.range.clone()]);
    let is = |at: usize, wanted: &[&str]| wanted.iter().any(|wanted| word(at).eq_ignore_ascii_case(wanted));
    let between = (1..tokens.len())
        .take_while(|at| is(*at, &["OR", "REPLACE", "PERSISTENT", "TEMPORARY", "TEMP"]))
        .count();
    let is_secret_made = is(0, &["CREATE"]) && is(between + 1, &["SECRET"]);
    let mut out = String::with_capacity(statement.len());
    let (mut end, mut since_secret) = (0, usize::MAX);
    for (index, token) in tokens.iter().enumerate() {
        let text = word(index);
        out.push_str(&without_addresses(&statement[end..token.range.start]));
        end = token.range.end;
        match token.kind {
            Kind::Text if is_secret_made || since_secret <= BETWEEN => {
                let _ = write!(out, "'{MASK}'");
                since_secret = usize::MAX;
                continue;
            }
            Kind::Text => out.push_str(&without_addresses(text)),
            _ => out.push_str(text),
        }
        since_secret = match token.kind {
            Kind::Name | Kind::Quoted | Kind::Keyword if is_secret(text) => 0,
            // A comma or a bracket ends what the name is for.
            _ if [",", ")", ";"].contains(&text) => usize::MAX,
            _ => since_secret.saturating_add(1),
        };
    }
    out.push_str(&without_addresses(&statement[end..]));
    out
}

/// A text without the passwords of addresses in it: `scheme://user:PASSWORD@host`, `password=PASSWORD`.
fn without_addresses(text: &str) -> String {
    let mut out = text.to_owned();
    let mut from = 0;
    while let Some(at) = out[from..].find("://").map(|at| at + from + 3) {
        let end = out[at..].find(['/', ' ', '\n', '\'', '"', '?']).map_or(out.len(), |end| end + at);
        let user = out[at..end]
            .rfind('@')
            .and_then(|mark| Some((at + out[at..at + mark].find(':')? + 1, at + mark)));
        if let Some((start, mark)) = user {
            out.replace_range(start..mark, MASK);
        }
        from = at;
    }
    for name in NAMES {
        let mut from = 0;
        while let Some(at) = out[from..].to_ascii_lowercase().find(name).map(|at| at + from + name.len()) {
            from = at;
            let Some(rest) = out[at..].strip_prefix('=') else { continue };
            let length = rest.find([' ', ';', '&', '\'', '"', '\n']).unwrap_or(rest.len());
            out.replace_range(at + 1..at + 1 + length, MASK);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left_and_nothing_else_is_touched() {
        let cases = [
            (
                "SELECT 'a', secret_level FROM t WHERE x = 'b'",
                "SELECT 'a', secret_level FROM t WHERE x = 'b'",
            ),
            (
                "CREATE SECRET s (TYPE s3, KEY_ID 'AKIA', SECRET 'abc', REGION 'eu')",
                "CREATE SECRET s (TYPE s3, KEY_ID '***', SECRET '***', REGION '***')",
            ),
            (
                "CREATE OR REPLACE PERSISTENT SECRET (TYPE s3, X 'y')",
                "CREATE OR REPLACE PERSISTENT SECRET (TYPE s3, X '***')",
            ),
            ("SET s3_secret_access_key = 'abc'; SELECT 'x'", "SET s3_secret_access_key = '***'; SELECT 'x'"),
            ("SET \"s3_session_token\"='it''s'", "SET \"s3_session_token\"='***'"),
            ("ATTACH 'postgres://me:p:w@host/db?x=1' AS p", "ATTACH 'postgres://me:***@host/db?x=1' AS p"),
            (
                "ATTACH 'host=h password=pw user=u' AS p (TYPE postgres)",
                "ATTACH 'host=h password=*** user=u' AS p (TYPE postgres)",
            ),
            ("FROM read_csv('https://h/x?token=abc&y=1')", "FROM read_csv('https://h/x?token=***&y=1')"),
            ("CREATE TABLE secret AS SELECT 1, 2, 'x'", "CREATE TABLE secret AS SELECT 1, 2, 'x'"),
            ("-- password=abc\nSELECT 1", "-- password=***\nSELECT 1"),
            ("SELECT 1 -- ://é:ü@x", "SELECT 1 -- ://é:***@x"),
            (
                "COPY t TO 's3://b/x' WITH (CREDENTIALS 'aws_access_key_id=A;aws_secret_access_key=B')",
                "COPY t TO 's3://b/x' WITH (CREDENTIALS '***')",
            ),
        ];
        for (statement, expected) in cases {
            assert_eq!(withheld(statement), expected);
        }
        assert!(is_secret("API_TOKEN") && is_secret("dbPassword") && !is_secret("account"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..proptest::prelude::ProptestConfig::default() })]
        #[test]
        fn no_password_is_left_in_any_text(text in ".{0,80}", word in "[a-z0-9]{8,20}") {
            let kept = withheld(&format!("SET x_password = '{word}'; {text}"));
            proptest::prop_assert!(!kept.contains(&word), "{kept}");
            proptest::prop_assert!(withheld(&text).is_empty() == text.is_empty());
        }
    }
}
