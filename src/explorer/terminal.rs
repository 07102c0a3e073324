//! The terminal: taken and given back, suspended, written to a whole frame at a time.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::thread;

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::Print;
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use signal_hook::consts::{SIGCONT, SIGSTOP, SIGTSTP};
use signal_hook::low_level;

use super::theme::is_plain;

/// The signal by which a shell asks a program to stop for a while.
pub const STOP: i32 = SIGTSTP;
/// The signal by which a stopped program goes on.
pub const RESUME: i32 = SIGCONT;

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

/// What a terminal is told to send the mouse's buttons, its drags and its wheel, but not where it is while it only
/// moves: that would wake an idle program all the time. And to stop it.
const MOUSE: (&str, &str) = ("\x1b[?1000h\x1b[?1002h\x1b[?1006h", "\x1b[?1006l\x1b[?1002l\x1b[?1000l");

/// Whether the terminal is known to have none.
#[must_use]
pub fn lacks_mouse() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    matches!(term.as_str(), "dumb" | "linux") || is_plain(&term)
}

/// Gives the terminal back, also when the program panics.
pub struct Guard {
    /// The mouse is the program's.
    mouse: bool,
    /// The terminal is the program's, and nobody else's until it is given back.
    is_held: Cell<bool>,
}

impl Guard {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it does not obey.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        let (hook, screen) = (std::panic::take_hook(), thread::current().id());
        std::panic::set_hook(Box::new(move |info| {
            // A job that panics sends an error in words; the screen goes on.
            if thread::current().id() == screen {
                restore(mouse);
                hook(info);
            }
        }));
        take(mouse)?;
        Ok(Self { mouse, is_held: Cell::new(true) })
    }

    /// Gives the terminal to another program.
    pub fn lend(&self) {
        restore(self.mouse);
    }

    /// Takes the terminal back from another program.
    ///
    /// # Errors
    /// When it does not obey.
    pub fn take_back(&self) -> io::Result<()> {
        take(self.mouse)
    }

    /// Takes the terminal again from a shell to which nobody gave it: the program was stopped from outside.
    ///
    /// # Errors
    /// When it does not obey.
    pub fn take_again(&self) -> io::Result<()> {
        // What is on already is not done twice, so all is let go first.
        restore(self.mouse);
        take(self.mouse)
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
    /// When the system does not obey.
    pub fn suspend(&self) -> io::Result<()> {
        if self.is_held.take() {
            restore(self.mouse);
        }
        self.stop()
    }

    /// Takes the terminal after a stop, where the shell gave it to the program; says whether it did. Whoever takes it without that
    /// is stopped again, before it hears that it is to end.
    ///
    /// # Errors
    /// When the terminal does not obey.
    pub fn take_in_front(&self) -> io::Result<bool> {
        let is_given = is_in_front();
        if is_given {
            take(self.mouse)?;
            self.is_held.set(true);
        }
        Ok(is_given)
    }
}

/// Whether the terminal is this program's to use: its group is the one in front, or no shell puts any there.
#[must_use]
pub fn is_in_front() -> bool {
    // Behind the program's name: its state, its parent, its group, its session, its terminal, the group in front there.
    let status = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = status.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    match (fields.get(2), fields.get(5)) {
        (Some(own), Some(front)) => own == front || *front == "-1",
        _ => true,
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.is_held.get() {
            restore(self.mouse);
        }
    }
}

fn take(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(io::stdout(), Print(MOUSE.0))?;
    }
    Ok(())
}

fn restore(mouse: bool) {
    if mouse {
        let _ = execute!(io::stdout(), Print(MOUSE.1));
    }
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = terminal::disable_raw_mode();
}
