//! `saldo man`: the manual page, from the same definitions as the parser; the commands' own pages follow it.

use std::io::{self, Write};

use clap::CommandFactory;

use super::{Cli, Failure};

pub(super) fn run() -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let page = clap_mangen::Man::new(below.clone().display_name(format!("saldo {}", below.get_name())));
        page.render(&mut text)?;
    }
    Ok(io::stdout().write_all(&text)?)
}
