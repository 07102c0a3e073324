//! A lake on S3, worked on through a local mirror.
//!
//! ```text
//! bucket                        mirror: <cache>/lakes/<hash>/
//!   <tables>, raw/   ─ pull ─►    lake/         the same files, as a local lake
//!   _saldo/manifest.json          index.json    checksums of the files as they were found
//!   _saldo/lease.json             as-of         when the mirror was last the same as the bucket
//!   _saldo/publish.json           lock          held while the mirror is changed
//!   _saldo/staging/  ◄ publish ─  incoming/     what is not yet complete
//! ```

mod bucket;
mod connect;
mod inspect;
mod journal;
mod layout;
mod lease;
mod mirror;
mod publish;
mod pull;
pub(crate) mod stored;

use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::address::{Object, Remote};
use super::error::PlaceError;
use super::finding::Finding;
use super::lock::{Lock, Work};
use super::snapshot::{Snapshot, Stale};
use bucket::Bucket;
use layout::MANIFEST;
use lease::Lease;
use mirror::Mirror;
use pull::Pulled;

/// Brings the mirror up to date; where that cannot be, says why it is given as it is.
pub(super) fn read(remote: &Remote, say: &dyn Fn(&str)) -> Result<Snapshot, PlaceError> {
    let stale = match lock(remote, Work::Copy, Duration::ZERO) {
        Ok(_lock) => {
            let runtime = runtime(remote)?;
            let mut mirror = Mirror::open(&remote.mirror)?;
            let outcome = runtime.block_on(async {
                let bucket = Bucket::open(remote).await?;
                pull::tables(&bucket, &mut mirror, say).await
            });
            match outcome {
                Ok(pulled) if pulled.manifest.is_some() => None,
                Ok(_) => return Err(super::LakeError::Missing(remote.url.clone().into()).into()),
                Err(error @ (PlaceError::Unreachable { .. } | PlaceError::NoCredentials { .. })) => {
                    Some(error)
                }
                Err(error) => return Err(error),
            }
        }
        Err(error @ PlaceError::Busy { .. }) => Some(error),
        Err(error) => return Err(error),
    };
    let mirror = Mirror::open(&remote.mirror)?;
    let root = mirror.root();
    let Some(error) = stale else { return Ok(Snapshot { root, stale: None }) };
    let Some(as_of) = mirror.as_of().filter(|_| root.join(MANIFEST).exists()) else { return Err(error) };
    let why = error.to_string();
    Ok(Snapshot { root, stale: Some(Stale { as_of, unpublished: !mirror.is_as_pulled(MANIFEST), why }) })
}

/// Takes the mirror and the lease, completes what an earlier writer began, and brings the mirror up to date.
pub(super) fn write(remote: &Remote, wait: Duration, say: &dyn Fn(&str)) -> Result<Session, PlaceError> {
    let lock = lock(remote, Work::Write, wait)?;
    let runtime = runtime(remote)?;
    let mirror = Mirror::open(&remote.mirror)?;
    let (bucket, lease) = runtime.block_on(async {
        let bucket = Bucket::open(remote).await?;
        let lease = Lease::take(&bucket, mirror.token(), wait).await?;
        Ok::<_, PlaceError>((bucket, lease))
    })?;
    let mut session = Session { bucket, mirror, lease, pulled: Pulled::default(), runtime, _lock: lock };
    session.begin(say)?;
    Ok(session)
}

/// What of the lake in the bucket is not as its manifest says.
pub(super) fn inspect(remote: &Remote) -> Result<Vec<Finding>, PlaceError> {
    let mirror = Mirror::open(&remote.mirror)?;
    runtime(remote)?.block_on(async { inspect::objects(&Bucket::open(remote).await?, &mirror).await })
}

/// An object that is no part of a lake.
pub(super) fn fetch(remote: &Remote, name: &str, most: u64) -> Result<Object, PlaceError> {
    runtime(remote)?.block_on(async { Bucket::open(remote).await?.impatient().whole(name, most).await })
}

/// A mirror under the lease of its lake.
#[derive(Debug)]
pub(super) struct Session {
    bucket: Bucket,
    mirror: Mirror,
    lease: Lease,
    pulled: Pulled,
    runtime: Runtime,
    _lock: Lock,
}

impl Session {
    pub(super) fn root(&self) -> PathBuf {
        self.mirror.root()
    }

    fn begin(&mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        self.pulled = self.runtime.block_on(async {
            let lost = publish::complete(&self.bucket, &self.lease, say).await?;
            let mut pulled = pull::for_writer(&self.bucket, &mut self.mirror, say).await?;
            pulled.lost.extend(lost);
            Ok::<_, PlaceError>(pulled)
        })?;
        Ok(())
    }

    pub(super) fn commit(mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        let (bucket, lease, pulled) = (&self.bucket, &self.lease, &self.pulled);
        self.runtime.block_on(publish::publish(bucket, lease, &mut self.mirror, pulled, say))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.runtime.block_on(self.lease.release(&self.bucket));
    }
}

fn lock(remote: &Remote, work: Work, wait: Duration) -> Result<Lock, PlaceError> {
    let path = remote.mirror.join("lock");
    match Lock::take(&path, work, wait) {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(holder)) => Err(PlaceError::Busy { place: remote.url.clone(), holder }),
        Err(source) => Err(PlaceError::Io { path, source }),
    }
}

/// One thread beside the caller's, so that the lease is renewed while the caller computes.
fn runtime(remote: &Remote) -> Result<Runtime, PlaceError> {
    let built = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    built.map_err(|source| PlaceError::Io { path: remote.mirror.clone(), source })
}
