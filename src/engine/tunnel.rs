//! A way to a server that only another machine can reach: the system's `ssh` passes on what is sent to a port here.
//!
//! ```text
//! program ─► 127.0.0.1:PORT ─► ssh ═══ bastion ─► host:port
//! ```
//! Keys, host keys and names of machines are those of the person's own ssh; it asks for nothing, since nobody sees it. It
//! ends with the program, however that ends: a shell waits beside it for the end of its own input.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{EngineError, ErrorKind};

/// So long may ssh take until the way is open.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(30);
/// Bytes that are kept of what ssh says.
const SAID: usize = 4 << 10;
/// Ports that are tried: another program may take one before ssh does.
const PORTS: usize = 3;

/// Runs what it is given until that ends, or until nobody holds its own input any more.
const BESIDE: &str = r#"exec 3<&0; "$@" </dev/null & ssh=$!; { read -r _ <&3; kill "$ssh"; } >/dev/null 2>&1 & waits=$!; wait "$ssh"; how=$?; kill "$waits" 2>/dev/null; exit $how"#;

/// What ssh is told beside the way: one connection of its own, that asks nothing and says when it is broken. It runs the local
/// command once it listens: before that any program may answer at the port.
const OPTIONS: [&str; 8] = [
    "BatchMode=yes",
    "ExitOnForwardFailure=yes",
    "ControlMaster=no",
    "ControlPath=none",
    "ServerAliveInterval=15",
    "ConnectTimeout=15",
    "PermitLocalCommand=yes",
    "LocalCommand=echo listens",
];

/// The way through one machine to a port of another one. Nobody is asked until it is needed.
#[derive(Debug)]
pub struct Tunnel {
    /// As ssh is given it: `user@bastion`, or a name of its configuration.
    through: String,
    host: String,
    port: u16,
    /// The program that is run.
    ssh: PathBuf,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    child: Child,
    /// The port here.
    port: u16,
}

impl Tunnel {
    /// The way to a port of a host through a machine.
    ///
    /// # Errors
    /// When the machine's name would be taken for an option of ssh.
    pub fn new(through: &str, host: &str, port: u16) -> Result<Self, EngineError> {
        if through.is_empty() || through.starts_with('-') || through.chars().any(char::is_whitespace) {
            let message = format!("{through:?} is no machine that ssh can log in to");
            return Err(EngineError::new(ErrorKind::Other, message)
                .with_hint("write `tunnel = \"user@bastion\"`, or a name of ~/.ssh/config"));
        }
        Ok(Self {
            through: through.into(),
            host: host.into(),
            port,
            ssh: "ssh".into(),
            open: Mutex::default(),
        })
    }

    /// The address here that leads there; ssh is started where it does not run, or no longer.
    ///
    /// # Errors
    /// When ssh cannot be started, ends, or opens no way in time, with what it said.
    pub fn address(&self) -> Result<SocketAddr, EngineError> {
        let mut open = self.lock();
        if let Some(Open { child, port }) = open.as_mut()
            && matches!(child.try_wait(), Ok(None))
        {
            return Ok(here(*port));
        }
        *open = None;
        for attempt in 1..=PORTS {
            match self.start() {
                Ok(started) => {
                    let port = started.port;
                    *open = Some(started);
                    return Ok(here(port));
                }
                Err((true, _)) if attempt < PORTS => {}
                Err((_, error)) => return Err(error),
            }
        }
        Err(self.failed("no port here is free"))
    }

    /// The address where the way is open already.
    pub fn open_address(&self) -> Option<SocketAddr> {
        self.lock().as_ref().map(|open| here(open.port))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts ssh and waits until it says that it listens; says whether another port is worth a try.
    fn start(&self) -> Result<Open, (bool, EngineError)> {
        let failed = |why: &str| (false, self.failed(why));
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| failed(&format!("no port here is free: {error}")))?.port();
        let mut command = Command::new("sh");
        command.args(["-c", BESIDE, "sh"]).arg(&self.ssh).args(["-N", "-T"]);
        command.args(OPTIONS.iter().flat_map(|option| ["-o", option]));
        // The brackets are for an IPv6 address.
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        command.arg("-L").arg(format!("127.0.0.1:{port}:{host}:{}", self.port));
        command.args(["--", &self.through]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is for the program, which still has something to say to the server then.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| failed(&format!("it cannot be started: {error}")))?;
        let said = listen(child.stderr.take());
        let listens = first_byte(child.stdout.take());
        let began = Instant::now();
        loop {
            match listens.recv_timeout(LOOK) {
                Ok(()) if matches!(child.try_wait(), Ok(None)) => return Ok(Open { child, port }),
                // It has ended, or is about to.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
                _ => {}
            }
            if !matches!(child.try_wait(), Ok(None)) {
                end(&mut child);
                let words = said.join().unwrap_or_default();
                let is_taken =
                    words.contains("cannot listen to port") || words.contains("Address already in use");
                return Err((is_taken, self.failed(last_line(&words).unwrap_or("it ended without a word"))));
            }
            if began.elapsed() > PATIENCE {
                end(&mut child);
                return Err(failed(&format!("the way was not open after {} s", PATIENCE.as_secs())));
            }
        }
    }

