//! Files of which the engine's own reading would lose something in silence, and what reads them whole.
//!
//! - a Parquet DECIMAL of more than 38 digits, which DuckDB makes a DOUBLE: touching the column is refused;
//! - a folder `year=2018` around a file that has a column `year` of its own, which DuckDB hides: both stay;
//! - a CSV in UTF-16 or Windows-1252, which DuckDB refuses: it is decoded as statements are;
//! - a CSV in which few lines are longer or shorter than the first, which DuckDB takes for one column: every line is
//!   as wide as the widest.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::Type;

use super::{FileKind, Relation, TEXT_ONLY, is_packed, literal, reading, table_name};
use crate::encoding::{self, Decoder, Encoding};
use crate::sql::{quote_name, quote_text};

/// Bytes of a text that are looked at.
const SAMPLE: u64 = 1 << 20;
/// Digits that the engine's widest DECIMAL holds.
const DIGITS: i32 = 38;

/// What a statement that names this Parquet file should read instead of the file; nothing for nearly every file.
#[must_use]
pub fn peculiar(path: &Path) -> Option<Relation> {
    let kind = FileKind::of_name(path.to_str()?).filter(|kind| *kind == FileKind::Parquet)?;
    let files = [path.to_owned()];
    let from = from_item(kind, &files, &files, true)?;
    Some(Relation { name: table_name(path), from, file: None, copies: None })
}

/// A column of a Parquet file whose digits the engine cannot hold, as a sentence.
#[must_use]
pub fn wide_column(path: &Path) -> Option<String> {
    wide_columns(path)?.first().map(|column| too_wide(column))
}

/// Those columns; nothing of a file that is not Parquet.
fn wide_columns(path: &Path) -> Option<Vec<Arc<Type>>> {
    let reader = SerializedFileReader::new(File::open(path).ok()?).ok()?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    Some(schema.root_schema().get_fields().iter().filter(|column| is_wide(column)).cloned().collect())
}

fn is_wide(column: &Type) -> bool {
    column.is_primitive() && column.get_precision() > DIGITS
}

fn too_wide(column: &Type) -> String {
    let (name, digits) = (column.name(), column.get_precision());
    format!("the column {name} is a DECIMAL of {digits} digits, and the engine holds {DIGITS}")
}

/// What reads a file of cells as texts.
pub(super) fn texts(path: &Path, kind: FileKind) -> String {
    let options = match delimited(path, kind) {
        Some((mark, true, _)) => {
            format!(", delim = '{mark}', quote = '\"', header = true, null_padding = true, parallel = false")
        }
        Some((mark, _, true)) => format!(", delim = '{mark}'"),
        _ => String::new(),
    };
    let path = quote_text(&literal(&path.to_string_lossy()));
    format!("read_csv([{path}], hive_partitioning = false{options}{TEXT_ONLY})")
}

/// What reads peculiar files (`paths` in their place); nothing when they are none.
pub(super) fn from_item(kind: FileKind, files: &[PathBuf], paths: &[PathBuf], hive: bool) -> Option<String> {
    match kind {
        FileKind::Parquet => parquet(files, paths, hive),
        FileKind::Csv | FileKind::Tsv => {
            let [path] = paths else { return None };
            let (delimiter, is_ragged, _) = delimited(path, kind)?;
            let path = quote_text(&literal(&path.to_string_lossy()));
            is_ragged.then(|| {
                format!(
                    "read_csv([{path}], hive_partitioning = {hive}, delim = '{delimiter}', quote = '\"', header = true, \
                     null_padding = true, parallel = false{TEXT_ONLY})"
                )
            })
        }
        FileKind::Json => None,
    }
}

/// The text of a file as UTF-8, when it is a text in another encoding.
pub(super) fn decoded(file: &Path, kind: FileKind) -> io::Result<Option<impl Read + use<>>> {
    let is_packed = is_packed(file);
    if !matches!(kind, FileKind::Csv | FileKind::Tsv) || is_packed {
        return Ok(None);
    }
    let mut sample = Vec::new();
    File::open(file)?.take(SAMPLE).read_to_end(&mut sample)?;
    // A sample may end in half a character, which would be taken for one of another encoding.
    if sample.len() as u64 == SAMPLE {
        sample.truncate(sample.iter().rposition(u8::is_ascii).map_or(sample.len(), |last| last + 1));
    }
    match encoding::sniff(&mut sample.as_slice())? {
        // Behind a mark DuckDB takes the quotes of the first name for a part of it.
        Encoding::Utf8 if !sample.starts_with("\u{feff}\"".as_bytes()) => Ok(None),
        encoding => Ok(Some(Decoder::new(File::open(file)?, encoding))),
    }
}

