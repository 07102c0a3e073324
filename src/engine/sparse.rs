//! A Parquet object of which only some bytes are here; the parquet crate reads it as if it were a file.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::bytes::Bytes as Shared;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::reader::{ChunkReader, Length};
use tokio_util::sync::CancellationToken;

use super::{EngineError, ErrorKind};
use crate::lake::objects::Objects;
use crate::lake::place::PlaceError;

/// Bytes that are asked for where nobody said how many there will be.
const STEP: u64 = 1 << 16;
/// Gaps that are read over: another request would take longer.
const GAP: u64 = 1 << 15;
/// Bytes that stay here for the next window.
const MOST: usize = 32 << 20;

/// Some bytes of an object of a list.
pub(super) type Bytes = (usize, Range<u64>);

/// Bytes of objects that are here.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) objects: Objects,
    parts: Arc<Mutex<Parts>>,
}

#[derive(Default)]
struct Parts {
    /// By object and first byte.
    by_start: BTreeMap<(usize, u64), Arc<Vec<u8>>>,
    size: usize,
    /// Why the last request failed; the parquet crate's errors are only texts.
    failed: Option<PlaceError>,
}

impl Held {
    pub(super) fn new(objects: Objects) -> Self {
        Self { objects, parts: Arc::default() }
    }

    /// Brings what is not here yet, several requests at once.
    pub(super) fn bring(&self, wanted: Vec<Bytes>, cancel: &CancellationToken) -> Result<()> {
        let missing = wanted.into_iter().map(|(object, range)| {
            let here = self.end_of(object, range.start).min(range.end);
            (object, here..range.end)
        });
        let mut missing: Vec<Bytes> = missing.filter(|(_, range)| !range.is_empty()).collect();
        missing.sort_by_key(|(object, range)| (*object, range.start));
        let mut joined: Vec<Bytes> = Vec::new();
        for (object, range) in missing {
            match joined.last_mut() {
                Some((of, last)) if *of == object && range.start <= last.end + GAP => {
                    last.end = last.end.max(range.end);
                }
                _ => joined.push((object, range)),
            }
        }
        if joined.is_empty() {
            return Ok(());
        }
        let bytes = self.objects.ranges(&joined, &|| cancel.is_cancelled()).map_err(|error| {
            let text = ParquetError::General(error.to_string());
            self.lock().failed = Some(error);
            text
        })?;
        let mut parts = self.lock();
        for ((object, range), bytes) in joined.into_iter().zip(bytes) {
            parts.size += bytes.len();
            parts.by_start.insert((object, range.start), Arc::new(bytes));
        }
        Ok(())
    }

    /// Lets go of what a window needed, when it is much.
    pub(super) fn let_go(&self, of_all: bool) {
        let mut parts = self.lock();
        if of_all || parts.size > MOST {
            parts.by_start.clear();
            parts.size = 0;
        }
    }

    /// The part that has a byte, with the place of the byte in it.
    fn part(&self, object: usize, at: u64) -> Option<(Arc<Vec<u8>>, usize)> {
        let parts = self.lock();
        let (&(_, start), bytes) = parts.by_start.range((object, 0)..=(object, at)).next_back()?;
        let place = usize::try_from(at - start).ok()?;
        (place < bytes.len()).then(|| (Arc::clone(bytes), place))
    }

    /// The first byte from this one on that is not here.
    fn end_of(&self, object: usize, mut at: u64) -> u64 {
        while let Some((bytes, place)) = self.part(object, at) {
            at += (bytes.len() - place) as u64;
        }
        at
    }

    /// The error in place of one of the parquet crate.
    pub(super) fn failed(&self, object: usize, error: &ParquetError) -> EngineError {
        let key = self.objects.list.get(object).map_or("", |object| &object.path);
        let place = format!("{}/{key}", self.objects.place);
        match self.lock().failed.take() {
            Some(PlaceError::Cancelled) => EngineError::cancelled(),
            Some(PlaceError::Changed { .. }) => super::duckdb::changed(&place),
            Some(error) => {
                let failed = EngineError::new(ErrorKind::Io, error.to_string());
                error.hint().map_or(failed.clone(), |hint| failed.with_hint(hint))
            }
            None => EngineError::new(ErrorKind::Data, format!("cannot read {place}: {error}")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One object, as the parquet crate reads it. What is not here is brought.
#[derive(Clone)]
pub(super) struct Sparse {
    pub(super) held: Held,
    pub(super) object: usize,
    pub(super) cancel: CancellationToken,
}

impl Length for Sparse {
    fn len(&self) -> u64 {
        self.held.objects.list.get(self.object).map_or(0, |object| object.size)
    }
}

impl ChunkReader for Sparse {
    type T = ReadOn;

    fn get_read(&self, start: u64) -> Result<ReadOn> {
        Ok(ReadOn { of: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Shared> {
        self.held.bring(vec![(self.object, start..start + length as u64)], &self.cancel)?;
        let mut found = Vec::with_capacity(length);
        while found.len() < length {
            let part = self.held.part(self.object, start + found.len() as u64);
            let (bytes, place) = part.ok_or_else(|| ParquetError::EOF("the object ends too early".into()))?;
            found.extend(bytes[place..].iter().take(length - found.len()));
        }
        Ok(found.into())
    }
}

/// An object from a byte on.
pub(super) struct ReadOn {
    of: Sparse,
    at: u64,
}

impl Read for ReadOn {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let end = self.of.len();
        if self.at >= end || out.is_empty() {
            return Ok(0);
        }
        let Sparse { held, object, cancel } = &self.of;
        if held.part(*object, self.at).is_none() {
            let next = (*object, self.at..end.min(self.at + STEP));
            held.bring(vec![next], cancel).map_err(io::Error::other)?;
        }
        let (bytes, place) = held.part(*object, self.at).ok_or(io::ErrorKind::UnexpectedEof)?;
        let read = (&bytes[place..]).read(out)?;
        self.at += read as u64;
        Ok(read)
    }
}
