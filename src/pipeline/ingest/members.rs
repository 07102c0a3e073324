//! What a file consists of: itself, the files in a zip, or the sheets of a workbook.

use std::borrow::Cow;
use std::path::Path;

use super::note::{FilePart, Reading};
use super::options::{Options, Own};
use super::read_error::{ReadError, read_error};
use super::report::FileReport;
use crate::text::given::Given;
use crate::text::scan::Refusal;
use crate::text::unpack::{self, Packing};
use crate::value;

/// What a file consists of: itself, the files in a zip, or the sheets of a workbook.
pub struct Members {
    pub members: Vec<Option<(usize, String)>>,
    pub are_sheets: bool,
}

/// Whether a member is the sheet; of a workbook in a zip the name of the file stands before that of the sheet.
fn is_sheet(name: &str, sheet: &str) -> bool {
    name.strip_suffix(sheet).is_some_and(|before| before.is_empty() || before.ends_with('#'))
}

/// The members of a file, or the sheet that a person named.
///
/// # Errors
/// When it is damaged or has no such sheet, or the disk fails.
pub fn members(path: &Path, given: &Given) -> Result<Members, ReadError> {
    let refused = |error, message, hint| Err(ReadError::Refused(Refusal { error, message, hint }));
    let failed = |error| read_error(error, path);
    let packing = unpack::packing(path).map_err(failed)?;
    let are_sheets = unpack::is_workbook(path).map_err(failed)?;
    let no_workbook = |sheet: &str| {
        let message = format!("the file is no workbook, so it has no sheet {sheet}");
        refused("no_sheet", message, "leave --sheet out")
    };
    if !matches!(packing, Packing::Zip | Packing::OldWorkbook) {
        return given.sheet.as_deref().map_or(Ok(Members { members: vec![None], are_sheets }), no_workbook);
    }
    let mut members = unpack::members(path).map_err(failed)?;
    if members.is_empty() {
        return refused(
            "empty_file",
            "there is no file in the zip".into(),
            "get it again from where it came from",
        );
    }
    if let Some(sheet) = &given.sheet {
        let is_of_book = |place: usize| are_sheets || unpack::is_sheet_within(place);
        members.retain(|(place, _)| is_of_book(*place));
        if members.is_empty() {
            return no_workbook(sheet);
        }
        let names: Vec<_> = members.iter().map(|(_, name)| name.clone()).collect();
        members.retain(|(_, name)| if are_sheets { name == sheet } else { is_sheet(name, sheet) });
        if members.is_empty() {
            let message = format!("the workbook has no sheet {sheet}: it has {}", names.join(", "));
            return refused("no_sheet", message, "name one of them with --sheet NAME");
        }
    }
    Ok(Members { members: members.into_iter().map(Some).collect(), are_sheets })
}

/// The place of the workbook of which a member is a sheet, in its zip; nothing where it is none.
pub fn workbook(member: Option<&(usize, String)>, are_sheets: bool) -> Option<usize> {
    let (place, _) = member?;
    let is_within = unpack::is_sheet_within(*place);
    (are_sheets || is_within).then(|| if is_within { unpack::file_of(*place) } else { 0 })
}

/// Why sheets that hold statements are not read together: one of them is hidden beside one that its workbook shows. Whoever named
/// a sheet means it.
#[must_use]
pub fn hidden<'a>(
    path: &Path,
    options: &Options,
    read: impl Iterator<Item = (Option<usize>, Option<&'a (usize, String)>)>,
) -> Option<Refusal> {
    if options.given.sheet.is_some() || !options.own.is_empty() {
        return None;
    }
    let sheets: Vec<_> = read.filter_map(|(book, member)| book.zip(member)).collect();
    let are_beside = |book: usize| sheets.iter().filter(|(other, _)| *other == book).count() > 1;
    // What is wrong with a file is told where it is read.
    let is_hidden = |place: usize| unpack::is_hidden_sheet(path, place).unwrap_or(false);
    let beside = sheets.iter().filter(|(book, _)| are_beside(*book));
    let (hidden, shown): (Vec<_>, Vec<_>) = beside.partition(|(_, (place, _))| is_hidden(*place));
    let pair = hidden.iter().find_map(|(book, (_, name))| {
        let (_, (_, other)) = shown.iter().find(|(other, _)| other == book)?;
        Some((name, other))
    });
    let (name, other) = pair?;
    Some(Refusal {
        error: "hidden_sheet",
        message: format!("the sheet {name} is hidden and holds a statement, as {other} does, which is shown"),
        hint: "name the sheet with --sheet NAME; to read both, one run after the other",
    })
}

