//! How the rows on screen are arranged, and what is said of that above them.

use ratatui::text::{Line, Span};

use super::super::super::message::State;
use super::super::super::theme::Theme;
use super::Results;
use crate::engine::arrange::{Arrangement, Condition, Order};
use crate::value;

/// An order of columns, and conditions with what a person reads for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arranging {
    pub order: Vec<Order>,
    pub conditions: Vec<(Condition, String)>,
}

impl Arranging {
    /// What the engine is asked for.
    #[must_use]
    pub fn arrangement(&self) -> Arrangement {
        Arrangement {
            order: self.order.clone(),
            conditions: self.conditions.iter().map(|(condition, _)| condition.clone()).collect(),
        }
    }

    /// Whether the rows stand as they came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty() && self.conditions.is_empty()
    }

    /// The same, sorted by a column in the next way: rising, falling, not at all. Beside the other columns, it is the
    /// last that decides.
    #[must_use]
    pub fn sorted_by(&self, column: usize, beside: bool) -> Self {
        let mut next = self.clone();
        let known = next.order.iter().position(|order| order.column == column);
        let was = known.map(|at| next.order[at].descending);
        if !beside {
            next.order.clear();
        }
        let order = was.map_or(Some(false), |descending| (!descending).then_some(true));
        match (order.map(|descending| Order { column, descending }), known.filter(|_| beside)) {
            (Some(order), Some(at)) => next.order[at] = order,
            (Some(order), None) => next.order.push(order),
            (None, Some(at)) => _ = next.order.remove(at),
            (None, None) => {}
        }
        next
    }

    /// The mark of a column in the header: which way it is sorted, and as which of several.
    #[must_use]
    pub fn mark(&self, column: usize) -> Option<String> {
        let at = self.order.iter().position(|order| order.column == column)?;
        let way = if self.order[at].descending { "▼" } else { "▲" };
        Some(if self.order.len() > 1 { format!("{way}{}", at + 1) } else { way.to_owned() })
    }

    /// What is done meanwhile.
    #[must_use]
    pub fn doing(&self) -> &'static str {
        if self.order.is_empty() { "filtering" } else { "sorting" }
    }
}

/// The line above the rows: how many are kept of how many, by which conditions and in what order.
#[must_use]
pub fn line<'a>(results: &Results, theme: &Theme) -> Option<Line<'a>> {
    is_said(results).then_some(())?;
    let count = |rows: u64| value::grouped(&rows.to_string());
    let mut spans = Vec::new();
    let is_wish = !results.wish.is_empty();
    let arranging = results.wished();
    if is_wish {
        let when = match results.state {
            State::Paused => "when every row is there (End goes on)",
            _ => "when every row is there",
        };
        spans.push(Span::styled(when, theme.warning));
        for (_, label) in &arranging.conditions {
            spans.push(Span::styled(" · ", theme.border));
            spans.push(Span::styled(value::visible(label).into_owned(), theme.text));
        }
    } else if !arranging.conditions.is_empty() {
        let of = results.of_rows.map(|rows| format!(" of {}", count(rows))).unwrap_or_default();
        let kept = match (results.waits, results.is_running()) {
            (true, _) => "…".to_owned(),
            (false, true) => format!("{} so far", count(results.view.rows())),
            (false, false) => count(results.view.rows()),
        };
        spans.push(Span::styled(format!("{kept}{of} rows"), theme.accent));
        for (_, label) in &arranging.conditions {
            spans.push(Span::styled(" · ", theme.border));
            spans.push(Span::styled(value::visible(label).into_owned(), theme.text));
        }
    }
    if !arranging.order.is_empty() {
        let name = |order: &Order| {
            let name = results.columns.get(order.column).map_or("", |column| &column.name);
            format!("{name} {}", if order.descending { "▼" } else { "▲" })
        };
        let names = arranging.order.iter().map(name).collect::<Vec<_>>().join(", ");
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", theme.border));
        }
        spans.push(Span::styled(format!("sorted by {names}"), theme.text));
        spans.push(Span::styled(", NULLs last", theme.muted));
    }
    if let Some(why) = results.of_part.filter(|_| !results.arranging.is_empty()) {
        let rows = results.of_rows.map(count).unwrap_or_default();
        spans.push(Span::styled(" · ", theme.border));
        spans.push(Span::styled(format!("of the first {rows} rows: {why}"), theme.warning));
    }
    if results.layout.hidden() > 0 {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", theme.border));
        }
        let count = results.layout.hidden();
        let word = if count == 1 { "column is" } else { "columns are" };
        spans.push(Span::styled(format!("{count} {word} hidden"), theme.muted));
    }
    Some(Line::from(spans))
}

/// Whether there is something to say above the rows.
#[must_use]
pub fn is_said(results: &Results) -> bool {
    !results.wished().is_empty() || results.layout.hidden() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_sorted_up_down_and_not_at_all() {
        let by = |arranging: &Arranging, column, beside| arranging.sorted_by(column, beside);
        let up = by(&Arranging::default(), 3, false);
        let down = by(&up, 3, false);
        assert_eq!(
            (up.mark(3).as_deref(), down.mark(3).as_deref(), down.mark(2)),
            (Some("▲"), Some("▼"), None)
        );
        assert!(by(&down, 3, false).is_empty());
        let two = by(&down, 1, true);
        assert_eq!((two.mark(3).as_deref(), two.mark(1).as_deref()), (Some("▼1"), Some("▲2")));
        assert_eq!(by(&two, 1, true).mark(1).as_deref(), Some("▼2"));
        assert_eq!(by(&two, 3, true).mark(1).as_deref(), Some("▲"));
        assert_eq!(by(&two, 1, false).order, [Order { column: 1, descending: true }]);
    }
}
