//! Objects anywhere on S3, by their whole address: what engines leave there, and what their tables are made of.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures::{Stream, StreamExt, stream};
use tokio::sync::Mutex;

use super::bucket::Bucket;
use crate::lake::address::{AwsOptions, Listed, Remote};
use crate::lake::aws::Account;
use crate::lake::error::PlaceError;

/// A long object is read in pieces of so many bytes, so many at once; a piece that is cut off is read again.
const PIECE: u64 = 4 << 20;
const AT_ONCE: usize = 4;

/// The buckets of an account, each opened when it is first asked about.
#[derive(Debug)]
pub(crate) struct Buckets {
    account: Arc<Account>,
    region: Option<String>,
    options: AwsOptions,
    open: Mutex<HashMap<String, Arc<Bucket>>>,
}

/// An object, as it was when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    /// `s3://bucket/key`.
    pub(crate) url: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
}

impl Buckets {
    pub(crate) fn new(account: Arc<Account>, region: Option<String>, options: AwsOptions) -> Self {
        Self { account, region, options, open: Mutex::default() }
    }

    /// The object at an address; none where there is none. Whoever may find it may read it.
    pub(crate) async fn find(&self, url: &str) -> Result<Option<Stored>, PlaceError> {
        let (bucket, key) = self.place(url).await?;
        let found = bucket.first_byte(&key).await?;
        Ok(found.map(|found| stored(&bucket, found)))
    }

    /// Whether anything lies below a folder.
    pub(crate) async fn has_any(&self, url: &str) -> Result<bool, PlaceError> {
        let (bucket, key) = self.place(url).await?;
        Ok(!bucket.list_some(&key, |_| true, 1).await?.is_empty())
    }

    /// The objects below a folder.
    pub(crate) async fn list(&self, url: &str) -> Result<Vec<Stored>, PlaceError> {
        let (bucket, key) = self.place(url).await?;
        let found = bucket.list(&key).await?;
        Ok(found.into_iter().map(|found| stored(&bucket, found)).collect())
    }

    /// Some bytes of an object: all that were asked for, of the object that was found, or an error.
    pub(crate) async fn read(&self, object: &Stored, range: Range<u64>) -> Result<Vec<u8>, PlaceError> {
        let (bucket, key) = self.place(&object.url).await?;
        bucket.bytes(&key, range, object.etag.as_deref(), &AtomicU64::new(0)).await
    }

    /// Removes objects, which lie in one bucket.
    pub(crate) async fn remove(&self, objects: &[Stored]) -> Result<(), PlaceError> {
        let Some(first) = objects.first() else { return Ok(()) };
        let (bucket, _) = self.place(&first.url).await?;
        let key =
            |object: &Stored| object.url.strip_prefix(&bucket.place)?.strip_prefix('/').map(str::to_owned);
        bucket.delete(objects.iter().filter_map(key).collect()).await
    }

    /// All bytes of an object in their order, some read ahead.
    pub(crate) fn pieces<'a>(
        &'a self,
        object: &'a Stored,
    ) -> impl Stream<Item = Result<Vec<u8>, PlaceError>> + 'a {
        let starts = (0..object.size.div_ceil(PIECE)).map(|piece| piece * PIECE);
        let read = |start| self.read(object, start..object.size.min(start + PIECE));
        stream::iter(starts).map(read).buffered(AT_ONCE)
    }

    /// The bucket of an address, and the key in it.
    async fn place(&self, url: &str) -> Result<(Arc<Bucket>, String), PlaceError> {
        let wrong = || PlaceError::Address(url.to_owned());
        let rest = url.strip_prefix("s3://").or_else(|| url.strip_prefix("s3a://")).ok_or_else(wrong)?;
        let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
        let key = key.trim_end_matches('/').to_owned();
        let mut open = self.open.lock().await;
        if let Some(bucket) = open.get(name) {
            return Ok((Arc::clone(bucket), key));
        }
        let remote = Remote {
            url: format!("s3://{name}"),
            bucket: name.to_owned(),
            prefix: String::new(),
            options: self.options.clone(),
            mirror: PathBuf::new(),
        };
        let account = Arc::clone(&self.account);
        let bucket = Bucket::of_account(&remote, account, self.region.as_deref()).await?;
        let bucket = Arc::new(bucket);
        open.insert(name.to_owned(), Arc::clone(&bucket));
        Ok((bucket, key))
    }
}

fn stored(bucket: &Bucket, found: Listed) -> Stored {
    Stored { url: format!("{}/{}", bucket.place, found.path), size: found.size, etag: found.etag }
}
