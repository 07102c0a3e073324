//! Where a lake on S3 lies, and how its service is reached.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

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
    pub options: AwsOptions,
    /// Local folder that holds the mirror, its lock and its index.
    pub mirror: PathBuf,
}

/// What services other than AWS take for a region when none is set.
pub const REGION: &str = "us-east-1";

/// How to reach a service of AWS, where the usual way is not the right one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsOptions {
    /// Base URL of a service other than AWS; else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the profile's.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path rather than in the host name; by default where there is an endpoint.
    pub path_style: Option<bool>,
    /// Profile of the AWS configuration files; else `AWS_PROFILE`, `default`.
    pub profile: Option<String>,
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

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path below what was listed.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// What tells it from another object of that path.
    pub etag: Option<String>,
}
