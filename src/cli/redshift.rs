//! `saldo redshift setup`: what makes the lake of the Glue catalogue readable in Redshift, printed or run.

use std::io::{self, Write};

use tokio_util::sync::CancellationToken;

use super::elsewhere::{self, Elsewhere};
use super::{Failure, ask, place};
use crate::config::Config;
use crate::engine::redshift::{Setup, setup};
use crate::engine::{Access, Engine, RunEvent, next_event};
use crate::query::Statement;
use crate::target::TargetKind;
use crate::value;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the statements that show the lake's tables in Redshift, or run them
    Setup(Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The Glue database; the lake's own name by default
    #[arg(long, value_name = "NAME")]
    glue_database: Option<String>,
    /// Who may read besides: a user, `group:NAME` or `role:NAME`; may be given several times
    #[arg(long, value_name = "WHO")]
    grant: Vec<String>,
    /// Run them
    #[arg(long)]
    apply: bool,
    /// Run them without asking
    #[arg(long, requires = "apply")]
    yes: bool,
}

pub(super) fn run(command: &Command, config: &Config, target: Option<&str>) -> Result<(), Failure> {
    let Command::Setup(args) = command;
    let target = wanted(target, config)?;
    let statements = statements(&target, args.glue_database.clone(), args.grant.clone(), config)?;
    let mut out = io::stdout().lock();
    for statement in &statements {
        writeln!(out, "{};", value::visible(statement))?;
    }
    if !args.apply {
        return Ok(());
    }
    out.flush()?;
    confirm(args.yes, target.name)?;
    let engine = target.connect()?;
    for statement in &statements {
        apply(&*engine, statement)?;
    }
    place::say(&format!("{} of {} done", statements.len(), statements.len()));
    Ok(())
}

/// The statements that show the lake's tables on a target, to these readers besides.
pub(super) fn statements(
    target: &Elsewhere,
    glue_database: Option<String>,
    readers: Vec<String>,
    config: &Config,
) -> Result<Vec<String>, Failure> {
    let settings = &target.settings;
    let (Some(schema), Some(database)) = (&settings.schema, &settings.database) else {
        return Err(Failure::usage(
            format!("target {} names no schema or no database", target.name),
            format!("set `schema` and `database` in [targets.{}] of saldo.toml", target.name),
        ));
    };
    let glue_database = glue_database.or_else(|| config.schemas().first().cloned());
    Ok(setup(&Setup {
        schema: schema.clone(),
        glue_database: glue_database.unwrap_or_default(),
        region: settings.region.clone(),
        role: settings.role.clone(),
        readers,
        database: database.clone(),
    }))
}

/// The target that is named, or the only one of Redshift.
fn wanted<'a>(name: Option<&str>, config: &'a Config) -> Result<Elsewhere<'a>, Failure> {
    let is_redshift = |target: &Elsewhere<'_>| target.settings.kind == TargetKind::Redshift;
    let found = match name {
        Some(_) => elsewhere::find(name, config)?.filter(is_redshift),
        None => {
            let mut all = Elsewhere::all(config).filter(is_redshift);
            all.next().filter(|_| all.next().is_none())
        }
    };
    found.ok_or_else(|| {
        Failure::usage("no target of Redshift is named", "name one with --target; `saldo targets` lists them")
    })
}

fn confirm(yes: bool, target: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !ask::somebody_is_there() {
        return Err(Failure::usage("nobody is there to be asked", "run them without asking with --yes"));
    }
    if ask::agrees(&format!("Run them on {target}?"))? {
        Ok(())
    } else {
        Err(Failure::new(130, "nothing was run"))
    }
}

pub(super) fn apply(engine: &dyn Engine, statement: &str) -> Result<(), Failure> {
    let mut events = engine.run(Statement::plain(statement), Access::Write.into(), CancellationToken::new());
    loop {
        if let RunEvent::Finished(_) = next_event(&mut events)? {
            return Ok(());
        }
    }
}
