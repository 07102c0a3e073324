//! The command line on Athena's double before a real Trino: rows and price, Ctrl-C, a run that is left and opened later,
//! the sums, and the same question here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::router;
use super::servers::{ATHENA, MINISTACK, PASSWORD, USER, operate};

const ENDLESS: &str = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (n), UNNEST(sequence(1, 10000)) b (n), \
                       UNNEST(sequence(1, 10000)) c (n)";
const MONEY: &str = "SELECT * FROM (VALUES ('a', CAST('1.10' AS DECIMAL(38, 2))), ('b', NULL), \
                     ('ñ', CAST('12345678901234567890123456.78' AS DECIMAL(38, 2)))) AS t (k, v) ORDER BY k";

pub fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| name.starts_with("LD_")))
        .env("HOME", home)
        .env("SALDO_LAKE", home.join("lake"));
    command.env("AWS_ACCESS_KEY_ID", USER).env("AWS_SECRET_ACCESS_KEY", PASSWORD);
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
    command
}

/// Exit code, stdout and stderr.
pub fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The home of a person whose target `prod` is that Athena.
pub fn home(athena: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/saldo");
    fs::create_dir_all(&folder).unwrap();
    let settings = format!(
        "[targets.prod]\nkind = 'athena'\nregion = 'us-east-1'\nendpoint = '{}'\nprice_per_tb = 5\n",
        router::before(athena, &MINISTACK)
    );
    fs::write(folder.join("saldo.toml"), settings).unwrap();
    home
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story: each step needs what the one before it left")]
fn a_person_asks_athena() {
    let Some(athena) = &*ATHENA else { return };
    let home = home(athena);
    let run = |arguments: &[&str]| told(&command(home.path(), arguments).output().unwrap());

    let rows = "k,v\na,1.10\nb,\nñ,12345678901234567890123456.78\n";
    let (code, out, said) = run(&["query", "-c", MONEY, "--target", "prod"]);
    assert_eq!((code, out.as_str()), (0, rows), "{said}");
    assert!(said.contains("kept as results.r1"), "{said}");
    assert_eq!(run(&["query", "-c", "FROM results.r1"]).1, rows);

    // Ctrl-C, once the engine knows the run.
    let child = command(home.path(), &["query", "-c", ENDLESS, "--target", "prod"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = loop {
        let (_, list, _) = run(&["runs", "--format", "json"]);
        let list: Value = serde_json::from_str(&list).unwrap();
        if let Some(run) = list.as_array().unwrap().iter().find(|run| run["state"] == "running") {
            break run["id"].as_str().unwrap().to_owned();
        }
        thread::yield_now();
    };
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let (code, out, said) = told(&child.wait_with_output().unwrap());
    assert_eq!((code, out.as_str()), (130, ""), "{said}");
    assert!(said.starts_with("stopping the run on prod") && said.ends_with("error: cancelled\n"), "{said}");
    let state_of = |id: &str| {
        let request = json!({ "QueryExecutionId": id });
        let (_, answer) = operate(athena, "AmazonAthena.GetQueryExecution", &request);
        answer["QueryExecution"]["Status"]["State"].clone()
    };
    assert_eq!(state_of(&id), "CANCELLED");

    // Stopped when its time is over.
    let (code, out, said) = run(&["query", "-c", ENDLESS, "--target", "prod", "--timeout", "1"]);
    assert_eq!((code, out.as_str()), (1, ""), "{said}");
    assert!(said.ends_with("error: stopped after 1 s, all the time that it was given\n"), "{said}");
    let list: Value = serde_json::from_str(&run(&["runs", "--format", "json"]).1).unwrap();
    let is_it = |run: &&Value| run["state"] == "cancelled" && run["id"] != id;
    let stopped = list.as_array().unwrap().iter().find(is_it).expect("it is listed");
    assert_eq!(state_of(stopped["id"].as_str().unwrap()), "CANCELLED");

    // An earlier result is taken where one is wanted, and costs nothing.
    let again = |minutes: &str| {
        let (code, out, said) = run(&["query", "-c", MONEY, "--target", "prod", "--reuse", minutes]);
        assert_eq!((code, out.as_str()), (0, rows), "{said}");
        said.contains("an earlier result was taken · scanned 0 bytes for $0.00")
    };
    assert_eq!(["60", "0", "60"].map(again), [true, false, true]);

    // Left alone, stopped by its id; left alone, opened later.
    let (code, out, _) = run(&["query", "-c", ENDLESS, "--target", "prod", "--detach"]);
    let id = out.trim_end();
    assert_eq!((code, id.len()), (0, 36), "{out}");
    let (code, _, said) = run(&["runs", "stop", id, "--target", "prod"]);
    assert!(code == 0 && said.ends_with(&format!("stopped {id}\n")), "{said}");
    let (_, out, _) = run(&["query", "-c", MONEY, "--target", "prod", "--detach"]);
    let (code, out, said) =
        run(&["runs", "attach", out.trim_end(), "--target", "prod", "--keep-as", "later"]);
    assert_eq!((code, out.as_str()), (0, rows), "{said}");
    assert!(run(&["results", "show", "later"]).1.contains("('b', NULL)"));

    let (_, sums, _) = run(&["cost", "--by", "target"]);
    assert!(sums.contains("\nprod,8,3,0,"), "every run has a price: {sums}");

    let compare = |here: &str| run(&["query", "-c", here, "--target", "prod", "--compare", "local"]);
    let (code, out, said) = compare(MONEY);
    assert_eq!((code, out.as_str()), (0, ""), "{said}");
    let (code, out, said) = run(&["doctor", "prod"]);
    assert!(out.contains("prod: ok     identity: "), "{code} {out}{said}");
    for file in walk(home.path()) {
        let bytes = fs::read(&file).unwrap();
        let is_in = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!is_in(PASSWORD), "{} holds the key", file.display());
    }
}

/// All files below a folder.
fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
