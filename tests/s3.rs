//! Lakes on S3: the program against a real S3 server (`MinIO`), an emulator of AWS (ministack), and faults before it.
//!
//! `scripts/servers` installs the servers; where it cannot, these tests fail.

#![cfg(feature = "remote")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "s3/asked.rs"]
mod asked;
#[path = "s3/bootstrap.rs"]
mod bootstrap;
#[path = "s3/catalog.rs"]
mod catalog;
#[path = "rates/double.rs"]
#[allow(dead_code, reason = "tests/rates.rs uses the rest")]
mod double;
#[path = "s3/due.rs"]
mod due;
#[path = "terminal/harness.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod harness;
#[path = "support/jobs.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod jobs;
#[path = "s3/machines.rs"]
mod machines;
#[path = "s3/objects.rs"]
mod objects;
#[path = "s3/open.rs"]
mod open;
#[allow(dead_code, reason = "tests/remote.rs uses the rest")]
#[path = "s3/proxy.rs"]
mod proxy;
#[allow(dead_code, reason = "tests/remote.rs uses the rest")]
#[path = "support/servers.rs"]
mod servers;
#[path = "s3/staged.rs"]
mod staged;
#[path = "s3/submit.rs"]
mod submit;
#[path = "s3/transfer.rs"]
mod transfer;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

use objects::{Files, Objects};
use proxy::{Kill, Proxy};
use servers::{BUCKET, MINIO, MINISTACK, PASSWORD, USER, ask, microburst};

/// A machine of its own: settings, cache and mirrors. It outlives the test when that fails.
struct Machine {
    home: TempDir,
    endpoint: String,
}

