//! `saldo open`: the explorer on files, without a lake.

use std::path::PathBuf;

use super::Failure;
use crate::config::Config;
use crate::explorer;
use crate::lake::{Lake, LakeError};
use crate::source;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file, a folder or a quoted pattern: Parquet, CSV, TSV or JSON, the text ones also in .gz or .zst
    #[arg(value_name = "FILE|FOLDER|GLOB")]
    path: PathBuf,
}

pub(super) fn run(args: &Args, config: Config, write: bool) -> Result<(), Failure> {
    let start = match Lake::open(&args.path) {
        // A folder that is a lake opens as one, with its tables and their age.
        Ok(lake) => explorer::Start { config, lake: Some(lake), write, ..explorer::Start::default() },
        Err(LakeError::Missing(_) | LakeError::Io { .. }) => {
            let relations = source::relations(&args.path)?;
            let open = relations.first().map(|relation| relation.name.clone());
            explorer::Start { config, relations, open, write, ..explorer::Start::default() }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(explorer::run(start)?)
}
