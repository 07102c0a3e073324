//! Engines elsewhere: which one is meant, how a statement is run there, and what is asked before it costs.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::execution::{About, Execution, Interrupt, Work};
use super::{Failure, ask, place};
use crate::config::Config;
use crate::dialect::{ForeignWord, foreign_words};
use crate::engine::threads::Threads;
use crate::engine::{Access, Engine, Estimate, Options, Surroundings, connect};
use crate::lake::TABLES;
use crate::ledger::Ledger;
use crate::query::Statement;
use crate::results::{Keeper, Results};
use crate::target::{Dollars, LOCAL, Target, TargetKind};
use crate::value;

/// How a statement runs on an engine elsewhere.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "On another engine")]
pub(super) struct Flags {
    /// Leave the statement running there, and print the id of the run
    #[arg(long, conflicts_with_all = ["limit", "output", "format", "keep_as"])]
    pub(super) detach: bool,
    /// Stop it after so many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    #[command(flatten)]
    road: Road,
    /// Print what the statement scans at most, and run nothing
    #[arg(long)]
    pub(super) estimate: bool,
    /// Run it above the budget without asking
    #[arg(long)]
    pub(super) yes: bool,
    /// Name of the result that is kept here, else r1, r2 and so on
    #[arg(long, value_name = "NAME")]
    pub(super) keep_as: Option<String>,
}

/// The road that the rows take.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "On another engine")]
struct Road {
    /// Take an earlier result of the same statement that is no older than so many minutes; 0 takes none
    #[arg(long, value_name = "MINUTES")]
    reuse: Option<u32>,
    /// Let Athena write the result to S3 as Parquet and read that: sooner for millions of rows, which come in no order
    #[arg(long, conflicts_with = "reuse")]
    unload: bool,
}

impl Road {
    /// Whether an earlier result will do; 0 minutes ask for what happens anyway.
    fn wants_earlier(&self) -> bool {
        self.reuse.is_some_and(|minutes| minutes > 0)
    }
}

impl Flags {
    /// Refuses what means nothing for the engine inside.
    pub(super) fn refuse_local(&self) -> Result<(), Failure> {
        let given = [
            ("--detach", self.detach),
            ("--timeout", self.timeout.is_some()),
            ("--reuse", self.road.wants_earlier()),
            ("--unload", self.road.unload),
            ("--estimate", self.estimate),
            ("--keep-as", self.keep_as.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((flag, _)) => Err(Failure::usage(
                format!("{flag} is for another engine"),
                "name one with --target; `saldo targets` lists them",
            )),
        }
    }
}

/// An engine elsewhere, as the settings name it.
pub(super) struct Elsewhere<'a> {
    pub(super) config: &'a Config,
    pub(super) name: &'a str,
    pub(super) settings: Target,
    /// Results come by way of files that the engine writes.
    unload: bool,
}

/// The target of that name; none for the engine inside.
pub(super) fn find<'a>(name: Option<&str>, config: &'a Config) -> Result<Option<Elsewhere<'a>>, Failure> {
    let Some(name) = name.filter(|name| *name != LOCAL) else { return Ok(None) };
    let Some((name, settings)) = config.targets.get_key_value(name) else {
        let names: Vec<_> = [LOCAL].into_iter().chain(config.targets.keys().map(String::as_str)).collect();
        return Err(Failure::usage(
            format!("there is no target {name}"),
            format!("targets are {}; others are named in saldo.toml as [targets.NAME]", names.join(", ")),
        ));
    };
    Ok(Some(Elsewhere { config, name, settings: settings.clone(), unload: false }))
}

impl<'a> Elsewhere<'a> {
    /// Each engine elsewhere of the settings.
    pub(super) fn all(config: &'a Config) -> impl Iterator<Item = Self> {
        let each = config.targets.iter();
        each.map(move |(name, settings)| Self { config, name, settings: settings.clone(), unload: false })
    }

    pub(super) fn ledger(&self) -> Ledger {
        Ledger::within(&self.config.state)
    }

