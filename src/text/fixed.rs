//! Columns of fixed width: cells stand below the words of their header, and blanks between them.
//!
//! Where a column ends and the next begins is told by the header and the rows of the file's start: between both is a gap that
//! is blank in nearly all of them. Numbers that stand below no word are those of the word before them where all stand behind the
//! beginnings of words, and of the one behind them where all stand before their ends. A row may reach into a gap from either side, so long as one run of two blanks is left
//! there; a line of which this is not true is one cell, or two where two blanks stand in it, and ragged.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::amounts::{self, Mark};
use super::lines::{Line, Lines};
use super::records;
use super::written::Written;

/// A gap between two columns: the first letter behind the one, and the first of the other.
pub type Gap = (usize, usize);

/// Blanks between columns at least; between words is one.
const BLANKS: usize = 2;
/// A text that reaches into the next column does so in fewer than one row in so many.
const FEW: usize = 4;
/// Letters of a line that are looked at.
const WIDEST: usize = 4096;

/// The pieces of a line between two blanks or more, each with the place of its first letter and of that behind its last.
#[must_use]
pub fn pieces(line: &str) -> Vec<(usize, usize, String)> {
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for (at, letter) in line.chars().enumerate().filter(|(_, letter)| !letter.is_whitespace()) {
        match found.last_mut() {
            Some((_, end, text)) if at <= *end + 1 => {
                if at == *end + 1 {
                    text.push(' ');
                }
                text.push(letter);
                *end = at + 1;
            }
            _ => found.push((at, at + 1, letter.to_string())),
        }
    }
    found
}

/// The texts of these pieces.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    pieces(line).into_iter().map(|(.., text)| text).collect()
}

/// The gaps between the columns of a header and its rows; nothing where no two blanks stand between two words in nearly all. In
/// place of them a number that may be of either of two columns.
#[must_use]
pub fn gaps(header: &str, rows: &[&str]) -> Option<Result<Vec<Gap>, String>> {
    let words = pieces(header);
    let mut letters: Vec<usize> = Vec::new();
    // What few rows have is a text that is too long; each place of the header counts.
    for (line, weight) in rows.iter().map(|row| (*row, FEW)).chain([(header, rows.len() + 1)]) {
        let places = line.chars().take(WIDEST).enumerate().filter(|(_, letter)| !letter.is_whitespace());
        for (at, _) in places {
            letters.resize(letters.len().max(at + 1), 0);
            letters.get_mut(at).into_iter().for_each(|count| *count += weight);
        }
    }
    let taken: Vec<_> = letters.into_iter().map(|count| count > rows.len()).collect();
    // For each word how far what stands below it reaches.
    let words: Vec<Gap> = words.iter().map(|(start, end, _)| (*start, *end)).collect();
    let mut columns = words.clone();
    for number in numbers(&words, rows) {
        let (column, (start, end)) = match number {
            Ok(found) => found,
            Err(number) => return Some(Err(number)),
        };
        let column = columns.get_mut(column)?;
        *column = (column.0.min(start), column.1.max(end));
    }
    for (start, end) in runs(&taken) {
        let mut below = places_above(&words, start, end);
        let place = match (below.next(), below.next()) {
            (Some(place), None) => place,
            (Some(_), Some(_)) => return None,
            // Of a text that is longer than its header the next words stand behind it.
            (None, _) => nearest(&columns, start, end)?,
        };
        let column = columns.get_mut(place)?;
        *column = (column.0.min(start), column.1.max(end));
    }
    let pairs = columns.iter().zip(columns.get(1..)?);
    let gaps: Vec<_> = pairs.map(|((_, end), (start, _))| (*end, *start)).collect();
    gaps.iter().all(|(end, start)| end + BLANKS <= *start).then_some(Ok(gaps))
}

/// The places of the words above a piece.
fn places_above(words: &[Gap], start: usize, end: usize) -> impl Iterator<Item = usize> {
    let is_above = move |(_, (first, last)): &(usize, &Gap)| start < *last && *first < end;
    words.iter().enumerate().filter(is_above).map(|(place, _)| place)
}

/// Letters of a currency or of a word for the way of the money, beside a number.
const BESIDE: usize = 3;

/// Whether a piece is an amount with a mark in it, whatever its mark means: neither a day nor a number of other kinds.
fn is_number(piece: &str) -> bool {
    let number = piece.trim_matches(|letter: char| !letter.is_ascii_digit());
    let beside = piece.chars().count() - number.chars().count();
    let is_amount = |number: &str| Mark::BOTH.iter().any(|mark| amounts::read(number, *mark).is_ok());
    beside <= BESIDE
        && number.contains(['.', ','])
        && amounts::joined(number).is_some_and(|(number, _)| is_amount(&number))
}

