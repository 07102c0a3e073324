//! Packed files: gzip and zip, known by their first bytes; a bomb is not unpacked to its end.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

/// Statements pack to a tenth or so. What unpacks to more than this many times its size, and is large, is a bomb.
const BOMB_RATIO: u64 = 250;
const BOMB_FLOOR: u64 = 64 << 20;
/// Files in a zip that are worth a look.
const MEMBERS: usize = 10_000;

/// Bytes of a name in a zip; the longest that file systems have, with its folders.
const NAME: usize = 1024;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zip,
}

/// A file that cannot be read to its end; travels inside an [`io::Error`], apart from trouble with our own disk.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Damaged(pub String);

fn damaged(message: impl Into<String>) -> io::Error {
    io::Error::other(Damaged(message.into()))
}

/// How a file is packed, by its first bytes and not by its name.
///
/// # Errors
/// When it cannot be read.
pub fn packing(path: &Path) -> io::Result<Packing> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [0x1F, 0x8B, ..] => Packing::Gzip,
        b"PK\x03\x04" | b"PK\x05\x06" => Packing::Zip,
        _ => Packing::None,
    })
}

/// The files in a zip with their places, without folders and what macOS adds.
///
/// # Errors
/// When it is damaged, has too many files, or is a workbook.
pub fn members(path: &Path) -> io::Result<Vec<(usize, String)>> {
    let mut archive = archive(path)?;
    if archive.len() > MEMBERS {
        return Err(damaged(format!("the zip has {} files, more than {MEMBERS}", archive.len())));
    }
    if archive.index_for_name("[Content_Types].xml").is_some() {
        return Err(damaged("this is a workbook of Excel or the like; save its sheet as CSV"));
    }
    let (mut found, mut names) = (Vec::new(), HashSet::new());
    for place in 0..archive.len() {
        let member = archive.by_index_raw(place).map_err(|error| damaged(unreadable(&error.to_string())))?;
        let mut name = String::from_utf8_lossy(member.name_raw()).into_owned();
        if name.len() > NAME {
            return Err(damaged(format!("the zip has a file with a name of more than {NAME} bytes")));
        }
        // Each row bears the name of its file, so no two may have the same.
        if !names.insert(name.clone()) {
            name = format!("{name}~{place}");
        }
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        if !member.is_dir() && !file.starts_with('.') && !name.starts_with("__MACOSX/") {
            found.push((place, name));
        }
    }
    Ok(found)
}

fn archive(path: &Path) -> io::Result<ZipArchive<BufReader<File>>> {
    let file = BufReader::new(File::open(path)?);
    ZipArchive::new(file).map_err(|error| damaged(unreadable(&error.to_string())))
}

fn unreadable(why: &str) -> String {
    format!("the packed file is damaged or locked: {why}")
}

/// Reads a file, unpacked; of a zip, the member at a place.
///
/// # Errors
/// What `read` returns; reading a damaged file gives it an [`io::Error`] with [`Damaged`] inside.
pub fn read<T, E: From<io::Error>>(
    path: &Path,
    member: Option<usize>,
    read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    if let Some(place) = member {
        let mut archive = archive(path)?;
        let file = archive.by_index(place).map_err(|error| damaged(unreadable(&error.to_string())))?;
        let limit = limit(file.compressed_size());
        return read(&mut Limited { reader: file, limit, left: limit });
    }
    let file = File::open(path).map_err(E::from)?;
    if packing(path)? == Packing::Gzip {
        let limit = limit(file.metadata()?.len());
        return read(&mut Limited { reader: MultiGzDecoder::new(BufReader::new(file)), limit, left: limit });
    }
    let mut file = file;
    read(&mut file)
}

fn limit(packed: u64) -> u64 {
    packed.saturating_mul(BOMB_RATIO).max(BOMB_FLOOR)
}

/// Ends with an error when more comes out than any statement has, or when the packed bytes are damaged.
struct Limited<R> {
    reader: R,
    limit: u64,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out).map_err(|error| damaged(unreadable(&error.to_string())))?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            damaged(format!(
                "it unpacks to more than {} MB, which no statement of its size does",
                self.limit >> 20
            ))
        })?;
        Ok(read)
    }
}
