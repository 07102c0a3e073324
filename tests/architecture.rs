//! The tree keeps its shape: who names whom, how long a file is, what a file may not say.
//!
//! Read from the sources themselves, without comments, texts and test modules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Who may name whom among the modules of `lib.rs`. A new module needs a line, and thought.
const ARROWS: &[(&str, &[&str])] = &[
    // The words: plain data.
    ("query", &["sql"]),
    ("sql", &[]),
    ("calendar", &[]),
    ("value", &[]),
    ("config", &[]),
    // The work.
    ("engine", &["lake", "query", "sql", "value"]),
    ("lake", &[]),
    ("export", &["engine", "sql", "value"]),
    ("source", &["engine", "sql", "value"]),
    ("demo", &["lake", "pipeline"]),
    ("pipeline", &["calendar", "engine", "lake", "query", "sql"]),
    ("forecast", &["calendar"]),
    ("series", &["forecast", "value"]),
    ("external_model", &["forecast", "lake"]),
    ("credit", &["engine", "query", "value"]),
    // The screen.
    (
        "explorer",
        &[
            "config",
            "credit",
            "series",
            "engine",
            "export",
            "forecast",
            "lake",
            "external_model",
            "query",
            "sql",
            "value",
        ],
    ),
    (
        "cli",
        &[
            "config",
            "credit",
            "series",
            "demo",
            "engine",
            "explorer",
            "export",
            "forecast",
            "lake",
            "external_model",
            "pipeline",
            "query",
            "source",
            "sql",
            "value",
        ],
    ),
    ("main", &["cli"]),
];

/// Who may name whom inside the explorer. `widgets` draw data and know no pane but the plain types named here.
const INSIDE: &[(&str, &[&str])] = &[
    ("action", &[]),
    ("effect", &["panes::forecast::Ask"]),
    ("theme", &[]),
    ("keymap", &["action", "app::Pane"]),
    ("widgets", &["theme", WIDGET_DATA[0], WIDGET_DATA[1], WIDGET_DATA[2]]),
    ("panes", &["action", "jobs::Progress", "theme", "widgets"]),
    ("overlays", &["action", "app", "keymap", "panes", "theme"]),
    ("app", &["action", "effect", "jobs::JobEvent", "keymap", "overlays", "panes", "screen", "theme"]),
    ("screen", &["action", "app", "keymap", "overlays", "panes", "theme", "widgets"]),
    ("jobs", &["app::Msg", "app::Notice", "effect", "panes"]),
];

/// The rows and series that widgets draw.
const WIDGET_DATA: [&str; 3] =
    ["panes::results::Column", "panes::results::Results", "panes::charts::ChartData"];

/// Where a model is asked over the network.
const ENDPOINT: &str = "external_model/endpoint.rs";

