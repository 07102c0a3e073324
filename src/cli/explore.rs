//! `saldo`: the explorer on the configured lake.

use std::path::{Path, PathBuf};

use super::Failure;
use super::place::{self, Opened};
use crate::config::Config;
use crate::explorer;
use crate::explorer::credit_request::CreditRequest;
use crate::explorer::recorder;

/// What the flags ask of the explorer, whatever it opens.
#[derive(Debug, Clone, Default)]
pub(super) struct Flags {
    /// Statements may write, after a confirmation.
    pub(super) write: bool,
    /// The file into which the session is recorded.
    pub(super) record: Option<PathBuf>,
    /// The settings file that was named.
    pub(super) settings: Option<PathBuf>,
}

pub(super) fn run(config: Config, flags: Flags) -> Result<(), Failure> {
    let opened = place::open(&config)?;
    show(config, opened, flags)
}

/// The explorer on a lake that was opened.
pub(super) fn show(config: Config, opened: Opened, flags: Flags) -> Result<(), Failure> {
    open(start(config, opened, flags)?)
}

/// The explorer with the credit check first.
pub(super) fn credit(config: Config, request: CreditRequest, flags: Flags) -> Result<(), Failure> {
    let opened = place::open(&config)?;
    let start = start(config, opened, flags)?;
    open(explorer::Start { credit: Some(request), ..start })
}

/// Opens it; that it is recorded is said before and stands on the terminal afterwards.
pub(super) fn open(start: explorer::Start) -> Result<(), Failure> {
    if let Some(path) = &start.record {
        place::say(&recorder::sentence(path));
    }
    Ok(explorer::run(start)?)
}

/// What is opened on a lake.
pub(super) fn start(config: Config, opened: Opened, flags: Flags) -> Result<explorer::Start, Failure> {
    let Opened { lake, name, notice } = opened;
    let (lake, access) = (Some(lake), place::access(&config));
    let place = Some(place::of(&config)?.canonical());
    let Flags { write, record, settings } = flags;
    let rest = explorer::Start::default();
    Ok(explorer::Start { config, lake, name, notice, place, write, access, settings, record, ..rest })
}

/// A recording is of the explorer, and never goes over a file.
pub(super) fn check_recording(path: &Path, opens_explorer: bool) -> Result<(), Failure> {
    if !opens_explorer {
        return Err(Failure::usage(
            "--record: this command does not open the explorer",
            "`saldo --record FILE` records what is done in it",
        ));
    }
    if path.exists() {
        let message = format!("{} is there already", path.display());
        return Err(Failure::usage(message, "name a new file: a recording goes over no other"));
    }
    Ok(())
}
