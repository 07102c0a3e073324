//! `saldo --version`, and with `--verbose` what is inside: the engine and the sources of the data.

use std::io::{self, Write};

use super::Failure;
use crate::engine::duckdb::{DuckDb, Settings};

/// The attribution that the European Central Bank asks for.
const RATES: &str = "Source: European Central Bank (ECB), euro foreign exchange reference rates, 1999-01-04 to \
    2026-10-30, unaltered; published for information purposes only";

pub(super) fn print(verbose: bool) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "saldo {}", env!("CARGO_PKG_VERSION"))?;
    if verbose {
        writeln!(out, "engine: DuckDB {}", DuckDb::new(Settings::default()).version()?)?;
        writeln!(out, "exchange rates: {RATES}")?;
        writeln!(out, "bank statements and balances of the demo lake: invented, by seed")?;
    }
    Ok(())
}
