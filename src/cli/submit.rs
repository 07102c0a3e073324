//! `saldo submit`: the tables that are due, made by Spark.

mod noted;
mod watch;

use std::time::Instant;

use chrono::Utc;

use self::noted::Noted;
use self::watch::Watched;

use super::Failure;
use super::elsewhere::{self, size};
use super::place::{self, Wait};
use crate::checksum::sha256;
use crate::config::Config;
use crate::lake::folder::Folder;
use crate::lake::place::{Place, PlaceError, Writing};
use crate::ledger::Ledger;
use crate::pipeline::spark::{self, Order, Submitted};
use crate::pipeline::{PipelineError, STAGES, commit};
use crate::submit::{self, Job, PROGRAM, Service, State, SubmitError};
use crate::target::TargetKind;
use crate::value;

/// Makes the tables that are due on Spark and takes them into the lake. Statements that were not read before are read here first.
/// A run that was begun before is gone on with.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Tables to look at, else all
    #[arg(value_name = "TABLE", value_parser = table)]
    tables: Vec<String>,
    /// A target that makes tables, where the settings have several
    #[arg(long, value_name = "NAME")]
    on: Option<String>,
    /// Go on with this run, by its name or by the target's own, and begin none
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
    let kind = config.targets[target].kind;
    if kind.is_of_aws() && matches!(place, Place::Local(_)) {
        return Err(Failure::usage(
            format!("{} makes tables of lakes on S3, and this one is a folder", kind.name()),
            "`saldo push s3://BUCKET/PREFIX` puts it there; then `saldo --lake s3://BUCKET/PREFIX submit`",
        ));
    }
    // What is wrong with the settings is said before anything is read.
    service(target, config)?;
    address(&place, kind)?;
    let folder = Folder::open(&place)?;
    let begun = Instant::now();
    let Some((submitted, id)) = begin(args, config, &place, &folder, target)? else {
        place::say("nothing was due");
        return Ok(());
    };
    let presses = watch::presses()?;
    let watched = Watched {
        service: &*service(&submitted.target, config)?,
        submitted: &submitted,
        id: &id,
        folder: &folder,
        timeout_s: config.targets[&submitted.target].timeout_s,
        presses: &presses,
        noted: Noted { ledger: Ledger::within(&config.state), submitted: &submitted, id: &id },
    };
    let there = if config.targets[&submitted.target].kind.is_of_aws() {
        format!(", there {id}")
    } else {
        String::new()
    };
    place::say(&format!("run {} on {}{there}", submitted.run, submitted.target));
    let ended = watched.to_its_end()?;
    let write = || place.begin_unless(args.wait.duration(), &|| presses.stop(), &place::say);
    match ended {
        State::Succeeded => {}
        State::Failed(why) => {
            let next = give_up(write(), &folder, &submitted);
            return Err(Failure::new(1, format!("the job failed: {why}"))
                .with_hint(format!("the lake is as it was before; {next}")));
        }
        State::Cancelled | State::Running => {
            let next = give_up(write(), &folder, &submitted);
            return Err(Failure::new(130, "cancelled; the lake is as it was before").with_hint(next));
        }
    }
    // What was pressed while the bill was awaited counts too.
    let writing = if presses.stop() { Err(PlaceError::Cancelled) } else { write() };
    take(writing, &folder, &submitted)?;
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
    if settings.is_none() {
        return Err(Failure::usage(
            format!("target {name} makes no tables"),
            "name one of kind spark, emr-serverless or glue with --on NAME",
        ));
    }
    Ok(config.targets.get_key_value(name).map_or("", |(name, _)| name))
}

/// Whoever runs the jobs of a target.
pub(super) fn service(name: &str, config: &Config) -> Result<Box<dyn Service>, Failure> {
    let settings = &config.targets[name];
    if let Some(key) = settings.stray_key() {
        return Err(Failure::usage(
            format!("target {name}: {} has no setting {key}", settings.kind.name()),
            format!("remove `{key}` from [targets.{name}] in saldo.toml"),
        ));
    }
    Ok(submit::open(name, settings, &config.state, &place::of(config)?)?)
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
        let is_known = config.targets.contains_key(&former.target);
        if former.is_current(writing.root())? {
            if args.attach.as_ref().is_none_or(|run| *run == former.run || Some(run) == former.id.as_ref()) {
                agrees(args, &former, is_known)?;
                place::say(&format!("going on with run {} of {}", former.run, former.at.format("%F %T")));
                let started = started(former, config, place, folder, false)?;
                // Whoever began it may have been cut off before.
                writing.commit(&place::say)?;
                return Ok(Some(started));
            }
        } else {
            is_over(&former, config, place, folder)?;
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
        address: &address(place, config.targets[target].kind)?,
        target,
        only: &only,
        memory_limit: &config.memory_limit,
    };
    let tell = |run: &Submitted| {
        let words = format!("{}, {}", value::counted(run.files, "file"), size(run.bytes));
        place::say(&format!("{}: {words} to read", run.tables.join(", ")));
    };
    if config.targets[target].kind.is_of_aws() {
        // A job may be one that would do what nobody here sees.
        service(target, config)?.check()?;
    }
    let submitted = spark::prepare(&order, &tell, &place::say)?;
    let started = submitted.map(|submitted| started(submitted, config, place, folder, true)).transpose()?;
    // Raw files may have come, such as faults of those that were read anew.
    writing.commit(&place::say)?;
    Ok(started)
}

