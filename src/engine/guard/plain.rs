//! A statement without its comments and texts, so that no mark in them means anything to whoever reads on.
//!
//! Where they begin and end is each engine's own rule. What could be read in two ways is refused: of the two readings
//! the engine might take the other one.

use crate::dialect::Dialect;

/// The text with blanks for comments and for what stands in texts, so that places stay; quoted names stay too, in
/// double quotes.
///
/// # Errors
/// What is unclear, as half a sentence.
pub(super) fn plain(text: &str, dialect: Dialect) -> Result<String, String> {
    let mut reader = Reader { text, at: 0, is_redshift: dialect == Dialect::Redshift };
    let mut out = String::with_capacity(text.len());
    while let Some(mark) = text[reader.at..].chars().next() {
        let rest = &text[reader.at..];
        match mark {
            '-' if rest.starts_with("--") => out.extend(blank(reader.line_comment()?)),
            '/' if rest.starts_with("/*") => out.extend(blank(reader.block_comment()?)),
            '\'' => {
                let literal = reader.literal()?;
                // E'…' is a text like any other by now.
                if reader.is_redshift && is_behind(&out, ['e', 'E']) {
                    out.pop();
                    out.push(' ');
                }
                push_text(&mut out, literal);
            }
            '"' if !is_unicode_name(&out) => out.push_str(&reader.name('"')?),
            '`' if !reader.is_redshift => out.push_str(&reader.name('`')?),
            '$' if reader.is_redshift && !out.ends_with(is_part_of_name) => {
                push_text(&mut out, reader.dollar_text()?);
            }
            // Between brackets Redshift has places of lists; the parser takes more for a quoted name.
            '[' if reader.is_redshift && !rest[1..].starts_with(|mark: char| mark.is_ascii_digit()) => {
                return Err("[ is not followed by a number".into());
            }
            _ if reader.is_plain(mark) => {
                reader.at += mark.len_utf8();
                out.push(mark);
            }
            _ => return Err(format!("{mark:?} stands outside of quotes")),
        }
    }
    Ok(out)
}

fn blank(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|mark| if mark == '\n' { '\n' } else { ' ' })
}

fn push_text(out: &mut String, text: &str) {
    let inside = text.get(1..text.len() - 1).unwrap_or_default();
    out.push('\'');
    out.extend(blank(inside));
    out.push('\'');
}

/// `U&"…"` spells a name by numbers.
fn is_unicode_name(before: &str) -> bool {
    before.strip_suffix('&').is_some_and(|before| is_behind(before, ['u', 'U']))
}

/// Whether a text ends with a letter that stands alone.
fn is_behind(text: &str, letter: [char; 2]) -> bool {
    text.strip_suffix(letter).is_some_and(|before| !before.ends_with(is_part_of_name))
}

