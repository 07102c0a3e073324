//! From the mirror into the bucket, so that a lake is there as a whole or not at all.
//!
//! ```text
//! 1 raw files, where there are none        4 staging ─► tables, inside the bucket
//! 2 changed files ─► _saldo/staging/<run>  5 what is gone is deleted, then the manifest is put
//! 3 the journal: _saldo/publish.json       6 journal and staging are deleted
//! ```
//!
//! Before step 3 the tables are as they were; from there on the next writer completes what was cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::{fs, slice};

use serde::{Deserialize, Serialize};

use super::bucket::{Bucket, Got, Listed, When, each};
use super::lease::Lease;
use super::mirror::{self, Mirror};
use super::pull::{self, Pulled};
use super::{JOURNAL, MANIFEST, STAGING, amount, token};
use crate::lake::place::{PlaceError, sha256};
use crate::lake::{File, Manifest};

/// What a publish is about to do, once all of it lies in staging.
#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    /// Name of the folder in staging.
    run: String,
    /// ETag of the manifest that is replaced.
    replaces: Option<String>,
    /// SHA-256 of the new manifest.
    manifest: String,
    /// What goes from staging to its place.
    files: Vec<File>,
    /// What is deleted.
    delete: Vec<String>,
}

impl Journal {
    fn staged(&self, path: &str) -> String {
        format!("{STAGING}/{}/{path}", self.run)
    }
}

/// What differs between the mirror and the bucket.
#[derive(Debug, Default)]
struct Plan {
    /// Raw files that the bucket does not have.
    fresh: Vec<String>,
    /// Files that are new or other.
    files: Vec<File>,
    /// Files that the bucket has too many.
    delete: Vec<String>,
}

/// Makes the bucket the same as the mirror, which was pulled under the same lease.
pub(super) async fn publish(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &mut Mirror,
    pulled: &Pulled,
    say: &dyn Fn(&str),
) -> Result<(), PlaceError> {
    let path = mirror.path(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(mirror::at(&path)(error)),
    };
    let manifest = text.as_deref().map(|text| pull::parse(bucket, text)).transpose()?;
    let plan = Plan::of(bucket, mirror, pulled, manifest.as_ref())?;
    let text = text.filter(|text| sha256(text) != pulled.sha256);
    if plan.fresh.is_empty() && text.is_none() {
        return mirror.keep();
    }
    let size = plan.fresh.iter().chain(plan.files.iter().map(|file| &file.path));
    let bytes = size.clone().filter_map(|path| Some(mirror.path(path).metadata().ok()?.len())).sum();
    say(&format!("publishing {} to {}", amount(size.count(), bytes), bucket.place));
    let holds = &*mirror;
    each(plan.fresh.clone(), |path| put_raw(bucket, lease, holds, path)).await?;
    if let Some(text) = text {
        let journal = stage(bucket, lease, mirror, pulled, plan, &text).await?;
        let etag = carry_out(bucket, lease, &journal).await?;
        for file in &journal.files {
            mirror.record(&file.path, file.sha256.clone(), None)?;
        }
        mirror.record(MANIFEST, sha256(&text), Some(etag.unwrap_or_default()))?;
    }
    remember_raw(bucket, mirror).await?;
    mirror.keep()
}

impl Plan {
    fn of(
        bucket: &Bucket,
        mirror: &mut Mirror,
        pulled: &Pulled,
        manifest: Option<&Manifest>,
    ) -> Result<Self, PlaceError> {
        let mut plan = Self::default();
        let is_demo = |manifest: &Manifest| manifest.demo.is_some();
        // A demo's raw files are made with its tables, and replaced with them.
        let made = manifest.is_some_and(is_demo) && pulled.manifest.as_ref().is_none_or(is_demo);
        let there: BTreeMap<&str, &Listed> = pulled.raw.iter().map(|file| (&*file.path, file)).collect();
        let here: BTreeSet<String> = mirror.files("raw")?.into_iter().collect();
        for path in &here {
            let was = mirror.was(path).map(|entry| entry.sha256.clone());
            let sha256 = mirror.sha256(path)?;
            if !there.contains_key(path.as_str()) {
                plan.fresh.push(path.clone());
            } else if let Some(sha256) = sha256.filter(|sha256| Some(sha256) != was.as_ref()) {
                if !made {
                    return Err(PlaceError::Immutable { place: bucket.place.clone(), path: path.clone() });
                }
                let place = mirror.path(path);
                let size = place.metadata().map_err(mirror::at(&place))?.len();
                plan.files.push(File { path: path.clone(), size, sha256 });
            }
        }
        if made {
            plan.delete.extend(there.keys().filter(|path| !here.contains(**path)).map(ToString::to_string));
        }
        if let Some(manifest) = manifest {
            plan.tables(bucket, pulled, manifest)?;
        }
        Ok(plan)
    }

    fn tables(&mut self, bucket: &Bucket, pulled: &Pulled, manifest: &Manifest) -> Result<(), PlaceError> {
        let old: BTreeMap<&str, &File> =
            pulled.manifest.iter().flat_map(files).map(|file| (&*file.path, file)).collect();
        let mut named = BTreeSet::new();
        for file in files(manifest) {
            pull::check_name(&bucket.place, &file.path)?;
            named.insert(&*file.path);
            if old.get(&*file.path).is_none_or(|old| *old != file) {
                self.files.push(file.clone());
            }
        }
        self.delete.extend(old.keys().filter(|path| !named.contains(**path)).map(ToString::to_string));
        Ok(())
    }
}

