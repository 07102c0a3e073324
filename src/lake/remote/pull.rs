//! From the bucket into the mirror: its manifest for whoever reads, and for a writer the files too, each checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::bucket::{Bucket, Downloaded, Got, each};
use super::fetch::{Fetched, Meter, Wanted, fetch};
use super::journal::Journal;
use super::layout::{MANIFEST, check_name, check_path, is_of_a_table, parse, statement_of};
use super::mirror::{self, Mirror};
use crate::checksum::sha256;
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;
use crate::lake::selection::amount;
use crate::lake::{File, Manifest};
use crate::pause::Pauses;

/// How often a lake that changes under the reader is read anew; the pauses in between double.
const TRIES: u32 = 5;
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(8));

/// The lake as it was in the bucket.
#[derive(Debug, Default)]
pub(super) struct Pulled {
    pub(super) manifest: Option<Manifest>,
    pub(super) etag: Option<String>,
    /// SHA-256 of the manifest's text.
    pub(super) sha256: String,
    /// The raw files, where they were asked for.
    pub(super) raw: Vec<Listed>,
    /// Files of tables that the bucket does not have as the manifest says; only a writer gets so far.
    pub(super) lost: BTreeSet<String>,
}

/// A manifest, and where its files lie until they are in place.
#[derive(Debug)]
pub(super) struct Announced {
    pub(super) text: Vec<u8>,
    /// None of a manifest that is not in its place yet.
    pub(super) etag: Option<String>,
    pub(super) journal: Option<Journal>,
}

impl Announced {
    /// The object that holds a file of a table.
    pub(super) fn place(&self, path: &str) -> String {
        self.journal.as_ref().map_or_else(|| path.into(), |journal| journal.place(path))
    }
}

/// Makes the mirror that of the bucket's lake: its manifest, and of its files those that it still names. None is brought.
pub(super) async fn settle(bucket: &Bucket, mirror: &mut Mirror) -> Result<Pulled, PlaceError> {
    let known = mirror.known(MANIFEST).and_then(|entry| entry.etag.clone()).filter(|etag| !etag.is_empty());
    let path = mirror.path(MANIFEST);
    let there = match bucket.impatient().get(MANIFEST, known.as_deref()).await? {
        Got::New(text, etag) => Some((text, etag)),
        Got::Same => Some((fs::read(&path).map_err(mirror::at(&path))?, known)),
        Got::Absent => None,
    };
    let Some(Announced { text, etag, .. }) = counting(bucket, there).await? else {
        clear(mirror, &BTreeMap::new())?;
        mirror.remove(MANIFEST)?;
        return Ok(Pulled::default());
    };
    let manifest = checked(bucket, &text)?;
    let sha256 = sha256(&text);
    // The manifest of a journal has no ETag yet.
    let marked = Some(etag.clone().unwrap_or_default());
    let is_known = |entry: &mirror::Entry| entry.sha256 == sha256 && entry.etag == marked;
    if !mirror.known(MANIFEST).is_some_and(is_known) {
        // A mirror that is left half changed has no manifest, so nobody takes it for a lake.
        mirror.remove(MANIFEST)?;
        clear(mirror, &manifest.files().map(|file| (&*file.path, &*file.sha256)).collect())?;
        mirror::write_whole(&path, &text)?;
        mirror.record(MANIFEST, sha256.clone(), marked)?;
    }
    mirror.keep()?;
    Ok(Pulled { manifest: Some(manifest), etag, sha256, ..Pulled::default() })
}

