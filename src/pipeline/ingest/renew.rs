//! Files that an older reader read are read anew before anything is merged with them: lines of two readers would not be known
//! as the same.

use std::path::{Path, PathBuf};

use chrono::Utc;

use super::super::balances::BALANCES;
use super::super::bank::BANK;
use super::super::bank::partitions::Bring;
use super::super::bank::profile::{Profile, Profiles};
use super::super::error::PipelineError;
use super::keep::{kept, reading};
use super::note::{READER, Reading};
use super::{FileKind, Options, State, take};
use crate::checksum;
use crate::pipeline::error::io_at;

/// Reads anew what an older reader read, with what was said then, each brought where it is not here; the files, by their names below the
/// lake.
///
/// # Errors
/// When today's reader refuses a file or a part of one, which stays as it was; or the disk fails.
pub fn renew(root: &Path, bring: &Bring) -> Result<Vec<PathBuf>, PipelineError> {
    let mut renewed = Vec::new();
    for kind in [&BANK, &BALANCES] {
        let mut older = Vec::new();
        for file in kept(root, kind.raw)? {
            let former = reading(root, &file)?.filter(|former| former.reader < READER);
            older.extend(former.map(|former| (file, former)));
        }
        if !older.is_empty() {
            bring(&older.iter().map(|(file, _)| file.to_string_lossy().into_owned()).collect())?;
        }
        for (file, former) in older {
            // One that is lost is told by the run.
            if root.join(&file).exists() {
                anew(root, kind, &file, &former)?;
                renewed.push(file);
            }
        }
    }
    Ok(renewed)
}

fn anew(root: &Path, kind: &FileKind, file: &Path, former: &Reading) -> Result<(), PipelineError> {
    let given = former.parts.first().map(|part| part.given.clone()).unwrap_or_default();
    let own = former.parts.iter().filter_map(|part| part.profile.clone());
    let options = Options {
        map: former.map.clone(),
        given,
        profiles: profiles(kind, own, file)?,
        line_cap: former.line_cap,
        last_year: former.last_year,
        is_anew: true,
        needed: former.parts.iter().map(|part| part.source(file)).collect(),
        ..Options::new(Utc::now())
    };
    let report = take(root, kind, &root.join(file), &options)?;
    if report.state == State::Kept {
        return Ok(());
    }
    let sha256 = if former.sha256.is_empty() {
        checksum::of_file(&root.join(file)).map_err(io_at(file))?.1
    } else {
        former.sha256.clone()
    };
    // The last part's reason, and what it takes.
    let last = report.notes.get(report.notes.len().saturating_sub(2)..).unwrap_or_default();
    let why = last.join("; ").replace("hint: ", "");
    Err(PipelineError::Older { file: file.to_owned(), sha256, why })
}

/// The profiles that are built in, as they are now, and the person's own as they were.
fn profiles(
    kind: &FileKind,
    own: impl Iterator<Item = Profile>,
    file: &Path,
) -> Result<Profiles, PipelineError> {
    if kind.area != BANK.area {
        return Ok(Profiles::only(None));
    }
    Profiles::built_in_and(own).map_err(|error| io_at(file)(std::io::Error::other(error)))
}