/// The same of parts that were read.
pub fn hidden_part(path: &Path, options: &Options, parts: &[FilePart], are_sheets: bool) -> Option<Refusal> {
    let members = parts.iter().map(|part| part.member.as_ref());
    hidden(path, options, members.map(|member| (workbook(member, are_sheets), member)))
}

/// The members that stay as they were when a file that is known is read with these options: those of a workbook beside a sheet
/// that is named and was not read, and when it is read anew those that were named too.
#[must_use]
pub fn others(path: &Path, former: &Reading, options: &Options) -> Own {
    let Some(sheet) = options.given.sheet.as_deref().filter(|_| options.needed.is_empty()) else {
        return apart(former, options);
    };
    let is_it = |part: &FilePart| part.member.as_ref().is_some_and(|(_, name)| is_sheet(name, sheet));
    let others = || former.parts.iter().filter(|part| !is_it(part));
    let own = |part: &FilePart| Some((part.member.as_ref()?.0, part.given.clone()));
    if options.is_anew {
        others().filter(|part| part.given.sheet.is_some()).filter_map(own).collect()
    } else if former.map == options.map && !former.parts.iter().any(is_it) && has_sheet(path, sheet) {
        others().filter_map(own).collect()
    } else {
        Own::new()
    }
}

/// Whether a file has a sheet; of one that is damaged that is told where it is read.
fn has_sheet(path: &Path, sheet: &str) -> bool {
    unpack::members(path).is_ok_and(|members| members.iter().any(|(_, name)| is_sheet(name, sheet)))
}

/// All members, where an older reader read them and not the same was said of each.
fn apart(former: &Reading, options: &Options) -> Own {
    let are_same = former.parts.windows(2).all(|pair| matches!(pair, [a, b] if a.given == b.given));
    if options.needed.is_empty() || are_same {
        return Own::new();
    }
    former.parts.iter().filter_map(|part| Some((part.member.as_ref()?.0, part.given.clone()))).collect()
}

/// The members of a file that are read.
///
/// # Errors
/// As [`members`].
pub fn with(path: &Path, options: &Options) -> Result<Members, ReadError> {
    let Options { given, own, .. } = options;
    if own.is_empty() {
        return members(path, given);
    }
    let mut all = members(path, &Given::default())?;
    let is_own =
        |member: &Option<(usize, String)>| member.as_ref().is_some_and(|(place, _)| own.contains_key(place));
    let named = if given.sheet.is_some() { members(path, given)?.members } else { Vec::new() };
    all.members.retain(|member| is_own(member) || named.contains(member));
    Ok(all)
}

/// The options by which a member is read.
#[must_use]
pub fn options<'a>(options: &'a Options, member: Option<&(usize, String)>) -> Cow<'a, Options> {
    match member.and_then(|(place, _)| options.own.get(place)) {
        Some(given) => Cow::Owned(Options { given: given.clone(), ..options.clone() }),
        None => Cow::Borrowed(options),
    }
}

/// Tells which members were read before and are not now, so that their lines go.
pub fn tell_lost(former: &Reading, parts: &[FilePart], report: &mut FileReport) {
    let has = |part: &&FilePart| parts.is_empty() || parts.iter().any(|new| new.member == part.member);
    for part in former.parts.iter().filter(|part| !has(part) && part.rows > 0) {
        let name = part.member.as_ref().map_or("", |(_, name)| name);
        report.notes.push(format!(
            "{name}: it was read before and is not now, which takes {} away",
            value::counted(part.rows, "line")
        ));
    }
}
