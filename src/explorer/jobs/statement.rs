//! Bank statements: what lies in a folder, how a file would be read, and taking one in.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use super::{Jobs, bad};
use crate::environment::typed_path;
use crate::explorer::message::Msg;
use crate::explorer::statement_request::{
    Folder, FolderEntry, Looked, StatementEvent, StatementRequest, Taken, name_of,
};
use crate::pipeline::bank::BANK;
use crate::pipeline::bank::profile::Profiles;
use crate::pipeline::bank::trial;
use crate::pipeline::ingest::{self, Options};
use crate::text::given::Given;

/// Entries of a folder that are shown at the most.
const ENTRIES: usize = 5_000;
/// How often it is looked whether a statement is taken in.
const LOOK: Duration = Duration::from_millis(30);
/// Bytes that are kept of what was said of it.
const SAID: u64 = 64 << 10;

impl Jobs {
    /// Tells what lies in a folder; a name without a root is one below the folder in which the program was started.
    pub(super) fn folder(&self, asked: PathBuf) {
        self.start(bad, move |send| send(Msg::Statement(StatementEvent::Folder(folder(asked)))));
    }

    /// Tells how a statement would be read, and keeps nothing.
    pub(super) fn look_at(&self, request: StatementRequest) {
        let (banks, number) = (self.banks.clone(), request.number);
        self.start(bad, move |send| {
            let looked = looked(&request, &banks)
                .unwrap_or_else(|why| Looked { refusals: vec![why], ..Looked::default() });
            send(Msg::Statement(StatementEvent::Looked(number, looked)));
        });
    }

    /// Takes a statement in, as `saldo ingest bank` does: in a process of its own, which can be stopped at any time and
    /// leaves a lake that is whole.
    pub(super) fn take_in(&mut self, request: &StatementRequest) {
        self.taking = self.all.child_token();
        let cancel = self.taking.clone();
        let path = absolute(&request.path);
        let name = name_of(&request.path);
        let mut arguments = self.settings.clone();
        arguments.extend(["ingest", "bank"].map(OsString::from));
        arguments.extend(flags(&request.given));
        arguments.extend([OsString::from("--"), path.into()]);
        self.start(bad, move |send| {
            let taken = match run(&arguments, &cancel) {
                Ok((status, said)) => Taken {
                    name,
                    code: status.map(|status| status.code().unwrap_or(1)),
                    lines: said.lines().map(str::to_owned).collect(),
                },
                Err(error) => Taken { name, code: Some(1), lines: vec![format!("error: {error}")] },
            };
            send(Msg::Statement(StatementEvent::Taken(taken)));
        });
    }
}

/// A path from the root.
fn absolute(path: &Path) -> PathBuf {
    env::current_dir().unwrap_or_default().join(typed_path(path))
}

fn folder(asked: PathBuf) -> Folder {
    let path = absolute(&asked);
    let read = match fs::read_dir(&path) {
        Ok(read) => read,
        Err(error) => {
            let problem = Some(format!("cannot read {}: {error}", path.display()));
            return Folder { asked, problem, ..Folder::default() };
        }
    };
    let mut entries: Vec<_> = read
        .flatten()
        .filter_map(|entry| {
            // As what a link leads to; one that leads nowhere is left out.
            let found = fs::metadata(entry.path()).ok()?;
            let is_one = found.is_dir() || found.is_file();
            is_one.then(|| FolderEntry {
                name: entry.file_name().to_string_lossy().into_owned(),
                path: entry.path(),
                is_folder: found.is_dir(),
                bytes: found.len(),
            })
        })
        .collect();
    entries.sort_by(|one, other| (!one.is_folder, &one.name).cmp(&(!other.is_folder, &other.name)));
    let more = entries.len().saturating_sub(ENTRIES);
    entries.truncate(ENTRIES);
    Folder { asked, entries, more, problem: None }
}

