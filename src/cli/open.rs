//! `saldo open`: the explorer on files, without a lake; on S3 too, where nothing is copied.

use std::path::{Path, PathBuf};

use super::{Failure, place};
use crate::config::Config;
use crate::engine::objects;
use crate::explorer;
use crate::lake::objects::Objects;
use crate::lake::{Lake, LakeError};
use crate::source;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file, a folder or a quoted pattern: Parquet, CSV, TSV or JSON, the text ones also in .gz or .zst. Parquet on S3,
    /// `s3://bucket/key-or-prefix`, is looked at where it lies: footers, and the pages in view; SQL does not reach it
    #[arg(value_name = "FILE|FOLDER|GLOB|URL")]
    path: PathBuf,
}

pub(super) fn run(args: &Args, config: Config, write: bool) -> Result<(), Failure> {
    if let Some(url) = args.path.to_str().filter(|path| path.starts_with("s3://")) {
        let found = Objects::open(url, &place::access_to(&config, Path::new(url)))?;
        let objects = objects::tables(&found);
        let (name, open) = (Some(url.to_owned()), objects.first().map(|table| table.name.clone()));
        let start = explorer::Start { config, name, objects, open, write, ..explorer::Start::default() };
        return Ok(explorer::run(start)?);
    }
    let start = match Lake::open(&args.path) {
        // A folder that is a lake opens as one, with its tables and their age.
        Ok(lake) => {
            let name = place::copied(&args.path)?;
            explorer::Start { config, lake: Some(lake), name, write, ..explorer::Start::default() }
        }
        Err(LakeError::Missing(_) | LakeError::Io { .. }) => {
            let relations = source::relations(&args.path)?;
            let open = relations.first().map(|relation| relation.name.clone());
            explorer::Start { config, relations, open, write, ..explorer::Start::default() }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(explorer::run(start)?)
}
