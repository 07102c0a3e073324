//! Why a lake's place cannot be read or written, and what to do about it.

use std::io;
use std::path::PathBuf;

use super::LakeError;
use super::lock::Holder;

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
    /// The network or the service does not answer.
    #[error("cannot reach {place}: {why}")]
    Unreachable { place: String, why: String },
    /// Nobody gave AWS credentials; what to do about it is the second sentence.
    #[error("no AWS credentials for {place}: {why}")]
    NoCredentials { place: String, why: String, hint: String },
    /// The service answers, and refuses.
    #[error("{place} is refused: {why}")]
    Refused { place: String, why: String },
    /// The catalogue answers, and refuses.
    #[error("{place} is refused: {why}")]
    Catalogue { place: String, why: String },
    /// A file is not what the manifest says.
    #[error("{path} of {place} is not the file that the manifest names")]
    Changed { place: String, path: String },
    /// A raw file differs from the one that was received before.
    #[error("{path} differs from the raw file of that name in {place}, and raw files do not change")]
    Immutable { place: String, path: String },
    /// The manifest in the bucket is not the one that a session began with.
    #[error("a run was published to {place} since the lake was opened")]
    Republished { place: String },
    /// Somebody else took the lease while this process could not renew it.
    #[error("the lease on {place} was lost{}", .to.as_ref().map_or_else(String::new, |to| format!(" to {to}")))]
    Lost { place: String, to: Option<Holder> },
    /// The manifest in the bucket is not the one that the work began with.
    #[error("{place} was changed by another program meanwhile, so nothing more was published")]
    Overtaken { place: String },
    /// A snapshot is a copy to read.
    #[error("{place} is a snapshot of {of}, and is not written to")]
    Snapshot { place: String, of: String },
    /// The folder has something else than a snapshot of that lake.
    #[error("{place} is not a snapshot of {of}")]
    NoSnapshot { place: String, of: String },
    /// The bucket has a lake that was not pushed from here.
    #[error("{place} has a lake that was not pushed from here, or was changed since")]
    Theirs { place: String },
    /// What was asked for is not there; what is, is the second sentence.
    #[error("{place} has no {what}")]
    Lacking { place: String, what: String, hint: String },
    /// More than the settings allow would have to be copied; what to do instead is the second sentence.
    #[error("{what} would be copied from {place}, and that is more than fetch_mib allows")]
    Large { place: String, what: String, hint: String },
    /// The person stopped it.
    #[error("cancelled; what came so far is kept")]
    Cancelled,
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
    pub fn hint(&self) -> Option<&str> {
        Some(match self {
            Self::Address(_) => "write it as s3://bucket/prefix",
            Self::NoRemote(_) => "build it with --features remote, or name a local folder",
            Self::Busy { .. } => "try again later, or wait with --wait SECONDS",
            Self::Unreachable { .. } => "check the network and the endpoint",
            Self::NoCredentials { hint, .. } | Self::Lacking { hint, .. } | Self::Large { hint, .. } => hint,
            Self::Refused { .. } => {
                "check the bucket's name, the region and the rights of the AWS credentials"
            }
            Self::Catalogue { .. } => {
                "check the region and the rights of the AWS credentials: glue:Get*, Create*, Update*, Delete* and Batch*"
            }
            Self::Changed { .. } => {
                "somebody may be publishing just now: try again; `saldo lake verify` tells what is lost, `saldo lake repair` mends it"
            }
            Self::Immutable { .. } => "give the new file another name",
            Self::Lost { .. } | Self::Overtaken { .. } => "run it again",
            Self::Republished { .. } => "read the lake again, then run it again",
            Self::Snapshot { .. } => "work on the lake itself, and `saldo pull` brings what is new",
            Self::NoSnapshot { .. } => "name another folder with --lake DIR",
            Self::Theirs { .. } => {
                "`saldo pull` it into another folder to see what it has; --replace puts the lake here in its place"
            }
            Self::Cancelled => "the same command goes on from there",
            Self::Name { .. } => "the manifest was not written by saldo: look at it",
            Self::Lake(_) | Self::Io { .. } => return None,
        })
    }
}