    pub(super) fn connect(&self) -> Result<Arc<dyn Engine>, Failure> {
        let around = Surroundings {
            ledger: self.ledger(),
            threads: Threads::default(),
            schemas: self.config.schemas(),
            tables: TABLES.map(str::to_owned).into(),
        };
        Ok(connect(self.name, &self.settings, &around)?)
    }

    /// The engine with what the flags change.
    ///
    /// # Errors
    /// When one of them is for Athena alone.
    pub(super) fn with(mut self, flags: &Flags) -> Result<Self, Failure> {
        let for_athena = [
            (
                "--unload",
                flags.road.unload,
                "leave it out: Redshift unloads by itself what is too large for an answer, Trino sends all rows",
            ),
            (
                "--reuse",
                flags.road.wants_earlier(),
                "leave it out: every statement runs anew there; `saldo results` lists what was kept here",
            ),
        ];
        let is_athena = self.settings.kind == TargetKind::Athena;
        if let Some((flag, _, hint)) = for_athena.into_iter().find(|(_, is_given, _)| *is_given && !is_athena)
        {
            let what = format!("{flag} is for Athena, and {} is {}", self.name, self.settings.kind.name());
            return Err(Failure::usage(what, hint));
        }
        self.settings.timeout_s = flags.timeout.or(self.settings.timeout_s);
        if is_athena {
            self.settings.reuse_minutes = flags.road.reuse.or(self.settings.reuse_minutes);
        }
        self.unload = flags.road.unload;
        Ok(self)
    }

    /// What is about to be done on it, until Ctrl-C.
    pub(super) fn execution(
        &self,
        engine: Arc<dyn Engine>,
        work: Work,
        access: Access,
    ) -> Result<Execution, Failure> {
        Ok(self.execution_until(Interrupt::listen(Some(self.name))?, engine, work, access))
    }

    /// The same where Ctrl-C is listened for already.
    pub(super) fn execution_until(
        &self,
        interrupt: Interrupt,
        engine: Arc<dyn Engine>,
        work: Work,
        access: Access,
    ) -> Execution {
        let minutes = self.settings.reuse_minutes.filter(|minutes| *minutes > 0);
        let reuse = minutes.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        let options = Options { reuse, unload: self.unload, ..access.into() };
        if let Work::Run(statement) = &work {
            for found in ForeignWord::once(foreign_words(statement.running(), engine.dialect())) {
                let (word, instead) = (found.shown(), found.instead);
                place::say(&format!("warning: {} does not know {word}; instead: {instead}", self.name));
            }
        }
        Execution { engine, work, options, about: About::default(), interrupt }
    }

    /// What takes the result as it comes.
    pub(super) fn keeper(&self, statement: &Statement, name: Option<&str>) -> Result<Keeper, Failure> {
        Ok(Keeper::new(results(self.config), self.name, statement, name)?)
    }

    /// Prints what a statement scans at most.
    pub(super) fn print_estimate(&self, engine: &dyn Engine, statement: &Statement) -> Result<(), Failure> {
        let Some(estimate) = engine.estimate(statement, &CancellationToken::new())? else {
            place::say(&format!("{} does not tell what a statement will scan", self.name));
            return Ok(());
        };
        writeln!(io::stdout(), "{}", value::visible(&bound(&estimate)))?;
        Ok(())
    }

    /// Asks before a statement that may cost more than the person allowed.
    pub(super) fn ask_price(
        &self,
        engine: &dyn Engine,
        statement: &Statement,
        yes: bool,
    ) -> Result<(), Failure> {
        if yes || self.budget() == (None, None) {
            return Ok(());
        }
        let (most, basis) = match engine.estimate(statement, &CancellationToken::new()) {
            Ok(Some(estimate)) => (estimate.cost, bound(&estimate)),
            Ok(None) => (None, "the engine tells no bound".to_owned()),
            Err(error) => (None, error.message),
        };
        self.ask_cost(most, &basis, yes)
    }

