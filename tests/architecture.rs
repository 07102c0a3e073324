//! The tree keeps its shape: who names whom, how long a file is, what a file may not say.
//!
//! Read from the syntax of the sources, macros and attributes too, without comments, texts and test modules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::UseTree;
use syn::buffer::{Cursor, TokenBuffer};
use syn::visit::{self, Visit};

/// Who may name whom among the modules of `lib.rs`. A new module needs a line, and thought.
const ARROWS: &[(&str, &[&str])] = &[
    // The words: plain data.
    ("query", &["dialect", "sql"]),
    ("dialect", &["sql"]),
    ("sql", &[]),
    ("completion", &["sql"]),
    ("calendar", &[]),
    ("checksum", &[]),
    ("disk", &[]),
    ("service_url", &[]),
    ("environment", &[]),
    ("pause", &[]),
    ("encoding", &[]),
    ("value", &[]),
    ("target", &[]),
    ("config", &["calendar", "service_url", "target"]),
    ("ledger", &[]),
    // The work.
    ("engine", &["dialect", "lake", "ledger", "query", "source", "sql", "target", "value"]),
    ("lake", &[]),
    ("export", &["disk", "engine", "sql", "value"]),
    // Above what runs and writes, below whoever shows.
    ("results", &["engine", "export", "query", "sql", "target", "value"]),
    ("history", &["query", "sql"]),
    ("text", &["encoding"]),
    ("source", &["encoding", "sql", "text"]),
    ("demo", &["lake", "pipeline"]),
    (
        "pipeline",
        &["calendar", "config", "dialect", "encoding", "engine", "lake", "query", "sql", "text", "value"],
    ),
    ("forecast", &["calendar"]),
    ("series", &["forecast", "text", "value"]),
    ("external_model", &["forecast", "lake"]),
    ("credit", &["engine", "export", "query", "sql", "value"]),
    ("submit", &["lake", "target"]),
    // The screen.
    (
        "explorer",
        &[
            "completion",
            "config",
            "credit",
            "dialect",
            "series",
            "engine",
            "export",
            "forecast",
            "lake",
            "external_model",
            "history",
            "ledger",
            "pipeline",
            "encoding",
            "query",
            "results",
            "sql",
            "target",
            "text",
            "value",
        ],
    ),
    (
        "cli",
        &[
            "config",
            "credit",
            "dialect",
            "series",
            "demo",
            "engine",
            "explorer",
            "export",
            "forecast",
            "lake",
            "external_model",
            "history",
            "ledger",
            "pipeline",
            "query",
            "results",
            "source",
            "sql",
            "submit",
            "target",
            "text",
            "value",
        ],
    ),
    ("main", &["cli"]),
];

/// What everybody may name: they name nobody.
const LEAVES: &[&str] = &["checksum", "disk", "environment", "pause", "service_url"];

