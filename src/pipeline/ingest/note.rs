//! The note on a raw file: how it is read, and what it had.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::bank::profile::Profile;
use crate::checksum;
use crate::text::given::Given;
use crate::text::header::Map;
use crate::text::lines::CAP;
use crate::text::scan::Layout;

/// The number of the reader. It is raised when files are read otherwise than before; those that an older one read are read anew
/// before anything is merged with them.
///
/// | number | since |
/// |---|---|
/// | 1 | notes without a number |
/// | 2 | an account named between lines, lines that are not booked, fees, a plus on some amounts alone |
/// | 3 | accounts named by their kind, other headers below the first, states that are not known, zeros before numbers of a sheet |
/// | 4 | headings that say that the lines below them are not booked |
/// | 5 | such headings end, and words that go on from a line are none; which rows lack their text, their balance or both |
/// | 6 | one word alone is such a heading, a line that says that it is booked ends one, and a balance does so by its own line's amount |
/// | 7 | words that may be such a heading, and balances below one, are asked about; one alone above the header is one |
/// | 8 | all dates of daily balances settle their order together; a sum of what is pending is no heading, a count above the header is heeded |
/// | 9 | a heading whose number is a sum or a day is asked about; what is pending below a heading and has no day is left out |
/// | 10 | years of two digits that only a sort of texts puts first are asked about |
/// | 11 | more words say the way of an amount, and one that is not known is asked about; accounts and days of MT940; marks of OFX |
/// | 12 | encodings that XML declares, formulas without a result, the last second of a day |
/// | 13 | lines are known by the balance behind them before their words |
/// | 14 | lines that a column `Booked` denies or that carry a balance, amounts of HUF, tables side by side, hidden sheets |
pub const READER: u32 = 15;

/// How a raw file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Above those of the files of its kind that came before it.
    pub number: u64,
    /// The number of its reader.
    #[serde(default = "first_reader")]
    pub reader: u32,
    /// Checksum of the file; notes of earlier versions lack it.
    #[serde(default)]
    pub sha256: String,
    /// Names of columns that are not ours.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub map: Map,
    /// The longest line that is read, in bytes.
    pub line_cap: usize,
    /// The last year of which a date may be: the one after the year in which the file came.
    #[serde(default = "last_year")]
    pub last_year: i32,
    /// The file, or each file of a zip that is one of ours.
    pub parts: Vec<FilePart>,
}

const fn first_reader() -> u32 {
    1
}

/// Where nobody knows when a file came: the last year of the calendar.
const fn last_year() -> i32 {
    2098
}

/// A file, or one inside a zip.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FilePart {
    /// Its place and name in the zip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<(usize, String)>,
    /// How its text lies; nothing for JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// What a person said about it.
    #[serde(default, skip_serializing_if = "Given::is_empty")]
    pub given: Given,
    /// The profile of its bank, as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Its rows.
    pub rows: u64,
    /// The months of its rows, as `year=2017/month=06`, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<BTreeSet<String>>,
    /// Which of its text and its balance any row tells, as a bit for each way: neither, its text, the balance, both.
    #[serde(default)]
    pub tells: u8,
    /// How a bank's statement is read, as clauses for a person: its format, or its convention where the cells show one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read_as: Vec<String>,
}

impl Reading {
    /// Of a file without a note, which we put there ourselves.
    #[must_use]
    pub fn of_own() -> Self {
        Self {
            number: 0,
            reader: READER,
            sha256: String::new(),
            map: Map::new(),
            line_cap: CAP,
            last_year: last_year(),
            parts: vec![FilePart::default()],
        }
    }

    /// Whether the file may have a row in one of these months.
    #[must_use]
    pub fn touches(&self, months: &BTreeSet<String>) -> bool {
        let mut own = self.parts.iter().map(|part| part.months.as_ref());
        own.any(|own| own.is_none_or(|own| !own.is_disjoint(months)))
    }

    /// Which of its text and its balance any row of the file may tell, a bit for each way.
    #[must_use]
    pub fn tells(&self) -> u8 {
        let of_part = |part: &FilePart| if part.months.is_none() { u8::MAX } else { part.tells };
        self.parts.iter().map(of_part).fold(0, |all, tells| all | tells)
    }
}

impl FilePart {
    /// The name that rows of a raw file bear, for example `raw/bank/4f1c…-all.zip#2024/may.csv`.
    #[must_use]
    pub fn source(&self, file: &Path) -> String {
        match &self.member {
            Some((_, name)) => format!("{}#{name}", file.display()),
            None => file.display().to_string(),
        }
    }

    /// The name of what is made of it by reading it with a map.
    #[must_use]
    pub fn name(&self, file: &Path, map: &Map) -> String {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let place = self.member.as_ref().map_or(0, |(place, _)| *place);
        let names: Vec<_> = map.iter().map(|(theirs, ours)| format!("{theirs},{ours}\n")).collect();
        let given =
            if self.given.is_empty() { String::new() } else { serde_json::json!(self.given).to_string() };
        let hash = checksum::sha256(names.concat() + &given);
        format!("{name}-{place}-{}", hash.get(..8).unwrap_or_default())
    }

    /// Where the clean CSV of a raw file's part lies, below the lake.
    #[must_use]
    pub fn clean(&self, file: &Path, map: &Map) -> PathBuf {
        // Another reader may read the file otherwise.
        let folder = Path::new("_saldo/clean").join(READER.to_string());
        folder.join(format!("{}.csv", self.name(file, map)))
    }
}
