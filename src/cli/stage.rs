//! `saldo stage`: reads statements into typed lines for a Spark job, on as many machines as there are.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use chrono::Utc;
use serde_json::json;

use super::ingest::{GivenArgs, check, grouped, profiles, read_map};
use super::{Failure, place};
use crate::config::Config;
use crate::lake::folder::Folder;
use crate::pipeline::bank::BANK;
use crate::pipeline::ingest::staged::stage;
use crate::pipeline::ingest::{FileReport, Options, State};
use crate::value;

/// Reads statements as `saldo ingest bank` does, into Parquet files of typed lines by month, with what could not be read beside
/// them. The statement of the stage `banktxn` merges them to the table, on Spark or wherever they are read. Several machines
/// may stage into one place.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Statements, or folders of them; one that was staged before takes its former place
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where the lines go: a folder, or `s3://bucket/prefix`; no lake lies there
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Column names: a CSV of lines `their header,our column`
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Print what became of the files as a line of JSON on stdout
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    given: GivenArgs,
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let files = files(&args.files)?;
    let given = args.given.given();
    let map = args.map.as_deref().map(|path| read_map(path, &BANK)).transpose()?.unwrap_or_default();
    let profiles = profiles(&given, config)?;
    let options = Options { map, given, profiles, ..Options::new(Utc::now()) };
    let folder = Folder::open(&place::at(config, &args.to)?)?;
    let reports = stage(&folder, &files, &options, &mut |report| tell(report))?;
    let faults: u64 = reports.iter().map(|report| report.faults).sum();
    if args.json {
        let rows: u64 = reports.iter().map(|report| report.rows).sum();
        writeln!(io::stdout(), "{}", json!({ "files": reports, "rows": rows, "faults": faults }))?;
    }
    if faults == 0 {
        return Ok(());
    }
    let what = if faults == 1 { "line, cell or file".to_owned() } else { "lines, cells or files".to_owned() };
    Err(Failure::new(3, format!("{} {what} could not be read", grouped(faults)))
        .with_hint(format!("the files of the folder raw_errors in {} tell which", args.to.display())))
}

/// The files that were named, and those of the folders that were, by name; a name that begins with a point is none of them.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error| Failure::new(1, format!("cannot read {}: {error}", path.display()));
        let mut below = Vec::new();
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.path().is_file() && !entry.file_name().to_string_lossy().starts_with('.') {
                below.push(entry.path());
            }
        }
        if below.is_empty() {
            return Err(Failure::new(1, format!("there is no file in {}", path.display())));
        }
        below.sort();
        files.append(&mut below);
    }
    // All are there before the first is touched.
    files.iter().try_for_each(|file: &PathBuf| check(file))?;
    Ok(files)
}

/// Says what became of a file, when it is done.
fn tell(report: &FileReport) {
    let name = value::visible(&report.file);
    let mut words = io::stderr().lock();
    let _ = match report.state {
        State::Refused => writeln!(words, "{name}: not staged"),
        State::Kept | State::Known => writeln!(
            words,
            "{name}: {} lines, {} staged, {} faults",
            grouped(report.lines),
            grouped(report.rows),
            grouped(report.faults)
        ),
    };
    for note in &report.notes {
        let _ = writeln!(words, "  {}", value::visible(note));
    }
}
