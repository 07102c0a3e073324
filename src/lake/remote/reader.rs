//! Some bytes of objects, as they are asked for.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::runtime::Runtime;

use super::bucket::{AT_ONCE, Bucket};
use crate::lake::address::Listed;
use crate::lake::error::PlaceError;

/// How often it is looked whether the reading is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// A bucket that is read by ranges.
#[derive(Debug)]
pub struct Reader {
    bucket: Bucket,
    runtime: Runtime,
    read: AtomicU64,
}

impl Reader {
    pub(super) fn new(bucket: Bucket, runtime: Runtime) -> Self {
        Self { bucket, runtime, read: AtomicU64::new(0) }
    }

    /// Bytes of objects, each as asked for.
    pub(in crate::lake) fn ranges(
        &self,
        wanted: Vec<(&Listed, Range<u64>)>,
        stops: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<u8>>, PlaceError> {
        let pieces = stream::iter(wanted).map(async |(object, range)| {
            self.bucket.bytes(&object.path, range, object.etag.as_deref(), &self.read).await
        });
        let all = pieces.buffered(AT_ONCE).try_collect();
        self.runtime.block_on(async {
            tokio::pin!(all);
            loop {
                tokio::select! {
                    done = &mut all => return done,
                    () = tokio::time::sleep(LOOK) => if stops() { return Err(PlaceError::Cancelled) },
                }
            }
        })
    }

    /// Bytes that were read so far.
    pub(in crate::lake) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// The objects with names that are wanted: the one of that key, or those below it.
pub(super) async fn look(
    bucket: &Bucket,
    path: &str,
    wants: fn(&str) -> bool,
    most: usize,
) -> Result<Vec<Listed>, PlaceError> {
    let bucket = bucket.impatient();
    if wants(path)
        && let Some(found) = bucket.head(path).await?
    {
        return Ok(vec![found]);
    }
    bucket.list_some(path, wants, most).await
}

#[cfg(test)]
pub(super) mod samples {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use tokio::runtime::Builder;

    use super::super::bucket::When;
    use super::*;

    /// Objects in memory, for tests of whoever reads them.
    pub(in crate::lake) fn in_memory(files: &[(&str, Vec<u8>)]) -> (Reader, Vec<Listed>) {
        let bucket = Bucket::of(Arc::new(InMemory::new()));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let list = runtime.block_on(async {
            for (path, bytes) in files {
                bucket.put(path, bytes, When::Always).await.unwrap();
            }
            look(&bucket, "", |_| true, usize::MAX).await.unwrap()
        });
        (Reader::new(bucket, runtime), list)
    }
}