/// Who may name whom inside the explorer, from the bottom up: each line names only lines above it.
const INSIDE: &[(&str, &[&str])] = &[
    ("action", &[]),
    ("copy", &[]),
    ("theme", &[]),
    ("forecast_request", &[]),
    ("credit_request", &[]),
    ("statement_request", &[]),
    ("message", &["credit_request", "forecast_request", "statement_request"]),
    ("session_log", &["message", "theme"]),
    ("effect", &["credit_request", "forecast_request", "message", "statement_request"]),
    ("drafts", &["message"]),
    ("given", &["message"]),
    ("outside", &[]),
    ("terminal", &["theme"]),
    ("signals", &["terminal"]),
    ("watch", &[]),
    ("keymap", &["action"]),
    ("key_file", &["keymap"]),
    ("key_monitor", &["keymap", "terminal"]),
    ("layout", &["action"]),
    ("widgets", &["message::ChartData", "theme"]),
    ("panes", &["action", "credit_request", "forecast_request", "message", "theme", "widgets"]),
    ("overlays", &["action", "keymap", "message", "panes", "statement_request", "theme", "widgets"]),
    (
        "app",
        &[
            "action",
            "copy",
            "credit_request",
            "effect",
            "forecast_request",
            "keymap",
            "layout",
            "message",
            "overlays",
            "panes",
            "statement_request",
            "theme",
            "widgets",
        ],
    ),
    ("screen", &["action", "app", "keymap", "layout", "message", "overlays", "panes", "theme", "widgets"]),
    (
        "jobs",
        &[
            "copy",
            "credit_request",
            "drafts",
            "effect",
            "forecast_request",
            "given",
            "message",
            "panes",
            "statement_request",
        ],
    ),
    ("leaving", &["jobs"]),
    ("pacing", &["app"]),
    ("recorder", &["action", "app", "message", "session_log"]),
    (
        "start",
        &[
            "action",
            "app",
            "credit_request",
            "drafts",
            "given",
            "jobs",
            "message",
            "panes",
            "session_log",
            "theme",
        ],
    ),
    (
        "replay",
        &[
            "app",
            "credit_request",
            "effect",
            "jobs",
            "keymap",
            "message",
            "panes",
            "screen",
            "session_log",
            "start",
            "statement_request",
            "theme",
        ],
    ),
];

/// Where a model is asked over the network.
const ENDPOINT: &str = "external_model/endpoint.rs";

