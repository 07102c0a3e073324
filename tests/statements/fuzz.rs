//! A target for each form: statements that are damaged at random, by the marks and words of their form too, are told of and read
//! as a trial reads them. Two seconds each; `SALDO_FUZZ_SECONDS=3600 cargo test --release --test statements fuzz::` goes on.

use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;
use saldo::pipeline::bank::{BANK, trial};
use saldo::pipeline::ingest::{self, State};

use super::Place;
use super::damaged::{Chance, is_told, options};
use super::forms::all;
use super::workbook::unzipped;

const SECONDS: u64 = 2;

const CSV: &[&str] = &[
    ",",
    ";",
    "\t",
    "\"",
    "\"\"",
    "\r\n",
    "\n\n",
    "\u{feff}",
    "1.000,00",
    "1'000.00",
    "(5.00)",
    "5.00-",
    "5.00 CR",
    "-",
    "S",
    "H",
    "05/07/17",
    "31.12.99",
    "=\"001\"",
    "1.23457E+17",
    "Total",
    "Pending transactions",
    "Pending",
    "Booked",
    "Account: 4711",
    "EUR",
    "€",
    "sep=;",
    "Date,Amount\n",
    "Saldo",
    "BALANCE B/F",
];
const CAMT: &[&str] = &[
    "<Ntry>",
    "</Ntry>",
    "<Amt Ccy=\"EUR\">",
    "</Amt>",
    "<CdtDbtInd>DBIT</CdtDbtInd>",
    "<RvslInd>true</RvslInd>",
    "<Sts>PDNG</Sts>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#x0;",
    "&#x1F600;",
    "<!--",
    "-->",
    "<TxDtls>",
    "</TxDtls>",
    "<Stmt>",
    "</Stmt>",
    "<Bal>",
    "<?a?>",
    "<Dt>",
    "1e3",
    "-5",
    "OPBD",
    "CLBD",
];
const SWIFT: &[&str] = &[
    ":61:", ":86:", ":60F:", ":62F:", ":20:", ":25:", "\n-\n", "-}", "{4:", "\n", "RC", "RD", "EC", "D", "C",
    ",", ",,", "//", "NTRF", "?20", "?32", "SVWZ+", "EREF+", "/REMI/", "/EREF/", "NONREF", "240229",
    "991231", "\r\n",
];
const OFX: &[&str] = &[
    "<STMTTRN>",
    "</STMTTRN>",
    "<TRNAMT>",
    "<DTPOSTED>",
    "<FITID>",
    "<NAME>",
    "<MEMO>",
    "<BANKACCTFROM>",
    "</OFX>",
    "<OFX>",
    "<STMTRS>",
    "&amp;",
    "&lt;",
    "<",
    ">",
    "20240229120000[-5:EST]",
    "-5,00",
    "<LEDGERBAL>",
    "CURDEF",
    "\r\n",
];

/// Damages a file with the words of its form.
type Damage = dyn Fn(&mut Chance, &[u8], &[&str]) -> Vec<u8>;

/// How long a target goes on.
fn time() -> Duration {
    let told = std::env::var("SALDO_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(told.unwrap_or(SECONDS))
}

/// Damages the files whose names end so, until the time is over, and a few of them however slow the machine is.
fn target(endings: &[&str], words: &[&str], damage: &Damage) {
    let files: Vec<_> =
        all().into_iter().filter(|(name, _)| endings.iter().any(|ending| name.ends_with(ending))).collect();
    let (begun, mut seed) = (Instant::now(), 0);
    while begun.elapsed() < time() || seed <= 5 {
        let (name, whole) = &files[usize::try_from(seed).unwrap() % files.len()];
        let mut chance = Chance(Pcg64Mcg::seed_from_u64(seed));
        let bytes = damage(&mut chance, whole, words);
        is_read_as_tried(&format!("{name}, seed {seed}"), name, &bytes);
        seed += 1;
    }
}

/// A file is taken in as a trial says, and what is wrong is told.
fn is_read_as_tried(what: &str, name: &str, bytes: &[u8]) {
    let place = Place::new();
    place.file(name, bytes);
    let path = place.0.path().join(name);
    let report = ingest::take(&place.lake(), &BANK, &path, &options()).unwrap();
    assert!(is_told(&report), "{what}: {report:?}");
    let tried = ingest::look(&BANK, &path, &options(), trial::look).unwrap();
    let read: Vec<_> = tried.iter().filter_map(|(_, trial)| trial.as_ref().ok()).collect();
    let rows = read.iter().map(|trial| trial.rows).sum::<u64>();
    assert_eq!(rows, report.rows, "{what}: {report:?}");
    let is_kept = report.state == State::Kept;
    assert_eq!(is_kept, !read.is_empty(), "{what}: {report:?}");
    if is_kept {
        let refused = (tried.len() - read.len()) as u64;
        let faults = refused + read.iter().map(|trial| trial.faults).sum::<u64>();
        assert_eq!(faults, report.faults, "{what}: {report:?}");
    }
}

/// Some pieces of damage, or words of the form.
fn text(chance: &mut Chance, whole: &[u8], words: &[&str]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..=chance.below(4) {
        if bytes.is_empty() || chance.below(3) == 0 {
            chance.damage_a_little(&mut bytes);
        } else {
            let (at, word) = (chance.below(bytes.len()), words[chance.below(words.len())]);
            let until = if chance.below(2) == 0 { at } else { (at + word.len()).min(bytes.len()) };
            drop(bytes.splice(at..until, word.bytes()));
        }
    }
    bytes
}

#[test]
fn csv() {
    target(&[".csv"], CSV, &text);
}

#[test]
fn camt() {
    target(&[".xml"], CAMT, &text);
}

#[test]
fn mt940() {
    target(&[".sta"], SWIFT, &text);
}

#[test]
fn ofx() {
    target(&["ofx"], OFX, &text);
}

#[test]
fn workbooks() {
    let words = &[
        "<c r=\"A1\">",
        "<v>",
        "</v>",
        "<row r=\"1\">",
        "t=\"s\"",
        "t=\"str\"",
        "s=\"1\"",
        "45000",
        "99999",
        "<is><t>",
        "1E+20",
    ];
    target(&["xlsx"], words, &|chance, whole, words| {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let parts = unzipped(whole);
        let which = chance.below(parts.len());
        for (place, (part, content)) in parts.iter().enumerate() {
            let bytes = content.clone().into_bytes();
            let bytes = if place == which { text(chance, &bytes, words) } else { bytes };
            out.start_file(part.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
            out.write_all(&bytes).unwrap();
        }
        out.finish().unwrap().into_inner()
    });
    target(&["xls"], &["\0", "\u{9}\u{8}"], &text);
}
