//! From the bucket into the mirror: only what differs, checked, and put into place when all of it is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};
use std::sync::Mutex;
use std::time::Duration;

use super::bucket::{Bucket, Downloaded, Got, Listed, each};
use super::mirror::{self, Mirror};
use super::publish::Journal;
use super::{MANIFEST, amount};
use crate::checksum::sha256;
use crate::lake::place::PlaceError;
use crate::lake::{File, LAYOUT, LakeError, Manifest};

/// How often a lake that changes under the reader is read anew; the pauses in between double.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// The lake as it was in the bucket.
#[derive(Debug, Default)]
pub(super) struct Pulled {
    pub(super) manifest: Option<Manifest>,
    pub(super) etag: Option<String>,
    /// SHA-256 of the manifest's text.
    pub(super) sha256: String,
    /// The raw files, where they were asked for.
    pub(super) raw: Vec<Listed>,
}

/// Makes the mirror's tables the same as the bucket's. A file that is not what the manifest says is a sign that
/// somebody publishes just now, so all of it is tried again.
pub(super) async fn tables(
    bucket: &Bucket,
    mirror: &mut Mirror,
    say: &dyn Fn(&str),
) -> Result<Pulled, PlaceError> {
    let mut pause = PAUSE;
    let mut outcome = tables_once(bucket, mirror, say).await;
    for _ in 1..TRIES {
        if !matches!(outcome, Err(PlaceError::Changed { .. })) {
            break;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
        outcome = tables_once(bucket, mirror, &|_| ()).await;
    }
    outcome
}

async fn tables_once(bucket: &Bucket, mirror: &mut Mirror, say: &dyn Fn(&str)) -> Result<Pulled, PlaceError> {
    let known = mirror.known(MANIFEST).and_then(|entry| entry.etag.clone()).filter(|etag| !etag.is_empty());
    let path = mirror.path(MANIFEST);
    let (text, etag) = match bucket.impatient().get(MANIFEST, known.as_deref()).await? {
        Got::New(text, etag) => (Some(text), etag),
        Got::Same => (Some(fs::read(&path).map_err(mirror::at(&path))?), known),
        Got::Absent => (None, None),
    };
    let outcome = match text {
        Some(text) => Some(bring(bucket, mirror, text, etag.clone(), None, say).await),
        None => None,
    };
    if let None | Some(Err(PlaceError::Changed { .. })) = outcome
        && let Some(journal) = Journal::begun(bucket).await?
        && journal.replaces == etag
    {
        // Its writer is at work, or was killed; either way the old lake is no more.
        let text = journal.text(bucket).await?;
        return bring(bucket, mirror, text, None, Some(&journal), say).await;
    }
    if let Some(outcome) = outcome {
        return outcome;
    }
    clear(mirror, &BTreeSet::new())?;
    mirror.remove(MANIFEST)?;
    Ok(Pulled::default())
}

/// Makes the mirror's tables those of a manifest, whose files the journal may still have elsewhere.
async fn bring(
    bucket: &Bucket,
    mirror: &mut Mirror,
    text: Vec<u8>,
    etag: Option<String>,
    journal: Option<&Journal>,
    say: &dyn Fn(&str),
) -> Result<Pulled, PlaceError> {
    let path = mirror.path(MANIFEST);
    let manifest = parse(bucket, &text)?;
    let files: Vec<&File> = manifest.tables.iter().flat_map(|table| &table.files).collect();
    for file in &files {
        check_name(&bucket.place, &file.path)?;
    }
    let mut missing = Vec::new();
    for file in &files {
        if mirror.sha256(&file.path)?.as_deref() != Some(&*file.sha256) {
            missing.push(*file);
        }
    }
    if !missing.is_empty() {
        let size = missing.iter().map(|file| file.size).sum();
        say(&format!("copying {} from {}", amount(missing.len(), size), bucket.place));
    }
    let holds = &*mirror;
    each(missing.clone(), |file| fetch(bucket, holds, file, journal)).await?;
    let sha256 = sha256(&text);
    // The manifest of a journal has no ETag yet.
    let marked = Some(etag.clone().unwrap_or_default());
    let is_known = |entry: &mirror::Entry| entry.sha256 == sha256 && entry.etag == marked;
    if !(missing.is_empty() && mirror.known(MANIFEST).is_some_and(is_known)) {
        // A mirror that is left half changed has no manifest, so nobody takes it for a lake.
        mirror.remove(MANIFEST)?;
        for file in missing {
            mirror.install(&file.path, file.sha256.clone(), None)?;
        }
        clear(mirror, &files.iter().map(|file| file.path.as_str()).collect())?;
        mirror::write_whole(&path, &text)?;
        mirror.record(MANIFEST, sha256.clone(), marked)?;
    }
    mirror.keep()?;
    Ok(Pulled { manifest: Some(manifest), etag, sha256, raw: Vec::new() })
}

/// Downloads one file beside the mirror, unless an earlier try did.
async fn fetch(
    bucket: &Bucket,
    mirror: &Mirror,
    file: &File,
    journal: Option<&Journal>,
) -> Result<(), PlaceError> {
    let place = mirror.incoming(&file.path)?;
    if mirror::sha256(&place)?.as_deref() == Some(&*file.sha256) {
        return Ok(());
    }
    let from = journal.map_or_else(|| file.path.clone(), |journal| journal.place(&file.path));
    match bucket.download(&from, &place).await? {
        Some(done) if done.sha256 == file.sha256 && done.size == file.size => Ok(()),
        _ => Err(PlaceError::Changed { place: bucket.place.clone(), path: file.path.clone() }),
    }
}

/// Removes what no table has: everything but raw files and the program's own folder.
fn clear(mirror: &mut Mirror, named: &BTreeSet<&str>) -> Result<(), PlaceError> {
    for path in mirror.files("")? {
        if is_of_a_table(&path) && !named.contains(path.as_str()) {
            mirror.remove(&path)?;
        }
    }
    Ok(())
}

/// Brings the raw files that are not there yet, and tells all that the bucket has.
pub(super) async fn raw(
    bucket: &Bucket,
    mirror: &mut Mirror,
    say: &dyn Fn(&str),
) -> Result<Vec<Listed>, PlaceError> {
    let listed = bucket.list("raw").await?;
    let is_here = |file: &&Listed| {
        mirror.known(&file.path).is_some_and(|entry| entry.etag == file.etag && entry.etag.is_some())
    };
    let missing: Vec<Listed> = listed.iter().filter(|file| !is_here(file)).cloned().collect();
    if missing.is_empty() {
        return Ok(listed);
    }
    say(&format!(
        "copying raw {} from {}",
        amount(missing.len(), missing.iter().map(|file| file.size).sum()),
        bucket.place
    ));
    for file in &missing {
        check_path(&bucket.place, &file.path)?;
    }
    let done: Mutex<Vec<(String, Downloaded)>> = Mutex::default();
    let holds = &*mirror;
    each(missing, async |file: Listed| {
        let got = bucket.download(&file.path, &holds.incoming(&file.path)?).await?;
        let got = got.filter(|got| got.size == file.size);
        let got =
            got.ok_or_else(|| PlaceError::Changed { place: bucket.place.clone(), path: file.path.clone() })?;
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((file.path, got));
        Ok(())
    })
    .await?;
    for (path, got) in done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        mirror.install(&path, got.sha256, got.etag)?;
    }
    mirror.keep()?;
    Ok(listed)
}