/// Crates, and the only files or folders that may name them.
const CRATES: &[(&str, &[&str])] = &[
    ("ratatui", &["explorer"]),
    ("crossterm", &["explorer"]),
    ("signal_hook", &["engine/threads.rs", "explorer/terminal.rs"]),
    ("tui_textarea", &["explorer/overlays/line.rs"]),
    ("regex", &["explorer/panes/editor/search.rs"]),
    ("anstyle", &["explorer/theme.rs"]),
    ("anstyle_lossy", &["explorer/theme.rs"]),
    (
        "tokio",
        &[
            "engine",
            "explorer.rs",
            "explorer/leaving.rs",
            "explorer/replay.rs",
            "explorer/signals.rs",
            "explorer/jobs.rs",
            "explorer/jobs",
            "cli/execution.rs",
            "lake/aws.rs",
            "lake/catalog/glue.rs",
            "lake/remote",
            "cli/submit/watch.rs",
            "submit/aws.rs",
            ENDPOINT,
        ],
    ),
    (
        "tokio_util",
        &[
            "credit/common.rs",
            "credit/gathered.rs",
            "credit/keep.rs",
            "credit/lookup.rs",
            "credit/read.rs",
            "engine",
            "explorer/jobs.rs",
            "explorer/jobs",
            "cli",
        ],
    ),
    ("object_store", &["lake/remote"]),
    ("sha2", &["checksum.rs"]),
    ("aws_config", &["lake/aws.rs"]),
    ("aws_sdk_glue", &["engine/athena", "lake/catalog/glue.rs"]),
    ("aws_credential_types", &["lake/aws.rs"]),
    ("aws_sigv4", &["lake/aws.rs"]),
    ("http", &["service_url.rs", "lake/remote/checksums.rs"]),
    ("ureq", &["engine/trino/client.rs", "pipeline/rates/http.rs", "submit/aws.rs", ENDPOINT]),
    ("clap", &["cli", "config.rs", "export.rs", "history/entry.rs", "ledger/cost.rs"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

/// Names in paths that only some files may say, each with the reason.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("Color", &["explorer/theme.rs"], "a pane asks for a meaning, never for a colour"),
    ("Instant::now", OUTSIDE, "update and draw read no clock"),
    ("SystemTime", OUTSIDE, "update and draw read no clock"),
    ("Local::now", OUTSIDE, "update and draw read no clock"),
    ("fs", OUTSIDE, "update and draw do no IO"),
    ("disk", OUTSIDE, "update and draw do no IO"),
    ("env", OUTSIDE, "update and draw do no IO"),
    ("stdout", OUTSIDE, "update and draw do no IO"),
    ("thread", OUTSIDE, "update and draw start nothing"),
];

/// Where the explorer meets the world; the rules above hold for the rest of its folder.
const OUTSIDE: &[&str] = &[
    "explorer.rs",
    "explorer/copy.rs",
    "explorer/drafts.rs",
    "explorer/given.rs",
    "explorer/key_file.rs",
    "explorer/key_monitor.rs",
    "explorer/jobs.rs",
    "explorer/jobs",
    "explorer/outside.rs",
    "explorer/pacing.rs",
    "explorer/recorder.rs",
    "explorer/start.rs",
    "explorer/terminal.rs",
    "explorer/theme.rs",
    "explorer/watch.rs",
    "explorer/theme",
];

/// What a program that may not stop does not call.
const NEVER: &[&str] = &[
    ".unwrap",
    ".expect",
    ".unwrap_err",
    ".expect_err",
    "panic!",
    "unreachable!",
    "todo!",
    "unimplemented!",
    "dbg!",
    "unsafe",
];

/// Modules of `lib.rs` whose files still name each other in circles.
const CIRCLES: &[&str] = &[
    "calendar",
    "cli",
    "engine",
    "explorer",
    "export",
    "external_model",
    "forecast",
    "query",
    "series",
    "source",
    "value",
];

const LONGEST: usize = 500;

/// A source file without its tests.
struct Source {
    /// Below `src`, with `/`.
    path: String,
    /// `explorer::panes::results`; empty for `lib.rs`.
    module: Vec<String>,
    lines: usize,
    code: Code,
}

/// What the code of a file says.
#[derive(Default)]
struct Code {
    /// Modules that stand inside the file, around what is being read.
    inside: Vec<String>,
    /// Every path as written, from the names that `use` gives on, with the modules around it.
    paths: Vec<(Vec<String>, Vec<String>)>,
    /// What `use` lines bring in: the local name, and the whole path.
    names: BTreeMap<String, Vec<String>>,
    /// Calls of methods (`.name`) and macros (`name!`), and `unsafe`.
    calls: Vec<String>,
}

impl Code {
    fn of(text: &str) -> Self {
        let mut code = Self::default();
        code.visit_file(&syn::parse_file(text).unwrap());
        code
    }

    fn path(&mut self, path: Vec<String>) {
        self.paths.push((self.inside.clone(), path));
    }

    /// `a::{b, c::{d}}` as `a::b`, `a::c::d`.
    fn tree(&mut self, tree: &UseTree, mut before: Vec<String>) {
        let (name, local) = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                return self.tree(&path.tree, before);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.tree(item, before.clone()));
            }
            UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(name) => (name.ident.to_string(), name.rename.to_string()),
            UseTree::Glob(_) => return self.path(before),
        };
        let local = if local == "self" { before.last().unwrap().clone() } else { local };
        if name != "self" {
            before.push(name);
        }
        if self.inside.is_empty() {
            self.names.insert(local, before.clone());
        }
        self.path(before);
    }

    /// What macros and attributes hold is not syntax yet: paths and calls are read from its tokens.
    fn tokens(&mut self, mut at: Cursor) {
        let mut path: Vec<String> = Vec::new();
        // The marks since the last name.
        let mut marks = String::new();
        while !at.eof() {
            if let Some((name, next)) = at.ident() {
                match marks.as_str() {
                    "::" if !path.is_empty() => {}
                    _ => self.end(&mut path),
                }
                if marks == "." {
                    self.calls.push(format!(".{name}"));
                }
                if name == "unsafe" {
                    self.calls.push(String::from("unsafe"));
                }
                path.push(name.to_string());
                marks.clear();
                at = next;
            } else if let Some((mark, next)) = at.punct() {
                marks.push(mark.as_char());
                if marks == "!" && path.len() == 1 {
                    self.calls.push(format!("{}!", path[0]));
                }
                at = next;
            } else if let Some((inner, _, _, next)) = at.any_group() {
                self.end(&mut path);
                marks.clear();
                self.tokens(inner);
                at = next;
            } else {
                marks = String::from("literal");
                at = at.token_tree().unwrap().1;
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.path(std::mem::take(path));
        }
    }
}

