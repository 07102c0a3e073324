//! A CSV whose amounts and days are settled by all its cells, as those of statements are. DuckDB takes them as the first
//! format has them that fits, in silence: `05/07/17` is then a day in the year 2005.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use chrono::{Datelike, Utc};

use crate::sql::quote_name;
use crate::text::amounts::Mark;
use crate::text::columns::{Columns, Holds};
use crate::text::lines::CAP;
use crate::text::records::{Item, Records};

/// Bytes of a file of which all cells are looked at; of a longer one so many are, and no amount in it is taken for settled.
const MOST: u64 = 16 << 20;
/// Digits of the engine's widest DECIMAL.
const DIGITS: usize = 38;

/// What is known of a CSV beside what DuckDB finds itself.
pub(super) struct Settled {
    /// Columns that are read as text.
    pub(super) texts: Vec<String>,
    /// What is made of them.
    pub(super) casts: Vec<String>,
    /// What was decided, and what could not be, as sentences.
    pub(super) words: Vec<String>,
    /// Columns all of whose cells begin with a year of four digits: of a day in them there is one reading only.
    pub(super) sure: Vec<String>,
    /// All its cells were looked at.
    pub(super) is_whole: bool,
}

/// A column as DuckDB names it: without blanks around, and without the mark at the start of a file.
pub(super) fn column_name(cell: &str) -> String {
    cell.trim_start_matches('\u{feff}').trim().to_owned()
}

impl Settled {
    /// By the cells of a file; nothing where they are not known, or the first line has no names of columns.
    pub(super) fn of(path: &Path, delimiter: char, is_ragged: bool) -> Option<Self> {
        let is_whole = fs::metadata(path).ok()?.len() <= MOST;
        let mut records = Records::new(File::open(path).ok()?.take(MOST), u8::try_from(delimiter).ok()?, CAP);
        let Some((_, Item::Cells(cells))) = records.next_record().ok()? else { return None };
        let names: Vec<String> = cells.iter().map(column_name).collect();
        let is_name = |name: &String| name.chars().any(char::is_alphabetic);
        let is_first =
            |place: usize| !names[..place].iter().any(|other| other.eq_ignore_ascii_case(&names[place]));
        if !names.iter().all(is_name) || !(0..names.len()).all(is_first) {
            return None;
        }
        let mut columns = Columns::new(names.len(), Utc::now().year() + 1);
        while let Some((_, item)) = records.next_record().ok()? {
            match item {
                Item::Cells(cells) if cells.is_blank() => {}
                // Something stands above the names, or the mark is another one; the last line of a part may be half a line.
                Item::Cells(cells) if is_whole && !is_ragged && cells.count() != names.len() => return None,
                Item::Cells(cells) => columns.row(cells.iter()),
                Item::Bad { .. } => return None,
            }
        }
        let sure = names.iter().zip(columns.have_years_first());
        let sure = sure.filter(|(_, is_so)| is_whole && *is_so).map(|(name, _)| name.clone()).collect();
        let mut settled = Self { texts: Vec::new(), casts: Vec::new(), words: Vec::new(), sure, is_whole };
        for (name, holds) in names.into_iter().zip(columns.holds()) {
            settled.add(name, holds, is_whole);
        }
        Some(settled)
    }

    /// Whether there is nothing to add to what DuckDB finds.
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.words.is_empty()
    }

    fn add(&mut self, name: String, holds: Holds, is_whole: bool) {
        let column = quote_name(&name);
        let (cast, words) = match holds {
            Holds::Amounts { mark, digits, decimals } if is_whole && digits + decimals <= DIGITS => {
                let (point, groups) = if mark == Mark::Point { (".", ",") } else { (",", ".") };
                let plain =
                    format!("REPLACE(REPLACE(NULLIF(TRIM({column}), ''), '{groups}', ''), '{point}', '.')");
                let cast = format!("CAST({plain} AS DECIMAL({DIGITS},{decimals})) AS {column}");
                (
                    Some(cast),
                    format!(
                        "{name} has a {} before decimals",
                        if mark == Mark::Point { "point" } else { "comma" }
                    ),
                )
            }
            Holds::Days(form) if is_whole => {
                let cast =
                    format!("CAST(strptime(NULLIF(TRIM({column}), ''), '{form}') AS DATE) AS {column}");
                (Some(cast), format!("{name} is a date written {form}"))
            }
            Holds::OpenAmounts(cell) if cell.contains(',') => {
                self.words.push(format!(
                    "{name} stays a text, since the comma of {cell} may begin decimals or stand between thousands"
                ));
                return;
            }
            Holds::OpenAmounts(cell) => {
                self.words.push(format!(
                    "{name} is read with a point before decimals, and no cell shows that {cell} is meant so"
                ));
                return;
            }
            Holds::OpenDays { cell, days } => {
                let days: Vec<_> = days.iter().map(|(_, day)| day.to_string()).collect();
                (
                    None,
                    format!(
                        "{name} stays a text, since {cell} may be {}: strptime({name}, …) makes it a date",
                        days.join(" or ")
                    ),
                )
            }
            Holds::Plain | Holds::Amounts { .. } | Holds::Days(_) => return,
        };
        self.texts.push(name);
        self.casts.extend(cast);
        self.words.push(words);
    }
}
