//! The servers: installed and started once for all tests, on ports of 127.0.0.1 that are free, gone with this process.
//! Tests of Spark read and write `MinIO` too.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The one bucket of every server.
pub const BUCKET: &str = "lakes";
pub const USER: &str = "saldo-tests";
pub const PASSWORD: &str = "not-a-secret-at-all";

/// Where the servers' programs are. The script says what it cannot install, and so does the test.
static PROGRAMS: LazyLock<BTreeMap<String, PathBuf>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Path::new(env!("CARGO_BIN_EXE_saldo")).parent().unwrap().parent().unwrap();
    let output = Command::new(root.join("scripts/servers")).env("CARGO_TARGET_DIR", built).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "scripts/servers: {said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, path)| (name.into(), path.into()))
        .collect()
});

/// `MinIO`, with the bucket.
pub static MINIO: LazyLock<String> = LazyLock::new(|| {
    let port = free_port();
    let data = scratch("minio");
    // A folder of its disk is a bucket.
    fs::create_dir_all(data.join(BUCKET)).unwrap();
    let mut command = program("minio");
    command.args(["server", "--quiet", "--address", &format!("127.0.0.1:{port}")]).arg(&data);
    command.env("MINIO_ROOT_USER", USER).env("MINIO_ROOT_PASSWORD", PASSWORD).env("MINIO_BROWSER", "off");
    start(command, port, "/minio/health/live")
});

/// ministack, with the bucket.
pub static MINISTACK: LazyLock<String> = LazyLock::new(|| {
    let port = free_port();
    let mut command = program("ministack");
    command
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .current_dir(scratch("ministack"));
    let url = start(command, port, "/_ministack/health");
    assert!(ask(&url, "PUT", &format!("/{BUCKET}"), "").contains(" 200 "));
    url
});

/// A fault maker of one test in front of ministack, with its rules.
pub fn microburst(rules: &str) -> String {
    let port = free_port();
    let mut command = program("microburst");
    command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--upstream", &MINISTACK]);
    let url = start(command, port, "/_microburst/health");
    let answer = ask(&url, "POST", "/_microburst/rules", rules);
    assert!(answer.contains(" 200 ") || answer.contains(" 201 "), "{answer}");
    url
}

/// One request without a signature, and the whole answer.
pub fn ask(url: &str, method: &str, path: &str, body: &str) -> String {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn program(name: &str) -> Command {
    // The shell kills the server when its own input ends, which is when this process does, however that comes about.
    let mut command = Command::new("sh");
    command.args(["-c", "\"$@\" </dev/null & child=$!; cat >/dev/null; kill -9 $child", "sh"]);
    command.arg(&PROGRAMS[name]);
    command
}

#[expect(clippy::zombie_processes, reason = "it ends with this process")]
fn start(mut command: Command, port: u16, health: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Held open for as long as this process lives.
    std::mem::forget(child.stdin.take());
    let url = format!("http://127.0.0.1:{port}");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(1) {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() && ask(&url, "GET", health, "").contains(" 200 ") {
            return url;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no answer at {url}{health}")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder of a server, below the build's own and of one test program; made anew.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}
