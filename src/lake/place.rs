//! Where a lake lies: a local folder, or a prefix of an S3 bucket that is worked on through a local mirror.
//!
//! ```text
//! place.read(say)?.root                      a folder to read from; for S3 the mirror, brought up to date
//! let writing = place.write(wait, say)?;     nobody else writes from here on
//! …  work on writing.root()  …
//! writing.commit(say)?;                      the bucket gets it; dropped instead, it does not
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, io};

use chrono::{DateTime, Utc};

use super::LakeError;
use super::lock::{Holder, Lock, Work};
use super::remote;
use crate::checksum::sha256;

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

/// A lake on S3 and its mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// `s3://bucket/prefix`, as messages name it.
    pub url: String,
    /// The bucket.
    pub bucket: String,
    /// Keys begin so; may be empty; without slashes at its ends.
    pub prefix: String,
    /// How to reach it.
    pub access: Access,
    /// Local folder that holds the mirror, its lock and its index.
    pub mirror: PathBuf,
}

/// How to reach a bucket, where the usual way is not the right one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Base URL of a service other than AWS; else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile's.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path rather than in the host name; by default where there is an endpoint.
    pub path_style: Option<bool>,
    /// Profile of the AWS configuration files; else `AWS_PROFILE`, `default`.
    pub profile: Option<String>,
}

/// A folder to read a lake from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The folder.
    pub root: PathBuf,
    /// Set when the folder is a mirror that could not be brought up to date.
    pub stale: Option<Stale>,
}

/// Why a mirror is read as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// When it was last the same as the bucket.
    pub as_of: DateTime<Utc>,
    /// Whether the mirror holds what an earlier run made and did not publish.
    pub unpublished: bool,
    /// The reason, as part of a sentence.
    pub why: String,
}

impl Stale {
    /// The age in a word or two, for a status line.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> String {
        let minutes = (now - self.as_of).num_minutes().max(0);
        match minutes {
            0..60 => format!("{minutes} min old"),
            60..2880 => format!("{} h old", minutes / 60),
            _ => format!("{} days old", minutes / 1440),
        }
    }

    /// The whole story in a sentence.
    #[must_use]
    pub fn notice(&self, url: &str, now: DateTime<Utc>) -> String {
        let changed = if self.unpublished { ", with changes that were not published" } else { "" };
        let (as_of, age) = (self.as_of.format("%F %H:%M UTC"), self.age(now));
        format!("showing the local copy of {url} of {as_of} ({age}){changed}: {}", self.why)
    }
}

/// An object that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// There is none.
    Absent,
    /// It has so many bytes, more than were wanted.
    Large(u64),
    /// All of it.
    Bytes(Vec<u8>),
}

/// Why a place cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The text is no address.
    #[error("{0} is not the address of a lake on S3")]
    Address(String),
    /// The program was built without S3.
    #[error("{0} cannot be reached: this saldo was built without S3")]
    NoRemote(String),
    /// Somebody else writes.
    #[error("{place} is being written by {}", .holder.as_ref().map_or_else(|| "another process".into(), ToString::to_string))]
    Busy { place: String, holder: Option<Holder> },
    /// The network or the service does not answer, or there are no credentials to ask with.
    #[error("cannot reach {place}: {why}")]
    Unreachable { place: String, why: String },
    /// The service answers, and refuses.
    #[error("{place} is refused: {why}")]
    Refused { place: String, why: String },
    /// A file is not what the manifest says.
    #[error("{path} of {place} is not the file that the manifest names")]
    Changed { place: String, path: String },
    /// A raw file differs from the one that was received before.
    #[error("{path} differs from the raw file of that name in {place}, and raw files do not change")]
    Immutable { place: String, path: String },
    /// Somebody else took the lease while this process could not renew it.
    #[error("the lease on {place} was lost{}", .to.as_ref().map_or_else(String::new, |to| format!(" to {to}")))]
    Lost { place: String, to: Option<Holder> },
    /// The manifest in the bucket is not the one that the work began with.
    #[error("{place} was changed by another program meanwhile, so nothing more was published")]
    Overtaken { place: String },
    /// A name in a manifest or a journal that leads out of the lake.
    #[error("{place} names a file outside its tables: {path}")]
    Name { place: String, path: String },
    /// No lake, or one that this program cannot read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Disk trouble.
    #[error("cannot use {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl PlaceError {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Address(_) => "write it as s3://bucket/prefix",
            Self::NoRemote(_) => "build it with --features remote, or name a local folder",
            Self::Busy { .. } => "try again later, or wait with --wait SECONDS",
            Self::Unreachable { .. } => {
                "check the network, the endpoint and the AWS credentials (`aws sts get-caller-identity`)"
            }
            Self::Refused { .. } => {
                "check the bucket's name, the region and the rights of the AWS credentials"
            }
            Self::Changed { .. } => {
                "somebody may be publishing just now: try again; the next writer completes what was cut off"
            }
            Self::Immutable { .. } => "give the new file another name",
            Self::Lost { .. } | Self::Overtaken { .. } => "run it again",
            Self::Name { .. } => "the manifest was not written by saldo: look at it",
            Self::Lake(_) | Self::Io { .. } => return None,
        })
    }
}

