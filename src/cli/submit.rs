//! `saldo submit`: the tables that are due, made by Spark.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Utc;

use super::Failure;
use super::elsewhere::{self, size};
use super::ingest::grouped;
use super::place::{self, Wait};
use crate::config::Config;
use crate::lake::folder::Folder;
use crate::lake::place::{Place, PlaceError};
use crate::pause::Pauses;
use crate::pipeline::spark::{self, Order, Submitted};
use crate::pipeline::{PipelineError, STAGES, commit};
use crate::submit::{Job, Process, State, SubmitError};

/// How often a job is looked at: soon at first.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Makes the tables that are due on Spark and takes them into the lake. Statements that were not read before are read here first.
/// A run that was begun before is gone on with.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Tables to look at, else all
    #[arg(value_name = "TABLE", value_parser = table)]
    tables: Vec<String>,
    /// A target of kind spark, where the settings have several
    #[arg(long, value_name = "NAME")]
    on: Option<String>,
    /// Go on with this run, and begin none
    #[arg(long, value_name = "RUN", conflicts_with = "tables")]
    attach: Option<String>,
    #[command(flatten)]
    wait: Wait,
}

fn table(text: &str) -> Result<String, String> {
    let names = STAGES.map(|stage| stage.name);
    if names.contains(&text) { Ok(text.into()) } else { Err(format!("the tables are {}", names.join(", "))) }
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let place = place::of(config)?;
    if let Place::Local(root) = &place {
        place::check(root)?;
    }
    let target = target(args, config)?;
    let folder = Folder::open(&place)?;
    let begun = Instant::now();
    let Some((submitted, id)) = begin(args, config, &place, &folder, target)? else {
        place::say("nothing was due");
        return Ok(());
    };
    let settings = &config.targets[&submitted.target];
    let process = Process::new(settings, &config.state);
    let presses = presses()?;
    place::say(&format!("run {} on {}", submitted.run, submitted.target));
    match watch(&process, &submitted, &id, &folder, settings.timeout_s, &presses)? {
        State::Succeeded => {}
        State::Failed(why) => {
            give_up(args, &place, &folder, &submitted)?;
            return Err(Failure::new(1, format!("the job failed: {why}"))
                .with_hint("the lake is as it was before; `saldo submit` begins anew"));
        }
        State::Cancelled | State::Running => {
            give_up(args, &place, &folder, &submitted)?;
            return Err(Failure::new(130, "cancelled; the lake is as it was before"));
        }
    }
    take(args, &place, &folder, &submitted)?;
    place::say(&format!("{} made; {:.1} s", submitted.tables.join(", "), begun.elapsed().as_secs_f64()));
    Ok(())
}

/// The target that is meant.
fn target<'a>(args: &Args, config: &'a Config) -> Result<&'a str, Failure> {
    let mut able = config.targets.iter().filter(|(_, target)| target.kind.makes_tables());
    let name = match (&args.on, able.next(), able.next()) {
        (None, Some((name, _)), None) => name.as_str(),
        (None, None, _) => {
            return Err(Failure::usage(
                "no target makes tables",
                "name one in saldo.toml: [targets.spark] with kind = \"spark\"",
            ));
        }
        (None, ..) => {
            return Err(Failure::usage("several targets make tables", "name one with --on NAME"));
        }
        (Some(name), ..) => {
            elsewhere::find(Some(name), config)?;
            name
        }
    };
    let settings = config.targets.get(name).filter(|target| target.kind.makes_tables());
    let settings = settings.ok_or_else(|| {
        Failure::usage(format!("target {name} makes no tables"), "name one of kind spark with --on NAME")
    })?;
    match settings.stray_key() {
        None => Ok(config.targets.get_key_value(name).map_or("", |(name, _)| name)),
        Some(key) => Err(Failure::usage(
            format!("target {name}: {} has no setting {key}", settings.kind.name()),
            format!("remove `{key}` from [targets.{name}] in saldo.toml"),
        )),
    }
}

