//! Where a lake lies: a local folder, or a prefix of an S3 bucket that is worked on through a local mirror.
//!
//! ```text
//! place.read()?.root                         a folder to read from; for S3 the mirror, which knows what there is
//! let writing = place.write(wait, say)?;     nobody else writes from here on
//! …  work on writing.root()  …
//! writing.commit(say)?;                      the bucket gets it; dropped instead, it does not
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use super::address::{AwsOptions, Listed, Object, Remote};
pub use super::error::PlaceError;
use super::finding::Finding;
use super::journal::Journal;
use super::link::{Kind, Link};
use super::lock::{Lock, Work};
pub use super::snapshot::{Snapshot, Stale};
use super::{Lake, carry_out, remote};
use crate::checksum::sha256;
use crate::disk;
use crate::environment;

/// Where programs elsewhere put what they make for a lake, each run in a folder of its own.
pub const STAGING: &str = "_saldo/staging";
/// The local lake's file whose lock a writer holds.
const LOCK: &str = "_saldo/lock";

/// Where a lake lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Local(PathBuf),
    /// A prefix of an S3 bucket.
    Remote(Remote),
}

impl Place {
    /// A place from what a person writes: `s3://bucket/prefix`, or the path of a folder. Mirrors lie below `cache`.
    ///
    /// # Errors
    /// When it begins with `s3://` and names no bucket.
    pub fn parse(text: &Path, options: &AwsOptions, cache: &Path) -> Result<Self, PlaceError> {
        let Some(rest) = text.to_str().and_then(|text| text.strip_prefix("s3://")) else {
            return Ok(Self::Local(text.into()));
        };
        let rest = rest.trim_end_matches('/');
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let known = |mark: char| mark.is_ascii_alphanumeric() || matches!(mark, '.' | '-' | '_');
        let parts = || prefix.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if bucket.is_empty() || !bucket.chars().all(known) || !(prefix.is_empty() || parts()) {
            return Err(PlaceError::Address(text.display().to_string()));
        }
        let url = format!("s3://{rest}");
        let mut options = options.clone();
        let endpoint =
            || environment::text("AWS_ENDPOINT_URL_S3").or_else(|| environment::text("AWS_ENDPOINT_URL"));
        options.endpoint = options.endpoint.or_else(endpoint);
        // Two services may have a bucket of the same name.
        let named = format!("{url}\n{}", options.endpoint.as_deref().unwrap_or_default());
        let mirror = cache.join("lakes").join(&sha256(named)[..16]);
        Ok(Self::Remote(Remote { url, bucket: bucket.into(), prefix: prefix.into(), options, mirror }))
    }