impl Place {
    /// A place from what a person writes: `s3://bucket/prefix`, or the path of a folder. Mirrors lie below `cache`.
    ///
    /// # Errors
    /// When it begins with `s3://` and names no bucket.
    pub fn parse(text: &Path, access: &Access, cache: &Path) -> Result<Self, PlaceError> {
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
        let mut access = access.clone();
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let endpoint = || variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
        access.endpoint = access.endpoint.or_else(endpoint);
        // Two services may have a bucket of the same name.
        let named = format!("{url}\n{}", access.endpoint.as_deref().unwrap_or_default());
        let mirror = cache.join("lakes").join(&sha256(named)[..16]);
        Ok(Self::Remote(Remote { url, bucket: bucket.into(), prefix: prefix.into(), access, mirror }))
    }

    /// Its folder or its URL, as messages name it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Local(root) => root.display().to_string(),
            Self::Remote(remote) => remote.url.clone(),
        }
    }

    /// A folder to read from. A mirror is brought up to date first; where the bucket cannot be reached and there is a
    /// mirror, it is given as it is, and says so. `say` hears what takes long.
    ///
    /// # Errors
    /// When there is no lake in the bucket, it cannot be reached and there is no mirror, or it refuses.
    pub fn read(&self, say: &dyn Fn(&str)) -> Result<Snapshot, PlaceError> {
        match self {
            Self::Local(root) => Ok(Snapshot { root: root.clone(), stale: None }),
            Self::Remote(remote) => remote::read(remote, say),
        }
    }

    /// A folder to write into, with the certainty that nobody else writes the lake until the guard is dropped. There
    /// need not be a lake yet. Whoever else writes is waited for, for so long.
    ///
    /// # Errors
    /// [`PlaceError::Busy`] when somebody else writes; and as for [`Place::read`], but a mirror alone does not do.
    pub fn write(&self, wait: Duration, say: &dyn Fn(&str)) -> Result<Writing, PlaceError> {
        match self {
            Self::Local(root) => {
                let path = root.join(LOCK);
                match Lock::take(&path, Work::Write, wait) {
                    Ok(Ok(lock)) => Ok(Writing { root: root.clone(), hold: Hold::Local(lock) }),
                    Ok(Err(holder)) => Err(PlaceError::Busy { place: self.name(), holder }),
                    Err(source) => Err(PlaceError::Io { path, source }),
                }
            }
            Self::Remote(remote) => {
                let session = remote::write(remote, wait, say)?;
                Ok(Writing { root: session.root(), hold: Hold::Remote(Box::new(session)) })
            }
        }
    }
}

/// The object `s3://bucket/key`, unless it has more than `most` bytes. Not to be called from a task of tokio.
///
/// # Errors
/// When it is no such address, cannot be reached, or is refused.
pub fn fetch(url: &str, access: &Access, most: u64) -> Result<Object, PlaceError> {
    let address = || PlaceError::Address(url.into());
    let (folder, name) = url.rsplit_once('/').filter(|(_, name)| !name.is_empty()).ok_or_else(address)?;
    match Place::parse(Path::new(folder), access, Path::new(""))? {
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

    /// Publishes what the folder holds: for a local lake it is there already. Nothing is written where nothing changed.
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
        Place::parse(Path::new(text), &Access::default(), Path::new("/cache"))
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

    #[test]
    fn the_age_of_a_mirror_is_said() {
        let as_of = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let stale = Stale { as_of, unpublished: true, why: "no network".into() };
        let after = |minutes| stale.age(as_of + chrono::TimeDelta::minutes(minutes));
        assert_eq!(
            [after(-5), after(59), after(119), after(2880)],
            ["0 min old", "59 min old", "1 h old", "2 days old"]
        );
        assert_eq!(
            stale.notice("s3://b/p", as_of),
            "showing the local copy of s3://b/p of 2023-11-14 22:13 UTC (0 min old), with changes that were not \
             published: no network"
        );
    }
}
