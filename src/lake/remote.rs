//! A lake on S3, worked on through a local mirror.
//!
//! ```text
//! bucket                        mirror: <cache>/lakes/<hash>/
//!   <tables>, raw/   ─ pull ─►    lake/         those that were asked for, as a local lake
//!   _saldo/manifest.json          index.json    checksums of the files as they were found
//!   _saldo/lease.json             as-of         when the mirror was last the same as the bucket
//!   _saldo/publish.json           lock          held while the mirror is changed
//!   _saldo/staging/  ◄ publish ─  incoming/     what is not yet complete, of a writer
//!                                 coming/       and of whoever reads; its lock beside it
//! ```

mod bring;
mod bucket;
mod checksums;
mod connect;
mod copy;
mod fetch;
mod inspect;
mod journal;
mod layout;
mod lease;
mod mirror;
mod prefix;
mod publish;
mod pull;
mod push;
mod reader;
pub(crate) mod stored;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::ctrl_c;
use tokio::time::{interval, timeout};

use super::FORGOTTEN;
use super::address::{Listed, Object, Remote};
use super::error::PlaceError;
use super::finding::Finding;
use super::link::{Kind, Link};
use super::lock::{Lock, Work};
use super::manifest::{File, Manifest, manifest_path};
use super::selection::{Plan, Selection};
use super::snapshot::{Snapshot, Stale};
use super::watch::{Bringing, Pull, Watch};
use crate::checksum::sha256;
use bucket::Bucket;
use copy::Gauge;
use fetch::Meter;
use layout::MANIFEST;
use lease::Lease;
use mirror::Mirror;
pub use prefix::Prefix;
use pull::{Announced, Pulled, newest};
pub use reader::Reader;
#[cfg(test)]
pub(super) use reader::samples::in_memory;

