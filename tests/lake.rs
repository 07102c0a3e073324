//! Lakes that lost files, lakes in odd places, readers beside writers, credentials that are not there, and where keys go.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use saldo::lake::Lake;
use tempfile::TempDir;

/// A demo lake that tests copy.
static DEMO: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    build(&folder.path().join("lake"));
    folder
});

fn command(arguments: &[&str], lake: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
    command.args(arguments).arg("--lake").arg(lake).stdin(Stdio::null());
    command.env("HOME", std::env::temp_dir()).env("XDG_CACHE_HOME", std::env::temp_dir());
    command
}

/// Exit code, stdout and stderr.
fn saldo(arguments: &[&str], lake: &Path) -> (i32, String, String) {
    texts(&command(arguments, lake).output().unwrap())
}

fn texts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn build(lake: &Path) {
    let (code, _, words) = saldo(&["demo", "--no-open", "--rows", "500"], lake);
    assert_eq!(code, 0, "{words}");
}

fn demo() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    copy(&DEMO.path().join("lake"), &lake);
    (folder, lake)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}

/// Every file of raw data and tables, by path.
fn contents(lake: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = Lake::open(lake).unwrap().manifest;
    let paths = files.raw.iter().chain(files.files()).map(|file| file.path.clone());
    paths.map(|path| (path.clone(), fs::read(lake.join(path)).unwrap_or_default())).collect()
}

/// The files whose bytes differ.
fn differing(found: &BTreeMap<String, Vec<u8>>, wanted: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let paths = found.keys().chain(wanted.keys());
    paths.filter(|path| found.get(*path) != wanted.get(*path)).cloned().collect()
}

const COUNT: [&str; 5] = ["query", "-c", "SELECT COUNT(*) FROM processed", "--format", "csv"];
const REPAIR: [&str; 4] = ["lake", "repair", "--format", "csv"];
const VERIFY: [&str; 4] = ["lake", "verify", "--format", "csv"];

#[test]
fn lost_and_damaged_files_are_made_again_with_the_same_bytes() {
    let (_folder, lake) = demo();
    let before = contents(&lake);
    let of = |table: &str| before.keys().find(|path| path.starts_with(table)).unwrap().clone();
    let (gone, damaged) = (of("transactions/"), of("processed/"));
    fs::remove_file(lake.join(&gone)).unwrap();
    // Of the same length: its size tells nothing.
    fs::write(lake.join(&damaged), vec![0; before[&damaged].len()]).unwrap();
    let (code, list, words) = saldo(&VERIFY, &lake);
    assert_eq!(code, 3);
    assert!(
        list.contains(&format!("missing,{gone},")) && list.contains(&format!("changed,{damaged},")),
        "{list}"
    );
    assert!(words.contains("hint: `saldo lake repair` makes tables' files again"), "{words}");
    let (code, _, words) = saldo(&REPAIR, &lake);
    assert_eq!(code, 0, "{words}");
    for path in [&gone, &damaged] {
        assert!(words.contains(&format!("made again: {path}\n")), "{words}");
    }
    assert_eq!(differing(&contents(&lake), &before), Vec::<String>::new());
    // Again there is nothing to do.
    let (code, list, words) = saldo(&REPAIR, &lake);
    assert_eq!((code, list.as_str()), (0, ""));
    assert_eq!(words, format!("{} files are as the manifest says\n", before.len()));
}

#[test]
fn a_file_that_bears_another_name_when_it_is_made_here_is_told_by_that_name() {
    let (_folder, lake) = demo();
    let mut manifest = Lake::open(&lake).unwrap().manifest;
    let table = manifest.tables.iter_mut().find(|table| table.name == "processed").unwrap();
    let own = table.files[0].path.clone();
    let (month, _) = own.rsplit_once('/').unwrap();
    // As Spark and Athena name theirs.
    let theirs = format!("{month}/part-00007.parquet");
    fs::remove_file(lake.join(&own)).unwrap();
    table.files[0].path.clone_from(&theirs);
    manifest.write(&lake).unwrap();
    let (code, _, words) = saldo(&REPAIR, &lake);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains(&format!("made again: {own}\n")) && !words.contains(&theirs), "{words}");
    assert!(lake.join(&own).exists());
}

