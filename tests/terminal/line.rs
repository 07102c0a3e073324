//! What goes over the line: the mouse, few frames on a slow one, terminals of every kind and size.

use super::*;

/// A press of the left button at a text on the screen.
fn press(terminal: &mut Terminal, text: &str) {
    let (line, column) = {
        let seen = terminal.seen();
        let lines = seen.text();
        let found = lines
            .lines()
            .enumerate()
            .find_map(|(line, row)| row.find(text).map(|at| (line + 1, row[..at].chars().count() + 1)));
        found.unwrap_or_else(|| panic!("no {text:?} in\n{lines}"))
    };
    terminal.send(&format!("\x1b[<0;{column};{line}M\x1b[<0;{column};{line}m"));
}

#[test]
fn the_mouse_sorts_and_opens_unless_it_is_left_to_the_terminal() {
    let mut terminal = explorer(&Place::with_lake(), &[]);
    terminal.run_sql("SELECT range AS n, -range AS m FROM range(300)");
    terminal.wait_for("of 300 rows");
    press(&mut terminal, "m ");
    terminal.wait_until("the smallest first", |seen| seen.lines_with("-299").len() == 1);
    press(&mut terminal, "Balance breaks");
    terminal.wait_for("Enter open");
    terminal.send("q");
    terminal.wait_for_end();
    terminal.assert_restored();
    let is_on = |bytes: &[u8]| contains(bytes, b"\x1b[?1000h") || contains(bytes, b"\x1b[?1003h");
    assert!(is_on(&terminal.seen().bytes) && contains(&terminal.seen().bytes, b"\x1b[?1000l"));

    for (place, arguments) in [
        (Place::with_lake().settings("mouse = false"), &[][..]),
        (Place::with_lake(), &["--low-bandwidth"][..]),
        (Place::with_lake().variable("TERM", "linux"), &[][..]),
    ] {
        let mut terminal = explorer(&place, arguments);
        terminal.send("q");
        terminal.wait_for_end();
        assert!(!is_on(&terminal.seen().bytes), "{arguments:?}");
    }
}

#[test]
fn a_slow_line_gets_few_frames_and_few_colours_while_rows_come() {
    let frames = |arguments: &[&str]| {
        let place = Place::with_lake().settings("hold_rows = 30000000");
        let mut terminal = explorer(&place, arguments);
        terminal.run_sql("SELECT range AS n, hash(range) AS h FROM range(6000000)");
        terminal.wait_for("of 6,000,000 rows");
        terminal.wait_for_quiet(QUIET);
        let bytes = terminal.seen().bytes.clone();
        let count = bytes.windows(8).filter(|part| part == b"\x1b[?2026h").count();
        (count, bytes)
    };
    let (usual, slow) = (frames(&[]), frames(&["--low-bandwidth"]));
    assert!(colours(&usual.1).iter().any(|codes| codes.contains("38;2;")));
    let is_of_sixteen = |codes: &String| {
        let numbered = codes.split(";5;").nth(1).and_then(|rest| rest.split(';').next()?.parse::<u8>().ok());
        !codes.contains(";2;") && numbered.is_none_or(|number| number < 16)
    };
    assert!(colours(&slow.1).iter().all(is_of_sixteen), "{:?}", colours(&slow.1));
    // How many frames there are in all is for the machine to say.
    let least = (slow.0 <= usual.0, slow.1.len() * 4 < usual.1.len() * 3);
    assert_eq!(least, (true, true), "{} of {} bytes", slow.1.len(), usual.1.len());
}

#[test]
fn terminals_of_every_kind_and_size_show_the_result() {
    for (term, locale) in [
        ("screen", "C.UTF-8"),
        ("linux", "C.UTF-8"),
        ("vt100", "C"),
        ("dumb", "C"),
        ("tmux-256color", "C.UTF-8"),
    ] {
        let place =
            Place::with_lake().variable("TERM", term).variable("COLORTERM", "").variable("LANG", locale);
        let mut terminal = place.spawn(&[], 80, 24);
        terminal.wait_for("help");
        terminal.run_sql("SELECT 6 * 7 AS answer, NULL AS nothing");
        terminal.wait_until("the row", |seen| seen.has("1 of 1 row") && !seen.lines_with("42").is_empty());
        let bytes = terminal.seen().bytes.clone();
        let plain = matches!(term, "vt100" | "dumb");
        assert_eq!(colours(&bytes).is_empty(), plain, "{term}");
        assert!(!plain || bytes.is_ascii(), "{term}");
        assert!(!colours(&bytes).iter().any(|codes| codes.contains(";2;")), "{term} has no true colours");
        // A storm of sizes: every frame is whole, and the last one fits. The last size is none of the storm's:
        // what reads the screen back has it before the program does, and no other frame may look like it.
        for step in 0..40_u16 {
            terminal.resize_unseen(80 + 55 * (step % 4), 24 + 19 * (step % 4));
        }
        terminal.resize(300, 100);
        terminal.send("3");
        terminal
            .wait_until("the last size", |seen| seen.text().lines().count() == 100 && seen.has("1 of 1 row"));
    }
}
