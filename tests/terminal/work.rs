//! That no work is lost, and how the program stops, goes on and ends.

use super::*;

const CTRL_Z: &str = "\x1a";
const CTRL_N: &str = "\x0e";
const ESC: &str = "\x1b";

/// The letter that the system shows for what a process does: `T` is stopped.
fn state(terminal: &Terminal) -> String {
    let stat = fs::read_to_string(format!("/proc/{}/stat", terminal.process())).unwrap_or_default();
    stat.rsplit(") ").next().and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned()
}

fn drafts(place: &Place) -> String {
    files(&place.path("cache/saldo/drafts")).iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

#[test]
fn two_explorers_keep_a_text_each_and_the_next_start_has_both() {
    let place = Place::with_lake();
    let mut two = [explorer(&place, &[]), explorer(&place, &[])];
    for (terminal, text) in two.iter_mut().zip(["SELECT 'first'", "SELECT 'second'"]) {
        terminal.send("2");
        terminal.send(text);
        terminal.wait_for(text);
        terminal.send("\x11");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
    }
    let mut next = explorer(&place, &[]);
    next.wait_until("one of two", |seen| seen.has("SELECT 'second'") && seen.has("Editor ─ 1 · 2"));
    next.send("2");
    next.send(CTRL_N);
    next.wait_until("the other", |seen| seen.has("SELECT 'first'") && seen.has("Editor ─ 1 · 2"));
}

#[test]
fn a_query_leaves_the_typed_text_in_its_buffer() {
    let place = Place::with_lake();
    let mut terminal = explorer(&place, &[]);
    terminal.send("2SELECT 'mine'");
    terminal.wait_for("SELECT 'mine'");
    terminal.send(ESC);
    terminal.wait_for("P history");
    terminal.send("1");
    terminal.send("e");
    terminal.wait_for("Editor ─ 1 · 2");
    terminal.send(CTRL_N);
    terminal.wait_for("SELECT 'mine'");
}

#[test]
fn a_text_that_cannot_be_kept_is_said_before_leaving() {
    let place = Place::with_lake();
    // A file where the folder should be: nothing can be written below it, whoever runs the test.
    place.write("cache/saldo/drafts", "");
    let mut terminal = explorer(&place, &[]);
    terminal.send("2SELECT 1");
    terminal.wait_for("cannot be kept");
    terminal.send("\x11");
    terminal.wait_for("again leaves without it");
    terminal.send("\x11");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn it_stops_for_the_shell_and_comes_back() {
    for by_key in [true, false] {
        let mut terminal = explorer(&Place::with_lake(), &[]);
        if by_key {
            terminal.send(CTRL_Z);
        } else {
            terminal.signal("TSTP");
        }
        wait_until("a stopped program", || state(&terminal) == "T");
        // What is given back ends with no frame, so nothing waits for one.
        wait_until("the shell's screen", || !terminal.seen().screen().alternate_screen());
        assert!(terminal.is_line_restored());
        terminal.resize(120, 36);
        terminal.signal("CONT");
        terminal.wait_until("the whole screen", |seen| {
            seen.screen().alternate_screen() && seen.has("Tables") && seen.has("─ Charts")
        });
        assert!(!terminal.is_line_restored());
        terminal.send("q");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
        terminal.assert_restored();
    }
}

#[test]
fn a_shell_ends_it_while_it_is_stopped_and_lets_it_go_on_only_in_front() {
    let place = Place::with_lake();
    let mut shell = place.spawn_program("/bin/bash", &["--norc", "--noprofile", "-i"], 100, 30);
    // What a shell says ends with no frame, so nothing waits for one.
    let says = |shell: &Terminal, text: &str| {
        wait_until(text, || !shell.seen().screen().alternate_screen() && shell.seen().has(text));
    };
    let stopped = |shell: &mut Terminal, command: &str| {
        shell.send(command);
        shell.wait_until("the screen", |seen| seen.screen().alternate_screen() && seen.has("q quit"));
        shell.send(CTRL_Z);
        says(shell, "Stopped");
    };
    stopped(&mut shell, concat!(env!("CARGO_BIN_EXE_saldo"), "\r"));
    // Behind it has nothing to do.
    shell.send("clear; bg; until jobs | grep -q Stopped; do sleep 0.1; done; echo halt $((40 + 2))\r");
    says(&shell, "halt 42");
    stopped(&mut shell, "clear; fg\r");
    // What is typed meanwhile is the shell's to read; for one that takes the job for stopped still, it has to be said twice.
    shell.send("clear; kill %1; wait -f; echo over $((40 + 2))\rexit\rexit\r");
    says(&shell, "over 42");
    assert_eq!(shell.wait_for_end().exit_code(), 0);
}

#[test]
fn it_takes_the_terminal_back_after_a_stop_from_outside() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.signal("STOP");
    wait_until("a stopped program", || state(&terminal) == "T");
    // A shell makes the line its own, and writes on what it takes for its screen.
    terminal.take_line("[1]+  Halted\r\n$ fg\r\n");
    wait_until("the shell's words", || terminal.seen().has("Halted"));
    assert!(terminal.is_line_restored());
    terminal.signal("CONT");
    terminal.wait_until("the whole screen", |seen| {
        seen.screen().alternate_screen() && seen.has("Tables") && seen.has("q quit") && !seen.has("Halted")
    });
    assert!(!terminal.is_line_restored());
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    terminal.assert_restored();
}

/// A signal that comes with the first byte of the screen finds the program ready for it.
#[test]
fn a_signal_at_the_first_moment_is_heeded() {
    for (signal, code) in [("TSTP", None), ("TERM", Some(0)), ("HUP", Some(0)), ("INT", Some(0))] {
        let mut terminal = Place::with_lake().spawn(&[], 100, 30);
        assert!(terminal.comes_within(Duration::from_mins(1)), "no screen");
        terminal.signal(signal);
        if code.is_none() {
            wait_until("a stopped program", || state(&terminal) == "T");
            terminal.signal("CONT");
            terminal.wait_for("Nothing was run yet");
            terminal.send("q");
        }
        assert_eq!(terminal.wait_for_end().exit_code(), code.unwrap_or_default(), "{signal}");
        terminal.assert_restored();
    }
}

#[test]
fn without_a_terminal_it_says_so_in_a_sentence() {
    let output = Place::with_lake().command(&[]).stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("error: the explorer needs a terminal") && text.lines().count() == 2, "{text}");
}