#[test]
fn without_all_raw_files_no_table_comes_back_with_fewer_rows() {
    let (_folder, lake) = demo();
    let before = contents(&lake);
    let statement = "raw/bank/statement.csv";
    let gone = before.keys().find(|path| path.starts_with("processed/")).unwrap();
    fs::remove_file(lake.join(statement)).unwrap();
    fs::remove_file(lake.join(gone)).unwrap();
    let (code, list, words) = saldo(&REPAIR, &lake);
    assert_eq!(code, 3, "{words}");
    assert!(
        list.contains(&format!("missing,{statement},")) && list.contains(&format!("missing,{gone},")),
        "{list}"
    );
    assert!(words.contains("hint: put the raw files back from a copy"), "{words}");
    fs::write(lake.join(statement), &before[statement]).unwrap();
    assert_eq!(saldo(&REPAIR, &lake).0, 0);
    assert_eq!(differing(&contents(&lake), &before), Vec::<String>::new());
}

/// Writes the journal of a run that was cut off.
fn journal(lake: &Path, moves: &[&str]) {
    let manifest = fs::read_to_string(lake.join("_saldo/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let journal = serde_json::json!({ "moves": moves, "removes": [], "manifest": manifest });
    fs::write(lake.join("_saldo/commit.json"), journal.to_string()).unwrap();
}

#[test]
fn a_reader_during_a_publish_sees_the_run_that_counts() {
    let (_folder, lake) = demo();
    let rows = saldo(&COUNT, &lake);
    assert_eq!(rows.0, 0, "{}", rows.2);
    let opened = Lake::open(&lake).unwrap();
    assert!(opened.is_as_opened());
    let months: Vec<_> =
        opened.table("processed").unwrap().files.iter().map(|file| file.path.clone()).collect();
    // One month lies in its place, the other waits.
    let waiting = lake.join("_saldo/work/new").join(&months[1]);
    fs::create_dir_all(waiting.parent().unwrap()).unwrap();
    fs::rename(lake.join(&months[1]), &waiting).unwrap();
    journal(&lake, &[&months[0], &months[1]]);
    let during = Lake::open(&lake).unwrap();
    let paths = during.table("processed").unwrap().files.iter().map(|file| during.path(file));
    assert_eq!(paths.take(2).collect::<Vec<_>>(), [lake.join(&months[0]), waiting]);
    assert!(!opened.is_as_opened() && during.is_as_opened());
    let seen = saldo(&COUNT, &lake);
    assert_eq!((seen.0, seen.1), (0, rows.1), "{}", seen.2);
    // The next run completes it, and then it is another state of the lake.
    assert_eq!(saldo(&["run", "--no-fetch"], &lake).0, 0);
    assert!(lake.join(&months[1]).exists() && !lake.join("_saldo/work").exists());
    assert!(!during.is_as_opened());
}

#[test]
fn rows_that_may_be_of_two_runs_are_refused() {
    use saldo::engine::duckdb::{DuckDb, Settings};
    use saldo::engine::{Access, Engine};
    use saldo::query::Statement;
    let (_folder, root) = demo();
    let lake = Lake::open(&root).unwrap();
    let engine = DuckDb::new(Settings { lake: Some(lake.clone()), ..Settings::default() });
    let outcome = || {
        let statement = Statement::plain("SELECT COUNT(*) FROM dates");
        let mut events =
            engine.run(statement, Access::ReadOnly.into(), tokio_util::sync::CancellationToken::new());
        let mut last = None;
        while let Some(event) = events.blocking_recv() {
            last = Some(event.map(drop).map_err(|error| error.message));
        }
        last.unwrap()
    };
    assert_eq!(outcome(), Ok(()));
    let never = tokio_util::sync::CancellationToken::new();
    let months = lake.manifest.tables.iter().find(|table| table.files.len() > 1).unwrap();
    let mut pager = engine.pager(&months.name, &never).unwrap();
    assert!(pager.view(0, 10, &never).is_ok() && engine.rows("FROM dates", &never).is_ok());
    lake.manifest.write(&root).unwrap();
    let refused = |error: saldo::engine::EngineError| error.message.contains("these rows may be of two runs");
    assert!(outcome().unwrap_err().contains("these rows may be of two runs"));
    assert!(pager.window(0, 10, &never).is_err_and(refused));
    assert!(pager.view(20, 10, &never).is_err_and(refused));
    assert!(engine.rows("FROM dates", &never).is_err_and(refused));
    assert!(engine.pager(&months.name, &never).is_err_and(refused));
}

#[test]
fn a_staged_file_that_is_lost_is_an_error_and_can_be_repaired() {
    let (_folder, lake) = demo();
    let before = contents(&lake);
    let month = before.keys().find(|path| path.starts_with("processed/")).unwrap();
    fs::remove_file(lake.join(month)).unwrap();
    journal(&lake, &[month]);
    let (code, _, words) = saldo(&["run", "--no-fetch"], &lake);
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("a run that was cut off cannot be completed") && words.contains(month), "{words}");
    assert!(words.contains("hint: run `saldo lake repair`"), "{words}");
    let (code, _, words) = saldo(&REPAIR, &lake);
    assert_eq!(code, 0, "{words}");
    assert_eq!(differing(&contents(&lake), &before), Vec::<String>::new());
    assert!(!lake.join("_saldo/commit.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_not_unicode_holds_a_lake_like_any_other() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join(OsStr::from_bytes(b"saldo\xe9"));
    fs::create_dir(&odd).unwrap();
    for lake in [odd.clone(), odd.join(OsStr::from_bytes(b"\xff"))] {
        let (code, _, words) = saldo(&COUNT, &lake);
        assert!(code == 1 && words.contains("no lake at "), "{words}");
    }
    let lake = odd.join("lake");
    build(&lake);
    let [here, there] = [&lake, &DEMO.path().join("lake")].map(|lake| saldo(&COUNT, lake));
    assert_eq!((here.0, here.1), (0, there.1), "{}", here.2);
    for arguments in [&VERIFY[..], &REPAIR, &["run", "--no-fetch"], &["status", "--format", "json"]] {
        let (code, _, words) = saldo(arguments, &lake);
        assert_eq!(code, 0, "{arguments:?}: {words}");
    }
    assert_eq!(fs::read_dir(&odd).unwrap().count(), 1, "nothing stays beside it");
}

#[test]
fn a_demo_that_is_killed_leaves_nothing_beside_its_lake() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let mut child = command(&["demo", "--no-open", "--rows", "500"], &lake)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !lake.join("_saldo/work/new/raw").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["lake"]);
    build(&lake);
    assert!(!lake.join("_saldo/work").exists());
    assert_eq!(differing(&contents(&lake), &contents(&DEMO.path().join("lake"))), Vec::<String>::new());
}

/// A machine with these AWS profiles and none of the environment's.
#[cfg(feature = "remote")]
struct Person {
    home: TempDir,
}

#[cfg(feature = "remote")]
impl Person {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let process = home.path().join("keys.sh");
        fs::write(
            &process,
            format!(
                "touch {}\necho '{{\"Version\": 1, \"AccessKeyId\": \"AKIDINVENTED\", \"SecretAccessKey\": \"invented-secret-value\"}}'\n",
                home.path().join("asked").display()
            ),
        )
        .unwrap();
        let profiles = format!(
            "[profile keys]\nregion = eu-west-1\ncredential_process = sh {}\n\n\
             [profile sso]\nregion = eu-west-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = Reader\n\n\
             [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n\n\
             [profile broken]\nregion = eu-west-1\ncredential_process = sh -c \"echo invented-secret-value >&2; exit 7\"\n",
            process.display()
        );
        fs::write(home.path().join("config"), profiles).unwrap();
        Self { home }
    }

    fn tables(&self, variables: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = command(&["tables"], Path::new("s3://invented-bucket/x"));
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .envs(std::env::vars().filter(|(name, _)| name.starts_with("LD_")))
            .env("HOME", self.home.path())
            .env("AWS_CONFIG_FILE", self.home.path().join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
            .envs(variables.iter().copied());
        texts(&command.output().unwrap())
    }
}

#[cfg(feature = "remote")]
#[test]
fn a_pull_waits_for_whoever_writes_the_folder_as_it_is_told() {
    use saldo::lake::lock::{Lock, Work};
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("copy");
    let held = Lock::take(&root.join("_saldo/lock"), Work::Write, Duration::ZERO).unwrap().unwrap();
    let pull = |more: &[&str]| saldo(&[&["pull", "--from", "s3://invented-bucket/x"], more].concat(), &root);
    let (code, _, words) = pull(&[]);
    let told = format!("error: {} is being written by process {} ", root.display(), std::process::id());
    assert!(code != 0 && words.starts_with(&told), "{words}");
    assert!(words.contains("hint: try again later, or wait with --wait SECONDS"), "{words}");
    let (code, _, words) = pull(&["--wait", "1"]);
    assert!(code != 0 && words.starts_with("waiting: ") && words.contains(&told), "{words}");
    // What was made meanwhile is not overwritten.
    let mut waiting = command(&["pull", "--from", "s3://invented-bucket/x", "--wait", "60"], &root);
    let mut waiting = waiting.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(waiting.stderr.take().unwrap());
    let mut words = String::new();
    said.read_line(&mut words).unwrap();
    assert!(words.starts_with("waiting: "), "{words}");
    let manifest = "{\"layout\": 1, \"writer\": \"test\", \"sources\": [], \"tables\": []}";
    fs::write(root.join("_saldo/manifest.json"), manifest).unwrap();
    drop(held);
    said.read_to_string(&mut words).unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(1), "{words}");
    assert!(words.contains("is not a snapshot of s3://invented-bucket/x"), "{words}");
    assert_eq!(fs::read_to_string(root.join("_saldo/manifest.json")).unwrap(), manifest);
}