/// Crates, and the only files or folders that may name them.
const CRATES: &[(&str, &[&str])] = &[
    ("ratatui", &["explorer"]),
    ("crossterm", &["explorer"]),
    ("tui_textarea", &["explorer/panes/editor.rs"]),
    (
        "tokio",
        &[
            "engine",
            "explorer.rs",
            "explorer/jobs.rs",
            "explorer/jobs",
            "cli/query.rs",
            "lake/remote",
            ENDPOINT,
        ],
    ),
    ("tokio_util", &["engine", "explorer/jobs.rs", "cli/query.rs"]),
    ("object_store", &["lake/remote"]),
    ("aws_config", &["lake/remote", ENDPOINT]),
    ("aws_credential_types", &["lake/remote", ENDPOINT]),
    ("aws_sigv4", &[ENDPOINT]),
    ("ureq", &["pipeline/rates/http.rs", ENDPOINT]),
    ("clap", &["cli", "config.rs", "export.rs"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

/// What only some files may say, each with the reason.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("Color::", &["explorer/theme.rs"], "a pane asks for a meaning, never for a colour"),
    ("Instant::now", OUTSIDE, "update and draw read no clock"),
    ("SystemTime", OUTSIDE, "update and draw read no clock"),
    ("Local::now", OUTSIDE, "update and draw read no clock"),
    ("fs::", OUTSIDE, "update and draw do no IO"),
    ("env::", OUTSIDE, "update and draw do no IO"),
    ("stdout", OUTSIDE, "update and draw do no IO"),
    ("thread::", OUTSIDE, "update and draw start nothing"),
];

/// Where the explorer meets the world; the rules above hold for the rest of its folder.
const OUTSIDE: &[&str] = &["explorer.rs", "explorer/jobs.rs", "explorer/jobs", "explorer/theme.rs"];

/// What a program that may not stop does not say.
const NEVER: &[&str] = &[
    ".unwrap()",
    ".expect(",
    ".unwrap_err()",
    ".expect_err(",
    "panic!(",
    "unreachable!(",
    "todo!(",
    "unimplemented!(",
    "dbg!(",
    "unsafe ",
];

const LONGEST: usize = 500;

/// A source file without its tests.
struct Source {
    /// Below `src`, with `/`.
    path: String,
    /// `explorer::panes::results`; empty for `lib.rs`.
    module: Vec<String>,
    /// The code: texts are empty, comments are gone, lines are kept.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    assert!(found.len() > 30, "this is not the tree");
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let stem = path.strip_suffix(".rs").unwrap();
        let module = if stem == "lib" { Vec::new() } else { stem.split('/').map(str::to_owned).collect() };
        let code = without_tests(&code_of(&fs::read_to_string(&file).unwrap()));
        Source { path, module, code }
    };
    found.into_iter().map(read).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The text with comments and the content of literals taken out.
fn code_of(text: &str) -> String {
    let marks: Vec<char> = text.chars().collect();
    let mut code = String::new();
    let mut at = 0;
    while at < marks.len() {
        let rest = &marks[at..];
        let named = at > 0 && (marks[at - 1].is_alphanumeric() || marks[at - 1] == '_');
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|mark| *mark == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => {
                rest.windows(2).position(|pair| pair == ['*', '/']).map_or(rest.len(), |end| end + 2)
            }
            ['r', '"' | '#', ..] if !named && raw_length(rest).is_some() => raw_length(rest).unwrap(),
            ['"', ..] => quoted_length(rest),
            ['\'', '\\', _, ..] => 3 + rest[3..].iter().position(|mark| *mark == '\'').unwrap_or(0) + 1,
            ['\'', _, '\'', ..] => 3,
            _ => {
                code.push(marks[at]);
                at += 1;
                continue;
            }
        };
        code.extend(rest[..length].iter().filter(|mark| **mark == '\n'));
        at += length;
    }
    code
}

fn quoted_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Length of `r#"…"#`, unless this is a raw name.
fn raw_length(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|mark| **mark == '#').count();
    (rest.get(1 + hashes) == Some(&'"')).then_some(())?;
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let body = &rest[2 + hashes..];
    let length = body.windows(end.len()).position(|window| window == end.as_slice())?;
    Some(2 + hashes + length + end.len())
}

/// The code up to its test module; house rule: that stands last.
fn without_tests(code: &str) -> String {
    code.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()
}

/// The paths that the `use` lines of a file name, from the root of the crate or of a foreign crate on.
fn uses(source: &Source, modules: &BTreeSet<Vec<String>>) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = source.code.as_str();
    while let Some(start) = rest.find("use ") {
        let line_start = rest[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = rest[line_start..start].trim();
        let end = start + rest[start..].find(';').unwrap_or(rest.len() - start);
        if before.is_empty() || before.starts_with("pub") {
            expand(&rest[start + 4..end], &[], &mut found);
        }
        rest = &rest[end.min(rest.len())..];
    }
    // Paths in the code itself: `crate::value::visible(…)`, `super::super::panes::…`.
    for opening in ["crate::", "super::"] {
        for (at, _) in source.code.match_indices(opening) {
            let before = source.code[..at].chars().next_back();
            if before.is_some_and(|mark| mark.is_alphanumeric() || mark == '_' || mark == ':') {
                continue;
            }
            let is_path = |mark: char| mark.is_alphanumeric() || mark == '_' || mark == ':';
            let path = source.code[at..].split(|mark| !is_path(mark)).next().unwrap();
            // A group, `a::{b, c}`, stands in a `use` line and was read above.
            if !path.ends_with("::") {
                found.push(path.split("::").map(str::to_owned).collect());
            }
        }
    }
    found.into_iter().map(|path| resolve(path, source, modules)).collect()
}

/// `a::{b, c::{d}}` as `a::b`, `a::c::d`.
fn expand(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let mut depth = 0;
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, mark) in text.char_indices() {
        match mark {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        let (path, group) = part.split_once('{').map_or((part, None), |(path, group)| (path, Some(group)));
        let path = path.split(" as ").next().unwrap().trim().trim_start_matches("::").trim_end_matches("::");
        let mut whole = before.to_vec();
        whole.extend(
            path.split("::")
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty() && name != "self"),
        );
        match group {
            Some(group) => expand(group.trim_end().strip_suffix('}').unwrap(), &whole, found),
            None => found.push(whole),
        }
    }
}

