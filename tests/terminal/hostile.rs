//! Cells, names, texts and programs that mean harm or fail: none of them commands the terminal, stops a start or costs a
//! text.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// What a terminal would obey, or what would make a reader see another text than the one that is there.
const ATTACKS: [&str; 25] = [
    "\u{1b}]0;pwned\u{7}",
    "\u{1b}]52;c;cHduZWQ=\u{1b}\\",
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}[31mred",
    "\u{1b}[?1049l",
    "\u{1b}[6n",
    "\u{1b}P+q544e\u{1b}\\",
    "\u{1b}_payload\u{1b}\\",
    "\u{1b}^private\u{1b}\\",
    "\u{1b}c",
    "\u{1b}",
    "\u{9b}31m",
    "\u{9d}0;pwned\u{9c}",
    "\u{90}x\u{9c}",
    "\u{0}\u{1}\u{2}",
    "\u{7}\u{8}\u{b}\u{c}\u{e}\u{f}",
    "\r\n\roverwritten",
    "\u{7f}\u{85}",
    "\u{202e}gnp.exe\u{202c}",
    "\u{2066}\u{2069}\u{200f}\u{061c}",
    "a\u{200b}b\u{200d}c\u{feff}d\u{2060}",
    "\u{2028}\u{2029}",
    "\u{e0041}\u{e0042}\u{e007f}",
    "\u{fff9}\u{fffb}\u{ad}\u{34f}\u{115f}\u{3164}\u{fe0f}",
    "\t\u{1b}[200~; DROP TABLE x\u{1b}[201~",
];

/// Eight texts of each attack, one of them of a megabyte.
fn hostile() -> Vec<String> {
    let of = |(index, attack): (usize, &&str)| {
        let long = "x".repeat(if index == 0 { 1 << 20 } else { 3_000 });
        [
            (*attack).to_owned(),
            attack.repeat(40),
            format!("text {attack} text"),
            format!("日本語{attack}日本語"),
            format!("{long}{attack}"),
            format!("{attack}{long}"),
            format!("{{\"json\": \"{attack}\"}}"),
            format!("{}{attack}", "e\u{301}\u{302}".repeat(60)),
        ]
    };
    ATTACKS.iter().enumerate().flat_map(of).collect()
}

