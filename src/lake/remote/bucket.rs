//! The objects of one lake. An operation is tried again while the network or the service is at fault.

use std::error::Error as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use futures::{StreamExt, TryStreamExt, future, stream};
use object_store::path::Path as Key;
use object_store::{
    Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
    Result, UpdateVersion,
};

use super::connect;
use crate::checksum::{self, Checksum};
use crate::lake::address::{Listed, Object, Remote};
use crate::lake::aws::{Account, NoCredentials};
use crate::lake::error::PlaceError;

/// Files on their way at the same time.
pub(super) const AT_ONCE: usize = 8;
/// What is in memory of each of them: longer files go up and come down in parts of this size.
pub(super) const PART: usize = 8 << 20;
/// How often an operation is tried, each time with the store's own quick retries.
const TRIES: u32 = 5;
/// The first pause before a further try; it doubles.
const PAUSE: Duration = Duration::from_millis(300);

/// What the service says of a session that has run out.
const ENDED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// The store's own errors name it; those of the local disk pass through it under this name.
const DISK: &str = "disk";

type Outcome<T> = std::result::Result<T, PlaceError>;

/// The objects of one lake, by path below it.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    /// As messages name it.
    pub(super) place: String,
    tries: u32,
    /// What to do when the service says that the session has run out.
    renewal: String,
}

/// An object that was read.
#[derive(Debug)]
pub(super) enum Got {
    /// Its bytes and ETag.
    New(Vec<u8>, Option<String>),
    /// It still has the ETag that was asked about.
    Same,
    /// There is none.
    Absent,
}

/// When an object may be put.
#[derive(Debug, Clone)]
pub(super) enum When {
    /// There is none.
    Absent,
    /// It has this ETag.
    Is(String),
    Always,
}

/// What was downloaded.
#[derive(Debug)]
pub(super) struct Downloaded {
    pub(super) sha256: String,
    pub(super) size: u64,
    pub(super) etag: Option<String>,
}

/// A part of an object, or its beginning.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: PutPayload,
    pub(super) etag: Option<String>,
    pub(super) end: End,
}

/// How a part of an object came to its end.
#[derive(Debug)]
pub(super) enum End {
    Whole,
    /// There is no object, or it is another one than before, or it is shorter.
    Other,
    Failed(PlaceError),
}

impl Bucket {
    pub(super) async fn open(remote: &Remote) -> Outcome<Self> {
        let (store, renewal) = connect::store(remote).await?;
        Ok(Self { store, place: remote.url.clone(), tries: TRIES, renewal })
    }

    /// A whole bucket of an account.
    pub(super) async fn of_account(
        remote: &Remote,
        account: Arc<Account>,
        region: Option<&str>,
    ) -> Outcome<Self> {
        let (store, renewal) = connect::of_account(remote, account, region).await?;
        Ok(Self { store, place: remote.url.clone(), tries: TRIES, renewal })
    }