#[cfg(feature = "remote")]
#[test]
fn missing_credentials_are_told_by_profile_and_with_what_to_do() {
    let person = Person::new();
    let told = |profile: &str, why: &str, hint: &str| {
        let variables = [("AWS_PROFILE", profile)];
        let (code, _, words) = person.tables(if profile.is_empty() { &[] } else { &variables });
        assert_eq!(code, 1, "{profile}: {words}");
        let start = format!("error: no AWS credentials for s3://invented-bucket/x: {why}");
        assert!(
            words.starts_with(&start) && words.contains(&format!("\nhint: {hint}")),
            "{profile}: {words}"
        );
        assert!(!words.contains("invented-secret-value"), "{words}");
        assert_eq!(words.lines().count(), 2, "{words}");
    };
    told("", "none are set\n", "name a profile with AWS_PROFILE, or set AWS_ACCESS_KEY_ID");
    told("nope", "there is no profile nope\n", "`aws configure list-profiles` lists those of ~/.aws/config");
    told("sso", "profile sso has no valid SSO login: ", "log in with `aws sso login --profile sso`\n");
    told(
        "broken",
        "the credential_process of profile broken gave none\n",
        "run the command of `credential_process`",
    );
    // A command that gives keys is run; then it is the network that fails, and the keys are not shown.
    let (code, _, words) = person.tables(&[("AWS_PROFILE", "keys")]);
    assert!(code == 1 && words.starts_with("error: cannot reach s3://invented-bucket/x: "), "{words}");
    assert!(person.home.path().join("asked").exists() && !words.contains("invented-secret-value"), "{words}");
}

