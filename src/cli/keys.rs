//! `saldo keys`: what each key does, and what a terminal sends.

use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray};

use super::Failure;
use super::tables::{self, Form};
use crate::config::Config;
use crate::explorer::keymap::actions;
use crate::explorer::{key_file, key_monitor};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    form: Form,
    /// Show what the terminal sends for each key, until Ctrl-C
    #[arg(long, conflicts_with = "format")]
    debug: bool,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let keymap = key_file::load(&config.keys).map_err(|error| {
        Failure::usage(error.to_string(), format!("mend {}, or take the line out", config.keys.display()))
    })?;
    if args.debug {
        return Ok(key_monitor::run(&keymap)?);
    }
    let rows: Vec<_> = actions().collect();
    let texts = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows.len()).map(of)))
    };
    let columns = vec![
        ("where", texts(&|row| rows[row].0.label().to_owned())),
        ("keys", texts(&|row| keymap.keys(rows[row].0, rows[row].1))),
        ("action", texts(&|row| rows[row].1.name().to_owned())),
        ("what", texts(&|row| rows[row].1.help().to_owned())),
    ];
    tables::print(args.form.format, columns)
}