impl<'ast> Visit<'ast> for Code {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|flag| flag.is_ident("test"))
        };
        if module.attrs.iter().any(is_test) {
            return;
        }
        self.inside.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.calls.push(format!("{}!", called.path.segments.last().unwrap().ident));
        visit::visit_macro(self, called);
        self.tokens(TokenBuffer::new2(called.tokens.clone()).begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(TokenBuffer::new2(list.tokens.clone()).begin());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.calls.push(format!(".{}", call.method));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_safety(&mut self, safety: &'ast syn::Safety) {
        if matches!(safety, syn::Safety::Unsafe(_)) {
            self.calls.push(String::from("unsafe"));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.calls.extend(item.unsafety.map(|_| String::from("unsafe")));
        visit::visit_item_impl(self, item);
    }

    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        self.calls.push(String::from("unsafe"));
        visit::visit_expr_unsafe(self, block);
    }
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
        let text = fs::read_to_string(&file).unwrap();
        // House rule: the test module stands last.
        let lines = text.split("#[cfg(test)]\nmod tests").next().unwrap().lines().count();
        Source { path, module, lines, code: Code::of(&text) }
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

/// The paths that a file names, from the root of the crate on, or as `::name` from a foreign crate on.
fn named(source: &Source, modules: &BTreeSet<Vec<String>>) -> Vec<Vec<String>> {
    let found = source.code.paths.iter().map(|(inside, path)| {
        // A name that a `use` line brought in stands for its path; `use a::b` itself begins with `a`.
        let whole = match source.code.names.get(&path[0]) {
            Some(whole) if path.len() > 1 && whole[0] != path[0] => [whole, &path[1..]].concat(),
            _ => path.clone(),
        };
        resolve(whole, &[source.module.as_slice(), inside].concat(), source, modules)
    });
    found.collect()
}

fn resolve(
    path: Vec<String>,
    module: &[String],
    source: &Source,
    modules: &BTreeSet<Vec<String>>,
) -> Vec<String> {
    let own = |name: &String| [source.module.clone(), vec![name.clone()]].concat();
    let (base, rest): (Vec<String>, &[String]) = match path.as_slice() {
        [first, rest @ ..] if first == "crate" || (first == "saldo" && source.path == "main.rs") => {
            (Vec::new(), rest)
        }
        [first, rest @ ..] if first == "self" => (module.to_vec(), rest),
        [first, ..] if first == "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            (module[..module.len() - ups].to_vec(), &path[ups..])
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
        let paths = named(&source, &modules).into_iter().map(|path| path.join("::")).collect();
        (source, paths)
    };
    sources.into_iter().map(named).collect()
}

fn within(path: &str, allowed: &str) -> bool {
    path == allowed || path.strip_prefix(allowed).is_some_and(|rest| rest.starts_with("::"))
}

/// Whether a path of the file has these names in a row; a name that stands alone may be a variable's.
fn says(source: &Source, word: &str) -> bool {
    let words: Vec<&str> = word.split("::").collect();
    let mut paths = source.code.paths.iter().map(|(_, path)| path).chain(source.code.names.values());
    paths.any(|path| path.len() > 1 && path.windows(words.len()).any(|names| names == words))
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
            if to != from && !to.is_empty() && !LEAVES.contains(&to) && !allowed.contains(&to) {
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
fn the_rooms_of_the_explorer_stand_above_what_they_name() {
    for (place, (room, allowed)) in INSIDE.iter().enumerate() {
        for named in *allowed {
            let named = named.split("::").next().unwrap();
            assert!(INSIDE[..place].iter().any(|(below, _)| *below == named), "{room} names {named}");
        }
    }
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let mut all = sources();
    let files: BTreeSet<_> = all.iter().map(|source| source.module.clone()).collect();
    // The file that a path leads into: the longest beginning of it that is one.
    let file_of = |path: Vec<String>| {
        (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|file| files.contains(file))
    };
    let mut named_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in all.iter_mut().filter(|source| !source.module.is_empty()) {
        // A name that stands alone may be a variable's.
        source.code.paths.retain(|(_, path)| path.len() > 1);
        let others = named(source, &files).into_iter().filter_map(file_of);
        let others = others.filter(|other| *other != source.module).map(|other| other.join("::"));
        named_by.insert(source.module.join("::"), others.collect());
    }
    // Whatever is reached from a file, over any number of arrows.
    let reached = |from: &String| {
        let mut found = BTreeSet::new();
        let mut next = vec![from];
        while let Some(file) = next.pop() {
            next.extend(named_by.get(file).into_iter().flatten().filter(|to| found.insert((*to).clone())));
        }
        found
    };
    let mut circles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in named_by.keys().filter(|file| reached(file).contains(*file)) {
        circles.entry(file.split("::").next().unwrap()).or_default().push(file);
    }
    circles.retain(|module, _| !CIRCLES.contains(module));
    assert!(circles.is_empty(), "what two files need goes to a file below both: {circles:#?}");
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (source, paths) in arrows() {
        for (name, places) in CRATES {
            let path = format!("::::{name}");
            let used = paths.iter().any(|named| within(named, &path));
            if used && !is_in(&source.path, places) {
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
            if says(source, word) && !is_in(&source.path, places) {
                wrong.push(format!("{} says {word}: {why}", source.path));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for (word, places, _) in WORDS.iter().filter(|(word, ..)| ["Color", "Instant::now"].contains(word)) {
        let somewhere = sources().iter().any(|source| is_in(&source.path, places) && says(source, word));
        assert!(somewhere, "nobody says {word}: the rule is out of date");
    }
}

#[test]
fn no_file_stops_the_program_or_grows_too_long() {
    let mut wrong = Vec::new();
    for source in sources() {
        for call in source.code.calls.iter().filter(|call| NEVER.contains(&call.as_str())) {
            wrong.push(format!("{}: {call}", source.path));
        }
        if source.lines > LONGEST {
            wrong.push(format!("{} has {} lines", source.path, source.lines));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_reader_of_sources_sees_code_only() {
    let code = Code::of(
        r##"
        //! .unwrap()
        use super::{self, a::{B, c::D}, e as f, g::*};
        #[derive(clap::Args)]
        struct S { #[serde(with = "no::path")] field: &'static str }
        fn work() -> fs::File { // .expect("")
            let b = r#"panic!("#;
            let c = '"';
            select! { x = crate::jobs::next() => x.unwrap(), y => todo!("{}", "a // b") }
            <h::I as j::K>::l(Instant::now(), "x // \" y").expect_err("");
            m::n::<o::P>();
            unsafe { q() }
        }
        mod inner { use super::r; }
        #[cfg(test)]
        mod tests { use t::u; fn v() { w.unwrap_err() } }
        "##,
    );
    assert_eq!(code.calls, ["select!", ".unwrap", "todo!", ".expect_err", "unsafe"]);
    let paths: Vec<_> = code.paths.iter().map(|(_, path)| path.join("::")).collect();
    let long: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.contains("::")).collect();
    assert_eq!(
        long,
        [
            "super::a::B",
            "super::a::c::D",
            "super::e",
            "super::g",
            "clap::Args",
            "fs::File",
            "crate::jobs::next",
            "h::I",
            "j::K::l",
            "Instant::now",
            "m::n",
            "o::P",
            "super::r",
        ]
    );
    assert_eq!(code.names["f"], ["super", "e"]);
    assert!(!code.calls.iter().any(|call| call == ".unwrap_err"));
}
