//! `saldo demo`: builds the demo lake unless it is there, then opens it.

use std::path::Path;

use super::Failure;
use super::explore::Flags;
use super::place::{self, Opened, Wait};
use crate::config::Config;
use crate::demo;
use crate::lake::Lake;
use crate::lake::place::{Place, PlaceError, Snapshot};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Lines of the raw bank statements
    #[arg(long, value_name = "N", default_value_t = demo::ROWS, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    rows: u64,
    /// The same seed gives the same lake
    #[arg(long, value_name = "S", default_value_t = demo::SEED)]
    seed: u64,
    /// Build only
    #[arg(long)]
    no_open: bool,
    #[command(flatten)]
    wait: Wait,
}

pub(super) fn run(args: &Args, config: Config, flags: Flags) -> Result<(), Failure> {
    let place = place::of(&config)?;
    let opened = match current(&place, args)? {
        Some(opened) => opened,
        None => build(&place, args)?,
    };
    if args.no_open {
        place::say(&format!("lake at {}", place.name()));
        return Ok(());
    }
    super::explore::show(config, opened, flags)
}

/// The lake, if it is the one that would be built.
fn current(place: &Place, args: &Args) -> Result<Option<Opened>, Failure> {
    let snapshot = match place.read() {
        Ok(snapshot) => snapshot,
        // A publish that was cut off is completed by building again.
        Err(PlaceError::Lake(_) | PlaceError::Changed { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let known = Lake::open(&snapshot.root).ok();
    match known.filter(|lake| demo::is_current(lake, &args.options(&snapshot.root))) {
        Some(_) => Ok(Some(place::opened(place, snapshot)?)),
        None => Ok(None),
    }
}

fn build(place: &Place, args: &Args) -> Result<Opened, Failure> {
    if let Place::Local(root) = place {
        // Before a lock is put into a folder that is somebody else's.
        demo::check_place(root)?;
    }
    let writing = place.write(args.wait.duration(), &place::say)?;
    let root = match place {
        Place::Local(root) => root.clone(),
        Place::Remote(_) => writing.root().to_path_buf(),
    };
    demo::build(&args.options(&root), &mut place::say)?;
    writing.commit(&place::say)?;
    Ok(place::opened(place, Snapshot { root, stale: None })?)
}

impl Args {
    fn options(&self, root: &Path) -> demo::Options {
        demo::Options { lake: root.into(), rows: self.rows, seed: self.seed }
    }
}