#[cfg(feature = "remote")]
#[test]
fn an_endpoint_with_a_user_is_refused_and_the_user_is_not_repeated() {
    let person = Person::new();
    let endpoint = ("AWS_ENDPOINT_URL_S3", "http://localhost:invented-secret-value@host/");
    let (code, _, words) = person.tables(&[endpoint, ("AWS_PROFILE", "keys")]);
    assert!(code == 1 && words.contains("it has a user name or password before an `@`"), "{words}");
    assert!(!words.contains("invented-secret-value"), "{words}");
}

/// A service on this machine that refuses everybody, and the heads of the requests that it got.
fn refusing() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = heads.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
            seen.lock().unwrap().push(head);
            let answer = "HTTP/1.1 401 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, heads)
}

#[test]
fn a_key_goes_to_the_host_of_an_address_and_through_no_proxy_to_this_machine() {
    const KEY: &str = "0123456789abcdef0123456789abcdef";
    let (_folder, lake) = demo();
    let (port, heads) = refusing();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());
    let fetch = |url: String| {
        let arguments =
            ["rates", "backfill", "--source", "oxr", "--from", "2017-06-29", "--to", "2017-06-29"];
        let mut command = command(&arguments, &lake);
        command
            .env("OPENEXCHANGE_APP_ID", KEY)
            .env("SALDO_OXR_URL", url)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy");
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(name, &proxy_url);
        }
        texts(&command.output().unwrap())
    };
    let (code, _, words) = fetch(format!("http://127.0.0.1:{port}/api"));
    assert_ne!(code, 0, "it is refused: {words}");
    let asked = std::mem::take(&mut *heads.lock().unwrap());
    assert!(asked.iter().any(|head| head.contains(KEY)), "{asked:?} {words}");
    // What stands before the @ is a user, whatever it looks like.
    let (code, _, words) = fetch(format!("http://localhost:1@127.0.0.1:{port}/api"));
    assert!(code != 0 && words.contains("it has a user name or password before an `@`"), "{words}");
    assert_eq!(*heads.lock().unwrap(), Vec::<String>::new(), "nobody is asked");
    assert_eq!(
        proxy.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock,
        "no request went through the proxy"
    );
}

