//! The terminal: taken and given back, suspended, written to a whole frame at a time.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::thread;

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use signal_hook::consts::{SIGSTOP, SIGTSTP};
use signal_hook::low_level;

/// The signal by which a shell asks a program to stop for a while.
pub const STOP: i32 = SIGTSTP;

/// There is nobody to see the explorer.
#[derive(Debug, thiserror::Error)]
#[error("the explorer needs a terminal, and its input or output is none")]
pub struct NoTerminal;

/// That a person sits at both ends.
///
/// # Errors
/// When input or output is a file, a pipe or nothing.
pub fn need() -> Result<(), NoTerminal> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() { Ok(()) } else { Err(NoTerminal) }
}

/// What is drawn, until it is sent whole.
#[derive(Clone, Default)]
pub struct Frame {
    bytes: Rc<RefCell<Vec<u8>>>,
}

impl Frame {
    /// Adds what is no drawing.
    pub fn append(&self, sequences: &str) {
        self.bytes.borrow_mut().extend_from_slice(sequences.as_bytes());
    }

    /// Sends what was drawn in one write, inside a synchronized update.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&self) -> io::Result<()> {
        let bytes = self.bytes.take();
        let mut out = io::stdout().lock();
        out.write_all(b"\x1b[?2026h")?;
        out.write_all(&bytes)?;
        out.write_all(b"\x1b[?2026l")?;
        out.flush()
    }
}

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Nothing leaves before the frame is whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives the terminal back, also when the program panics.
pub struct Guard;

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it does not obey.
    pub fn enter() -> io::Result<Self> {
        let (hook, screen) = (std::panic::take_hook(), thread::current().id());
        std::panic::set_hook(Box::new(move |info| {
            // A job that panics sends an error in words; the screen goes on.
            if thread::current().id() == screen {
                restore();
                hook(info);
            }
        }));
        take()?;
        Ok(Self)
    }

    /// Gives the terminal to another program.
    pub fn lend(&self) {
        restore();
    }

    /// Takes the terminal back from another program.
    ///
    /// # Errors
    /// When it does not obey.
    pub fn take_back(&self) -> io::Result<()> {
        take()
    }

    /// Stops the program, whoever has the terminal, until the shell lets it go on.
    ///
    /// # Errors
    /// When the system does not obey.
    pub fn stop(&self) -> io::Result<()> {
        low_level::raise(SIGSTOP)
    }

    /// Gives the terminal back and stops the program until the shell lets it go on.
    ///
    /// # Errors
    /// When the terminal does not obey afterwards.
    pub fn suspend(&self) -> io::Result<()> {
        restore();
        low_level::raise(SIGSTOP)?;
        take()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

fn take() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

fn restore() {
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = terminal::disable_raw_mode();
}