#[test]
fn leaving_while_a_run_starts_waits_for_the_engine() {
    let place = Place::with_lake();
    for _ in 0..12 {
        let mut terminal = explorer(&place, &[]);
        terminal.run_sql("SELECT count(*) FROM processed a, processed b WHERE a.account_no > b.account_no");
        terminal.send("\x11");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
        terminal.assert_restored();
    }
}

#[test]
fn rows_before_an_error_are_read_with_the_error_beside_them() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    let label = "CASE WHEN i < 40000 THEN 'line ' || i || repeat(' x', 500) ELSE error('no such line') END";
    terminal.run_sql(&format!("SELECT {label} AS label FROM range(50000) t(i)"));
    terminal.wait_until("rows and the error", |seen| {
        seen.has("line 0 x") && seen.has("failed after") && seen.has("no such line")
    });
    terminal.send(END);
    terminal.wait_until("the last row before it", |seen| {
        !seen.has("line 0 x") && seen.lines_with("line ").len() > 3 && seen.has("Results ─ failed after")
    });
}

/// A result of many rows, held whole.
fn with_rows(place: &Place) -> Terminal {
    let mut terminal = explorer(place, &[]);
    terminal.run_sql("SELECT 'line ' || range AS label FROM range(2000000)");
    terminal.send("");
    terminal.wait_for("1 of 2,000,000 rows");
    terminal
}

/// The export's prompt, with this name in place of the one offered.
fn export(terminal: &mut Terminal, name: &str) {
    terminal.send("x");
    terminal.wait_for("beside it");
    terminal.send("\x15");
    terminal.send(name);
    terminal.wait_for(name);
    terminal.send(ENTER);
}

