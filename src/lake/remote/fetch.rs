//! From the bucket to the disk: many files at once and long ones in parts, each checked against its checksum.
//!
//! Parts are asked for side by side and written in their order, so what lies on the disk is always the beginning of its
//! file. A file that was cut off goes on from there, in this process or in another one.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File as OnDisk, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt, stream};

use super::bucket::{AT_ONCE, Bucket, End, PART, Piece};
use crate::checksum::Checksum;
use crate::lake::File;
use crate::lake::error::PlaceError;

/// A file to be brought.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    pub(super) file: &'a File,
    /// Its object, as a path below the lake.
    pub(super) from: String,
    /// Where it goes; its folder is there.
    pub(super) to: PathBuf,
}

/// How many bytes are here: those that came, and those that were here from an earlier try.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What came of the files.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// By path, with the ETag of the object where one was asked for.
    pub(super) came: Vec<(String, Option<String>)>,
    /// Files that the bucket does not have as the manifest says.
    pub(super) lost: BTreeSet<String>,
}

/// Brings files. Those that are not what was wanted are told, and nothing of them stays.
pub(super) async fn fetch(
    bucket: &Bucket,
    wanted: &[Wanted<'_>],
    meter: &Meter,
) -> Result<Fetched, PlaceError> {
    let mut fetched = Fetched::default();
    // The beginning of a file may be that of another one: then all of it is read.
    let again = round(bucket, wanted.iter().collect(), meter, &mut fetched).await?;
    round(bucket, again, meter, &mut fetched).await?;
    Ok(fetched)
}

/// A part of one of the files.
struct Part {
    number: usize,
    range: Range<u64>,
}

/// The parts of a file behind what is here of it, at least one.
fn parts(number: usize, here: u64, size: u64) -> impl Iterator<Item = Part> {
    let last = size.saturating_sub(here).div_ceil(PART as u64).max(1);
    (0..last).map(move |part| {
        let start = here + part * PART as u64;
        Part { number, range: start..size.min(start.saturating_add(PART as u64)) }
    })
}

/// The files that are to be read from their beginning.
async fn round<'w>(
    bucket: &Bucket,
    wanted: Vec<&'w Wanted<'w>>,
    meter: &Meter,
    fetched: &mut Fetched,
) -> Result<Vec<&'w Wanted<'w>>, PlaceError> {
    let here = wanted.iter().map(|one| one.here()).collect::<Result<Vec<_>, _>>()?;
    meter.0.fetch_add(here.iter().sum(), Ordering::Relaxed);
    // The file of which nothing more is wanted: of a size that a manifest made up, the parts are without end.
    let given_up = Cell::new(None);
    let parts = wanted.iter().zip(here).enumerate().flat_map(|(number, (one, here))| {
        parts(number, here, one.file.size).take_while(|part| given_up.get() != Some(part.number))
    });
    let pieces = stream::iter(parts).map(|part| {
        let (bucket, meter) = (bucket.clone(), meter.clone());
        let (from, range) = (wanted[part.number].from.clone(), part.range.clone());
        async move {
            // A task of its own: the next parts come while one is checked and written.
            let piece = tokio::spawn(async move { bucket.piece(&from, range, None, &meter.0).await });
            (part, piece.await)
        }
    });
    let mut pieces = pieces.buffered(AT_ONCE);
    let mut again = Vec::new();
    let mut current: Option<(usize, Received)> = None;
    while let Some((part, piece)) = pieces.next().await {
        let one = wanted[part.number];
        let piece = piece.map_err(|error| PlaceError::Unreachable {
            place: bucket.place.clone(),
            why: format!("a request was given up: {error}"),
        })?;
        if given_up.get() == Some(part.number) {
            continue;
        }
        let mut received = match current.take() {
            Some((number, received)) if number == part.number => received,
            _ => Received::open(one, part.range.start)?,
        };
        let end = received.take(one, piece)?;
        let is_last = part.range.end == one.file.size;
        match end {
            End::Failed(error) => return Err(error),
            End::Whole if !is_last => {
                current = Some((part.number, received));
                continue;
            }
            End::Whole if received.hash.clone().hex() == one.file.sha256 => {
                fetched.came.push((one.file.path.clone(), received.etag));
                continue;
            }
            End::Whole | End::Other => given_up.set(Some(part.number)),
        }
        fs::remove_file(&one.to).map_err(one.failed())?;
        if received.went_on {
            again.push(one);
        } else {
            fetched.lost.insert(one.file.path.clone());
        }
    }
    Ok(again)
}

impl Wanted<'_> {
    /// How much of it an earlier try brought.
    fn here(&self) -> Result<u64, PlaceError> {
        match fs::metadata(&self.to) {
            Ok(found) if found.len() <= self.file.size => Ok(found.len()),
            Ok(_) => fs::remove_file(&self.to).map(|()| 0).map_err(self.failed()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(self.failed()(error)),
        }
    }

    fn failed(&self) -> impl Fn(io::Error) -> PlaceError {
        move |source| PlaceError::Io { path: self.to.clone(), source }
    }
}

