//! How the lake stands: the same lists as `saldo status`, one below the other.

use std::mem;

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::Schema;
use duckdb::arrow::record_batch::RecordBatch;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::message::Listing;
use super::super::theme::Theme;
use super::super::widgets::bars;
use super::super::widgets::grid::cut_line;
use crate::lake::Lake;
use crate::lake::status;
use crate::pipeline::ingest::taken::Taken;
use crate::value;

/// Blanks before a list and between its columns.
const INDENT: usize = 2;
const GAP: usize = 2;

/// The pane.
#[derive(Debug, Default)]
pub struct LakePane {
    /// Nothing until it was asked for and came.
    pub listings: Option<Vec<Listing>>,
    pub asked: bool,
    top: usize,
}

/// The tables, as the manifest tells them.
#[must_use]
pub fn tables(lake: &Lake) -> Listing {
    let names = ["table", "rows", "months", "files", "bytes", "newest"];
    let number = |count: u64| value::grouped(&count.to_string());
    let row = |line: status::Line| {
        vec![
            line.name,
            number(line.rows),
            line.months.map(number).unwrap_or_default(),
            number(line.files),
            number(line.bytes),
            line.newest.unwrap_or_default(),
        ]
    };
    Listing {
        title: "Tables".into(),
        columns: names
            .iter()
            .enumerate()
            .map(|(at, name)| ((*name).to_owned(), (1..=4).contains(&at)))
            .collect(),
        rows: lake.manifest.tables.iter().map(status::line).map(row).collect(),
    }
}

/// The statements that were taken in, and how each is read: a clause a line.
#[must_use]
pub fn statements(taken: &[Taken]) -> Listing {
    let rows = |one: &Taken| {
        let (first, last) = one.months.clone().unwrap_or_default();
        let name = one.statement.strip_prefix("raw/bank/").unwrap_or(&one.statement);
        let mut cells =
            vec![name.to_owned(), value::grouped(&one.rows.to_string()), String::new(), first, last];
        let clauses = one.read_as.split("; ").map(|clause| {
            let whole = vec![String::new(); cells.len()];
            let mut row = mem::replace(&mut cells, whole);
            clause.clone_into(&mut row[2]);
            row
        });
        clauses.collect::<Vec<_>>()
    };
    let columns = ["statement", "rows", "read as", "from", "to"];
    Listing {
        title: "Statements".into(),
        columns: columns.map(|name| (name.to_owned(), name == "rows")).into(),
        rows: taken.iter().flat_map(rows).collect(),
    }
}

/// What a snapshot is a copy of.
#[must_use]
pub fn snapshot(copied: status::Copied) -> Listing {
    Listing {
        title: "Snapshot".into(),
        columns: status::Copied::NAMES.map(|name| (name.to_owned(), false)).into(),
        rows: vec![copied.cells().into()],
    }
}

/// A list from rows of an engine.
#[must_use]
pub fn listing(title: &str, schema: &Schema, batches: &[RecordBatch]) -> Listing {
    let cell = |array: &dyn Array, row| {
        if array.is_null(row) { String::new() } else { value::shown(array, row) }
    };
    let rows = batches.iter().flat_map(|batch| {
        (0..batch.num_rows())
            .map(move |row| batch.columns().iter().map(|array| cell(array.as_ref(), row)).collect())
    });
    let columns = schema.fields().iter();
    Listing {
        title: title.to_owned(),
        columns: columns.map(|field| (field.name().clone(), value::is_number(field.data_type()))).collect(),
        rows: rows.collect(),
    }
}

impl LakePane {
    /// Scrolls.
    pub fn act(&mut self, action: Action, page: usize) {
        let last = self.height().saturating_sub(page);
        self.top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page),
            Action::PageDown => self.top + page,
            Action::First => 0,
            Action::Last => last,
            _ => self.top,
        }
        .min(last);
    }

    /// Lines of all lists: a title, a header, the rows, a gap.
    fn height(&self) -> usize {
        self.listings.iter().flatten().map(|listing| listing.rows.len() + 3).sum()
    }
}

/// Draws the lists from the first line shown.
pub fn draw(frame: &mut Frame, area: Rect, pane: &LakePane, theme: &Theme) {
    let lines: Vec<Line> = match &pane.listings {
        None => vec![Line::styled("reading the lake …", theme.muted)],
        Some(listings) if listings.is_empty() => vec![Line::styled("no lake is open", theme.muted)],
        Some(listings) => {
            listings.iter().flat_map(|listing| lines(listing, area.width, theme)).skip(pane.top).collect()
        }
    };
    // A gap ends each list.
    let area = bars::say_more(frame, area, lines.len().saturating_sub(1), theme);
    for (place, line) in area.rows().zip(lines) {
        frame.render_widget(cut_line(line, place.width.into()), place);
    }
}

/// A list in so many columns of the screen. A column without room is left out whole, since a part of a number would be
/// read as another one; `…` stands for it.
fn lines<'a>(listing: &Listing, room: u16, theme: &Theme) -> Vec<Line<'a>> {
    let width = |at: usize| {
        let rows =
            listing.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
        listing.columns.get(at).map_or(0, |(name, _)| name.width()).max(rows)
    };
    let widths: Vec<_> = (0..listing.columns.len()).map(width).collect();
    let ends = widths.iter().scan(INDENT, |end, width| {
        *end += width;
        Some(std::mem::replace(end, *end + GAP))
    });
    let ends: Vec<_> = ends.collect();
    let room = usize::from(room);
    let all = ends.len();
    let kept = if ends.last().is_none_or(|end| *end <= room) {
        all
    } else {
        // The mark takes a place too.
        ends.iter().take_while(|end| **end + GAP < room).count().max(1)
    };
    let row = |cells: &[&str], style| {
        let mut text = " ".repeat(INDENT);
        for ((cell, width), (_, number)) in cells.iter().zip(&widths).zip(&listing.columns).take(kept) {
            let cell = value::visible(cell);
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if *number { (gap.as_str(), "") } else { ("", gap.as_str()) };
            text.extend([before, &cell, after, &" ".repeat(GAP)]);
        }
        if kept < all {
            text.push('…');
        }
        Line::from(Span::styled(text, style))
    };
    let names: Vec<_> = listing.columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut lines = vec![Line::styled(listing.title.clone(), theme.heading), row(&names, theme.muted)];
    lines.extend(
        listing
            .rows
            .iter()
            .map(|cells| row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), theme.text)),
    );
    lines.push(Line::default());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_without_room_is_left_out_whole_and_marked() {
        let theme = Theme::load("dark", crate::explorer::theme::Depth::True).unwrap();
        let listing = Listing {
            title: "Tables".into(),
            columns: vec![("table".into(), false), ("rows".into(), true), ("bytes".into(), true)],
            rows: vec![vec!["banktxn".into(), "116,201".into(), "4,349,495".into()]],
        };
        let shown = |room| {
            let lines = lines(&listing, room, &theme);
            lines[1..3].iter().map(|line| line.to_string().trim_end().to_owned()).collect::<Vec<_>>()
        };
        let whole = ["  table       rows      bytes", "  banktxn  116,201  4,349,495"];
        assert_eq!(shown(29), whole);
        assert_eq!(shown(80), whole);
        assert_eq!(shown(28), ["  table       rows  …", "  banktxn  116,201  …"]);
        assert_eq!(shown(20), ["  table    …", "  banktxn  …"]);
        assert_eq!(shown(3), ["  table    …", "  banktxn  …"]);
    }
}
