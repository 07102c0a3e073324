//! A terminal without a window: the program on a pseudo-terminal, its bytes read by a terminal parser.
//!
//! Every wait is for a condition, with a deadline that is only met when the test fails.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

/// How long a condition may take on a machine that does much else.
const DEADLINE: Duration = Duration::from_mins(1);

pub const ENTER: &str = "\r";
pub const END: &str = "\x1b[F";
pub const HOME: &str = "\x1b[H";
pub const RUN: &str = "\x12";
pub const CTRL_C: &str = "\x03";

/// The demo lake, built once by the program itself.
pub static LAKE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let place = Place::empty();
    let output =
        place.command(&["demo", "--no-open", "--rows", "3000", "--lake", lake.to_str().unwrap()]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
});

/// A home of its own for a test, and the settings in it.
pub struct Place {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Place {
    /// A home that knows no lake.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// A home whose lake is the demo lake.
    pub fn with_lake() -> Self {
        let lake = LAKE.path().join("lake");
        Self::empty().variable("SALDO_LAKE", lake.to_str().unwrap())
    }

    pub fn variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// The same home with these settings.
    pub fn settings(self, text: &str) -> Self {
        let path = self.write("config/saldo/saldo.toml", text);
        self.variable("SALDO_CONFIG", path.to_str().unwrap())
    }

