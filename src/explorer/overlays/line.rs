//! One line of text that is typed: tui-textarea with a single line.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use tui_textarea::{CursorMove, TextArea};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::theme::Theme;
use super::super::widgets::grid::cut;
use crate::value;

/// The line with its cursor.
#[derive(Debug, Default)]
pub struct Input {
    area: TextArea<'static>,
    /// Nobody has touched the text that stands there: what is typed takes its place.
    is_offered: bool,
}

impl Input {
    /// A line that holds a text, the cursor at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.set(text);
        input
    }

    /// A line in which a text is offered.
    #[must_use]
    pub fn offered(text: &str) -> Self {
        let mut input = Self::default();
        input.offer(text);
        input
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Replaces the text.
    pub fn set(&mut self, text: &str) {
        self.area = TextArea::new(vec![text.to_owned()]);
        self.area.move_cursor(CursorMove::End);
        self.is_offered = false;
    }

    /// Replaces the text by one that is marked: what is typed or pasted takes its place, and every other key begins to
    /// edit it.
    pub fn offer(&mut self, text: &str) {
        self.set(text);
        self.is_offered = !text.is_empty();
    }

    /// Changes the text for the person: it stays marked where it was.
    pub fn change(&mut self, text: &str) {
        let is_offered = self.is_offered;
        self.set(text);
        self.is_offered = is_offered;
    }

    /// Makes room for what is typed.
    fn give_way(&mut self) {
        if self.is_offered {
            self.set("");
        }
    }

    /// Takes a key; what would make another line is left out.
    pub fn key(&mut self, key: &KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        // As in a shell; the widget would undo.
        if control && key.code == KeyCode::Char('u') {
            return self.set("");
        }
        let breaks = matches!(key.code, KeyCode::Enter | KeyCode::Tab)
            || control && matches!(key.code, KeyCode::Char('m' | 'j'));
        if !breaks {
            let is_letter = !control && !key.modifiers.contains(KeyModifiers::ALT);
            if is_letter && matches!(key.code, KeyCode::Char(_)) {
                self.give_way();
            }
            self.is_offered = false;
            self.area.input(Event::Key(*key));
        }
    }

    /// Takes a pasted text: its lines become one.
    pub fn paste(&mut self, text: &str) {
        let words: String =
            text.trim_end().chars().map(|mark| if mark.is_control() { ' ' } else { mark }).collect();
        if !words.is_empty() {
            self.give_way();
        }
        self.area.insert_str(words);
    }

    /// Draws the line and puts the terminal's cursor into it; `…` stands for what has no room on either side.
    pub fn draw(&self, frame: &mut Frame, place: Rect, focused: bool, theme: &Theme) {
        let before: String = self.text().chars().take(self.area.cursor().1).collect();
        let (before, whole) = (value::visible(&before), value::visible(self.text()));
        // The character under the cursor, and behind it the mark where more follows.
        let after = whole.get(before.len()..).unwrap_or_default();
        let here = after.chars().next().and_then(UnicodeWidthChar::width).unwrap_or(1).max(1);
        let follows = after.width() > here;
        let room = usize::from(place.width).saturating_sub(here + usize::from(follows));
        let is_long = focused && before.width() > room;
        let (kept, used) = before.unicode_truncate_start(room.saturating_sub(usize::from(is_long)));
        let (mark, used) = if is_long { ("…", used + 1) } else { ("", used) };
        let from = if focused { before.len() - kept.len() } else { 0 };
        let shown = format!("{mark}{}", &whole[from..]);
        let shown = cut(&shown, place.width.into()).into_owned();
        if focused && self.is_offered {
            frame.render_widget(Span::styled(shown, theme.selection), place);
        } else {
            frame.render_widget(Line::styled(shown, theme.text), place);
        }
        if focused && !place.is_empty() {
            let x = place.x + u16::try_from(used).unwrap_or(0);
            frame.set_cursor_position(Position::new(x, place.y));
        }
    }

    /// Draws the line behind the mark that says that one can type here.
    pub fn draw_marked(&self, frame: &mut Frame, place: Rect, theme: &Theme) {
        frame.render_widget(Line::styled("› ", theme.accent), place);
        let mark = 2.min(place.width);
        self.draw(frame, Rect { x: place.x + mark, width: place.width - mark, ..place }, true, theme);
    }

    /// Whether all words typed stand in a text, in whatever case.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.text().to_lowercase().split_whitespace().all(|word| text.contains(word))
    }

    /// What a list says, in so many columns, where nothing of a kind fits what was typed.
    #[must_use]
    pub fn unmatched(&self, kind: &str, width: usize) -> String {
        unmatched(kind, self.text(), width)
    }

    /// Columns that the text takes.
    #[must_use]
    pub fn width(&self) -> usize {
        value::visible(self.text()).width()
    }
}

