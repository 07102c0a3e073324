//! Workbooks of spreadsheets (Office Open XML, ECMA-376): the cells of a sheet as clean CSV, row by row, so that they are read as
//! all other cells are.
//!
//! Read with the XML reader that statements have too, since nothing of a workbook is to be held that its bytes claim: a reader of
//! whole workbooks takes memory for as many texts as a file says that it has, and for each cell between the first and the last.
//! Only the texts that cells share are in memory, in bounds; of each part of the file no more is unpacked than of any other.

use std::io::{self, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::limits::{damaged, limited};
use super::xml::{Events, attribute};
use format::Style;
use rows::{SHEETS, STYLES};
use sheet::Sheet;
use texts::Texts;

mod format;
mod number;
mod old;
mod rows;
mod sheet;
mod texts;

/// The sheets with cells of a workbook of before 2007, in its order, by their places.
///
/// # Errors
/// When it is damaged.
pub fn old_sheets(bytes: &[u8]) -> io::Result<Vec<(usize, String)>> {
    Ok(old::Book::read(bytes)?.names().map(str::to_owned).enumerate().collect())
}

/// Whether a sheet of a workbook of before 2007 is not shown.
///
/// # Errors
/// When it is damaged.
pub fn is_old_hidden(bytes: &[u8], place: usize) -> io::Result<bool> {
    Ok(old::Book::read(bytes)?.is_hidden(place))
}

/// Reads a sheet of a workbook of before 2007, as [`read`] does.
///
/// # Errors
/// What `read` returns, and when the workbook is damaged.
pub fn read_old<T, E: From<io::Error>>(
    bytes: &[u8],
    place: usize,
    read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    let book = old::Book::read(bytes)?;
    let mut sheet = book.sheet(place)?;
    read(&mut sheet)
}

/// Whether a zip is a workbook.
#[must_use]
pub fn is_one<R: Read + Seek>(archive: &ZipArchive<R>) -> bool {
    archive.index_for_name("[Content_Types].xml").is_some()
        && archive.file_names().flatten().any(|name| name.starts_with("xl/"))
}

/// The sheets of a workbook that have cells, in its order, by their places.
///
/// # Errors
/// When it is damaged.
pub fn sheets<R: Read + Seek>(archive: &mut ZipArchive<R>) -> io::Result<Vec<(usize, String)>> {
    let book = Book::read(archive)?;
    Ok(book.sheets.into_iter().map(|(name, _)| name).enumerate().collect())
}

/// Whether a sheet is not shown.
///
/// # Errors
/// When the workbook is damaged.
pub fn is_hidden<R: Read + Seek>(archive: &mut ZipArchive<R>, place: usize) -> io::Result<bool> {
    Ok(Book::read(archive)?.hidden.contains(&place))
}

/// Reads a sheet, as CSV in UTF-8 with commas; a line is a row.
///
/// # Errors
/// What `read` returns, and when the workbook is damaged.
pub fn read<T, E: From<io::Error>, R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    place: usize,
    read: impl FnOnce(&mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    let book = Book::read(archive)?;
    let texts =
        book.strings.as_deref().map_or(Ok(Texts::default()), |part| Texts::read(open(archive, part)?))?;
    let styles = book.styles.as_deref().map_or(Ok(Vec::new()), |part| styles(archive, part))?;
    let part = book.sheets.get(place).map(|(_, part)| part.as_str()).unwrap_or_default();
    let events = Events::new(open(archive, part)?);
    read(&mut Sheet::new(events, &texts, &styles, book.is_1904, book.are_results_open))
}

/// A part of the file, unpacked.
fn open<'a, R: Read + Seek>(
    archive: &'a mut ZipArchive<R>,
    part: &str,
) -> io::Result<impl Read + use<'a, R>> {
    let file = archive
        .by_name(part)
        .map_err(|error| damaged(format!("the workbook's {part} is damaged: {error}")))?;
    let packed = file.compressed_size();
    Ok(limited(file, packed))
}