/// Ends a run whose lake was changed meanwhile, and removes what is left of it.
fn is_over(former: &Submitted, config: &Config, place: &Place, folder: &Folder) -> Result<(), Failure> {
    place::say(&format!("run {} is over: the lake is no more the one that it began from", former.run));
    end(former, config, place, folder);
    Ok(former.remove(folder)?)
}

/// Refuses to make tables beside a job that makes some of the same lake.
#[cfg(feature = "remote")]
pub(super) fn refuse_beside(
    config: &Config,
    place: &Place,
    folder: &Folder,
    root: &std::path::Path,
) -> Result<(), Failure> {
    match Submitted::read(folder)? {
        None => Ok(()),
        Some(former) if former.is_current(root)? => Err(not_over(&former)),
        Some(former) => is_over(&former, config, place, folder),
    }
}

/// Ends the job of a run that is over, or says that it may go on, at whatever it costs.
fn end(former: &Submitted, config: &Config, place: &Place, folder: &Folder) {
    let Submitted { run, target, .. } = former;
    let mut id = former.id.clone();
    if let Err(Failure { message, .. }) = ended(former, &mut id, config, place, folder) {
        let there = id.map_or(String::new(), |id| format!(", there {id},"));
        place::say(&format!("a job named {run}{there} may still run on {target}: {message}"));
    }
}

/// The same, with its id, which is looked for where it is not noted.
fn ended(
    former: &Submitted,
    id: &mut Option<String>,
    config: &Config,
    place: &Place,
    folder: &Folder,
) -> Result<(), Failure> {
    let Submitted { run, target, .. } = former;
    let settings = config.targets.get(target);
    let kind = settings.ok_or_else(|| Failure::new(1, "these settings have no such target"))?.kind;
    let service = service(target, config)?;
    as_asked(former, &*service)?;
    if id.is_none() {
        // The program is put before anybody is asked to start it.
        if kind.is_of_aws() && folder.read(&program(former))?.is_none() {
            return Ok(());
        }
        *id = service.find(&job(former, place, kind)?)?;
        if kind == TargetKind::EmrServerless
            && let Some(id) = id
        {
            place::say(&format!(
                "whether a job of run {run} was started is not noted, and {target} tells it only to whoever starts it: it \
                 was asked to, so a job {id} is there now, and is stopped"
            ));
        }
    }
    let Some(id) = id else { return Ok(()) };
    match service.cancel(run, id) {
        // It may have ended by itself.
        Err(_) if service.look(run, id).is_ok_and(|look| look.state != State::Running) => Ok(()),
        cancelled => Ok(cancelled?),
    }
}

/// Refuses to go on with a run that is not the one that was asked for.
fn agrees(args: &Args, former: &Submitted, is_known: bool) -> Result<(), Failure> {
    if !is_known {
        let Submitted { run, target, .. } = former;
        return Err(Failure::usage(
            format!("run {run} is on the target {target}, which these settings do not have"),
            "name it in saldo.toml as where it was submitted; if it is gone, remove _saldo/submitted.json of the lake, and \
             `saldo submit` begins anew",
        ));
    }
    let other = args.on.as_ref().is_some_and(|on| *on != former.target);
    let others = !args.tables.is_empty() && !former.tables.iter().all(|table| args.tables.contains(table));
    if !other && !others {
        return Ok(());
    }
    Err(not_over(former))
}

fn not_over(former: &Submitted) -> Failure {
    let Submitted { run, target, tables, .. } = former;
    Failure::usage(
        format!("run {run} on {target} is not over, and makes {}", tables.join(", ")),
        format!("`saldo submit --on {target} --attach {run}` goes on with it, where Ctrl-C stops it"),
    )
}

