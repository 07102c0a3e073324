//! Typed lines as bytes: how they wait, in blocks of memory or in a file, until their month is put in order.
//!
//! A row is its length, its account, its value date and the rest of the line, so that rows are put in order without being read.

use std::cmp::Ordering;
use std::hint;
use std::iter;
use std::sync::mpsc::Receiver;

use super::typed::Line;

/// Bytes of a block; a longer row has one of its own.
const BLOCK: usize = 32 << 10;
/// Bytes that a row has at most, beside its texts.
const ROW: usize = 4 + 2 * 4 + 8 + 2 + 3 * 8 + 5 * 5;
/// The length of a text that stands in one byte; this one says that four bytes follow.
const LONG: u8 = u8::MAX;

/// Rows in the order in which they came.
#[derive(Default)]
pub struct Rows {
    blocks: Vec<Vec<u8>>,
    pub count: usize,
}

impl Rows {
    /// Adds the line that stands at `line_no` of its file; tells how many bytes of memory were taken for it. A block that is
    /// `empty` is filled again.
    pub fn add(&mut self, line_no: u64, line: &Line, empty: &Receiver<Vec<u8>>) -> usize {
        let room = ROW + line.texts().iter().map(|text| text.len()).sum::<usize>();
        self.count += 1;
        if let Some(block) = self.blocks.last_mut().filter(|block| block.capacity() - block.len() >= room) {
            put(block, line_no, line);
            return 0;
        }
        let used = if room > BLOCK { None } else { empty.try_recv().ok() };
        let mut block = used.unwrap_or_else(|| Vec::with_capacity(room.max(BLOCK)));
        put(&mut block, line_no, line);
        let taken = block.capacity();
        self.blocks.push(block);
        taken
    }

    pub fn blocks(&self) -> impl Iterator<Item = &[u8]> {
        self.blocks.iter().map(Vec::as_slice)
    }

    /// The blocks without their rows.
    pub fn emptied(self) -> impl Iterator<Item = Vec<u8>> {
        let usual = self.blocks.into_iter().filter(|block| block.capacity() == BLOCK);
        usual.map(|mut block| {
            block.clear();
            block
        })
    }
}

/// By what rows stand in a month: account and value date.
pub type Key<'a> = (&'a [u8], i32);

/// The first bytes of an account that are compared at once, as two numbers.
const START: usize = 16;

/// A row with what puts it in order: of nearly all accounts these few bytes tell, and the row is not looked at.
#[derive(Clone, Copy)]
pub struct Keyed<'a> {
    /// The first bytes of the account; a shorter one has zeros behind it, and its length tells it from one with such bytes.
    start: [u64; 2],
    length: u32,
    day: i32,
    pub row: &'a [u8],
}

impl<'a> Keyed<'a> {
    fn of(row: &'a [u8]) -> Self {
        let mut reader = Reader(row);
        let (account, day) = (reader.text(), reader.i32());
        let mut start = [0; START];
        for (byte, first) in start.iter_mut().zip(account) {
            *byte = *first;
        }
        let (halves, _) = start.as_chunks();
        let start = [0, 1].map(|half| halves.get(half).map_or(0, |half| u64::from_be_bytes(*half)));
        Self { start, length: u32::try_from(account.len()).unwrap_or(u32::MAX), day, row }
    }

    pub fn key(&self) -> Key<'a> {
        (Reader(self.row).text(), self.day)
    }

    pub fn has_key_of(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }

    fn order(&self, other: &Self) -> Ordering {
        let are_long = self.length.min(other.length) as usize > START;
        let accounts = self.start.cmp(&other.start).then_with(|| {
            if are_long { self.key().0.cmp(other.key().0) } else { self.length.cmp(&other.length) }
        });
        accounts.then(self.day.cmp(&other.day))
    }
}

/// The rows of blocks in the order of their keys; those of one key as they came.
pub fn sorted<'a>(blocks: impl Iterator<Item = &'a [u8]>) -> Vec<Keyed<'a>> {
    let mut rows: Vec<_> = blocks.flat_map(rows).collect();
    rows.sort_by(Keyed::order);
    rows
}