/// The numbers that stand below no word, as those of one column do that end where they end: of which column they are, and from
/// where to where; in place of those that may be of two columns the first of them.
fn numbers(words: &[Gap], rows: &[&str]) -> Vec<Result<(usize, Gap), String>> {
    let rows: Vec<_> = rows.iter().map(|row| pieces(row)).collect();
    let found = || rows.iter().flatten().filter(|(.., text)| is_number(text));
    // Where each ends that ends there, from where the longest goes.
    let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
    for (start, end, _) in found() {
        let longest = ends.entry(*end).or_insert(*start);
        *longest = (*longest).min(*start);
    }
    // A sign stands behind the end of a number.
    let is_left = |(end, start): (&usize, &usize)| {
        let next = words.iter().filter(|(first, _)| first <= start).count();
        next > 0 && words.get(next).is_none_or(|(first, _)| end <= first)
    };
    let is_right = |(end, start): (&usize, &usize)| {
        let before = words.iter().rev().find(|(_, last)| last + 1 < *end);
        words.last().is_some_and(|(_, last)| *end <= last + 1) && before.is_none_or(|(_, last)| last <= start)
    };
    let ways = [ends.iter().all(is_left), ends.iter().all(is_right)];
    let loose = ends.iter().filter(|(end, start)| places_above(words, **start, **end).next().is_none());
    let column = |(end, start): (&usize, &usize)| {
        let next = words.iter().filter(|(first, _)| first < start).count();
        let candidates = [next.checked_sub(1), Some(next).filter(|next| *next < words.len())];
        // No row has two cells in a column.
        let is_free = |place: &usize| {
            let is_below =
                |(from, to, _): &(usize, usize, String)| places_above(words, *from, *to).eq([*place]);
            !rows.iter().any(|row| row.iter().any(|(_, to, _)| to == end) && row.iter().any(is_below))
        };
        let free = candidates.map(|candidate| candidate.filter(is_free));
        let place = match (free, ways) {
            ([Some(before), None], [true, _] | [_, false]) | ([Some(before), _], [true, false]) => {
                Some(before)
            }
            ([None, Some(behind)], [_, true] | [false, _]) | ([_, Some(behind)], [false, true]) => {
                Some(behind)
            }
            _ => None,
        };
        let number = || found().find(|(_, to, _)| to == end).map(|(.., text)| text.clone());
        place.map(|place| (place, (*start, *end))).ok_or_else(|| number().unwrap_or_default())
    };
    loose.map(column).collect()
}

/// Runs of places that are taken.
fn runs(taken: &[bool]) -> Vec<Gap> {
    let mut runs: Vec<Gap> = Vec::new();
    for (at, _) in taken.iter().enumerate().filter(|(_, is_taken)| **is_taken) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

/// The column that is nearest to what stands between two; of two as near the one before.
fn nearest(columns: &[Gap], start: usize, end: usize) -> Option<usize> {
    let distance = |(first, last): &Gap| (start.saturating_sub(*last)).max(first.saturating_sub(end));
    (0..columns.len()).min_by_key(|place| columns.get(*place).map(distance))
}

/// The cells of a line; nothing where it does not leave a gap.
fn cells(line: &str, gaps: &[Gap]) -> Option<Vec<String>> {
    // A line without two blanks is a text.
    if pieces(line).len() < 2 {
        return None;
    }
    let letters: Vec<_> = line.chars().collect();
    let is_blank = |at: usize| letters.get(at).is_none_or(|letter| letter.is_whitespace());
    let (mut cells, mut start) = (Vec::new(), 0);
    let cell = |from: usize, to: usize| {
        let letters = letters.get(from..to.min(letters.len())).unwrap_or_default();
        letters.iter().collect::<String>().trim().to_owned()
    };
    for (end, next) in gaps {
        // Between the words of a text that reaches into the gap is one blank.
        let is_wide = |at: &usize| is_blank(*at) && (is_blank(at + 1) || (*at > 0 && is_blank(at - 1)));
        let blanks: Vec<_> = (*end..*next).filter(is_wide).collect();
        let (first, last) = (blanks.first()?, blanks.last()?);
        if last - first + 1 != blanks.len() {
            return None;
        }
        cells.push(cell(start, *first));
        start = *first;
    }
    cells.push(cell(start, letters.len()));
    Some(cells)
}

/// Lines of columns as lines of CSV with commas.
pub struct Fixed<'a, R> {
    lines: Lines<R>,
    gaps: &'a [Gap],
    /// Lines above it are cut where two blanks stand.
    header_line: u64,
    out: Written,
}

impl<'a, R: Read> Fixed<'a, R> {
    pub fn new(reader: R, gaps: &'a [Gap], header_line: u64, cap: usize) -> Self {
        Self { lines: Lines::new(reader, cap), gaps, header_line, out: Written::default() }
    }