    fn failed(&self, why: &str) -> EngineError {
        let message = format!("ssh to {} failed: {why}", self.through);
        EngineError::new(ErrorKind::Unreachable, message).with_hint(format!(
            "`ssh {}` must work without a question: see `tunnel` of the target",
            self.through
        ))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends ssh by ending its shell's input, and waits for both.
fn end(child: &mut Child) {
    drop(child.stdin.take());
    let _ = child.wait();
}

fn here(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Reads what ssh says as long as it says something, so that it never waits for a reader; the last of it is kept.
fn listen(said: Option<ChildStderr>) -> JoinHandle<String> {
    thread::spawn(move || {
        let (mut kept, mut some) = (Vec::new(), [0; 512]);
        if let Some(mut said) = said {
            while let Ok(read @ 1..) = said.read(&mut some) {
                kept.extend_from_slice(&some[..read]);
                kept.drain(..kept.len().saturating_sub(SAID));
            }
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

/// Says when the first byte has come, and reads on, so that nobody waits for a reader.
fn first_byte(from: Option<ChildStdout>) -> Receiver<()> {
    let (sender, came) = channel();
    thread::spawn(move || {
        let mut some = [0; 512];
        if let Some(mut from) = from {
            while let Ok(1..) = from.read(&mut some) {
                let _ = sender.send(());
            }
        }
    });
    came
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::net::TcpStream;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    /// An ssh that passes on what it is told to, and writes down who asked and that it ended.
    const PASSES_ON: &str = include_str!("../../tests/doubles/ssh.py");

    fn tunnel(folder: &Path, script: &str, port: u16) -> Tunnel {
        let ssh = folder.join("ssh");
        fs::write(&ssh, script).unwrap();
        fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
        Tunnel { ssh, ..Tunnel::new("ana@bastion", "127.0.0.1", port).unwrap() }
    }

    /// Waits for a text in what the script writes down.
    fn noted(folder: &Path, text: &str) -> String {
        let began = Instant::now();
        loop {
            let note = fs::read_to_string(folder.join("note")).unwrap_or_default();
            if note.contains(text) || began.elapsed() > PATIENCE {
                return note;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn what_is_sent_here_arrives_there_and_ssh_ends_with_the_program() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in server.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || {
                    let mut asked = [0; 4];
                    if stream.read_exact(&mut asked).is_ok() {
                        stream.write_all(b"pong").unwrap();
                    }
                });
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let tunnel = tunnel(folder.path(), PASSES_ON, port);
        assert_eq!(tunnel.open_address(), None, "nobody is asked before it is needed");
        let address = tunnel.address().unwrap();
        let ask = || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(b"ping").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        assert_eq!((ask().as_str(), ask().as_str()), ("pong", "pong"));
        assert_eq!(tunnel.address().unwrap(), address, "one ssh for all");
        assert_eq!(noted(folder.path(), "ana"), "-- ana@bastion True\n");
        drop(tunnel);
        assert!(noted(folder.path(), "ended").ends_with("ended\n"));
        assert!(TcpStream::connect(address).is_err());
    }

    #[test]
    fn an_ssh_that_ends_is_started_again_and_one_that_refuses_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let refuses = "#!/bin/sh\necho 'Warning: added a key' >&2\necho 'ana@bastion: Permission denied (publickey).' >&2\nexit 255\n";
        let refused = tunnel(folder.path(), refuses, 1);
        let error = refused.address().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable);
        assert!(error.message.contains("Permission denied (publickey)"), "{}", error.message);
        assert!(error.hint.is_some_and(|hint| hint.contains("ssh ana@bastion")));
        // The same one once the person has mended it.
        fs::write(&refused.ssh, PASSES_ON).unwrap();
        TcpStream::connect(refused.address().unwrap()).unwrap();
        end(&mut refused.lock().as_mut().unwrap().child);
        TcpStream::connect(refused.address().unwrap()).unwrap();
        // It may have got the port of the one before.
        assert_eq!(noted(folder.path(), "ended").matches("ana@bastion").count(), 2);
        let lacking =
            Tunnel { ssh: folder.path().join("none"), ..Tunnel::new("bastion", "host", 1).unwrap() };
        assert!(lacking.address().unwrap_err().message.contains("ssh to bastion failed"));
    }

    #[test]
    fn another_program_that_answers_at_the_port_is_not_taken_for_ssh() {
        let folder = tempfile::tempdir().unwrap();
        let another = PASSES_ON
            .replace("os.system(", "len(")
            .replace("while True:", "import time; time.sleep(1)\nsys.exit('logged out')\nwhile True:");
        let error = tunnel(folder.path(), &another, 1).address().unwrap_err();
        assert!(error.message.contains("logged out"), "{}", error.message);
    }

    #[test]
    fn a_machine_is_no_option_of_ssh() {
        for wrong in ["", "-oProxyCommand=touch /tmp/x", "a b"] {
            assert!(Tunnel::new(wrong, "host", 1).is_err(), "{wrong:?}");
        }
    }
}