fn looked(request: &StatementRequest, banks: &Path) -> Result<Looked, String> {
    let path = absolute(&request.path);
    let cannot = |error: io::Error| format!("cannot read {}: {error}", path.display());
    if !fs::metadata(&path).map_err(cannot)?.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    fs::File::open(&path).map_err(cannot)?;
    let profiles = Profiles::load(Some(banks)).map_err(|error| error.to_string())?;
    let names = profiles.names().map(str::to_owned).collect();
    let given = request.given.clone();
    let options = Options { given, profiles, ..Options::new(Utc::now()) };
    let mut looked = Looked { profiles: names, ..Looked::default() };
    let members = match ingest::look(&BANK, &path, &options, trial::look) {
        Ok(members) => members,
        Err(error) => {
            looked.refusals.push(error.to_string());
            return Ok(looked);
        }
    };
    let file = name_of(&path);
    for (member, trial) in members {
        let name = if member.is_empty() { file.clone() } else { format!("{file}#{member}") };
        match trial {
            Ok(trial) => looked.lines.extend(trial.told(&name).lines().map(str::to_owned)),
            Err(refusal) => {
                let said = [format!("{name}: {}", refusal.message), format!("hint: {}", refusal.hint)];
                looked.refusals.extend(said);
            }
        }
    }
    Ok(looked)
}

/// What was said about a statement, as the command line says it.
fn flags(given: &Given) -> Vec<OsString> {
    let delimiter =
        given.delimiter.map(|mark| if mark == '\t' { "tab".to_owned() } else { mark.to_string() });
    let said = [
        ("decimal", given.decimal.map(|mark| mark.word().to_owned())),
        ("dates", given.dates.map(|order| order.word().to_owned())),
        ("signs", given.signs.map(|minus| minus.word().to_owned())),
        ("below-heading", given.below_heading.map(|below| below.word().to_owned())),
        ("account", given.account.clone()),
        ("currency", given.currency.clone()),
        ("encoding", given.encoding.map(|encoding| encoding.name().to_owned())),
        ("delimiter", delimiter),
        ("bank", given.bank.clone()),
    ];
    let said = said.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?).into()));
    said.chain(given.no_header.then(|| "--no-header".into())).collect()
}

/// Runs this program with arguments; gives how it ended, unless it was stopped, and what it said.
fn run(arguments: &[OsString], cancel: &CancellationToken) -> io::Result<(Option<ExitStatus>, String)> {
    let mut said = tempfile::tempfile()?;
    let mut child = Command::new(env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.try_clone()?)
        .spawn()?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if cancel.is_cancelled() {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(LOOK);
    };
    let mut kept = Vec::new();
    said.rewind()?;
    said.take(SAID).read_to_end(&mut kept)?;
    Ok((status, String::from_utf8_lossy(&kept).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::text::amounts::Mark;
    use crate::text::given::BelowHeading;

    #[test]
    fn what_was_said_is_said_to_the_command() {
        let given = Given {
            decimal: Some(Mark::Comma),
            below_heading: Some(BelowHeading::Pending),
            account: Some("-1".into()),
            delimiter: Some('\t'),
            encoding: Some(Encoding::NAMES[0].1),
            no_header: true,
            ..Given::default()
        };
        let encoding = format!("--encoding={}", Encoding::NAMES[0].0);
        let wanted = [
            "--decimal=comma",
            "--below-heading=pending",
            "--account=-1",
            &encoding,
            "--delimiter=tab",
            "--no-header",
        ];
        assert_eq!(flags(&given), wanted.map(OsString::from));
        assert!(flags(&Given::default()).is_empty());
    }

    #[test]
    fn a_folder_has_its_folders_first_and_says_why_it_cannot_be_read() {
        let place = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv"] {
            fs::write(place.path().join(name), "x").unwrap();
        }
        fs::create_dir(place.path().join("z")).unwrap();
        let found = folder(place.path().to_owned());
        let names: Vec<_> =
            found.entries.iter().map(|entry| (entry.name.as_str(), entry.bytes == 1)).collect();
        assert_eq!(names, [("z", false), ("a.csv", true), ("b.csv", true)]);
        let none = folder(place.path().join("none"));
        assert!(none.entries.is_empty() && none.problem.is_some_and(|why| why.contains("cannot read")));
    }
}