    /// Its folder or its URL, as messages name it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Local(root) => root.display().to_string(),
            Self::Remote(remote) => remote.url.clone(),
        }
    }

    /// What tells it from every other place, however it was written: the folder without links and from the root on, or the
    /// URL, with the service on which it lies where that is not the cloud's own.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Local(root) => {
                let absolute = || std::path::absolute(root).unwrap_or_else(|_| root.clone());
                std::fs::canonicalize(root).unwrap_or_else(|_| absolute()).display().to_string()
            }
            Self::Remote(remote) => {
                let service = remote.options.endpoint.as_deref().map(|endpoint| format!(" at {endpoint}"));
                format!("{}{}", remote.url, service.unwrap_or_default())
            }
        }
    }

    /// A folder to read from. A mirror's manifest is brought up to date first, and no table ([`Lake::bring`]); where the
    /// bucket cannot be reached and there is a mirror, it is given as it is, and says so.
    ///
    /// # Errors
    /// When there is no lake in the bucket, it cannot be reached and there is no mirror, or it refuses.
    pub fn read(&self) -> Result<Snapshot, PlaceError> {
        match self {
            Self::Local(root) => {
                if root.to_str().is_none() {
                    // Whoever misses it names it as it was given.
                    Lake::open(root)?;
                }
                Ok(Snapshot { root: disk::nameable(root), stale: None })
            }
            Self::Remote(remote) => remote::read(remote),
        }
    }

    /// What of the lake in a bucket is not as its manifest says; a folder is looked at by whoever reads its files.
    ///
    /// # Errors
    /// When there is no lake in the bucket, it cannot be reached, or it refuses.
    pub fn inspect(&self) -> Result<Vec<Finding>, PlaceError> {
        match self {
            Self::Local(_) => Ok(Vec::new()),
            Self::Remote(remote) => remote::inspect(remote),
        }
    }

    /// A folder to write into, with the certainty that nobody else writes the lake until the guard is dropped. There
    /// need not be a lake yet. Whoever else writes is waited for, for so long.
    ///
    /// # Errors
    /// [`PlaceError::Busy`] when somebody else writes; and as for [`Place::read`], but a mirror alone does not do.
    pub fn write(&self, wait: Duration, say: &dyn Fn(&str)) -> Result<Writing, PlaceError> {
        let mut writing = self.begin(wait, say)?;
        writing.fill(say)?;
        Ok(writing)
    }

    /// The same before any file was copied: of a lake on S3 there are its manifest, and the names of its raw files.
    ///
    /// # Errors
    /// As [`Place::write`].
    pub fn begin(&self, wait: Duration, say: &dyn Fn(&str)) -> Result<Writing, PlaceError> {
        self.begin_unless(wait, &|| false, say)
    }

    /// The same, and whoever waits may stop.
    ///
    /// # Errors
    /// As [`Place::write`], and [`PlaceError::Cancelled`].
    pub fn begin_unless(
        &self,
        wait: Duration,
        stops: &dyn Fn() -> bool,
        say: &dyn Fn(&str),
    ) -> Result<Writing, PlaceError> {
        match self {
            Self::Local(root) => {
                let lock = patiently(wait, say, |wait| lock(root, Work::Write, wait, stops))?;
                if let Some(origin) = Link::read(root, Kind::Origin)? {
                    return Err(PlaceError::Snapshot { place: self.name(), of: origin.url });
                }
                Ok(Writing { root: disk::nameable(root), hold: Hold::Local(lock) })
            }
            Self::Remote(remote) => {
                let session = patiently(wait, say, |wait| remote::write(remote, wait, stops, say))?;
                Ok(Writing { root: session.root(), hold: Hold::Remote(Box::new(session)) })
            }
        }
    }
}

/// Takes the lock of a local lake.
///
/// # Errors
/// [`PlaceError::Busy`] when somebody else holds it for longer than `wait`, [`PlaceError::Cancelled`] when whoever waits stops; or
/// the disk fails.
pub(super) fn lock(
    root: &Path,
    work: Work,
    wait: Duration,
    stops: &dyn Fn() -> bool,
) -> Result<Lock, PlaceError> {
    let path = root.join(LOCK);
    match Lock::take_unless(&path, work, wait, stops) {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(_)) if stops() => Err(PlaceError::Cancelled),
        Ok(Err(holder)) => Err(PlaceError::Busy { place: root.display().to_string(), holder }),
        Err(source) => Err(PlaceError::Io { path, source }),
    }
}

/// Takes what somebody else may hold; whoever has to wait for it is told for whom.
pub(super) fn patiently<T>(
    wait: Duration,
    say: &dyn Fn(&str),
    take: impl Fn(Duration) -> Result<T, PlaceError>,
) -> Result<T, PlaceError> {
    match take(Duration::ZERO) {
        Err(busy @ PlaceError::Busy { .. }) if !wait.is_zero() => {
            say(&format!("waiting: {busy}"));
            take(wait)
        }
        done => done,
    }
}

/// The object `s3://bucket/key`, unless it has more than `most` bytes. Not to be called from a task of tokio.
///
/// # Errors
/// When it is no such address, cannot be reached, or is refused.
pub fn fetch(url: &str, options: &AwsOptions, most: u64) -> Result<Object, PlaceError> {
    let address = || PlaceError::Address(url.into());
    let (folder, name) = url.rsplit_once('/').filter(|(_, name)| !name.is_empty()).ok_or_else(address)?;
    match Place::parse(Path::new(folder), options, Path::new(""))? {
        Place::Local(_) => Err(address()),
        Place::Remote(remote) => remote::fetch(&remote, name, most),
    }
}

/// The right to write a lake; given back when it is dropped.
#[derive(Debug)]
pub struct Writing {
    root: PathBuf,
    hold: Hold,
}

