//! `saldo normalise --on NAME`: the table of converted lines made on Athena, for a lake on S3 and people without Spark.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::super::elsewhere::{self, Elsewhere, size};
use super::super::execution::{Execution, Work};
use super::super::{Failure, place, rates, runs, submit};
use super::{NormaliseArgs, made};
use crate::config::Config;
use crate::engine::{Access, RunEvent, athena as engine};
use crate::lake::catalog::glue::Glue;
use crate::lake::folder::Folder;
use crate::lake::place::{AwsOptions, Place};
use crate::ledger::Entry;
use crate::pipeline::athena::{self, Asked, TABLE};
use crate::pipeline::commit;
use crate::pipeline::spark::{self, Order, Submitted};
use crate::query::Statement;
use crate::target::{Dollars, TargetKind};

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
    // Rates that are held back are told at the end, as in every run.
    let mut held = Ok(());
    place::writing(config.clone(), args.wait(), |config| {
        held = rates::check_held(&made(&args.stages, config, None, &BEFORE)?);
        Ok(())
    })?;
    let writing = place.write(args.wait(), &place::say)?;
    commit::recover(writing.root())?;
    let folder = Folder::open(&place)?;
    submit::refuse_beside(config, &place, &folder, writing.root())?;
    stop_left(&target, &other.url)?;
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
    let there = There { target: &target, url: &other.url, folder: &folder, submitted: &submitted };
    let journal =
        there.made(args.yes, config).and_then(|()| Ok(spark::taken(&folder, writing.root(), &submitted)?));
    let journal = journal.inspect_err(|_| {
        // Why it failed must be told whatever else does; the next run removes what is left.
        if let Err(error) = submitted.remove(&folder) {
            place::say(&format!("warning: {error}"));
        }
    })?;
    // What is cut off from here on the next writer completes.
    writing.adopt(&submitted.run, &journal)?;
    spark::settle(writing.root(), &submitted)?;
    submitted.remove(&folder)?;
    let files = rates::counted(journal.moves.len(), "file");
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
fn stop_left(target: &Elsewhere, url: &str) -> Result<(), Failure> {
    let names = athena::names(url);
    let warn = |what: &str, why: &str| place::say(&format!("warning: {what}: {why}"));
    let known = target.connect()?.runs(&CancellationToken::new());
    let known = known.inspect_err(|error| warn("what an earlier run left is not known", &error.message));
    let is_left = |run: &Entry| !run.state.is_final() && run.statement.contains(&names);
    for id in known.unwrap_or_default().into_iter().filter(is_left).filter_map(|run| run.id) {
        if let Err(failure) = runs::stop(&id, target) {
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
}

impl There<'_> {
    /// Makes the files of the table beside the lake. No table of the run is left in the catalogue.
    fn made(&self, yes: bool, config: &Config) -> Result<(), Failure> {
        let settings = &self.target.settings;
        let database = settings.database.as_ref().unwrap_or(&config.database);
        let asked = Asked::of(self.submitted, self.url, database)?;
        let most: Dollars = asked.inserts.iter().map(|insert| engine::cost(settings, insert.bytes)).sum();
        let words = format!("{} to read in {} statements", size(asked.bytes()), asked.inserts.len());
        place::say(&format!("{TABLE}: {words}, at most {most}"));
        self.target.ask_cost(Some(most), &words, yes)?;
        let Some(first) = asked.inserts.first() else { return Ok(()) };
        let work = Work::Run(Statement::plain(&first.sql));
        let mut execution = self.target.execution(self.target.connect()?, work, Access::Write)?;
        // What it writes is wanted, and not that it was written before.
        execution.options.reuse = None;
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
            going(execution)?;
            execution.work = Work::Run(Statement::plain(&insert.sql));
            execution.events(|event| {
                if let RunEvent::Finished(stats) = event {
                    scanned += stats.bytes_scanned.unwrap_or_default();
                    cost.extend(stats.cost);
                }
                Ok(true)
            })?;
            place::say(&format!("  {} made", rates::counted(insert.months, "month")));
        }
        let cost: Dollars = cost.into_iter().sum();
        place::say(&format!("scanned {} for {cost}", size(scanned)));
        place::say("  looking into what came");
        let stops = || execution.interrupt.cancel.is_cancelled();
        athena::keep(self.folder, self.submitted, asked, &stops)?;
        going(execution)
    }
}

/// Nothing more is begun after Ctrl-C.
fn going(execution: &Execution) -> Result<(), Failure> {
    if execution.interrupt.cancel.is_cancelled() {
        return Err(Failure::new(130, "cancelled; the lake is as it was before"));
    }
    Ok(())
}
