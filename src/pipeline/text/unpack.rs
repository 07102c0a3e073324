//! Packed files: gzip, zip and workbooks, known by their first bytes; a bomb is not unpacked to its end.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::limits::{damaged, limited, unreadable};
use super::workbook;

pub use super::limits::Damaged;

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
    /// A workbook of before 2007 (OLE2), whose cells are not read.
    OldWorkbook,
}

/// How a file is packed, by its first bytes and not by its name.
///
/// # Errors
/// When it cannot be read.
pub fn packing(path: &Path) -> io::Result<Packing> {
    let mut start = Vec::new();
    File::open(path)?.take(8).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [0x1F, 0x8B, ..] => Packing::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] => Packing::OldWorkbook,
        _ => Packing::None,
    })
}

/// The files in a zip with their places, without folders and what macOS adds; of a workbook its sheets.
///
/// # Errors
/// When it is damaged, or has too many files.
pub fn members(path: &Path) -> io::Result<Vec<(usize, String)>> {
    let mut archive = archive(path)?;
    if archive.len() > MEMBERS {
        return Err(damaged(format!("the zip has {} files, more than {MEMBERS}", archive.len())));
    }
    if workbook::is_one(&archive) {
        return workbook::sheets(&mut archive);
    }
    if archive.index_for_name("[Content_Types].xml").is_some() {
        return Err(damaged("this is a document of an office program and no workbook"));
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

/// Whether a file is a workbook, whose members are sheets.
///
/// # Errors
/// When it cannot be read, or is a damaged zip.
pub fn is_workbook(path: &Path) -> io::Result<bool> {
    Ok(packing(path)? == Packing::Zip && workbook::is_one(&archive(path)?))
}

/// Reads a file, unpacked; of a zip, the member at a place; of a workbook, a sheet as CSV.
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
        if workbook::is_one(&archive) {
            return workbook::read(&mut archive, place, read);
        }
        let file = archive.by_index(place).map_err(|error| damaged(unreadable(&error.to_string())))?;
        let packed = file.compressed_size();
        return read(&mut limited(file, packed));
    }
    let file = File::open(path).map_err(E::from)?;
    if packing(path)? == Packing::Gzip {
        let packed = file.metadata()?.len();
        return read(&mut limited(MultiGzDecoder::new(BufReader::new(file)), packed));
    }
    let mut file = file;
    read(&mut file)
}
