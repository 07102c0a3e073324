//! `saldo ingest bank --try`: shows how a statement would be read, and keeps nothing.

use std::io::{self, Write as _};
use std::path::Path;

use super::super::Failure;
use crate::pipeline::bank::BANK;
use crate::pipeline::bank::profile::ProfileError;
use crate::pipeline::bank::trial::{self, Trial};
use crate::pipeline::ingest::note::FilePart;
use crate::pipeline::ingest::{self, Options};
use crate::text::scan::Refusal;
use crate::value;

/// What is known of parts that were looked at.
fn parts(trials: &[(String, Result<Trial, Refusal>)], options: &Options) -> Vec<FilePart> {
    let part = |(member, trial): &(String, Result<Trial, Refusal>)| {
        let found = &trial.as_ref().ok()?.found;
        let (layout, profile) = (Some(found.layout.clone()), found.profile.clone());
        let given = options.given.clone();
        Some(FilePart { member: Some((0, member.clone())), layout, given, profile, ..FilePart::default() })
    };
    trials.iter().filter_map(part).collect()
}

/// Looks at files, and prints what was found.
///
/// Of one file a profile is made, where a name and a folder for it are given.
pub(super) fn run(
    files: &[(&Path, String)],
    options: &Options,
    write: Option<(&str, &Path)>,
) -> Result<(), Failure> {
    let mut faults = 0;
    let mut profiles = Vec::new();
    for (path, name) in files {
        let trials = ingest::look(&BANK, path, options, trial::look)?;
        let across = (BANK.across)(&parts(&trials, options));
        for (member, trial) in trials {
            let name = if member.is_empty() { name.clone() } else { format!("{name}#{member}") };
            let text = match trial {
                Ok(trial) => {
                    faults += trial.faults;
                    profiles.extend(write.map(|(name, _)| trial.profile(name, &options.given)));
                    trial.told(&name)
                }
                Err(refusal) => {
                    faults += 1;
                    format!("{name}: not read\n  {}\n  hint: {}\n", refusal.message, refusal.hint)
                }
            };
            for line in text.lines() {
                writeln!(io::stdout(), "{}", value::visible(line))?;
            }
        }
        if let Some(Refusal { message, hint, .. }) = across {
            faults += 1;
            let text = format!("{name}: not read\n  {message}\n  hint: {hint}");
            for line in text.lines() {
                writeln!(io::stdout(), "{}", value::visible(line))?;
            }
        }
    }
    if let Some((_, folder)) = write {
        let [profile] = profiles.as_slice() else {
            return Err(Failure::new(3, "no profile was made: that takes one file that can be read"));
        };
        if profile.columns.is_empty() {
            return Err(Failure::new(3, "no profile was made: the file is in a format of its own"));
        }
        let path = profile.write(folder).map_err(|error| {
            let is_there = matches!(&error, ProfileError::Write { error, .. } if error.kind() == io::ErrorKind::AlreadyExists);
            let failure = Failure::new(1, error.to_string());
            if is_there { failure.with_hint("another name, or take that file out of the folder") } else { failure }
        })?;
        writeln!(io::stderr(), "{}: the profile is made", value::visible(&path.display().to_string()))?;
    }
    match faults {
        0 => Ok(()),
        1 => Err(Failure::new(3, "1 line, cell or file cannot be read; nothing was kept")),
        _ => Err(Failure::new(3, format!("{faults} lines, cells or files cannot be read; nothing was kept"))),
    }
}
