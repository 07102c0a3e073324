//! Why a command failed, and what a person can do about it, from the errors of all parts.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::ConfigError;
use crate::demo::DemoError;
use crate::engine::{EngineError, ErrorKind};
use crate::explorer::NoTerminal;
use crate::lake::LakeError;
use crate::lake::link::{Kind, Link};
use crate::lake::place::PlaceError;
use crate::pipeline::PipelineError;
use crate::pipeline::ingest::keep::NOTE;
use crate::query::{ParameterKind, QueryError};
use crate::source::SourceError;
use crate::value;

/// What to do about a file or folder that the system keeps from the program.
const NO_RIGHT: &str = "`ls -ld` shows whose it is: have the right to it given to whoever runs the command";

/// Why a command failed: a code, a sentence, and what to do.
#[derive(Debug)]
pub struct Failure {
    pub(super) code: u8,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Failure {
    pub(super) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(2, message).with_hint(hint)
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Of the lake's own files: what the system says.
    pub(super) fn of_disk(message: String, source: &io::Error) -> Self {
        let what = match source.kind() {
            io::ErrorKind::IsADirectory => "a folder stands where a file of the lake belongs: move it away",
            io::ErrorKind::NotADirectory => "a file stands where a folder belongs: move it away",
            io::ErrorKind::PermissionDenied => NO_RIGHT,
            io::ErrorKind::ReadOnlyFilesystem => {
                "its disk can only be read: mount it for writing, or name another lake with --lake"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
            io::ErrorKind::FileTooLarge => "raise the limit of a file's size (`ulimit -f`)",
            _ => return Self::new(1, message),
        };
        Self::new(1, message).with_hint(format!("{what}, then run the command again"))
    }

    /// Of a file that a person named, and that cannot be read.
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let failure = Self::new(1, format!("cannot read {}: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => failure.with_hint("check its name"),
            io::ErrorKind::PermissionDenied => failure.with_hint(NO_RIGHT),
            io::ErrorKind::IsADirectory => failure.with_hint("name a file in that folder"),
            io::ErrorKind::InvalidData => failure.with_hint("it must be text in UTF-8"),
            _ => failure,
        }
    }

    /// Says it on stderr. Nothing of it is obeyed by a terminal: it may quote data.
    pub(super) fn report(&self) {
        // A closed pipe is no failure of ours: whoever read has what they wanted.
        if self.code == 0 {
            return;
        }
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "error: {}", value::visible(&self.message));
        for line in self.hint.iter().flat_map(|hint| hint.lines()) {
            let _ = writeln!(out, "hint: {}", value::visible(line));
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(0, "the reader closed the pipe");
        }
        Self::new(1, format!("cannot write the output: {error}"))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let code = match error.kind {
            ErrorKind::Cancelled => 130,
            ErrorKind::Data => 3,
            _ => 1,
        };
        Self { code, message: error.message, hint: error.hint }
    }
}

/// What to do where a lake is not found.
pub(super) const NO_LAKE: &str = "check --lake, SALDO_LAKE or `lake` in saldo.toml; `saldo ingest bank FILE` begins a lake of your own, \
                       `saldo demo` makes an example";

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        let message = error.to_string();
        match error {
            LakeError::Missing(_) => Self::new(1, message).with_hint(NO_LAKE),
            LakeError::Layout { .. } => Self::new(3, message)
                .with_hint("use the version of saldo that made it, or name another lake with --lake"),
            LakeError::Manifest { .. } => Self::new(3, message).with_hint(
                "put _saldo/manifest.json back from a copy; without one, move all but raw/ out of the folder, and `saldo run` makes \
                 the tables again",
            ),
            LakeError::Lost(_) => Self::new(3, message).with_hint("run `saldo lake repair`"),
            LakeError::Io { source, .. } => Self::of_disk(message, &source),
        }
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Self {
        let (message, hint) = (error.to_string(), error.hint().map(str::to_owned));
        let code = match error {
            PlaceError::Lake(error) => return error.into(),
            PlaceError::Io { source, .. } => return Self::of_disk(message, &source),
            PlaceError::Address(_) | PlaceError::Lacking { .. } => 2,
            PlaceError::Cancelled => 130,
            PlaceError::Changed { .. } | PlaceError::Immutable { .. } | PlaceError::Name { .. } => 3,
            PlaceError::NoRemote(_)
            | PlaceError::Busy { .. }
            | PlaceError::Unreachable { .. }
            | PlaceError::NoCredentials { .. }
            | PlaceError::Refused { .. }
            | PlaceError::Catalogue { .. }
            | PlaceError::Lost { .. }
            | PlaceError::Overtaken { .. }
            | PlaceError::Republished { .. }
            | PlaceError::Large { .. }
            | PlaceError::Snapshot { .. }
            | PlaceError::NoSnapshot { .. }
            | PlaceError::Theirs { .. } => 1,
        };
        Self { code, message, hint }
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        let message = error.to_string();
        match error {
            QueryError::Missing { name, kind } if kind == ParameterKind::Account.label() => Self::usage(
                message,
                format!("give it as --param {name}=VALUE; `saldo query account_summary` lists the accounts"),
            ),
            QueryError::Reversed { .. } => Self::usage(message, "give them the other way round"),
            QueryError::Missing { name, .. }
            | QueryError::Value { name, .. }
            | QueryError::Negative { name, .. } => {
                Self::usage(message, format!("give it as --param {name}=VALUE"))
            }
            QueryError::Unknown { name } => {
                Self::usage(message, format!("a query declares it on a line `-- param: {name} TYPE`"))
            }
            QueryError::Dialect { dialect } => Self::new(1, message).with_hint(format!(
                "write one below a line `-- dialect: {dialect}`, or one for all before such lines"
            )),
            QueryError::Header { .. }
            | QueryError::File { .. }
            | QueryError::Part { .. }
            | QueryError::Narrations { .. } => Self::new(1, message),
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let code = match error {
            SourceError::Missing(_) | SourceError::Io { .. } => 1,
            SourceError::Pattern(_) | SourceError::TooMany(_) => 2,
            SourceError::Unknown(_) | SourceError::Empty(_) => 3,
        };
        Self::new(code, error.to_string()).with_hint(error.hint())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = Self::new(1, error.to_string());
        match error {
            ConfigError::Toml { .. } => {
                failure.with_hint("`saldo config --schema` prints what may stand in the file")
            }
            ConfigError::Variable { .. } => failure.with_hint("it takes oxr, ecb or frankfurter"),
            ConfigError::Io { .. } => failure,
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let message = error.to_string();
        match error {
            // As the system says it; what was read is not to blame.
            PipelineError::Stage { .. } if message.contains("No space left on device") => {
                Self::new(1, message)
                    .with_hint("the tables are as they were; make room on the disk, then `saldo run` takes in what is kept in raw/")
            }
            PipelineError::Stage { .. } => Self::new(3, message).with_hint(
                "the lake is as it was before; run it again, and report the message if it comes again",
            ),
            PipelineError::NoRawFiles(path) => {
                let message = on_s3(&path).map_or(message, |place| PipelineError::NoRawFiles(place).to_string());
                Self::new(1, message).with_hint(
                    "load some with `saldo ingest` and `saldo rates`, or build the demo with `saldo demo`",
                )
            }
            PipelineError::RawLost { path, .. } => Self::new(3, message).with_hint(format!(
                "put it back from a copy, or give its rows up with `saldo ingest forget {}`",
                value::visible(path.strip_suffix(NOTE).unwrap_or(&path))
            )),
            PipelineError::Damaged { .. } => Self::new(3, message).with_hint(
                "put it back from a copy, or remove it and take its file in again with `saldo ingest`: the note is written anew",
            ),
            PipelineError::Older { sha256, .. } => {
                let sha256 = sha256.get(..8).unwrap_or_default();
                Self::new(3, message).with_hint(format!(
                    "`saldo ingest again {sha256}` with the options that it needs now reads it anew, \
                     `saldo ingest forget {sha256}` leaves it out; the tables are as they were"
                ))
            }
            PipelineError::Spark(_) => {
                Self::new(3, message).with_hint("the lake is as it was before; the same command begins anew")
            }
            PipelineError::Stray { .. } => Self::new(3, message).with_hint(
                "remove it, or move it out of the table's folder; `saldo lake verify` lists all such files",
            ),
            PipelineError::Noted(_) => Self::new(1, message)
                .with_hint("remove that file of the lake, and `saldo submit` begins anew"),
            PipelineError::Unpublished(_) => {
                Self::new(1, message).with_hint("`saldo run` publishes it first")
            }
            PipelineError::Lake(error) => error.into(),
            PipelineError::Place(error) => error.into(),
            PipelineError::Io { source, .. } => Self::of_disk(message, &source),
        }
    }
}

/// A place in a mirror, by the name of its lake.
fn on_s3(path: &Path) -> Option<PathBuf> {
    let root = path.ancestors().find(|folder| folder.join("_saldo").is_dir())?;
    let url = Link::read(root, Kind::Mirror).ok()??.url;
    Some(Path::new(&url).join(path.strip_prefix(root).ok()?))
}

impl Failure {
    /// Of what is asked of tables that are made by then: as with a problem in the data, they are published all the same.
    pub(super) fn untold(error: PipelineError, what: &str) -> Self {
        Self { code: 3, ..error.into() }.with_hint(format!("the tables are made; {what} could not be told"))
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Pipeline(error) => error.into(),
            DemoError::Lake(error) => error.into(),
            error => {
                Self::new(1, error.to_string()).with_hint("build the demo elsewhere: `saldo demo --lake DIR`")
            }
        }
    }
}

/// The explorer's own errors come with their context in one sentence.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if error.is::<NoTerminal>() {
            return Self::usage(
                error.to_string(),
                "in a script use `saldo query`, `saldo forecast`, `saldo run`",
            );
        }
        Self::new(1, format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_with_what_to_do_wherever_it_is_met() {
        use std::io::Write as _;

        let full = || {
            let mut file = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            file.write_all(b"x").unwrap_err()
        };
        let path = PathBuf::from("lake/x");
        let met = [
            LakeError::Io { path: path.clone(), source: full() }.into(),
            PlaceError::Io { path: path.clone(), source: full() }.into(),
            PlaceError::Lake(LakeError::Io { path: path.clone(), source: full() }).into(),
            PipelineError::Io { path, source: full() }.into(),
        ];
        for Failure { code, message, hint } in met {
            assert_eq!(message, "cannot use lake/x: No space left on device (os error 28)");
            let hint = hint.unwrap_or_default();
            assert_eq!((code, hint.as_str()), (1, "make room on the disk, then run the command again"));
        }
    }
}
