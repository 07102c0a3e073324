//! `saldo normalise --on NAME`: the table of converted lines made on Athena, for a lake on S3 and people without Spark.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use super::super::elsewhere::{self, Elsewhere, size};
use super::super::execution::{Execution, Interrupt, Work};
use super::super::{Failure, place, rates, runs, submit};
use super::{NormaliseArgs, made};
use crate::config::Config;
use crate::engine::{Access, RunEvent, athena as engine};
use crate::lake::catalog::glue::Glue;
use crate::lake::folder::Folder;
use crate::lake::journal::Journal;
use crate::lake::place::{AwsOptions, Place};
use crate::ledger::{Entry, Kind};
use crate::pipeline::athena::{self, Asked, TABLE};
use crate::pipeline::commit;
use crate::pipeline::spark::{self, Order, Submitted};
use crate::query::Statement;
use crate::target::{Dollars, TargetKind};
use crate::value;

/// What the table is made of is made here.
const BEFORE: [&str; 3] = ["response", "banktxn", "daily_rates"];

pub(super) fn normalise(args: &NormaliseArgs, name: &str, config: &Config) -> Result<(), Failure> {
    let target = wanted(name, config)?;
    let place = place::of(config)?;
    let Place::Remote(other) = &place else {
        return Err(Failure::usage(
            "Athena makes tables of lakes on S3, and this one is a folder",
            "`saldo push s3://BUCKET/PREFIX` puts it there; then `saldo --lake s3://BUCKET/PREFIX normalise --on NAME`",
        ));
    };
    // What is wrong with the settings is said before anything is made.
    target.connect()?;
    let begun = Instant::now();
    let folder = Folder::open(&place)?;
    let interrupt = Interrupt::listen(Some(target.name))?;
    let stops = || interrupt.cancel.is_cancelled();
    let alone = |root: &Path| {
        commit::recover(root)?;
        submit::refuse_beside(config, &place, &folder, root)
    };
    // Rates that are held back are told at the end, as in every run.
    let mut held = Ok(());
    place::beginning_unless(config.clone(), args.wait(), &stops, |config, writing| {
        writing.fill(&place::say)?;
        // Of a lake that is published anew a job at work would be over.
        alone(&config.lake)?;
        held = rates::check_held(&made(&args.stages, config, false, None, &BEFORE)?);
        going(&interrupt)
    })?;
    let mut writing = place.begin_unless(args.wait(), &stops, &place::say)?;
    writing.fill(&place::say)?;
    alone(writing.root())?;
    stop_left(&target, &other.url, &folder, &interrupt)?;
    going(&interrupt)?;
    let order = Order {
        root: writing.root(),
        folder: &folder,
        address: &other.url,
        target: target.name,
        only: &[TABLE],
        memory_limit: &config.memory_limit,
    };
    let Some(submitted) = spark::stage(&order, &|_| (), &place::say)? else {
        place::say(&format!("{TABLE}: nothing was due"));
        return held;
    };
    let there = There { target: &target, url: &other.url, folder: &folder, submitted: &submitted, interrupt };
    let journal = there.journal(args.yes, config, writing.root()).inspect_err(|_| {
        // Why it failed must be told whatever else does; the next run removes what is left.
        if let Err(error) = submitted.remove(&folder) {
            place::say(&format!("warning: {error}"));
        }
    })?;
    // What is cut off from here on the next writer completes.
    writing.adopt(&submitted.run, &journal)?;
    spark::settle(writing.root(), &submitted)?;
    submitted.remove(&folder)?;
    let files = value::counted(journal.moves.len() as u64, "file");
    place::say(&format!("{TABLE} {files}; {:.1} s", begun.elapsed().as_secs_f64()));
    held
}

/// The target, which is of Athena.
fn wanted<'a>(name: &'a str, config: &'a Config) -> Result<Elsewhere<'a>, Failure> {
    let found = elsewhere::find(Some(name), config)?;
    let found = found.filter(|target| target.settings.kind == TargetKind::Athena);
    found.ok_or_else(|| {
        Failure::usage(
            format!("target {name} is not of Athena"),
            "name one of kind athena with --on NAME; on Spark, `saldo submit` makes all tables",
        )
    })
}

