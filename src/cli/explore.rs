//! `saldo`: the explorer on the configured lake.

use super::Failure;
use super::place::{self, Opened};
use crate::config::Config;
use crate::explorer;
use crate::explorer::credit_request::CreditRequest;

pub(super) fn run(config: Config, write: bool) -> Result<(), Failure> {
    let opened = place::open(&config)?;
    show(config, opened, write)
}

/// The explorer on a lake that was opened.
pub(super) fn show(config: Config, opened: Opened, write: bool) -> Result<(), Failure> {
    Ok(explorer::run(start(config, opened, write)?)?)
}

/// The explorer with the credit check first.
pub(super) fn credit(config: Config, request: CreditRequest, write: bool) -> Result<(), Failure> {
    let opened = place::open(&config)?;
    let start = start(config, opened, write)?;
    Ok(explorer::run(explorer::Start { credit: Some(request), ..start })?)
}

fn start(config: Config, opened: Opened, write: bool) -> Result<explorer::Start, Failure> {
    let Opened { lake, name, notice } = opened;
    let (lake, access) = (Some(lake), place::access(&config));
    let place = Some(place::of(&config)?.canonical());
    let rest = explorer::Start::default();
    Ok(explorer::Start { config, lake, name, notice, place, write, access, ..rest })
}
