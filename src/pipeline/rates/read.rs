//! What a file of rates is, told from its bytes, and what it says; nothing is taken from its name.

use std::io::{self, Cursor, Read};

use super::answer::{Answer, Refusal};
use super::{csv, ecb, json};
use crate::checksum::sha256;

/// No history of daily rates is as large as this unpacked; an archive that is stops here.
const LARGEST: u64 = 256 << 20;

/// Reads a file of rates: the ECB's CSV in both dialects, its XML and what its data portal gives, Open Exchange Rates' JSON
/// (latest, historical, time series), Frankfurter's (v1, v2, lines), the Federal Reserve's H.10 as CSV; all also gzipped or zipped.
///
/// # Errors
/// When the bytes are none of these, or an error that the provider sent.
pub fn answer(bytes: &[u8]) -> Result<Answer, Refusal> {
    let (unpacked, packing) = unpack(bytes)?;
    let text = std::str::from_utf8(&unpacked)
        .map_err(|_| Refusal::new("not_text", "the file is neither text nor an archive of text"))?;
    let text = text.trim_start_matches('\u{feff}');
    let mut answer = match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => json::answer(text)?,
        Some(b'<') => ecb::xml(text)?,
        _ if ecb::is_portal(text.lines().next().unwrap_or_default()) => ecb::portal(text)?,
        _ => csv::answer(text)?,
    };
    answer.extension = match (packing, answer.extension) {
        (Packing::Zip, _) => "zip",
        (Packing::Gzip, "json") => "json.gz",
        (Packing::Gzip, "xml") => "xml.gz",
        (Packing::Gzip, _) => "csv.gz",
        (Packing::None, plain) => plain,
    };
    answer.sha256 = sha256(bytes);
    if answer.days.is_empty() {
        return Err(Refusal::new("no_rates", "the file holds no rates"));
    }
    Ok(answer)
}

enum Packing {
    None,
    Gzip,
    Zip,
}

fn unpack(bytes: &[u8]) -> Result<(Vec<u8>, Packing), Refusal> {
    let broken = |what: &str| Refusal::new("broken_archive", format!("the {what} archive is broken"));
    let mut text = Vec::new();
    if bytes.starts_with(b"PK\x03\x04") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken("zip"))?;
        let is_ours = |name: &str| {
            let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
            end.is_some_and(|end| ["csv", "json", "xml"].contains(&end.as_str()))
        };
        let places: Vec<usize> = archive
            .file_names()
            .enumerate()
            .filter_map(|(place, name)| name.is_ok_and(|name| is_ours(&name)).then_some(place))
            .collect();
        // Which of several is meant is not for us to say, and no more than one would be read.
        let [place] = places.as_slice() else {
            let message =
                format!("the archive holds {} CSV, JSON or XML files, where one is read", places.len());
            return Err(Refusal::new("unknown_format", message));
        };
        let file = archive.by_index(*place).map_err(|_| broken("zip"))?;
        read_all(file, &mut text).map_err(|_| broken("zip"))?;
        return Ok((text, Packing::Zip));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let file = flate2::read::MultiGzDecoder::new(bytes);
        read_all(file, &mut text).map_err(|_| broken("gzip"))?;
        return Ok((text, Packing::Gzip));
    }
    Ok((bytes.to_vec(), Packing::None))
}

/// Reads to the end; a file that is too large is not cut but refused.
fn read_all(file: impl Read, text: &mut Vec<u8>) -> io::Result<()> {
    if file.take(LARGEST + 1).read_to_end(text)? as u64 > LARGEST {
        return Err(io::Error::other("it is too large"));
    }
    Ok(())
}