/// Stops the statement of a run that was killed: it would go on costing, and writing.
fn stop_left(target: &Elsewhere, url: &str, folder: &Folder, interrupt: &Interrupt) -> Result<(), Failure> {
    let names = athena::names(url);
    let warn = |what: &str, why: &str| place::say(&format!("warning: {what}: {why}"));
    let known = target.connect()?.runs(&interrupt.cancel);
    let known = known.inspect_err(|error| warn("what an earlier run left is not known", &error.message));
    let known = known.unwrap_or_default();
    let known = known.into_iter().filter(|run| run.statement.contains(&names));
    let (over, going): (Vec<_>, Vec<_>) = known.partition(|run| run.state.is_final());
    let ids = |runs: Vec<Entry>| runs.into_iter().filter_map(|run| run.id);
    // One that is not among the last is noted, and one that was not noted yet is among them.
    let mut left: BTreeSet<_> = athena::noted(folder)?.into_iter().chain(ids(going)).collect();
    for id in ids(over) {
        left.remove(&id);
    }
    for id in left {
        if let Err(failure) = runs::stop(&id, target, interrupt) {
            warn(&format!("{id} of an earlier run may go on"), &failure.message);
        }
    }
    Ok(())
}

/// A run, and where it is made.
struct There<'a> {
    target: &'a Elsewhere<'a>,
    url: &'a str,
    folder: &'a Folder,
    submitted: &'a Submitted,
    interrupt: Interrupt,
}

impl There<'_> {
    /// What makes the table the lake's, once it is made and as it should be.
    fn journal(&self, yes: bool, config: &Config, root: &Path) -> Result<Journal, Failure> {
        going(&self.interrupt)?;
        self.made(yes, config)?;
        let journal = spark::taken(self.folder, root, self.submitted)?;
        going(&self.interrupt)?;
        Ok(journal)
    }

    /// Makes the files of the table beside the lake. No table of the run is left in the catalogue.
    fn made(&self, yes: bool, config: &Config) -> Result<(), Failure> {
        let settings = &self.target.settings;
        let database = settings.database.as_ref().unwrap_or(&config.database);
        athena::check(self.folder, self.submitted, self.url)?;
        let asked = Asked::of(self.submitted, self.url, database)?;
        let most: Dollars = asked.inserts.iter().map(|insert| engine::cost(settings, insert.bytes)).sum();
        let words = format!(
            "{} to read in {}",
            size(asked.bytes()),
            value::counted(asked.inserts.len() as u64, "statement")
        );
        place::say(&format!("{TABLE}: {words}, at most {most}"));
        self.target.ask_cost(Some(most), &words, yes)?;
        going(&self.interrupt)?;
        let Some(first) = asked.inserts.first() else { return Ok(()) };
        let work = Work::Run(Statement::plain(&first.sql));
        let (interrupt, engine) = (self.interrupt.clone(), self.target.connect()?);
        let mut execution = self.target.execution_until(interrupt, engine, work, Access::Write);
        // What it writes is wanted, and not that it was written before.
        execution.options.reuse = None;
        execution.options.kind = Kind::Normalise;
        let options = AwsOptions {
            endpoint: settings.endpoint.clone(),
            profile: settings.profile.clone(),
            ..AwsOptions::default()
        };
        let glue = Glue::open(&options, settings.region.as_deref(), database)?;
        // Those of a run that was killed.
        let names = athena::names(self.url);
        glue.drop_tables(&names)?;
        let made = glue.create(&asked.tables).map_err(Failure::from);
        let made = made.and_then(|()| self.inserted(&asked, &mut execution));
        if let Err(error) = glue.drop_tables(&names) {
            place::say(&format!("warning: tables {names}… stay in {database} until the next run: {error}"));
        }
        made
    }

    /// Runs the statements one after the other, and looks at what they made.
    fn inserted(&self, asked: &Asked, execution: &mut Execution) -> Result<(), Failure> {
        let (mut scanned, mut cost) = (0, Vec::new());
        for insert in &asked.inserts {
            going(&self.interrupt)?;
            execution.work = Work::Run(Statement::plain(&insert.sql));
            execution.events(|event| {
                match event {
                    RunEvent::Started(id) => athena::note(self.folder, self.submitted, &id.0)?,
                    RunEvent::Finished(stats) => {
                        scanned += stats.bytes_scanned.unwrap_or_default();
                        cost.extend(stats.cost);
                    }
                    _ => {}
                }
                Ok(true)
            })?;
            place::say(&format!("  {} made", value::counted(insert.months as u64, "month")));
        }
        let cost: Dollars = cost.into_iter().sum();
        place::say(&format!("scanned {} for {cost}", size(scanned)));
        place::say("  looking into what came");
        let stops = || self.interrupt.cancel.is_cancelled();
        athena::keep(self.folder, self.submitted, asked, &stops)?;
        going(&self.interrupt)
    }
}

/// Nothing more is begun after Ctrl-C.
fn going(interrupt: &Interrupt) -> Result<(), Failure> {
    if interrupt.cancel.is_cancelled() {
        return Err(Failure::new(130, format!("cancelled; {TABLE} is as it was before")));
    }
    Ok(())
}
