//! Between the program and a server: notes every request, counts what is answered, cuts answers off, and can kill or interrupt
//! the program at a request.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request: `PUT`, `COPY`, `GET`, …, and the path with its query.
pub type Request = (String, String);

/// When the program is killed: at the nth request of that kind whose path contains a text.
#[derive(Debug, Clone, Copy)]
pub struct Kill {
    pub method: &'static str,
    pub path: &'static str,
    pub nth: usize,
    /// Whether the server gets the request before.
    pub after: bool,
}

pub struct Proxy {
    pub url: String,
    state: Arc<State>,
}

struct State {
    server: String,
    seen: Mutex<Vec<Request>>,
    kill: Mutex<Option<(Kill, u32)>>,
    /// The process that Ctrl-C comes to at a request of that kind whose path contains a text.
    press: Mutex<Option<(Request, u32)>>,
    /// The request of that kind whose path contains a text, of which the answer is lost.
    lost: Mutex<Option<Request>>,
    down: AtomicBool,
    /// Objects and parts that were put without their SHA-256.
    unchecked: AtomicU64,
    /// Bytes of answers to GET, without their heads.
    read: AtomicU64,
    /// After how many bytes the next answers to GET are cut off.
    cuts: Mutex<Vec<usize>>,
}

impl Proxy {
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            server: server.trim_start_matches("http://").into(),
            seen: Mutex::default(),
            kill: Mutex::default(),
            press: Mutex::default(),
            lost: Mutex::default(),
            down: AtomicBool::new(false),
            unchecked: AtomicU64::new(0),
            read: AtomicU64::new(0),
            cuts: Mutex::default(),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { url, state }
    }

    /// The requests so far; they are forgotten.
    pub fn seen(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.seen.lock().unwrap())
    }

    /// Those that change something.
    pub fn writes(&self) -> Vec<Request> {
        self.seen().into_iter().filter(|(method, _)| !matches!(method.as_str(), "GET" | "HEAD")).collect()
    }

    pub fn kill(&self, kill: Kill, process: u32) {
        *self.state.kill.lock().unwrap() = Some((kill, process));
    }

    /// Whether the kill took place.
    pub fn has_killed(&self) -> bool {
        self.state.kill.lock().unwrap().is_none()
    }

    /// Lets Ctrl-C come to a process at a request, which is answered only when that has come.
    pub fn press(&self, method: &str, path: &str, process: u32) {
        *self.state.press.lock().unwrap() = Some(((method.into(), path.into()), process));
    }

    /// Whether Ctrl-C came.
    pub fn has_pressed(&self) -> bool {
        self.state.press.lock().unwrap().is_none()
    }

    /// Lets the server do what the next such request asks, and loses its answer.
    pub fn lose(&self, method: &str, path: &str) {
        *self.state.lost.lock().unwrap() = Some((method.into(), path.into()));
    }

    /// Whether an answer was lost.
    pub fn has_lost(&self) -> bool {
        self.state.lost.lock().unwrap().is_none()
    }

    /// Objects and parts that were put without their SHA-256, by which the server would know that they came whole, and which it
    /// keeps.
    pub fn unchecked(&self) -> u64 {
        self.state.unchecked.load(Ordering::SeqCst)
    }

    /// Bytes of what was got since it was asked last, heads not counted.
    pub fn read(&self) -> u64 {
        self.state.read.swap(0, Ordering::SeqCst)
    }

    /// Cuts off as many of the next answers to GET that are longer than that, after so many bytes each.
    pub fn cut(&self, after: &[usize]) {
        self.state.cuts.lock().unwrap().extend(after);
    }

    /// Cuts that did not take place yet.
    pub fn uncut(&self) -> usize {
        self.state.cuts.lock().unwrap().len()
    }

    /// From now on every connection is reset, as if there were no network.
    pub fn go_down(&self) {
        self.state.down.store(true, Ordering::SeqCst);
    }
}

/// One request a connection: the answer says so, and the program opens another.
fn serve(stream: TcpStream, state: &State) {
    // A connection that the killed program left is no failure.
    let _ = forward(stream, state);
}

