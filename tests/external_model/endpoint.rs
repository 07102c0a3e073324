//! An endpoint of SageMaker, played by a server on this machine.
//!
//! The asking side runs in a process of its own, because credentials come from the environment.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use saldo::external_model::Model;
use saldo::forecast::{Options, external_model};
use saldo::lake::place::AwsOptions;
use sha2::{Digest, Sha256};

use crate::generate::salary_account;

const SECRET: &str = "a secret that only tests know";

/// A request as it came.
struct Request {
    line: String,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Self {
        let mut lines = BufReader::new(stream);
        let mut next = || {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let line = next();
        let headers: Vec<(String, String)> =
            std::iter::from_fn(|| Some(next()).filter(|line| !line.is_empty()))
                .map(|line| {
                    line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.into())).unwrap()
                })
                .collect();
        let mut request = Self { line, headers, body: Vec::new() };
        request.body = vec![0; request.header("content-length").parse().unwrap()];
        lines.read_exact(&mut request.body).unwrap();
        request
    }

    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|header| header.0 == name).unwrap().1
    }

    /// What the signature must be: AWS Signature Version 4, from the request as it arrived.
    fn signature(&self) -> String {
        let signed = self.header("authorization").split_once("SignedHeaders=").unwrap().1;
        let signed = signed.split_once(',').unwrap().0;
        let headers: Vec<_> = signed.split(';').map(|name| format!("{name}:{}", self.header(name))).collect();
        let headers = headers.join("\n");
        let path = self.line.split(' ').nth(1).unwrap();
        let canonical =
            format!("POST\n{path}\n\n{headers}\n\n{signed}\n{}", hex(&Sha256::digest(&self.body)));
        let time = self.header("x-amz-date");
        let scope = format!("{}/eu-west-1/sagemaker/aws4_request", &time[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let first = format!("AWS4{SECRET}").into_bytes();
        let key = scope.split('/').fold(first, |key, part| hmac(&key, part.as_bytes()));
        hex(&hmac(&key, text.as_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// RFC 2104, for keys of at most a block.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// Status and body of an answer to rows.
type Answer = fn(&[Vec<f64>]) -> Option<(u16, String)>;

/// Answers each request as told; nothing for one that gets no answer.
fn server(answer: Answer) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = Request::read(&stream);
            let rows = std::str::from_utf8(&request.body).unwrap().lines();
            let rows: Vec<Vec<f64>> =
                rows.map(|row| row.split(',').map(|number| number.parse().unwrap()).collect()).collect();
            sender.send(request).unwrap();
            if let Some((status, text)) = answer(&rows) {
                let head =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}", text.len());
                write!(stream, "{head}\r\n\r\n{text}").unwrap();
            }
            open.push(stream);
        }
    });
    (url, requests)
}

/// What the asking side says: the first points of two forecasts, or why there is none.
fn asked(url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let card = folder.path().join("model.json");
    let training = r#""training": {"first": "2015-01-01", "last": "2015-06-30"}"#;
    std::fs::write(&card, format!(r#"{{"features": ["lag_1", "dow"], "target": "level", {training}}}"#))
        .unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "endpoint::the_asking_side", "--ignored", "--nocapture"])
        .env_clear()
        .env("HOME", folder.path())
        .env("AWS_ACCESS_KEY_ID", "an-identity")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", url)
        .env("CARD", card)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.lines().filter_map(|line| line.strip_prefix("said: "));
    said.collect::<Vec<_>>().join("\n")
}

#[test]
#[ignore = "the other tests start it, with an endpoint"]
fn the_asking_side() {
    let model = Model::open("sagemaker:balances-7", Some(&env::var("CARD").unwrap()), &AwsOptions::default())
        .unwrap();
    let account = salary_account(5, 200);
    for _ in 0..2 {
        match model.ask(|predictor| external_model::forecast(&account, 3, &Options::default(), predictor)) {
            Ok(told) => println!(
                "said: {} {:?}",
                model.name(),
                told.rows.iter().map(|row| row.point).collect::<Vec<_>>()
            ),
            Err(error) => println!("said: {error}"),
        }
    }
}

#[test]
fn an_endpoint_is_asked_once_for_each_step_and_remembered() {
    let (url, requests) = server(|rows| {
        let told: Vec<String> = rows.iter().map(|row| (row[0] + 1.0).to_string()).collect();
        Some((200, told.join("\n") + "\n"))
    });
    let last = salary_account(5, 200).points[199].1;
    let line = format!("balances-7 {:?}", [last + 1.0, last + 1.0 + 1.0, last + 1.0 + 1.0 + 1.0]);
    assert_eq!(asked(&url), format!("{line}\n{line}"));
    let requests: Vec<Request> = requests.try_iter().collect();
    assert_eq!(requests.len(), 3, "the second forecast asks nothing new");
    for request in &requests {
        assert_eq!(request.line, "POST /endpoints/balances-7/invocations HTTP/1.1");
        assert_eq!((request.header("content-type"), request.header("accept")), ("text/csv", "text/csv"));
        let authorization = request.header("authorization");
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=an-identity/"), "{authorization}");
        assert!(authorization.ends_with(&format!("Signature={}", request.signature())), "{authorization}");
    }
    let first = std::str::from_utf8(&requests[0].body).unwrap();
    // 7 October 2015 was a Wednesday, the fourth day of the week.
    assert_eq!(first.lines().last().unwrap(), format!("{last},5"));
}

#[test]
fn an_endpoint_that_does_not_answer_well_is_an_error() {
    let cases: [(Answer, &str); 6] = [
        (|_| None, "none came within 3 s"),
        (
            |_| Some((424, "{\"Message\": \"the container said no\"}".into())),
            "424 Failed Dependency: {\"Message\": \"the container",
        ),
        (|_| Some((200, "{\"predictions\": []}".into())), "it is not CSV of numbers: {\"predictions\": []}"),
        (|_| Some((200, "NaN\n".into())), "it is not CSV of numbers: NaN"),
        (|_| Some((200, "1,2".into())), "2 numbers came for "),
        (|_| Some((200, "1,".repeat(3 << 20))), "larger than"),
    ];
    for (answer, why) in cases {
        let (url, _requests) = server(answer);
        let said = asked(&url);
        assert!(said.starts_with("the model gives no answer: ") && said.contains(why), "{why}: {said}");
    }
    let said = asked("http://127.0.0.1:9");
    assert!(said.contains("Connection refused"), "{said}");
}

#[test]
fn an_endpoint_has_the_name_of_one() {
    for name in ["", "a b", "a/b", "../x", &"a".repeat(64)] {
        let error = Model::open(&format!("sagemaker:{name}"), None, &AwsOptions::default()).unwrap_err();
        assert!(error.to_string().contains("its name is none"), "{error}");
    }
}