    #[cfg(test)]
    pub(super) fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, place: "s3://test".into(), tries: TRIES, renewal: "log in again".into() }
    }

    /// The same bucket for a first request, which tells soon that there is no network.
    pub(super) fn impatient(&self) -> Self {
        Self { tries: 2, ..self.clone() }
    }

    /// The object, unless it has the ETag given.
    pub(super) async fn get(&self, path: &str, known: Option<&str>) -> Outcome<Got> {
        let key = self.key(path)?;
        let read = || async {
            let options = GetOptions { if_none_match: known.map(str::to_owned), ..GetOptions::default() };
            let found = self.store.get_opts(&key, options).await?;
            let etag = found.meta.e_tag.clone();
            Ok(Got::New(found.bytes().await?.to_vec(), etag))
        };
        match self.patiently(read).await {
            Err(Error::NotModified { .. }) => Ok(Got::Same),
            Err(error) if is_absent(&error) => Ok(Got::Absent),
            other => other.map_err(|error| self.failed(&error)),
        }
    }

    /// The object, unless it has more than `most` bytes.
    pub(super) async fn whole(&self, path: &str, most: u64) -> Outcome<Object> {
        let key = self.key(path)?;
        let read = || async {
            let found = self.store.get(&key).await?;
            let size = found.meta.size;
            Ok(if size > most { Object::Large(size) } else { Object::Bytes(found.bytes().await?.to_vec()) })
        };
        match self.patiently(read).await {
            Err(error) if is_absent(&error) => Ok(Object::Absent),
            other => other.map_err(|error| self.failed(&error)),
        }
    }

    /// Puts a small object; its ETag, or `None` when the condition does not hold.
    ///
    /// A condition that this very request made false, its answer having been lost, shows as one that does not hold:
    /// the caller compares.
    pub(super) async fn put(&self, path: &str, bytes: &[u8], when: When) -> Outcome<Option<String>> {
        let key = self.key(path)?;
        let mode = match when {
            When::Absent => PutMode::Create,
            When::Is(etag) => PutMode::Update(UpdateVersion { e_tag: Some(etag), version: None }),
            When::Always => PutMode::Overwrite,
        };
        let payload = PutPayload::from(bytes.to_vec());
        let put = || self.store.put_opts(&key, payload.clone(), PutOptions::from(mode.clone()));
        match self.patiently(put).await {
            Ok(done) => Ok(Some(done.e_tag.unwrap_or_default())),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Uploads a file and returns its SHA-256; in parts when it is long. A short one is put only if there is none when
    /// `fresh`, and `None` says that there is one.
    pub(super) async fn upload(&self, from: &Path, path: &str, fresh: bool) -> Outcome<Option<String>> {
        let at = |source| PlaceError::Io { path: from.into(), source };
        if from.metadata().map_err(at)?.len() > PART as u64 {
            let key = self.key(path)?;
            let sent = self.patiently(|| self.upload_parts(from, &key)).await;
            return sent.map(Some).map_err(|error| self.failed_at(error, from));
        }
        let bytes = fs::read(from).map_err(at)?;
        let when = if fresh { When::Absent } else { When::Always };
        let put = self.put(path, &bytes, when).await?;
        Ok(put.map(|_| checksum::sha256(&bytes)))
    }

    async fn upload_parts(&self, from: &Path, key: &Key) -> Result<String> {
        let mut file = File::open(from).map_err(disk)?;
        let mut hash = Checksum::default();
        let mut upload = self.store.put_multipart(key).await?;
        let sent = async {
            loop {
                let mut part = Vec::new();
                let read = (&mut file).take(PART as u64).read_to_end(&mut part).map_err(disk)?;
                if read == 0 {
                    return upload.complete().await;
                }
                hash.update(&part);
                upload.put_part(part.into()).await?;
            }
        };
        if let Err(error) = sent.await {
            // What stays of it is the service's to clear; it is no object.
            let _ = upload.abort().await;
            return Err(error);
        }
        Ok(hash.hex())
    }

    /// Streams an object into a file; `None` when there is no object.
    pub(super) async fn download(&self, path: &str, to: &Path) -> Outcome<Option<Downloaded>> {
        let key = self.key(path)?;
        match self.patiently(|| self.download_once(&key, to)).await {
            Ok(done) => Ok(Some(done)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.failed_at(error, to)),
        }
    }

    async fn download_once(&self, key: &Key, to: &Path) -> Result<Downloaded> {
        let found = self.store.get(key).await?;
        let etag = found.meta.e_tag.clone();
        let mut file = File::create(to).map_err(disk)?;
        let mut hash = Checksum::default();
        let mut body = found.into_stream();
        while let Some(bytes) = body.try_next().await? {
            hash.update(&bytes);
            file.write_all(&bytes).map_err(disk)?;
        }
        Ok(Downloaded { size: hash.size(), sha256: hash.hex(), etag })
    }

    /// Some bytes of an object, of the one with this ETag if one is given. What a connection brought before it was cut is
    /// not asked for again. `came` counts the bytes as they come.
    pub(super) async fn piece(
        &self,
        path: &str,
        range: Range<u64>,
        of: Option<&str>,
        came: &AtomicU64,
    ) -> Piece {
        let mut piece = Piece { bytes: PutPayload::new(), etag: of.map(str::to_owned), end: End::Whole };
        let key = match self.key(path) {
            Ok(key) => key,
            Err(error) => return Piece { end: End::Failed(error), ..piece },
        };
        let (mut bytes, mut at) = (Vec::new(), range.start);
        let (mut failures, mut pause) = (0, PAUSE);
        while at < range.end {
            let begun = at;
            let read = async {
                let options = GetOptions {
                    range: Some(GetRange::Bounded(at..range.end)),
                    if_match: piece.etag.clone(),
                    ..GetOptions::default()
                };
                let found = self.store.get_opts(&key, options).await?;
                piece.etag.clone_from(&found.meta.e_tag);
                let mut body = found.into_stream();
                while let Some(chunk) = body.try_next().await? {
                    at += chunk.len() as u64;
                    came.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                    bytes.push(chunk);
                }
                Ok(())
            };
            match read.await {
                Ok(()) if at < range.end => piece.end = End::Other,
                Ok(()) => {}
                Err(error) if is_absent(&error) || is_another(&error) => piece.end = End::Other,
                Err(error) => {
                    // A connection that brought something was none that failed.
                    failures = if at > begun { 1 } else { failures + 1 };
                    if failures < self.tries && is_passing(&error) {
                        rest(pause).await;
                        pause = if at > begun { PAUSE } else { pause * 2 };
                        continue;
                    }
                    piece.end = End::Failed(self.failed(&error));
                }
            }
            break;
        }
        Piece { bytes: bytes.into_iter().collect(), ..piece }
    }

    /// Copies inside the bucket; whether there was something to copy.
    pub(super) async fn copy(&self, from: &str, to: &str) -> Outcome<bool> {
        let (from, to) = (self.key(from)?, self.key(to)?);
        match self.patiently(|| self.store.copy(&from, &to)).await {
            Err(error) if is_absent(&error) => Ok(false),
            other => other.map(|()| true).map_err(|error| self.failed(&error)),
        }
    }

    /// Deletes objects; those that are not there are no matter.
    pub(super) async fn delete(&self, paths: Vec<String>) -> Outcome<()> {
        let keys = paths.iter().map(|path| self.key(path)).collect::<std::result::Result<Vec<_>, _>>()?;
        let delete = || {
            let keys = stream::iter(keys.clone()).map(Ok).boxed();
            self.store.delete_stream(keys).try_for_each(|_| async { Ok(()) })
        };
        match self.patiently(delete).await {
            Err(error) if !is_absent(&error) => Err(self.failed(&error)),
            _ => Ok(()),
        }
    }

    /// All objects below a folder, or all there are, by path.
    pub(super) async fn list(&self, folder: &str) -> Outcome<Vec<Listed>> {
        self.list_some(folder, &|_| true, usize::MAX).await
    }

    /// Those of them that are wanted, as long as they are not more than `most`.
    pub(super) async fn list_some(
        &self,
        folder: &str,
        wants: &dyn Fn(&str) -> bool,
        most: usize,
    ) -> Outcome<Vec<Listed>> {
        let key = if folder.is_empty() { None } else { Some(self.key(folder)?) };
        let list = || {
            let listed = self.store.list(key.as_ref()).map_ok(listed);
            listed.try_filter(|one| future::ready(wants(&one.path))).take(most).try_collect::<Vec<_>>()
        };
        self.patiently(list).await.map_err(|error| self.failed(&error))
    }

    /// The object as a listing would tell it, if there is one.
    pub(super) async fn head(&self, path: &str) -> Outcome<Option<Listed>> {
        let key = self.key(path)?;
        match self.patiently(|| self.store.head(&key)).await {
            Ok(meta) => Ok(Some(listed(meta))),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn key(&self, path: &str) -> Outcome<Key> {
        Key::parse(path).map_err(|_| PlaceError::Name { place: self.place.clone(), path: path.into() })
    }

    pub(super) async fn patiently<T, F: Future<Output = Result<T>>>(
        &self,
        operation: impl Fn() -> F,
    ) -> Result<T> {
        let mut pause = PAUSE;
        for _ in 1..self.tries {
            match operation().await {
                Err(error) if is_passing(&error) => {
                    rest(pause).await;
                    pause *= 2;
                }
                other => return other,
            }
        }
        operation().await
    }

    /// The failure of work that also touched a file.
    fn failed_at(&self, error: Error, file: &Path) -> PlaceError {
        match error {
            Error::Generic { store: DISK, source } => match source.downcast::<io::Error>() {
                Ok(source) => PlaceError::Io { path: file.into(), source: *source },
                Err(source) => self.failed(&Error::Generic { store: DISK, source }),
            },
            error => self.failed(&error),
        }
    }

    pub(super) fn failed(&self, error: &Error) -> PlaceError {
        let place = self.place.clone();
        if let Some(NoCredentials { why, hint }) = without_credentials(error).cloned() {
            return PlaceError::NoCredentials { place, why, hint };
        }
        if code(&error.to_string()).is_some_and(|code| ENDED.contains(&code)) {
            let why = "the session of the credentials has run out".to_owned();
            return PlaceError::NoCredentials { place, why, hint: self.renewal.clone() };
        }
        let why = reason(error);
        if is_passing(error) {
            PlaceError::Unreachable { place, why }
        } else {
            PlaceError::Refused { place, why }
        }
    }
}

/// Does something with each item, several at once.
pub(super) async fn each<T>(items: Vec<T>, work: impl AsyncFn(T) -> Outcome<()>) -> Outcome<()> {
    let work = &work;
    stream::iter(items).map(Ok).try_for_each_concurrent(AT_ONCE, |item| async move { work(item).await }).await
}

fn listed(meta: ObjectMeta) -> Listed {
    Listed { path: meta.location.into(), size: meta.size, etag: meta.e_tag }
}

/// A pause with some jitter, so that many that were refused together do not come back together.
async fn rest(pause: Duration) {
    let jitter = pause.mul_f64(f64::from(Utc::now().timestamp_subsec_nanos() % 1000) / 1000.0);
    tokio::time::sleep(pause + jitter).await;
}

/// The object is not the one that was meant: it has another ETag, or ends before the part.
fn is_another(error: &Error) -> bool {
    matches!(error, Error::Precondition { .. }) || status(&error.to_string()) == Some(416)
}

/// A bucket that does not exist is not a missing object.
fn is_absent(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && !error.to_string().contains("NoSuchBucket")
}

fn without_credentials(error: &Error) -> Option<&NoCredentials> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// Whether it may succeed when it is tried again: the network, a busy or a failing service, a body cut short.
fn is_passing(error: &Error) -> bool {
    if !matches!(error, Error::Generic { store, .. } if *store != DISK)
        || without_credentials(error).is_some()
    {
        return false;
    }
    let text = error.to_string();
    match status(&text) {
        Some(status) => status >= 500 || status == 429 || status == 408,
        None => !text.contains("redirect"),
    }
}

fn disk(source: io::Error) -> Error {
    Error::Generic { store: DISK, source: Box::new(source) }
}

fn causes<'a>(error: &'a Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn std::error::Error + 'static)| {
        let cause: &'a (dyn std::error::Error + 'static) = *cause;
        cause.source()
    })
}

