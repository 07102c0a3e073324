//! In which order the columns of a result stand, which of them are hidden, and how many stay on screen.

/// Places of the columns; remembered as long as the result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Every column by its place in the result, in the order on screen, and whether it is shown.
    order: Vec<(usize, bool)>,
    /// Columns of that order, hidden ones too, that stay at the left when the others move.
    frozen: usize,
}

impl Layout {
    /// So many columns, all of them as they came.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { order: (0..columns).map(|column| (column, true)).collect(), frozen: 0 }
    }

    /// The columns in their order, and whether each is shown.
    #[must_use]
    pub fn all(&self) -> &[(usize, bool)] {
        &self.order
    }

    /// The shown columns in their order.
    pub fn shown(&self) -> impl Iterator<Item = usize> {
        self.order.iter().filter(|(_, shown)| *shown).map(|(column, _)| *column)
    }

    /// How many are hidden.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.order.iter().filter(|(_, shown)| !shown).count()
    }

    /// Shown columns that stay.
    #[must_use]
    pub fn frozen(&self) -> usize {
        let stay = self.order.iter().take(self.frozen).filter(|(_, shown)| *shown).count();
        stay.min(self.shown().count().saturating_sub(1))
    }

    /// Place of a column among the shown ones; of a hidden one, that of the next.
    #[must_use]
    pub fn place(&self, column: usize) -> usize {
        let before = self.order.iter().take_while(|(at, _)| *at != column);
        let shown = before.filter(|(_, shown)| *shown).count();
        shown.min(self.shown().count().saturating_sub(1))
    }

    /// The shown column at a place; the last where there are fewer.
    #[must_use]
    pub fn at(&self, place: usize) -> usize {
        self.shown().take(place.saturating_add(1)).last().unwrap_or(0)
    }

    /// Lets the columns up to this one stay; where they do so already, none.
    pub fn freeze(&mut self, column: usize) {
        let wanted = self.order.iter().take_while(|(at, _)| *at != column).count() + 1;
        self.frozen = if self.frozen == wanted { 0 } else { wanted };
    }

    /// Shows a column or hides it; the last one stays.
    pub fn toggle(&mut self, column: usize) {
        let is_last = self.shown().count() == 1;
        if let Some((_, shown)) = self.order.iter_mut().find(|(at, _)| *at == column)
            && !(*shown && is_last)
        {
            *shown = !*shown;
        }
    }

    /// Shows every column.
    pub fn show_all(&mut self) {
        self.order.iter_mut().for_each(|(_, shown)| *shown = true);
    }

    /// Changes the places of a column and the shown one beside it.
    pub fn move_by_one(&mut self, column: usize, forward: bool) {
        let Some(at) = self.order.iter().position(|(of, _)| *of == column) else { return };
        let beside = if forward {
            (at + 1..self.order.len()).find(|place| self.order[*place].1)
        } else {
            (0..at).rev().find(|place| self.order[*place].1)
        };
        if let Some(beside) = beside {
            let moved = self.order.remove(at);
            self.order.insert(beside, moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_hidden_moved_and_kept_on_screen() {
        let mut layout = Layout::new(4);
        let shown = |layout: &Layout| layout.shown().collect::<Vec<_>>();
        layout.toggle(1);
        assert_eq!(
            (shown(&layout), layout.hidden(), layout.place(1), layout.at(9)),
            (vec![0, 2, 3], 1, 1, 3)
        );
        layout.move_by_one(0, true);
        assert_eq!(shown(&layout), [2, 0, 3], "it goes past what is hidden");
        layout.move_by_one(2, false);
        assert_eq!(shown(&layout), [2, 0, 3], "there is nothing before the first");
        layout.freeze(0);
        assert_eq!(layout.frozen(), 2);
        layout.freeze(0);
        assert_eq!(layout.frozen(), 0);
        layout.freeze(2);
        layout.toggle(2);
        assert_eq!(layout.frozen(), 0, "the one beside it does not stay in its place");
        layout.toggle(2);
        assert_eq!(layout.frozen(), 1);
        layout.freeze(3);
        assert_eq!(layout.frozen(), 2, "one of them moves");
        for column in [2, 0, 3] {
            layout.toggle(column);
        }
        assert_eq!(shown(&layout), [3], "one is always there");
        layout.show_all();
        assert_eq!(layout.hidden(), 0);
    }
}
