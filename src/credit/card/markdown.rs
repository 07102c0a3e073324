//! The card as Markdown.

use std::fmt::Write as _;

use super::text::sign;
use super::{Card, sparkline};
use crate::credit::figures::PERIOD_WORDS;
use crate::credit::reasons::Reason;
use crate::value::visible;

/// One card.
#[must_use]
pub fn card(card: &Card) -> String {
    let mut out = String::new();
    // Writing into a text does not fail.
    let _ = write_card(&mut out, card);
    out
}

fn write_card(out: &mut String, card: &Card) -> std::fmt::Result {
    writeln!(out, "# Credit check: {}\n", escaped(&card.called()))?;
    writeln!(out, "{}. {}\n", escaped(&card.about()), card.disclaimer)?;
    let headline = &card.headline;
    let word = headline.word.to_uppercase();
    writeln!(out, "## {} {word}\n\n{}\n", sign(headline.band), escaped(&headline.sentence))?;
    if let Some(points) = &card.points {
        writeln!(out, "{}\n", escaped(&points.sentence()))?;
    }
    let ratio = &card.ratio;
    writeln!(
        out,
        "Deposits over withdrawals, whole history: {}, {}\n",
        escaped(&ratio.shown),
        escaped(&ratio.label)
    )?;
    writeln!(out, "## Data\n")?;
    for note in &card.notes {
        let mark = if note.is_warning { "**!** " } else { "" };
        writeln!(out, "- {mark}{}", escaped(&note.text))?;
    }
    for (title, reasons) in [("Against", &card.against), ("For", &card.in_favour)] {
        if !reasons.is_empty() {
            writeln!(out, "\n## {title}\n")?;
            reasons.iter().try_for_each(|reason| write_reason(out, reason))?;
        }
    }
    if !card.unknown.is_empty() {
        writeln!(out, "\n## Not known, neither for nor against\n\n{}", card.unknown.join(", "))?;
    }
    figures(out, card)?;
    writeln!(out, "\n## Made from\n")?;
    writeln!(out, "- run `{}`", card.run_id)?;
    writeln!(out, "- policy {}, sha256 `{}`", escaped(&card.policy.version), card.policy.sha256)?;
    writeln!(out, "- lake, sha256 {}", escaped(&card.inputs.manifest_sha256))?;
    writeln!(out, "- rates: {}", escaped(&card.inputs.rate_words()))
}

fn write_reason(out: &mut String, reason: &Reason) -> std::fmt::Result {
    writeln!(
        out,
        "1. {} {:+} **{}** {}. Rows: `{}`",
        sign(Some(reason.band)),
        reason.points,
        escaped(&reason.sentence),
        escaped(&reason.detail()),
        reason.rows
    )
}

fn figures(out: &mut String, card: &Card) -> std::fmt::Result {
    let columns = ["", "about", "figure", "value", "period", "points", "last 12 months", "in words"];
    writeln!(out, "\n## Figures\n\n| {} |", columns.join(" | "))?;
    writeln!(out, "|---|---|---|--:|---|--:|---|---|")?;
    for row in &card.figures {
        for cell in &row.cells {
            let is_main = row.main() == Some(cell);
            let cells = [
                cell.band.map_or("", |band| sign(Some(band))).to_owned(),
                row.group.to_owned(),
                escaped(row.label),
                escaped(&cell.shown),
                cell.period.to_string(),
                cell.points.map(|points| format!("{points:+}")).unwrap_or_default(),
                if is_main { sparkline::bars(&row.history) } else { String::new() },
                if is_main { escaped(&row.sentence) } else { String::new() },
            ];
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
    }
    writeln!(out, "\n{PERIOD_WORDS}")
}

/// A text of which Markdown makes no more than its letters, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for mark in visible(text).chars() {
        if "\\`*_{}[]<>()#|!~&".contains(mark) {
            out.push('\\');
        }
        out.push(mark);
    }
    out
}