fn forward(mut client: TcpStream, state: &State) -> io::Result<()> {
    if state.down.load(Ordering::SeqCst) {
        return client.shutdown(Shutdown::Both);
    }
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = head.split(' ');
    let method = if header("x-amz-copy-source").is_some() { "COPY" } else { words.next().unwrap() };
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let is_unchecked = method == "PUT" && header("x-amz-checksum-sha256").is_none();
    state.unchecked.fetch_add(is_unchecked.into(), Ordering::SeqCst);
    let due = is_due(state, method, &path);
    if let Some((process, false)) = due {
        end(process);
        return Ok(());
    }
    let is_meant =
        |((of, part), _): &mut (Request, u32)| method == of.as_str() && path.contains(part.as_str());
    if let Some((_, process)) = state.press.lock().unwrap().take_if(is_meant) {
        signal("INT", process);
        thread::sleep(Duration::from_millis(500));
    }
    let mut server = TcpStream::connect(&state.server)?;
    let (first, rest) = head.split_once("\r\n").unwrap();
    let kept =
        rest.split_inclusive("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let rest: String = kept.collect();
    write!(server, "{first}\r\nConnection: close\r\n{rest}")?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    // A server that resets the connection has sent what it has sent.
    let _ = server.read_to_end(&mut answer);
    let is_lost = |(of, part): &mut Request| method == of.as_str() && path.contains(part.as_str());
    if state.lost.lock().unwrap().take_if(is_lost).is_some() {
        return client.shutdown(Shutdown::Both);
    }
    let mut answer = with_length(answer);
    if method == "GET" {
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        let mut cuts = state.cuts.lock().unwrap();
        if let Some(after) = cuts.pop_if(|after| head + *after < answer.len()) {
            answer.truncate(head + after);
        }
        state.read.fetch_add((answer.len() - head) as u64, Ordering::SeqCst);
    }
    if let Some((process, true)) = due {
        end(process);
    }
    client.write_all(&answer)?;
    client.shutdown(Shutdown::Write)
}

/// An answer in chunks as one with a length, as S3 gives it; one that was cut off says a length that it does not have.
fn with_length(answer: Vec<u8>) -> Vec<u8> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return answer };
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let is_chunked = |line: &str| line.eq_ignore_ascii_case("transfer-encoding: chunked");
    if !head.lines().any(is_chunked) {
        return answer;
    }
    let (mut body, mut rest, mut missing) = (Vec::new(), &answer[end + 4..], 1);
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..line]), 16).unwrap();
        let chunk = &rest[line + 2..];
        if size == 0 {
            missing = 0;
            break;
        }
        body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        rest = chunk.get(size + 2..).unwrap_or_default();
    }
    // The length of what was cut off is not known here; without an ETag nobody resumes by it, and all is read again.
    let is_etag = |line: &str| missing > 0 && line.to_ascii_lowercase().starts_with("etag:");
    let kept = head.lines().filter(|line| !is_chunked(line) && !is_etag(line));
    let head = kept.collect::<Vec<_>>().join("\r\n");
    let length = body.len() + missing;
    [format!("{head}\r\nContent-Length: {length}\r\n\r\n").as_bytes(), &body].concat()
}

/// Notes the request; the process to kill at it, and whether after the server's answer.
fn is_due(state: &State, method: &str, path: &str) -> Option<(u32, bool)> {
    let mut seen = state.seen.lock().unwrap();
    seen.push((method.into(), path.into()));
    let mut kill = state.kill.lock().unwrap();
    let (wanted, process) = (*kill)?;
    let is_wanted = |(method, path): &&Request| method == wanted.method && path.contains(wanted.path);
    let this =
        is_wanted(seen.last().as_ref().unwrap()) && seen.iter().filter(is_wanted).count() == wanted.nth;
    this.then(|| *kill = None)?;
    Some((process, wanted.after))
}

fn end(process: u32) {
    signal("KILL", process);
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.unwrap().success());
}
