//! A double of the rate sources on this machine: it answers as a test says and remembers what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// One request: its path with the query, its headers and its body as sent, and how often the path was asked before.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub head: String,
    #[allow(dead_code, reason = "rates are asked for without one")]
    pub body: String,
    pub before: usize,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.split_once(':').map(|(name, _)| name.to_ascii_lowercase());
        let line = self.head.lines().find(|line| of(line).as_deref() == Some(name))?;
        Some(line.split_once(':')?.1.trim())
    }
}

pub enum Answer {
    /// Status, headers, body.
    Http(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Fewer bytes than the length says.
    Cut(Vec<u8>),
    /// No byte until the client is gone.
    Hang,
}

pub fn ok(body: impl Into<Vec<u8>>) -> Answer {
    Answer::Http(200, Vec::new(), body.into())
}

pub fn status(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer::Http(status, Vec::new(), body.into())
}

/// An error as Open Exchange Rates words it.
pub fn error(code: u16, message: &str, description: &str) -> Answer {
    let body = format!(
        r#"{{"error": true, "status": {code}, "message": "{message}", "description": "{description}"}}"#
    );
    status(code, body)
}

pub struct Double {
    pub url: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Double {
    pub fn new(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (kept, answer) = (log.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (kept.clone(), answer.clone());
                thread::spawn(move || serve(stream, &kept, &*answer));
            }
        });
        Self { url, log }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// How often each path was asked.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for request in self.requests() {
            *counts.entry(request.path).or_default() += 1;
        }
        counts
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8(body).unwrap();
    let request = {
        let mut log = log.lock().unwrap();
        let before = log.iter().filter(|known| known.path == path).count();
        log.push(Request { path, head, body, before });
        log.last().unwrap().clone()
    };
    let sent = match answer(&request) {
        Answer::Http(status, headers, body) => {
            let length = body.len();
            let mut head =
                format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n");
            for (name, value) in headers {
                head.extend([name, ": ", &value, "\r\n"]);
            }
            head.push_str("\r\n");
            stream.write_all(&[head.into_bytes(), body].concat())
        }
        Answer::Cut(body) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len() + 100);
            stream.write_all(&[head.into_bytes(), body].concat())
        }
        Answer::Hang => {
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
    };
    // A client that has gone has what it wanted.
    drop(sent);
}