fn resolve(path: Vec<String>, source: &Source, modules: &BTreeSet<Vec<String>>) -> Vec<String> {
    let own = |name: &String| [source.module.clone(), vec![name.clone()]].concat();
    let (base, rest): (Vec<String>, &[String]) = match path.as_slice() {
        [first, rest @ ..] if first == "crate" || (first == "saldo" && source.path == "main.rs") => {
            (Vec::new(), rest)
        }
        [first, ..] if first == "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            (source.module[..source.module.len() - ups].to_vec(), &path[ups..])
        }
        [first, rest @ ..] if modules.contains(&own(first)) => (own(first), rest),
        _ => return [vec![String::from("::")], path].concat(),
    };
    [base, rest.to_vec()].concat()
}

/// Every file with the paths of this crate that it names, and the foreign ones.
fn arrows() -> Vec<(Source, Vec<String>)> {
    let sources = sources();
    let modules: BTreeSet<_> = sources.iter().map(|source| source.module.clone()).collect();
    let named = |source: Source| {
        let paths = uses(&source, &modules).into_iter().map(|path| path.join("::")).collect();
        (source, paths)
    };
    sources.into_iter().map(named).collect()
}

fn within(path: &str, allowed: &str) -> bool {
    path == allowed || path.strip_prefix(allowed).is_some_and(|rest| rest.starts_with("::"))
}

fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        path == *place || path == format!("{place}.rs") || path.starts_with(&format!("{place}/"))
    })
}

#[test]
fn every_arrow_between_modules_is_drawn() {
    let table: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (source, paths) in arrows() {
        let Some(from) = source.module.first() else { continue };
        let Some(allowed) = table.get(from.as_str()) else {
            wrong.push(format!("{} has no line in the table", source.path));
            continue;
        };
        for path in paths.iter().filter(|path| !path.starts_with("::")) {
            let to = path.split("::").next().unwrap();
            seen += 1;
            if to != from && !to.is_empty() && !allowed.contains(&to) {
                wrong.push(format!("{} names {path}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 200, "only {seen} arrows were found");
}

#[test]
fn every_arrow_inside_the_explorer_is_drawn() {
    let table: BTreeMap<_, _> = INSIDE.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (source, paths) in arrows() {
        let ["explorer", from, ..] = source.module.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
            continue;
        };
        let Some(allowed) = table.get(from) else {
            wrong.push(format!("{} has no line in the table", source.path));
            continue;
        };
        for path in paths {
            let Some(to) = path.strip_prefix("explorer::") else { continue };
            seen += 1;
            if !within(to, from) && !allowed.iter().any(|allowed| within(to, allowed)) {
                wrong.push(format!("{} names {to}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 80, "only {seen} arrows were found");
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (source, paths) in arrows() {
        for (name, places) in CRATES {
            let path = format!("{name}::");
            let code = source.code.match_indices(&path).any(|(at, _)| {
                !source.code[..at]
                    .ends_with(|mark: char| mark.is_alphanumeric() || mark == '_' || mark == ':')
            });
            let used = paths
                .iter()
                .any(|named| *named == format!("::::{name}") || named.starts_with(&format!("::::{path}")));
            if (code || used) && !is_in(&source.path, places) {
                wrong.push(format!("{} names {name}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_explorers_state_and_drawing_touch_nothing_outside() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("explorer/")) {
        for (word, places, why) in WORDS {
            if source.code.contains(word) && !is_in(&source.path, places) {
                wrong.push(format!("{} says {word}: {why}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for (word, places, _) in WORDS.iter().filter(|(word, ..)| ["Color::", "Instant::now"].contains(word)) {
        let somewhere =
            sources().iter().any(|source| is_in(&source.path, places) && source.code.contains(word));
        assert!(somewhere, "nobody says {word}: the rule is out of date");
    }
}

#[test]
fn no_file_stops_the_program_or_grows_too_long() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.code.lines().enumerate() {
            for word in NEVER.iter().filter(|word| line.contains(*word)) {
                wrong.push(format!("{}:{}: {word}", source.path, number + 1));
            }
        }
        let lines = source.code.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{} has {lines} lines", source.path));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_reader_of_sources_sees_code_only() {
    let text = "a(\"x // \\\" y\"); // .unwrap()\nlet b = r#\"panic!(\"#; /* todo!( */ let c = '\"'; let d: &'static str;\n";
    assert_eq!(code_of(text), "a(); \nlet b = ;  let c = ; let d: &'static str;\n");
    let mut found = Vec::new();
    expand("super::{self, a::{B, c::D}, e as f}", &[], &mut found);
    let found: Vec<_> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["super", "super::a::B", "super::a::c::D", "super::e"]);
}