    /// Reads a line; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        let Some((number, line)) = self.lines.next_line()? else { return Ok(false) };
        let out = &mut self.out.bytes;
        let text = match line {
            Line::Text(text) => Ok(text),
            Line::Bytes(bytes) => Err(bytes),
            Line::TooLong { head, .. } => std::str::from_utf8(head).map_err(|_| head),
        };
        let text = match text {
            Ok(text) => text,
            // What is no text is told where records are read.
            Err(bytes) => {
                out.extend_from_slice(bytes);
                out.push(b'\n');
                return Ok(true);
            }
        };
        let found = if number < self.header_line {
            Some(words(text))
        } else if matches!(line, Line::Text(_)) {
            cells(text, self.gaps)
        } else {
            None
        };
        match found {
            Some(cells) => records::write(out, cells.iter().map(String::as_str)),
            // In two, so that it is not taken for words.
            None => {
                // Where the line begins tells whether it goes on from the one above it.
                let first = text.len() - text.trim_start().len();
                let blanks = text.get(first..).and_then(|words| words.trim_end().find("  "));
                match blanks.and_then(|at| text.split_at_checked(first + at)) {
                    Some((first, rest)) => records::write(out, [first, rest.trim()].into_iter()),
                    None => records::write(out, std::iter::once(text)),
                }
            }
        }
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        Ok(true)
    }
}

impl<R: Read> Read for Fixed<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.out.is_drained() {
            if !self.advance()? {
                return Ok(0);
            }
        }
        self.out.take(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Date        Details           Amount    Balance";
    const ROWS: [&str; 2] = [
        "2024-05-03  Coffee beans     1,234.50  199,987.50",
        "2024-05-14  Salary May          12.00  199,999.50",
    ];

    #[test]
    fn gaps_stand_between_what_is_below_the_words() {
        let gaps = gaps(HEADER, &ROWS).unwrap().unwrap();
        assert_eq!(gaps, [(10, 12), (24, 29), (37, 39)]);
        let read = |line: &str| cells(line, &gaps).map(|cells| cells.join("|"));
        assert_eq!(read(HEADER).as_deref(), Some("Date|Details|Amount|Balance"));
        assert_eq!(read(ROWS[0]).as_deref(), Some("2024-05-03|Coffee beans|1,234.50|199,987.50"));
        for (line, wanted) in [
            ("2024-05-03  Coffee beans x      2.00", Some("2024-05-03|Coffee beans x|2.00|")),
            (
                "2024-05-03  Coffee       11,234.50     199,987.50",
                Some("2024-05-03|Coffee|11,234.50|199,987.50"),
            ),
            ("            and more", None),
            ("2024-05-03  Coffee beans and 11,234.50  1.00", None),
            ("2024-05-03  Coffee, invoice no 12  1.00", None),
            ("End of statement", None),
            ("", None),
        ] {
            assert_eq!(read(line).as_deref(), wanted, "{line}");
        }
        assert_eq!(super::gaps("Date  Text", &["2024-05-03 x"]), None, "the day stands below both");
        assert_eq!(super::gaps("Date       Text", &["2024-05-03 x"]), None, "one blank is between words too");
    }

    #[test]
    fn lines_stay_lines() {
        let text = format!("Account:  4711\n\n{HEADER}\r\n{}\nA \"text\"\n", ROWS[0]);
        let gaps = gaps(HEADER, &ROWS).unwrap().unwrap();
        let mut out = String::new();
        Fixed::new(text.as_bytes(), &gaps, 3, 1000).read_to_string(&mut out).unwrap();
        assert_eq!(
            out,
            "Account:,4711\n\nDate,Details,Amount,Balance\n2024-05-03,Coffee beans,\"1,234.50\",\"199,987.50\"\n\"A \"\"text\"\"\"\n"
        );
    }

    #[test]
    fn numbers_below_no_word_are_of_the_column_that_all_of_them_show() {
        let left = "Date        Details       Debit           Credit          Balance";
        let right = "Date        Details                 Debit          Credit         Balance";
        for (header, numbers, wanted) in [
            (left, ["5.00", "2,000.00", "995.00"], Some("2024-05-03|Coffee|5.00|2,000.00|995.00")),
            (right, ["5.00", "2,000.00", "995.00"], Some("2024-05-03|Coffee|5.00|2,000.00|995.00")),
        ] {
            let ends = if header == left { [38, 54, 70] } else { [41, 57, 73] };
            let line = |numbers: [&str; 3]| {
                let text = "2024-05-03  Coffee".to_owned();
                ends.iter().zip(numbers).fold(text, |text, (end, number)| {
                    format!("{text}{number:>width$}", width = end - text.len())
                })
            };
            let rows = [
                line(["5.00", "", "995.00"]),
                line(["", "2,000.00", "2,995.00"]),
                line(["45.00", "", "2.00"]),
            ];
            let rows: Vec<_> = rows.iter().map(String::as_str).collect();
            let gaps = gaps(header, &rows).unwrap().unwrap();
            assert_eq!(
                cells(&line(numbers), &gaps).map(|cells| cells.join("|")).as_deref(),
                wanted,
                "{header}"
            );
        }
        let between = "2024-05-03  Coffee                 5.00";
        let open = super::gaps("Date        Details       Debit         Credit", &[between]);
        assert_eq!(open, Some(Err("5.00".into())));
    }
}