/// The status in `Server returned non-2xx status code: 503 Service Unavailable`; the error's type is not public.
fn status(text: &str) -> Option<u16> {
    text.split_once("status code: ")?.1.get(..3)?.parse().ok()
}

/// What the service says in its XML, else the innermost cause.
fn reason(error: &Error) -> String {
    let text = error.to_string();
    match (code(&text), element(&text, "Message")) {
        (Some(code), Some(message)) => format!("{code}: {}", message.trim_end_matches('.')),
        (Some(code), None) => code.to_owned(),
        _ => causes(error).last().map_or(text, ToString::to_string),
    }
}

fn code(text: &str) -> Option<&str> {
    element(text, "Code")
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn an_object_is_read_unless_it_is_large() {
        let bucket = Bucket::of(Arc::new(InMemory::new()));
        bucket.put("model.onnx", b"12345", When::Always).await.unwrap();
        let whole = async |path: &str, most| bucket.whole(path, most).await.unwrap();
        assert_eq!(whole("model.onnx", 5).await, Object::Bytes(b"12345".into()));
        assert_eq!(whole("model.onnx", 4).await, Object::Large(5));
        assert_eq!(whole("model.json", 5).await, Object::Absent);
    }
    #[test]
    fn a_session_that_has_run_out_is_told_with_what_to_do() {
        let bucket = Bucket::of(Arc::new(InMemory::new()));
        let failed = |code: &str| {
            let body = format!("status code: 400: <Error><Code>{code}</Code><Message>No.</Message></Error>");
            bucket.failed(&Error::Generic { store: "S3", source: body.into() })
        };
        assert!(
            matches!(failed("ExpiredToken"), PlaceError::NoCredentials { hint, .. } if hint == "log in again")
        );
        assert_eq!(failed("InvalidRequest").to_string(), "s3://test is refused: InvalidRequest: No");
    }
}
