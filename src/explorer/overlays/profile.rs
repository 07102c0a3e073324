//! What a column holds: counts, extremes, quantiles, a histogram, and the most frequent values, of which one is picked to
//! filter by.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;
use super::super::widgets::bars;
use super::super::widgets::grid::cut;
use super::{Answer, boxed, largest};
use crate::engine::profile::{Profile, Value};
use crate::value::{self, grouped};

/// The widest it gets.
const WIDEST: u16 = 110;
/// Lines of the histogram.
const TALL: usize = 4;
/// Eighths of a block.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The sheet.
#[derive(Debug)]
pub struct Sheet {
    title: String,
    /// Nothing until the first of it has been counted.
    pub profile: Option<Box<Profile>>,
    /// Why there is no more to come.
    pub ended: Option<String>,
    /// The marked value, and the first one on screen.
    at: usize,
    top: usize,
}

impl Sheet {
    /// The sheet of a column, before anything is known.
    #[must_use]
    pub fn new(name: &str, label: &str) -> Self {
        Self { title: format!("{name} · {label}"), profile: None, ended: None, at: 0, top: 0 }
    }

    /// Whether there is more to come.
    #[must_use]
    pub fn waits(&self) -> bool {
        let values = self.profile.as_ref().and_then(|profile| profile.values.as_ref());
        values.is_none() && self.ended.is_none()
    }

    fn values(&self) -> &[Value] {
        self.profile.as_ref().and_then(|profile| profile.values.as_deref()).unwrap_or_default()
    }

    pub fn key(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        let page = self.room(largest(screen)).max(1);
        let last = self.values().len().saturating_sub(1);
        self.at = match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.at + 1,
            KeyCode::PageUp => self.at.saturating_sub(page),
            KeyCode::PageDown => self.at + page,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => last,
            _ => self.at,
        }
        .min(last);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(page));
        let same = match key.code {
            KeyCode::Enter | KeyCode::Char('+') => true,
            KeyCode::Char('-') => false,
            KeyCode::Char('q') => return Answer::Close,
            _ => return Answer::Stay,
        };
        match (&self.profile, self.values().get(self.at)) {
            (Some(profile), Some(value)) => {
                Answer::Keep { column: profile.column, row: value.row, same, text: value.text.clone() }
            }
            _ => Answer::Stay,
        }
    }

    /// Lines for values in a box of this inside.
    fn room(&self, (width, height): (u16, u16)) -> usize {
        usize::from(height).saturating_sub(self.head(width.min(WIDEST)).len() + 1)
    }

    /// What stands above the values: pieces of text, each said to be quiet or not.
    fn head(&self, width: u16) -> Vec<Vec<(String, bool)>> {
        let Some(profile) = &self.profile else { return vec![vec![("counting …".into(), true)]] };
        let count = |number: u64| grouped(&number.to_string());
        let mut first = vec![("rows ".to_owned(), true), (count(profile.rows), false)];
        let nulls = share(profile.nulls, profile.rows);
        first.extend([("   NULL ".into(), true), (format!("{}{nulls}", count(profile.nulls)), false)]);
        first.extend([("   different ".into(), true), (count(profile.distinct), false)]);
        let mut lines = vec![first];
        let approximately = if profile.is_rounded { "≈ " } else { "" };
        let facts = [
            ("min", profile.min.clone()),
            ("max", profile.max.clone()),
            ("mean", profile.mean.as_ref().map(|mean| format!("{approximately}{}", grouped(mean)))),
            ("sum", profile.sum.as_deref().map(grouped)),
        ];
        let facts = facts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
        lines.extend(flowed(facts, width));
        let quantiles = profile.quantiles.iter().map(|(share, text)| (format!("{share} %"), text.clone()));
        lines.extend(flowed(quantiles, width));
        if let Some(bins) = &profile.histogram {
            let room = (usize::from(width) / bins.len().max(1)).clamp(1, 2);
            lines.push(Vec::new());
            lines.extend(columns(bins, room).into_iter().map(|line| vec![(line, false)]));
            let half = usize::from(width).saturating_sub(1) / 2;
            let end = |text: &Option<String>| cut(text.as_deref().unwrap_or_default(), half).into_owned();
            let (min, max) = (end(&profile.min), end(&profile.max));
            let gap = (bins.len() * room).saturating_sub(min.width() + max.width()).max(1);
            lines.push(vec![(format!("{min}{}{max}", " ".repeat(gap)), true)]);
        }
        lines.push(Vec::new());
        lines
    }
}

/// `(1.3 %)` of a count; nothing of none.
fn share(part: u64, of: u64) -> String {
    if part == 0 || of == 0 {
        return String::new();
    }
    let tenths = u128::from(part) * 1_000 / u128::from(of);
    if tenths == 0 { " (< 0.1 %)".into() } else { format!(" ({}.{} %)", tenths / 10, tenths % 10) }
}

