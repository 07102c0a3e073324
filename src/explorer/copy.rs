//! Copying through the terminal (OSC 52): it reaches the person's own machine over SSH.
//!
//! A multiplexer either takes the sequence itself (tmux with `set-clipboard`) or hands on what is wrapped for it
//! (tmux with `allow-passthrough`, GNU screen). Nobody tells which, so inside one both forms are sent.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

/// Bytes that common terminals take: base64 makes 100,000 of 75,000.
pub const LIMIT: usize = 74_000;

/// What stands between the program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    None,
    Tmux,
    Screen,
}

impl Multiplexer {
    /// What the environment says: `TMUX`, `STY`.
    #[must_use]
    pub fn detect() -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        match (is_set("TMUX"), is_set("STY")) {
            (true, _) => Self::Tmux,
            (_, true) => Self::Screen,
            _ => Self::None,
        }
    }
}

/// What to send to the terminal so that it copies a text.
#[must_use]
pub fn sequences(text: &str, multiplexer: Multiplexer) -> String {
    /// Longer strings are dropped by GNU screen, so they go in pieces.
    const PIECE: usize = 240;
    let mut plain = String::new();
    // Writing into a text does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain);
    let mut sent = plain.clone();
    match multiplexer {
        Multiplexer::None => {}
        Multiplexer::Tmux => {
            let _ = write!(sent, "\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"));
        }
        Multiplexer::Screen => {
            // The string's own end would end the wrap: the other way to end it is a bell.
            let inner = plain.replace("\x1b\\", "\x07");
            for piece in inner.as_bytes().chunks(PIECE).filter_map(|piece| str::from_utf8(piece).ok()) {
                let _ = write!(sent, "\x1bP{piece}\x1b\\");
            }
        }
    }
    sent
}

/// Writes a text that is too long for a terminal to a new file, and names it.
///
/// # Errors
/// When it cannot be written.
pub fn to_file(folder: &Path, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix("copied-").suffix(".txt").tempfile_in(folder)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_the_text_and_a_multiplexer_both_forms() {
        let plain = "\x1b]52;c;MSwyMzQuNTY=\x1b\\";
        let copied = |multiplexer| sequences("1,234.56", multiplexer);
        assert_eq!(copied(Multiplexer::None), plain);
        let wrapped = "\x1bPtmux;\x1b\x1b]52;c;MSwyMzQuNTY=\x1b\x1b\\\x1b\\";
        assert_eq!(copied(Multiplexer::Tmux), format!("{plain}{wrapped}"));
        assert_eq!(copied(Multiplexer::Screen), format!("{plain}\x1bP\x1b]52;c;MSwyMzQuNTY=\x07\x1b\\"));
    }

    #[test]
    fn what_screen_gets_is_whole_and_in_short_pieces() {
        let text = "x".repeat(1_000);
        let plain = sequences(&text, Multiplexer::None);
        let sent = sequences(&text, Multiplexer::Screen);
        let pieces: Vec<_> =
            sent[plain.len()..].split("\x1b\\").filter_map(|piece| piece.strip_prefix("\x1bP")).collect();
        assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.len() <= 240));
        assert_eq!(pieces.concat(), plain.replace("\x1b\\", "\x07"));
    }
}
