//! How long it takes from a key to the list of what the word may mean, with 5,000 columns, beside the limit. Run by
//! `cargo bench --bench completion`; nothing fails on a slow figure.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use saldo::completion::{Column, Dictionary, Function, Table, complete};

/// Measurements of each place.
const ROUNDS: usize = 200;
/// What the list may take.
const LIMIT: Duration = Duration::from_millis(10);

/// 100 tables of 50 columns, and as many functions as DuckDB has.
fn dictionary() -> Dictionary {
    let column = |table: usize, at: usize| Column {
        name: format!("{}_{at}_amt_of_{table}", ["deposit", "withdrawal", "balance", "Value Date"][at % 4]),
        sql_type: "decimal(18,2)".into(),
    };
    let table = |number: usize| Table {
        schema: None,
        name: format!("table_{number}"),
        columns: (0..50).map(|at| column(number, at)).collect(),
    };
    let function = |number: usize| Function { name: format!("function_{number}"), signature: "(x)".into() };
    Dictionary {
        schemas: vec!["pyspark-database".into()],
        tables: (0..100).map(table).collect(),
        functions: (0..800).map(function).collect(),
    }
}

fn main() {
    let dictionary = dictionary();
    let mut long = String::from("WITH ");
    for part in 0..40 {
        let _ = write!(
            long,
            "part_{part} AS (SELECT t.*, CAST(a AS DECIMAL(18,2)) AS b_{part} FROM table_{part} t), "
        );
    }
    long.push_str("last AS (SELECT 1) SELECT am| FROM part_1, part_2, table_7 WHERE 1 = 1");
    let cases = [
        ("a letter, no table named", "SELECT a|"),
        ("two letters, one table", "SELECT am| FROM table_1 t"),
        ("after a dot", "SELECT t.| FROM table_1 t"),
        ("all there is", "SELECT | FROM table_1"),
        ("a statement of 42 parts", long.as_str()),
    ];
    let shown = |time: Duration| format!("{:.3} ms", time.as_secs_f64() * 1e3);
    println!("{:<28}{:>12}{:>12}{:>12}{:>10}", "place", "limit", "median", "slowest", "offered");
    for (name, text) in cases {
        let at = text.find('|').unwrap_or(0);
        let text = text.replacen('|', "", 1);
        let mut times = Vec::with_capacity(ROUNDS);
        let mut offered = 0;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            offered = std::hint::black_box(complete(&text, at, &dictionary)).items.len();
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let (median, slowest) = (shown(times[ROUNDS / 2]), shown(times[ROUNDS - 1]));
        println!("{name:<28}{:>12}{median:>12}{slowest:>12}{offered:>10}", shown(LIMIT));
    }
}
