//! A session that was recorded on a terminal and is done again without one.

use std::os::unix::fs::PermissionsExt as _;

use super::harness::Place;
use super::*;

/// A recording of a statement, a sorted result and a copy, and the screen before the last key.
fn recorded(place: &Place) -> (String, String) {
    let log = place.path("session.jsonl");
    let mut terminal = place.spawn(&["--record", "session.jsonl"], 100, 30);
    terminal.wait_for("newest ");
    terminal.wait_for("is recorded in session.jsonl");
    terminal.run_sql("SELECT range AS n, 'é ' || range AS label FROM range(300) -- password=abc");
    terminal.wait_for("of 300 rows");
    terminal.send("s");
    terminal.send("s");
    terminal.wait_until("the last row first", |seen| !seen.lines_with("│  1  299").is_empty());
    terminal.send("\x1b[6~");
    terminal.wait_for("10 of 300 rows");
    terminal.resize(80, 24);
    terminal.wait_until("the new size", |seen| seen.text().lines().count() <= 24 && seen.has("300 rows"));
    terminal.send("y");
    terminal.wait_for("copied the cell");
    let screen = terminal.seen().text();
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600, "it is for the person alone");
    (fs::read_to_string(log).unwrap(), screen)
}

fn run(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let output = place.command(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The screen but for what only a clock or the machine decides.
fn without_times(screen: &str) -> Vec<String> {
    let line = |line: &str| {
        let words = line.split(" · ").filter(|word| !(word.ends_with(" ms") || word.ends_with(" MB")));
        words.map(|word| word.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    // The footer said what was copied, until the key that leaves.
    screen.lines().take(23).map(line).collect()
}

#[test]
fn what_was_recorded_on_a_terminal_is_replayed_without_one() {
    let place = Place::with_lake();
    let (log, screen) = recorded(&place);
    assert!(!log.contains("abc") && log.contains("password=***"), "{log}");
    assert!(log.contains(r#"{"key":"Ctrl-r"},"does":"run""#), "{log}");
    assert!(log.contains("SELECT range AS n, 'é ' || range AS label"), "a statement is one line:\n{log}");

    let kept = || -> Vec<_> {
        let mut kept = [files(&place.path("cache")), files(&place.path("data"))].concat();
        kept.sort();
        kept.into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect()
    };
    let before = kept();
    let (code, out, said) = run(&place, &["replay", "session.jsonl"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(without_times(&out), without_times(&screen));
    assert!(said.contains("not done in a replay: ") && said.contains("bytes were not copied"), "{said}");
    assert_eq!(kept(), before, "it keeps nothing of its own");

    let (code, out, said) = run(&place, &["replay", "session.jsonl", "--check"]);
    assert_eq!((code, out.as_str()), (0, ""), "{said}");
    assert!(said.contains("the screen is as recorded"), "{said}");

    let (code, out, _) = run(&place, &["replay", "session.jsonl", "--screens"]);
    assert!(code == 0 && out.contains("(run)\n") && out.matches("\n# ").count() > 5, "{out}");

    place.write("other.jsonl", &log.replace("range(300)", "range(299)"));
    let (code, _, said) = run(&place, &["replay", "other.jsonl", "--check"]);
    assert!(
        code == 3 && said.contains("was  ") && said.contains("the screen is not what was recorded"),
        "{said}"
    );
}

#[test]
fn a_log_that_is_damaged_or_hostile_does_nothing_but_say_so() {
    let place = Place::with_lake();
    let (log, _) = recorded(&place);
    let lines: Vec<_> = log.lines().collect();
    let with = |line: &str| format!("{}\n{line}\n", lines[..3].join("\n"));
    let key = |key: &str| format!("{{\"at\":1,\"event\":{{\"key\":\"{key}\"}}}}");
    for (text, until, code, wanted) in [
        (with("{\"at\":1,\"eve"), None, 1, "line 4: it is damaged"),
        (with("{\"at\":1,\"eve"), Some("2"), 0, ""),
        (with("{\"at\":1,\"event\":{\"resize\":[65535,65535]}}"), None, 1, "no size of a screen"),
        (with(&key("\\u001b]0;pwned\\u0007")), None, 1, "line 4"),
        (log.replacen("\"saldo_session\":1", "\"saldo_session\":9", 1), None, 1, "the format 9"),
        ("SELECT 1".into(), None, 1, "it is no session"),
        (log.replacen("\"write\"", "\"opened\":\"/etc/passwd\",\"write\"", 1), None, 2, "--open FILE"),
    ] {
        place.write("odd.jsonl", &text);
        let until: Vec<_> = until.into_iter().flat_map(|until| ["--until", until]).collect();
        let (found, out, said) = run(&place, &[&["replay", "odd.jsonl"][..], &until].concat());
        assert!(found == code && said.contains(wanted), "{code} {wanted}: {found}\n{said}");
        assert!(!contains(out.as_bytes(), b"\x1b") && !contains(said.as_bytes(), b"\x1b"), "{said}");
    }

    // A statement that writes, a file, a title for the window: none of it happens.
    let (folder, data) = (place.path("."), "SELECT '\\u001b]0;pwned\\u0007'");
    let write = format!("COPY (SELECT 1) TO '{}/made.csv'", folder.display());
    let hostile = [
        lines[0].replacen("\"write\":false", "\"write\":true", 1),
        "{\"at\":1,\"event\":{\"text\":\"2\"}}".into(),
        format!("{{\"at\":2,\"event\":{{\"paste\":\"{write}\"}}}}"),
        key("Ctrl-r"),
        "{\"at\":3,\"event\":{\"text\":\"y\"}}".into(),
        "{\"at\":3,\"event\":{\"text\":\"2\"}}".into(),
        format!("{{\"at\":4,\"event\":{{\"paste\":\";{data}\"}}}}"),
        key("Ctrl-r"),
        "{\"at\":5,\"event\":{\"text\":\"x\"}}".into(),
        format!("{{\"at\":6,\"event\":{{\"paste\":\"{}/out.csv\"}}}}", folder.display()),
        key("Enter"),
        key("Ctrl-z"),
        "{\"at\":7,\"event\":{\"text\":\"2\"}}".into(),
        key("Ctrl-e"),
    ];
    place.write("hostile.jsonl", &hostile.join("\n"));
    let (code, out, said) = run(&place, &["replay", "hostile.jsonl"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("a statement that writes was not run"), "{said}");
    assert!(said.contains("out.csv was not written") && said.contains("no editor was started"), "{said}");
    assert!(!contains(out.as_bytes(), b"\x1b") && !place.path("made.csv").exists(), "{out}");
    assert!(!place.path("out.csv").exists());
}

#[test]
fn a_recording_goes_over_no_file_and_is_of_the_explorer_alone() {
    let place = Place::with_lake();
    place.write("there.jsonl", "mine");
    for arguments in [&["--record", "there.jsonl"][..], &["--record", "new.jsonl", "queries"]] {
        let (code, _, said) = run(&place, arguments);
        assert!(code == 2 && said.contains("hint: "), "{arguments:?}: {said}");
    }
    assert_eq!(fs::read_to_string(place.path("there.jsonl")).unwrap(), "mine");
}

#[test]
fn a_statement_that_was_stopped_is_stopped_again() {
    let place = Place::with_lake();
    let mut terminal = place.spawn(&["--record", "stopped.jsonl"], 100, 30);
    terminal.wait_for("newest ");
    terminal.run_sql("SELECT count(*) FROM range(1000000000000)");
    terminal.wait_for("running");
    terminal.send(CTRL_C);
    terminal.wait_for("CANCELLED");
    terminal.send("q");
    terminal.wait_for_end();
    let (code, out, said) = run(&place, &["replay", "stopped.jsonl"]);
    assert!(code == 0 && out.contains("CANCELLED"), "{said}{out}");
    let (code, _, said) = run(&place, &["replay", "stopped.jsonl", "--check"]);
    assert_eq!(code, 0, "{said}");
}
