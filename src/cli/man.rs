//! `saldo man`: the manual page, from the same definitions as the parser; the commands' own pages follow it.

use std::io::{self, Write};

use clap::{Command, CommandFactory};

use super::{Cli, Failure};

pub(super) fn run() -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    pages(&command, "saldo", &mut text)?;
    Ok(io::stdout().write_all(&text)?)
}

/// The page of a command, and those of the commands below it.
fn pages(command: &Command, name: &str, text: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone().display_name(name)).render(text)?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        pages(below, &format!("{name} {}", below.get_name()), text)?;
    }
    Ok(())
}
