//! A user who presses anything: keys, pastes, resizes and hostile SQL from a seed, on a real pseudo-terminal.
//!
//! `SALDO_SEEDS=7` or `SALDO_SEEDS=1..200` chooses the seeds; a failure names its seed and the last steps.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "terminal/harness.rs"]
#[allow(dead_code, reason = "the other tests on a terminal use the rest")]
mod harness;

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use harness::{LAKE, Place, Terminal, files};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

const STEPS: usize = 400;
/// Sessions at a time.
const AT_ONCE: usize = 4;
/// What a program may take to answer a key before the next one comes.
const ANSWER: Duration = Duration::from_millis(3);
const QUIET: Duration = Duration::from_millis(60);

const KEYS: &[&str] = &[
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "z",
    "t",
    "h",
    "j",
    "k",
    "l",
    "v",
    "V",
    "e",
    "g",
    "/",
    "#",
    "y",
    "Y",
    "x",
    "f",
    "G",
    "o",
    "c",
    "m",
    "b",
    "<",
    "a",
    "d",
    "A",
    "I",
    "C",
    "?",
    ":",
    "^",
    "$",
    " ",
    "\r",
    "\r",
    "\t",
    "r",
    "n",
    "[",
    "]",
    "w",
    "D",
    "T",
    "R",
    "u",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[H",
    "\x1b[F",
    "\x1b",
    "\x12",
    "\x03",
    "\x10",
    "\x1bOP",
    "\x02",
    "\x06",
    "\x0e",
    "\x0f",
    "\x1b[Z",
    "\x7f",
    "\x1b[<0;12;9M",
    "\x1b[<0;50;18M",
    "\x1b[<32;60;22M",
    "\x1b[<65;50;25M",
    "\x1b[<64;9;9M",
    "\x1b[<0;249;59M",
];

const SQL: &[&str] = &[
    "SELECT * FROM processed",
    "SELECT 1/0",
    "SELECT repeat('é漢', 300) AS a, NULL AS b, 1e300 AS c",
    "SELECT * FROM range(3000000)",
    "SELECT FROM WHERE",
    "",
    ";;;",
    "SELECT unnest([1,2,3]), {'a': [1,2]}",
    "SELECT date '2020-01-01' + CAST(i AS INTEGER) AS d, i*1.5 AS v FROM range(400) t(i)",
    "\x1b[31m",
    "SELECT ':x', 'a' || chr(27) || ']0;x'",
    "SELECT INTERVAL '-2147483648 days'",
    "SELECT CASE WHEN i < 200000 THEN i ELSE CAST('x' AS INTEGER) END FROM range(300000) t(i)",
    "SELECT count(*) FROM range(1000000000) a, range(1000) b",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT repeat('x', 3000000) AS wide FROM range(20)",
    "SELECT :missing",
    "-- param: n integer = 3\nSELECT :n",
    "SELECT 'infinity'::DATE, 'nan'::DOUBLE, '-infinity'::TIMESTAMP",
    "SELECT i % 7 AS x, i AS y FROM range(100000) t(i) ORDER BY hash(i)",
    "DROP TABLE processed",
];

const ROWS: &[u16] = &[1, 5, 10, 24, 40, 60];
const COLUMNS: &[u16] = &[1, 20, 40, 80, 140, 250];

struct User {
    random: Pcg64Mcg,
    trail: Vec<String>,
}

impl User {
    fn of(seed: u64) -> Self {
        Self { random: Pcg64Mcg::seed_from_u64(seed), trail: Vec::new() }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random.next_u64() % end as u64).unwrap()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn step(&mut self, terminal: &mut Terminal) {
        match self.below(1_000) {
            0 => self.press(terminal, "q"),
            1..860 => {
                let key = self.one(KEYS);
                self.press(terminal, key);
            }
            860..930 => {
                let sql = self.one(SQL);
                self.press(terminal, &format!("2\x1b[200~{sql}\x1b[201~\x12"));
            }
            930..970 => {
                let (columns, rows) = (self.one(COLUMNS), self.one(ROWS));
                self.trail.push(format!("{columns}x{rows}"));
                terminal.resize_unseen(columns, rows);
            }
            _ => drop(terminal.comes_within(QUIET)),
        }
        terminal.comes_within(ANSWER);
    }

    fn press(&mut self, terminal: &mut Terminal, keys: &str) {
        self.trail.push(format!("{keys:?}"));
        terminal.try_send(keys);
    }
}

/// What one session did wrong.
fn session(seed: u64) -> Result<(), String> {
    let place = Place::empty()
        .variable("SALDO_LAKE", LAKE.path().join("lake").to_str().unwrap())
        .settings("memory_limit = \"400MB\"\nhold_rows = 200000\nwindow_mib = 4\n");
    let mut user = User::of(seed);
    let (columns, rows) = (user.one(&[40, 80, 140, 200]), user.one(&[10, 24, 40, 50]));
    let mut terminal = place.spawn(&[], 250, 60);
    terminal.resize_unseen(columns, rows);
    let _watchdog = watchdog(terminal.process());
    terminal.wait_until("the first frame", |seen| !seen.text().trim().is_empty());
    for _ in 0..STEPS {
        // Who has left types no more: the shell has the keys now.
        if terminal.has_left() {
            break;
        }
        user.step(&mut terminal);
    }
    let marker = format!("-- kept {seed}");
    let kept = |place: &Place| {
        let drafts = files(&place.path("cache/saldo/drafts"));
        drafts.iter().any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&marker)))
    };
    let fail = |terminal: &Terminal, user: &User, why: &str| {
        let last = user.trail[user.trail.len().saturating_sub(12)..].join(" ");
        Err(format!("seed {seed}: {why}\nlast steps: {last}\nscreen:\n{}", terminal.seen().text()))
    };
    let typed = type_in(&mut terminal, &marker, || kept(&place));
    let ended_early = terminal.has_left();
    terminal.try_send("\x11");
    let Some(status) = terminal.end_within(Duration::from_mins(1)) else {
        return fail(&terminal, &user, "it does not end");
    };
    // A Ctrl-C on the heels of the key that leaves does not wait for the engine.
    let is_expected = status.exit_code() == 0 || ended_early && status.exit_code() == 130;
    if !is_expected || status.signal().is_some() {
        return fail(&terminal, &user, &format!("it ended with {status:?}"));
    }
    let bytes = terminal.seen().bytes.clone();
    for word in ["panicked at", "a fault in saldo"] {
        if String::from_utf8_lossy(&bytes).contains(word) {
            return fail(&terminal, &user, word);
        }
    }
    let left: Vec<_> = files(&place.path(".")).into_iter().filter(|path| is_rest(path)).collect();
    if !left.is_empty() {
        return fail(&terminal, &user, &format!("it left {left:?}"));
    }
    if ended_early {
        return Ok(());
    }
    if !typed || !kept(&place) {
        return fail(&terminal, &user, "the text was not kept");
    }
    next_start(&place, &kept).or_else(|why| fail(&terminal, &user, &why))
}