#[test]
fn an_export_is_seen_stopped_and_leaves_nothing() {
    let place = Place::with_lake().settings("hold_rows = 3000000\n");
    let mut terminal = with_rows(&place);
    export(&mut terminal, "many.csv");
    terminal.wait_for("exporting");
    terminal.send(CTRL_C);
    terminal.wait_for("many.csv was not written");
    let left = files(&place.path(".")).into_iter().filter(|path| {
        path.extension().is_some_and(|end| end == "csv")
            || path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp"))
    });
    assert_eq!(left.collect::<Vec<_>>(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn leaving_finishes_an_export_first() {
    let place = Place::with_lake().settings("hold_rows = 3000000\n");
    let mut terminal = with_rows(&place);
    export(&mut terminal, "many.csv");
    terminal.wait_for("exporting");
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    let text = fs::read_to_string(place.path("many.csv")).unwrap();
    assert_eq!((text.lines().count(), text.lines().last()), (2_000_001, Some("line 1999999")));
}

#[test]
fn a_file_that_is_there_is_overwritten_after_a_question_only() {
    let place = Place::with_lake();
    place.write("kept.csv", "old\n");
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql("SELECT 6 * 7 AS answer");
    terminal.wait_for("1 of 1 row");
    export(&mut terminal, "kept.csv");
    terminal.wait_for("Overwrite it?");
    terminal.send("n");
    terminal.wait_until("the question gone", |seen| !seen.has("Overwrite it?"));
    assert_eq!(fs::read_to_string(place.path("kept.csv")).unwrap(), "old\n");
    export(&mut terminal, "kept.csv");
    terminal.wait_for("Overwrite it?");
    terminal.send("y");
    terminal.wait_for("wrote 1 row");
    assert_eq!(fs::read_to_string(place.path("kept.csv")).unwrap(), "answer\n42\n");
}

#[test]
fn a_run_elsewhere_is_seen_and_read_on_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let copied = std::process::Command::new("cp").arg("-r").arg(LAKE.path().join("lake")).arg(&lake).status();
    assert!(copied.unwrap().success());
    let place = Place::empty().variable("SALDO_LAKE", lake.to_str().unwrap());
    let mut terminal = explorer(&place, &[]);
    let manifest = lake.join("_saldo/manifest.json");
    fs::copy(&manifest, lake.join("_saldo/next")).unwrap();
    fs::rename(lake.join("_saldo/next"), &manifest).unwrap();
    terminal.wait_until("the notice", |seen| {
        seen.has("the lake was written to") && seen.has("the lake has changed")
    });
    terminal.send("r");
    terminal.wait_until("the new state", |seen| {
        seen.has("the lake was read again") && !seen.has("the lake has changed")
    });
}

#[test]
fn a_broken_draft_stops_no_start() {
    let place = Place::with_lake();
    place.write("cache/saldo/drafts/1-0.json", "{");
    let terminal = explorer(&place, &[]);
    terminal.wait_for("could not be read");
    assert_eq!(drafts(&place), "{");
}

#[test]
fn what_a_query_was_given_stands_in_its_form_at_the_next_start() {
    let place = Place::with_lake();
    let state = place.path(".local/state/saldo/parameters.json");
    place.write(".local/state/saldo/parameters.json", "{");
    for (typed, before) in [("777", "count    50 "), ("778", "count    777 ")] {
        let mut terminal = explorer(&place, &[]);
        if typed == "777" {
            terminal.wait_for("what was given to queries before could not be read");
        }
        terminal.send("/largest\r");
        terminal.wait_until("the filtered tree", |seen| !seen.has("Balance breaks"));
        terminal.send("\r");
        terminal.wait_for(before);
        terminal.send("\x1b[Z\x15");
        terminal.send(typed);
        terminal.wait_for(&format!("count    {typed} "));
        terminal.send("\r");
        terminal.wait_until("the result", |seen| !seen.has("may be empty"));
        terminal.send("\x11");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
        let kept = format!("{{\"largest_transactions\":{{\"count\":\"{typed}\"}}}}");
        assert_eq!(fs::read_to_string(&state).unwrap(), kept);
    }
}