/// Asks the memory for all of some rows. In their order they lie far apart: to wait for them together takes hardly longer than
/// to wait for one.
pub fn fetch(rows: &[Keyed]) {
    let byte = |row: &[u8], place: usize| row.get(place).copied().unwrap_or_default();
    let of_row = |row: &[u8]| byte(row, 0) ^ byte(row, LINE) ^ row.last().copied().unwrap_or_default();
    hint::black_box(rows.iter().fold(0, |all, keyed| all ^ of_row(keyed.row)));
}

/// Bytes that the memory gives at a time.
const LINE: usize = 64;

/// Rows as they stand in a block.
pub fn joined(rows: &[Keyed]) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes(rows));
    for Keyed { row, .. } in rows {
        all.extend_from_slice(&length(row.len()));
        all.extend_from_slice(row);
    }
    all
}

/// Bytes of rows where they stand.
pub fn bytes(rows: &[Keyed]) -> usize {
    rows.iter().map(|Keyed { row, .. }| 4 + row.len()).sum()
}

fn rows(block: &[u8]) -> impl Iterator<Item = Keyed<'_>> {
    let mut rest = block;
    iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk()?;
        let (row, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = behind;
        Some(Keyed::of(row))
    })
}

fn put(out: &mut Vec<u8>, line_no: u64, line: &Line) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let [account, others @ ..] = line.texts();
    put_text(out, account);
    out.extend_from_slice(&line.value_date().to_epoch_days().to_le_bytes());
    out.extend_from_slice(&line.booking_date.to_epoch_days().to_le_bytes());
    out.extend_from_slice(&line_no.to_le_bytes());
    let amounts = [line.withdrawal.amount, line.deposit.amount, line.balance];
    out.push(line.flags());
    let are_there = amounts.iter().map(Option::is_some);
    out.push(are_there.zip(0..).fold(0, |bits, (is_there, place)| bits | u8::from(is_there) << place));
    for amount in amounts.into_iter().flatten() {
        out.extend_from_slice(&amount.to_le_bytes());
    }
    for text in others {
        put_text(out, text);
    }
    let whole = length(out.len() - start - 4);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&whole);
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length) if length < LONG => out.push(length),
        _ => {
            out.push(LONG);
            out.extend_from_slice(&length(text.len()));
        }
    }
    out.extend_from_slice(text.as_bytes());
}

/// A length; that of a line is far below the most that four bytes hold.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// A line as its row has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub line_no: u64,
    /// Days since 1970.
    pub booking_date: i32,
    /// The booking date where the line has none.
    pub value_date: i32,
    pub flags: u8,
    /// Of the withdrawal, the deposit and the balance, in ten-thousandths.
    pub amounts: [Option<i64>; 3],
    /// As [`Line::texts`] has them, in UTF-8.
    pub texts: [&'a [u8]; 5],
}

/// Reads a row.
pub fn read(row: &[u8]) -> Row<'_> {
    let mut row = Reader(row);
    // In the order in which they were put.
    let account = row.text();
    let (value_date, booking_date) = (row.i32(), row.i32());
    let line_no = u64::from_le_bytes(row.take());
    let [flags, are_there] = row.take();
    let amounts = [1, 2, 4].map(|bit| (are_there & bit > 0).then(|| i64::from_le_bytes(row.take())));
    let texts = [account, row.text(), row.text(), row.text(), row.text()];
    Row { line_no, booking_date, value_date, flags, amounts, texts }
}

