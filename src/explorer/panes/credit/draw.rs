//! The pane on screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::super::super::credit_request::{Judge, Standing};
use super::super::super::theme::Theme;
use super::super::super::widgets::grid::cut;
use super::listing::Listing;
use super::sheet::Entry;
use super::{CreditPane, View};
use crate::credit::card::text::{self, Role, sign};
use crate::credit::policy::Band;
use crate::credit::read::Whose;
use crate::value;

/// Lines below a list that tell the marked account's reason whole.
const REASON: u16 = 3;
/// From so many columns on a list tells the points.
const WITH_POINTS: usize = 100;
/// Columns of a row of bars.
const BARS: usize = 12;
/// Columns of an account in a list, at the most.
const ACCOUNT: usize = 34;

/// Lines of a list, with the sentences above it.
pub fn page(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(REASON))
}

/// Draws the pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: &CreditPane, theme: &Theme) {
    if let Some((why, hint)) = &pane.refused {
        let lines = vec![
            Line::styled(value::visible(why).into_owned(), theme.error),
            Line::styled(value::visible(hint.as_deref().unwrap_or_default()).into_owned(), theme.muted),
        ];
        return frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), area);
    }
    if pane.shows_cards() {
        draw_sheet(frame, area, pane, theme);
    } else if let Some(listing) = pane.listing().filter(|_| !pane.waits) {
        draw_listing(frame, area, pane, listing, theme);
    } else {
        let words = match (&pane.request.judge, pane.waits) {
            (Judge::These(these), true) => {
                let these: Vec<_> = these.iter().map(Whose::to_string).collect();
                format!("judging {} …", value::visible(&these.join(" and ")))
            }
            (_, true) => "judging every account …".to_owned(),
            (_, false) => "No account is chosen: a asks for one, p lists all of them.".to_owned(),
        };
        frame.render_widget(Paragraph::new(Line::styled(words, theme.muted)).wrap(Wrap { trim: true }), area);
    }
}

fn style(role: Role, theme: &Theme) -> Style {
    match role {
        Role::Plain => theme.text,
        Role::Heading => theme.heading,
        Role::Muted => theme.muted,
        Role::Warning => theme.warning,
        Role::Band(band) => band_style(Some(band), theme),
    }
}

fn band_style(band: Option<Band>, theme: &Theme) -> Style {
    match band {
        Some(Band::Green) => theme.good,
        Some(Band::Amber) => theme.warning,
        Some(Band::Red) => theme.error,
        None => theme.muted,
    }
}

fn styled<'a>(line: &text::Line, theme: &Theme) -> Line<'a> {
    let spans = line.iter().map(|span| Span::styled(span.text.clone(), style(span.role, theme)));
    Line::from(spans.collect::<Vec<_>>())
}

/// The marked line: the mark's colours alone, for a band's own would not be read on its ground.
fn marked<'a>(mut line: Line<'a>, theme: &Theme) -> Line<'a> {
    for span in &mut line.spans {
        span.style = span.style.patch(theme.cursor);
    }
    line.patch_style(theme.cursor)
}

fn draw_sheet(frame: &mut Frame, area: Rect, pane: &CreditPane, theme: &Theme) {
    let sheet = pane.sheet(area);
    let mut places = area.rows();
    for (place, line) in places.by_ref().zip(&sheet.head) {
        frame.render_widget(styled(line, theme), place);
    }
    let mut y = area.y + u16::try_from(sheet.head.len()).unwrap_or(u16::MAX).min(area.height);
    if !sheet.head.is_empty() && y < area.bottom() {
        let words = if pane.waits { "─ judging again …" } else { "" };
        let rule = format!("{words}{}", "─".repeat(usize::from(area.width).saturating_sub(words.width())));
        frame.render_widget(Line::styled(rule, theme.border), Rect { y, height: 1, ..area });
        y += 1;
    }
    let body = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    let mut first = 0;
    for (number, (column, top)) in sheet.columns.iter().zip(pane.tops).enumerate() {
        let step = u16::try_from(sheet.width + super::GAP).unwrap_or(u16::MAX);
        let x = area.x.saturating_add(step.saturating_mul(u16::try_from(number).unwrap_or(0)));
        let width = u16::try_from(sheet.width).unwrap_or(u16::MAX).min(area.right().saturating_sub(x));
        let mark = pane.at.checked_sub(first);
        draw_column(frame, Rect { x, width, ..body }, (column, top), mark, theme);
        first += column.len();
    }
}

