//! What is said of files that were taken in.

use std::io::{self, Write as _};

use super::super::Failure;
use crate::pipeline::bank::reconcile::Breaks;
use crate::pipeline::ingest::{FileReport, State};
use crate::value;

/// Says what became of each file, and which balances do not follow.
///
/// # Errors
/// Where something of them could not be read, with exit code 3.
pub(super) fn print(reports: &[FileReport], breaks: Option<&Breaks>) -> Result<(), Failure> {
    let mut words = io::stderr().lock();
    for file in reports {
        let _ = writeln!(words, "{}", value::visible(&line(file)));
        for note in &file.notes {
            let _ = writeln!(words, "  {}", value::visible(note));
        }
    }
    if let Some(breaks) = breaks.filter(|breaks| breaks.count > 0) {
        let follow = if breaks.count == 1 {
            "does not follow from its amount"
        } else {
            "do not follow from their amounts"
        };
        let _ = writeln!(words, "{} {follow}:", value::counted(breaks.count, "balance"));
        for place in &breaks.first {
            let _ = writeln!(words, "  {}", value::visible(place));
        }
        let _ = writeln!(words, "  see `saldo query balance_breaks`");
    }
    if let Some([first, last]) = breaks.and_then(|breaks| breaks.within.as_ref()) {
        let month = |name: &str| name.replace("year=", "").replace("/month=", "-");
        let _ = writeln!(
            words,
            "lines of {} to {} alone were held against each other, for the rest lies on S3: `saldo query balance_breaks` looks at all",
            month(first),
            month(last)
        );
    }
    let faults: u64 = reports.iter().map(|file| file.faults).sum();
    if faults == 0 {
        return Ok(());
    }
    let what = if faults == 1 { "line, cell or file".to_owned() } else { "lines, cells or files".to_owned() };
    Err(Failure::new(3, format!("{} {what} could not be read", grouped(faults))).with_hint(
        "saldo query -c \"SELECT source, line_no, column_name, message, text FROM error_error\" shows them",
    ))
}

/// A number with marks between its thousands.
pub fn grouped(count: u64) -> String {
    value::grouped(&count.to_string())
}

fn line(file: &FileReport) -> String {
    let name = &file.file;
    match file.state {
        State::Known => format!("{name}: known already, nothing changed"),
        State::Refused => format!("{name}: not loaded"),
        State::Kept => {
            let corrected = match file.corrected {
                0 => String::new(),
                corrected => format!("{} corrected, ", grouped(corrected)),
            };
            format!(
                "{name}: {}, {} loaded, {corrected}{} known already, {}",
                value::counted(file.lines, "line"),
                grouped(file.loaded),
                grouped(file.known()),
                value::counted(file.faults, "fault")
            )
        }
    }
}
