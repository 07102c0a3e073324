//! How much of a table's files the engine reads at most, for the columns that it needs.
//!
//! As Trino's reader of Parquet does by default: a small file is read whole; of a large one its footer and the pieces of
//! the columns, with what lies between two of them when that is little.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};

use super::super::client::Client;
use super::super::fault;
use crate::engine::EngineError;
use crate::lake::remote::stored::Stored;

/// `parquet.small-file-threshold`, and `parquet.max-merge-distance`.
const SMALL: u64 = 3 << 20;
const BETWEEN: u64 = 1 << 20;
/// What is read of a file's end before its footer is known.
const TAIL: u64 = 48 << 10;
/// Footers that are read, so many at once; more files are taken to be as the worst of them.
const FOOTERS: usize = 32;
const AT_ONCE: usize = 8;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub(super) bytes: u64,
    /// Files whose footers were read, of those that are large.
    pub(super) footers: usize,
    pub(super) large: usize,
}

/// The bytes that are read of files for some columns, by name; for all columns when there are none given.
pub(super) async fn read(
    client: &Client,
    files: &[&Stored],
    columns: Option<&BTreeSet<String>>,
) -> Result<Found, EngineError> {
    let whole: u64 = files.iter().map(|file| file.size).sum();
    let Some(columns) = columns else { return Ok(Found { bytes: whole, ..Found::default() }) };
    let (large, small): (Vec<&Stored>, Vec<&Stored>) =
        files.iter().copied().partition(|file| file.size > SMALL);
    // Spread over all partitions, since old and new files differ.
    let step = large.len().div_ceil(FOOTERS).max(1);
    let sample: Vec<Stored> = large.iter().step_by(step).map(|file| (*file).clone()).collect();
    let sizes: Vec<(u64, u64)> = stream::iter(sample)
        .map(|file| async move { Ok::<_, EngineError>((needed(client, &file, columns).await?, file.size)) })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let of_small: u64 = small.iter().map(|file| file.size).sum();
    let of_large: u64 = large.iter().map(|file| file.size).sum();
    let (known, of_known) = sizes.iter().fold((0, 0), |(a, b), (needed, size)| (a + needed, b + size));
    let worst = |rest: u64| {
        let shares = sizes.iter().map(|(needed, size)| {
            u64::try_from((u128::from(rest) * u128::from(*needed)).div_ceil(u128::from(*size)))
                .unwrap_or(rest)
        });
        shares.max().unwrap_or(rest)
    };
    let bytes = of_small + known + worst(of_large - of_known);
    Ok(Found { bytes, footers: sizes.len(), large: large.len() })
}

async fn needed(client: &Client, file: &Stored, columns: &BTreeSet<String>) -> Result<u64, EngineError> {
    // A file that is no Parquet, or cannot be understood, is read whole.
    let Some((metadata, footer)) = footer(client, file).await? else { return Ok(file.size) };
    Ok((pieces(&metadata, columns) + footer.max(TAIL)).min(file.size))
}

/// The footer of a file and its length.
async fn footer(client: &Client, file: &Stored) -> Result<Option<(ParquetMetaData, u64)>, EngineError> {
    let read = async |length: u64| {
        let range = file.size.saturating_sub(length)..file.size;
        client.buckets.read(file, range).await.map_err(|error| fault::of_place(&error))
    };
    let mut end = read(TAIL).await?;
    let Some(length) = footer_length(&end) else { return Ok(None) };
    let all = length + 8;
    if all > end.len() as u64 {
        if all > file.size {
            return Ok(None);
        }
        end = read(all).await?;
    }
    let start = end.len() - usize::try_from(all).unwrap_or(end.len());
    let metadata = ParquetMetaDataReader::decode_metadata(&end[start..end.len() - 8]);
    Ok(metadata.ok().map(|metadata| (metadata, all)))
}

fn footer_length(end: &[u8]) -> Option<u64> {
    let (length, mark) = end.last_chunk::<8>()?.split_first_chunk::<4>()?;
    (mark == b"PAR1").then(|| u64::from(u32::from_le_bytes(*length)))
}

/// The pieces of the columns, with what lies between two that are near each other.
fn pieces(metadata: &ParquetMetaData, columns: &BTreeSet<String>) -> u64 {
    let is_needed = |path: &[String]| path.first().is_some_and(|name| columns.contains(&name.to_lowercase()));
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let chunks = chunks.filter(|chunk| is_needed(chunk.column_path().parts()));
    joined(chunks.map(ColumnChunkMetaData::byte_range).collect())
}

/// Bytes of pieces, given by start and length, that are read together.
fn joined(mut pieces: Vec<(u64, u64)>) -> u64 {
    pieces.sort_unstable();
    let (mut bytes, mut end) = (0, None);
    for (start, length) in pieces {
        let stop = start.saturating_add(length);
        let from =
            end.map_or(start, |end: u64| if start.saturating_sub(end) <= BETWEEN { end } else { start });
        bytes += stop.saturating_sub(from);
        end = Some(end.unwrap_or(0).max(stop));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_near_pieces_is_read_too() {
        let far = BETWEEN + 11;
        assert_eq!(joined(vec![]), 0);
        assert_eq!(joined(vec![(4, 6)]), 6);
        assert_eq!(joined(vec![(10, 5), (4, 6)]), 11);
        assert_eq!(joined(vec![(4, 6), (10 + BETWEEN, 5)]), 6 + BETWEEN + 5);
        assert_eq!(joined(vec![(4, 6), (far, 5)]), 11);
    }

    #[test]
    fn the_end_of_a_file_tells_its_footer() {
        assert_eq!(footer_length(b"....\x02\x01\0\0PAR1"), Some(258));
        assert_eq!(footer_length(b"\x02\0\0\0PAR2"), None);
        assert_eq!(footer_length(b"PAR1"), None);
    }
}
