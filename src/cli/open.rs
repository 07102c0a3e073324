//! `saldo open`: the explorer on files, without a lake; on S3 too, where nothing is copied.

use std::path::{Path, PathBuf};

use super::Failure;
use super::explore::{self, Flags};
use super::place;
use crate::config::Config;
use crate::engine::objects;
use crate::explorer::Start;
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

pub(super) fn run(args: &Args, config: Config, flags: Flags) -> Result<(), Failure> {
    explore::open(start(&args.path, config, flags)?)
}

/// What is opened of a file, a folder, a pattern or an address.
pub(super) fn start(path: &Path, config: Config, flags: Flags) -> Result<Start, Failure> {
    let Flags { write, record, settings } = flags;
    let opened = Some(path.to_string_lossy().into_owned());
    let rest = Start { write, opened, settings, record, ..Start::default() };
    if let Some(url) = path.to_str().filter(|path| path.starts_with("s3://")) {
        let found = Objects::open(url, &place::access_to(&config, Path::new(url)))?;
        let objects = objects::tables(&found);
        let (name, open) = (Some(url.to_owned()), objects.first().map(|table| table.name.clone()));
        return Ok(Start { config, name, objects, open, ..rest });
    }
    match Lake::open(path) {
        // A folder that is a lake opens as one, with its tables and their age.
        Ok(lake) => Ok(Start { config, lake: Some(lake), name: place::copied(path)?, ..rest }),
        Err(LakeError::Missing(_) | LakeError::Io { .. }) => {
            let (relations, said) = source::opened(path)?;
            let open = relations.first().map(|relation| relation.name.clone());
            Ok(Start { config, relations, said, open, ..rest })
        }
        Err(error) => Err(error.into()),
    }
}
