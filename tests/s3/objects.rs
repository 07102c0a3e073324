//! The objects of a bucket, put and read by nobody's code but the S3 client's.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

use super::servers::{BUCKET, PASSWORD, USER};

/// Bytes by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What lies in the bucket below a prefix.
pub struct Objects {
    store: AmazonS3,
    checked: AmazonS3,
    prefix: Key,
    runtime: tokio::runtime::Runtime,
}

impl Objects {
    pub fn of(endpoint: &str, prefix: &str) -> Self {
        let store = AmazonS3Builder::new()
            .with_bucket_name(BUCKET)
            .with_region("us-east-1")
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_access_key_id(USER)
            .with_secret_access_key(PASSWORD);
        let checked = store.clone().with_checksum_algorithm(Checksum::SHA256).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { store: store.build().unwrap(), checked, prefix: Key::from(prefix), runtime }
    }

    fn key(&self, path: &str) -> Key {
        Key::parse(format!("{}/{path}", self.prefix)).unwrap()
    }

    pub fn all(&self) -> Files {
        self.runtime.block_on(async {
            let listed: Vec<_> = self.store.list(Some(&self.prefix)).try_collect().await.unwrap();
            let mut files = Files::new();
            for meta in listed {
                let bytes = self.store.get(&meta.location).await.unwrap().bytes().await.unwrap();
                let path = meta.location.as_ref().strip_prefix(self.prefix.as_ref()).unwrap();
                files.insert(path.trim_start_matches('/').into(), bytes.to_vec());
            }
            files
        })
    }

    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.runtime.block_on(self.store.put(&self.key(path), bytes.to_vec().into())).unwrap();
    }

    /// With a checksum that the service then keeps.
    pub fn put_with_sha256(&self, path: &str, bytes: &[u8]) {
        self.runtime.block_on(self.checked.put(&self.key(path), bytes.to_vec().into())).unwrap();
    }

    pub fn delete(&self, path: &str) {
        self.runtime.block_on(self.store.delete(&self.key(path))).unwrap();
    }

    /// One object, if it is there.
    pub fn find(&self, path: &str) -> Option<Vec<u8>> {
        self.runtime.block_on(async {
            match self.store.get(&self.key(path)).await {
                Err(object_store::Error::NotFound { .. }) => None,
                found => Some(found.unwrap().bytes().await.unwrap().to_vec()),
            }
        })
    }

    pub fn get(&self, path: &str) -> Vec<u8> {
        self.runtime.block_on(async {
            self.store.get(&self.key(path)).await.unwrap().bytes().await.unwrap().to_vec()
        })
    }
}
