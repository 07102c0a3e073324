//! The dialog of a statement on the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::super::statement_request::name_of;
use super::super::super::theme::Theme;
use super::super::super::widgets::{grid::cut, status};
use super::super::line::unmatched;
use super::super::{boxed, wrapped};
use super::files::Files;
use super::{Dialog, FIELDS, Field, HEIGHT, Reading, WIDTH, place};
use crate::value;

/// Columns of a field's name, unless it is longer.
const NAME: u16 = 10;

/// Columns by which the rest of a line stands more to the right than its start.
const MORE: usize = 2;

/// Draws the choice of a file, or how the chosen one would be read.
pub fn draw(frame: &mut Frame, dialog: &Dialog, theme: &Theme) {
    match &dialog.chosen {
        None => draw_files(frame, &dialog.files, &dialog.report, theme),
        Some(reading) => draw_reading(frame, reading, theme),
    }
}

fn draw_files(frame: &mut Frame, files: &Files, report: &[String], theme: &Theme) {
    let inside = boxed(frame, "Take in a bank's statement", WIDTH, HEIGHT, theme);
    let mut rows = inside.rows();
    let (Some(line), Some(said)) = (rows.next(), rows.next()) else { return };
    files.input.draw_marked(frame, line, theme);
    let count = |count: usize| value::grouped(&count.to_string());
    let said_text = match &files.folder.problem {
        Some(problem) => Line::styled(value::visible(problem).into_owned(), theme.error),
        None if files.folder.more > 0 => {
            let more = count(files.folder.more);
            Line::styled(
                format!("{more} more files are not in this list: type the whole name"),
                theme.warning,
            )
        }
        None => {
            let (found, all) = (count(files.found.len()), count(files.folder.entries.len()));
            let above = theme.glyphs.keys("← the folder above");
            Line::styled(format!("{found} of {all}; {above}"), theme.muted)
        }
    };
    frame.render_widget(said_text, said);
    let below = report.len().min(usize::from(inside.height / 3));
    let rows: Vec<_> = rows.collect();
    let room = rows.len().saturating_sub(below);
    let top = (files.at + 1).saturating_sub(room.max(1));
    for (place, (index, at)) in rows[..room].iter().zip(files.found.iter().enumerate().skip(top)) {
        let Some(entry) = files.folder.entries.get(*at) else { continue };
        let (end, size) =
            if entry.is_folder { ("/", String::new()) } else { ("", status::bytes(entry.bytes)) };
        let name = format!("{}{end}", value::visible(&entry.name));
        let width = usize::from(place.width).saturating_sub(size.width() + 2);
        let name = cut(&name, width).into_owned();
        let gap = " ".repeat(width.saturating_sub(name.width()) + 2);
        let (style, beside) =
            if index == files.at { (theme.cursor, theme.cursor) } else { (theme.text, theme.muted) };
        let spans = vec![Span::styled(format!("{name}{gap}"), style), Span::styled(size, beside)];
        frame.render_widget(Line::from(spans), *place);
    }
    if let (true, Some(place)) = (files.found.is_empty(), rows[..room].first()) {
        let text = match files.folder.problem {
            Some(_) => String::new(),
            None if !files.is_read => "reading the folder …".to_owned(),
            None => unmatched("file", files.part(), place.width.into()),
        };
        frame.render_widget(Line::styled(text, theme.muted), *place);
    }
    for (place, text) in rows[room..].iter().zip(report) {
        let text = value::visible(text);
        frame.render_widget(
            Line::styled(cut(&text, usize::from(place.width)).into_owned(), theme.muted),
            *place,
        );
    }
}

