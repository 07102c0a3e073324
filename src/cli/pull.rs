//! `saldo pull`: a lake on S3, or part of it, as a snapshot in a local folder.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray, UInt64Array};

use super::place::{self, Wait};
use super::progress::Bar;
use super::{Failure, tables};
use crate::config::Config;
use crate::export::Format;
use crate::lake::link::Kind;
use crate::lake::place::{Place, Remote};
use crate::lake::selection::{Filter, Line, Plan, amount};
use crate::lake::transfer;
use crate::lake::watch::Watch;

/// Copies Parquet from a lake on S3 to the folder that --lake names, which is then a snapshot of it: a lake to read, with
/// the date of its copy. Each file is checked against the manifest's SHA-256, all tables become new at once, and what was
/// cut off goes on where it stopped. customers.csv, which names people, is no part of it and stays as it is.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Tables to copy, all by default; what a snapshot has of others stays and is brought up to date with them
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// The lake on S3: `s3://bucket/prefix`, or a name from the settings; by default where the snapshot came from
    #[arg(long, value_name = "LAKE")]
    from: Option<PathBuf>,
    /// Only partitions that meet a condition, for example "year=2017 and month<=6"; tables without partitions are whole
    #[arg(long = "where", value_name = "CONDITION")]
    filter: Option<Filter>,
    /// List what would be copied, with sizes, and copy nothing
    #[arg(long)]
    dry_run: bool,
    /// Form of that list; a table on a terminal, else CSV
    #[arg(long, requires = "dry_run")]
    format: Option<Format>,
    #[command(flatten)]
    wait: Wait,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let (root, other) = places(args, config)?;
    place::check(&root)?;
    let bar = Bar::new();
    let listed = RefCell::new(None);
    let planned = |plan: &Plan| {
        if args.dry_run {
            listed.replace(Some(plan.clone()));
        } else if !plan.is_empty() {
            place::say(&format!("copying {} from {}", words(plan), other.url));
        }
        !args.dry_run
    };
    let progress = |bytes, of| bar.show(bytes, of);
    let watch = Watch { planned: &planned, progress: &progress };
    let waits = (args.wait.duration(), &place::say as &dyn Fn(&str));
    let done = transfer::pull(&other, &root, &args.tables, args.filter.as_ref(), waits, &watch);
    bar.end();
    match done? {
        None => listed.take().map_or(Ok(()), |plan| list(args.format, &plan)),
        Some(plan) => {
            let did = if plan.is_empty() {
                "nothing is new".to_owned()
            } else {
                format!("copied {}", words(&plan))
            };
            place::say(&format!("{did}: snapshot of {} at {}", other.url, root.display()));
            Ok(())
        }
    }
}

/// `3 files, 1.2 MB`, and how many go.
fn words(plan: &Plan) -> String {
    let (files, bytes) = plan.amount();
    let gone = match plan.remove.len() {
        0 => String::new(),
        gone => format!(", {gone} to be removed"),
    };
    format!("{}{gone}", amount(files, bytes))
}

/// The folder of the snapshot, and the lake that it is one of.
fn places(args: &Args, config: &Config) -> Result<(PathBuf, Remote), Failure> {
    let hint = "name the snapshot's folder with --lake DIR, the lake on S3 with --from s3://bucket/prefix";
    let Place::Local(root) = place::of(config)? else {
        return Err(Failure::usage("a snapshot lies in a local folder", hint));
    };
    match place::other(config, args.from.as_deref(), &root, Kind::Origin)? {
        Some(Place::Remote(other)) => Ok((root, other)),
        Some(Place::Local(other)) => Err(Failure::usage(format!("{} is not on S3", other.display()), hint)),
        None => Err(Failure::usage(format!("{} is no snapshot yet", root.display()), hint)),
    }
}

fn list(format: Option<Format>, plan: &Plan) -> Result<(), Failure> {
    let count = |of: fn(&Line) -> u64| {
        Arc::new(UInt64Array::from_iter_values(plan.tables.iter().map(of))) as ArrayRef
    };
    let names = StringArray::from_iter_values(plan.tables.iter().map(|line| &line.table));
    tables::print(
        format,
        vec![
            ("table", Arc::new(names) as ArrayRef),
            ("files", count(|line| line.files)),
            ("bytes", count(|line| line.bytes)),
            ("new_files", count(|line| line.new_files)),
            ("new_bytes", count(|line| line.new_bytes)),
            ("gone", count(|line| line.gone)),
        ],
    )?;
    place::say(&format!("to copy: {}", words(plan)));
    Ok(())
}