/// Takes a row apart.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().unwrap_or((&[0; N], &[]));
        self.0 = rest;
        *taken
    }

    fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.take())
    }

    fn text(&mut self) -> &'a [u8] {
        let length = match self.take() {
            [LONG] => u32::from_le_bytes(self.take()) as usize,
            [short] => short.into(),
        };
        let (text, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::convention::rules::Convention;
    use super::super::sides::Sides;
    use super::super::typed::Typist;
    use super::*;

    #[test]
    fn a_row_is_its_line() {
        let long = "x".repeat(BLOCK + 7);
        let lines = [
            ["A1", "1-Feb-20", "año €5", "77", "", "", "", "-1,000.0001", "USD", "3", ""],
            ["A1", "31-Dec-99", &long, &long[..255], "1-Jan-00", "", "", "", "", "", ""],
            ["A1", "2020-01-01", &long[..254], "", "2020-01-01", "0", "", "99999999999999", "EUR", "-5", ""],
        ];
        let (convention, sides) = (Convention::default(), Sides::Two { currency: None });
        let line = |cells| Typist::new(&convention, &sides, ',', 2099).line(cells).unwrap();
        let lines: Vec<_> = lines.iter().map(line).collect();
        let (used, empty) = mpsc::channel();
        let block = Vec::with_capacity(BLOCK);
        let taken = block.as_ptr();
        used.send(block).unwrap();
        let mut kept = Rows::default();
        let bytes = (7_u64..).zip(&lines).map(|(place, line)| kept.add(place, line, &empty));
        let bytes: Vec<_> = bytes.collect();
        let sizes: Vec<_> = kept.blocks.iter().map(Vec::capacity).collect();
        assert_eq!(
            (&bytes, kept.blocks[0].as_ptr()),
            (&sizes, taken),
            "a used block, a long one, a fresh one"
        );
        assert_eq!((kept.count, sizes.iter().filter(|size| **size == BLOCK).count()), (3, 2));
        let rows = sorted(kept.blocks());
        let found: Vec<_> = rows.iter().map(|keyed| read(keyed.row)).collect();
        let wanted = [(8, 1), (9, 2), (7, 0)].map(|(line_no, line): (u64, usize)| {
            let line = &lines[line];
            Row {
                line_no,
                booking_date: line.booking_date.to_epoch_days(),
                value_date: line.value_date().to_epoch_days(),
                flags: line.flags(),
                amounts: [line.withdrawal.amount, line.deposit.amount, line.balance],
                texts: line.texts().map(str::as_bytes),
            }
        });
        assert_eq!(found, wanted, "by account and value date");
        assert_eq!(super::bytes(&rows), kept.blocks().map(<[u8]>::len).sum::<usize>());
        assert_eq!(
            kept.emptied().map(|block| (block.len(), block.capacity())).collect::<Vec<_>>(),
            [(0, BLOCK); 2]
        );
    }

    #[test]
    fn rows_stand_by_account_and_day_however_long_an_account_is() {
        let long = |end: &str| format!("DE89370400440532{end}");
        let accounts = ["B", "", "A", "AB", "A ", &long(""), &long("0130"), &long("01"), &long("0131"), "Ä"];
        let (convention, sides) = (Convention::default(), Sides::Two { currency: None });
        let (_, empty) = mpsc::channel();
        let mut kept = Rows::default();
        for (line_no, (account, day)) in
            (1..).zip(accounts.iter().flat_map(|name| [(name, 2), (name, 1), (name, 2)]))
        {
            let date = format!("2020-01-0{day}");
            let cells = ["A", &date, "", "", "", "", "", "", "", "", ""];
            let mut typist = Typist::new(&convention, &sides, ',', 2099);
            let line = Line { account_no: (*account).into(), ..typist.line(&cells).unwrap() };
            kept.add(line_no, &line, &empty);
        }
        let rows = sorted(kept.blocks());
        let mut wanted: Vec<_> = kept.blocks().flat_map(super::rows).collect();
        wanted.sort_by_key(Keyed::key);
        let numbers = |rows: &[Keyed]| rows.iter().map(|keyed| read(keyed.row).line_no).collect::<Vec<_>>();
        assert_eq!(numbers(&rows), numbers(&wanted));
        assert_eq!(rows.len(), 3 * accounts.len());
    }
}
