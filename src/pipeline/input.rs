//! What a stage reads of the tables before it: no more of their files than it needs, each brought where it is not here.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::due::month_of;
use super::error::PipelineError;
use super::files;
use super::made::Made;
use super::plan::{Fingerprint, Planned};
use super::stages::Stage;
use crate::lake::{File, Table};

/// Months at each end of a table of which only the ends are read.
const END: usize = 3;

/// The folders of rows without a date.
const NO_MONTH: &str = "__HIVE_DEFAULT_PARTITION__";

/// The SELECT that stands in a stage for a table, one of those that it reads.
pub fn select(
    planned: &Planned,
    stage: &Stage,
    read: &[&Made],
    made: &Made,
) -> Result<String, PipelineError> {
    let name = made.table.name.as_str();
    if stage.ends_of == Some(name) {
        let months: BTreeSet<_> = made.table.files.iter().map(|file| month_of(&file.path)).collect();
        let dated = || months.iter().filter(|month| !month.contains(NO_MONTH));
        let mut ends: BTreeSet<_> = dated().take(END).chain(dated().rev().take(END)).collect();
        if ends.is_empty() {
            // Where no row has a date, any file tells the columns.
            ends.extend(months.first());
        }
        return rows(planned, made, |file| ends.contains(&month_of(&file.path)));
    }
    if let Some((_, lines)) = stage.grows_with.filter(|(grown, _)| *grown == name)
        && let Some(table) = grown(planned, stage, read, made)
    {
        planned.bring(&table.files.iter().collect::<Vec<_>>())?;
        let places: Vec<_> = table.files.iter().map(|file| planned.root.join(&file.path)).collect();
        let former = files::read(places.iter().map(PathBuf::as_path));
        let before = format!("WITH former AS ({former}) {lines}");
        if made.fresh.is_empty() {
            return Ok(before);
        }
        let fresh = rows(planned, made, |file| made.fresh.contains(&file.path))?;
        return Ok(format!("({before}) UNION ALL BY NAME ({fresh})"));
    }
    rows(planned, made, |_| true)
}

/// The stage's table as it was, where it was made of the former tables, and the one that it grows with has all that its former had.
fn grown<'p>(planned: &Planned<'p>, stage: &Stage, read: &[&Made], made: &Made) -> Option<&'p Table> {
    let former = planned.former;
    let table = former.table(stage.name)?;
    let before: Vec<_> = read.iter().filter_map(|made| former.table(&made.table.name)).collect();
    let was = Fingerprint::of(stage, planned.conversion, &former.raw, &before).all;
    // A booking date is not that of a month's file, and may change with the line that stands for equal ones.
    let is_grown = made.has_former && planned.conversion.dated_by == "value" && was == table.made_from;
    (is_grown && table.files.iter().all(|file| planned.has(file))).then_some(table)
}

/// The SELECT of some files of a table.
pub fn rows(
    planned: &Planned,
    made: &Made,
    is_read: impl Fn(&File) -> bool,
) -> Result<String, PipelineError> {
    let read: Vec<_> = made.table.files.iter().filter(|file| is_read(file)).collect();
    let former: Vec<_> = read.iter().copied().filter(|file| !made.fresh.contains(&file.path)).collect();
    planned.bring(&former)?;
    let places: Vec<_> = read.iter().map(|file| made.place(planned.root, &file.path)).collect();
    Ok(files::read(places.iter().map(PathBuf::as_path)))
}
