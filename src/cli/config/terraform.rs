//! `saldo config from-terraform`: the output `saldo` of `infra/` has the keys of saldo.toml, so it becomes that file as it is,
//! once the program takes it.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{Cli, Failure};
use crate::config::Config;
use crate::disk::Draft;

/// More than any outputs have; a stream without an end is refused.
const MOST: u64 = 16 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The outputs; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    outputs: PathBuf,
    /// Print the settings and write no file
    #[arg(long)]
    stdout: bool,
}

pub(super) fn run(args: &Args, cli: &Cli) -> Result<(), Failure> {
    let text = settings(&read(&args.outputs)?)?;
    if args.stdout {
        return Ok(io::stdout().lock().write_all(text.as_bytes())?);
    }
    let (path, _) = Config::file(cli.config.as_deref()).ok_or_else(|| {
        Failure::new(1, "there is no home folder, so there is no file of settings")
            .with_hint("name one with --config FILE")
    })?;
    let written = Draft::beside(&path).and_then(|mut draft| {
        draft.write_all(text.as_bytes())?;
        draft.keep_new(&path)
    });
    match written {
        Ok(()) => Ok(writeln!(io::stderr().lock(), "{} is written", path.display())?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::new(1, format!("{} is there already", path.display())).with_hint(
                "`saldo config from-terraform --stdout` prints the settings, or name a new file with --config FILE",
            ))
        }
        Err(error) => Err(Failure::new(1, format!("cannot write {}: {error}", path.display()))),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(MOST).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    let name = if path == Path::new("-") { Path::new("standard input") } else { path };
    read.map_err(|error| Failure::unreadable(name, &error))?;
    Ok(text)
}

/// The text of saldo.toml that outputs say.
fn settings(outputs: &str) -> Result<String, Failure> {
    let hint = "give what `terraform output -json` or `tofu output -json` prints in `infra/` after an apply";
    let wrong = |why: String| Failure::new(3, why).with_hint(hint);
    let mut outputs: Value =
        serde_json::from_str(outputs).map_err(|error| wrong(format!("the outputs are no JSON, {error}")))?;
    let given = outputs.pointer_mut("/saldo/value").filter(|value| value.is_object()).map(Value::take);
    let mut given = given.ok_or_else(|| wrong("the outputs have no output `saldo` with settings".into()))?;
    without_nulls(&mut given);
    let refused = |why: String| wrong(format!("the output `saldo` is no saldo.toml: {why}"));
    let text = toml::to_string(&given).map_err(|error| refused(error.to_string()))?;
    let config = Config::of(&text).map_err(refused)?;
    for (name, target) in &config.targets {
        if let Some(key) = target.stray_key() {
            return Err(refused(format!("targets.{name}.{key} does not count for {}", target.kind.name())));
        }
    }
    Ok(text)
}

/// What was not made is null there, and left out here.
fn without_nulls(value: &mut Value) {
    if let Value::Object(table) = value {
        table.retain(|_, value| !value.is_null());
        table.values_mut().for_each(without_nulls);
    }
}
