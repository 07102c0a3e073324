//! The card as one self-contained page: nothing is fetched, light and dark, one sheet of A4 in print.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::sparkline::heights;
use super::text::sign;
use super::{Card, Cell, Month, Row};
use crate::credit::figures::PERIOD_WORDS;
use crate::credit::policy::Band;
use crate::credit::reasons::Reason;
use crate::value::{self, html as escaped};

const STYLE: &str = include_str!("card.css");

/// Nothing may be loaded, and nothing runs.
const CONTENT: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The size of a chart of twelve months.
const CHART: (f64, f64) = (84.0, 18.0);

/// The cards on one page; in print each has its own sheet.
#[must_use]
pub fn page(cards: &[Card]) -> String {
    let mut out = String::new();
    // Writing into a text does not fail.
    let _ = write_page(&mut out, cards);
    out
}

fn write_page(out: &mut String, cards: &[Card]) -> std::fmt::Result {
    let title = match cards {
        [card] => format!("Credit check: {}", card.called()),
        cards => format!("Credit check of {} accounts", cards.len()),
    };
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{CONTENT}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        escaped(&title)
    )?;
    cards.iter().enumerate().try_for_each(|(index, card)| write_card(out, card, index))?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn write_card(out: &mut String, card: &Card, index: usize) -> std::fmt::Result {
    writeln!(out, "<article aria-labelledby=\"account-{index}\">\n<header>")?;
    writeln!(out, "<h1 id=\"account-{index}\">Credit check: {}</h1>", escaped(&card.called()))?;
    let about = escaped(&card.about());
    writeln!(out, "<p class=\"muted\">{about}. <strong>{}</strong></p>\n</header>", card.disclaimer)?;
    headline(out, card)?;
    writeln!(out, "<section>\n<h2>Data</h2>\n<ul class=\"notes\">")?;
    for note in &card.notes {
        let class = if note.is_warning { " class=\"warning\"" } else { "" };
        writeln!(out, "<li{class}>{}</li>", escaped(&note.text))?;
    }
    writeln!(out, "</ul>\n</section>\n<div class=\"sides\">")?;
    for (title, reasons) in [("Against", &card.against), ("For", &card.in_favour)] {
        if !reasons.is_empty() {
            writeln!(out, "<section>\n<h2>{title}</h2>\n<ol>")?;
            reasons.iter().try_for_each(|reason| write_reason(out, reason))?;
            writeln!(out, "</ol>\n</section>")?;
        }
    }
    writeln!(out, "</div>")?;
    if !card.unknown.is_empty() {
        let unknown = card.unknown.iter().map(|label| escaped(label)).collect::<Vec<_>>().join(", ");
        writeln!(out, "<p><strong>Not known, neither for nor against:</strong> {unknown}</p>")?;
    }
    writeln!(out, "<h2>Figures</h2>\n<div class=\"groups\">")?;
    let groups = || card.figures.chunk_by(|one, next| one.group == next.group);
    groups().try_for_each(|group| write_group(out, group))?;
    writeln!(out, "</div>\n<p class=\"muted\">{PERIOD_WORDS}</p>")?;
    in_words(out, card)?;
    foot(out, card)?;
    writeln!(out, "</article>")
}

fn headline(out: &mut String, card: &Card) -> std::fmt::Result {
    let headline = &card.headline;
    let word = headline.word.to_uppercase();
    writeln!(
        out,
        "<section class=\"headline {}\" aria-label=\"Grade\">\n<strong>{} {word}</strong>\n<p>{}</p>",
        class(headline.band),
        mark(headline.band),
        escaped(&headline.sentence)
    )?;
    if let Some(points) = &card.points {
        writeln!(out, "<p class=\"muted\">{}</p>", escaped(&points.sentence()))?;
    }
    writeln!(
        out,
        "<p>Deposits over withdrawals, whole history: <b>{}</b>, {}</p>\n</section>",
        escaped(&card.ratio.shown),
        escaped(&card.ratio.label)
    )
}

fn write_reason(out: &mut String, reason: &Reason) -> std::fmt::Result {
    writeln!(
        out,
        "<li><b class=\"{}\">{} {:+}</b><span>{}<small>{}. Rows: <code>{}</code></small></span></li>",
        reason.band.name(),
        mark(Some(reason.band)),
        reason.points,
        escaped(&reason.sentence),
        escaped(&reason.detail()),
        reason.rows
    )
}

fn write_group(out: &mut String, rows: &[Row]) -> std::fmt::Result {
    let title = rows.first().map_or("", |row| row.group);
    // The column of charts takes no room where there is none.
    let has_charts = rows.iter().any(|row| !chart(row).is_empty());
    let head = if has_charts { "<th scope=\"col\">12 months</th>" } else { "" };
    writeln!(
        out,
        "<section><table>\n<caption>{title}</caption>\n<thead><tr><th scope=\"col\">band</th>\
         <th scope=\"col\">figure</th><th scope=\"col\">value</th><th scope=\"col\">over</th>{head}</tr></thead>\n<tbody>"
    )?;
    for row in rows {
        let Some(main) = row.main() else { continue };
        let band = main.band.map_or_else(String::new, |band| mark(Some(band)));
        let (label, shown) = (escaped(row.label), escaped(&main.shown));
        let last = if has_charts { format!("<td class=\"c\">{}</td>", chart(row)) } else { String::new() };
        writeln!(
            out,
            "<tr><td class=\"s {}\">{band}</td><th scope=\"row\">{label}</th><td class=\"n\">{shown}</td><td>{}</td>{last}</tr>",
            class(main.band),
            main.period
        )?;
        let others: Vec<_> = row.cells.iter().filter(|cell| cell.period != main.period).map(short).collect();
        if !others.is_empty() {
            let (others, span) = (escaped(&others.join(" · ")), if has_charts { 4 } else { 3 });
            writeln!(out, "<tr class=\"more\"><td></td><td colspan=\"{span}\">{others}</td></tr>")?;
        }
    }
    writeln!(out, "</tbody>\n</table></section>")
}