/// What a list says, in so many columns, where nothing of a kind fits a text.
#[must_use]
pub fn unmatched(kind: &str, text: &str, width: usize) -> String {
    let fits = match text.trim() {
        "" => String::new(),
        text => format!(" fits “{}”", value::visible(text)),
    };
    cut(&format!("no {kind}{fits}"), width).into_owned()
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::super::theme::Depth;
    use super::*;

    #[test]
    fn what_fits_nothing_is_named_in_the_columns_that_there_are() {
        assert_eq!(Input::new(" xyz ").unmatched("action", 40), "no action fits “xyz”");
        assert_eq!(Input::new(&"x".repeat(90)).unmatched("action", 20), "no action fits “xxx…");
        assert_eq!(Input::default().unmatched("failed statement", 40), "no failed statement");
        assert_eq!(Input::new("a\u{1b}[2J").unmatched("key", 40), "no key fits “a\\x1b[2J”");
    }

    #[test]
    fn the_character_at_the_cursor_is_seen_and_what_has_no_room_is_marked() {
        let theme = Theme::load("mono", Depth::None).unwrap();
        let text = "abc日本語defghij日kl";
        for width in 6..20 {
            let mut input = Input::new(text);
            for (at, mark) in text.chars().chain([' ']).enumerate().collect::<Vec<_>>().into_iter().rev() {
                let mut terminal = Terminal::new(TestBackend::new(width, 1)).unwrap();
                terminal.draw(|frame| input.draw(frame, frame.area(), true, &theme)).unwrap();
                let cursor = terminal.get_cursor_position().unwrap();
                let buffer = terminal.backend().buffer();
                assert_eq!(buffer[cursor].symbol(), mark.to_string(), "{width} {at}: {buffer:?}");
                input.key(&KeyEvent::from(KeyCode::Left));
            }
        }
        let mut terminal = Terminal::new(TestBackend::new(6, 1)).unwrap();
        let mut input = Input::new("abcdefghij");
        (0..5).for_each(|_| input.key(&KeyEvent::from(KeyCode::Left)));
        terminal.draw(|frame| input.draw(frame, frame.area(), true, &theme)).unwrap();
        terminal.backend().assert_buffer_lines(["…cdef…"]);
    }

    #[test]
    fn what_is_typed_takes_the_place_of_an_offered_text_and_other_keys_edit_it() {
        let typed = |keys: &[KeyCode]| {
            let mut input = Input::offered("a.csv");
            for code in keys {
                input.key(&KeyEvent::from(*code));
            }
            input.text().to_owned()
        };
        let (x, y) = (KeyCode::Char('x'), KeyCode::Char('y'));
        assert_eq!(typed(&[x, y]), "xy");
        assert_eq!(typed(&[KeyCode::Enter, KeyCode::Tab, x]), "x", "these are not the line's");
        assert_eq!(typed(&[KeyCode::Backspace, x]), "a.csx");
        assert_eq!(typed(&[KeyCode::Home, x]), "xa.csv");
        assert_eq!(typed(&[KeyCode::End, x]), "a.csvx");
        assert_eq!(typed(&[KeyCode::Left, x]), "a.csxv");
        let mut input = Input::offered("a.csv");
        input.paste("/b.csv");
        input.paste("2");
        assert_eq!(input.text(), "/b.csv2");
        // It is seen where there are no colours, until it is touched.
        let theme = Theme::load("mono", Depth::None).unwrap();
        let marked = |input: &Input| {
            let mut terminal = Terminal::new(TestBackend::new(8, 1)).unwrap();
            terminal.draw(|frame| input.draw(frame, frame.area(), true, &theme)).unwrap();
            terminal.backend().buffer().content[0].modifier.contains(ratatui::style::Modifier::REVERSED)
        };
        let mut input = Input::offered("a.csv");
        assert!(marked(&input));
        assert!(!marked(&Input::default()), "only the text is");
        input.change("a.tsv");
        assert!(marked(&input), "a program's change does not touch it");
        input.key(&KeyEvent::from(KeyCode::Left));
        assert!(!marked(&input) && !marked(&Input::new("a.csv")));
    }

    #[test]
    fn a_line_is_edited_within_and_stays_one() {
        let mut input = Input::new("2024-12-31");
        for code in [KeyCode::Left, KeyCode::Backspace, KeyCode::Char('0'), KeyCode::Enter, KeyCode::Tab] {
            input.key(&KeyEvent::from(code));
        }
        input.key(&KeyEvent::new(KeyCode::Char('m'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "2024-12-01");
        input.key(&KeyEvent::from(KeyCode::Home));
        input.paste("a\tb\nc\r\n");
        assert_eq!(input.text(), "a b c2024-12-01");
    }
}