    /// The same of what costs so much at most, for a reason that is told.
    pub(super) fn ask_cost(&self, most: Option<Dollars>, basis: &str, yes: bool) -> Result<(), Failure> {
        if yes || self.budget() == (None, None) {
            return Ok(());
        }
        let spent = self.ledger().spent(self.name, Utc::now().date_naive());
        let spent = spent.map_err(|error| Failure::new(1, format!("cannot read the ledger: {error}")))?;
        let Some(why) = above(self.budget(), most, Dollars::from_nano(spent)) else { return Ok(()) };
        let (why, basis) = (value::visible(&why).into_owned(), value::visible(basis).into_owned());
        if !ask::somebody_is_there() {
            return Err(Failure::usage(
                format!("not sent to {}: {why} ({basis})", self.name),
                "run it with --yes, narrow its dates or columns, or raise the budget of the target",
            ));
        }
        let agreed = ask::agrees(&format!("{basis}\n{why}. Run it on {}?", self.name))?;
        if agreed { Ok(()) } else { Err(Failure::new(130, "not sent")) }
    }

    fn budget(&self) -> (Option<Dollars>, Option<Dollars>) {
        (self.settings.budget_query, self.settings.budget_day)
    }
}

/// The results that are kept here.
pub(super) fn results(config: &Config) -> Results {
    Results::within(&config.state, config.results_mib)
}

/// Why a statement that costs so much at most is above a budget of each statement and of all of a day.
fn above(
    (query, day): (Option<Dollars>, Option<Dollars>),
    most: Option<Dollars>,
    spent: Dollars,
) -> Option<String> {
    let Some(most) = most else { return Some("what it costs at most is not known".into()) };
    if let Some(budget) = query.filter(|budget| most > *budget) {
        return Some(format!("up to {most} is above the budget of {budget} for a statement"));
    }
    let sum = [spent, most].into_iter().sum::<Dollars>();
    let budget = day.filter(|budget| sum > *budget)?;
    Some(format!("up to {most} after {spent} today is above the budget of {budget} a day"))
}

/// `at most 1.2 GB, $0.006: 3 files of processed`
fn bound(estimate: &Estimate) -> String {
    let cost = estimate.cost.map(|cost| format!(", {cost}")).unwrap_or_default();
    format!("at most {}{cost}: {}", size(estimate.bytes), estimate.basis)
}

/// `999 bytes`, `1.2 MB`: in powers of ten, as engines bill.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let (mut tenths, mut unit) = (bytes / 100, UNITS[0]);
    for next in &UNITS[1..] {
        if tenths < 10_000 {
            break;
        }
        (tenths, unit) = (tenths / 1_000, next);
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_the_largest_unit() {
        let cases = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (1_249_999, "1.2 MB"),
            (999_999_999, "999.9 MB"),
            (5_000_000_000_000, "5.0 TB"),
            (u64::MAX, "18446.7 PB"),
        ];
        for (bytes, words) in cases {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn a_budget_is_for_a_statement_and_for_a_day_and_what_is_not_known_is_above_it() {
        let dollars = |text: &str| text.parse::<Dollars>().ok();
        let cases = [
            ((Some("1"), None), Some("1"), "0", None),
            ((Some("1"), None), Some("1.01"), "0", Some("up to $1.01 is above the budget of $1.00")),
            ((None, Some("5")), Some("1"), "4", None),
            ((None, Some("5")), Some("1"), "4.5", Some("up to $1.00 after $4.50 today is above")),
            ((Some("9"), Some("5")), Some("6"), "0", Some("up to $6.00 after $0.00 today")),
            ((Some("9"), None), None, "0", Some("what it costs at most is not known")),
        ];
        for ((query, day), most, spent, why) in cases {
            let budget = (query.and_then(dollars), day.and_then(dollars));
            let told = above(budget, most.and_then(dollars), dollars(spent).unwrap());
            assert_eq!(told.is_some(), why.is_some(), "{told:?}");
            assert!(why.is_none_or(|why| told.as_ref().unwrap().starts_with(why)), "{told:?}");
        }
    }
}
