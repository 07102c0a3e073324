//! `saldo targets` and `saldo doctor`: where SQL can run, and whether all is in order that it needs.

use std::io::{self, Write};
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray};
use tokio_util::sync::CancellationToken;

use super::elsewhere::{self, Elsewhere};
use super::tables::Form;
use super::{Failure, place, query, submit, tables};
use crate::config::Config;
use crate::engine::Check;
use crate::lake::link::{Kind, Link};
use crate::lake::{File, Lake};
use crate::target::{LOCAL, Target, TargetKind};
use crate::value;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// One of `saldo targets`, else all of them
    #[arg(value_name = "TARGET")]
    name: Option<String>,
}

/// Cells of the list: for the engine inside, and for a target.
type Here = fn(&Config) -> Option<String>;
type There = fn(&Target) -> Option<String>;

/// The columns beside the name, each with what it says of the engine inside.
const COLUMNS: [(&str, Here, There); 5] = [
    ("kind", |_| Some("DuckDB".into()), |target| Some(target.kind.name().into())),
    ("where", |config| Some(config.lake.display().to_string()), place_of),
    ("database", |config| Some(config.database.clone()), database_of),
    ("budget_query", |_| None, |target| target.budget_query.map(|budget| budget.to_string())),
    ("budget_day", |_| None, |target| target.budget_day.map(|budget| budget.to_string())),
];

/// The first of these that is set says best where it is.
fn place_of(target: &Target) -> Option<String> {
    let services = [&target.endpoint, &target.cluster, &target.workgroup];
    let jobs = [&target.application, &target.job];
    let places = services.into_iter().chain(jobs).chain([&target.region, &target.profile]);
    places.flatten().next().cloned()
}

fn database_of(target: &Target) -> Option<String> {
    let parts = [&target.catalog, &target.database, &target.schema];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

pub(super) fn list(args: &Args, config: &Config) -> Result<(), Failure> {
    let names = [LOCAL].into_iter().chain(config.targets.keys().map(String::as_str));
    let mut columns: Vec<(&str, ArrayRef)> = vec![("name", Arc::new(StringArray::from_iter_values(names)))];
    for (name, here, there) in COLUMNS {
        let cells = [here(config)].into_iter().chain(config.targets.values().map(there));
        columns.push((name, Arc::new(StringArray::from_iter(cells))));
    }
    tables::print(args.form.format, columns)
}

pub(super) fn doctor(args: &DoctorArgs, config: &Config, target: Option<&str>) -> Result<(), Failure> {
    let mut wrong = 0;
    let mut tell = |name: &str, checks: Vec<Check>| -> Result<(), Failure> {
        for check in checks {
            wrong += u32::from(check.found.is_err());
            print(name, &check)?;
        }
        Ok(())
    };
    let one = args.name.as_deref().or(target);
    let named = elsewhere::find(one, config)?;
    if named.is_none() {
        tell(LOCAL, local_checks(config))?;
    }
    let others = if one.is_none() { Elsewhere::all(config).collect() } else { Vec::new() };
    for there in named.into_iter().chain(others) {
        tell(there.name, checks(config, &there))?;
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::new(1, "one thing is not in order")),
        _ => Err(Failure::new(1, format!("{wrong} things are not in order"))),
    }
}

/// All that a target needs.
pub(super) fn checks(config: &Config, there: &Elsewhere) -> Vec<Check> {
    if there.settings.kind.makes_tables() {
        return vec![job_check(config, there)];
    }
    match there.connect() {
        Ok(engine) => engine.checks(&CancellationToken::new()),
        Err(failure) => {
            vec![Check::wrong("settings", failure.message, failure.hint)]
        }
    }
}

/// Whoever runs the jobs of a target.
fn job_check(config: &Config, there: &Elsewhere) -> Check {
    let what = match there.settings.kind {
        TargetKind::EmrServerless => "application",
        TargetKind::Glue => "job",
        _ => "program",
    };
    let found = submit::service(there.name, config).and_then(|service| Ok(service.check()?));
    checked(
        what,
        found.map_err(|failure| match failure.hint {
            None if what == "program" => {
                failure.with_hint(format!("name it as `command` of [targets.{}] in saldo.toml", there.name))
            }
            _ => failure,
        }),
    )
}

fn checked(what: &'static str, found: Result<String, Failure>) -> Check {
    match found {
        Ok(words) => Check::of(what, Ok(words)),
        Err(Failure { message, hint, .. }) => Check::wrong(what, message, hint),
    }
}

/// `athena: ok     identity: arn:…`
fn print(target: &str, check: &Check) -> Result<(), Failure> {
    let (word, said) = match &check.found {
        Ok(found) => ("ok", found),
        Err(wrong) => ("wrong", wrong),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{target}: {word:<6} {}: {}", check.what, value::visible(said))?;
    if let (Err(_), Some(remedy)) = (&check.found, &check.remedy) {
        writeln!(out, "{:width$}  {:<6} {}", "", "hint:", value::visible(remedy), width = target.len())?;
    }
    Ok(())
}

/// The engine inside, every file of the lake, and what is kept here.
fn local_checks(config: &Config) -> Vec<Check> {
    let engine = query::Session::open(config).map(|session| session.checks());
    let mut checks = engine.unwrap_or_default();
    checks.push(checked(
        "lake",
        place::open(config).map_err(Failure::from).and_then(|opened| whole(&opened.lake)),
    ));
    let kept = elsewhere::results(config).all();
    let found = kept.map(|kept| format!("{} kept", kept.len()));
    checks.push(checked("results", found.map_err(|error| Failure::new(1, error.to_string()))));
    checks
}

/// Whether the files of a lake are there, as far as their sizes tell; `saldo lake verify` reads them.
fn whole(lake: &Lake) -> Result<String, Failure> {
    let tables: Vec<_> = lake.manifest.files().collect();
    let place = lake.root.display();
    // They lie on S3 until they are asked for.
    if lake.origin().is_some() {
        let here = tables.iter().filter(|file| lake.path(file).is_file()).count();
        return Ok(format!("{here} of {} files of tables are here", tables.len()));
    }
    let is_snapshot = Link::read(&lake.root, Kind::Origin)?.is_some();
    // A snapshot has no raw files.
    let raw: &[File] = if is_snapshot { &[] } else { &lake.manifest.raw };
    let wrong = |file: &&File| !file.is_at(&lake.path(file));
    let (of_tables, of_raw) =
        (tables.iter().copied().filter(wrong).count(), raw.iter().filter(wrong).count());
    let count = tables.len() + raw.len();
    match of_tables + of_raw {
        0 => Ok(format!("{} of {place}", value::counted(count as u64, "file"))),
        gone => {
            let hint = match (is_snapshot, of_raw) {
                (true, _) => "run `saldo pull`, and before it remove those that are changed",
                (false, 0) => "run `saldo lake repair`",
                (false, _) => {
                    "`saldo lake verify` names them; put raw files back from a copy, then run `saldo lake repair`"
                }
            };
            let are = if gone == 1 { "is" } else { "are" };
            let files = value::counted(count as u64, "file");
            let message = format!("{gone} of {files} of {place} {are} missing or of another size");
            Err(Failure::new(1, message).with_hint(hint))
        }
    }
}
