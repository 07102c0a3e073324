//! A question to the person at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use super::Failure;

/// Whether somebody is there to be asked, and sees the question.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks; only `y` or `yes` is a yes.
pub(super) fn agrees(question: &str) -> Result<bool, Failure> {
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (answer, wanted) in [
            ("y\n", true),
            ("YES\n", true),
            ("Yes", true),
            ("", false),
            ("\n", false),
            ("no\n", false),
            ("yep", false),
        ] {
            assert_eq!(is_yes(answer), wanted, "{answer:?}");
        }
    }
}
