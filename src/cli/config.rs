//! `saldo config`: every setting with its value and where that comes from; or settings made of what Terraform put up.

use std::fs;
use std::io::{self, Write};
use std::sync::Arc;

use duckdb::arrow::array::{ArrayRef, StringArray};
use toml::de::{DeTable, DeValue};

use super::tables::{self, Form};
use super::{Cli, Failure};
use crate::config::Config;
use crate::config::settings::{self, ENVIRONMENT};
use crate::environment;

mod terraform;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    form: Form,
    /// Print the JSON Schema of saldo.toml instead
    #[arg(long, conflicts_with_all = ["format", "path"])]
    schema: bool,
    /// Print the path of the file that is read, whether or not it is there
    #[arg(long, conflicts_with = "format")]
    path: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Write saldo.toml from the outputs of `infra/`, as `terraform output -json` or `tofu output -json` prints them
    FromTerraform(terraform::Args),
}

pub(super) fn run(args: &Args, cli: &Cli) -> Result<(), Failure> {
    if let Some(Action::FromTerraform(args)) = &args.action {
        return terraform::run(args, cli);
    }
    let mut out = io::stdout().lock();
    if args.schema {
        return Ok(writeln!(out, "{:#}", settings::schema())?);
    }
    let file = Config::file(cli.config.as_deref()).map(|(path, _)| path);
    if args.path {
        let path =
            file.ok_or_else(|| Failure::new(1, "there is no home folder, so there is no file of settings"))?;
        return Ok(writeln!(out, "{}", path.display())?);
    }
    let values = cli.settings()?.values().map_err(|error| Failure::new(1, error.to_string()))?;
    let name = file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    // It was read a moment ago, so what fails now is a file that is not there.
    let text = file.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let table = DeTable::parse(&text).ok();
    let flags = [("lake", cli.lake.is_some(), "--lake"), ("theme", cli.theme.is_some(), "--theme")];
    let source = |key: &str| {
        let flag =
            flags.iter().find(|(set, given, _)| *given && *set == key).map(|(.., flag)| (*flag).to_owned());
        let variable = || {
            let set =
                ENVIRONMENT.iter().find(|(name, set)| *set == key && environment::variable(name).is_some());
            set.map(|(name, _)| (*name).to_owned())
        };
        let line = || {
            let at = place(table.as_ref()?.get_ref(), key)?;
            Some(format!("{name}, line {}", 1 + text[..at].matches('\n').count()))
        };
        flag.or_else(variable).or_else(line).unwrap_or_else(|| "default".into())
    };
    let sources = StringArray::from_iter_values(values.iter().map(|(key, _)| source(key)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("setting", Arc::new(StringArray::from_iter_values(values.iter().map(|(key, _)| key)))),
        ("value", Arc::new(StringArray::from_iter(values.iter().map(|(_, value)| value.as_deref())))),
        ("from", Arc::new(sources)),
    ];
    tables::print(args.form.format, columns)
}

/// Where in its text a table has a key.
fn place(table: &DeTable, key: &str) -> Option<usize> {
    // A name may have dots of its own, so the key is not split.
    let mut here = table
        .iter()
        .filter_map(|(name, value)| Some((name, value, key.strip_prefix(name.get_ref().as_ref())?)));
    here.find_map(|(name, value, rest)| match (rest.strip_prefix('.'), value.get_ref()) {
        (None, _) if rest.is_empty() => Some(name.span().start),
        (Some(rest), DeValue::Table(inner)) => place(inner, rest),
        _ => None,
    })
}
