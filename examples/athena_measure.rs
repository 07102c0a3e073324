//! What `benches/athena.py` drives: one statement on Athena, from its start to the last row in the explorer's store.
//!
//! `athena_measure WORKGROUP [SQL]` prints one line of JSON. The services and the account come from the environment.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use saldo::engine::store::Streamed;
use saldo::engine::threads::Threads;
use saldo::engine::{self, Options, RunEvent, Surroundings, next_event};
use saldo::ledger::Ledger;
use saldo::query::Statement;
use tokio_util::sync::CancellationToken;

/// What the explorer keeps of a result in memory.
const WINDOW: usize = 64 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let group = arguments.first().ok_or("name a work group")?;
    let sql = arguments.get(1).map_or("SELECT everything", String::as_str);
    let folder = tempfile::tempdir()?;
    let target = toml::from_str(&format!("kind = 'athena'\nworkgroup = '{group}'"))?;
    let around = Surroundings {
        ledger: Ledger::within(folder.path()),
        threads: Threads::default(),
        schemas: Vec::new(),
        tables: Vec::new(),
    };
    let engine = engine::connect("bench", &target, &around)?;
    // Settings are read and connections made before the first statement of a session; the second one is measured.
    let (mut first, mut seconds, mut processor, mut rows) = (0.0, 0.0, 0.0, 0);
    for _ in 0..2 {
        let (begun, spent) = (Instant::now(), processor_seconds());
        let mut events = engine.run(Statement::plain(sql), Options::default(), CancellationToken::new());
        let (mut store, mut shown) = (None, None);
        rows = loop {
            match next_event(&mut events)? {
                RunEvent::Schema(schema) => store = Some(Streamed::new(schema, WINDOW, folder.path().into())),
                RunEvent::Batch(batch) => {
                    shown.get_or_insert_with(|| begun.elapsed());
                    store.as_mut().ok_or("rows before columns")?.push(batch)?;
                }
                RunEvent::Finished(stats) => break stats.rows,
                RunEvent::Started(_) | RunEvent::Progress(_) => {}
            }
        };
        first = shown.unwrap_or_default().as_secs_f64() * 1e3;
        seconds = begun.elapsed().as_secs_f64();
        processor = processor_seconds() - spent;
    }
    println!(
        r#"{{"rows": {rows}, "first_ms": {first:.1}, "seconds": {seconds:.3}, "processor": {processor:.2}, "peak_mb": {}}}"#,
        peak_mb()
    );
    Ok(())
}

/// What the processors have worked for this program, by the kernel's clock of a hundred ticks a second.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, which may hold blanks, ends with the last bracket; user and system time stand 12 and 13 fields behind it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most that was ever resident.
fn peak_mb() -> u64 {
    let status = fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}