fn files(manifest: &Manifest) -> impl Iterator<Item = &File> {
    manifest.tables.iter().flat_map(|table| &table.files)
}

async fn put_raw(bucket: &Bucket, lease: &Lease, mirror: &Mirror, path: String) -> Result<(), PlaceError> {
    lease.check(bucket)?;
    let from = mirror.path(&path);
    if bucket.upload(&from, &path, true).await?.is_some() {
        return Ok(());
    }
    // It is there: our own first try whose answer was lost, or somebody else's file.
    let there = bucket.download(&path, &mirror.incoming(&path)?).await?;
    if there.is_some_and(|there| mirror::sha256(&from).is_ok_and(|here| here.as_ref() == Some(&there.sha256)))
    {
        return Ok(());
    }
    Err(PlaceError::Immutable { place: bucket.place.clone(), path })
}

/// Uploads what differs beside the tables, then the journal: from there on it will be published.
async fn stage(
    bucket: &Bucket,
    lease: &Lease,
    mirror: &Mirror,
    pulled: &Pulled,
    plan: Plan,
    text: &[u8],
) -> Result<Journal, PlaceError> {
    let Plan { files, delete, .. } = plan;
    let journal = Journal {
        run: token(mirror.token()),
        replaces: pulled.etag.clone(),
        manifest: sha256(text),
        files,
        delete,
    };
    each(journal.files.iter().collect(), async |file: &File| {
        lease.check(bucket)?;
        match bucket.upload(&mirror.path(&file.path), &journal.staged(&file.path), false).await? {
            Some(sha256) if sha256 == file.sha256 => Ok(()),
            _ => Err(PlaceError::Changed {
                place: mirror.root().display().to_string(),
                path: file.path.clone(),
            }),
        }
    })
    .await?;
    bucket.put(&journal.staged(MANIFEST), text, When::Always).await?;
    lease.check(bucket)?;
    let words = serde_json::to_vec_pretty(&journal).unwrap_or_default();
    put_once(bucket, JOURNAL, &words, When::Absent).await?;
    Ok(journal)
}

/// Completes what an earlier writer had in its journal, and removes what one left in staging without a journal.
pub(super) async fn complete(bucket: &Bucket, lease: &Lease, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
    if let Got::New(text, _) = bucket.get(JOURNAL, None).await? {
        let unreadable = |_| PlaceError::Refused {
            place: bucket.place.clone(),
            why: format!("{JOURNAL} is not readable"),
        };
        let journal: Journal = serde_json::from_slice(&text).map_err(unreadable)?;
        let paths = journal.files.iter().map(|file| &file.path).chain(&journal.delete);
        for path in paths.chain(slice::from_ref(&journal.run)) {
            pull::check_path(&bucket.place, path)?;
        }
        say(&format!("completing what an earlier run began to publish to {}", bucket.place));
        carry_out(bucket, lease, &journal).await?;
    }
    sweep(bucket).await
}

/// Does what the journal says, as often as it takes; the ETag of the manifest in place.
async fn carry_out(bucket: &Bucket, lease: &Lease, journal: &Journal) -> Result<Option<String>, PlaceError> {
    let (current, mut etag) = match bucket.get(MANIFEST, None).await? {
        Got::New(text, etag) => (Some(text), etag),
        _ => (None, None),
    };
    // The manifest is put last: where it is in place, so is all else.
    if current.is_none_or(|text| sha256(&text) != journal.manifest) {
        if etag != journal.replaces {
            return Err(PlaceError::Overtaken { place: bucket.place.clone() });
        }
        each(journal.files.iter().collect(), async |file: &File| {
            lease.check(bucket)?;
            bucket.copy(&journal.staged(&file.path), &file.path).await
        })
        .await?;
        lease.check(bucket)?;
        bucket.delete(journal.delete.clone()).await?;
        let text = match bucket.get(&journal.staged(MANIFEST), None).await? {
            Got::New(text, _) if sha256(&text) == journal.manifest => text,
            _ => {
                return Err(PlaceError::Changed {
                    place: bucket.place.clone(),
                    path: journal.staged(MANIFEST),
                });
            }
        };
        lease.check(bucket)?;
        let when = journal.replaces.clone().map_or(When::Absent, When::Is);
        etag = put_once(bucket, MANIFEST, &text, when).await?;
    }
    lease.check(bucket)?;
    bucket.delete(vec![JOURNAL.into()]).await?;
    sweep(bucket).await?;
    Ok(etag)
}

/// Puts under a condition, and takes an object of the same bytes for our own whose answer was lost.
async fn put_once(
    bucket: &Bucket,
    path: &str,
    text: &[u8],
    when: When,
) -> Result<Option<String>, PlaceError> {
    if let Some(etag) = bucket.put(path, text, when).await? {
        return Ok(Some(etag));
    }
    match bucket.get(path, None).await? {
        Got::New(there, etag) if there == text => Ok(etag),
        _ => Err(PlaceError::Overtaken { place: bucket.place.clone() }),
    }
}

async fn sweep(bucket: &Bucket) -> Result<(), PlaceError> {
    let left: Vec<String> = bucket.list(STAGING).await?.into_iter().map(|file| file.path).collect();
    if left.is_empty() { Ok(()) } else { bucket.delete(left).await }
}

/// Notes which object each raw file is, so that the next writer does not fetch it.
async fn remember_raw(bucket: &Bucket, mirror: &mut Mirror) -> Result<(), PlaceError> {
    for file in bucket.list("raw").await? {
        if let Some(sha256) = mirror.sha256(&file.path)? {
            mirror.record(&file.path, sha256, file.etag)?;
        }
    }
    Ok(())
}