    /// Puts a file below the home.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn environment(&self) -> Vec<(&str, String)> {
        let below = |name: &str| self.path(name).to_string_lossy().into_owned();
        let mut variables = vec![
            ("HOME", below(".")),
            ("XDG_CONFIG_HOME", below("config")),
            ("XDG_CACHE_HOME", below("cache")),
            ("XDG_DATA_HOME", below("data")),
            ("TERM", "xterm-256color".to_owned()),
            ("COLORTERM", "truecolor".to_owned()),
        ];
        // A build with a ready DuckDB library finds it through these.
        let loader = ["LD_LIBRARY_PATH", "LD_PRELOAD"];
        variables.extend(loader.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?))));
        variables.extend(self.variables.iter().cloned());
        variables
    }

    /// The program without a terminal.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().envs(self.environment());
        command
    }

    /// The program on a terminal of this size.
    pub fn spawn(&self, arguments: &[&str], columns: u16, rows: u16) -> Terminal {
        self.spawn_program(env!("CARGO_BIN_EXE_saldo"), arguments, columns, rows)
    }

    pub fn spawn_program(&self, program: &str, arguments: &[&str], columns: u16, rows: u16) -> Terminal {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(self.folder.path());
        command.env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        let before = format!("{:?}", pair.master.get_termios());
        let line = pair.master.tty_name().unwrap();
        let modes = Command::new("stty").arg("-g").arg("-F").arg(line).output().unwrap().stdout;
        let modes = String::from_utf8(modes).unwrap().trim().to_owned();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Seen { parser: vt100::Parser::new(rows, columns, 0), bytes: Vec::new(), ended: false };
        let shared = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut buffer = [0; 1 << 14];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = theirs.0.lock().unwrap();
                seen.parser.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.ended = read == 0;
                theirs.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Terminal { child, master: pair.master, writer, shared, before, modes }
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// What has come from the program.
pub struct Seen {
    parser: vt100::Parser,
    pub bytes: Vec<u8>,
    ended: bool,
}

impl Seen {
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub fn text(&self) -> String {
        self.screen().contents()
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// The lines of the screen that contain a text.
    pub fn lines_with(&self, text: &str) -> Vec<String> {
        self.text().lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    /// Whether no frame is half drawn.
    fn is_whole(&self) -> bool {
        self.ended || self.bytes.ends_with(b"\x1b[?2026l")
    }
}

/// The program on its terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    shared: Arc<(Mutex<Seen>, Condvar)>,
    /// The modes of the line before the program began.
    before: String,
    /// The same as `stty` writes them.
    modes: String,
}

impl Terminal {
    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Types, if there is still somebody who reads.
    pub fn try_send(&mut self, keys: &str) {
        let _ = self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush());
    }

    /// Puts SQL at the cursor of the editor, from any other pane, and runs it.
    pub fn run_sql(&mut self, sql: &str) {
        self.send("2");
        self.send(sql);
        self.send(RUN);
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.seen().parser.screen_mut().set_size(rows, columns);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Another size for the program alone: what reads the screen back cannot do with every size.
    pub fn resize_unseen(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.shared.0.lock().unwrap()
    }

    /// Waits until what is on screen fits.
    #[track_caller]
    pub fn wait_until(&self, what: &str, fits: impl Fn(&Seen) -> bool) {
        let (seen, changed) = &*self.shared;
        let seen = seen.lock().unwrap();
        let lacks = |seen: &mut Seen| !(seen.ended || seen.is_whole() && fits(seen));
        let (seen, _) = changed.wait_timeout_while(seen, DEADLINE, lacks).unwrap();
        assert!(fits(&seen), "waited in vain for {what}; the screen is\n{}", seen.text());
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), |seen| seen.has(text));
    }

    /// Waits until no byte has come for so long.
    #[track_caller]
    pub fn wait_for_quiet(&self, quiet: Duration) {
        let start = Instant::now();
        while self.comes_within(quiet) {
            assert!(start.elapsed() < DEADLINE, "bytes never stop:\n{}", self.seen().text());
        }
    }

    /// Waits until the program has neither sent a byte nor worked for a while.
    #[track_caller]
    pub fn wait_for_idle(&self, quiet: Duration) {
        wait_until("an idle program", || {
            let before = self.ticks();
            !self.comes_within(quiet) && self.ticks() <= before + 1
        });
    }

    /// Whether a byte comes before the time is over.
    pub fn comes_within(&self, time: Duration) -> bool {
        let (seen, changed) = &*self.shared;
        let seen = seen.lock().unwrap();
        let count = seen.bytes.len();
        let (_seen, waited) =
            changed.wait_timeout_while(seen, time, |seen| seen.bytes.len() == count).unwrap();
        !waited.timed_out()
    }

    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.process().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Processor time that the program has used, in clock ticks (100 a second).
    pub fn ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap();
        let fields: Vec<_> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Waits until the program has ended, and all that it said has been read.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let (seen, changed) = &*self.shared;
        let (seen, _) =
            changed.wait_timeout_while(seen.lock().unwrap(), DEADLINE, |seen| !seen.ended).unwrap();
        assert!(seen.ended, "the program does not end; the screen is\n{}", seen.text());
        drop(seen);
        self.child.wait().unwrap()
    }

    /// Whether the explorer that was on screen has given it back.
    pub fn has_left(&self) -> bool {
        let seen = self.seen();
        seen.ended || !seen.screen().alternate_screen()
    }

    pub fn has_ended(&self) -> bool {
        self.seen().ended
    }

    /// How the program ended, if it does within this time.
    pub fn end_within(&mut self, time: Duration) -> Option<ExitStatus> {
        let (seen, changed) = &*self.shared;
        let (seen, _) = changed.wait_timeout_while(seen.lock().unwrap(), time, |seen| !seen.ended).unwrap();
        let ended = seen.ended;
        drop(seen);
        ended.then(|| self.child.wait().unwrap())
    }

    /// Whether a condition outside the terminal comes to hold within this time, or before the program ends.
    pub fn becomes(&self, time: Duration, mut holds: impl FnMut() -> bool) -> bool {
        let start = Instant::now();
        while start.elapsed() < time && !self.has_ended() {
            if holds() {
                return true;
            }
            self.comes_within(Duration::from_millis(20));
        }
        holds()
    }

    /// What a shell does whose program stopped: it takes the line as it was before, and writes.
    pub fn take_line(&self, words: &str) {
        let line = self.master.tty_name().unwrap();
        let status = Command::new("stty").arg("-F").arg(&line).arg(&self.modes).status();
        assert!(status.unwrap().success());
        fs::OpenOptions::new().write(true).open(line).unwrap().write_all(words.as_bytes()).unwrap();
    }

    /// The modes of the line, and whether they are those from before the program began.
    pub fn is_line_restored(&self) -> bool {
        format!("{:?}", self.master.get_termios()) == self.before
    }

    /// That the terminal is as it was: the screen, the cursor, pasting, the line.
    #[track_caller]
    pub fn assert_restored(&self) {
        let seen = self.seen();
        let screen = seen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was not left");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is on");
        assert!(self.is_line_restored(), "the line is still raw");
        let tail = String::from_utf8_lossy(&seen.bytes[seen.bytes.len().saturating_sub(24)..]).into_owned();
        assert!(tail.ends_with("\x1b[?2004l\x1b[?1049l\x1b[?25h"), "{tail:?}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a condition outside the terminal holds.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}
