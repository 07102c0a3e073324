//! `saldo bootstrap`: what a lake on S3 needs before others read it, made in its order; what is there is left alone.
//!
//! ```text
//! lake ─► crawler over raw files ─► job of Spark ─► catalogue, or crawler over tables ─► Redshift's schema ─► checks
//! ```

use std::io::{self, Write};

use tokio_util::sync::CancellationToken;

use super::elsewhere::Elsewhere;
use super::place::{self, Wait};
use super::{Failure, redshift, targets};
use crate::config::Config;
use crate::engine::Check;
use crate::engine::redshift::EXTERNAL_SCHEMA;
use crate::lake::catalog::Catalogue;
use crate::lake::catalog::diff::diff;
use crate::lake::catalog::glue::Glue;
use crate::lake::folder::Folder;
use crate::lake::journal::Journal;
use crate::lake::place::{Place, PlaceError, Remote};
use crate::lake::{LAYOUT, LakeError, Manifest, transfer};
use crate::pipeline::{WRITER, spark};
use crate::submit::PROGRAM;
use crate::target::TargetKind;
use crate::value;

/// Sets a lake on S3 up, with all that the settings name, in the order in which one needs the other: the lake without a table
/// where there is none, the crawler over raw files, the job of Spark, the catalogue or the crawler over tables, Redshift's
/// external schema; then checks each target as `saldo doctor` does. What is there is left alone, and no data are made.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Say what would be done, and change nothing. A Redshift is asked all the same, for which a serverless one wakes and bills a
    /// minute at least
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    wait: Wait,
}

/// How a step ended: a word, and what there is now.
struct Step {
    word: &'static str,
    words: String,
}

impl Step {
    fn done(words: impl Into<String>) -> Self {
        Self { word: "done", words: words.into() }
    }

    fn there(words: impl Into<String>) -> Self {
        Self { word: "was there", words: words.into() }
    }

    fn to_do(words: impl Into<String>) -> Self {
        Self { word: "to do", words: words.into() }
    }

    fn skipped(words: impl Into<String>) -> Self {
        Self { word: "skipped", words: words.into() }
    }
}

pub(super) fn run(args: &Args, config: &Config) -> Result<(), Failure> {
    let place = place::of(config)?;
    let Place::Remote(other) = &place else {
        return Err(Failure::usage(
            "this lake is a folder and needs no set-up; only a lake on S3 does",
            "name one with --lake s3://bucket/prefix",
        ));
    };
    let mut told = Told::default();
    // Without a lake nothing else can be.
    let (manifest, step) = lake(args, &place, other)?;
    told.tell("lake", Ok(step))?;
    let set = Setting { args, config, place: &place, other, manifest: &manifest };
    told.tell("raw crawler", set.crawler(config.crawlers.raw.as_deref(), "its files"))?;
    told.tell("job", set.job())?;
    if config.crawlers.tables.is_some() {
        told.tell("table crawler", set.tables())?;
    } else {
        told.tell("catalogue", set.catalogue())?;
    }
    set.redshift(&mut told)?;
    set.checks(&mut told)?;
    match told.failed {
        0 => Ok(()),
        failed => {
            let words = if failed == 1 { "one step failed".into() } else { format!("{failed} steps failed") };
            Err(Failure::new(1, words)
                .with_hint("run it again when that is mended: what was done is left alone"))
        }
    }
}

/// What was said.
#[derive(Default)]
struct Told {
    failed: u32,
}

impl Told {
    /// `done       catalogue: 12 changes in the Glue database pyspark-database`
    fn tell(&mut self, what: &str, step: Result<Step, Failure>) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let (Step { word, words }, hint) = match step {
            Ok(step) => (step, None),
            Err(Failure { message, hint, .. }) => {
                self.failed += 1;
                (Step { word: "failed", words: message }, hint)
            }
        };
        writeln!(out, "{word:<9}  {}: {}", value::visible(what), value::visible(&words))?;
        for line in hint.iter().flat_map(|hint| hint.lines()) {
            writeln!(out, "{:<9}  hint: {}", "", value::visible(line))?;
        }
        Ok(())
    }
}

/// The lake as it is, or one without a table where there is none: others then tell it from a place where something else lies.
fn lake(args: &Args, place: &Place, other: &Remote) -> Result<(Manifest, Step), Failure> {
    let there = || match transfer::manifest(other) {
        Err(PlaceError::Lake(LakeError::Missing(_))) => Ok(None),
        found => found.map(|manifest| {
            let words =
                format!("{} has {}", other.url, value::counted(manifest.tables.len() as u64, "table"));
            Some((manifest, Step::there(words)))
        }),
    };
    if let Some(there) = there()? {
        return Ok(there);
    }
    let words = format!("{} without a table", other.url);
    let manifest = Manifest { layout: LAYOUT, writer: WRITER.into(), ..Manifest::default() };
    if args.dry_run {
        return Ok((manifest, Step::to_do(words)));
    }
    let writing = place.begin(args.wait.duration(), &place::say)?;
    // Whoever wrote until now may have published the first tables.
    if let Some(there) = there()? {
        return Ok(there);
    }
    let journal = Journal { manifest: manifest.clone(), ..Journal::default() };
    writing.adopt("bootstrap", &journal)?;
    Ok((manifest, Step::done(words)))
}

/// What is set up.
struct Setting<'a> {
    args: &'a Args,
    config: &'a Config,
    place: &'a Place,
    other: &'a Remote,
    manifest: &'a Manifest,
}

