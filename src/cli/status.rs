//! `saldo status`: how a lake stands.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::Utc;
use duckdb::arrow::array::{ArrayRef, StringArray, UInt64Array};

use super::{Failure, place, query, tables};
use crate::config::Config;
use crate::export::Format;
use crate::lake::Lake;
use crate::lake::link::{Kind, Link};
use crate::lake::selection::amount;
use crate::lake::status::{self, Copied, SECTIONS, Section};
use crate::lake::transfer;
use crate::lake::watch::Bringing;
use crate::pipeline::ingest::taken::{self, Taken};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Form of the lists; tables on a terminal, else CSV
    #[arg(long)]
    format: Option<Format>,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let place::Opened { lake, .. } = place::open(config)?;
    // Opened once: what it tells is of one moment.
    let config = &Config { lake: lake.root.clone(), ..config.clone() };
    // A list a name, and every name, so that a program finds what it looks for.
    let is_object = args.format == Some(Format::Json);
    let part = |mark: &str, name: &str, title: &str| {
        if is_object {
            return Ok(write!(io::stdout(), "{mark}\"{name}\": ")?);
        }
        // Whoever reads them from a pipe sees no title, and where one list ends and the next begins all the same.
        if mark != "{" && args.format != Some(Format::Jsonl) {
            writeln!(io::stdout())?;
        }
        print_title(title)
    };
    part("{", "tables", "Tables")?;
    let lines: Vec<_> = lake.manifest.tables.iter().map(status::line).collect();
    let count = |of: fn(&status::Line) -> Option<u64>| {
        Arc::new(UInt64Array::from_iter(lines.iter().map(of))) as ArrayRef
    };
    tables::print(
        args.format,
        vec![
            ("table", Arc::new(StringArray::from_iter_values(lines.iter().map(|line| &line.name)))),
            ("rows", count(|line| Some(line.rows))),
            ("months", count(|line| line.months)),
            ("files", count(|line| Some(line.files))),
            ("bytes", count(|line| Some(line.bytes))),
            ("newest", Arc::new(StringArray::from_iter(lines.iter().map(|line| line.newest.clone())))),
        ],
    )?;
    for section in &SECTIONS {
        if let Some(bytes) = too_large(config, &lake, section) {
            let words = format!("{}: not asked for, {} would copy {bytes}", section.title, section.table);
            place::say(&format!("note: {words}, more than fetch_mib allows"));
            if is_object {
                write!(io::stdout(), ", \"{}\": null", section.name)?;
            }
        } else if lake.table(section.table).is_some() {
            part(", ", section.name, section.title)?;
            query::print(config, section.sql, args.format)?;
        } else if is_object {
            write!(io::stdout(), ", \"{}\": []", section.name)?;
        }
    }
    statements(args, &lake, &part)?;
    snapshot(args, config, &lake, &part)?;
    if is_object {
        writeln!(io::stdout(), "}}")?;
    }
    Ok(())
}

/// The statements that were taken in; of a lake on S3 the notes on them are brought, which are small.
fn statements(
    args: &Args,
    lake: &Lake,
    part: &dyn Fn(&str, &str, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if let Err(error) = lake.bring(&taken::notes(lake), &Bringing::QUIET) {
        place::say(&format!("warning: of some statements it is not known how they are read: {error}"));
    }
    let taken = taken::statements(lake)?;
    if taken.is_empty() && args.format != Some(Format::Json) {
        return Ok(());
    }
    part(", ", "statements", "Statements")?;
    let text = |of: &dyn Fn(&Taken) -> Option<&String>| {
        Arc::new(StringArray::from_iter(taken.iter().map(of))) as ArrayRef
    };
    let columns = [
        text(&|one| Some(&one.statement)),
        Arc::new(UInt64Array::from_iter_values(taken.iter().map(|one| one.rows))),
        text(&|one| one.months.as_ref().map(|(first, _)| first)),
        text(&|one| one.months.as_ref().map(|(_, last)| last)),
        text(&|one| Some(&one.read_as)),
    ];
    tables::print(args.format, Taken::NAMES.into_iter().zip(columns).collect())
}

/// What the lake is a snapshot of, where it is one.
fn snapshot(
    args: &Args,
    config: &Config,
    lake: &Lake,
    part: &dyn Fn(&str, &str, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some(link) = Link::read(&lake.root, Kind::Origin)? else {
        let none = || Ok(write!(io::stdout(), ", \"snapshot\": []")?);
        return if args.format == Some(Format::Json) { none() } else { Ok(()) };
    };
    let copied = Copied::of(&link, Utc::now()).with(&transfer::newer(lake, &link, &config.cache));
    part(", ", "snapshot", "Snapshot")?;
    let cells = copied.cells().map(|cell| Arc::new(StringArray::from_iter_values([cell])) as ArrayRef);
    tables::print(args.format, Copied::NAMES.into_iter().zip(cells).collect())
}

/// What would have to be copied from S3 for a section, where that is too much.
fn too_large(config: &Config, lake: &Lake, section: &Section) -> Option<String> {
    let absent = lake.absent(lake.table(section.table)?);
    let bytes = absent.iter().fold(0, |sum: u64, file| sum.saturating_add(file.size));
    (bytes >> 20 >= config.fetch_mib).then(|| amount(absent.len(), bytes))
}

/// Titles part the lists; they are words, so they go to stderr.
fn print_title(text: &str) -> Result<(), Failure> {
    io::stdout().flush()?;
    let _ = writeln!(io::stderr(), "{text}");
    Ok(())
}