/// A file as far as it came.
struct Received {
    file: OnDisk,
    hash: Checksum,
    etag: Option<String>,
    /// Whether its beginning was here before.
    went_on: bool,
}

impl Received {
    fn open(one: &Wanted, here: u64) -> Result<Self, PlaceError> {
        let mut options = OpenOptions::new();
        let opened = options.read(true).append(true).create(true).open(&one.to);
        let mut file = opened.map_err(one.failed())?;
        let mut hash = Checksum::default();
        io::copy(&mut (&mut file).take(here), &mut hash).map_err(one.failed())?;
        Ok(Self { file, hash, etag: None, went_on: here > 0 })
    }

    /// Writes what came, whole or not.
    fn take(&mut self, one: &Wanted, piece: Piece) -> Result<End, PlaceError> {
        for bytes in &piece.bytes {
            self.hash.update(bytes);
            self.file.write_all(bytes).map_err(one.failed())?;
        }
        self.etag = piece.etag.or(self.etag.take());
        Ok(piece.end)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use object_store::memory::InMemory;

    use super::super::bucket::When;
    use super::*;
    use crate::checksum::sha256;

    fn bytes(length: usize, seed: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from((at * 31 + at / 251 + seed) % 256).unwrap()).collect()
    }

    fn file(path: &str, bytes: &[u8]) -> File {
        File { path: path.into(), size: bytes.len() as u64, sha256: sha256(bytes) }
    }

    async fn fetched(bucket: &Bucket, files: &[File], folder: &Path) -> (Vec<String>, BTreeSet<String>, u64) {
        let wanted: Vec<_> = files
            .iter()
            .map(|file| Wanted {
                file,
                from: file.path.clone(),
                to: folder.join(file.path.replace('/', "_")),
            })
            .collect();
        let meter = Meter::default();
        let fetched = fetch(bucket, &wanted, &meter).await.unwrap();
        let came = fetched.came.into_iter().map(|(path, _)| path).collect();
        (came, fetched.lost, meter.bytes())
    }

    #[tokio::test]
    async fn files_of_every_length_come_whole_and_go_on_where_they_were_cut() {
        let bucket = Bucket::of(Arc::new(InMemory::new()));
        let lengths = [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7];
        let contents: Vec<_> =
            lengths.iter().enumerate().map(|(seed, length)| bytes(*length, seed)).collect();
        let mut files = Vec::new();
        for (number, content) in contents.iter().enumerate() {
            files.push(file(&format!("t/{number}"), content));
            bucket.put(&files[number].path, content, When::Always).await.unwrap();
        }
        let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        let all = lengths.iter().sum::<usize>() as u64;
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(fetched(&bucket, &files, folder.path()).await, (paths.clone(), BTreeSet::new(), all));
        // Every file with a beginning: of itself, of another one, too long.
        for cut in 0..4 {
            for (number, content) in contents.iter().enumerate() {
                let here = match cut {
                    0 => content[..content.len() / 2].to_vec(),
                    1 => content.clone(),
                    2 => bytes(content.len() / 2, 77),
                    _ => bytes(content.len() + 1, 77),
                };
                fs::write(folder.path().join(format!("t_{number}")), here).unwrap();
            }
            let (mut came, lost, counted) = fetched(&bucket, &files, folder.path()).await;
            came.sort();
            assert_eq!((came, lost), (paths.clone(), BTreeSet::new()), "{cut}");
            assert!(counted >= all && (cut == 2 || counted == all), "{cut}: {counted} of {all}");
            for (number, content) in contents.iter().enumerate() {
                assert!(fs::read(folder.path().join(format!("t_{number}"))).unwrap() == *content, "{cut}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_not_what_was_wanted_is_told_and_leaves_nothing() {
        let bucket = Bucket::of(Arc::new(InMemory::new()));
        let (right, wrong) = (bytes(2 * PART, 1), bytes(2 * PART, 2));
        let files = ["gone", "other", "shorter", "longer", "right"].map(|name| file(name, &right));
        bucket.put("other", &wrong, When::Always).await.unwrap();
        bucket.put("shorter", &right[..PART + 5], When::Always).await.unwrap();
        bucket.put("longer", &[&wrong[..1], &right[..]].concat(), When::Always).await.unwrap();
        bucket.put("right", &right, When::Always).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        // What an earlier try brought of it changes nothing.
        fs::write(folder.path().join("shorter"), &right[..PART + 2]).unwrap();
        let (came, lost, _) = fetched(&bucket, &files, folder.path()).await;
        assert_eq!(came, ["right"]);
        assert_eq!(lost, ["gone", "other", "shorter", "longer"].map(str::to_owned).into());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_size_without_end_is_not_asked_for_to_its_end() {
        let bucket = Bucket::of(Arc::new(InMemory::new()));
        let right = bytes(PART + 5, 1);
        let mut files = ["endless", "right"].map(|name| file(name, &right));
        files[0].size = u64::MAX;
        for one in &files {
            bucket.put(&one.path, &right, When::Always).await.unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let (came, lost, _) = fetched(&bucket, &files, folder.path()).await;
        assert_eq!((came, lost), (vec!["right".to_owned()], ["endless".to_owned()].into()));
    }
}
