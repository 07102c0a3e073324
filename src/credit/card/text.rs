//! The card as lines of text with a meaning for each part, so that whoever draws chooses the colours.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Card, Cell, Row, sparkline};
use crate::credit::figures::PERIOD_WORDS;
use crate::credit::policy::Band;
use crate::credit::reasons::Reason;
use crate::value::visible;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub role: Role,
}

/// What a part means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Plain,
    Heading,
    Muted,
    Warning,
    Band(Band),
}

/// One line; its width is that of its parts.
pub type Line = Vec<Span>;

/// The narrowest card.
const NARROWEST: usize = 40;
/// Columns of a figure's label and of its value.
const LABEL: usize = 36;
const VALUE: usize = 20;

/// The sign of a band, which needs no colour.
#[must_use]
pub fn sign(band: Option<Band>) -> &'static str {
    match band {
        Some(Band::Green) => "●",
        Some(Band::Amber) => "▲",
        Some(Band::Red) => "■",
        None => "○",
    }
}

/// The card in lines of at most `width` columns; no byte of it is obeyed by a terminal.
#[must_use]
pub fn lines(card: &Card, width: usize) -> Vec<Line> {
    let mut page = Page { lines: Vec::new(), width: width.max(NARROWEST) };
    head(&mut page, card);
    for (title, reasons) in [("Against", &card.against), ("For", &card.in_favour)] {
        if !reasons.is_empty() {
            page.title(title);
            for reason in reasons {
                reason_lines(&mut page, reason);
            }
        }
    }
    if !card.unknown.is_empty() {
        page.title("Not known, neither for nor against");
        page.wrapped("  ", "  ", &card.unknown.join(", "), Role::Plain);
    }
    for group in card.figures.chunk_by(|one, next| one.group == next.group) {
        page.title(group.first().map_or("", |row| row.group));
        for row in group {
            figure(&mut page, row);
        }
    }
    page.lines.push(Vec::new());
    page.wrapped("  ", "  ", PERIOD_WORDS, Role::Muted);
    foot(&mut page, card);
    page.lines
}

/// The text alone, with line breaks.
#[must_use]
pub fn plain(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        for span in line {
            out.push_str(&span.text);
        }
        out.push('\n');
    }
    out
}

struct Page {
    lines: Vec<Line>,
    width: usize,
}

impl Page {
    fn push(&mut self, text: &str, role: Role) {
        self.lines.push(vec![Span { text: visible(text).into_owned(), role }]);
    }

    fn title(&mut self, text: &str) {
        self.lines.push(Vec::new());
        self.push(text, Role::Heading);
    }

    /// A text over as many lines as it needs; the first begins with `first`, the others with `next`.
    fn wrapped(&mut self, first: &str, next: &str, text: &str, role: Role) {
        for (index, line) in wrap(&visible(text), self.width - next.width()).into_iter().enumerate() {
            let start = if index == 0 { first } else { next };
            self.push(&format!("{start}{line}"), role);
        }
    }
}

/// Breaks a text at blanks, and a word where it alone is too long.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        if used > 0 && used + 1 + word.width() > width {
            lines.push(String::new());
            used = 0;
        }
        for (index, mark) in word.chars().enumerate() {
            let Some(line) = lines.last_mut() else { break };
            if index == 0 && used > 0 {
                line.push(' ');
                used += 1;
            }
            let wide = mark.width().unwrap_or(0);
            if used + wide > width {
                lines.push(String::from(mark));
                used = wide;
                continue;
            }
            line.push(mark);
            used += wide;
        }
    }
    lines
}

fn head(page: &mut Page, card: &Card) {
    let called = format!("Credit check · {}", card.called());
    page.wrapped("", "  ", &called, Role::Heading);
    page.wrapped("", "  ", &card.about(), Role::Muted);
    page.push(card.disclaimer, Role::Muted);
    page.lines.push(Vec::new());
    let band = card.headline.band;
    let role = band.map_or(Role::Warning, Role::Band);
    let word = format!("{} {}", sign(band), card.headline.word.to_uppercase());
    page.push(&word, role);
    page.wrapped("  ", "  ", &card.headline.sentence, Role::Plain);
    if let Some(points) = &card.points {
        page.wrapped("  ", "  ", &points.sentence(), Role::Muted);
    }
    let ratio =
        format!("Deposits over withdrawals, whole history: {} · {}", card.ratio.shown, card.ratio.label);
    page.wrapped("  ", "  ", &ratio, Role::Plain);
    page.title("Data");
    for note in &card.notes {
        let (start, role) = if note.is_warning { ("! ", Role::Warning) } else { ("  ", Role::Plain) };
        page.wrapped(start, "  ", &note.text, role);
    }
}

fn reason_lines(page: &mut Page, reason: &Reason) {
    let start = format!("{} {:+3}  ", sign(Some(reason.band)), reason.points);
    let blank = " ".repeat(start.width());
    page.wrapped(&start, &blank, &reason.sentence, Role::Plain);
    // The sign alone has the colour.
    let sentence = page.lines.len() - wrap(&reason.sentence, page.width - blank.width()).len();
    if let Some(span) = page.lines.get_mut(sentence).and_then(|line| line.first_mut()) {
        let rest = span.text.split_off(sign(Some(reason.band)).len());
        span.role = Role::Band(reason.band);
        page.lines[sentence].push(Span { text: rest, role: Role::Plain });
    }
    let words = format!("{} · rows: {}", reason.detail(), reason.rows);
    page.wrapped(&blank, &blank, &words, Role::Muted);
}

fn figure(page: &mut Page, row: &Row) {
    let Some(main) = row.main() else { return };
    let bars = sparkline::bars(&row.history);
    let (value, period) = (visible(&main.shown), main.period.to_string());
    let text = format!(" {:<LABEL$} {value:>VALUE$} {period:>4}  {bars}", row.label);
    let text = text.trim_end();
    let sign = if main.band.is_some() { sign(main.band) } else { " " };
    if sign.width() + text.width() <= page.width {
        let mark = Span { text: sign.to_owned(), role: main.band.map_or(Role::Muted, Role::Band) };
        page.lines.push(vec![mark, Span { text: text.to_owned(), role: Role::Plain }]);
    } else {
        page.wrapped(&format!("{sign} "), "  ", row.label, Role::Plain);
        page.wrapped("    ", "    ", &format!("{value} {period} {bars}"), Role::Plain);
    }
    let others: Vec<_> = row.cells.iter().filter(|cell| cell.period != main.period).map(short).collect();
    if !others.is_empty() {
        page.wrapped("    ", "    ", &others.join(" · "), Role::Muted);
    }
}

fn short(cell: &Cell) -> String {
    format!("{} {}", cell.period, cell.shown)
}

fn foot(page: &mut Page, card: &Card) {
    page.title("Made from");
    page.wrapped(
        "  ",
        "  ",
        &format!("run {} · rates {}", card.run_id, card.inputs.rate_words()),
        Role::Muted,
    );
    page.wrapped(
        "  ",
        "  ",
        &format!("policy {} · sha256 {}", card.policy.version, card.policy.sha256),
        Role::Muted,
    );
    page.wrapped("  ", "  ", &format!("lake · sha256 {}", card.inputs.manifest_sha256), Role::Muted);
}
