//! Files of tables that somebody asks for: from the bucket into the mirror, all of them or none.
//!
//! They come into a folder of their own, whose lock one process holds at a time: whoever waits for it finds the files
//! here. The mirror itself is held only while they are put into place, so others open the lake meanwhile.

use std::fs;
use std::path::PathBuf;

use super::bucket::Bucket;
use super::fetch::{Fetched, Meter, Wanted, fetch};
use super::journal::Journal;
use super::layout::MANIFEST;
use super::mirror::{Mirror, at};
use crate::disk;
use crate::lake::File;
use crate::lake::error::PlaceError;

/// A file that came, the ETag of its object, and where it waits.
pub(super) type Came = (File, Option<String>, PathBuf);

/// The files that the mirror does not have.
pub(super) fn lacking<'f>(mirror: &Mirror, files: &[&'f File]) -> Vec<&'f File> {
    files.iter().copied().filter(|file| !file.is_at(&mirror.path(&file.path))).collect()
}

/// Brings files to where they wait.
pub(super) async fn come(
    bucket: &Bucket,
    mirror: &Mirror,
    files: &[&File],
    meter: &Meter,
) -> Result<Vec<Came>, PlaceError> {
    let mut came = Vec::new();
    let wanted = wanted(mirror, files, &|path| path.into())?;
    let Fetched { came: first, lost } = fetch(bucket, &wanted, meter).await?;
    let take = |came: &mut Vec<Came>, wanted: &[Wanted], fetched: Vec<(String, Option<String>)>| {
        for (path, etag) in fetched {
            let one = wanted.iter().find(|one| one.file.path == path);
            came.extend(one.map(|one| (one.file.clone(), etag, one.to.clone())));
        }
    };
    take(&mut came, &wanted, first);
    if lost.is_empty() {
        return Ok(came);
    }
    // What a journal announced lies in staging until it is in place.
    let lost: Vec<_> = files.iter().copied().filter(|file| lost.contains(&file.path)).collect();
    let changed = |path: &str| PlaceError::Changed { place: bucket.place.clone(), path: path.into() };
    let journal = Journal::begun(bucket).await?;
    let ours = mirror.was(MANIFEST).map(|entry| entry.sha256.clone());
    let Some(journal) = journal.filter(|journal| Some(&journal.manifest) == ours.as_ref()) else {
        return Err(changed(&lost[0].path));
    };
    let wanted = self::wanted(mirror, &lost, &|path| journal.staged(path))?;
    let Fetched { came: second, lost } = fetch(bucket, &wanted, meter).await?;
    // The copy of a staged object has an ETag of its own.
    take(&mut came, &wanted, second.into_iter().map(|(path, _)| (path, None)).collect());
    lost.first().map_or(Ok(came), |path| Err(changed(path)))
}

fn wanted<'f>(
    mirror: &Mirror,
    files: &[&'f File],
    from: &dyn Fn(&str) -> String,
) -> Result<Vec<Wanted<'f>>, PlaceError> {
    let one = |file: &&'f File| {
        // What came of another file of that name does not get in its way.
        let mark = file.sha256.get(..16).unwrap_or_default();
        let to = mirror.coming().join(format!("{}~{mark}", file.path));
        fs::create_dir_all(disk::folder_of(&to)).map_err(at(&to))?;
        Ok(Wanted { file, from: from(&file.path), to })
    };
    files.iter().map(one).collect()
}

/// Puts what came into its place, under the mirror's lock.
pub(super) fn install(mirror: &mut Mirror, came: Vec<Came>) -> Result<(), PlaceError> {
    for (file, etag, from) in came {
        mirror.place(&from, &file.path, file.sha256, etag)?;
    }
    mirror.keep_index()?;
    let coming = mirror.coming();
    fs::remove_dir_all(&coming).map_err(at(&coming))
}