/// Names with their texts, as many in a line as fit.
fn flowed(facts: impl Iterator<Item = (String, String)>, width: u16) -> Vec<Vec<(String, bool)>> {
    let mut lines: Vec<Vec<(String, bool)>> = Vec::new();
    let mut used = usize::MAX;
    for (name, text) in facts {
        let text = cut(&text, usize::from(width / 2)).into_owned();
        let needed = name.width() + text.width() + 4;
        if used.saturating_add(needed) > usize::from(width) {
            lines.push(Vec::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            let gap = if line.is_empty() { "" } else { "   " };
            line.extend([(format!("{gap}{name} "), true), (text, false)]);
        }
        used += needed;
    }
    lines
}

/// Counts as upright bars of several lines, the highest line first; what is there is seen, however small.
fn columns(bins: &[u64], room: usize) -> Vec<String> {
    let most = u128::from(bins.iter().copied().max().unwrap_or(0).max(1));
    let eighths = |bin: &u64| {
        let full = (TALL * 8) as u128;
        let height = (u128::from(*bin) * full + most / 2) / most;
        usize::try_from(height.max(u128::from(*bin > 0))).unwrap_or(0)
    };
    let heights: Vec<_> = bins.iter().map(eighths).collect();
    let line = |level: usize| {
        let block = |height: &usize| BLOCKS[height.saturating_sub(level * 8).min(8)];
        heights.iter().flat_map(|height| std::iter::repeat_n(block(height), room)).collect()
    };
    (0..TALL).rev().map(line).collect()
}

/// Draws the sheet.
pub fn draw(frame: &mut Frame, sheet: &Sheet, theme: &Theme) {
    let (width, height) = largest(frame.area());
    let width = width.min(WIDEST);
    let head = sheet.head(width);
    let values = sheet.values();
    let listed = values.len().max(1) + 1;
    let wanted = u16::try_from(head.len() + listed).unwrap_or(u16::MAX).min(height);
    let inside = boxed(frame, &sheet.title, width, wanted, theme);
    let mut places = inside.rows();
    for (pieces, place) in head.iter().zip(places.by_ref()) {
        let is_bars = pieces.len() == 1 && pieces[0].0.chars().all(|mark| BLOCKS.contains(&mark));
        let style = |quiet: bool| match (quiet, is_bars) {
            (true, _) => theme.muted,
            (false, true) => theme.series[0],
            (false, false) => theme.number,
        };
        let spans = pieces.iter().map(|(text, quiet)| Span::styled(text.clone(), style(*quiet)));
        frame.render_widget(Line::from(spans.collect::<Vec<_>>()), place);
    }
    let Some(place) = places.next() else { return };
    let said = match (&sheet.ended, values.len()) {
        (Some(why), _) => value::visible(why).into_owned(),
        (None, 0) if sheet.waits() => "counting the values …".into(),
        (None, count) => {
            let distinct =
                sheet.profile.as_ref().map_or(0, |profile| profile.distinct + u64::from(profile.nulls > 0));
            if distinct > count as u64 {
                format!("the {count} most frequent values")
            } else if count == 0 {
                "no values: no row is kept".into()
            } else {
                "values".into()
            }
        }
    };
    frame.render_widget(Line::styled(said, theme.heading), place);
    draw_values(frame, places, sheet, inside.width, theme);
}

fn draw_values(
    frame: &mut Frame,
    places: impl Iterator<Item = Rect>,
    sheet: &Sheet,
    width: u16,
    theme: &Theme,
) {
    let values = sheet.values();
    let rows = sheet.profile.as_ref().map_or(0, |profile| profile.rows);
    let most = values.first().map_or(0, |value| value.rows);
    let texts = values.iter().map(|value| value.text.width()).max().unwrap_or(0);
    let texts = texts.min(usize::from(width) * 2 / 5);
    let counts = grouped(&most.to_string()).len();
    for (place, (at, value)) in places.zip(values.iter().enumerate().skip(sheet.top)) {
        let text = cut(&value.text, texts);
        let style = match at == sheet.at {
            true => theme.cursor,
            false if value.text == value::NULL => theme.null,
            false => theme.text,
        };
        let blanks = " ".repeat(texts.saturating_sub(text.width()));
        let of = share(value.rows, rows);
        let room = usize::from(width).saturating_sub(texts + counts + 16);
        let line = vec![
            Span::styled(format!("{text}{blanks}"), style),
            Span::styled(format!("  {:>counts$}", grouped(&value.rows.to_string())), theme.number),
            Span::styled(format!("{of:>11}  "), theme.muted),
            Span::styled(bars::of_counts(value.rows, most, room), theme.series[0]),
        ];
        frame.render_widget(Line::from(line), place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_in_proportion_and_nothing_is_lost() {
        let lines = columns(&[0, 1, 500, 1_000], 1);
        assert_eq!(lines, ["   █", "   █", "  ██", " ▁██"]);
        assert_eq!(columns(&[u64::MAX], 2)[0], "██");
    }

    #[test]
    fn a_share_is_told_in_tenths_and_never_as_nothing() {
        assert_eq!(
            (share(1, 3).as_str(), share(1, 1_000_000).as_str(), share(0, 5).as_str()),
            (" (33.3 %)", " (< 0.1 %)", "")
        );
    }
}
