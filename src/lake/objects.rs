//! Parquet objects of S3 that are looked at where they lie: which there are, and some bytes of them.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::address::{AwsOptions, Listed, Remote};
use super::error::PlaceError;
use super::place::Place;
use super::remote;

/// Objects that are looked through at the most.
pub const MOST: usize = 20_000;

/// Objects of one bucket that are read by ranges.
#[derive(Debug, Clone)]
pub struct Objects {
    /// Their keys are the paths.
    pub list: Arc<[Listed]>,
    /// As messages name the bucket.
    pub place: String,
    reader: Arc<remote::Reader>,
}

impl Objects {
    /// The Parquet objects at `s3://bucket/key-or-prefix`. Not to be called from a task of tokio.
    ///
    /// # Errors
    /// When it is no such address, there are none or too many, or the bucket cannot be read.
    pub fn open(url: &str, options: &AwsOptions) -> Result<Self, PlaceError> {
        let Place::Remote(at) = Place::parse(Path::new(url), options, Path::new(""))? else {
            return Err(PlaceError::Address(url.into()));
        };
        let bucket = Remote { url: format!("s3://{}", at.bucket), prefix: String::new(), ..at.clone() };
        let (reader, list) = remote::reader(&bucket, &at.prefix, is_parquet, MOST + 1)?;
        if list.is_empty() {
            let (what, hint) = ("Parquet object", "names end in .parquet, .pq or .parq".to_owned());
            return Err(PlaceError::Lacking { place: at.url, what: what.into(), hint });
        }
        if list.len() > MOST {
            let what = format!("fewer than {MOST} objects, which is too many to look through");
            return Err(PlaceError::Lacking { place: at.url, what, hint: "open a prefix below it".into() });
        }
        Ok(Self { list: list.into(), place: bucket.url, reader: Arc::new(reader) })
    }

    /// Bytes of objects, each as asked for, several at once. `stops` is asked now and then.
    ///
    /// # Errors
    /// [`PlaceError::Changed`] when an object is not the one that was listed, [`PlaceError::Cancelled`] when it was to
    /// stop; or the bucket cannot be read.
    pub fn ranges(
        &self,
        wanted: &[(usize, Range<u64>)],
        stops: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<u8>>, PlaceError> {
        let wanted =
            wanted.iter().filter_map(|(object, range)| Some((self.list.get(*object)?, range.clone())));
        self.reader.ranges(wanted.collect(), stops)
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }
}

/// By custom, names that begin with these marks are no data: logs, manifests, what is being written.
fn is_parquet(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    [".parquet", ".pq", ".parq"].iter().any(|end| lower.ends_with(end))
        && !key.split('/').any(|part| part.starts_with(['_', '.']))
}

#[cfg(feature = "remote")]
#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// Objects in memory.
    pub(crate) fn objects(files: &[(&str, Vec<u8>)]) -> Objects {
        let (reader, list) = remote::in_memory(files);
        let list = list.into_iter().filter(|object| is_parquet(&object.path)).collect();
        Objects { list, place: "s3://test".into(), reader: Arc::new(reader) }
    }
}