fn parquet(files: &[PathBuf], paths: &[PathBuf], hive: bool) -> Option<String> {
    let reader = SerializedFileReader::new(File::open(files.first()?).ok()?).ok()?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = schema.root_schema().get_fields();
    let mut wide = wide_columns(files.first()?)?;
    for file in &files[1..] {
        for column in wide_columns(file).unwrap_or_default() {
            if wide.iter().all(|known| !known.name().eq_ignore_ascii_case(column.name())) {
                wide.push(column);
            }
        }
    }
    let replaced: Vec<_> = wide
        .iter()
        .map(|column| {
            let why = quote_text(&too_wide(column));
            let kind = format!("DECIMAL({DIGITS},{})", column.get_scale().clamp(0, DIGITS));
            format!("CAST(error({why}) AS {kind}) AS {}", quote_name(column.name()))
        })
        .collect();
    let folders = if hive { reading::folders(&files[0]) } else { Vec::new() };
    let keys: Vec<_> = folders.into_iter().map(|(key, _)| key).collect();
    let hides = keys.iter().any(|key| columns.iter().any(|column| column.name().eq_ignore_ascii_case(key)));
    if replaced.is_empty() && !hides {
        return None;
    }
    let list: Vec<_> = paths.iter().map(|path| literal(&path.to_string_lossy())).collect();
    let union = if list.len() > 1 { ", union_by_name = true" } else { "" };
    let named = if hides { ", filename = 'file of the row'" } else { "" };
    let from = FileKind::Parquet.item_with(&list, hive && !hides, &format!("{union}{named}"));
    let mut select = String::from("*");
    if !replaced.is_empty() {
        select = format!("{select} REPLACE ({})", replaced.join(", "));
    }
    if !hides {
        return Some(format!("(SELECT {select} FROM {from})"));
    }
    // The folder's value stands beside the file's own column, under a name that says where it is from.
    let folders = keys.iter().map(|key| {
        let taken = columns.iter().any(|column| column.name().eq_ignore_ascii_case(key));
        let name = if taken { format!("folder_{key}") } else { key.clone() };
        let pattern = quote_text(&format!("/{key}=([^/]*)/"));
        format!("regexp_extract(\"file of the row\", {pattern}, 1) AS {}", quote_name(&name))
    });
    let folders = folders.collect::<Vec<_>>().join(", ");
    Some(format!("(SELECT {select}, {folders} FROM {from})").replacen(
        '*',
        "* EXCLUDE (\"file of the row\")",
        1,
    ))
}

/// The mark between cells, whether most lines have as many of it as the first and some have not, and whether all have.
pub(super) fn delimited(path: &Path, kind: FileKind) -> Option<(char, bool, bool)> {
    if is_packed(path) {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(SAMPLE).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let candidates: &[char] = if kind == FileKind::Tsv { &['\t'] } else { &[',', ';', '\t', '|'] };
    let header = text.lines().next()?;
    let delimiter = *candidates.iter().max_by_key(|mark| header.matches(**mark).count())?;
    let mut lines = marks_by_line(&text, delimiter);
    // The last line of a sample may be half a line.
    if bytes.len() as u64 == SAMPLE {
        lines.pop();
    }
    let first = *lines.first()?;
    let alike = lines.iter().filter(|count| **count == first).count();
    let is_mark = first > 0;
    let is_ragged = is_mark && alike < lines.len() && alike * 2 > lines.len();
    Some((delimiter, is_ragged, is_mark && alike == lines.len()))
}

/// How often a mark stands outside of quotes in each line that is not empty.
fn marks_by_line(text: &str, mark: char) -> Vec<usize> {
    let (mut counts, mut count, mut quoted, mut is_empty) = (Vec::new(), 0, false, true);
    for at in text.chars() {
        match at {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                if !is_empty {
                    counts.push(count);
                }
                (count, is_empty) = (0, true);
                continue;
            }
            at if at == mark && !quoted => count += 1,
            _ => {}
        }
        is_empty &= at == '\r';
    }
    if !is_empty {
        counts.push(count);
    }
    counts
}
