//! How the lake stands: the same lists as `saldo status`, one below the other.

use std::mem;

use duckdb::arrow::array::Array;
use duckdb::arrow::datatypes::Schema;
use duckdb::arrow::record_batch::RecordBatch;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::message::Listing;
use super::super::theme::Theme;
use super::super::widgets::bars;
use super::super::widgets::grid::cut_line;
use crate::credit::card::text::wrap;
use crate::lake::Lake;
use crate::lake::status;
use crate::pipeline::ingest::taken::Taken;
use crate::value;

/// Blanks before a list and between its columns.
const INDENT: usize = 2;
const GAP: usize = 2;
/// A text of more columns is a sentence, and the least room that one gets.
const SENTENCE: usize = 24;
const SHORTEST: usize = 10;

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

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Names,
    Row,
    /// A text that has no room in its row.
    Below,
    Gap,
}

impl LakePane {
    /// Scrolls.
    pub fn act(&mut self, action: Action, room: Rect) {
        let page = usize::from(room.height);
        let last = self.height(room.width).saturating_sub(page);
        // The screen may have grown since.
        let top = self.top.min(last);
        self.top = match action {
            Action::Up => top.saturating_sub(1),
            Action::Down => top + 1,
            Action::PageUp => top.saturating_sub(page),
            Action::PageDown => top + page,
            Action::First => 0,
            Action::Last => last,
            _ => top,
        }
        .min(last);
    }

    /// Lines of all lists.
    fn height(&self, room: u16) -> usize {
        self.listings.iter().flatten().map(|listing| lines(listing, room).len()).sum()
    }
}

/// Draws the lists from the first line shown.
pub fn draw(frame: &mut Frame, area: Rect, pane: &LakePane, theme: &Theme) {
    let styled = |(part, text): (Part, String)| {
        let style = match part {
            Part::Title => theme.heading,
            Part::Names | Part::Below => theme.muted,
            Part::Row | Part::Gap => theme.text,
        };
        Line::styled(text, style)
    };
    let lines: Vec<Line> = match &pane.listings {
        None => vec![Line::styled("reading the lake …", theme.muted)],
        Some(listings) if listings.is_empty() => vec![Line::styled("no lake is open", theme.muted)],
        Some(listings) => {
            let lines: Vec<_> = listings.iter().flat_map(|listing| lines(listing, area.width)).collect();
            let top = pane.top.min(lines.len().saturating_sub(usize::from(area.height)));
            lines.into_iter().skip(top).map(styled).collect()
        }
    };
    // A gap ends each list.
    let area = bars::say_more(frame, area, lines.len().saturating_sub(1), theme);
    for (place, line) in area.rows().zip(lines) {
        frame.render_widget(cut_line(line, place.width.into()), place);
    }
}

/// How the columns of a list stand in so many columns of the screen.
struct Layout {
    widths: Vec<usize>,
    /// The first columns, as many as have room.
    kept: usize,
    /// Of the others the sentences, which stand below their row.
    below: Vec<usize>,
}

impl Layout {
    fn of(listing: &Listing, room: usize) -> Self {
        let width = |at: usize| {
            let rows = listing.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max();
            listing.columns.get(at).map_or(0, |(name, _)| name.width()).max(rows.unwrap_or(0))
        };
        let widths: Vec<_> = (0..listing.columns.len()).map(width).collect();
        let ends = widths.iter().scan(INDENT, |end, width| {
            *end += width;
            Some(mem::replace(end, *end + GAP))
        });
        let ends: Vec<_> = ends.collect();
        let all = ends.len();
        let kept = if ends.last().is_none_or(|end| *end <= room) {
            all
        } else {
            // The mark takes a place too.
            ends.iter().take_while(|end| **end + GAP < room).count().max(1)
        };
        let is_sentence = |at: &usize| {
            let is_number = listing.columns.get(*at).is_some_and(|(_, number)| *number);
            !is_number && widths.get(*at).is_some_and(|width| *width > SENTENCE)
        };
        let below = (kept..all).filter(is_sentence).collect();
        Self { widths, kept, below }
    }
}

