//! `saldo catalog`: what AWS Glue says of a lake on S3, or the statements that tell it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray};

use super::tables::Form;
use super::{Failure, ask, place, tables};
use crate::config::Config;
use crate::export::Format;
use crate::lake::catalog::diff::{Change, diff};
use crate::lake::catalog::glue::Glue;
use crate::lake::catalog::{Catalogue, NoType, ddl};
use crate::lake::link::{Kind, Link};
use crate::lake::place::{Place, PlaceError};
use crate::lake::{Lake, LakeError, transfer};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Bring the Glue catalogue up to date with a lake on S3: database, tables, exact types, comments, partitions
    Sync(SyncArgs),
    /// Print the statements that tell Athena or Redshift Spectrum of the lake; nothing is asked of AWS
    Sql(SqlArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct Shape {
    /// The database, by default `database` of the settings
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Tell partitions by a rule (Athena's partition projection) instead of one by one: none has to be registered, but
    /// Redshift Spectrum does not see them, nor does anybody those more than ten years ahead
    #[arg(long)]
    projection: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    shape: Shape,
    /// List what is new, changed and gone, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Change what exists without asking
    #[arg(long)]
    yes: bool,
    /// Define a Glue crawler over the tables too, and start it
    #[arg(long, value_name = "NAME", requires = "role")]
    crawler: Option<String>,
    /// The IAM role of the crawler
    #[arg(long, value_name = "ARN", requires = "crawler")]
    role: Option<String>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, clap::Args)]
pub(super) struct SqlArgs {
    #[command(flatten)]
    shape: Shape,
    /// Whose words
    #[arg(long = "for", value_name = "SERVICE", value_enum, default_value = "athena")]
    service: Service,
    /// Where the lake lies on S3; by default where it was opened, pulled from or pushed to
    #[arg(long, value_name = "URL")]
    location: Option<String>,
    /// Spectrum's external schema, by default the first of `aliases` in the settings
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Service {
    Athena,
    Spectrum,
}

pub(super) fn run(command: &Command, config: &Config) -> Result<(), Failure> {
    match command {
        Command::Sync(args) => sync(args, config),
        Command::Sql(args) => sql(args, config),
    }
}

impl Shape {
    fn database<'a>(&'a self, config: &'a Config) -> &'a str {
        self.database.as_deref().unwrap_or(&config.database)
    }
}

impl From<NoType> for Failure {
    fn from(error: NoType) -> Self {
        Self::new(3, error.to_string())
    }
}

fn sync(args: &SyncArgs, config: &Config) -> Result<(), Failure> {
    let Place::Remote(other) = place::of(config)? else {
        return Err(Failure::usage(
            "this lake is a folder, and the Glue catalogue describes lakes on S3",
            "bring the lake there with `saldo push s3://bucket/prefix`, and name it with --lake s3://bucket/prefix",
        ));
    };
    let (database, url) = (args.shape.database(config), other.url.as_str());
    let wanted = Catalogue::of(&transfer::manifest(&other)?, url, database, args.shape.projection)?;
    let glue = Glue::open(&other.options, None, database)?;
    let (changes, steps) = diff(&wanted, glue.read(&wanted)?.as_ref(), url);
    if changes.is_empty() {
        place::say(&format!("the catalogue is up to date with {url}"));
    } else {
        list(args.form.format, &changes)?;
    }
    if args.dry_run {
        return Ok(());
    }
    if !steps.is_empty() {
        if steps.touches() && !args.yes {
            confirm(&changes, database)?;
        }
        glue.apply(&wanted, &steps)?;
        place::say(&format!("{} in the Glue database {database}", count(&changes)));
    }
    if let (Some(name), Some(role)) = (&args.crawler, &args.role) {
        glue.crawl(name, role, &wanted)?;
        place::say(&format!("started the crawler {name}"));
    }
    Ok(())
}

fn list(format: Option<Format>, changes: &[Change]) -> Result<(), Failure> {
    let texts =
        |of: fn(&Change) -> &str| Arc::new(StringArray::from_iter_values(changes.iter().map(of))) as ArrayRef;
    tables::print(
        format,
        vec![
            ("change", texts(|change| change.kind.word())),
            ("table", texts(|change| &change.table)),
            ("what", texts(|change| &change.what)),
            ("is", texts(|change| &change.is)),
            ("will_be", texts(|change| &change.will_be)),
        ],
    )
}

fn count(changes: &[Change]) -> String {
    let word = if changes.len() == 1 { "change" } else { "changes" };
    format!("{} {word}", changes.len())
}

/// Something that exists is changed only by somebody who was asked, or said so before.
fn confirm(changes: &[Change], database: &str) -> Result<(), Failure> {
    if !ask::somebody_is_there() {
        return Err(Failure::usage(
            format!("the catalogue has something that changes or goes: {}", count(changes)),
            "look at the list, and give --yes",
        ));
    }
    if ask::agrees(&format!("Make these {} in the Glue database {database}?", count(changes)))? {
        Ok(())
    } else {
        Err(Failure::new(130, "cancelled; nothing was changed"))
    }
}

fn sql(args: &SqlArgs, config: &Config) -> Result<(), Failure> {
    let (manifest, found) = match place::of(config)? {
        Place::Remote(other) => match transfer::manifest(&other) {
            Ok(manifest) => (manifest, Some(other.url)),
            // The copy in hand does, where the network does not.
            Err(error @ (PlaceError::Unreachable { .. } | PlaceError::NoCredentials { .. })) => {
                match Lake::open(&other.mirror.join("lake")) {
                    Ok(lake) => {
                        place::say(&format!("warning: of the local copy of {}: {error}", other.url));
                        (lake.manifest, Some(other.url))
                    }
                    Err(_) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        },
        Place::Local(root) => (Lake::open(&root)?.manifest, linked(&root)?),
    };
    let url = match args.location.clone().or(found) {
        Some(url) => match place::at(config, &PathBuf::from(url))? {
            Place::Remote(other) => other.url,
            Place::Local(path) => return Err(PlaceError::Address(path.display().to_string()).into()),
        },
        None => {
            return Err(Failure::usage(
                "it is not known where this lake lies on S3",
                "say where this one lies, or will: --location s3://bucket/prefix",
            ));
        }
    };
    let catalogue = Catalogue::of(&manifest, &url, args.shape.database(config), args.shape.projection)?;
    let schema = args.schema.as_ref().or(config.aliases.first()).map_or("spectrum_schema", String::as_str);
    let text = match args.service {
        Service::Athena => ddl::athena(&catalogue),
        Service::Spectrum if args.shape.projection => {
            return Err(Failure::usage("Redshift Spectrum knows no projection", "leave --projection out"));
        }
        Service::Spectrum => ddl::spectrum(&catalogue, schema),
    };
    Ok(io::stdout().write_all(text.as_bytes())?)
}

/// The lake on S3 that a local one was pulled from, or pushed to.
fn linked(root: &Path) -> Result<Option<String>, LakeError> {
    let origin = Link::read(root, Kind::Origin)?;
    Ok(origin.or(Link::read(root, Kind::Pushed)?).map(|link| link.url))
}
