//! `saldo lake verify` and `saldo lake repair`: whether a lake is what its manifest says, and making it so again.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray};

use super::place::{self, Wait};
use super::tables::Form;
use super::{Failure, tables};
use crate::config::Config;
use crate::lake::finding::{FOREIGN, Finding, UNFINISHED};
use crate::lake::link::{Kind, Link};
use crate::lake::{Lake, TABLES};
use crate::pipeline::repair::{self, Repair};
use crate::pipeline::verify;
use crate::value;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(super) struct RepairArgs {
    #[command(flatten)]
    list: Args,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Compare every file with the manifest: checksums, columns, foreign files; on S3 the objects of the bucket too
    Verify(Args),
    /// Make tables' files again that are lost or damaged, and upload what the bucket lost
    Repair(RepairArgs),
}

pub(super) fn run(command: &Command, config: Config) -> Result<(), Failure> {
    match command {
        Command::Verify(args) => verify(args, config),
        Command::Repair(args) => {
            place::writing(config, args.wait.duration(), |config| repair(&args.list, config))
        }
    }
}

/// The bucket first: what it lost cannot be brought here to be looked at.
fn verify(args: &Args, config: Config) -> Result<(), Failure> {
    let found = place::of(&config)?.inspect()?;
    if !found.is_empty() {
        return report(args, &found, None);
    }
    place::reading(config, &TABLES, |config| {
        let lake = Lake::open(&config.lake)?;
        // The bucket was asked for raw files, which need not be here.
        let elsewhere = Link::read(&lake.root, Kind::Mirror)?.is_some();
        report(args, &verify::verify(&lake, elsewhere)?, Some(&lake))
    })
}

fn repair(args: &Args, config: &Config) -> Result<(), Failure> {
    let Repair { mended, left } = repair::repair(&config.lake, &mut place::say)?;
    for path in &mended {
        place::say(&format!("made again: {path}"));
    }
    report(args, &left, Some(&Lake::open(&config.lake)?))
}

/// Lists what is not as the manifest says, which is a failure.
fn report(args: &Args, found: &[Finding], lake: Option<&Lake>) -> Result<(), Failure> {
    let files = lake.map(|lake| lake.manifest.raw.len() + lake.manifest.files().count());
    if let (true, Some(files)) = (found.is_empty(), files) {
        let _ = writeln!(io::stderr(), "{}", as_it_says(files));
        return Ok(());
    }
    let texts =
        |of: fn(&Finding) -> &str| Arc::new(StringArray::from_iter_values(found.iter().map(of))) as ArrayRef;
    let columns = vec![
        ("kind", texts(|finding| finding.kind)),
        ("place", texts(|finding| &finding.place)),
        ("message", texts(|finding| &finding.message)),
    ];
    tables::print(args.form.format, columns)?;
    if let Some(unfinished) = found.iter().find(|finding| finding.kind == UNFINISHED) {
        return Err(Failure::new(3, format!("the lake could not be looked at: {}", unfinished.message))
            .with_hint("look again when it is published; what was cut off, `saldo run` completes"));
    }
    let message = counted(found, files);
    let origin = lake.map(|lake| Link::read(&lake.root, Kind::Origin)).transpose()?.flatten();
    Err(Failure::new(3, message).with_hint(hint(found, origin.is_some())))
}

/// `2 of 7 files are not as the manifest says, and 1 file is foreign`.
fn counted(found: &[Finding], files: Option<usize>) -> String {
    let foreign = found.iter().filter(|finding| finding.kind == FOREIGN).count();
    let places: BTreeSet<&str> = found
        .iter()
        .filter(|finding| finding.kind != FOREIGN)
        .map(|finding| finding.place.as_str())
        .collect();
    let own = match (places.len(), files) {
        (0, Some(files)) => as_it_says(files),
        (0, None) => String::new(),
        (1, None) => "1 file is not as the manifest says".to_owned(),
        (1, Some(files)) => {
            format!("1 of {} is not as the manifest says", value::counted(files as u64, "file"))
        }
        (wrong, Some(files)) => format!("{wrong} of {files} files are not as the manifest says"),
        (wrong, None) => format!("{wrong} files are not as the manifest says"),
    };
    let foreign = match foreign {
        0 => String::new(),
        1 => "1 file is foreign".to_owned(),
        foreign => format!("{foreign} files are foreign"),
    };
    let between = if own.is_empty() || foreign.is_empty() { "" } else { ", and " };
    format!("{own}{between}{foreign}")
}

/// `7 files are as the manifest says`.
fn as_it_says(files: usize) -> String {
    let are = if files == 1 { "is" } else { "are" };
    format!("{} {are} as the manifest says", value::counted(files as u64, "file"))
}

fn hint(found: &[Finding], is_snapshot: bool) -> &'static str {
    let is_damage = |finding: &&Finding| finding.kind != FOREIGN;
    if is_snapshot && found.iter().any(|finding| is_damage(&finding)) {
        "remove the files that are changed, and `saldo pull` brings them and those that are missing"
    } else if found.iter().filter(is_damage).any(|finding| finding.place.starts_with("raw/")) {
        "put the raw files back from a copy, then run `saldo lake repair`: tables are made from them"
    } else if found.iter().any(|finding| is_damage(&finding)) {
        "`saldo lake repair` makes tables' files again"
    } else {
        "`saldo run` takes in new raw files; move other files out of the lake"
    }
}
