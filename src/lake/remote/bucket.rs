//! The objects of one lake. An operation is tried again while the network or the service is at fault.

mod fault;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, future, stream};
use object_store::path::Path as Key;
use object_store::{
    Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
    Result, UpdateVersion,
};

use self::fault::{
    DISK, code, cut_off, disk, is_absent, is_another, is_answered, is_ended_upload, is_passing, reason,
    status, without_credentials,
};
use super::checksums::Checksums;
use super::connect::{self, Way};
use crate::checksum::{self, Checksum};
use crate::lake::address::{Listed, Object, Remote};
use crate::lake::aws::{Account, NoCredentials};
use crate::lake::error::PlaceError;
use crate::pause::Pauses;

/// Files on their way at the same time.
pub(super) const AT_ONCE: usize = 8;
/// What is in memory of each of them: longer files go up and come down in parts of this size.
pub(super) const PART: usize = 8 << 20;
/// How often an operation is tried, each time with the store's own quick retries.
const TRIES: u32 = 5;
/// The first pause before a further try, which doubles, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(8));

/// What the service says of a session that has run out.
const ENDED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

type Outcome<T> = std::result::Result<T, PlaceError>;

/// The objects of one lake, by path below it.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    /// None where the store is none of S3.
    checksums: Option<Checksums>,
    /// As messages name it.
    pub(super) place: String,
    /// How often what nobody answers is tried.
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

