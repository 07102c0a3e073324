//! A secret that another program keeps and prints: `pass`, `secret-tool`, `op`.

use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// So long a keyring may take, which perhaps asks the person in a window of its own.
const PATIENCE: Duration = Duration::from_mins(1);
/// So long may what it printed take to come once it has ended.
const GRACE: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(20);
/// No secret is longer.
const LONGEST: usize = 64 << 10;

/// The first line that a command prints; it is run as it stands, by no shell, and gets no terminal's keys.
///
/// # Errors
/// A sentence where it cannot be started, fails, prints nothing or does not end in time. What it printed is not in it.
pub fn printed(command: &[String]) -> Result<String, String> {
    printed_within(command, PATIENCE)
}

fn printed_within(command: &[String], patience: Duration) -> Result<String, String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let failed = |why: &str| format!("`{program}` {why}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // It is stopped as a whole, and Ctrl-C is not for it.
        .process_group(0)
        .spawn()
        .map_err(|error| failed(&format!("cannot be started: {error}")))?;
    let (out, said) = (Printed::of(child.stdout.take()), Printed::of(child.stderr.take()));
    let began = Instant::now();
    let status = loop {
        let ended = child.try_wait().map_err(|error| failed(&format!("cannot be waited for: {error}")))?;
        if let Some(status) = ended {
            break status;
        }
        if began.elapsed() >= patience {
            stop(&mut child);
            return Err(failed(&format!("did not end within {} s", patience.as_secs())));
        }
        thread::sleep(LOOK);
    };
    let (out, said) = (out.taken(), said.taken());
    if !status.success() {
        let said = String::from_utf8(said).unwrap_or_default();
        let line = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        return Err(failed(
            &line.map_or_else(|| format!("failed: {status}"), |line| format!("failed: {line}")),
        ));
    }
    let out = String::from_utf8(out).map_err(|_| failed("printed no text"))?;
    let line = out.lines().next().unwrap_or_default();
    if line.is_empty() { Err(failed("printed nothing")) } else { Ok(line.to_owned()) }
}

/// Ends a command and all that it started.
fn stop(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    let _ = child.kill();
    let _ = child.wait();
}

/// What a command prints, while it prints.
struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Printed {
    fn of(from: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let to = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut some = [0; 512];
            let Some(mut from) = from else { return };
            while let Ok(read @ 1..) = from.read(&mut some) {
                let mut bytes = to.lock().unwrap_or_else(PoisonError::into_inner);
                let room = LONGEST.saturating_sub(bytes.len()).min(read);
                bytes.extend_from_slice(&some[..room]);
            }
        });
        Self { bytes, reader }
    }

    /// All of it once the command has ended. What it started and left, as an agent, may hold the pipe open for longer.
    fn taken(self) -> Vec<u8> {
        let ended = Instant::now();
        while !self.reader.is_finished() && ended.elapsed() < GRACE {
            thread::sleep(LOOK);
        }
        std::mem::take(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> Result<String, String> {
        printed(&["sh".to_owned(), "-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn the_first_line_is_the_secret_and_a_failure_tells_none() {
        assert_eq!(run("printf 'p w\\r\\nmore\\n'").as_deref(), Ok("p w"));
        assert_eq!(run("printf secret").as_deref(), Ok("secret"));
        assert!(run("read -r line || printf 'no keys'").is_ok_and(|text| text == "no keys"));
        let error = run("echo pw-4711; echo 'gpg: no such key' >&2; exit 2").unwrap_err();
        assert!(error.contains("gpg: no such key") && !error.contains("4711"), "{error}");
        let began = Instant::now();
        assert_eq!(run("sleep 90 & echo pw").as_deref(), Ok("pw"), "an agent that stays is not waited for");
        assert!(began.elapsed() < PATIENCE);
        assert!(run("true").unwrap_err().contains("printed nothing"));
        assert!(run(r"printf '\377'").unwrap_err().contains("no text"));
        assert!(printed(&[]).is_err());
        assert!(printed(&["/nonexistent/pass".to_owned()]).unwrap_err().contains("cannot be started"));
    }

    #[test]
    fn a_command_that_never_ends_is_stopped() {
        let command = ["sleep".to_owned(), "1000".to_owned()];
        let error = printed_within(&command, Duration::ZERO).unwrap_err();
        assert!(error.contains("did not end"), "{error}");
    }
}