impl Machine {
    fn at(endpoint: &str) -> Self {
        Self { home: tempfile::tempdir().unwrap(), endpoint: endpoint.into() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("AWS_ACCESS_KEY_ID", USER)
            .env("AWS_SECRET_ACCESS_KEY", PASSWORD)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .stdin(Stdio::null());
        // A build with a ready DuckDB library finds it through this.
        command.envs(std::env::var("LD_LIBRARY_PATH").map(|folder| ("LD_LIBRARY_PATH", folder)));
        command
    }

    fn saldo(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Stdout and stderr of a run that must succeed.
    fn done(&self, arguments: &[&str]) -> (String, String) {
        let output = self.saldo(arguments);
        let (out, words) = texts(&output);
        assert!(output.status.success(), "{arguments:?}: {out}{words}");
        (out, words)
    }

    /// Exit code and stderr of a run that must fail.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.saldo(arguments);
        let (out, words) = texts(&output);
        assert!(!output.status.success(), "{arguments:?}: {out}{words}");
        (output.status.code().unwrap(), words)
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

fn url(prefix: &str) -> String {
    format!("s3://{BUCKET}/{prefix}")
}

/// The arguments that build a demo lake.
fn demo<'a>(lake: &'a str, seed: &'a str) -> [&'a str; 8] {
    ["demo", "--no-open", "--rows", "3000", "--seed", seed, "--lake", lake]
}

/// The local demo lakes of seeds 1 and 2, built by the program itself.
static LOCAL: LazyLock<[TempDir; 2]> = LazyLock::new(|| {
    ["1", "2"].map(|seed| {
        let machine = Machine::at("http://127.0.0.1:9");
        let lake = machine.home.path().join("lake");
        machine.done(&demo(&lake.to_string_lossy(), seed));
        machine.home
    })
});

fn local(seed: usize) -> Files {
    let root = LOCAL[seed - 1].path().join("lake");
    let mut files = Files::new();
    walk(&root, &root, &mut files);
    files.remove("_saldo/lock").expect("a writer locks");
    files.remove("_saldo/pushed.json");
    assert!(files.len() > 300, "{}", files.len());
    files
}

fn walk(root: &Path, folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// Fails with the names of the files that differ, not with their bytes.
fn assert_same(found: &Files, wanted: &Files, when: &str) {
    let differing: Vec<_> =
        found.keys().chain(wanted.keys()).filter(|path| found.get(*path) != wanted.get(*path)).collect();
    assert_eq!(differing, Vec::<&String>::new(), "{when}");
}

const ROWS: [&str; 2] = ["query", "conversion_status_by_month"];

/// The rows of a query on a local demo lake.
fn local_rows(seed: usize) -> String {
    let lake = LOCAL[seed - 1].path().join("lake");
    Machine::at("http://127.0.0.1:9").done(&[ROWS[0], ROWS[1], "--lake", &lake.to_string_lossy()]).0
}

fn rows(machine: &Machine, lake: &str) -> String {
    machine.done(&[ROWS[0], ROWS[1], "--lake", lake]).0
}

#[test]
fn a_lake_on_minio_has_the_bytes_of_a_local_one() {
    let proxy = Proxy::before(&MINIO);
    let (machine, lake) = (Machine::at(&proxy.url), url("whole/demo"));
    let (code, words) = machine.fails(&["tables", "--lake", &lake]);
    let expected = format!("error: no lake at {lake}\nhint: check --lake, ");
    assert!(code == 1 && words.starts_with(&expected), "{words}");
    let (_, words) = machine.done(&demo(&lake, "1"));
    assert!(words.contains("publishing ") && words.ends_with(&format!("lake at {lake}\n")), "{words}");
    assert_same(&Objects::of(&MINIO, "whole/demo").all(), &local(1), "after the first build");
    assert!(proxy.writes().len() > 600, "each table file is put and copied");

    machine.done(&demo(&lake, "1"));
    assert_eq!(rows(&machine, &lake), local_rows(1));
    assert_eq!(proxy.writes(), [], "what is current is not written");

    let other = Machine::at(&MINIO);
    let (tables, words) = other.done(&["tables", "--lake", &lake]);
    assert!(tables.contains("\nprocessed,"), "{tables}");
    assert_eq!(words, format!("lake at {lake}\n"), "no table is copied");
    assert_eq!(rows(&other, &lake), local_rows(1));

    // The next lake at the same place: other raw files, other tables, fewer of them.
    other.done(&demo(&lake, "2"));
    assert_same(&Objects::of(&MINIO, "whole/demo").all(), &local(2), "after another build");
    assert_eq!(rows(&machine, &lake), local_rows(2), "the first machine sees it");
}

#[test]
fn the_mirror_is_read_without_a_network_and_says_so() {
    let proxy = Proxy::before(&MINIO);
    let (machine, lake) = (Machine::at(&proxy.url), url("offline"));
    machine.done(&demo(&lake, "1"));
    proxy.go_down();
    let (out, words) = machine.done(&[ROWS[0], ROWS[1], "--lake", &lake]);
    assert_eq!(out, local_rows(1));
    let warning = format!("warning: showing the local copy of {lake} of ");
    assert!(words.starts_with(&warning) && words.contains("min old): cannot reach"), "{words}");
    let (_, words) = machine.done(&["tables", "--lake", &lake]);
    assert!(
        words.contains(&format!("lake at {lake} (0 min old)\n")) || words.contains(" min old)\n"),
        "{words}"
    );
    let (code, words) = machine.fails(&demo(&lake, "2"));
    assert!(code == 1 && words.contains(&format!("error: cannot reach {lake}: ")), "{words}");
    let (code, words) = Machine::at(&proxy.url).fails(&["tables", "--lake", &lake]);
    assert!(code == 1 && words.starts_with(&format!("error: cannot reach {lake}: ")), "{words}");
}

/// Moments at which a publish is killed, whether its journal was there by then, and whether readers see the new lake.
const KILLS: &[(Kill, bool, bool)] = &[
    (Kill { method: "PUT", path: "_saldo/staging/", nth: 40, after: true }, false, false),
    (Kill { method: "PUT", path: "_saldo/publish.json", nth: 1, after: false }, false, false),
    (Kill { method: "PUT", path: "_saldo/publish.json", nth: 1, after: true }, true, true),
    (Kill { method: "POST", path: "?delete", nth: 1, after: true }, true, true),
    (Kill { method: "COPY", path: "", nth: 40, after: false }, true, true),
    (Kill { method: "PUT", path: "/demo/_saldo/manifest.json", nth: 1, after: true }, true, true),
];

#[test]
fn a_publish_that_is_killed_at_any_moment_is_completed_or_never_was() {
    let tables = |files: &Files| -> Files {
        let is_table = |path: &str| !path.starts_with("_saldo/") && !path.starts_with("raw/");
        files.clone().into_iter().filter(|(path, _)| is_table(path)).collect()
    };
    let proxy = Proxy::before(&MINIO);
    let (machine, lake) = (Machine::at(&proxy.url), url("killed/demo"));
    let objects = Objects::of(&MINIO, "killed/demo");
    let build = |rows| ["demo", "--no-open", "--rows", rows, "--lake", &lake];
    let [many, few] = ["60", "20"].map(|count| {
        machine.done(&build(count));
        (build(count), objects.all(), rows(&machine, &lake))
    });
    assert!(many.1.keys().any(|path| !few.1.contains_key(path)), "there must be something to delete");
    // Back and forth between the two lakes.
    let (mut old, mut new) = (few, many);
    for (kill, journal, visible) in KILLS {
        proxy.seen();
        let mut child = machine.spawn(&new.0);
        proxy.kill(*kill, child.id());
        let status = child.wait().unwrap();
        assert!(proxy.has_killed() && !status.success(), "{kill:?}: {status}");
        if !journal {
            assert_same(&tables(&objects.all()), &tables(&old.1), &format!("{kill:?}: it never was"));
        }
        let seen = if *visible { &new } else { &old };
        assert_eq!(rows(&Machine::at(&MINIO), &lake), seen.2, "{kill:?}: a reader's");
        // Whoever writes next completes what was begun.
        if *journal {
            machine.done(&["run", "--lake", &lake])
        } else {
            machine.done(&new.0)
        };
        assert_same(&objects.all(), &new.1, &format!("{kill:?}: completed"));
        assert_eq!(rows(&machine, &lake), new.2, "{kill:?}: completed");
        (old, new) = (new, old);
    }
}

#[test]
fn a_lost_or_changed_object_is_found_and_comes_back() {
    let (machine, lake) = (Machine::at(&MINIO), url("lost"));
    machine.done(&demo(&lake, "1"));
    let objects = Objects::of(&MINIO, "lost");
    let [verify, repair] =
        ["verify", "repair"].map(|word| ["lake", word, "--format", "csv", "--lake", &lake]);
    // Also where no raw file came.
    for machine in [&machine, &Machine::at(&MINIO)] {
        assert!(machine.done(&verify).1.ends_with("files are as the manifest says\n"));
    }
    let tables: Vec<_> = local(1).into_keys().filter(|path| path.starts_with("processed/")).collect();
    let (gone, other) = (&tables[0], &tables[1]);
    objects.delete(gone);
    let length = local(1)[other].len();
    objects.put(other, &vec![b'x'; length]);
    let output = machine.saldo(&verify);
    let (list, words) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(
        list.contains(&format!("missing,{gone},")) && list.contains(&format!("changed,{other},")),
        "{list}"
    );
    // A reader without a copy is not given half a lake.
    let (code, words) = Machine::at(&MINIO).fails(&[ROWS[0], ROWS[1], "--lake", &lake]);
    assert!(code == 3 && words.contains("`saldo lake repair` mends it"), "{words}");
    // A machine that never had the files makes them from the raw ones.
    let (_, words) = Machine::at(&MINIO).done(&repair);
    assert!(words.contains(&format!("made again: {gone}\n")), "{words}");
    assert_same(&objects.all(), &local(1), "made again");
    // One that has them uploads them.
    objects.delete(gone);
    machine.done(&repair);
    assert_same(&objects.all(), &local(1), "uploaded");
    objects.delete("raw/bank/statement.csv");
    let (code, words) = Machine::at(&MINIO).fails(&repair);
    assert!(code == 3 && words.contains("put the raw files back from a copy"), "{words}");
    machine.done(&repair);
    assert_same(&objects.all(), &local(1), "the raw file too");
    assert!(machine.done(&verify).1.ends_with("files are as the manifest says\n"));
}

/// A lease as another machine would hold it.
fn lease(expires: &str) -> String {
    format!(
        "{{\"run\": \"theirs\", \"mirror\": \"theirs\", \"work\": \"write\", \"process\": 4711, \"host\": \"far-away\", \
         \"started\": \"2026-01-02T03:04:05Z\", \"expires\": \"{expires}\"}}"
    )
}

#[test]
fn a_lease_keeps_others_out_and_ends_by_itself() {
    let (machine, lake) = (Machine::at(&MINIO), url("leased"));
    let objects = Objects::of(&MINIO, "leased");
    objects.put("_saldo/lease.json", lease("2999-01-01T00:00:00Z").as_bytes());
    let held = format!(
        "error: {lake} is being written by process 4711 on far-away since 2026-01-02 03:04:05 UTC\n\
         hint: try again later, or wait with --wait SECONDS\n"
    );
    assert_eq!(machine.fails(&demo(&lake, "1")), (1, held.clone()));
    let waiting = [&demo(&lake, "1")[..], &["--wait", "2"]].concat();
    let waited = format!("waiting: {}\n{held}", held.lines().next().unwrap().trim_start_matches("error: "));
    assert_eq!(machine.fails(&waiting), (1, waited));
    assert_eq!(objects.all().len(), 1, "nothing but the lease");
    objects.put("_saldo/lease.json", lease("2026-01-02T03:09:05Z").as_bytes());
    machine.done(&demo(&lake, "1"));
    assert_same(&objects.all(), &local(1), "taken over");
}

#[test]
fn writers_that_start_together_come_one_after_the_other() {
    let lake = url("together");
    let machines = [Machine::at(&MINIO), Machine::at(&MINIO), Machine::at(&MINIO)];
    let seeds = ["1", "2", "1"];
    let begun = machines
        .iter()
        .zip(seeds)
        .map(|(machine, seed)| machine.spawn(&[&demo(&lake, seed)[..], &["--wait", "300"]].concat()));
    let begun: Vec<Child> = begun.collect();
    for child in begun {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", texts(&output).1);
    }
    let found = Objects::of(&MINIO, "together").all();
    let last = if found["_saldo/manifest.json"] == local(1)["_saldo/manifest.json"] { 1 } else { 2 };
    assert_same(&found, &local(last), "the last one's, whole");
}

#[test]
fn a_local_lake_has_one_writer() {
    let machine = Machine::at("http://127.0.0.1:9");
    let root = machine.home.path().join("lake");
    let lake = root.to_string_lossy().into_owned();
    fs::create_dir_all(root.join("_saldo")).unwrap();
    let lock = fs::File::create(root.join("_saldo/lock")).unwrap();
    lock.lock().unwrap();
    fs::write(
        root.join("_saldo/lock"),
        "{\"work\": \"write\", \"process\": 4711, \"host\": \"here\", \"started\": \"2026-01-02T03:04:05Z\"}",
    )
    .unwrap();
    let (code, words) = machine.fails(&demo(&lake, "1"));
    assert!(code == 1 && words.contains("is being written by process 4711 on here since"), "{words}");
    let mut waiting = machine.spawn(&[&demo(&lake, "1")[..], &["--wait", "60"]].concat());
    let mut words = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let first = words.next().unwrap().unwrap();
    assert!(first.starts_with("waiting: ") && first.contains("process 4711 on here"), "{first}");
    drop(lock);
    assert!(words.all(|line| line.is_ok()) && waiting.wait().unwrap().success());
    assert!(root.join("_saldo/manifest.json").exists() && root.join("_saldo/lock").exists());
}

#[test]
fn a_name_in_the_settings_carries_endpoint_and_profile() {
    let machine = Machine::at("http://127.0.0.1:9");
    let file = |name: &str, text: &str| fs::write(machine.home.path().join(name), text).unwrap();
    let settings = format!(
        "[lakes.prod]\nurl = \"{}\"\nendpoint = \"{}\"\npath_style = true\nprofile = \"desk\"\n",
        url("named"),
        *MINIO
    );
    file("saldo.toml", &settings);
    file("aws", "[profile desk]\nregion = eu-west-1\ncredential_process = sh keys.sh\n");
    file(
        "keys.sh",
        &format!(
            "echo '{{\"Version\": 1, \"AccessKeyId\": \"{USER}\", \"SecretAccessKey\": \"{PASSWORD}\"}}'"
        ),
    );
    let run = |arguments: &[&str]| {
        let mut command = machine.command(&[arguments, &["--config", "saldo.toml"]].concat());
        let output = command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env_remove("AWS_ENDPOINT_URL")
            .env("AWS_CONFIG_FILE", "aws")
            .env("PATH", std::env::var("PATH").unwrap())
            .output()
            .unwrap();
        (output.status.code().unwrap(), texts(&output))
    };
    let (code, (_, words)) = run(&demo("prod", "1"));
    assert!(code == 0 && words.ends_with(&format!("lake at {}\n", url("named"))), "{words}");
    assert_eq!(run(&[ROWS[0], ROWS[1], "--lake", "prod"]).1.0, local_rows(1));
    // The command that gives the keys is gone, so there is the copy, and a word about it.
    file("keys.sh", "exit 1");
    let (code, (out, words)) = run(&["tables", "--lake", "prod"]);
    assert!(code == 0 && out.contains("processed") && words.contains("no AWS credentials"), "{words}");
}

#[test]
fn what_the_service_refuses_is_told_and_no_copy_is_shown() {
    let machine = Machine::at(&MINIO);
    let (code, words) = machine.fails(&["tables", "--lake", "s3://no-such-bucket/x"]);
    assert!(
        code == 1 && words.starts_with("error: s3://no-such-bucket/x is refused: NoSuchBucket"),
        "{words}"
    );
    let lake = url("refused");
    machine.done(&demo(&lake, "1"));
    let output =
        machine.command(&["tables", "--lake", &lake]).env("AWS_SECRET_ACCESS_KEY", "wrong").output().unwrap();
    let (out, words) = texts(&output);
    assert!(out.is_empty() && words.contains("is refused: SignatureDoesNotMatch"), "{out}{words}");
    let (code, words) = machine.fails(&["tables", "--lake", "s3://"]);
    assert!(code == 2 && words.contains("is not the address of a lake on S3"), "{words}");
}

#[test]
fn a_file_that_is_not_what_the_manifest_says_is_named() {
    let (machine, lake) = (Machine::at(&MINIO), url("spoilt"));
    machine.done(&demo(&lake, "1"));
    let objects = Objects::of(&MINIO, "spoilt");
    let path = local(1).into_keys().find(|path| path.starts_with("processed/")).unwrap();
    let mut bytes = objects.get(&path);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    objects.put(&path, &bytes);
    let (code, words) = Machine::at(&MINIO).fails(&[ROWS[0], ROWS[1], "--lake", &lake]);
    assert!(
        code == 3
            && words.contains(&format!("error: {path} of {lake} is not the file that the manifest names")),
        "{words}"
    );
    assert_eq!(rows(&machine, &lake), local_rows(1), "whoever has the right file keeps it");
}

#[test]
fn a_lake_on_ministack_has_the_bytes_of_a_local_one() {
    let (machine, lake) = (Machine::at(&MINISTACK), url("plain"));
    machine.done(&demo(&lake, "1"));
    assert_same(&Objects::of(&MINISTACK, "plain").all(), &local(1), "after the first build");
    assert_eq!(rows(&Machine::at(&MINISTACK), &lake), local_rows(1));
    machine.done(&demo(&lake, "2"));
    assert_same(&Objects::of(&MINISTACK, "plain").all(), &local(2), "after another build");
}

/// Faults of every kind, each so many times.
const FAULTS: &str = r#"[
  {"service": "s3", "operation": "PutObject", "times": 9, "probability": 0.2, "error": {"code": "SlowDown", "status": 503}},
  {"service": "s3", "operation": "PutObject", "times": 5, "probability": 0.1, "error": {"code": "InternalError", "status": 500}},
  {"service": "s3", "operation": "PutObject", "times": 5, "probability": 0.1, "reset": true},
  {"service": "s3", "headers": {"x-amz-copy-source": ""}, "times": 9, "probability": 0.1, "error": {"code": "ServiceUnavailable", "status": 503}},
  {"service": "s3", "headers": {"x-amz-copy-source": ""}, "times": 5, "probability": 0.1, "reset": true},
  {"service": "s3", "operation": "GetObject", "times": 9, "probability": 0.1, "error": {"code": "InternalError", "status": 500}},
  {"service": "s3", "operation": "GetObject", "times": 9, "probability": 0.1, "reset": true},
  {"service": "s3", "operation": "GetObject", "times": 9, "probability": 0.1, "response": {"abort_frac": 0.5}}
]"#;

#[test]
fn faults_of_the_network_and_the_service_are_outlasted() {
    let faulty = microburst(&MINISTACK, FAULTS);
    // It answers in chunks, which S3 does not.
    let proxy = Proxy::before(&faulty);
    let (machine, lake) = (Machine::at(&proxy.url), url("faulty"));
    machine.done(&demo(&lake, "1"));
    assert_same(&Objects::of(&MINISTACK, "faulty").all(), &local(1), "after the faults");
    assert_eq!(rows(&Machine::at(&proxy.url), &lake), local_rows(1));
    let fired = ask(&faulty, "GET", "/_microburst/fired", "");
    for (operation, action) in [
        ("PutObject", "error:SlowDown"),
        ("PutObject", "error:InternalError"),
        ("PutObject", "reset"),
        ("", "error:ServiceUnavailable"),
        ("GetObject", "error:InternalError"),
        ("GetObject", "reset"),
        ("GetObject", "response:"),
    ] {
        let there = fired.split('}').any(|entry| entry.contains(operation) && entry.contains(action));
        assert!(there, "{action} at {operation} did not happen: {fired}");
    }
}