/// How often a pull tells how far it is.
const TICK: Duration = Duration::from_millis(100);
/// How long a person waits to hear whether there is something newer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Brings the mirror's manifest up to date; where that cannot be, says why it is given as it is.
pub(super) fn read(remote: &Remote) -> Result<Snapshot, PlaceError> {
    let stale = match lock(remote, Work::Copy, Duration::ZERO) {
        Ok(_lock) => {
            let runtime = runtime(remote)?;
            let mut mirror = open(remote)?;
            let outcome = runtime.block_on(async {
                let bucket = Bucket::open(remote).await?;
                pull::settle(&bucket, &mut mirror).await
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

/// Takes the mirror and the lease, completes what an earlier writer began, and brings the mirror's manifest up to date.
pub(super) fn write(
    remote: &Remote,
    wait: Duration,
    stops: &dyn Fn() -> bool,
    say: &dyn Fn(&str),
) -> Result<Session, PlaceError> {
    let lock = lock_unless(remote, Work::Write, wait, stops)?;
    let mut session = Session::open(remote, open(remote)?, lock, wait, stops)?;
    session.begin(say)?;
    Ok(session)
}

/// Brings files of tables of the lake that was opened in the mirror.
pub(super) fn bring(
    remote: &Remote,
    files: &[&File],
    is_current: &dyn Fn() -> bool,
    watch: &Bringing,
    say: fn(&str),
) -> Result<(), PlaceError> {
    files.iter().try_for_each(|file| layout::check_path(&remote.url, &file.path))?;
    let republished = || PlaceError::Republished { place: remote.url.clone() };
    let _turn = turn(remote, watch, say)?;
    let mirror = {
        let _lock = change(remote)?;
        if !is_current() {
            return Err(republished());
        }
        open(remote)?
    };
    let files = bring::lacking(&mirror, files);
    if files.is_empty() {
        return Ok(());
    }
    let (meter, of) = (Meter::default(), files.iter().fold(0, |sum: u64, one| sum.saturating_add(one.size)));
    let came = runtime(remote)?.block_on(async {
        let work = async { bring::come(&Bucket::open(remote).await?, &mirror, &files, &meter).await };
        tokio::pin!(work);
        let mut ticker = interval(TICK);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = ticker.tick() => {
                    (watch.progress)(meter.bytes(), of);
                    if (watch.stops)() {
                        return Err(PlaceError::Cancelled);
                    }
                }
            }
        }
    });
    if let Err(PlaceError::Changed { .. }) = came {
        // Somebody may have published another lake, which the mirror is then of.
        read(remote)?;
    }
    let _lock = change(remote)?;
    if !is_current() {
        return Err(republished());
    }
    bring::install(&mut Mirror::open(&remote.mirror)?, came?)
}

/// The right to bring files, for which whoever brings some just now is waited.
fn turn(remote: &Remote, watch: &Bringing, say: fn(&str)) -> Result<Lock, PlaceError> {
    let place = remote.mirror.join("coming.lock");
    let take = |wait, stops: &dyn Fn() -> bool| {
        Lock::take_unless(&place, Work::Copy, wait, stops).map_err(mirror::at(&place))
    };
    // Whoever has just taken it has not written yet who they are: it is looked at twice.
    let looked = Cell::new(false);
    match take(Duration::ZERO, &|| looked.replace(true))? {
        Ok(turn) => return Ok(turn),
        // Another thread, for the same run.
        Err(Some(holder)) if holder.is_this_process() => {}
        Err(holder) => {
            let holder = holder.map_or_else(|| "another process".to_owned(), |holder| holder.to_string());
            say(&format!("waiting: files of {} are copied by {holder}", remote.url));
        }
    }
    take(Duration::MAX, watch.stops)?.map_err(|_| PlaceError::Cancelled)
}

/// Raw files of a mirror that are as they came from the bucket, or were put there: their checksums by path.
pub(super) fn pulled_raw(remote: &Remote) -> Result<BTreeMap<String, String>, PlaceError> {
    let mirror = Mirror::open(&remote.mirror)?;
    let came = mirror.files("raw")?.into_iter().filter(|path| mirror.is_as_pulled(path));
    let with =
        |path: String| mirror.was(&path).map(|entry| entry.sha256.clone()).map(|sha256| (path, sha256));
    Ok(came.filter_map(with).collect())
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

/// Objects of a bucket that are read by ranges, and those that there are.
pub(super) fn reader(
    remote: &Remote,
    path: &str,
    wants: fn(&str) -> bool,
    most: usize,
) -> Result<(Reader, Vec<Listed>), PlaceError> {
    let runtime = runtime(remote)?;
    let (bucket, list) = runtime.block_on(async {
        let bucket = Bucket::open(remote).await?;
        let list = reader::look(&bucket, path, wants, most).await?;
        Ok::<_, PlaceError>((bucket, list))
    })?;
    Ok((Reader::new(bucket, runtime), list))
}

/// A prefix for objects that are no lake.
pub(super) fn prefix(remote: &Remote) -> Result<Prefix, PlaceError> {
    let runtime = runtime(remote)?;
    let bucket = runtime.block_on(Bucket::open(remote))?;
    Ok(Prefix::new(bucket, runtime))
}

/// Makes a local lake the selected part of the bucket's, until Ctrl-C.
pub(super) fn pull(
    remote: &Remote,
    root: &Path,
    selection: &Selection,
    watch: &Watch,
) -> Result<Option<Pull>, PlaceError> {
    let gauge = Gauge::default();
    runtime(remote)?.block_on(async {
        let work = async {
            let bucket = Bucket::open(remote).await?;
            copy::pull(&bucket, root, selection, watch.planned, &gauge).await
        };
        tokio::pin!(work);
        let stop = ctrl_c();
        tokio::pin!(stop);
        let mut ticker = interval(TICK);
        loop {
            tokio::select! {
                _ = &mut stop => return Err(PlaceError::Cancelled),
                done = &mut work => return done,
                _ = ticker.tick() => (watch.progress)(gauge.meter.bytes(), gauge.of()),
            }
        }
    })
}

/// What lies in the bucket.
pub(super) fn manifest(remote: &Remote) -> Result<Manifest, PlaceError> {
    runtime(remote)?.block_on(async {
        let bucket = Bucket::open(remote).await?;
        let checked = async |announced: &Announced| pull::checked(&bucket, &announced.text);
        let found = newest(&bucket, pull::there(&bucket).await?, checked).await?;
        found.ok_or_else(|| super::LakeError::Missing(remote.url.clone().into()).into())
    })
}

/// What the bucket has that a snapshot of it has not.
pub(super) fn newer(remote: &Remote, link: &Link, local: &Manifest) -> Result<Option<Plan>, PlaceError> {
    runtime(remote)?.block_on(async {
        let asked = async { copy::newer(&Bucket::open(remote).await?, link, local).await };
        timeout(PATIENCE, asked).await.unwrap_or_else(|_| {
            let why = format!("no answer within {} s", PATIENCE.as_secs());
            Err(PlaceError::Unreachable { place: remote.url.clone(), why })
        })
    })
}

/// Makes the bucket the same as a local lake, under whose lock this is; checksum and ETag of its manifest. Only a lake
/// whose manifest has the checksum `known` is replaced, or any.
pub(super) fn push(
    remote: &Remote,
    root: &Path,
    lock: Lock,
    known: Option<&str>,
    wait: Duration,
    say: &dyn Fn(&str),
) -> Result<(String, Option<String>), PlaceError> {
    let path = manifest_path(root);
    let ours = sha256(fs::read(&path).map_err(mirror::at(&path))?);
    let named = fs::canonicalize(root).map_err(mirror::at(root))?;
    let folder = remote.mirror.join("pushed").join(&sha256(named.to_string_lossy().as_bytes())[..16]);
    let mirror = Mirror::over(&folder, root)?;
    let mut session = Session::open(remote, mirror, lock, wait, &|| false)?;
    session.pulled = session.runtime.block_on(async {
        let lost = publish::complete(&session.bucket, &session.lease, say).await?;
        let mut pulled = push::heads(&session.bucket, &mut session.mirror).await?;
        pulled.lost.extend(lost);
        Ok::<_, PlaceError>(pulled)
    })?;
    let is_ours = |known: &str| [known, &ours].contains(&&*session.pulled.sha256);
    let Pulled { manifest, raw, .. } = &session.pulled;
    let is_anything = manifest.as_ref().is_some_and(|manifest| !manifest.is_bare() || !raw.is_empty());
    if is_anything && !known.is_none_or(is_ours) {
        return Err(PlaceError::Theirs { place: remote.url.clone() });
    }
    session.publish(say)?;
    let etag = session.mirror.was(MANIFEST).and_then(|entry| entry.etag.clone());
    Ok((ours, etag.or(session.pulled.etag.take())))
}

/// Which files the mirror has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// Those that somebody asked for before; nothing is published.
    No,
    /// What tells a run what is due, and what it asks for.
    AsNeeded,
    All,
}

/// A mirror under the lease of its lake.
#[derive(Debug)]
pub(super) struct Session {
    bucket: Bucket,
    mirror: Mirror,
    lease: Lease,
    pulled: Pulled,
    filled: Filled,
    runtime: Runtime,
    _lock: Lock,
}

impl Session {
    fn open(
        remote: &Remote,
        mirror: Mirror,
        lock: Lock,
        wait: Duration,
        stops: &dyn Fn() -> bool,
    ) -> Result<Self, PlaceError> {
        let runtime = runtime(remote)?;
        let (bucket, lease) = runtime.block_on(async {
            let bucket = Bucket::open(remote).await?;
            let lease = Lease::take_unless(&bucket, mirror.token(), wait, stops).await?;
            Ok::<_, PlaceError>((bucket, lease))
        })?;
        let pulled = Pulled::default();
        Ok(Self { bucket, mirror, lease, pulled, filled: Filled::No, runtime, _lock: lock })
    }

    pub(super) fn root(&self) -> PathBuf {
        self.mirror.root()
    }

    fn begin(&mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        self.give_up_what_was_begun()?;
        // What was forgotten here and not published comes back with the bucket's files.
        self.mirror.remove(FORGOTTEN)?;
        self.pulled = self.runtime.block_on(async {
            let lost = publish::complete(&self.bucket, &self.lease, say).await?;
            let mut pulled = pull::for_writer(&self.bucket, &mut self.mirror).await?;
            pulled.lost.extend(lost);
            Ok::<_, PlaceError>(pulled)
        })?;
        Ok(())
    }

    /// A run here that was killed while its files came into place was not published: its tables are made again of the raw files,
    /// which are here. But a demo's are made with its tables, and its run is completed.
    fn give_up_what_was_begun(&mut self) -> Result<(), PlaceError> {
        let root = self.root();
        let Some(journal) = super::journal::Journal::read(&root)? else { return Ok(()) };
        if journal.moves.iter().any(|path| path.starts_with("raw/")) {
            return Ok(());
        }
        // Without a manifest each file is looked at before it passes for one of the bucket's.
        self.mirror.remove(MANIFEST)?;
        let place = super::journal::path(&root);
        fs::remove_file(&place).map_err(mirror::at(&place))
    }

    pub(super) fn raw(&self) -> Result<Option<&[Listed]>, PlaceError> {
        let is_published = |path: &String| self.mirror.is_as_pulled(path);
        let is_same = self.pulled.lost.is_empty() && self.mirror.files("raw")?.iter().all(is_published);
        Ok(is_same.then_some(&*self.pulled.raw))
    }

    pub(super) fn fill(&mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        if self.filled != Filled::All {
            let (bucket, mirror, pulled) = (&self.bucket, &mut self.mirror, &mut self.pulled);
            self.runtime.block_on(pull::fill(bucket, mirror, pulled, say))?;
            self.filled = Filled::All;
        }
        Ok(())
    }

    pub(super) fn prepare(&mut self, say: &dyn Fn(&str)) -> Result<bool, PlaceError> {
        // A demo that an earlier run here did not finish may be another lake than the bucket's.
        let is_begun = super::journal::Journal::read(&self.root())?.is_some();
        let (bucket, mirror, pulled) = (&self.bucket, &mut self.mirror, &mut self.pulled);
        if !is_begun && self.runtime.block_on(pull::prepare(bucket, mirror, pulled, say))? {
            self.filled = Filled::AsNeeded;
            return Ok(true);
        }
        self.fill(say)?;
        Ok(false)
    }

    pub(super) fn commit(mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        match self.filled {
            Filled::No => return Ok(()),
            // What came since is noted in the mirror's folder.
            Filled::AsNeeded => self.mirror.read_index(),
            Filled::All => {}
        }
        self.publish(say)
    }

    /// Publishes what a run has put into its folder of staging by itself.
    pub(super) fn adopt(&self, run: &str, journal: &super::journal::Journal) -> Result<(), PlaceError> {
        let (bucket, lease, pulled) = (&self.bucket, &self.lease, &self.pulled);
        self.runtime.block_on(publish::adopt(bucket, lease, pulled, run, journal))
    }

    fn publish(&mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        let (bucket, lease, pulled) = (&self.bucket, &self.lease, &self.pulled);
        self.runtime.block_on(publish::publish(bucket, lease, &mut self.mirror, pulled, say))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.runtime.block_on(self.lease.release(&self.bucket));
    }
}

/// The mirror, which knows whose it is.
fn open(remote: &Remote) -> Result<Mirror, PlaceError> {
    let mut mirror = Mirror::open(&remote.mirror)?;
    // By its token a machine knows its own lease, even one of a first run that was killed.
    mirror.keep_index()?;
    let root = mirror.root();
    let is_known = |link: Link| link.url == remote.url && link.options == remote.options;
    if !Link::read(&root, Kind::Mirror).ok().flatten().is_some_and(is_known) {
        let link = Link {
            url: remote.url.clone(),
            options: remote.options.clone(),
            manifest: String::new(),
            etag: None,
            as_of: Utc::now(),
            selection: Selection::default(),
        };
        link.write(&root, Kind::Mirror)?;
    }
    Ok(mirror)
}

/// The right to change the mirror, which a process that writes has already.
fn change(remote: &Remote) -> Result<Option<Lock>, PlaceError> {
    match lock(remote, Work::Copy, Duration::ZERO) {
        Err(PlaceError::Busy { holder: Some(holder), .. }) if holder.is_own_writer() => Ok(None),
        taken => taken.map(Some),
    }
}

fn lock(remote: &Remote, work: Work, wait: Duration) -> Result<Lock, PlaceError> {
    lock_unless(remote, work, wait, &|| false)
}

fn lock_unless(
    remote: &Remote,
    work: Work,
    wait: Duration,
    stops: &dyn Fn() -> bool,
) -> Result<Lock, PlaceError> {
    let path = remote.mirror.join("lock");
    match Lock::take_unless(&path, work, wait, stops) {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(_)) if stops() => Err(PlaceError::Cancelled),
        Ok(Err(holder)) => Err(PlaceError::Busy { place: remote.url.clone(), holder }),
        Err(source) => Err(PlaceError::Io { path, source }),
    }
}

/// One thread beside the caller's, so that the lease is renewed while the caller computes.
fn runtime(remote: &Remote) -> Result<Runtime, PlaceError> {
    let built = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    built.map_err(|source| PlaceError::Io { path: remote.mirror.clone(), source })
}
