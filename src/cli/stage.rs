//! `saldo stage`: reads statements into typed lines for a Spark job, on as many machines as there are.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::Utc;
use serde_json::json;

use super::ingest::{GivenArgs, STDIN, check, grouped, profiles, read_map};
use super::{Failure, place};
use crate::config::Config;
use crate::lake::folder::Folder;
use crate::lake::place::Place;
use crate::pipeline::bank::BANK;
use crate::pipeline::ingest::staged::stage;
use crate::pipeline::ingest::{FileReport, Options, State};
use crate::value;

/// Reads statements as `saldo ingest bank` does, into Parquet files of typed lines by month, with what could not be read beside
/// them. The statement that merges them to the table `banktxn`, on Spark or wherever they are read, is in the sources:
/// `keyed.sql`, `repeats.sql` and `banktxn.sql` of `src/pipeline/bank/`, one behind the other. Several machines may stage into
/// one place.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Statements, or folders of them with what is below; one that was staged before takes its former place
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
    let to = place::at(config, &args.to)?;
    let files = files(&args.files, &to)?;
    let given = args.given.given();
    let map = args.map.as_deref().map(|path| read_map(path, &BANK)).transpose()?.unwrap_or_default();
    let profiles = profiles(&given, config)?;
    let options = Options { map, given, profiles, ..Options::new(Utc::now()) };
    let folder = Folder::open(&to)?;
    if folder.is_lake()? {
        return Err(Failure::usage(
            format!("{} is a lake, and staged lines are no part of one", args.to.display()),
            "name another folder with --to, or take the statements into the lake with `saldo ingest bank`",
        ));
    }
    let reports = stage(&folder, &files, &options, &mut |report| tell(report))?;
    let faults: u64 = reports.iter().map(|report| report.faults).sum();
    if args.json {
        let rows: u64 = reports.iter().map(|report| report.rows).sum();
        writeln!(io::stdout(), "{}", json!({ "files": reports, "rows": rows, "faults": faults }))?;
    }
    let stay = reports.iter().filter(|report| report.state == State::Refused && report.kept.is_some());
    match (faults, stay.count()) {
        (0, 0) => Ok(()),
        (faults, stay) => Err(unread(faults, stay, &args.to)),
    }
}

/// What could not be read, and how many files keep the lines of another reading for that.
fn unread(faults: u64, stay: usize, to: &Path) -> Failure {
    let mut said = Vec::new();
    if faults > 0 {
        let what = if faults == 1 { "line, cell or file" } else { "lines, cells or files" };
        said.push(format!("{} {what} could not be read", grouped(faults)));
    }
    if stay > 0 {
        let what = if stay == 1 { "file keeps" } else { "files keep" };
        said.push(format!("{} {what} the lines that were staged before", grouped(stay as u64)));
    }
    let hint = if stay == 0 {
        format!("the files of the folder raw_errors in {} tell which", to.display())
    } else {
        format!(
            "stage what keeps its lines as it was read then, with the options in its note (folder notes in {})",
            to.display()
        )
    };
    Failure::new(3, said.join(", and ")).with_hint(hint)
}

/// The files that were named, and those of the folders that were and of all below, by name; a name that begins with a point is
/// none of them, and what was staged before is none.
fn files(named: &[PathBuf], to: &Place) -> Result<Vec<PathBuf>, Failure> {
    let staged = match to {
        Place::Local(folder) => fs::canonicalize(folder).ok(),
        Place::Remote(_) => None,
    };
    let mut files = Vec::new();
    for path in named {
        if path.as_os_str() == STDIN {
            return Err(Failure::usage(
                "standard input cannot be staged",
                "write it to a file, and name that (a file that is called `-` is `./-`)",
            ));
        }
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let (mut below, mut walked) = (Vec::new(), staged.iter().cloned().collect());
        walk(path, &mut walked, &mut below)?;
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

/// Finds the files of a folder and of those below; links are followed, and no folder is walked twice.
fn walk(folder: &Path, walked: &mut BTreeSet<PathBuf>, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |path: &Path, error: io::Error| Failure::unreadable(path, &error);
    if !walked.insert(fs::canonicalize(folder).map_err(|error| failed(folder, error))?) {
        return Ok(());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let entry = entry.map_err(|error| failed(folder, error))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    for path in paths {
        let kind = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                place::say(&format!("{}: the link leads nowhere, and is left out", path.display()));
                continue;
            }
            kind => kind.map_err(|error| failed(&path, error))?,
        };
        if kind.is_dir() {
            walk(&path, walked, found)?;
        } else if kind.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// Says what became of a file, when it is done.
fn tell(report: &FileReport) {
    let name = value::visible(&report.file);
    let mut words = io::stderr().lock();
    let _ = match report.state {
        State::Refused => writeln!(words, "{name}: not staged"),
        State::Known => writeln!(words, "{name}: not staged again"),
        State::Kept => writeln!(
            words,
            "{name}: {}, {} staged, {}",
            value::counted(report.lines, "line"),
            grouped(report.rows),
            value::counted(report.faults, "fault")
        ),
    };
    for note in &report.notes {
        let _ = writeln!(words, "  {}", value::visible(note));
    }
}