/// A list in so many columns of the screen. A column without room is left out whole, since a part of a number would be
/// read as another one; `…` stands for it. A sentence without room stands below its row.
fn lines(listing: &Listing, room: u16) -> Vec<(Part, String)> {
    let room = usize::from(room);
    let Layout { widths, kept, below } = Layout::of(listing, room);
    let is_cut = kept + below.len() < widths.len();
    let row = |cells: &[&str]| {
        let mut text = " ".repeat(INDENT);
        for ((cell, width), (_, number)) in cells.iter().zip(&widths).zip(&listing.columns).take(kept) {
            let cell = value::visible(cell);
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if *number { (gap.as_str(), "") } else { ("", gap.as_str()) };
            text.extend([before, &cell, after, &" ".repeat(GAP)]);
        }
        if is_cut {
            text.push('…');
        }
        text
    };
    let names: Vec<_> = listing.columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut lines = vec![(Part::Title, listing.title.clone()), (Part::Names, row(&names))];
    for cells in &listing.rows {
        lines.push((Part::Row, row(&cells.iter().map(String::as_str).collect::<Vec<_>>())));
        let sentences = below.iter().filter_map(|at| cells.get(*at)).filter(|text| !text.is_empty());
        for text in sentences {
            let text = wrap(&value::visible(text), room.saturating_sub(2 * INDENT).max(SHORTEST));
            lines.extend(
                text.into_iter().map(|text| (Part::Below, format!("{}{text}", " ".repeat(2 * INDENT)))),
            );
        }
    }
    lines.push((Part::Gap, String::new()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_without_room_is_left_out_whole_and_marked() {
        let listing = Listing {
            title: "Tables".into(),
            columns: vec![("table".into(), false), ("rows".into(), true), ("bytes".into(), true)],
            rows: vec![vec!["banktxn".into(), "116,201".into(), "4,349,495".into()]],
        };
        let shown = |room| {
            let lines = lines(&listing, room);
            lines[1..3].iter().map(|(_, text)| text.trim_end().to_owned()).collect::<Vec<_>>()
        };
        let whole = ["  table       rows      bytes", "  banktxn  116,201  4,349,495"];
        assert_eq!(shown(29), whole);
        assert_eq!(shown(80), whole);
        assert_eq!(shown(28), ["  table       rows  …", "  banktxn  116,201  …"]);
        assert_eq!(shown(20), ["  table    …", "  banktxn  …"]);
        assert_eq!(shown(3), ["  table    …", "  banktxn  …"]);
    }

    #[test]
    fn a_sentence_without_room_stands_below_its_row() {
        let message = "the file has no column that is called the balance of a day";
        let listing = Listing {
            title: "Faults".into(),
            columns: vec![("file".into(), false), ("line".into(), true), ("message".into(), false)],
            rows: vec![
                vec!["a.csv".into(), "12".into(), message.into()],
                vec!["b.csv".into(), "3".into(), String::new()],
            ],
        };
        let shown = |room| lines(&listing, room).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        let wanted = [
            "  file   line  ",
            "  a.csv    12  ",
            "    the file has no column that is",
            "    called the balance of a day",
            "  b.csv     3  ",
        ];
        assert_eq!(shown(40)[1..6], wanted);
        assert_eq!(shown(100).len(), 5, "one line a row where there is room");
        let mut pane = LakePane { listings: Some(vec![listing]), ..LakePane::default() };
        pane.act(Action::Last, Rect::new(0, 0, 40, 4));
        assert_eq!(pane.top, 3);
        pane.act(Action::Up, Rect::new(0, 0, 100, 4));
        assert_eq!(pane.top, 0, "from where the larger screen began");
    }
}
