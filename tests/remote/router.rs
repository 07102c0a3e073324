//! One address for all services of AWS: Athena's requests go to its double, all others to the emulator.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// The address; `athena` and `others` are those behind it.
pub fn before(athena: &str, others: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bare = |url: &str| url.trim_start_matches("http://").to_owned();
    let (athena, others) = (bare(athena), bare(others));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (athena, others) = (athena.clone(), others.clone());
            thread::spawn(move || drop(pass(stream, &athena, &others)));
        }
    });
    url
}

/// One request and its answer; a connection carries no more.
fn pass(client: TcpStream, athena: &str, others: &str) -> io::Result<()> {
    let mut from = BufReader::new(client.try_clone()?);
    let head = head(&mut from)?;
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: u64 = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    let is_athena = lower.contains("\r\nx-amz-target: amazonathena.");
    let mut server = TcpStream::connect(if is_athena { athena } else { others })?;
    // The fault maker announces chunks where there is no body, and sends none.
    let whole = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("transfer-encoding:"));
    server.write_all(closing(&whole.collect::<Vec<_>>().join("\r\n")).as_bytes())?;
    io::copy(&mut from.by_ref().take(length), &mut server)?;
    let (mut answer, mut client) = (BufReader::new(server), client);
    let answered = self::head(&mut answer)?;
    client.write_all(closing(&answered).as_bytes())?;
    io::copy(&mut answer, &mut client)?;
    Ok(())
}

fn head(from: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn closing(head: &str) -> String {
    let kept = head.trim_end().lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    kept.chain(["Connection: close", "", ""]).collect::<Vec<_>>().join("\r\n")
}