/// The manifest in a text that came from the bucket.
pub(super) fn parse(bucket: &Bucket, text: &[u8]) -> Result<Manifest, PlaceError> {
    let path = format!("{}/{MANIFEST}", bucket.place);
    let manifest: Manifest =
        serde_json::from_slice(text).map_err(|source| LakeError::Manifest { path: path.into(), source })?;
    match manifest.layout {
        LAYOUT => Ok(manifest),
        found => Err(LakeError::Layout { root: bucket.place.clone().into(), found }.into()),
    }
}

/// A table's file lies in the lake, and not among the raw files or our own.
pub(super) fn check_name(place: &str, path: &str) -> Result<(), PlaceError> {
    check_path(place, path)?;
    if is_of_a_table(path) {
        Ok(())
    } else {
        Err(PlaceError::Name { place: place.into(), path: path.into() })
    }
}

/// No path leads out of the folder that it is joined to.
pub(super) fn check_path(place: &str, path: &str) -> Result<(), PlaceError> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if plain && !path.is_empty() && !path.contains('\\') {
        return Ok(());
    }
    Err(PlaceError::Name { place: place.into(), path: path.into() })
}

fn is_of_a_table(path: &str) -> bool {
    !matches!(path.split_once('/'), None | Some(("raw" | "_saldo", _)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_manifest_leads_out_of_the_tables() {
        for path in ["t/a.parquet", "t/year=2020/month=01/a b.parquet"] {
            check_name("s3://test", path).unwrap();
        }
        for path in
            ["", "a", "/etc/passwd", "../a", "t/../../a", "t\\a/b", "raw/a", "_saldo/lock", "./_saldo/lock"]
        {
            assert!(matches!(check_name("s3://test", path), Err(PlaceError::Name { .. })), "{path}");
        }
        check_path("s3://test", "raw/bank/a.csv").unwrap();
    }
}