/// That the bytes are drawing and nothing else: letters, and sequences that draw.
#[track_caller]
fn assert_draws_only(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("whole letters");
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let sequence: String = rest[at..].chars().take(24).collect();
        let after = rest[at + 1..].strip_prefix('[').unwrap_or_else(|| panic!("not a drawing: {sequence:?}"));
        let end = after.find(|mark: char| !(mark.is_ascii_digit() || ";:?".contains(mark)));
        let last = after[end.unwrap_or(0)..].chars().next().unwrap_or(' ');
        assert!("HmhlJKABCDGX".contains(last), "not a drawing: {sequence:?}");
        rest = &after[end.unwrap_or(0) + 1..];
    }
    let odd = |mark: &char| {
        mark.is_control() && !matches!(mark, '\u{1b}' | '\r' | '\n')
            || matches!(mark, '\u{34f}' | '\u{115f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
            || matches!(mark, '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let found: Vec<_> = text.chars().filter(odd).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn two_hundred_hostile_cells_are_read_in_every_way_and_command_nothing() {
    let place = Place::empty();
    let cells = hostile();
    assert_eq!(cells.len(), 200);
    let lines: Vec<_> = cells
        .iter()
        .enumerate()
        .map(|(n, cell)| {
            serde_json::json!({"n": n, "cell": cell, "ce\u{1b}]0;pwned\u{7}ll": cell}).to_string()
        })
        .collect();
    place.write("cells.jsonl", &lines.join("\n"));
    let mut terminal = place.spawn(&["open", "cells.jsonl"], 140, 40);
    terminal.wait_for("of 200 rows");
    for page in 0..14 {
        terminal.send("\x1b[6~");
        terminal.wait_for_quiet(Duration::from_millis(100));
        if page % 3 == 0 {
            // The record, its next one, what the column holds, a chart of it.
            terminal.send("\r");
            terminal.wait_for("Row ");
            terminal.send("\x1b[C\x1b[6~");
            terminal.wait_for_quiet(Duration::from_millis(100));
            terminal.send("q");
            terminal.wait_until("the grid", |seen| !seen.has("Row "));
        }
    }
    terminal.send("\x1b[H\x1b[C");
    terminal.send("p");
    terminal.wait_for("different 200");
    terminal.send("\x1b[6~");
    terminal.wait_for_quiet(Duration::from_millis(300));
    terminal.send("\x1b");
    terminal.wait_until("the grid", |seen| !seen.has("different 200"));
    terminal.send("s");
    terminal.wait_for("sorted by");
    terminal.send("/pwned\r");
    terminal.wait_for_quiet(Duration::from_millis(300));
    terminal.send("C");
    terminal.wait_for("Columns");
    terminal.send("q4v");
    terminal.wait_for_quiet(Duration::from_millis(300));
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert_draws_only(&terminal.seen().bytes);
}

#[test]
fn hostile_names_of_files_are_read_and_command_nothing() {
    let place = Place::empty();
    let folder = place.path("files");
    fs::create_dir(&folder).unwrap();
    let attacks = ATTACKS.iter().filter(|attack| !attack.contains('\0'));
    let mut names: Vec<_> =
        attacks.map(|attack| format!("{}.csv", attack.replace('/', "_")).into_bytes()).collect();
    names.extend([b"\xff\xfe.csv".to_vec(), b"a\xc3(b.csv".to_vec(), b"it's \"so\"; --.csv".to_vec()]);
    let count = names.len();
    for name in &names {
        fs::write(folder.join(OsStr::from_bytes(name)), "n,m\n1,2\n").unwrap();
    }
    let mut terminal = place.spawn(&["open", "files"], 140, 60);
    terminal.wait_for(&format!("of {count} rows"));
    terminal.send("1");
    for _ in 0..count {
        terminal.send("\x1b[B");
        terminal.wait_for_quiet(Duration::from_millis(30));
        terminal.send("\r");
        terminal.wait_for_quiet(Duration::from_millis(60));
        terminal.send("1");
    }
    terminal.send("e");
    terminal.wait_for("LIMIT 1000");
    terminal.send("\x11");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert_draws_only(&terminal.seen().bytes);
}

#[test]
fn a_poisoned_draft_stops_no_start_and_commands_nothing() {
    let text = |text: &str| serde_json::json!([{"name": text, "text": text}]).to_string().into_bytes();
    let poisons: [(&str, Option<Vec<u8>>, bool); 6] = [
        ("escape sequences", Some(text(&ATTACKS.concat())), true),
        ("invalid UTF-8", Some(b"[{\"name\":\"\",\"text\":\"\xff\"}]".to_vec()), false),
        ("50 MB", Some(text(&"SELECT 1; ".repeat(5 << 20))), false),
        ("a deep nest", Some("[".repeat(100_000).into_bytes()), false),
        ("one long line", Some(text(&"é".repeat(2 << 20))), true),
        ("a folder", None, false),
    ];
    for (what, poison, is_text) in poisons {
        let place = Place::with_lake();
        let draft = place.write("cache/saldo/drafts/1-0.json", "");
        match poison {
            Some(poison) => fs::write(&draft, poison).unwrap(),
            None => {
                fs::remove_file(&draft).unwrap();
                fs::create_dir(&draft).unwrap();
            }
        }
        let mut terminal = explorer(&place, &[]);
        if !is_text {
            terminal.wait_for("a text of the editor could not be read");
        }
        terminal.run_sql("\x1b[1;5F;\r SELECT 6 * 7 AS answer");
        terminal.wait_until(what, |seen| seen.has("1 of 1 row") && !seen.lines_with("42").is_empty());
        terminal.send("\x11");
        assert_eq!(terminal.wait_for_end().exit_code(), 0, "{what}");
        assert_draws_only(&terminal.seen().bytes);
        let aside = draft.with_extension("unreadable");
        assert_eq!(aside.exists(), !is_text, "{what} stays on disk");
    }
}

/// An editor's program: a script that is given the file.
fn editor(place: &Place, name: &str, script: &str) -> String {
    let path = place.write(name, &format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_persons_own_editor_has_the_terminal_and_gives_the_text_back() {
    let place = Place::with_lake();
    let script = "printf 'the editor is here '; read answer; sed -i \"s/1/$answer/\" \"$1\"";
    let program = editor(&place, "own", script);
    let place = place.variable("EDITOR", "false").variable("VISUAL", &program);
    let mut terminal = explorer(&place, &[]);
    terminal.send("2SELECT 1 AS answer\x05");
    let is_here = || terminal.seen().bytes.ends_with(b"here ");
    assert!(terminal.becomes(Duration::from_mins(1), is_here), "{}", terminal.seen().text());
    assert!(!terminal.seen().screen().alternate_screen(), "it has the terminal");
    terminal.send("42\r");
    terminal.wait_for("SELECT 42 AS answer");
    terminal.send(RUN);
    terminal.wait_until("the row", |seen| seen.has("1 of 1 row") && seen.lines_with("42").len() > 1);
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn an_editor_that_fails_is_missing_or_means_harm_costs_no_text() {
    for (script, wanted) in [
        ("echo lost > \"$1\"; exit 7", "ended with code 7; the text stays as it was"),
        ("rm \"$1\"", "cannot be read"),
        ("kill -9 $$", "ended with code 137"),
        ("printf '\\033]0;pwned\\007' > \"$1\"", "pwned"),
    ] {
        let place = Place::with_lake();
        let program = editor(&place, "own", script);
        let place = place.variable("EDITOR", &program);
        let mut terminal = explorer(&place, &[]);
        terminal.send("2SELECT 'mine'\x05");
        terminal.wait_for(wanted);
        if wanted == "pwned" {
            assert!(!contains(&terminal.seen().bytes, HOSTILE));
            terminal.send("\x15");
        }
        terminal.wait_for("SELECT 'mine'");
        terminal.send("\x11");
        assert_eq!(terminal.wait_for_end().exit_code(), 0);
    }
    let place = Place::with_lake().variable("EDITOR", "/nowhere/editor");
    let mut terminal = explorer(&place, &[]);
    terminal.send("2SELECT 'mine'\x05");
    terminal.wait_for("could not be started: set $VISUAL or $EDITOR");
    terminal.wait_for("SELECT 'mine'");
}