/// The run to go on with, or a new one, and what its target calls it; none when nothing is due. It is started while nobody else
/// may write, so that no two start it.
fn begin(
    args: &Args,
    config: &Config,
    place: &Place,
    folder: &Folder,
    target: &str,
) -> Result<Option<(Submitted, String)>, Failure> {
    let writing = place.write(args.wait.duration(), &place::say)?;
    commit::recover(writing.root())?;
    if let Some(former) = Submitted::read(folder)? {
        let settings = config.targets.get(&former.target);
        if former.is_current(writing.root())? && settings.is_some() {
            if args.attach.as_ref().is_none_or(|run| *run == former.run) {
                agrees(args, &former)?;
                place::say(&format!("going on with run {} of {}", former.run, former.at.format("%F %T")));
                let started = started(former, config, place, folder)?;
                // Whoever began it may have been cut off before.
                writing.commit(&place::say)?;
                return Ok(Some(started));
            }
        } else {
            place::say(&format!(
                "run {} is over: the lake is no more the one that it began from",
                former.run
            ));
            if let (Some(settings), Some(id)) = (settings, &former.id) {
                // One of another machine ends by itself, and nobody takes what it makes.
                Process::new(settings, &config.state).cancel(&former.run, id).ok();
            }
            former.remove(folder)?;
        }
    }
    if let Some(run) = &args.attach {
        return Err(Failure::usage(
            format!("there is no run {run} of {}", place.name()),
            "leave --attach out to begin one",
        ));
    }
    let only: Vec<_> = args.tables.iter().map(String::as_str).collect();
    let order = Order {
        root: writing.root(),
        folder,
        address: &address(place)?,
        target,
        only: &only,
        memory_limit: &config.memory_limit,
    };
    let tell = |run: &Submitted| {
        let words = format!("{} files, {}", grouped(run.files), size(run.bytes));
        place::say(&format!("{}: {words} to read", run.tables.join(", ")));
    };
    let submitted = spark::prepare(&order, &tell, &place::say)?;
    let started = submitted.map(|submitted| started(submitted, config, place, folder)).transpose()?;
    // Raw files may have come, such as faults of those that were read anew.
    writing.commit(&place::say)?;
    Ok(started)
}

/// Refuses to go on with a run that is not the one that was asked for.
fn agrees(args: &Args, former: &Submitted) -> Result<(), Failure> {
    let other = args.on.as_ref().is_some_and(|on| *on != former.target);
    let others = !args.tables.is_empty() && !former.tables.iter().all(|table| args.tables.contains(table));
    if !other && !others {
        return Ok(());
    }
    let Submitted { run, target, tables, .. } = former;
    Err(Failure::usage(
        format!("run {run} on {target} is not over, and makes {}", tables.join(", ")),
        format!("`saldo submit --on {target} --attach {run}` goes on with it, where Ctrl-C stops it"),
    ))
}

/// A run that is started, unless it was before.
fn started(
    mut submitted: Submitted,
    config: &Config,
    place: &Place,
    folder: &Folder,
) -> Result<(Submitted, String), Failure> {
    if let Some(id) = submitted.id.clone() {
        return Ok((submitted, id));
    }
    let plan = format!("{}/{}/plan.json", address(place)?, submitted.folder());
    let process = Process::new(&config.targets[&submitted.target], &config.state);
    let id = process.start(&Job { run: submitted.run.clone(), program: spark::JOB, plan })?;
    (submitted.id, submitted.at) = (Some(id.clone()), Utc::now());
    submitted.write(folder)?;
    Ok((submitted, id))
}

/// How the job names the lake.
fn address(place: &Place) -> Result<String, Failure> {
    match place {
        Place::Local(root) => {
            let root = std::path::absolute(root)?;
            Ok(format!("file://{}", root.display()))
        }
        Place::Remote(remote) => Ok(remote.url.replacen("s3://", "s3a://", 1)),
    }
}

