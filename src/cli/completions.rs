//! `saldo completions`: the shell's completions, from the same definitions as the parser.

use std::io::{self, Write};

use clap::CommandFactory;

use super::{Cli, Failure};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    // Through a buffer: the generator itself panics when the pipe is closed.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "saldo", &mut text);
    Ok(io::stdout().write_all(&text)?)
}
