//! The lake that was asked for: a folder, `s3://bucket/prefix`, or a name from the settings.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use chrono::Utc;

use super::Failure;
use super::progress::Bar;
use crate::config::{Config, NamedLake};
use crate::lake::link::{Kind, Link};
use crate::lake::place::{AwsOptions, Place, PlaceError, Snapshot, Writing};
use crate::lake::snapshot::age;
use crate::lake::watch::Bringing;
use crate::lake::{Lake, LakeError};
use crate::value;

/// How long a command that writes waits for another one.
#[derive(Debug, clap::Args)]
pub(super) struct Wait {
    /// While another run writes the lake, wait so long for it
    #[arg(long = "wait", value_name = "SECONDS", default_value_t = 0)]
    seconds: u64,
}

impl Wait {
    pub(super) fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// A lake, and what to say about where it came from.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) lake: Lake,
    /// URL of a lake on S3, with its age when it is an old copy; a local one goes by its folder.
    pub(super) name: Option<String>,
    /// Why it is an old copy.
    pub(super) notice: Option<String>,
}

/// The place of the lake in the settings.
pub(super) fn of(config: &Config) -> Result<Place, PlaceError> {
    at(config, &config.lake)
}

/// The place of a lake that was named: by its folder, its URL, or its name in the settings.
pub(super) fn at(config: &Config, lake: &Path) -> Result<Place, PlaceError> {
    let url = lake.to_str().and_then(|name| config.lakes.get(name)).map_or(lake, |lake| &lake.url);
    Place::parse(url, &access_to(config, lake), &config.cache)
}

/// The other place of a local lake: the one that is named, else the one of an earlier time.
pub(super) fn other(
    config: &Config,
    named: Option<&Path>,
    root: &Path,
    kind: Kind,
) -> Result<Option<Place>, PlaceError> {
    if let Some(named) = named {
        return at(config, named).map(Some);
    }
    let link = Link::read(root, kind)?;
    link.map(|link| Place::parse(link.url.as_ref(), &link.options, &config.cache)).transpose()
}

/// The lake of the settings that has this name, or on which this lies.
fn named<'c>(config: &'c Config, lake: &Path) -> Option<&'c NamedLake> {
    let is_on_it = |named: &&NamedLake| named.url.starts_with("s3://") && lake.starts_with(&named.url);
    config.lakes.get(lake.to_str()?).or_else(|| config.lakes.values().find(is_on_it))
}

/// How the service is reached on which the lake in the settings lies.
pub(super) fn access(config: &Config) -> AwsOptions {
    access_to(config, &config.lake)
}

/// The same of any address.
pub(super) fn access_to(config: &Config, lake: &Path) -> AwsOptions {
    named(config, lake).map_or_else(AwsOptions::default, |lake| AwsOptions {
        endpoint: lake.endpoint.clone(),
        path_style: lake.path_style,
        profile: lake.profile.clone(),
    })
}

/// Opens the lake in the settings for reading; an old copy is never given without a word on stderr.
pub(super) fn open(config: &Config) -> Result<Opened, PlaceError> {
    let place = of(config)?;
    opened(&place, place.read()?)
}

/// Does a command on the lake's folder, alone; what it left is published, whether it found faults or not.
pub(super) fn writing(
    config: Config,
    wait: Duration,
    work: impl FnOnce(&Config) -> Result<(), Failure>,
) -> Result<(), Failure> {
    beginning(config, wait, |config, writing| {
        writing.fill(&say)?;
        work(config)
    })
}

/// The same, where the command says itself when it needs the files of a lake on S3.
pub(super) fn beginning(
    config: Config,
    wait: Duration,
    work: impl FnOnce(&Config, &mut Writing) -> Result<(), Failure>,
) -> Result<(), Failure> {
    beginning_unless(config, wait, &|| false, work)
}

/// The same, and whoever waits for another writer may stop.
pub(super) fn beginning_unless(
    config: Config,
    wait: Duration,
    stops: &dyn Fn() -> bool,
    work: impl FnOnce(&Config, &mut Writing) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let place = of(&config)?;
    if let Place::Local(root) = &place {
        check(root)?;
    }
    let mut writing = place.begin_unless(wait, stops, &say)?;
    let config = Config { lake: writing.root().to_path_buf(), ..config };
    let outcome = work(&config, &mut writing);
    if outcome.as_ref().err().is_none_or(|failure| failure.code == 3) {
        writing.commit(&say)?;
    }
    outcome
}

/// Refuses a folder that holds anything but a lake or what becomes one.
pub(super) fn check(root: &Path) -> Result<(), Failure> {
    // A disk has the last one by itself.
    let own = |name: &OsStr| name == "raw" || name == "_saldo" || name == "lost+found";
    let mut names = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.file_name());
    if matches!(Lake::open(root), Err(LakeError::Missing(_))) && names.any(|name| !own(&name)) {
        return Err(Failure::new(1, format!("{} exists and is not a lake", root.display()))
            .with_hint("name a lake, or a new folder, with --lake DIR"));
    }
    Ok(())
}

/// Does a command on the lake's folder as it is, with all files of these tables; an old copy is never used without a word
/// on stderr.
pub(super) fn reading(
    config: Config,
    tables: &[&str],
    work: impl FnOnce(&Config) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Opened { lake, .. } = open(&config)?;
    let is_named = |name: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    let bar = Bar::new();
    let watch = Bringing { stops: &|| false, progress: &|bytes, of| bar.show(bytes, of) };
    let brought = lake.bring_tables(&is_named, Some(config.fetch_mib), &say, &watch);
    bar.end();
    brought?;
    work(&Config { lake: lake.root, ..config })
}

/// What a snapshot is called: its folder, and how old it is.
pub(super) fn copied(root: &Path) -> Result<Option<String>, LakeError> {
    let origin = Link::read(root, Kind::Origin)?;
    Ok(origin.map(|origin| format!("{} ({})", root.display(), age(origin.as_of, Utc::now()))))
}

/// Opens what was read.
pub(super) fn opened(place: &Place, Snapshot { root, stale }: Snapshot) -> Result<Opened, PlaceError> {
    let lake = Lake::open(&root)?.telling(say);
    let now = Utc::now();
    let notice = stale.as_ref().map(|stale| stale.notice(&place.name(), now));
    if let Some(notice) = &notice {
        say(&format!("warning: {notice}"));
    }
    let name = match (place, stale) {
        // A folder that no statement can name is read under another one.
        (Place::Local(given), _) => copied(given)?.or((*given != lake.root).then(|| place.name())),
        (Place::Remote(_), None) => Some(place.name()),
        (Place::Remote(_), Some(stale)) => Some(format!("{} ({})", place.name(), stale.age(now))),
    };
    Ok(Opened { lake, name, notice })
}

/// Who is told what a run waits for that brings files when it needs them.
pub(super) fn telling(on_demand: bool) -> Option<fn(&str)> {
    on_demand.then_some(say)
}

/// Prints on stderr what takes long.
pub(super) fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{}", value::visible(words));
}
