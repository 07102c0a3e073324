//! `saldo demo`: builds the demo lake unless it is there, then opens it.

use std::io::{self, Write};

use super::Failure;
use crate::config::Config;
use crate::demo;
use crate::lake::Lake;
use crate::value;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Lines of the raw bank statements
    #[arg(long, value_name = "N", default_value_t = demo::ROWS, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    rows: u64,
    /// The same seed gives the same lake
    #[arg(long, value_name = "S", default_value_t = demo::SEED)]
    seed: u64,
    /// Build only
    #[arg(long)]
    no_open: bool,
}

pub(super) fn run(args: &Args, config: Config, write: bool) -> Result<(), Failure> {
    let options = demo::Options { lake: config.lake.clone(), rows: args.rows, seed: args.seed };
    let known = Lake::open(&config.lake).ok().filter(|lake| demo::is_current(lake, &options));
    let lake = match known {
        Some(lake) => lake,
        None => demo::build(&options, &mut |step| {
            let _ = writeln!(io::stderr(), "{}", value::visible(step));
        })?,
    };
    if args.no_open {
        let _ = writeln!(io::stderr(), "lake at {}", value::visible(&lake.root.to_string_lossy()));
        return Ok(());
    }
    super::explore::run(config, write)
}
