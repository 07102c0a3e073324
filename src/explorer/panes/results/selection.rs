//! Cells, rows or columns that are marked, from where the mark was set to the cursor.

use std::ops::{Range, RangeInclusive};

/// What is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Cells,
    Rows,
    Columns,
}

/// A mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    pub extent: Extent,
    /// Row, and place of the column on screen, where it was set.
    pub row: u64,
    pub place: usize,
}

impl Selection {
    /// What is marked next from the same place: cells, then whole rows, then whole columns, then nothing.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let extent = match self.extent {
            Extent::Cells => Extent::Rows,
            Extent::Rows => Extent::Columns,
            Extent::Columns => return None,
        };
        Some(Self { extent, ..self })
    }

    /// The marked rows of a result of so many, with the cursor on this one.
    #[must_use]
    pub fn rows(&self, cursor: u64, rows: u64) -> Range<u64> {
        match self.extent {
            Extent::Columns => 0..rows,
            _ => self.row.min(cursor)..(self.row.max(cursor) + 1).min(rows),
        }
    }

    /// Places of the marked columns on screen, of so many, with the cursor on this one.
    #[must_use]
    pub fn places(&self, cursor: usize, columns: usize) -> RangeInclusive<usize> {
        match self.extent {
            Extent::Rows => 0..=columns.saturating_sub(1),
            _ => self.place.min(cursor)..=self.place.max(cursor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reaches_from_its_place_to_the_cursor() {
        let cells = Selection { extent: Extent::Cells, row: 7, place: 2 };
        assert_eq!((cells.rows(3, 100), cells.places(4, 9)), (3..8, 2..=4));
        let rows = cells.next().unwrap();
        assert_eq!((rows.rows(9, 100), rows.places(4, 9)), (7..10, 0..=8));
        let columns = rows.next().unwrap();
        assert_eq!((columns.rows(9, 100), columns.places(1, 9)), (0..100, 1..=2));
        assert_eq!(columns.next(), None);
    }
}
