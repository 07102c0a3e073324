//! Files that are damaged in every way: a fault or a refusal is told, no line is lost in silence and none is made up; a bomb is
//! not unpacked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};
use saldo::pipeline::bank::BANK;
use saldo::pipeline::ingest::{self, FileReport, Options, State};

use super::Place;
use super::forms::all;

/// Files of each form that are damaged.
const EACH: usize = 30;

/// Numbers without a pattern, always the same.
pub struct Chance(pub Pcg64Mcg);

impl Chance {
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % end.max(1) as u64).unwrap()
    }

    /// Cuts, flips, repeats or fills a piece of a file.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        if self.below(6) < 5 {
            return self.damage_a_little(bytes);
        }
        let at = self.below(bytes.len());
        let letter = bytes[at];
        drop(bytes.splice(at..at, std::iter::repeat_n(letter, 1_200_000)));
    }

    /// The same without a line that is too long.
    pub fn damage_a_little(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = self.below(bytes.len());
        let piece = at..(at + self.below(80)).min(bytes.len());
        match self.below(5) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(piece)),
            3 => {
                let copy = bytes[piece].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            _ => drop(bytes.splice(
                at..at,
                [0, b'"', 0x1F, 0xFF, b'\n', b'<'].into_iter().cycle().take(1 + piece.len() / 8),
            )),
        }
    }
}

pub fn options() -> Options {
    Options::new("2026-01-01T00:00:00Z".parse().unwrap())
}

fn taken(name: &str, bytes: &[u8]) -> FileReport {
    let place = Place::new();
    place.file(name, bytes);
    ingest::take(&place.lake(), &BANK, &place.0.path().join(name), &options()).unwrap()
}

/// What a report must say: each line is a row or a fault, or the file is refused and why is told.
pub fn is_told(report: &FileReport) -> bool {
    match report.state {
        State::Kept => report.rows + report.faults >= report.lines,
        State::Refused => report.rows == 0 && report.faults > 0 && !report.notes.is_empty(),
        State::Known => false,
    }
}

#[test]
fn whatever_is_damaged_is_told() {
    let mut chance = Chance(Pcg64Mcg::seed_from_u64(300));
    let mut states: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for (name, whole) in all() {
        let rows = taken(name, &whole).rows;
        assert_eq!(rows, 3, "{name}");
        for number in 0..EACH {
            let mut bytes = whole.clone();
            for _ in 0..=chance.below(2) {
                chance.damage(&mut bytes);
            }
            let report = taken(name, &bytes);
            assert!(is_told(&report), "{name} {number}: {report:?}");
            // A piece that stands twice may be a line more, and no other damage makes one.
            let count = bytes.windows(2).filter(|pair| pair[0] != b'\n' && pair[1] == b'\n').count() as u64;
            assert!(report.rows <= rows.max(count) + 2, "{name} {number}: {report:?}");
            let counts = states.entry(name).or_default();
            counts[if report.state == State::Refused { 0 } else { usize::from(report.faults == 0) + 1 }] += 1;
        }
    }
    // Each form meets each: files that are refused, that have faults, that are as whole as they can be read.
    assert_eq!(states.len() * EACH, 330);
    let of = |place: usize| states.values().map(|counts| counts[place]).sum::<usize>();
    assert!(of(0) > 50 && of(1) > 30 && of(2) > 10, "{states:?}");
}

/// A sheet's XML that is damaged inside of a sound package.
#[test]
fn whatever_is_damaged_inside_of_a_workbook_is_told() {
    let mut chance = Chance(Pcg64Mcg::seed_from_u64(7));
    let (name, whole) = all().into_iter().find(|(name, _)| name.ends_with("xlsx")).unwrap();
    let parts = super::workbook::unzipped(&whole);
    let (mut kept, mut refused) = (0, 0);
    for number in 0..EACH * 2 {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let which = ["sheet1.xml", "sharedStrings.xml", "styles.xml", "workbook.xml", "workbook.xml.rels"]
            [chance.below(5)];
        for (part, content) in &parts {
            let mut bytes = content.clone().into_bytes();
            if part.ends_with(which) {
                chance.damage(&mut bytes);
            }
            out.start_file(part.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
            out.write_all(&bytes).unwrap();
        }
        let report = taken(name, &out.finish().unwrap().into_inner());
        assert!(is_told(&report) && report.rows <= 4, "{number} {which}: {report:?}");
        *(if report.state == State::Kept { &mut kept } else { &mut refused }) += 1;
    }
    assert!(kept > 5 && refused > 5, "{kept} kept, {refused} refused");
}

/// A kind of file that would fill the memory, its name and its bytes.
fn bombs() -> [(&'static str, &'static str, Vec<u8>); 6] {
    let zip = |name: &str, write: &dyn Fn(&mut dyn std::io::Write)| {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        write(&mut out);
        out.finish().unwrap().into_inner()
    };
    let long = vec![b'x'; 1 << 20];
    let endless = zip("a.csv", &|out| (0..100).for_each(|_| out.write_all(&long).unwrap()));
    let mut deep = String::from("<OFX><BANKMSGSRSV1>");
    for _ in 0..200_000 {
        deep.push_str("<STMTTRNRS>");
    }
    let mut entities = String::from("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY l0 \"lol\">");
    for level in 1..10 {
        writeln!(entities, "<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)).unwrap();
    }
    entities += "]><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt>&l9;</Stmt></BkToCstmrStmt></Document>";
    let nested = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">".to_owned()
        + &"<Stmt>".repeat(500_000);
    [
        ("a line without an end", "a.zip", endless),
        ("entities of entities", "a.xml", entities.into_bytes()),
        ("elements in elements", "a.xml", nested.into_bytes()),
        ("aggregates in aggregates", "a.ofx", deep.into_bytes()),
        ("a line without an end, not packed", "a.csv", vec![b'x'; 30 << 20]),
        (
            "an entry without an end",
            "a.sta",
            [b":20:X\n:25:DE00\n:60F:C240501EUR0,\n:86:".as_slice(), &vec![b'x'; 30 << 20]].concat(),
        ),
    ]
}

#[test]
fn bombs_are_refused() {
    for (kind, name, bytes) in bombs() {
        let report = taken(name, &bytes);
        assert!(report.state == State::Refused && is_told(&report), "{kind}: {report:?}");
    }
}

/// The most memory that the program has while it takes a file in, in megabytes.
#[cfg(target_os = "linux")]
fn peak(name: &str, bytes: &[u8]) -> u64 {
    let place = Place::new();
    place.file(name, bytes);
    let mut child = place.command(&[name]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = most.and_then(|most| most.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) / 1000);
        thread::sleep(Duration::from_millis(2));
    }
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn whatever_is_damaged_fits_into_300_megabytes() {
    for (kind, name, bytes) in bombs() {
        let most = peak(name, &bytes);
        assert!((1..=300).contains(&most), "{kind}: {most} MB");
    }
    let mut chance = Chance(Pcg64Mcg::seed_from_u64(40));
    for (name, mut bytes) in all() {
        for _ in 0..4 {
            chance.damage(&mut bytes);
        }
        let most = peak(name, &bytes);
        assert!((1..=300).contains(&most), "{name}: {most} MB");
    }
}