/// The manifest that counts: the one that a journal announces, from which on a publish counts, or the one in its place.
async fn counting(
    bucket: &Bucket,
    there: Option<(Vec<u8>, Option<String>)>,
) -> Result<Option<Announced>, PlaceError> {
    let etag = there.as_ref().and_then(|(_, etag)| etag.clone());
    if let Some(journal) = Journal::begun(bucket).await?.filter(|journal| journal.replaces == etag) {
        match journal.text(bucket).await {
            Ok(text) => return Ok(Some(Announced { text, etag: None, journal: Some(journal) })),
            // Its manifest is gone from staging: the former one stands.
            Err(PlaceError::Changed { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(there.map(|(text, etag)| Announced { text, etag, journal: None }))
}

/// A file that is not what the manifest says is a sign that somebody publishes just now, so all of it is tried again.
pub(super) async fn steadily<T>(
    mut work: impl AsyncFnMut(bool) -> Result<T, PlaceError>,
) -> Result<T, PlaceError> {
    let mut pauses = Pauses::new(PAUSES, 2.0);
    let mut outcome = work(true).await;
    for _ in 1..TRIES {
        if !matches!(outcome, Err(PlaceError::Changed { .. })) {
            break;
        }
        tokio::time::sleep(pauses.take()).await;
        outcome = work(false).await;
    }
    outcome
}

/// The same under the lease of a writer, who is told which raw files there are.
pub(super) async fn for_writer(bucket: &Bucket, mirror: &mut Mirror) -> Result<Pulled, PlaceError> {
    let mut pulled = settle(bucket, mirror).await?;
    pulled.raw = bucket.list("raw").await?;
    Ok(pulled)
}

/// Brings all files for a writer, who is told what is lost.
pub(super) async fn fill(
    bucket: &Bucket,
    mirror: &mut Mirror,
    pulled: &mut Pulled,
    say: &dyn Fn(&str),
) -> Result<(), PlaceError> {
    let listed = bucket.list("").await?;
    if let Some(manifest) = &pulled.manifest {
        pulled.lost.extend(whole(bucket, mirror, manifest, say).await?);
        pulled.lost.extend(differing(mirror, manifest, &listed));
    }
    pulled.raw = listed.into_iter().filter(|object| object.path.starts_with("raw/")).collect();
    if let Some(manifest) = &pulled.manifest {
        forget(mirror, manifest, &pulled.raw)?;
    }
    raw(bucket, mirror, &pulled.raw, say).await
}

/// Brings what tells a run what is due: the raw files, but for statements that the tables have and on which there is a note.
/// Nothing is brought, and all must be, where the bucket lost a file, or has a demo, whose raw files are replaced.
pub(super) async fn prepare(
    bucket: &Bucket,
    mirror: &mut Mirror,
    pulled: &mut Pulled,
    say: &dyn Fn(&str),
) -> Result<bool, PlaceError> {
    let Some(manifest) = pulled.manifest.as_ref().filter(|manifest| manifest.demo.is_none()) else {
        return Ok(false);
    };
    let listed = bucket.list("").await?;
    let sizes: BTreeMap<_, _> = listed.iter().map(|object| (object.path.as_str(), object.size)).collect();
    let is_there = |file: &File| sizes.get(file.path.as_str()) == Some(&file.size);
    if !(pulled.lost.is_empty()
        && manifest.raw.iter().all(is_there)
        && differing(mirror, manifest, &listed).is_empty())
    {
        return Ok(false);
    }
    pulled.raw = listed.into_iter().filter(|object| object.path.starts_with("raw/")).collect();
    forget(mirror, manifest, &pulled.raw)?;
    let noted: BTreeSet<_> = pulled.raw.iter().filter_map(|object| statement_of(&object.path)).collect();
    let named: BTreeSet<_> = manifest.raw.iter().map(|file| file.path.as_str()).collect();
    // One that is here though nothing is known of it, as after a publish that was cut off, is brought again.
    let is_unknown = |path: &str| mirror.path(path).exists() && !mirror.is_as_pulled(path);
    let waits = |object: &&Listed| {
        let path = object.path.as_str();
        noted.contains(path) && named.contains(path) && !is_unknown(path)
    };
    let needed: Vec<_> = pulled.raw.iter().filter(|object| !waits(object)).cloned().collect();
    raw(bucket, mirror, &needed, say).await?;
    mirror.keep()?;
    Ok(true)
}

/// Removes the raw files that came from the bucket, and that another machine has made it forget since: the next publish
/// would bring them back. What the manifest still names is lost, and comes back.
fn forget(mirror: &mut Mirror, manifest: &Manifest, listed: &[Listed]) -> Result<(), PlaceError> {
    let there: BTreeSet<&str> = listed.iter().map(|object| &*object.path).collect();
    let named: BTreeSet<&str> = manifest.raw.iter().map(|file| &*file.path).collect();
    for path in mirror.files("raw")? {
        if mirror.is_as_pulled(&path) && !there.contains(&*path) && !named.contains(&*path) {
            mirror.remove(&path)?;
        }
    }
    Ok(())
}

/// Files of tables that the bucket's listing shows to be missing or other than the manifest says.
pub(super) fn differing(mirror: &Mirror, manifest: &Manifest, listed: &[Listed]) -> BTreeSet<String> {
    let there: BTreeMap<_, _> = listed.iter().map(|object| (object.path.as_str(), object)).collect();
    let differs =
        |file: &&File| there.get(file.path.as_str()).is_none_or(|object| !mirror.is_object(file, object));
    manifest.files().filter(differs).map(|file| file.path.clone()).collect()
}

/// The manifest that is in its place.
pub(super) async fn there(bucket: &Bucket) -> Result<Option<(Vec<u8>, Option<String>)>, PlaceError> {
    match bucket.impatient().get(MANIFEST, None).await? {
        Got::New(text, etag) => Ok(Some((text, etag))),
        Got::Same | Got::Absent => Ok(None),
    }
}

/// Does something with the lake of the manifest that is there. Where that cannot be, or there is none, with the one that
/// a journal announces; `None` when there is neither.
pub(super) async fn newest<T>(
    bucket: &Bucket,
    there: Option<(Vec<u8>, Option<String>)>,
    mut work: impl AsyncFnMut(&Announced) -> Result<T, PlaceError>,
) -> Result<Option<T>, PlaceError> {
    let etag = there.as_ref().and_then(|(_, etag)| etag.clone());
    let outcome = match there {
        Some((text, etag)) => Some(work(&Announced { text, etag, journal: None }).await),
        None => None,
    };
    if let None | Some(Err(PlaceError::Changed { .. })) = outcome
        && let Some(journal) = Journal::begun(bucket).await?
        && journal.replaces == etag
    {
        // Its writer is at work, or was killed; either way the old lake is no more.
        let text = journal.text(bucket).await?;
        return work(&Announced { text, etag: None, journal: Some(journal) }).await.map(Some);
    }
    outcome.transpose()
}

/// The manifest in a text from the bucket; every name in it is one of a table's file.
pub(super) fn checked(bucket: &Bucket, text: &[u8]) -> Result<Manifest, PlaceError> {
    let manifest = parse(&bucket.place, text)?;
    for file in manifest.files() {
        check_name(&bucket.place, &file.path)?;
    }
    Ok(manifest)
}

/// Brings all files of tables that the mirror does not have; those that are lost.
async fn whole(
    bucket: &Bucket,
    mirror: &mut Mirror,
    manifest: &Manifest,
    say: &dyn Fn(&str),
) -> Result<BTreeSet<String>, PlaceError> {
    let mut missing = Vec::new();
    for file in manifest.files() {
        if mirror.sha256(&file.path)?.as_deref() != Some(&*file.sha256) {
            missing.push(Wanted { file, from: file.path.clone(), to: mirror.incoming(&file.path)? });
        }
    }
    if !missing.is_empty() {
        let size = missing.iter().map(|one| one.file.size).fold(0, u64::saturating_add);
        say(&format!("copying {} from {}", amount(missing.len(), size), bucket.place));
    }
    let Fetched { came, lost } = fetch(bucket, &missing, &Meter::default()).await?;
    let mut etags: BTreeMap<String, Option<String>> = came.into_iter().collect();
    for Wanted { file, .. } in &missing {
        if let Some(etag) = etags.remove(&file.path) {
            mirror.install(&file.path, file.sha256.clone(), etag)?;
        }
    }
    mirror.keep()?;
    Ok(lost)
}

/// Removes what is no file of a table, with this checksum: all but raw files and the program's own folder.
fn clear(mirror: &mut Mirror, named: &BTreeMap<&str, &str>) -> Result<(), PlaceError> {
    for path in mirror.files("")? {
        if is_of_a_table(&path) {
            let wanted = named.get(path.as_str());
            if wanted.is_none() || mirror.sha256(&path)?.as_deref() != wanted.copied() {
                mirror.remove(&path)?;
            }
        }
    }
    Ok(())
}

/// Brings the raw files that are not there yet.
async fn raw(
    bucket: &Bucket,
    mirror: &mut Mirror,
    listed: &[Listed],
    say: &dyn Fn(&str),
) -> Result<(), PlaceError> {
    let is_here = |file: &&Listed| {
        mirror.known(&file.path).is_some_and(|entry| entry.etag == file.etag && entry.etag.is_some())
    };
    let missing: Vec<Listed> = listed.iter().filter(|file| !is_here(file)).cloned().collect();
    if missing.is_empty() {
        return Ok(());
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
        locked(&done).push((file.path, got));
        Ok(())
    })
    .await?;
    for (path, got) in taken(done) {
        mirror.install(&path, got.sha256, got.etag)?;
    }
    mirror.keep()
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn taken<T>(shared: Mutex<T>) -> T {
    shared.into_inner().unwrap_or_else(PoisonError::into_inner)
}
