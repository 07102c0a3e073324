//! Which rows of a result are on screen, which are held, and which to ask for.
//!
//! What the screen shows does not wait for its surroundings. A request that failed or came short is not made again
//! for the same rows, so that a file that shrank is not asked for ever.

use std::ops::Range;

use crate::engine::store::Window;

/// Rows read around the screen once it is filled, so that scrolling needs no reading.
const AROUND: u64 = 400;
/// The same where they lie apart.
const SPARSE_AROUND: u64 = 80;
/// Screens that must be held on either side before the surroundings are read again.
const MARGIN: u64 = 4;
/// A paused stream goes on when the cursor is this near to its end.
const NEAR_END: u64 = 1_000;

/// Where the cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    /// It came by single steps: the rows around will be looked at next.
    Step(u64),
    /// It came by a jump: nothing says yet that the rows around will be looked at.
    Jump(u64),
    /// On the last row, while rows come in.
    End,
}

/// The rows on screen and the rows held.
#[derive(Debug)]
pub struct Viewport {
    /// Rows of the result so far.
    rows: u64,
    cursor: Cursor,
    /// First row on screen.
    top: u64,
    /// Rows that fit on the screen.
    page: u64,
    window: Window,
    /// What was asked for and has not come, the newest last.
    asked: Vec<Range<u64>>,
    /// What failed or came short when it was asked for last.
    refused: Option<Range<u64>>,
    /// Rows read around the screen.
    around: u64,
    /// Screens held on either side before that.
    margin: u64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            rows: 0,
            cursor: Cursor::Step(0),
            top: 0,
            page: 1,
            window: Window::default(),
            asked: Vec::new(),
            refused: None,
            around: AROUND,
            margin: MARGIN,
        }
    }
}

impl Viewport {
    /// Of rows that lie apart from each other, so that each costs a read of its own.
    #[must_use]
    pub fn sparse() -> Self {
        Self { around: SPARSE_AROUND, margin: 1, ..Self::default() }
    }