/// A run that is started, unless it was before. Nothing stays of a new one that is refused.
fn started(
    mut submitted: Submitted,
    config: &Config,
    place: &Place,
    folder: &Folder,
    is_new: bool,
) -> Result<(Submitted, String), Failure> {
    let kind = config.targets[&submitted.target].kind;
    let service = service(&submitted.target, config)?;
    as_asked(&submitted, &*service)?;
    if let Some(id) = submitted.id.clone() {
        return Ok((submitted, id));
    }
    if submitted.asked.is_none() {
        submitted.asked = Some((service.there(), sha256(service.settings())));
        submitted.write(folder)?;
    }
    if kind.is_of_aws() {
        folder.write(&program(&submitted), spark::JOB.as_bytes())?;
    }
    let id = match service.start(&job(&submitted, place, kind)?) {
        Err(refused @ SubmitError::Refused { .. }) if is_new => {
            submitted.remove(folder)?;
            return Err(refused.into());
        }
        started => started?,
    };
    (submitted.id, submitted.at) = (Some(id.clone()), Utc::now());
    submitted.write(folder)?;
    Ok((submitted, id))
}

/// Where the program of a run lies, below the lake.
fn program(submitted: &Submitted) -> String {
    format!("{}/{PROGRAM}", submitted.folder())
}

/// Refuses to ask for a run elsewhere or otherwise than before: its job may be at work, and a second one would write where it does.
fn as_asked(submitted: &Submitted, service: &dyn Service) -> Result<(), Failure> {
    let Submitted { run, target, id, asked, .. } = submitted;
    let Some((there, settings)) = asked else { return Ok(()) };
    if *there == service.there() && (id.is_some() || *settings == sha256(service.settings())) {
        return Ok(());
    }
    Err(Failure::usage(
        format!(
            "run {run} was asked for on {there}, and the settings of the target {target} have changed since"
        ),
        "put them back, and `saldo submit` goes on with it; when no job of that name is at work there, remove \
         _saldo/submitted.json of the lake, and `saldo submit` begins anew",
    ))
}

/// The job of a run.
fn job(submitted: &Submitted, place: &Place, kind: TargetKind) -> Result<Job, Failure> {
    let folder = format!("{}/{}", address(place, kind)?, submitted.folder());
    Ok(Job { run: submitted.run.clone(), program: spark::JOB, folder })
}

/// Spark takes these in a path for a pattern, and would read nothing, or another lake.
const PATTERNS: [char; 7] = ['[', ']', '{', '}', '*', '?', '\\'];

/// How the job names the lake.
fn address(place: &Place, kind: TargetKind) -> Result<String, Failure> {
    let address = match place {
        Place::Local(root) => format!("file://{}", std::path::absolute(root)?.display()),
        Place::Remote(remote) if kind.is_of_aws() => remote.url.clone(),
        Place::Remote(remote) => remote.url.replacen("s3://", "s3a://", 1),
    };
    match address.find(PATTERNS).and_then(|at| address.get(at..)?.chars().next()) {
        None => Ok(address),
        Some(mark) => Err(Failure::usage(
            format!("Spark takes the {mark} in {address} for a pattern of names"),
            "move the lake to a place without [ ] { } * ? and \\, or make its tables here with `saldo run`",
        )),
    }
}

/// Removes what is left of a run that made nothing, and says what to do then. Where that cannot be done now, the next one who
/// submits does it; why the run ended is not hidden by it.
fn give_up(writing: Result<Writing, PlaceError>, folder: &Folder, submitted: &Submitted) -> String {
    let removed = match writing {
        Err(PlaceError::Busy { .. } | PlaceError::Cancelled) => {
            Err("somebody else writes the lake now".to_owned())
        }
        Err(error) => Err(error.to_string()),
        Ok(_writing) => submitted.remove(folder).map_err(|error| error.to_string()),
    };
    match removed {
        Ok(()) => "`saldo submit` begins anew".to_owned(),
        Err(why) => format!(
            "the next `saldo submit` first removes what is left of the run, which was not done: {why}"
        ),
    }
}

/// Takes what was made into the lake. A run whose lake was changed meanwhile is given up.
fn take(writing: Result<Writing, PlaceError>, folder: &Folder, submitted: &Submitted) -> Result<(), Failure> {
    let writing = match writing {
        Err(PlaceError::Cancelled) => {
            let message = format!("stopped; the job of run {} has ended well", submitted.run);
            return Err(Failure::new(130, message).with_hint("`saldo submit` takes its tables into the lake"));
        }
        writing => writing?,
    };
    commit::recover(writing.root())?;
    if !submitted.is_current(writing.root())? {
        let run = &submitted.run;
        if Submitted::read(folder)?.is_none_or(|noted| noted.run != *run) {
            return Err(Failure::new(1, format!("somebody else went on with run {run} and ended it"))
                .with_hint("`saldo submit` makes what is still due"));
        }
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
            SubmitError::Settings { message, hint } => Self::usage(message, hint),
            SubmitError::Refused { hint, .. } => failure.with_hint(hint),
            SubmitError::Silent(_) => {
                failure.with_hint("`saldo submit` goes on with the run, also when its job was started")
            }
        }
    }
}