fn is_part_of_name(mark: char) -> bool {
    mark.is_alphanumeric() || matches!(mark, '_' | '$')
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    is_redshift: bool,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Marks that mean the same to every reader.
    fn is_plain(&self, mark: char) -> bool {
        match mark {
            '\n' | '\r' | '\t' | ' ' => true,
            '#' | '$' => self.is_redshift,
            '\\' | '`' | '"' => false,
            _ => mark.is_ascii_graphic() || self.is_redshift && mark.is_alphanumeric(),
        }
    }

    /// The next bytes; the reader stands behind them.
    fn take(&mut self, length: usize) -> &'t str {
        let taken = &self.rest()[..length];
        self.at += length;
        taken
    }

    fn line_comment(&mut self) -> Result<&'t str, String> {
        let rest = self.rest();
        let comment = &rest[..rest.find('\n').unwrap_or(rest.len())];
        // Who ends a line elsewhere would run what follows.
        if comment.trim_end_matches('\r').contains(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
        {
            return Err("a line ends within a comment".into());
        }
        Ok(self.take(comment.len()))
    }

    fn block_comment(&mut self) -> Result<&'t str, String> {
        let unfinished = || "a comment has no end".to_owned();
        let length = self.rest()[2..].find("*/").map(|found| found + 4).ok_or_else(unfinished)?;
        // There comments stand in comments.
        if self.is_redshift && self.rest()[2..length].contains("/*") {
            return Err("a comment stands in a comment".into());
        }
        Ok(self.take(length))
    }

    /// A text between single quotes, those in it doubled. Redshift may take a backslash for a
    /// mark of its own.
    fn literal(&mut self) -> Result<&'t str, String> {
        let length = quoted(self.rest(), '\'').ok_or("a text has no end")?;
        if self.is_redshift && with_backslashes(self.rest()) != Some(length) {
            return Err("a backslash stands before a quote".into());
        }
        Ok(self.take(length))
    }

    fn name(&mut self, quote: char) -> Result<String, String> {
        let length = quoted(self.rest(), quote).ok_or("a quoted name has no end")?;
        let name = self.take(length);
        let inner = &name[1..length - 1];
        Ok(if quote == '"' { format!("\"{inner}\"") } else { format!("\"{}\"", inner.replace('"', "\"\"")) })
    }

    /// `$$text$$`, `$tag$text$tag$`.
    fn dollar_text(&mut self) -> Result<&'t str, String> {
        let rest = self.rest();
        let no_text = || "$ stands outside of quotes".to_owned();
        let tag_end = rest[1..].find('$').ok_or_else(no_text)? + 2;
        let tag = &rest[..tag_end];
        let is_name = |mark: char| mark.is_ascii_alphanumeric() || mark == '_';
        if !tag[1..tag_end - 1].chars().all(is_name)
            || tag[1..].starts_with(|mark: char| mark.is_ascii_digit())
        {
            return Err(no_text());
        }
        let body = rest[tag_end..].find(tag).ok_or("a text has no end")?;
        Ok(self.take(tag_end + body + tag_end))
    }
}

/// The length of what stands between quotes, with them.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text[at..].find(quote)? + 1;
        if !text[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

/// The same for a text in which a backslash takes the meaning from the mark behind it.
fn with_backslashes(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_go_and_names_stay() {
        let both = [
            (
                "SELECT 'it''s; x' -- ; y\r\n, \"a;\"\"b\" /* ;\n' */ x",
                "SELECT '        '        \n, \"a;\"\"b\"     \n     x",
            ),
            ("X'00' || '' || ''''", "X'  ' || '' || '  '"),
            ("1 - -1, a->b, 2*--x\n3", "1 - -1, a->b, 2*   \n3"),
        ];
        for (text, wanted) in both {
            for dialect in [Dialect::Trino, Dialect::Athena, Dialect::Redshift] {
                assert_eq!(plain(text, dialect).as_deref(), Ok(wanted), "{dialect}");
            }
        }
        let cases = [
            (Dialect::Trino, "'\\' /*/* b */ `x\"y`", "' '           \"x\"\"y\""),
            (
                Dialect::Redshift,
                "'\\\\' $$;'$$ $a$;$b$;$a$ ñandú a$b$ x[0] E'x' the'x'",
                "'  ' '    ' '         ' ñandú a$b$ x[0]  ' ' the' '",
            ),
        ];
        for (dialect, text, wanted) in cases {
            assert_eq!(plain(text, dialect).as_deref(), Ok(wanted), "{dialect}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let every = [
            "'abc",
            "\"abc",
            "/* abc",
            "-- x\ry",
            "-- x\u{2028}y",
            "a\u{b}b",
            "\u{a0}",
            "\u{0}",
            "\\",
            "U&\"d\\0061t\"",
            "u&\"x\"",
        ];
        let trino = ["$$x$$", "é", "# x", "`x"];
        let redshift = [
            "'\\'",
            "'a\\'' --'",
            "/* /* */ */",
            "`x`",
            "$1$x$1$",
            "$a b$x$a b$",
            "$$x",
            "$",
            "[x]",
            "[\"x\"]",
            "E'\\''",
        ];
        let cases =
            [(Dialect::Trino, &trino[..]), (Dialect::Athena, &trino[..]), (Dialect::Redshift, &redshift[..])];
        for (dialect, texts) in cases {
            for text in every.iter().chain(texts) {
                assert!(plain(text, dialect).is_err(), "{text:?} {dialect}");
            }
        }
    }
}