impl Setting<'_> {
    fn glue(&self) -> Result<Glue, Failure> {
        Ok(Glue::open(&self.other.options, None, &self.config.database)?)
    }

    /// Starts a crawler that has not crawled yet.
    fn crawler(&self, name: Option<&str>, what: &str) -> Result<Step, Failure> {
        let Some(name) = name else { return Ok(Step::skipped("the settings name none")) };
        let glue = self.glue()?;
        if glue.has_crawled(name)? {
            return Ok(Step::there(format!("{name} has crawled, or is at work")));
        }
        if self.args.dry_run {
            return Ok(Step::to_do(format!("start {name}")));
        }
        glue.start(name)?;
        Ok(Step::done(format!("{name} is started, and tells the catalogue of {what} when it has ended")))
    }

    /// A crawl of a lake without tables would find none, and pass for one that did.
    fn tables(&self) -> Result<Step, Failure> {
        if self.manifest.tables.is_empty() {
            return Ok(Step::skipped("the lake has no tables yet; run this again when it has"));
        }
        self.crawler(self.config.crawlers.tables.as_deref(), "the tables")
    }

    /// Each run brings its own; services want a program at the address that their job names all the same.
    fn job(&self) -> Result<Step, Failure> {
        let is_job = |kind: TargetKind| kind.makes_tables() && kind.is_of_aws();
        if !self.config.targets.values().any(|target| is_job(target.kind)) {
            return Ok(Step::skipped("no target of EMR Serverless or Glue is configured"));
        }
        let (folder, name) = (Folder::open(self.place)?, format!("_saldo/jobs/{PROGRAM}"));
        let words = format!("{}/{name}", self.other.url);
        if folder.read(&name)?.is_some_and(|there| there == spark::JOB.as_bytes()) {
            return Ok(Step::there(words));
        }
        if self.args.dry_run {
            return Ok(Step::to_do(format!("upload {words}")));
        }
        folder.write(&name, spark::JOB.as_bytes())?;
        Ok(Step::done(words))
    }

    /// Tells the Glue catalogue what is new; what somebody else may have changed is for a person to look at.
    fn catalogue(&self) -> Result<Step, Failure> {
        let (database, url) = (self.config.database.as_str(), self.other.url.as_str());
        let wanted = Catalogue::of(self.manifest, url, database, false)?;
        let glue = self.glue()?;
        let found = glue.read(&wanted)?;
        let (changes, steps) = diff(&wanted, found.as_ref(), url);
        let projected = Catalogue::of(self.manifest, url, database, true)?;
        if changes.is_empty() || diff(&projected, found.as_ref(), url).0.is_empty() {
            return Ok(Step::there(format!(
                "{} in {database}",
                value::counted(wanted.tables.len() as u64, "table")
            )));
        }
        let words =
            format!("{} in the Glue database {database}", value::counted(changes.len() as u64, "change"));
        if steps.touches() {
            return Err(Failure::new(1, format!("{words}, of which some change or remove what is there"))
                .with_hint("`saldo catalog sync` lists them and asks"));
        }
        if self.args.dry_run {
            return Ok(Step::to_do(words));
        }
        glue.apply(&wanted, &steps)?;
        Ok(Step::done(words))
    }

    /// The external schema of each Redshift, through which it reads the catalogue's tables.
    fn redshift(&self, told: &mut Told) -> Result<(), Failure> {
        let mut is_any = false;
        for there in Elsewhere::all(self.config).filter(|there| there.settings.kind == TargetKind::Redshift) {
            is_any = true;
            told.tell(&format!("schema of {}", there.name), self.schema(&there))?;
        }
        if is_any {
            return Ok(());
        }
        told.tell("schema", Ok(Step::skipped("no target of Redshift is configured")))
    }

    fn schema(&self, there: &Elsewhere) -> Result<Step, Failure> {
        let statements = redshift::statements(there, None, Vec::new(), self.config)?;
        let engine = there.connect()?;
        let checks = engine.checks(&CancellationToken::new());
        let decides = |check: &&Check| check.found.is_err() || check.what == EXTERNAL_SCHEMA;
        match checks.into_iter().find(|check| decides(&check)) {
            Some(Check { what: EXTERNAL_SCHEMA, found: Ok(words), .. }) => return Ok(Step::there(words)),
            // What is not there is made.
            Some(Check { what, found: Err(message), remedy, is_missing })
                if what != EXTERNAL_SCHEMA || !is_missing =>
            {
                return Err(Failure { hint: remedy, ..Failure::new(1, format!("{what}: {message}")) });
            }
            _ => {}
        }
        let words = statements.join("; ");
        if self.args.dry_run {
            return Ok(Step::to_do(words));
        }
        statements.iter().try_for_each(|statement| redshift::apply(&*engine, statement))?;
        Ok(Step::done(words))
    }

    /// What `saldo doctor` looks at, once all is made. What only comes later is no fault yet.
    fn checks(&self, told: &mut Told) -> Result<(), Failure> {
        let is_later =
            self.args.dry_run || self.manifest.tables.is_empty() || self.config.crawlers.tables.is_some();
        for there in Elsewhere::all(self.config) {
            let checks = targets::checks(self.config, &there);
            let (mut names, mut is_well) = (Vec::new(), true);
            for Check { what, found, remedy, is_missing } in checks {
                names.push(what);
                let Err(message) = found else { continue };
                is_well = false;
                let step = if is_later && is_missing && ["catalogue", EXTERNAL_SCHEMA].contains(&what) {
                    Ok(Step::skipped(format!("{message}: that comes with the tables")))
                } else {
                    Err(Failure { hint: remedy, ..Failure::new(1, message) })
                };
                told.tell(&format!("{} of {}", what, there.name), step)?;
            }
            if is_well {
                let words =
                    format!("{} in order: {}", if names.len() == 1 { "is" } else { "are" }, names.join(", "));
                told.tell(there.name, Ok(Step::there(words)))?;
            }
        }
        Ok(())
    }
}
