//! Objects anywhere on S3, by their whole address: what engines leave there, and what their tables are made of.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use futures::{Stream, StreamExt, TryStreamExt, stream};
use object_store::path::Path as Key;
use object_store::{Error, GetOptions, GetRange};
use tokio::sync::Mutex;

use super::bucket::Bucket;
use crate::lake::address::{AwsOptions, Remote};
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

    /// The object at an address, which is not empty; none where there is none. Whoever may find it may read it.
    pub(crate) async fn find(&self, url: &str) -> Result<Option<Stored>, PlaceError> {
        let (bucket, key) = self.place(url).await?;
        let first = || {
            let options = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
            bucket.store.get_opts(&key, options)
        };
        match bucket.patiently(first).await.map(|found| found.meta) {
            Ok(meta) => Ok(Some(Stored { url: url.to_owned(), size: meta.size, etag: meta.e_tag })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(bucket.failed(&error)),
        }
    }

    /// Whether anything lies below a folder.
    pub(crate) async fn has_any(&self, url: &str) -> Result<bool, PlaceError> {
        let (bucket, key) = self.place(url).await?;
        let first = || async { bucket.store.list(Some(&key)).next().await.transpose() };
        Ok(bucket.patiently(first).await.map_err(|error| bucket.failed(&error))?.is_some())
    }

    /// The objects below a folder.
    pub(crate) async fn list(&self, url: &str) -> Result<Vec<Stored>, PlaceError> {
        let (bucket, key) = self.place(url).await?;
        let list = || bucket.store.list(Some(&key)).try_collect::<Vec<_>>();
        let found = bucket.patiently(list).await.map_err(|error| bucket.failed(&error))?;
        let stored = |meta: object_store::ObjectMeta| Stored {
            url: format!("{}/{}", bucket.place, meta.location),
            size: meta.size,
            etag: meta.e_tag,
        };
        Ok(found.into_iter().map(stored).collect())
    }

    /// Some bytes of an object: all that were asked for, of the object that was found, or an error.
    pub(crate) async fn read(&self, object: &Stored, range: Range<u64>) -> Result<Vec<u8>, PlaceError> {
        let (bucket, key) = self.place(&object.url).await?;
        let read = || async {
            let options = GetOptions {
                range: Some(GetRange::Bounded(range.clone())),
                if_match: object.etag.clone(),
                ..GetOptions::default()
            };
            let bytes = bucket.store.get_opts(&key, options).await?.bytes().await?;
            if bytes.len() as u64 == range.end - range.start {
                return Ok(bytes);
            }
            // The store takes any error of this kind for one that may pass.
            let cut = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the body was cut off");
            Err(Error::Generic { store: "S3", source: Box::new(cut) })
        };
        bucket.patiently(read).await.map(Into::into).map_err(|error| bucket.failed(&error))
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

    async fn place(&self, url: &str) -> Result<(Arc<Bucket>, Key), PlaceError> {
        let wrong = || PlaceError::Address(url.to_owned());
        let rest = url.strip_prefix("s3://").or_else(|| url.strip_prefix("s3a://")).ok_or_else(wrong)?;
        let (name, key) = rest.split_once('/').unwrap_or((rest, ""));
        let key = Key::parse(key.trim_end_matches('/')).map_err(|_| wrong())?;
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
