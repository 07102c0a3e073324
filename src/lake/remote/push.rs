//! What a lake is compared with before it is pushed: the bucket's manifest and listing. No table is read.

use std::collections::BTreeMap;

use super::bucket::{Bucket, Got};
use super::layout::{MANIFEST, check_path};
use super::mirror::Mirror;
use super::pull::{Pulled, checked, differing};
use crate::checksum::sha256;
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;

/// The lake in the bucket. Of raw files that both have, the mirror then knows which checksum the object has.
pub(super) async fn heads(bucket: &Bucket, mirror: &mut Mirror) -> Result<Pulled, PlaceError> {
    let mut pulled = Pulled::default();
    let listed = bucket.list("").await?;
    if let Got::New(text, etag) = bucket.get(MANIFEST, None).await? {
        let manifest = checked(bucket, &text)?;
        pulled.lost = differing(mirror, &manifest, &listed);
        (pulled.manifest, pulled.etag, pulled.sha256) = (Some(manifest), etag, sha256(&text));
    }
    pulled.raw = listed.into_iter().filter(|object| object.path.starts_with("raw/")).collect();
    let named = pulled.manifest.iter().flat_map(|manifest| &manifest.raw);
    let named: BTreeMap<&str, &str> = named.map(|file| (&*file.path, &*file.sha256)).collect();
    for Listed { path, etag, .. } in &pulled.raw {
        check_path(&bucket.place, path)?;
        if !mirror.path(path).exists() {
            continue;
        }
        if let Some(sha256) = named.get(&**path) {
            mirror.suppose(path, sha256, etag.clone());
        } else if let Some(got) = bucket.download(path, &mirror.incoming(path)?).await? {
            mirror.suppose(path, &got.sha256, got.etag);
        }
    }
    Ok(pulled)
}
