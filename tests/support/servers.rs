//! The servers: installed and started once for all tests of a program, on ports of 127.0.0.1 that are free, gone with this
//! process. One of a test's own is gone with the [`Server`].

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// The one bucket of every server.
pub const BUCKET: &str = "lakes";
pub const USER: &str = "saldo-tests";
pub const PASSWORD: &str = "not-a-secret-at-all";

/// Where the servers' programs are; an empty path where this machine cannot run one. The script says what it cannot
/// install, and so does the test.
static PROGRAMS: LazyLock<BTreeMap<String, PathBuf>> = LazyLock::new(|| {
    let built = Path::new(env!("CARGO_BIN_EXE_saldo")).parent().unwrap().parent().unwrap();
    let output =
        Command::new(root().join("scripts/servers")).env("CARGO_TARGET_DIR", built).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "scripts/servers: {said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, path)| (name.into(), path.into()))
        .collect()
});

/// `MinIO`, with the bucket.
pub static MINIO: LazyLock<String> = LazyLock::new(|| {
    let data = scratch("minio");
    // A folder of its disk is a bucket.
    fs::create_dir_all(data.join(BUCKET)).unwrap();
    let mut command = program("minio");
    command.env("MINIO_ROOT_USER", USER).env("MINIO_ROOT_PASSWORD", PASSWORD).env("MINIO_BROWSER", "off");
    command.args(["server", "--quiet", "--address"]);
    let port = free_port();
    command.arg(format!("127.0.0.1:{port}")).arg(&data);
    Server::start(command, port, "/minio/health/live", " 200 ").kept()
});

/// ministack, with the bucket: S3, Glue and the other services of AWS.
pub static MINISTACK: LazyLock<String> = LazyLock::new(|| {
    let port = free_port();
    let mut command = program("ministack");
    command
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        // Services that would listen at ports of their own.
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .current_dir(scratch("ministack"));
    let url = Server::start(command, port, "/_ministack/health", " 200 ").kept();
    assert!(ask(&url, "PUT", &format!("/{BUCKET}"), "").contains(" 200 "));
    url
});

/// moto, whose answers a test scripts at `/moto-api`.
pub static MOTO: LazyLock<String> = LazyLock::new(|| {
    let port = free_port();
    let mut command = program("moto");
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    Server::start(command, port, "/moto-api/data.json", " 200 ").kept()
});

/// A real Trino over ministack's Glue and S3: 17 s until it answers, so one for all tests. None where there is no Java for
/// it, which is said aloud.
pub static TRINO: LazyLock<Option<String>> = LazyLock::new(|| {
    if PROGRAMS["trino"].as_os_str().is_empty() {
        // Past what keeps the words of tests that pass.
        let mut loud = std::io::stderr();
        loud.write_all(b"\nskipped: no Java 24+ for Trino, so nothing was asked of it or of Athena\n")
            .unwrap();
        return None;
    }
    let port = free_port();
    let mut command = running(root().join("tests/doubles/trino.sh"));
    command
        .args([&PROGRAMS["trino"], &PROGRAMS["java"]])
        .args([&port.to_string(), MINISTACK.as_str()])
        .arg(scratch("trino"));
    Some(Server::start(command, port, "/v1/info", "\"starting\":false").kept())
});

/// The double of Athena before that Trino: its work group `primary` puts results into `athena/` of the bucket.
pub static ATHENA: LazyLock<Option<String>> = LazyLock::new(|| {
    let output = format!("s3://{BUCKET}/athena/");
    TRINO
        .as_ref()
        .map(|trino| double("athena.py", &["--trino", trino, "--s3", &MINISTACK, "--output", &output]).kept())
});

/// The double of Redshift's Data API over ministack's Glue and S3.
pub static REDSHIFT: LazyLock<String> =
    LazyLock::new(|| double("redshift.py", &["--aws", &MINISTACK]).kept());

