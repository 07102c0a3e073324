//! `saldo`: the explorer on the configured lake.

use super::Failure;
use crate::config::Config;
use crate::explorer;
use crate::lake::Lake;

pub(super) fn run(config: Config, write: bool) -> Result<(), Failure> {
    let lake = Lake::open(&config.lake)?;
    Ok(explorer::run(explorer::Start { config, lake: Some(lake), relations: Vec::new(), open: None, write })?)
}