/// What was uploaded.
#[derive(Debug)]
pub(super) struct Uploaded {
    pub(super) sha256: String,
    pub(super) etag: String,
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
        Ok(Self::by(connect::store(remote).await?, remote))
    }

    /// A whole bucket of an account.
    pub(super) async fn of_account(
        remote: &Remote,
        account: Arc<Account>,
        region: Option<&str>,
    ) -> Outcome<Self> {
        Ok(Self::by(connect::of_account(remote, account, region).await?, remote))
    }

    fn by(way: Way, remote: &Remote) -> Self {
        let Way { store, checksums, renewal } = way;
        Self { store, checksums: Some(checksums), place: remote.url.clone(), tries: TRIES, renewal }
    }

    #[cfg(test)]
    pub(super) fn of(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            checksums: None,
            place: "s3://test".into(),
            tries: TRIES,
            renewal: "log in again".into(),
        }
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

    /// Uploads a file; in parts when it is long. A short one is put only if there is none when `fresh`, and `None` says that
    /// there is one.
    pub(super) async fn upload(&self, from: &Path, path: &str, fresh: bool) -> Outcome<Option<Uploaded>> {
        let at = |source| PlaceError::Io { path: from.into(), source };
        if from.metadata().map_err(at)?.len() > PART as u64 {
            let key = self.key(path)?;
            let sent = self.patiently(|| self.upload_parts(from, &key)).await;
            return sent.map(Some).map_err(|error| self.failed_at(error, from));
        }
        let bytes = fs::read(from).map_err(at)?;
        let when = if fresh { When::Absent } else { When::Always };
        let put = self.put(path, &bytes, when).await?;
        Ok(put.map(|etag| Uploaded { sha256: checksum::sha256(&bytes), etag }))
    }

    async fn upload_parts(&self, from: &Path, key: &Key) -> Result<Uploaded> {
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
        match sent.await {
            Ok(put) => Ok(Uploaded { sha256: hash.hex(), etag: put.e_tag.unwrap_or_default() }),
            Err(error) => {
                // What stays of it is the service's to clear; it is no object.
                let _ = upload.abort().await;
                Err(error)
            }
        }
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
        let (mut failures, mut pauses) = (0, Pauses::new(PAUSES, 2.0));
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
                let there = found.range.end;
                let mut body = found.into_stream();
                while let Some(chunk) = body.try_next().await? {
                    at += chunk.len() as u64;
                    came.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                    bytes.push(chunk);
                }
                // Less than was announced is a body that was cut off; less than was asked for, another object.
                if at < there { Err(cut_off()) } else { Ok(()) }
            };
            match read.await {
                Ok(()) if at < range.end => piece.end = End::Other,
                Ok(()) => {}
                Err(error) if is_absent(&error) || is_another(&error) => piece.end = End::Other,
                Err(error) => {
                    // A connection that brought something was none that failed.
                    if at > begun {
                        (failures, pauses) = (0, Pauses::new(PAUSES, 2.0));
                    }
                    failures += 1;
                    if self.is_worth_a_try(&error, failures) {
                        tokio::time::sleep(pauses.take()).await;
                        continue;
                    }
                    piece.end = End::Failed(self.failed(&error));
                }
            }
            break;
        }
        Piece { bytes: bytes.into_iter().collect(), ..piece }
    }

    /// The same bytes as one, all of them or an error.
    pub(super) async fn bytes(
        &self,
        path: &str,
        range: Range<u64>,
        of: Option<&str>,
        came: &AtomicU64,
    ) -> Outcome<Vec<u8>> {
        let piece = self.piece(path, range, of, came).await;
        match piece.end {
            End::Whole => {
                let mut whole = Vec::with_capacity(piece.bytes.content_length());
                piece.bytes.iter().for_each(|bytes| whole.extend_from_slice(bytes));
                Ok(whole)
            }
            End::Failed(error) => Err(error),
            End::Other => Err(PlaceError::Changed { place: self.place.clone(), path: path.to_owned() }),
        }
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
        self.list_some(folder, |_| true, usize::MAX).await
    }

    /// Those of them that are wanted, as long as they are not more than `most`.
    pub(super) async fn list_some(
        &self,
        folder: &str,
        wants: fn(&str) -> bool,
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

    /// The same for whoever may only read it.
    pub(super) async fn first_byte(&self, path: &str) -> Outcome<Option<Listed>> {
        let key = self.key(path)?;
        let first = || {
            let options = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
            self.store.get_opts(&key, options)
        };
        match self.patiently(first).await {
            Ok(found) => Ok(Some(listed(found.meta))),
            Err(error) if is_absent(&error) => Ok(None),
            // It has no byte.
            Err(error) if status(&error.to_string()) == Some(416) => self.head(path).await,
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The SHA-256 of an object in hexadecimal, where the service keeps it, and its ETag: there is none of what came in parts, or
    /// without one.
    pub(super) async fn sha256(&self, path: &str) -> Outcome<Option<(String, Option<String>)>> {
        let (key, Some(checksums)) = (self.key(path)?, &self.checksums) else { return Ok(None) };
        self.patiently(|| checksums.find(&key)).await.map_err(|error| self.failed(&error))
    }

    fn key(&self, path: &str) -> Outcome<Key> {
        Key::parse(path).map_err(|_| PlaceError::Name { place: self.place.clone(), path: path.into() })
    }

    pub(super) async fn patiently<T, F: Future<Output = Result<T>>>(
        &self,
        operation: impl Fn() -> F,
    ) -> Result<T> {
        let mut pauses = Pauses::new(PAUSES, 2.0);
        let mut failures = 0;
        loop {
            match operation().await {
                Err(error) if self.is_worth_a_try(&error, failures + 1) => {
                    failures += 1;
                    tokio::time::sleep(pauses.take()).await;
                }
                other => return other,
            }
        }
    }

    /// Whether to try again after so many failures: whoever answers is waited for, however soon the lack of a network is
    /// to be told.
    fn is_worth_a_try(&self, error: &Error, failures: u32) -> bool {
        (is_passing(error) || is_ended_upload(error))
            && failures < if is_answered(error) { TRIES } else { self.tries }
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

#[cfg(test)]
mod tests {
    use object_store::client::{HttpError, HttpErrorKind};
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
    fn whoever_answers_is_waited_for_and_a_network_that_is_not_there_is_told_soon() {
        let bucket = Bucket::of(Arc::new(InMemory::new())).impatient();
        let of_network =
            |kind| Box::new(HttpError::new(kind, io::Error::from(io::ErrorKind::UnexpectedEof))) as Box<_>;
        for (source, tries) in [
            (of_network(HttpErrorKind::Connect), 2),
            (of_network(HttpErrorKind::Decode), TRIES),
            ("status code: 503: <Error><Code>SlowDown</Code></Error>".into(), TRIES),
            ("status code: 400: <Error><Code>InvalidRequest</Code></Error>".into(), 1),
            // Of one object among those that were to be deleted.
            ("DeleteObjects request failed for key a: Slow (code: SlowDown)".into(), TRIES),
            ("DeleteObjects request failed for key a: Access Denied (code: AccessDenied)".into(), 1),
        ] {
            let error = Error::Generic { store: "S3", source };
            let tried = (1..=TRIES).find(|failures| !bucket.is_worth_a_try(&error, *failures));
            assert_eq!(tried, Some(tries), "{error}");
        }
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
        let kept = "DeleteObjects request failed for key a: Access Denied (code: AccessDenied)";
        let kept = bucket.failed(&Error::Generic { store: "S3", source: kept.into() });
        assert!(matches!(&kept, PlaceError::Refused { .. }), "{kept}");
    }
}