/// What a workbook consists of, by the names of its parts.
#[derive(Default)]
struct Book {
    /// Names of sheets, each with its part.
    sheets: Vec<(String, String)>,
    /// The places of those that are not shown.
    hidden: Vec<usize>,
    strings: Option<String>,
    styles: Option<String>,
    /// Days are counted from 1904.
    is_1904: bool,
    /// What cells work out is left to the program that opens the file.
    are_results_open: bool,
}

impl Book {
    fn read<R: Read + Seek>(archive: &mut ZipArchive<R>) -> io::Result<Self> {
        let root = relations(archive, "")?;
        let is_book = |(_, kind, _): &&Relation| kind == "officeDocument";
        let name = root.iter().find(is_book).map_or("xl/workbook.xml", |(.., target)| target).to_owned();
        let relations = relations(archive, &name)?;
        let of_kind = |wanted: &str| {
            relations.iter().find(|(_, kind, _)| kind == wanted).map(|(.., target)| target.clone())
        };
        let mut book =
            Self { strings: of_kind("sharedStrings"), styles: of_kind("styles"), ..Self::default() };
        let is_set = |element: &BytesStart, name: &str| {
            attribute(element, name).is_some_and(|value| value == "1" || value == "true")
        };
        let mut events = Events::new(open(archive, &name)?);
        loop {
            match events.next_event()? {
                Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                    b"workbookPr" => {
                        book.is_1904 = is_set(&element, "date1904");
                    }
                    b"calcPr" => book.are_results_open = is_set(&element, "fullCalcOnLoad"),
                    b"sheet" => {
                        let id = attribute(&element, "id");
                        let part = relations
                            .iter()
                            .find(|(of, kind, _)| kind == "worksheet" && Some(of) == id.as_ref());
                        if let (Some(name), Some((.., part))) = (attribute(&element, "name"), part) {
                            let state = attribute(&element, "state");
                            let is_hidden = state.is_some_and(|state| state != "visible");
                            book.hidden.extend(is_hidden.then_some(book.sheets.len()));
                            book.sheets.push((name, part.clone()));
                        }
                        if book.sheets.len() > SHEETS {
                            return Err(damaged(format!("the workbook has more than {SHEETS} sheets")));
                        }
                    }
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        if book.sheets.is_empty() {
            return Err(damaged("the workbook has no sheet with cells"));
        }
        Ok(book)
    }
}

/// The name of a relation, the last word of its kind, and the part that it leads to.
type Relation = (String, String, String);

/// The relations of a part; the file itself has no name.
fn relations<R: Read + Seek>(archive: &mut ZipArchive<R>, part: &str) -> io::Result<Vec<Relation>> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let place = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let own = format!("{place}_rels/{name}.rels");
    let mut found = Vec::new();
    if archive.index_for_name(&own).is_none() {
        return Ok(found);
    }
    let mut events = Events::new(open(archive, &own)?);
    loop {
        match events.next_event()? {
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == b"Relationship" && found.len() < STYLES =>
            {
                let [id, kind, target] =
                    ["Id", "Type", "Target"].map(|name| attribute(&element, name).unwrap_or_default());
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                let target = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("{place}{}", target.trim_start_matches("./")),
                };
                found.push((id, kind, target));
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// What the numbers of each style of cells are.
fn styles<R: Read + Seek>(archive: &mut ZipArchive<R>, part: &str) -> io::Result<Vec<Style>> {
    let mut events = Events::new(open(archive, part)?);
    let (mut formats, mut styles, mut is_style) = (Vec::new(), Vec::new(), false);
    loop {
        let event = events.next_event()?;
        match &event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                b"numFmt" => {
                    let code = attribute(element, "formatCode").unwrap_or_default();
                    formats.push((attribute(element, "numFmtId").unwrap_or_default(), Style::of_code(&code)));
                }
                b"cellXfs" => is_style = matches!(event, Event::Start(_)),
                b"xf" if is_style => {
                    let id = attribute(element, "numFmtId").unwrap_or_default();
                    let own = formats.iter().find(|(own, _)| *own == id).map(|(_, style)| style.clone());
                    styles.push(own.unwrap_or_else(|| Style::of_id(&id)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == b"cellXfs" => is_style = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
        if styles.len().max(formats.len()) > STYLES {
            return Err(damaged("the workbook has more styles than any"));
        }
    }
}
