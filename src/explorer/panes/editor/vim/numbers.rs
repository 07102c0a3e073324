//! A number in the text that grows or gets less.

use super::super::Editor;
use super::{Mode, Outcome, Vim};

impl Vim {
    /// Adds the count to the number under the cursor or the next one of its line, or takes it away.
    pub(super) fn count_on(&mut self, up: bool, editor: &mut Editor) -> Outcome {
        let by = i128::try_from(self.count.unwrap_or(1)).unwrap_or(1);
        let by = if up { by } else { -by };
        if self.mode.selects() {
            return self.count_in_parts(by, editor);
        }
        self.reset(Mode::Normal);
        let (text, at) = (&editor.text, editor.text.cursor());
        let line = text.line_start(at)..text.line_end(at);
        let Some((new, end)) = added(&text.as_str()[line.clone()], at - line.start, by) else {
            self.has_failed = true;
            return Outcome::Moved;
        };
        let place = line.start + end - 1;
        editor.replace(line, &new);
        editor.text.set_cursor(place);
        Outcome::Changed
    }
}

/// The line with another number in place of the one at a byte or behind it, and the byte behind that number. Zeros before
/// it keep their places. A hyphen between two numbers, as in a date, is no sign.
pub(super) fn added(line: &str, at: usize, by: i128) -> Option<(String, usize)> {
    let is_digit = |mark: char| mark.is_ascii_digit();
    let start = match line[at..].chars().next() {
        Some(mark) if is_digit(mark) => line[..at].trim_end_matches(is_digit).len(),
        _ => at + line[at..].find(is_digit)?,
    };
    let digits = &line[start..];
    let digits = &digits[..digits.len() - digits.trim_start_matches(is_digit).len()];
    let before = &line[..start];
    let is_negative = before.strip_suffix('-').is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
    let value: i128 = digits.parse().ok()?;
    let value = if is_negative { -value } else { value }.checked_add(by)?;
    let width = if digits.starts_with('0') { digits.len() } else { 0 };
    let sign = if value < 0 { "-" } else { "" };
    let before = if is_negative { &before[..start - 1] } else { before };
    let changed = format!("{before}{sign}{:0>width$}", value.unsigned_abs());
    let end = changed.len();
    Some((changed + &line[start + digits.len()..], end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_and_changed_where_it_stands() {
        for (line, at, by, wanted) in [
            ("limit 10", 0, 1, "limit 11"),
            ("limit 10", 7, -3, "limit 7"),
            ("a -1", 0, 1, "a 0"),
            ("a 1", 0, -2, "a -1"),
            ("'2024-01-31'", 9, 1, "'2024-01-32'"),
            ("'2024-01-31'", 6, 1, "'2024-02-31'"),
            ("x 099", 0, 1, "x 100"),
            ("1 2", 1, 1, "1 3"),
        ] {
            assert_eq!(added(line, at, by).map(|(new, _)| new).as_deref(), Some(wanted), "{line}");
        }
        assert_eq!(added("no number", 0, 1), None);
        assert_eq!(added("9".repeat(50).as_str(), 0, 1), None);
    }
}
