//! Files from outside: checked, and copied while they are read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::SystemTime;

use super::super::error::{PipelineError, io_at};
use super::keep::temporary;
use crate::checksum::{self, Checksum};
use crate::disk::Draft;
use crate::text::decode::{self, Encoding};
use crate::text::unpack::{self, Packing};

/// Bytes of a copy that are written before the disk has them.
const AHEAD: u64 = 16 << 20;

/// Pieces of a file that wait for their checksum.
const PIECES: usize = 4;

/// A file from outside, read once from its start to its end.
pub struct Source {
    /// Where it can be read again.
    pub path: PathBuf,
    pub sha256: String,
    /// Of its text, unless it is packed.
    pub encoding: Option<Encoding>,
    stamp: Stamp,
}

/// What tells that a file has changed: length, time, and where the system has it which file it is and when it was touched.
type Stamp = (u64, Option<SystemTime>, [i64; 2], [u64; 2]);

impl Source {
    /// Reads a file to its end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self, PipelineError> {
        let stamp = stamp(path).map_err(io_at(path))?;
        let (sha256, encoding) = digest_and_encoding(path).map_err(io_at(path))?;
        Ok(Self { path: path.to_owned(), sha256, encoding, stamp })
    }

    /// Copies the file to the lake's disk, where nobody changes it.
    ///
    /// # Errors
    /// When it cannot be read, or the disk fails.
    pub fn copied(&self, root: &Path) -> Result<Draft, PipelineError> {
        let mut from = File::open(&self.path).map_err(io_at(&self.path))?;
        let mut copy = temporary(root)?;
        let mut piece = vec![0; 1 << 20];
        let (mut start, mut end) = (0, 0);
        loop {
            let length = from.read(&mut piece).map_err(io_at(&self.path))?;
            copy.write_all(piece.get(..length).unwrap_or_default()).map_err(io_at(copy.path()))?;
            end += length as u64;
            if length == 0 {
                return Ok(copy);
            }
            // It must be on the disk before it gets its name, and is not read again soon: the memory is for others.
            if end - start >= AHEAD {
                copy.file().sync_data().map_err(io_at(copy.path()))?;
                give_back(copy.file(), start, end);
                start = end;
            }
        }
    }

    /// Checks that the file is still the one that was read at first.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<(), PipelineError> {
        let now = stamp(&self.path).map_err(io_at(&self.path))?;
        if now == self.stamp {
            return Ok(());
        }
        Err(io_at(&self.path)(io::Error::other(
            "it changed while it was read; take it in when it is complete",
        )))
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let known = File::open(path)?.metadata()?;
    #[cfg(unix)]
    let (touched, number) = {
        use std::os::unix::fs::MetadataExt;
        ([known.ctime(), known.ctime_nsec()], [known.dev(), known.ino()])
    };
    #[cfg(not(unix))]
    let (touched, number) = ([0; 2], [0; 2]);
    Ok((known.len(), known.modified().ok(), touched, number))
}

/// The SHA-256 of a file, and the encoding of its text, unless it is packed. The file is read once for both.
fn digest_and_encoding(path: &Path) -> io::Result<(String, Option<Encoding>)> {
    if unpack::packing(path)? != Packing::None {
        return Ok((checksum::of_file(path)?.1, None));
    }
    thread::scope(|scope| {
        let (pieces, read) = mpsc::sync_channel::<Vec<u8>>(PIECES);
        let digest = scope.spawn(move || {
            let mut checksum = Checksum::default();
            for piece in read {
                checksum.update(piece);
            }
            checksum.hex()
        });
        let mut reader = Shared { file: File::open(path)?, pieces };
        let encoding = decode::sniff(&mut reader)?;
        // What tells the encoding may stand at the start.
        io::copy(&mut reader, &mut io::sink())?;
        drop(reader);
        let sha256 = digest.join().map_err(|_| io::Error::other("the reader stopped"))?;
        Ok((sha256, Some(encoding)))
    })
}

/// A file of which all that is read goes to another thread too.
struct Shared {
    file: File,
    pieces: SyncSender<Vec<u8>>,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        let piece = buffer.get(..length).unwrap_or_default().to_vec();
        self.pieces.send(piece).map_err(io::Error::other)?;
        Ok(length)
    }
}

/// Gives the memory back in which the system keeps a part of a file that is on the disk.
#[cfg(target_os = "linux")]
fn give_back(file: &File, start: u64, end: u64) {
    use std::num::NonZero;

    use rustix::fs::{Advice, fadvise};
    // Whether it does is its own business.
    let _ = fadvise(file, start, NonZero::new(end - start), Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn give_back(_: &File, _: u64, _: u64) {}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_changes_is_not_taken_for_what_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statement.csv");
        let long = "año,1\n".repeat(usize::try_from(AHEAD).unwrap() / 4);
        fs::write(&path, &long).unwrap();
        let source = Source::read(&path).unwrap();
        assert_eq!(source.encoding, Some(Encoding::Utf8));
        let copy = source.copied(folder.path()).unwrap();
        assert!(fs::read(copy.path()).unwrap() == long.as_bytes());
        assert_eq!(checksum::of_file(copy.path()).unwrap().1, source.sha256);
        source.check().unwrap();
        fs::write(&path, long.replace('1', "2")).unwrap();
        let message = source.check().unwrap_err().to_string();
        assert!(
            message.ends_with("it changed while it was read; take it in when it is complete"),
            "{message}"
        );
        let source = Source::read(&path).unwrap();
        fs::rename(copy.path(), &path).unwrap();
        assert!(source.check().is_err(), "another file of the same length");
    }
}