#[derive(Debug)]
enum Hold {
    Local(#[expect(dead_code, reason = "it is held, not read")] Lock),
    Remote(Box<remote::Session>),
}

impl Writing {
    /// The folder to work on.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The raw files in the bucket, before they are copied. `None` where they do not tell what there is to do: of a folder,
    /// which has them, and where an earlier run published some of its own not yet, or the bucket lost files of a table.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn raw(&self) -> Result<Option<&[Listed]>, PlaceError> {
        match &self.hold {
            Hold::Local(_) => Ok(None),
            Hold::Remote(session) => session.raw(),
        }
    }

    /// Copies all files of a lake on S3 that are not here yet.
    ///
    /// # Errors
    /// When the bucket cannot be read.
    pub fn fill(&mut self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        match &mut self.hold {
            Hold::Local(_) => Ok(()),
            Hold::Remote(session) => session.fill(say),
        }
    }

    /// Copies what of a lake on S3 tells a run what is due. Whether other files are to be brought when they are needed
    /// ([`Lake::bring`]); where they cannot, all are copied.
    ///
    /// # Errors
    /// When the bucket cannot be read.
    pub fn prepare(&mut self, say: &dyn Fn(&str)) -> Result<bool, PlaceError> {
        match &mut self.hold {
            Hold::Local(_) => Ok(false),
            Hold::Remote(session) => session.prepare(say),
        }
    }

    /// Publishes what a program elsewhere has put into `_saldo/staging/<run>`, as the journal says. The run's folder stays as it
    /// is on the disk.
    ///
    /// # Errors
    /// When a file is not there, the lease was lost, or the disk or the bucket cannot be written. What had been begun is then
    /// completed by the next writer.
    pub fn adopt(&self, run: &str, journal: &Journal) -> Result<(), PlaceError> {
        let session = match &self.hold {
            Hold::Local(_) => {
                carry_out::adopt(&self.root, &self.root.join(STAGING).join(run), journal)?;
                return Ok(());
            }
            Hold::Remote(session) => session,
        };
        session.adopt(run, journal)
    }

    /// Publishes what the folder holds, if it was filled: for a local lake it is there already. Nothing is written where nothing changed.
    ///
    /// # Errors
    /// When the lease was lost, a raw file was changed, or the bucket cannot be written. What had been begun is then
    /// completed by the next writer.
    pub fn commit(self, say: &dyn Fn(&str)) -> Result<(), PlaceError> {
        match self.hold {
            Hold::Local(_) => Ok(()),
            Hold::Remote(session) => session.commit(say),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Place, PlaceError> {
        Place::parse(Path::new(text), &AwsOptions::default(), Path::new("/cache"))
    }

    #[test]
    fn an_address_has_a_bucket_and_a_prefix() {
        let Ok(Place::Remote(remote)) = parse("s3://fin-lake/prod/a//") else { panic!() };
        assert_eq!(
            (&*remote.bucket, &*remote.prefix, &*remote.url),
            ("fin-lake", "prod/a", "s3://fin-lake/prod/a")
        );
        assert_eq!(remote.mirror.parent(), Some(Path::new("/cache/lakes")));
        let Ok(Place::Remote(other)) = parse("s3://fin-lake") else { panic!() };
        assert_eq!((&*other.bucket, &*other.prefix), ("fin-lake", ""));
        assert_ne!(remote.mirror, other.mirror);
        for wrong in ["s3://", "s3:///x", "s3://b/../x", "s3://b//x", "s3://b@d/x"] {
            assert!(matches!(parse(wrong), Err(PlaceError::Address(_))), "{wrong}");
        }
        assert_eq!(parse("data/s3").unwrap(), Place::Local("data/s3".into()));
    }

    #[test]
    fn a_local_lake_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let place = parse(&folder.path().to_string_lossy()).unwrap();
        let writing = place.write(Duration::ZERO, &|_| ()).unwrap();
        let error = place.write(Duration::ZERO, &|_| ()).unwrap_err();
        assert!(
            error.to_string().contains(&format!("is being written by process {}", std::process::id())),
            "{error}"
        );
        writing.commit(&|_| ()).unwrap();
        assert_eq!(place.write(Duration::ZERO, &|_| ()).unwrap().root(), folder.path());
    }
}
