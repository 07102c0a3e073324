//! The history of `saldo query`: what ran, how it ended, what is secret, and who may read it.

use super::*;

fn entries(home: &Path, more: &[&str]) -> Vec<serde_json::Value> {
    let output = saldo_in(home, &[&["history", "--format", "jsonl"], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_query_is_found_again_with_its_outcome_and_no_secret() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    run_in(home, &["query", "-c", "SELECT range AS n FROM range(5)"]);
    run_in(home, &["query", "-c", "SELECT nope"]);
    run_in(home, &["--write", "query", "-c", "CREATE SECRET s (TYPE s3, KEY_ID 'AKIA1', SECRET 'hunter2')"]);
    run_in(
        home,
        &[
            "query",
            "-c",
            "-- param: db_password text\nSELECT length(:db_password) AS l",
            "-p",
            "db_password=hunter3",
        ],
    );
    let found = entries(home, &[]);
    let outcomes: Vec<_> = found.iter().rev().map(|entry| entry["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes[..2], ["succeeded", "failed"], "{found:?}");
    assert_eq!(
        (&found.last().unwrap()["rows"], &found.last().unwrap()["program"]),
        (&5.into(), &"query".into())
    );
    assert!(found.iter().any(|entry| entry["error"].as_str().is_some_and(|error| error.contains("nope"))));
    let state = walk(home);
    let (path, kept) = state.iter().find(|(path, _)| path.ends_with("history.jsonl")).unwrap();
    for secret in ["hunter2", "hunter3", "AKIA1"] {
        assert!(!kept.contains(secret), "{secret}: {kept}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(entries(home, &["rnge"]).len(), 1);
    assert_eq!(entries(home, &["--outcome", "failed", "--limit", "1"]).len(), 1);
    let lists = run_in(home, &["history", "--format", "table"]);
    assert!(lists.contains("SELECT range AS n FROM range(5)"), "{lists}");
    // What the program asks by itself is none of the person's questions.
    run_in(home, &["history"]);
    assert_eq!(entries(home, &[]).len(), found.len());
}

#[test]
fn an_entry_is_pinned_and_forgotten_by_its_id_and_the_setting_keeps_none() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    run_in(home, &["query", "-c", "SELECT 1 AS n"]);
    let id = entries(home, &[])[0]["id"].as_str().unwrap().to_owned();
    assert!(run_in(home, &["history", "--pin", &id]).starts_with("--- 0"));
    assert_eq!(entries(home, &[])[0]["pinned"], true);
    assert!(run_in(home, &["history", "--unpin", &id]).starts_with("--- 0"));
    assert_eq!(entries(home, &[])[0]["pinned"], false);
    assert!(run_in(home, &["history", "--forget", &id]).starts_with("--- 0"));
    assert_eq!(entries(home, &[]).len(), 0);
    let gone = run_in(home, &["history", "--forget", &id]);
    assert!(gone.starts_with("--- 2\nerror: there is no entry "), "{gone}");
    fs::write(home.join("off.toml"), "history = false\n").unwrap();
    run_in(home, &["--config", "off.toml", "query", "-c", "SELECT 2 AS n"]);
    assert_eq!(entries(home, &[]).len(), 0);
    assert!(run_in(home, &["--config", "off.toml", "history"]).contains("the history is off"));
}

/// Every file of a folder, as text.
fn walk(folder: &Path) -> Vec<(std::path::PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push((path.clone(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
    found
}
