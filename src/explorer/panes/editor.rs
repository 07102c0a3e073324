//! The SQL editor: tui-textarea holds the text, this draws it with colours and marks an error at its place.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Position as ScreenPosition, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use tui_textarea::{CursorMove, TextArea};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::theme::Theme;
use crate::engine::Position;
use crate::sql::{self, Kind};

/// The pane.
pub struct Editor {
    area: TextArea<'static>,
    /// First line and first screen column shown.
    top: usize,
    left: usize,
    /// Where the statement that ran begins, while the text is still what it was then.
    began: Option<Position>,
    /// Where it failed.
    error: Option<Position>,
}

impl Editor {
    /// An editor that holds a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(lines(text));
        area.set_tab_length(4);
        Self { area, top: 0, left: 0, began: None, error: None }
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Puts the cursor on the first statement, not in the header above it.
    pub fn go_to_statement(&mut self) {
        let text = self.text();
        let first = sql::statements(&text).first().map_or(0, |range| line_of(&text, range.start));
        for _ in 0..first {
            self.area.move_cursor(CursorMove::Down);
        }
        self.top = first;
    }

    /// Types a text at the cursor.
    pub fn insert(&mut self, text: &str) {
        self.area.insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
        self.text_changed();
    }

    /// Takes a key; says whether the text changed.
    pub fn input(&mut self, key: &KeyEvent) -> bool {
        // A line feed comes as Ctrl-J where a terminal pastes unbracketed; the widget would delete a line for it.
        let line_feed = key.code == KeyCode::Char('j') && key.modifiers == KeyModifiers::CONTROL;
        let key = if line_feed { KeyEvent::from(KeyCode::Enter) } else { *key };
        let changed = self.area.input(Event::Key(key));
        if changed {
            self.text_changed();
        }
        changed
    }

    fn text_changed(&mut self) {
        self.began = None;
        self.clear_error();
    }

    /// The byte of the text at which the cursor stands.
    #[must_use]
    pub fn cursor_byte(&self) -> usize {
        let cursor = self.area.cursor();
        let before: usize = self.area.lines().iter().take(cursor.0).map(|line| line.len() + 1).sum();
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        before + line.char_indices().nth(cursor.1).map_or(line.len(), |(byte, _)| byte)
    }

    /// Remembers where the statement that runs begins, so that an error finds its place.
    pub fn statement_starts(&mut self, text: &str, byte: usize) {
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.began =
            Some(Position { line: line_of(text, byte), column: before[line_start..].chars().count() });
    }

    /// Marks the place of an error in the statement that ran.
    pub fn show_error(&mut self, place: Option<Position>) {
        self.error = self.began.zip(place).map(|(began, place)| Position {
            line: began.line + place.line,
            column: place.column + if place.line == 0 { began.column } else { 0 },
        });
    }

    /// Takes the mark away.
    pub fn clear_error(&mut self) {
        self.error = None;
    }

    /// Brings the cursor into view.
    pub fn scroll(&mut self, area: Rect) {
        // A pane that is not on screen shows later what it showed before.
        if area.height == 0 {
            return;
        }
        let height = usize::from(area.height);
        let width = usize::from(area.width.saturating_sub(self.gutter() + 1)).max(1);
        let cursor = self.area.cursor();
        let column = self.cursor_column();
        // No room is left empty below the last line while lines above are hidden.
        let last_top = self.area.lines().len().saturating_sub(height);
        self.top = self.top.clamp((cursor.0 + 1).saturating_sub(height), cursor.0).min(last_top);
        self.left = self.left.clamp((column + 1).saturating_sub(width), column);
    }

    /// Columns of the line numbers and the blank after them.
    fn gutter(&self) -> u16 {
        let digits = self.area.lines().len().max(1).ilog10() + 1;
        u16::try_from(digits).unwrap_or(u16::MAX).max(3) + 1
    }

