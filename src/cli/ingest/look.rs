//! `saldo ingest bank --try`: shows how a statement would be read, and keeps nothing.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use super::super::Failure;
use crate::pipeline::bank::BANK;
use crate::pipeline::bank::trial::{self, Trial};
use crate::pipeline::ingest::{self, Options};
use crate::value;

/// Looks at files, and prints what was found.
///
/// Of one file a profile is made, where a name and a folder for it are given.
pub(super) fn run(
    files: &[(&Path, String)],
    options: &Options,
    write: Option<(&str, &Path)>,
) -> Result<(), Failure> {
    let mut faults = 0;
    let mut profiles = Vec::new();
    for (path, name) in files {
        for (member, trial) in ingest::look(&BANK, path, options, trial::look)? {
            let name = if member.is_empty() { name.clone() } else { format!("{name}#{member}") };
            let text = match trial {
                Ok(trial) => {
                    faults += trial.faults;
                    profiles.extend(write.map(|(name, _)| trial.profile(name, &options.given)));
                    shown(&name, &trial)
                }
                Err(refusal) => {
                    faults += 1;
                    format!("{name}: not read\n  {}; hint: {}\n", refusal.message, refusal.hint)
                }
            };
            for line in text.lines() {
                writeln!(io::stdout(), "{}", value::visible(line))?;
            }
        }
    }
    if let Some((_, folder)) = write {
        let [profile] = profiles.as_slice() else {
            return Err(Failure::new(3, "no profile was made: that takes one file that can be read"));
        };
        if profile.columns.is_empty() {
            return Err(Failure::new(3, "no profile was made: the file is in a format of its own"));
        }
        let path = profile.write(folder).map_err(|error| {
            Failure::new(1, error.to_string()).with_hint("another name, or take that file out of the folder")
        })?;
        writeln!(io::stderr(), "{}: the profile is made", value::visible(&path.display().to_string()))?;
    }
    match faults {
        0 => Ok(()),
        1 => Err(Failure::new(3, "1 line, cell or file cannot be read; nothing was kept")),
        _ => Err(Failure::new(3, format!("{faults} lines, cells or files cannot be read; nothing was kept"))),
    }
}

/// What was found, as text.
fn shown(name: &str, trial: &Trial) -> String {
    let layout = &trial.found.layout;
    let between = match layout.delimiter {
        '\t' => "a tabulator".to_owned(),
        mark => format!("`{mark}`"),
    };
    let header = match layout.header_line {
        0 => "no header".to_owned(),
        line => format!("the header in line {line}"),
    };
    let mut out = if trial.is_sheet {
        format!("{name}: a sheet, {}\n", header.replace("line", "row"))
    } else {
        format!("{name}: {}, {between} between cells, {header}\n", layout.encoding.name())
    };
    if trial.found.is_sample {
        let _ = writeln!(
            out,
            "looked at: the first {}.{} MB of its text, to the end of a line",
            trial.bytes / 1_000_000,
            trial.bytes % 1_000_000 / 100_000
        );
    } else {
        out += "looked at: the whole file\n";
    }
    out += "\ncolumns\n";
    let columns =
        trial.columns.iter().map(|(theirs, ours)| [theirs.clone(), ours.unwrap_or("kept out").to_owned()]);
    out += &table(&columns.collect::<Vec<_>>());
    out += "\nconvention\n";
    let convention = &trial.found.convention;
    let mut sentences = trial.found.evidence.clone();
    sentences.extend(
        convention.account.as_ref().map(|account| format!("lines without an account are of {account}")),
    );
    sentences
        .extend(convention.currency.as_ref().map(|code| format!("amounts without a currency are {code}")));
    if sentences.is_empty() {
        sentences.push("nothing had to be decided".into());
    }
    for sentence in sentences {
        let _ = writeln!(out, "  {sentence}");
    }
    out += "\nfirst lines\n";
    let mut lines = vec![Trial::HEADER.map(str::to_owned)];
    lines.extend(trial.lines.iter().cloned());
    out += &table(&lines);
    let [withdrawals, deposits] = &trial.sums;
    let days = trial.days.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let _ = write!(
        out,
        "\n{} lines read{days}: {withdrawals} out, {deposits} in; {} notes, {} faults\n",
        value::grouped(&trial.rows.to_string()),
        trial.notes,
        trial.faults
    );
    for sentence in trial.apart.iter().chain(&trial.first_faults) {
        let _ = writeln!(out, "  {sentence}");
    }
    out
}

/// Rows of cells, one under the other; the last is not padded.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    const WIDEST: usize = 40;
    let rows: Vec<_> =
        rows.iter().map(|row| row.each_ref().map(|cell| value::visible(cell).into_owned())).collect();
    let width = |cell: &String| cell.chars().count().min(WIDEST);
    let widths: [usize; N] = std::array::from_fn(|place| {
        rows.iter().filter_map(|row| row.get(place)).map(width).max().unwrap_or(0)
    });
    let mut out = String::new();
    for row in &rows {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(widths) {
            let cell = if cell.chars().count() > WIDEST {
                let start: String = cell.chars().take(WIDEST - 1).collect();
                format!("{start}…")
            } else {
                cell.clone()
            };
            let _ = write!(line, " {cell:<width$} ");
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}
