//! Packed files: gzip, zip and workbooks, also those in a zip, known by their first bytes; a bomb is not unpacked to its end.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::container::MAGIC;
use super::limits::{damaged, limited, unreadable};
use super::workbook;

pub use super::limits::Damaged;

/// Files in a zip that are worth a look. The places of sheets of a workbook in a zip are that of the workbook, and so many more
/// for each sheet.
const MEMBERS: usize = 10_000;
/// Bytes of a workbook that is read as a whole: one of before 2007, or one in a zip.
const WHOLE: u64 = 32 << 20;

/// Bytes of a name in a zip; the longest that file systems have, with its folders.
const NAME: usize = 1024;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zip,
    /// A workbook of before 2007.
    OldWorkbook,
}

/// How a file is packed, by its first bytes and not by its name.
///
/// # Errors
/// When it cannot be read.
pub fn packing(path: &Path) -> io::Result<Packing> {
    let mut start = Vec::new();
    File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(packing_of(&start))
}

fn packing_of(start: &[u8]) -> Packing {
    match start {
        _ if start == MAGIC => Packing::OldWorkbook,
        [0x1F, 0x8B, ..] => Packing::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
        _ => Packing::None,
    }
}

/// The files in a zip with their places, without folders and what macOS adds; of a workbook its sheets.
///
/// # Errors
/// When it is damaged, or has too many files.
pub fn members(path: &Path) -> io::Result<Vec<(usize, String)>> {
    if packing(path)? == Packing::OldWorkbook {
        return workbook::old_sheets(&whole(File::open(path)?)?);
    }
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
    if ["mimetype", "content.xml", "META-INF/manifest.xml"]
        .iter()
        .all(|part| archive.index_for_name(part).is_some())
    {
        return Err(damaged("this is a document of OpenDocument, as ODS is; save it as XLSX or CSV"));
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
        if member.is_dir() || file.starts_with('.') || name.starts_with("__MACOSX/") {
            continue;
        }
        drop(member);
        // What is wrong with a workbook, or is none, is told where it is read.
        match packed(&mut archive, place).ok().flatten().map(|bytes| sheets(&bytes)) {
            Some(Ok(sheets)) => found.extend(
                sheets
                    .into_iter()
                    .map(|(sheet, title)| (place + (sheet + 1) * MEMBERS, format!("{name}#{title}"))),
            ),
            _ => found.push((place, name)),
        }
    }
    Ok(found)
}

/// Whether a member of a zip is a sheet of a workbook in it.
#[must_use]
pub fn is_sheet_within(member: usize) -> bool {
    member >= MEMBERS
}

/// The place of the file of a zip in which a member is.
#[must_use]
pub fn file_of(member: usize) -> usize {
    member % MEMBERS
}

fn whole(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(WHOLE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > WHOLE {
        let most = WHOLE >> 20;
        return Err(damaged(format!(
            "the workbook has more than {most} MB; save it as CSV, or as XLSX outside of a zip"
        )));
    }
    Ok(bytes)
}

/// The bytes of a file in a zip that is packed itself; nothing for another.
fn packed(archive: &mut ZipArchive<BufReader<File>>, place: usize) -> io::Result<Option<Vec<u8>>> {
    let file = archive.by_index(place).map_err(|error| damaged(unreadable(&error.to_string())))?;
    let size = file.compressed_size();
    let (mut reader, mut start) = (limited(file, size), Vec::new());
    reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    match packing_of(&start) {
        Packing::OldWorkbook | Packing::Zip => whole(Cursor::new(start).chain(reader)).map(Some),
        Packing::None | Packing::Gzip => Ok(None),
    }
}

/// A workbook in memory.
enum Book<'a> {
    Old(&'a [u8]),
    Xml(ZipArchive<Cursor<&'a [u8]>>),
}

fn book(bytes: &[u8]) -> io::Result<Book<'_>> {
    if packing_of(bytes.get(..MAGIC.len()).unwrap_or_default()) == Packing::OldWorkbook {
        return Ok(Book::Old(bytes));
    }
    let archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(unreadable(&error.to_string())))?;
    if workbook::is_one(&archive) {
        Ok(Book::Xml(archive))
    } else {
        Err(damaged("it is packed in a zip that is in a zip; take it out of the outer one"))
    }
}

fn sheets(bytes: &[u8]) -> io::Result<Vec<(usize, String)>> {
    match book(bytes)? {
        Book::Old(bytes) => workbook::old_sheets(bytes),
        Book::Xml(mut archive) => workbook::sheets(&mut archive),
    }
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
    Ok(match packing(path)? {
        Packing::OldWorkbook => true,
        Packing::Zip => workbook::is_one(&archive(path)?),
        Packing::None | Packing::Gzip => false,
    })
}

/// Whether the sheet at a place is one that its workbook does not show.
///
/// # Errors
/// When it cannot be read, or is damaged.
pub fn is_hidden_sheet(path: &Path, place: usize) -> io::Result<bool> {
    if packing(path)? == Packing::OldWorkbook {
        return workbook::is_old_hidden(&whole(File::open(path)?)?, place);
    }
    let mut archive = archive(path)?;
    if workbook::is_one(&archive) {
        return workbook::is_hidden(&mut archive, place);
    }
    let (Some(bytes), Some(sheet)) =
        (packed(&mut archive, file_of(place))?, (place / MEMBERS).checked_sub(1))
    else {
        return Ok(false);
    };
    match book(&bytes)? {
        Book::Old(bytes) => workbook::is_old_hidden(bytes, sheet),
        Book::Xml(mut archive) => workbook::is_hidden(&mut archive, sheet),
    }
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
        if packing(path)? == Packing::OldWorkbook {
            return workbook::read_old(&whole(File::open(path)?)?, place, read);
        }
        let mut archive = archive(path)?;
        if workbook::is_one(&archive) {
            return workbook::read(&mut archive, place, read);
        }
        if let Some(bytes) = packed(&mut archive, file_of(place))? {
            let sheet = (place / MEMBERS).checked_sub(1);
            return match (book(&bytes)?, sheet) {
                (Book::Old(bytes), Some(sheet)) => workbook::read_old(bytes, sheet, read),
                (Book::Xml(mut archive), Some(sheet)) => workbook::read(&mut archive, sheet, read),
                // Its sheets could not be told, which says why.
                (_, None) => Err(sheets(&bytes).err().unwrap_or_else(|| damaged("it is damaged")).into()),
            };
        }
        let file = archive.by_index(place).map_err(|error| damaged(unreadable(&error.to_string())))?;
        let size = file.compressed_size();
        return read(&mut limited(file, size));
    }
    let file = File::open(path).map_err(E::from)?;
    if packing(path)? == Packing::Gzip {
        let packed = file.metadata()?.len();
        return read(&mut limited(MultiGzDecoder::new(BufReader::new(file)), packed));
    }
    let mut file = file;
    read(&mut file)
}
