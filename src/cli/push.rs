//! `saldo push`: a local lake to S3.

use std::path::PathBuf;

use super::Failure;
use super::place::{self, Wait};
use crate::config::Config;
use crate::lake::CUSTOMERS;
use crate::lake::link::Kind;
use crate::lake::place::Place;
use crate::lake::transfer;

/// Copies the local lake to S3, raw files and all, so that it is there whole or not at all: the lake is held there
/// meanwhile, and only what differs is sent. customers.csv, which names people, is not.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// The lake on S3: `s3://bucket/prefix`, or a name from the settings; by default where it was pushed to before
    #[arg(value_name = "LAKE")]
    to: Option<PathBuf>,
    /// Put it in the place of a lake that was not pushed from here, or was changed since
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    wait: Wait,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let hint = "name the local lake with --lake DIR, and where it goes: saldo push s3://bucket/prefix";
    let Place::Local(root) = place::of(config)? else {
        return Err(Failure::usage("only a local lake is pushed", hint));
    };
    let other = match place::other(config, args.to.as_deref(), &root, Kind::Pushed)? {
        Some(Place::Remote(other)) => other,
        Some(to) => return Err(Failure::usage(format!("{} is not on S3", to.name()), hint)),
        None => return Err(Failure::usage(format!("{} was not pushed yet", root.display()), hint)),
    };
    transfer::push(&root, &other, args.replace, args.wait.duration(), &place::say)?;
    if root.join(CUSTOMERS).exists() {
        place::say(&format!("{CUSTOMERS} stays here: it names people, and is no table of the lake"));
    }
    place::say(&format!("lake at {}", other.url));
    Ok(())
}
