//! Compound files (OLE2, [MS-CFB]): a stream by its name. Workbooks of before 2007 are in one.
//!
//! Nothing is taken that the file does not have: it is in memory, within a bound, and a chain of sectors is no longer than it.

use std::io;

use super::limits::damaged;

/// How such a file begins.
pub const MAGIC: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// Sector numbers from here on are none.
const LAST: u32 = 0xFFFF_FFFA;
/// Where the header's own numbers of sectors of the table stand, and how many.
const TABLE: usize = 76;
const OWN: usize = 109;
const ENTRY: usize = 128;

/// A compound file.
pub struct Container<'a> {
    bytes: &'a [u8],
    /// Bytes of a sector, as a power of two.
    shift: u32,
    /// For each sector the one behind it.
    table: Vec<u32>,
}

/// A stream's place in the folder.
struct Entry {
    name: String,
    kind: u8,
    start: u32,
    length: usize,
}

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_le_bytes)
}

pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn cut() -> io::Error {
    damaged("the file is cut or damaged: its parts do not hang together")
}

impl<'a> Container<'a> {
    /// # Errors
    /// When it is none, or is damaged.
    pub fn of(bytes: &'a [u8]) -> io::Result<Self> {
        let shift = u16_at(bytes, 30).map_or(0, u32::from);
        if !bytes.starts_with(&MAGIC) || !matches!(shift, 9 | 12) {
            return Err(cut());
        }
        let mut file = Self { bytes, shift, table: Vec::new() };
        let mut sectors = Vec::new();
        sectors.extend((0..OWN).filter_map(|place| u32_at(bytes, TABLE + place * 4)));
        // More of them stand in sectors of their own, each with the number of the next at its end.
        let mut next = u32_at(bytes, 68).ok_or_else(cut)?;
        for _ in 0..file.most() {
            if next >= LAST {
                break;
            }
            let sector = file.sector(next)?;
            let (numbers, last) = sector.split_at_checked(sector.len().saturating_sub(4)).ok_or_else(cut)?;
            sectors.extend(words(numbers));
            next = u32_at(last, 0).ok_or_else(cut)?;
        }
        let most = file.most();
        for sector in sectors.into_iter().filter(|sector| *sector < LAST).take(most) {
            let sector = file.sector(sector)?;
            file.table.extend(words(sector));
        }
        Ok(file)
    }

    /// Sectors that the file has at most.
    fn most(&self) -> usize {
        (self.bytes.len() >> self.shift) + 1
    }

    /// One sector, of which the file's last may be short.
    fn sector(&self, number: u32) -> io::Result<&'a [u8]> {
        let start = usize::try_from(number).ok().and_then(|number| (number + 1).checked_mul(1 << self.shift));
        let rest = start.and_then(|start| self.bytes.get(start..)).filter(|rest| !rest.is_empty());
        rest.map(|rest| rest.get(..1 << self.shift).unwrap_or(rest)).ok_or_else(cut)
    }

    /// The bytes of a chain of sectors.
    fn chain(&self, start: u32) -> io::Result<Vec<u8>> {
        let (mut out, mut next) = (Vec::new(), start);
        for _ in 0..=self.most() {
            if next >= LAST {
                return Ok(out);
            }
            out.extend_from_slice(self.sector(next)?);
            next = self.table.get(usize::try_from(next).unwrap_or(usize::MAX)).copied().ok_or_else(cut)?;
        }
        Err(cut())
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let folder = self.chain(u32_at(self.bytes, 48).ok_or_else(cut)?)?;
        let entry = |bytes: &[u8]| {
            let name: Vec<_> =
                (0..31).filter_map(|place| u16_at(bytes, place * 2)).take_while(|unit| *unit != 0).collect();
            Some(Entry {
                name: String::from_utf16_lossy(&name),
                kind: *bytes.get(66)?,
                start: u32_at(bytes, 116)?,
                length: usize::try_from(u32_at(bytes, 120)?).ok()?,
            })
        };
        Ok(folder.chunks_exact(ENTRY).filter_map(entry).collect())
    }

    /// A stream by the first of these names that there is; nothing where there is none.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn stream(&self, names: &[&str]) -> io::Result<Option<Vec<u8>>> {
        const STREAM: u8 = 2;
        const ROOT: u8 = 5;
        let entries = self.entries()?;
        let is_named =
            |entry: &&Entry, name: &str| entry.kind == STREAM && entry.name.eq_ignore_ascii_case(name);
        let found = names.iter().find_map(|name| entries.iter().find(|entry| is_named(entry, name)));
        let Some(entry) = found else { return Ok(None) };
        let cutoff =
            u32_at(self.bytes, 56).and_then(|cutoff| usize::try_from(cutoff).ok()).ok_or_else(cut)?;
        let mut stream = if entry.length >= cutoff {
            self.chain(entry.start)?
        } else {
            let root = entries.iter().find(|entry| entry.kind == ROOT).ok_or_else(cut)?;
            self.small(root.start, entry)?
        };
        if stream.len() < entry.length {
            return Err(cut());
        }
        stream.truncate(entry.length);
        Ok(Some(stream))
    }

    /// A short stream, whose small sectors stand in the root's.
    fn small(&self, root: u32, entry: &Entry) -> io::Result<Vec<u8>> {
        let shift =
            u16_at(self.bytes, 32).map(u32::from).filter(|shift| *shift < self.shift).ok_or_else(cut)?;
        let all = self.chain(root)?;
        let table: Vec<_> = words(&self.chain(u32_at(self.bytes, 60).ok_or_else(cut)?)?).collect();
        let (mut out, mut next) = (Vec::new(), entry.start);
        while next < LAST && out.len() < entry.length {
            let place = usize::try_from(next).unwrap_or(usize::MAX);
            let start = place.checked_mul(1 << shift).ok_or_else(cut)?;
            let rest = all.get(start..).filter(|rest| !rest.is_empty()).ok_or_else(cut)?;
            out.extend_from_slice(rest.get(..1 << shift).unwrap_or(rest));
            next = table.get(place).copied().ok_or_else(cut)?;
        }
        Ok(out)
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks().0.iter().copied().map(u32::from_le_bytes)
}
