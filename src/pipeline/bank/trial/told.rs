//! A look at a statement as a person reads it.

use std::fmt::Write as _;

use super::Trial;
use crate::text::scan::Layout;
use crate::value;

impl Trial {
    /// What was found, as text; nothing of it is escaped.
    #[must_use]
    pub fn told(&self, name: &str) -> String {
        let layout = &self.found.layout;
        let between = between(layout);
        let header = match layout.header_line {
            0 => "no header".to_owned(),
            line => format!("the header in line {line}"),
        };
        let mut out = if self.is_sheet {
            format!("{name}: a sheet, {}\n", header.replace("line", "row"))
        } else {
            format!("{name}: {}, {between} between cells, {header}\n", layout.encoding.name())
        };
        if self.found.is_sample {
            let _ = writeln!(
                out,
                "looked at: the first {}.{} MB of its text, to the end of a line",
                self.bytes / 1_000_000,
                self.bytes % 1_000_000 / 100_000
            );
        } else {
            out += "looked at: the whole file\n";
        }
        out += "\ncolumns\n";
        let columns =
            self.columns.iter().map(|(theirs, ours)| [theirs.clone(), ours.unwrap_or("kept out").to_owned()]);
        out += &table(&columns.collect::<Vec<_>>());
        out += "\nconvention\n";
        let convention = &self.found.convention;
        let mut sentences = self.found.evidence.clone();
        sentences.extend(
            convention.account.as_ref().map(|account| format!("lines without an account are of {account}")),
        );
        sentences.extend(
            convention.currency.as_ref().map(|code| format!("amounts without a currency are {code}")),
        );
        if sentences.is_empty() {
            sentences.push("nothing had to be decided".into());
        }
        for sentence in sentences {
            let _ = writeln!(out, "  {sentence}");
        }
        out += "\nfirst lines\n";
        let mut lines = vec![Trial::HEADER.map(str::to_owned)];
        lines.extend(self.lines.iter().cloned());
        out += &table(&lines);
        let [withdrawals, deposits] = &self.sums;
        let days = self.days.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
        let _ = write!(
            out,
            "\n{} read{days}: {withdrawals} out, {deposits} in; {}, {}\n",
            value::counted(self.rows, "line"),
            value::counted(self.notes, "note"),
            value::counted(self.faults, "fault")
        );
        for sentence in self.apart.iter().chain(&self.first_faults) {
            let _ = writeln!(out, "  {sentence}");
        }
        out
    }
}

/// What stands between cells, in words.
fn between(layout: &Layout) -> String {
    match layout.delimiter {
        _ if !layout.gaps.is_empty() => "blanks".to_owned(),
        '\t' => "a tabulator".to_owned(),
        mark => format!("`{mark}`"),
    }
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