fn short(cell: &Cell) -> String {
    format!("{} {}", cell.period, cell.shown)
}

/// What each figure says and means, with its threshold and where that comes from; on the screen only.
fn in_words(out: &mut String, card: &Card) -> std::fmt::Result {
    writeln!(out, "<details class=\"words\">\n<summary>What each figure says and means</summary>\n<dl>")?;
    for row in &card.figures {
        writeln!(out, "<dt>{}</dt>\n<dd>{}</dd>", escaped(row.label), escaped(&row.sentence))?;
        if let Some(meaning) = &row.meaning {
            writeln!(out, "<dd class=\"muted\">{}</dd>", escaped(meaning))?;
        }
        for cell in &row.cells {
            if let (Some(threshold), Some(source)) = (&cell.threshold, &cell.source) {
                let (threshold, source) = (escaped(threshold), escaped(source));
                writeln!(
                    out,
                    "<dd class=\"muted\">Over {}: {threshold}. {source}</dd>",
                    cell.period.words()
                )?;
            }
        }
        writeln!(out, "<dd class=\"muted\">Rows: <code>{}</code></dd>", row.rows)?;
    }
    writeln!(out, "</dl>\n</details>")
}

fn foot(out: &mut String, card: &Card) -> std::fmt::Result {
    writeln!(
        out,
        "<footer><p>Run <code>{}</code> · policy {}, sha256 <code>{}</code></p>\n\
         <p>Lake, sha256 <code>{}</code> · rates: {}</p></footer>",
        card.run_id,
        escaped(&card.policy.version),
        card.policy.sha256,
        escaped(&card.inputs.manifest_sha256),
        escaped(&card.inputs.rate_words())
    )
}

fn class(band: Option<Band>) -> &'static str {
    band.map_or("muted", Band::name)
}

/// The sign of a band, with its name for those who hear the page.
fn mark(band: Option<Band>) -> String {
    let name = band.map_or("no grade", Band::name);
    format!("<span role=\"img\" aria-label=\"{name}\">{}</span>", sign(band))
}

/// A line through the months; a month that cannot be told is a gap, and one alone a dot.
fn chart(row: &Row) -> String {
    let heights = heights(&row.history);
    if heights.iter().all(Option::is_none) {
        return String::new();
    }
    let (width, height) = CHART;
    #[expect(clippy::cast_precision_loss, reason = "months of a year")]
    let step = (width - 4.0) / (heights.len().saturating_sub(1).max(1) as f64);
    let mut path = String::new();
    let mut dots = String::new();
    let mut x = 2.0;
    let is_known = |index: usize| heights.get(index).copied().flatten().is_some();
    for (index, level) in heights.iter().enumerate() {
        if let Some(level) = level {
            let y = (height - 2.0) - level * (height - 4.0);
            let before = index > 0 && is_known(index - 1);
            let _ = write!(path, "{}{x:.1} {y:.1}", if before { "L" } else { "M" });
            if !before && !is_known(index + 1) {
                let _ = write!(dots, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.5\"/>");
            }
        }
        x += step;
    }
    let zero = zero(&row.history).map_or_else(String::new, |level| {
        let y = (height - 2.0) - level * (height - 4.0);
        format!("<line x1=\"0\" x2=\"{width}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>")
    });
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{zero}<path d=\"{path}\"/>{dots}</svg>",
        escaped(&told(row))
    )
}

/// How high zero lies, where the months lie on both sides of it.
fn zero(history: &[Month]) -> Option<f64> {
    let known = || history.iter().filter_map(|month| month.value);
    let (low, high) = (known().min()?.approximate(), known().max()?.approximate());
    (low < 0.0 && high > 0.0).then(|| -low / (high - low))
}

/// The chart for those who hear the page.
fn told(row: &Row) -> String {
    let month = |month: NaiveDate| month.format("%B %Y").to_string();
    let first = row.history.first().map(|seen| month(seen.month)).unwrap_or_default();
    let last = row.history.last().map(|seen| month(seen.month)).unwrap_or_default();
    let currency = row.unit.split(' ').next().unwrap_or_default();
    let places = value::minor_unit(currency).map_or(2, u32::from);
    let values = row.history.iter().map(|seen| match seen.value {
        Some(value) if places == 0 => value.grouped(0),
        Some(value) => value.grouped(places).trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => "unknown".to_owned(),
    });
    format!("{} by month, {first} to {last}: {}", row.label, values.collect::<Vec<_>>().join("; "))
}