/// Shows what the driver prints, until the job has ended or was cancelled.
fn watch(
    process: &Process,
    submitted: &Submitted,
    id: &str,
    folder: &Folder,
    timeout_s: Option<u64>,
    presses: &Receiver<()>,
) -> Result<State, Failure> {
    let (mut shown, mut pauses) = (0, Pauses::new(PAUSES, 1.3));
    loop {
        let state = process.look(&submitted.run, id)?;
        let log = process.log(&submitted.run)?;
        log.iter().skip(shown).for_each(|line| place::say(&format!("  {line}")));
        shown = log.len();
        if state != State::Running {
            return Ok(state);
        }
        // A clock may have been set back.
        let seconds = u64::try_from((Utc::now() - submitted.at).num_seconds()).unwrap_or(0);
        if let Some(most) = timeout_s.filter(|most| seconds > *most) {
            process.cancel(&submitted.run, id)?;
            return Ok(State::Failed(format!("it had not ended after {most} s and was stopped")));
        }
        match presses.recv_timeout(pauses.take()) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(PAUSES.0),
            Ok(()) => {
                let done = submitted.done(folder)?;
                if ask(&format!(
                    "{done} of {} tables are made; stop the run? [y/N] ",
                    submitted.tables.len()
                ))? {
                    process.cancel(&submitted.run, id)?;
                    return Ok(State::Cancelled);
                }
            }
        }
    }
}

/// Asks a person; where there is none, whoever sent the signal means it.
fn ask(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(true);
    }
    write!(io::stderr(), "\n{question}")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}

/// Each Ctrl-C from now on.
fn presses() -> Result<Receiver<()>, Failure> {
    let (pressed, presses) = mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime
            .block_on(async { while tokio::signal::ctrl_c().await.is_ok() && pressed.send(()).is_ok() {} });
    });
    Ok(presses)
}

/// Removes what is left of a run that made nothing. Where somebody else writes meanwhile, the next one who submits does.
fn give_up(args: &Args, place: &Place, folder: &Folder, submitted: &Submitted) -> Result<(), Failure> {
    match place.begin(args.wait.duration(), &place::say) {
        Err(PlaceError::Busy { .. }) => Ok(()),
        writing => {
            let _writing = writing?;
            Ok(submitted.remove(folder)?)
        }
    }
}

/// Takes what was made into the lake. A run whose lake was changed meanwhile is given up.
fn take(args: &Args, place: &Place, folder: &Folder, submitted: &Submitted) -> Result<(), Failure> {
    let writing = place.begin(args.wait.duration(), &place::say)?;
    commit::recover(writing.root())?;
    if !submitted.is_current(writing.root())? {
        submitted.remove(folder)?;
        return Err(Failure::new(
            1,
            "the lake was changed while the job ran, so its tables were not taken in",
        )
        .with_hint("`saldo submit` begins anew"));
    }
    let journal = match spark::taken(folder, writing.root(), submitted) {
        Err(error @ (PipelineError::Spark(_) | PipelineError::Stage { .. })) => {
            submitted.remove(folder)?;
            return Err(error.into());
        }
        taken => taken?,
    };
    writing.adopt(&submitted.run, &journal)?;
    spark::settle(writing.root(), submitted)?;
    Ok(submitted.remove(folder)?)
}

/// Proposes another machine for a lake that is large for this one.
pub(super) fn propose(config: &Config, bytes: u64) {
    if let Some(from) = config.scale.from.filter(|from| bytes >= from.0) {
        place::say(&format!(
            "the raw files have {}, and from {} on Spark is sooner",
            size(bytes),
            size(from.0)
        ));
        place::say("hint: `saldo submit` makes the tables there");
    }
}

impl From<SubmitError> for Failure {
    fn from(error: SubmitError) -> Self {
        let failure = Self::new(1, error.to_string());
        match error {
            SubmitError::Elsewhere(_) => failure.with_hint(
                "go on with it where it was submitted; if that machine is gone, remove _saldo/submitted.json of the lake, \
                 and `saldo submit` begins anew",
            ),
            SubmitError::Failed(_) => failure,
        }
    }
}
