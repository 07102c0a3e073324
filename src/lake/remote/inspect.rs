//! Whether the objects of a lake are those that its manifest names.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::bucket::{Bucket, Got, each};
use super::journal::Journal;
use super::layout::{JOURNAL, MANIFEST, is_of_a_table, parse};
use super::mirror::Mirror;
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;
use crate::lake::finding::{Finding, UNFINISHED};
use crate::lake::{File, LakeError};

/// Compares the bucket's listing with the manifest: every object's size, and its ETag where the mirror knows which one
/// the file had. Of a raw file of which it knows none S3 tells the SHA-256; tables are read by whoever verifies a lake.
pub(super) async fn objects(bucket: &Bucket, mirror: &Mirror) -> Result<Vec<Finding>, PlaceError> {
    if Journal::begun(bucket).await?.is_some() {
        let message =
            "a run is publishing just now, or was cut off; the next one that writes completes it".to_owned();
        return Ok(vec![Finding { place: JOURNAL.to_owned(), kind: UNFINISHED, message }]);
    }
    let Got::New(text, _) = bucket.get(MANIFEST, None).await? else {
        return Err(LakeError::Missing(bucket.place.clone().into()).into());
    };
    let manifest = parse(&bucket.place, &text)?;
    let listed = bucket.list("").await?;
    let is_of_the_lake = |object: &&Listed| is_of_a_table(&object.path) || object.path.starts_with("raw/");
    let mut there: BTreeMap<&str, &Listed> =
        listed.iter().filter(is_of_the_lake).map(|object| (object.path.as_str(), object)).collect();
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for file in manifest.raw.iter().chain(manifest.files()) {
        match there.remove(file.path.as_str()) {
            None => found.push(Finding::missing(&file.path)),
            Some(object) if !mirror.is_object(file, object) => {
                let message = format!(
                    "the object in the bucket has {} bytes or another ETag; the manifest says {} bytes",
                    object.size, file.size
                );
                found.push(Finding { place: file.path.clone(), kind: "changed", message });
            }
            Some(_) if file.path.starts_with("raw/") && mirror.etag_of(file).is_none() => unknown.push(file),
            Some(_) => {}
        }
    }
    let changed = Mutex::new(Vec::new());
    each(unknown, async |file: &File| {
        if bucket.sha256(&file.path).await?.is_some_and(|(sha256, _)| sha256 != file.sha256) {
            changed.lock().unwrap_or_else(PoisonError::into_inner).push(&file.path);
        }
        Ok(())
    })
    .await?;
    let mut changed = changed.into_inner().unwrap_or_else(PoisonError::into_inner);
    changed.sort_unstable();
    found.extend(changed.into_iter().map(|path| {
        let message = "S3 has another SHA-256 of the object than the manifest".to_owned();
        Finding { place: path.clone(), kind: "changed", message }
    }));
    found.extend(there.into_keys().map(Finding::foreign));
    Ok(found)
}