/// One over a lake's folder, which it shows as these external schemas.
pub fn redshift(lake: &Path, schemas: &[&str]) -> Server {
    let mut options = vec!["--lake", lake.to_str().unwrap()];
    options.extend(schemas.iter().flat_map(|schema| ["--schema", schema]));
    double("redshift.py", &options)
}

/// A fault maker of one test in front of a server, with its rules.
pub fn microburst(server: &str, rules: &str) -> Server {
    let port = free_port();
    let mut command = program("microburst");
    command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--upstream", server]);
    let faulty = Server::start(command, port, "/_microburst/health", " 200 ");
    let answer = ask(&faulty, "POST", "/_microburst/rules", rules);
    assert!(answer.contains(" 200 ") || answer.contains(" 201 "), "{answer}");
    faulty
}

/// What points a program at these servers: each service at its own, all others at ministack.
pub fn environment() -> Vec<(&'static str, String)> {
    let athena = ATHENA.as_ref().map(|url| ("AWS_ENDPOINT_URL_ATHENA", url.clone()));
    let mut all = vec![
        ("AWS_ENDPOINT_URL", MINISTACK.clone()),
        ("AWS_ENDPOINT_URL_REDSHIFT_DATA", REDSHIFT.clone()),
        ("AWS_REGION", "us-east-1".into()),
        ("AWS_ACCESS_KEY_ID", USER.into()),
        ("AWS_SECRET_ACCESS_KEY", PASSWORD.into()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
    ];
    all.extend(athena);
    all
}

/// One operation of an AWS service, `AmazonAthena.GetQueryExecution`: the status and the answer.
pub fn operate(url: &str, operation: &str, request: &Value) -> (u16, Value) {
    let call = ureq::post(url)
        .header("X-Amz-Target", operation)
        .header("Content-Type", "application/x-amz-json-1.1")
        // Unsigned, but of a service, which is how emulators of many tell whom it is for.
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/athena/aws4_request");
    let mut answer = call.config().http_status_as_error(false).build().send(request.to_string()).unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// One request without a signature, and the whole answer.
pub fn ask(url: &str, method: &str, path: &str, body: &str) -> String {
    let host = url.trim_start_matches("http://");
    // Whoever has just begun to listen may still refuse.
    let Ok(mut stream) = TcpStream::connect(host) else { return String::new() };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn program(name: &str) -> Command {
    running(&PROGRAMS[name])
}

/// The Python that the doubles run on.
pub fn python() -> Command {
    Command::new(&PROGRAMS["python"])
}

/// One of our own doubles.
fn double(file: &str, options: &[&str]) -> Server {
    let port = free_port();
    let mut command = program("python");
    command.arg("-B").arg(root().join("tests/doubles").join(file));
    command.args(["--port", &port.to_string()]).args(options);
    Server::start(command, port, "/_health", " 200 ")
}

fn running(program: impl AsRef<Path>) -> Command {
    // The shell kills the server when its own input ends, which is when this process does, however that comes about.
    let mut command = Command::new("sh");
    command.args(["-c", "\"$@\" </dev/null & child=$!; cat >/dev/null; kill -9 $child", "sh"]);
    command.arg(program.as_ref());
    command
}

/// A server that runs until this is dropped. It reads as its address.
pub struct Server {
    url: String,
    shell: Child,
}

impl Server {
    /// Waits until the answer of a path holds a text.
    fn start(mut command: Command, port: u16, health: &str, ready: &str) -> Self {
        let shell =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { url: format!("http://127.0.0.1:{port}"), shell };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(5) {
            if TcpStream::connect(("127.0.0.1", port)).is_ok()
                && ask(&server, "GET", health, "").contains(ready)
            {
                return server;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no answer at {}{health}", server.url)
    }

    /// For as long as this process lives.
    fn kept(self) -> String {
        let url = self.url.clone();
        std::mem::forget(self);
        url
    }
}

impl Deref for Server {
    type Target = str;

    fn deref(&self) -> &str {
        &self.url
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
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