/// Entries from a line on; the marked one stands out.
fn draw_column(
    frame: &mut Frame,
    area: Rect,
    (entries, top): (&[Entry], usize),
    mark: Option<usize>,
    theme: &Theme,
) {
    let lines = entries
        .iter()
        .enumerate()
        .flat_map(|(at, entry)| entry.lines.iter().enumerate().map(move |(part, line)| (at, part, line)));
    for (place, (at, part, line)) in area.rows().zip(lines.skip(top)) {
        let line = styled(line, theme);
        // What belongs to the marked line is told by the mark on its first.
        if Some(at) == mark && part == 0 {
            frame.render_widget(Line::styled(" ".repeat(area.width.into()), theme.cursor), place);
            frame.render_widget(marked(line, theme), place);
        } else {
            frame.render_widget(line, place);
        }
    }
}

fn draw_listing(frame: &mut Frame, area: Rect, pane: &CreditPane, listing: &Listing, theme: &Theme) {
    let view = pane.view;
    let width = usize::from(area.width);
    let mut places = area.rows();
    for sentence in &listing.sentences {
        let Some(place) = places.next() else { return };
        let text = value::visible(sentence);
        frame.render_widget(Line::styled(cut(&text, width).into_owned(), theme.text), place);
    }
    if listing.count() == 0 {
        if let (Some(place), View::Portfolio) = (places.next(), view) {
            let text = match pane.request.as_of {
                _ if !listing.needle.is_empty() => "no account fits the filter; / changes it".to_owned(),
                Some(day) => format!("no account has a line up to {day}; d chooses a later day"),
                None => "the lake has no account".to_owned(),
            };
            frame.render_widget(Line::styled(text, theme.muted), place);
        }
        return;
    }
    let room = listing.room(page(area));
    let shown: Vec<_> = listing.shown().enumerate().skip(listing.top).take(room).collect();
    let called = |standing: &Standing| {
        let name = standing.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        value::visible(&format!("{}{name}", standing.account)).into_owned()
    };
    let widest = shown.iter().map(|(_, (_, standing))| called(standing).width()).max().unwrap_or(0);
    let widest = widest.min(ACCOUNT).min(width / 2).max("account".len());
    let band = if view == View::Portfolio { 10 } else { 16 };
    let with_points = width >= WITH_POINTS;
    let line = |band_word: &str, called: &str, bars: &str, points: &str| {
        let points = if with_points { format!("{points:>8}  ") } else { String::new() };
        let bars = format!("{bars}{}", " ".repeat(BARS.saturating_sub(bars.width())));
        (pad(band_word, band), format!("{}{bars}  {points}", pad(called, widest)))
    };
    if let Some(place) = places.next() {
        let (start, middle) = line("grade", "account", "balance, 12m", "points");
        let heading = format!("{start}{middle}what weighs most");
        frame.render_widget(Line::styled(cut(&heading, width).into_owned(), theme.muted), place);
    }
    for (place, (at, (before, standing))) in places.zip(&shown) {
        let before = before.map(|before| format!("{} to ", before.name())).unwrap_or_default();
        let word = standing.band.map_or("no grade", Band::name);
        let word = format!("{} {before}{word}", sign(standing.band));
        let points = standing.percent.map_or_else(String::new, |percent| format!("{} %", percent.rounded(1)));
        let (start, middle) = line(&word, &called(standing), &standing.bars, &points);
        let rest = width.saturating_sub(start.width() + middle.width());
        let reason = value::visible(&standing.reason);
        let line = Line::from(vec![
            Span::styled(start, band_style(standing.band, theme)),
            Span::styled(middle, theme.text),
            Span::styled(cut(&reason, rest).into_owned(), theme.muted),
        ]);
        if listing.is_marked(*at) {
            frame.render_widget(Line::styled(" ".repeat(width), theme.cursor), place);
            frame.render_widget(marked(line, theme), place);
        } else {
            frame.render_widget(line, place);
        }
    }
    draw_reason(frame, area, listing, theme);
}

/// A text in so many columns, and two blanks.
fn pad(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    format!("{text}{}  ", " ".repeat(columns.saturating_sub(text.width())))
}

/// The marked account's reason, whole.
fn draw_reason(frame: &mut Frame, area: Rect, listing: &Listing, theme: &Theme) {
    let width = usize::from(area.width);
    let Some(standing) = listing.marked() else { return };
    let y = area.bottom().saturating_sub(REASON).max(area.y);
    let below = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if usize::from(area.height) > listing.sentences.len() + 1 + usize::from(REASON) {
        let text = value::visible(&standing.reason).into_owned();
        let lines = [Line::styled("─".repeat(width), theme.border)]
            .into_iter()
            .chain(text::wrap(&text, width.max(2)).into_iter().map(|line| Line::styled(line, theme.text)));
        for (place, line) in below.rows().zip(lines) {
            frame.render_widget(line, place);
        }
    }
}