/// Types a line into the editor until it is kept. Whatever stands over the panes is closed first; what still comes may
/// open once more.
fn type_in(terminal: &mut Terminal, line: &str, kept: impl Fn() -> bool) -> bool {
    for _ in 0..20 {
        if terminal.has_left() {
            return false;
        }
        for _ in 0..3 {
            terminal.try_send("\x1b");
            terminal.comes_within(QUIET);
        }
        terminal.try_send(&format!("2\x1b[200~{line}\n\x1b[201~"));
        if terminal.becomes(Duration::from_secs(5), &kept) {
            return true;
        }
    }
    false
}

/// Kills a program that no longer reads what is typed, so that the session ends; dropped, it lets go.
fn watchdog(process: u32) -> mpsc::Sender<()> {
    let (session, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        if ended.recv_timeout(Duration::from_mins(3)) == Err(mpsc::RecvTimeoutError::Timeout) {
            Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        }
    });
    session
}

/// The next start has the text, and keeps it in turn.
fn next_start(place: &Place, kept: &dyn Fn(&Place) -> bool) -> Result<(), String> {
    let before = files(&place.path("cache/saldo/drafts"));
    let mut again = place.spawn(&[], 140, 40);
    again.wait_for("Tables");
    again.try_send("q");
    let status = again.end_within(Duration::from_mins(1)).ok_or("the next start does not end")?;
    let after = files(&place.path("cache/saldo/drafts"));
    let is_taken_over = before.iter().all(|path| !after.contains(path)) && kept(place);
    if status.exit_code() == 0 && is_taken_over { Ok(()) } else { Err("the next start lost the text".into()) }
}

/// Whether a file is none that a person asked for.
fn is_rest(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".tmp") || path.to_string_lossy().contains("/spill/") || name.starts_with("duckdb_temp")
}

fn seeds() -> Range<u64> {
    let many = if cfg!(debug_assertions) { 12 } else { 100 };
    let Ok(text) = std::env::var("SALDO_SEEDS") else { return 1..many + 1 };
    match text.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => text.parse().unwrap()..text.parse::<u64>().unwrap() + 1,
    }
}

#[test]
fn a_random_user_breaks_nothing_and_loses_nothing() {
    let seeds = seeds();
    let next = AtomicU64::new(seeds.start);
    let _ = &*LAKE;
    let work = || {
        let mut failures = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return failures;
            }
            failures.extend(session(seed).err());
        }
    };
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} sessions failed\n{}",
        failures.len(),
        seeds.count(),
        failures.join("\n\n")
    );
}
