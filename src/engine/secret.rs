//! A secret that another program keeps and prints: `pass`, `secret-tool`, `op`.

use std::io::{Read, Result};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// So long a keyring may take, which perhaps asks the person in a window of its own.
const PATIENCE: Duration = Duration::from_mins(1);
/// No secret is longer.
const LONGEST: u64 = 64 << 10;

/// The first line that a command prints; it is run as it stands, by no shell, and gets no terminal's keys.
///
/// # Errors
/// A sentence where it cannot be started, fails, prints nothing or does not end in time. What it printed is not in it.
pub fn printed(command: &[String]) -> std::result::Result<String, String> {
    printed_within(command, PATIENCE)
}

fn printed_within(command: &[String], patience: Duration) -> std::result::Result<String, String> {
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
    let (sender, came) = channel();
    let (out, said) = (child.stdout.take(), child.stderr.take());
    thread::spawn(move || {
        let said = thread::spawn(move || read(said));
        let out = read(out);
        let _ = sender.send((out, said.join()));
    });
    let Ok((out, said)) = came.recv_timeout(patience) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(&format!("did not end within {} s", patience.as_secs())));
    };
    let status = child.wait().map_err(|error| failed(&format!("cannot be waited for: {error}")))?;
    if !status.success() {
        let said = said.ok().and_then(std::result::Result::ok).unwrap_or_default();
        let line = said.lines().map(str::trim).rfind(|line| !line.is_empty());
        return Err(failed(
            &line.map_or_else(|| format!("failed: {status}"), |line| format!("failed: {line}")),
        ));
    }
    let out = out.map_err(|_| failed("printed no text"))?;
    let line = out.lines().next().unwrap_or_default();
    if line.is_empty() { Err(failed("printed nothing")) } else { Ok(line.to_owned()) }
}

fn read(from: Option<impl Read>) -> Result<String> {
    let mut text = String::new();
    if let Some(from) = from {
        from.take(LONGEST).read_to_string(&mut text)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> std::result::Result<String, String> {
        printed(&["sh".to_owned(), "-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn the_first_line_is_the_secret_and_a_failure_tells_none() {
        assert_eq!(run("printf 'p w\\r\\nmore\\n'").as_deref(), Ok("p w"));
        assert_eq!(run("printf secret").as_deref(), Ok("secret"));
        assert!(run("read -r line || printf 'no keys'").is_ok_and(|text| text == "no keys"));
        let error = run("echo pw-4711; echo 'gpg: no such key' >&2; exit 2").unwrap_err();
        assert!(error.contains("gpg: no such key") && !error.contains("4711"), "{error}");
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