    fn cursor_column(&self) -> usize {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0).map_or("", String::as_str);
        line.chars().take(cursor.1).map(width_of).sum()
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn line_of(text: &str, byte: usize) -> usize {
    text[..byte].matches('\n').count()
}

/// A character as it is shown: tabs, controls and what has no width of its own but a meaning are marks.
fn shown(mark: char) -> char {
    let mut bytes = [0; 4];
    let text: &str = mark.encode_utf8(&mut bytes);
    match mark {
        '\t' => '⇥',
        _ if crate::value::visible(text) == text => mark,
        _ => '�',
    }
}

/// What a character takes on screen.
fn width_of(mark: char) -> usize {
    shown(mark).width().unwrap_or(1)
}

/// Draws the text with line numbers, and puts the terminal's cursor where typing goes.
pub fn draw(frame: &mut Frame, area: Rect, editor: &Editor, focused: bool, theme: &Theme) {
    let text = editor.text();
    let styles = char_styles(&text, theme);
    let selected = editor.area.selection_range();
    let gutter = editor.gutter().min(area.width);
    let width = usize::from(gutter.saturating_sub(1));
    let inside = Rect { x: area.x + gutter, width: area.width - gutter, ..area };
    let mut start = 0;
    for (number, line) in text.split('\n').enumerate() {
        if number >= editor.top
            && let Ok(down) = u16::try_from(number - editor.top)
            && down < area.height
        {
            let y = area.y + down;
            frame.buffer_mut().set_stringn(area.x, y, format!("{:>width$}", number + 1), width, theme.muted);
            let mut x = 0_usize;
            for (index, (byte, mark)) in line.char_indices().enumerate() {
                let mut style = styles.get(start + byte).copied().unwrap_or(theme.text);
                if selected.is_some_and(|(from, to)| (number, index) >= from && (number, index) < to) {
                    style = style.patch(theme.selection);
                }
                if editor.error == Some(Position { line: number, column: index }) {
                    style = theme.error.add_modifier(Modifier::REVERSED);
                }
                put_char(frame, inside, (x, editor.left, y), mark, style);
                x += width_of(mark);
            }
            let here = editor
                .error
                .is_some_and(|error| error.line == number && error.column >= line.chars().count());
            if here {
                put_char(
                    frame,
                    inside,
                    (x, editor.left, y),
                    ' ',
                    theme.error.add_modifier(Modifier::REVERSED),
                );
            }
        }
        start += line.len() + 1;
    }
    if text.is_empty() {
        frame.render_widget(Line::styled("SELECT …", theme.muted), inside);
    }
    if focused {
        let column =
            u16::try_from(editor.cursor_column() - editor.left.min(editor.cursor_column())).unwrap_or(0);
        let row = u16::try_from(editor.area.cursor().0.saturating_sub(editor.top)).unwrap_or(0);
        let place = ScreenPosition::new(inside.x.saturating_add(column), area.y.saturating_add(row));
        if inside.contains(place) {
            frame.set_cursor_position(place);
        }
    }
}

/// One character at a screen column of the text; controls are shown as a mark.
fn put_char(frame: &mut Frame, area: Rect, (x, left, y): (usize, usize, u16), mark: char, style: Style) {
    let Some(x) = x.checked_sub(left).and_then(|x| u16::try_from(x).ok()) else { return };
    let x = area.x.saturating_add(x);
    if x >= area.right() {
        return;
    }
    let mark = shown(mark);
    let mut bytes = [0; 4];
    let text: &str = mark.encode_utf8(&mut bytes);
    if text.width() == 0 {
        // An accent belongs to the letter before it.
        let before = x.checked_sub(1).filter(|before| *before >= area.x);
        if let Some(cell) = before.and_then(|before| frame.buffer_mut().cell_mut((before, y))) {
            let letter = format!("{}{text}", cell.symbol());
            cell.set_symbol(&letter);
        }
        return;
    }
    if text.width() <= usize::from(area.right() - x) {
        frame.buffer_mut().set_stringn(x, y, text, 2, style);
    }
}

/// The style of each byte of the text.
fn char_styles(text: &str, theme: &Theme) -> Vec<Style> {
    let mut styles = vec![theme.text; text.len()];
    for token in sql::tokens(text) {
        let style = match token.kind {
            Kind::Keyword => theme.keyword,
            Kind::Text => theme.literal,
            Kind::Number => theme.number,
            Kind::Comment => theme.comment,
            Kind::Parameter => theme.warning,
            Kind::Name | Kind::Quoted | Kind::Semicolon | Kind::Other => continue,
        };
        styles[token.range].fill(style);
    }
    styles
}
