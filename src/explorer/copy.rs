//! Copying through the terminal (OSC 52): it reaches the person's own machine over SSH.
//!
//! A multiplexer either takes the sequence itself (tmux with `set-clipboard`) or hands on what is wrapped for it
//! (tmux with `allow-passthrough`, GNU screen). Nobody tells which, so inside one both forms are sent.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;
use tempfile::NamedTempFile;

use crate::environment;

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
        match ["TMUX", "STY"].map(environment::variable) {
            [Some(_), _] => Self::Tmux,
            [_, Some(_)] => Self::Screen,
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

/// A text on its way to be copied: in memory as long as a terminal takes it, else in a file that nobody else reads.
pub struct Clip {
    text: Vec<u8>,
    file: Option<NamedTempFile>,
    bytes: u64,
    folder: PathBuf,
    suffix: String,
}

/// What became of a text.
#[derive(Debug)]
pub enum Clipped {
    Text(String),
    /// It is longer: where it lies, and its bytes.
    File(PathBuf, u64),
}

impl Clip {
    /// A text that goes into a file of this folder, with this ending, when it is long.
    #[must_use]
    pub fn new(folder: &Path, ending: &str) -> Self {
        let (folder, suffix) = (folder.to_owned(), format!(".{ending}"));
        Self { text: Vec::new(), file: None, bytes: 0, folder, suffix }
    }

    /// The text is whole.
    ///
    /// # Errors
    /// When the file cannot be kept.
    pub fn finish(mut self) -> io::Result<Clipped> {
        let Some(mut file) = self.file.take() else {
            return Ok(Clipped::Text(String::from_utf8_lossy(&self.text).into_owned()));
        };
        file.flush()?;
        let (_, path) = file.keep().map_err(|error| error.error)?;
        Ok(Clipped::File(path, self.bytes))
    }
}

impl Write for Clip {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        if let Some(file) = &mut self.file {
            file.write_all(bytes)?;
            return Ok(bytes.len());
        }
        self.text.extend_from_slice(bytes);
        if self.text.len() > LIMIT {
            let mut file = named(&self.folder, &self.suffix)?;
            file.write_all(&std::mem::take(&mut self.text))?;
            self.file = Some(file);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn named(folder: &Path, suffix: &str) -> io::Result<NamedTempFile> {
    fs::create_dir_all(folder)?;
    tempfile::Builder::new().prefix("copied-").suffix(suffix).tempfile_in(folder)
}

/// Writes a text that is too long for a terminal to a new file, and names it.
///
/// # Errors
/// When it cannot be written.
pub fn to_file(folder: &Path, text: &str) -> io::Result<PathBuf> {
    let mut file = named(folder, ".txt")?;
    file.write_all(text.as_bytes())?;
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
    fn a_long_text_goes_into_a_file_whole() {
        let folder = tempfile::tempdir().unwrap();
        for (length, is_file) in [(LIMIT, false), (LIMIT + 1, true)] {
            let mut clip = Clip::new(folder.path(), "csv");
            for byte in "x".repeat(length).as_bytes().chunks(1_000) {
                clip.write_all(byte).unwrap();
            }
            match clip.finish().unwrap() {
                Clipped::Text(text) => assert!(!is_file && text.len() == length),
                Clipped::File(path, bytes) => {
                    assert!(is_file && path.extension().is_some_and(|end| end == "csv"));
                    assert_eq!((bytes, fs::read(&path).unwrap().len()), (length as u64, length));
                }
            }
        }
        drop(Clip::new(folder.path(), "csv").write_all(&vec![b'x'; LIMIT + 1]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what was given up leaves nothing");
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