fn draw_reading(frame: &mut Frame, reading: &Reading, theme: &Theme) {
    let title = name_of(&reading.path);
    let inside = boxed(frame, &value::visible(&title), WIDTH, HEIGHT, theme);
    let rows: Vec<_> = inside.rows().collect();
    for (row, fields) in rows.iter().zip(FIELDS.chunks(3)) {
        let width = row.width / u16::try_from(fields.len()).unwrap_or(3);
        for (index, (field, name)) in fields.iter().enumerate() {
            let x = row.x + width * u16::try_from(index).unwrap_or(0);
            draw_field(frame, Rect { x, width, ..*row }, reading, (*field, name), theme);
        }
    }
    let below = FIELDS.len().div_ceil(3);
    let Some(said) = rows.get(below) else { return };
    let text = match (&reading.problem, &reading.looked) {
        (Some(problem), _) => {
            let problem = value::visible(problem);
            let problem = theme.glyphs.keys(&problem);
            Line::styled(cut(&problem, usize::from(inside.width)).into_owned(), theme.error)
        }
        (None, None) => Line::styled("looking at it …", theme.warning),
        (None, Some(_)) if reading.is_changed() => {
            Line::styled("what is said now is not in it yet: Enter looks at it again", theme.warning)
        }
        // No file was opened, so there is nothing to say about it.
        (None, Some(looked)) if looked.profiles.is_empty() => {
            Line::styled("not read; Esc leads to another file", theme.error)
        }
        (None, Some(looked)) if looked.lines.is_empty() => {
            Line::styled("not read; what it does not tell can be said above", theme.error)
        }
        (None, Some(_)) => Line::styled("Enter takes it in as it stands below", theme.good),
    };
    frame.render_widget(text, *said);
    let Some(looked) = &reading.looked else { return };
    let width = usize::from(inside.width);
    let style = |text: &str| if text.starts_with("hint: ") { theme.text } else { theme.error };
    let refusals = looked.refusals.iter().map(|text| (text, style(text)));
    let style = if reading.is_changed() { theme.muted } else { theme.text };
    let lines = looked.lines.iter().map(|text| (text, style));
    let lines = refusals.chain(lines).flat_map(|(text, style)| {
        whole(text, width).into_iter().map(|line| Line::styled(line, style)).collect::<Vec<_>>()
    });
    for (place, line) in rows.iter().skip(below + 2).zip(lines.skip(reading.top)) {
        frame.render_widget(line, *place);
    }
}

/// All of a line in lines of a screen; those after the first stand a little to the right.
pub(super) fn whole(text: &str, width: usize) -> Vec<String> {
    let text = value::visible(text);
    if text.width() <= width {
        return vec![text.into_owned()];
    }
    let bare = text.trim_start();
    let indent = text.len() - bare.len();
    let lines = wrapped(bare, width.saturating_sub(indent + MORE)).into_iter().enumerate();
    let blanks = |at: usize| " ".repeat(indent + if at == 0 { 0 } else { MORE });
    lines.map(|(at, line)| format!("{}{line}", blanks(at))).collect()
}

fn draw_field(frame: &mut Frame, area: Rect, reading: &Reading, (field, name): (Field, &str), theme: &Theme) {
    let focused = reading.field() == field;
    let style = if focused { theme.accent } else { theme.text };
    frame.render_widget(Span::styled(name.to_owned(), style), area);
    let skip = NAME.max(u16::try_from(name.len() + 1).unwrap_or(NAME)).min(area.width);
    let right = Rect { x: area.x + skip, width: (area.width - skip).saturating_sub(2), ..area };
    if let Some(at) = place(field) {
        return reading.typed[at].draw(frame, right, focused, theme);
    }
    let text = match (reading.value(field), focused) {
        (Some(value), true) => format!("‹ {value} ›"),
        (Some(value), false) => format!("  {value}"),
        (None, true) => "‹ as found ›".to_owned(),
        (None, false) => "  as found".to_owned(),
    };
    let style = match (reading.value(field), focused) {
        (_, true) => theme.accent,
        (Some(_), false) => theme.number,
        (None, false) => theme.muted,
    };
    frame.render_widget(
        Span::styled(cut(&value::visible(&text), usize::from(right.width)).into_owned(), style),
        right,
    );
}