    /// The same rows, of which no more are asked for.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            window: self.window.clone(),
            cursor: self.cursor,
            top: self.top,
            rows: self.rows,
            ..Self::default()
        }
    }

    /// Rows of the result so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Row of the cursor.
    #[must_use]
    pub fn row(&self) -> u64 {
        match self.cursor {
            Cursor::Step(row) | Cursor::Jump(row) => row.min(self.last()),
            Cursor::End => self.last(),
        }
    }

    /// First row on screen.
    #[must_use]
    pub fn top(&self) -> u64 {
        self.top
    }

    /// The rows held.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    fn last(&self) -> u64 {
        self.rows.saturating_sub(1)
    }

    /// The rows on screen.
    #[must_use]
    pub fn shown(&self) -> Range<u64> {
        self.top..(self.top + self.page).min(self.rows)
    }

    fn held(&self) -> Range<u64> {
        self.window.first..self.window.first + self.window.len()
    }

    /// The result has this many rows now.
    pub fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
    }

    /// No more rows will come: the cursor stays where it is.
    pub fn end(&mut self) {
        if self.cursor == Cursor::End {
            self.cursor = Cursor::Jump(self.last());
        }
    }

    /// Moves the cursor by rows.
    pub fn step(&mut self, by: i64) {
        self.cursor = Cursor::Step(self.row().saturating_add_signed(by).min(self.last()));
    }

    /// Moves the cursor and what is shown by a screen.
    pub fn turn(&mut self, forward: bool) {
        let by = i64::try_from(self.page).unwrap_or(i64::MAX);
        let by = if forward { by } else { -by };
        self.step(by);
        self.top = self.top.saturating_add_signed(by).min(self.rows.saturating_sub(self.page));
    }

    /// Puts the cursor on a row.
    pub fn go_to(&mut self, row: u64) {
        self.cursor = Cursor::Jump(row.min(self.last()));
    }

    /// Puts the cursor on the last row, and keeps it there while rows come in.
    pub fn follow(&mut self) {
        self.cursor = Cursor::End;
    }

    /// Brings the cursor into view on a screen of so many rows. A row beyond the edge moves the page by half: few
    /// bytes for each key on average.
    pub fn scroll(&mut self, page: usize) {
        self.page = (page as u64).max(1);
        let (row, page) = (self.row(), self.page);
        if row < self.top {
            let near = self.top - row <= page;
            self.top = if near { row.saturating_sub(page / 2) } else { row };
        } else if row >= self.top + page {
            let near = row - (self.top + page) < page;
            self.top = if near { row - page / 2 } else { (row + 1).saturating_sub(page) };
        }
        self.top = self.top.min(self.rows.saturating_sub(page));
    }

    /// The rows to read next: first and count. What the screen lacks comes alone and at once, its surroundings
    /// follow.
    pub fn wanted(&mut self) -> Option<(u64, usize)> {
        let shown = self.shown();
        if shown.is_empty() {
            return None;
        }
        let want = if !contains(&self.held(), &shown) {
            shown.clone()
        } else if self.asked.is_empty() && matches!(self.cursor, Cursor::Step(_)) && !self.holds_margin() {
            shown.start.saturating_sub(self.around)..(shown.end + self.around).min(self.rows)
        } else {
            return None;
        };
        if self.is_asked() || self.refused.as_ref() == Some(&want) {
            return None;
        }
        self.asked.push(want.clone());
        Some((want.start, usize::try_from(want.end - want.start).unwrap_or(usize::MAX)))
    }

    /// Whether the rows on screen are on their way.
    fn is_asked(&self) -> bool {
        let shown = self.shown();
        self.asked.iter().any(|asked| contains(asked, &shown))
    }

    fn holds_margin(&self) -> bool {
        let (shown, margin) = (self.shown(), (self.page * self.margin).min(self.around));
        let needed = shown.start.saturating_sub(margin)..(shown.end + margin).min(self.rows);
        contains(&self.held(), &needed)
    }

    /// Takes in rows that came; says which of those asked for are not there.
    pub fn take(&mut self, window: Window) -> Option<Range<u64>> {
        let came = window.first..window.first + window.len();
        let mut missing = None;
        let whole = self.asked.iter().position(|asked| *asked == came);
        if let Some(at) = whole.or_else(|| self.asked.iter().position(|asked| asked.start == came.start)) {
            let asked = self.asked.remove(at);
            self.refused = None;
            if came.end < asked.end {
                missing = Some(came.end..asked.end);
                self.refused = Some(asked);
            }
        }
        // An answer that was overtaken does not take the place of what the screen shows.
        let shown = self.shown();
        if common(&came, &shown) >= common(&self.held(), &shown) {
            self.window = window;
        }
        missing
    }

    /// What was asked for could not be read.
    pub fn fail(&mut self) {
        self.end();
        if let Some(asked) = self.asked.pop() {
            self.refused = Some(asked);
        }
        self.asked.clear();
    }

    /// Whether rows on screen were asked for and have not come.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.is_asked() && !contains(&self.held(), &self.shown())
    }

    /// Whether the cursor nears the end of the rows there are.
    #[must_use]
    pub fn is_near_end(&self) -> bool {
        self.row() + NEAR_END >= self.rows
    }
}

fn contains(whole: &Range<u64>, part: &Range<u64>) -> bool {
    whole.start <= part.start && part.end <= whole.end
}