#[cfg(unix)]
#[test]
fn raw_files_may_lie_behind_a_link() {
    let (folder, lake) = demo();
    let elsewhere = folder.path().join("statements");
    fs::rename(lake.join("raw/bank"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, lake.join("raw/bank")).unwrap();
    let (code, _, words) = saldo(&["lake", "verify"], &lake);
    assert_eq!(code, 0, "{words}");
    fs::write(elsewhere.join("other.csv"), "a\n").unwrap();
    let (code, _, words) = saldo(&["lake", "verify"], &lake);
    assert!(code == 3 && words.contains("1 file is foreign"), "{words}");
}

#[test]
fn foreign_files_are_counted_apart_and_the_doctor_sees_what_is_lost() {
    let (_folder, lake) = demo();
    let before = contents(&lake);
    fs::write(lake.join("raw/bank/more.csv"), "x").unwrap();
    let (code, _, words) = saldo(&VERIFY, &lake);
    let count = before.len();
    assert!(
        code == 3
            && words
                .contains(&format!("error: {count} files are as the manifest says, and 1 file is foreign\n")),
        "{words}"
    );
    let damaged = before.keys().find(|path| path.starts_with("processed/")).unwrap();
    fs::write(lake.join(damaged), [&before[damaged][..], b"x"].concat()).unwrap();
    let (_, _, words) = saldo(&VERIFY, &lake);
    let wanted = format!("error: 1 of {count} files is not as the manifest says, and 1 file is foreign\n");
    assert!(words.contains(&wanted), "{words}");
    let (code, list, _) = saldo(&["doctor"], &lake);
    assert!(code == 1 && list.contains(&format!("lake: 1 of {count} files of ")), "{list}");
    fs::write(lake.join(damaged), &before[damaged]).unwrap();
    let (code, list, _) = saldo(&["doctor"], &lake);
    assert!(code == 0 && list.contains(&format!("lake: {count} files of ")), "{list}");
    fs::remove_file(lake.join("raw/bank/statement.csv")).unwrap();
    let (code, list, _) = saldo(&["doctor"], &lake);
    assert!(code == 1 && list.contains("put raw files back from a copy"), "{list}");
}
