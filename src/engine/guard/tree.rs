//! The engine's syntax tree as a flat list: its JSON nests as deep as the statement does, so nothing here recurses.

use std::borrow::Cow;

/// One key of any object in the tree.
pub(super) struct Leaf<'t> {
    /// Objects and lists around it.
    pub depth: usize,
    pub key: Cow<'t, str>,
    pub value: Value<'t>,
}

/// What stands behind a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'t> {
    Text(Cow<'t, str>),
    True,
    /// Anything else, which the list goes on into.
    Other,
}

/// Every key of a JSON text in the order in which it stands there.
pub(super) fn leaves(json: &str) -> impl Iterator<Item = Leaf<'_>> {
    let mut scanner = Scanner { json, at: 0, depth: 0 };
    std::iter::from_fn(move || scanner.leaf())
}

struct Scanner<'t> {
    json: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Scanner<'t> {
    fn leaf(&mut self) -> Option<Leaf<'t>> {
        loop {
            match self.mark()? {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' => {
                    let key = self.text()?;
                    if self.mark()? == b':' {
                        self.at += 1;
                        let depth = self.depth;
                        return Some(Leaf { depth, key, value: self.value()? });
                    }
                    // A text in a list: what follows it is read in the next turn.
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn value(&mut self) -> Option<Value<'t>> {
        Some(match self.mark()? {
            b'"' => Value::Text(self.text()?),
            b't' => Value::True,
            _ => Value::Other,
        })
    }

    /// The next byte that is no white space.
    fn mark(&mut self) -> Option<u8> {
        let rest = self.json.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.json.as_bytes().get(self.at).copied()
    }

    /// The text that begins here; the scanner stands behind it afterwards.
    fn text(&mut self) -> Option<Cow<'t, str>> {
        let bytes = self.json.as_bytes();
        let start = self.at;
        let mut end = start + 1;
        let mut is_bare = true;
        while *bytes.get(end)? != b'"' {
            let escapes = bytes[end] == b'\\';
            is_bare &= !escapes;
            end += if escapes { 2 } else { 1 };
        }
        self.at = end + 1;
        let quoted = self.json.get(start..=end)?;
        if is_bare {
            Some(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
        } else {
            serde_json::from_str(quoted).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_at_any_depth_and_never_in_a_text() {
        let json = r#"{"error": true, "list": ["a", {"text": "\"function_name\":\"query\" \\", "n": 1}], "last": "é"}"#;
        let found: Vec<_> =
            leaves(json).map(|leaf| (leaf.depth, leaf.key.into_owned(), leaf.value)).collect();
        let text = |text: &'static str| Value::Text(Cow::Borrowed(text));
        assert_eq!(
            found,
            [
                (1, "error".to_owned(), Value::True),
                (1, "list".to_owned(), Value::Other),
                (3, "text".to_owned(), text(r#""function_name":"query" \"#)),
                (3, "n".to_owned(), Value::Other),
                (1, "last".to_owned(), text("é")),
            ]
        );
        let deep = format!("{}{{\"k\":\"v\"}}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(leaves(&deep).next().map(|leaf| leaf.depth), Some(100_001));
    }
}