fn common(a: &Range<u64>, b: &Range<u64>) -> u64 {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::Int64Array;
    use duckdb::arrow::datatypes::{DataType, Field, Schema};
    use duckdb::arrow::record_batch::RecordBatch;
    use proptest::prelude::*;

    use super::*;

    fn window(first: u64, end: u64) -> Window {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let numbers = (first..end.max(first)).map(|row| i64::try_from(row).unwrap_or(0));
        let array = Arc::new(Int64Array::from_iter_values(numbers));
        Window::new(first, RecordBatch::try_new(schema, vec![array]).into_iter().collect())
    }

    #[derive(Debug, Clone)]
    enum Event {
        Rows(u64),
        Step(i64),
        Turn(bool),
        GoTo(u64),
        Follow,
        End,
        Resize(usize),
        /// The oldest request on its way is answered, from a file of at least so many rows.
        Answer(u64),
        Fail,
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0..20_000_u64).prop_map(Event::Rows),
            (-3..4_i64).prop_map(Event::Step),
            any::<bool>().prop_map(Event::Turn),
            (0..30_000_u64).prop_map(Event::GoTo),
            Just(Event::Follow),
            Just(Event::End),
            (0..90_usize).prop_map(Event::Resize),
            (0..20_000_u64).prop_map(Event::Answer),
            Just(Event::Answer(u64::MAX)),
            Just(Event::Fail),
        ]
    }

    proptest! {
        #[test]
        fn the_cursor_is_in_view_and_asking_comes_to_an_end(events in prop::collection::vec(event(), 1..60)) {
            let mut view = Viewport::default();
            let (mut page, mut on_its_way) = (20, Vec::new());
            for event in events {
                match event {
                    // A result only grows.
                    Event::Rows(rows) => view.set_rows(rows.max(view.rows())),
                    Event::Step(by) => view.step(by),
                    Event::Turn(forward) => view.turn(forward),
                    Event::GoTo(row) => view.go_to(row),
                    Event::Follow => view.follow(),
                    Event::End => view.end(),
                    Event::Resize(height) => page = height,
                    Event::Answer(there) if !on_its_way.is_empty() => {
                        let (first, count): (u64, usize) = on_its_way.remove(0);
                        let end = (first + count as u64).min(there);
                        view.take(window(first, end));
                    }
                    Event::Answer(_) => {}
                    Event::Fail => view.fail(),
                }
                view.scroll(page);
                if view.rows() > 0 {
                    prop_assert!(view.shown().contains(&view.row()), "{view:?}");
                }
                on_its_way.extend(view.wanted());
            }
            // A file that has all its rows: soon all on screen is held and nothing more is asked.
            let whole = view.rows();
            view.go_to(view.row() / 2);
            view.step(1);
            let mut asked = 0;
            loop {
                view.scroll(page);
                on_its_way.extend(view.wanted());
                let Some((first, count)) = on_its_way.pop() else { break };
                view.take(window(first, (first + count as u64).min(whole)));
                asked += 1;
                prop_assert!(asked < 100, "{view:?}");
            }
            let shown = view.shown();
            prop_assert!(!view.is_waiting());
            prop_assert!(shown.clone().all(|row| view.window().holds(row)) || view.refused.as_ref() == Some(&shown));
        }

        #[test]
        fn a_file_that_shrank_is_not_asked_for_ever(rows in 1..20_000_u64, left in 0..20_000_u64, at in 0..20_000_u64) {
            let mut view = Viewport::default();
            view.set_rows(rows);
            view.go_to(at);
            let mut asked = 0;
            loop {
                view.scroll(30);
                let Some((first, count)) = view.wanted() else { break };
                view.take(window(first, (first + count as u64).min(left)));
                asked += 1;
                prop_assert!(asked < 4, "{view:?}");
            }
            prop_assert!(!view.is_waiting());
        }
    }

    #[test]
    fn a_jump_reads_what_is_shown_and_a_step_its_surroundings() {
        let mut view = Viewport::default();
        view.set_rows(10_000);
        view.go_to(5_000);
        view.scroll(30);
        assert_eq!(view.wanted(), Some((4_971, 30)));
        assert!(view.is_waiting());
        assert_eq!(view.take(window(4_971, 5_001)), None);
        assert_eq!((view.wanted(), view.is_waiting()), (None, false));
        view.step(-1);
        view.scroll(30);
        assert_eq!(view.wanted(), Some((4_571, 830)));
        // What is shown does not wait for the surroundings, and they do not take its place.
        view.go_to(0);
        view.scroll(30);
        assert_eq!(view.wanted(), Some((0, 30)));
        assert_eq!(view.take(window(0, 30)), None);
        view.take(window(4_571, 5_401));
        assert!(view.window().holds(29));
        assert_eq!(view.wanted(), None);
    }

    #[test]
    fn rows_that_are_gone_are_named_and_asked_for_once() {
        let mut view = Viewport::default();
        view.set_rows(100);
        view.scroll(10);
        assert_eq!(view.wanted(), Some((0, 10)));
        assert_eq!(view.take(window(0, 4)), Some(4..10));
        assert_eq!((view.wanted(), view.is_waiting()), (None, false));
    }
}
