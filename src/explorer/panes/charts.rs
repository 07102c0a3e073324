//! The charts: the query's own, one of four kinds that the column types offer, or a sparkline for every numeric column.

mod draw;

use duckdb::arrow::datatypes::{DataType, SchemaRef};
use ratatui::layout::{Position, Rect};

use super::super::action::Action;
use super::super::message::{ChartData, POINTS, Plot, PlotKind, Progress, Series, State};
use crate::engine::summary::Summary;
use crate::query::{Chart, ChartKind};
use crate::value;

pub use draw::draw;

/// What the pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum View {
    /// The query's own chart, where it has one.
    #[default]
    Own,
    Sparklines,
    Kind(PlotKind),
}

/// The pane.
#[derive(Debug, Default)]
pub struct Charts {
    chart: Option<Chart>,
    pub data: Option<ChartData>,
    pub summary: Summary,
    /// Rows of the result, of which the summary may have seen fewer.
    pub rows: u64,
    view: View,
    offers: Offers,
    /// Column of the values, where the person chose one.
    column: Option<usize>,
    /// What was asked for, of so many rows, and what came of it.
    asked: Option<(Plot, u64)>,
    plotted: Option<(Plot, ChartData)>,
    /// Rows of the result whose rows these are, when they are arranged.
    of_rows: Option<u64>,
    is_whole: bool,
    /// First line shown.
    top: usize,
    /// The place of a line whose values are told.
    marked: Option<usize>,
}

/// The columns that can be drawn, by their types.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Offers {
    date: Option<usize>,
    text: Option<usize>,
    numbers: Vec<usize>,
    names: Vec<String>,
}

impl Offers {
    fn of(schema: &SchemaRef) -> Self {
        let fields = || schema.fields().iter().enumerate();
        let first =
            |is: fn(&DataType) -> bool| fields().find(|(_, field)| is(field.data_type())).map(|(at, _)| at);
        let is_date =
            |kind: &DataType| matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..));
        let is_text = |kind: &DataType| kind.is_string();
        let numbers = fields().filter(|(_, field)| value::is_number(field.data_type())).map(|(at, _)| at);
        Self {
            date: first(is_date),
            text: first(is_text),
            numbers: numbers.collect(),
            names: fields().map(|(_, field)| field.name().clone()).collect(),
        }
    }

    /// The kinds that make sense, the best one first: a line over dates, bars of names, a cloud of two numbers.
    fn kinds(&self) -> Vec<PlotKind> {
        let labels = self.date.or(self.text).is_some();
        let best = match (self.date, self.text, self.numbers.len()) {
            (_, _, 0) => return Vec::new(),
            (Some(_), ..) => PlotKind::Line,
            (None, Some(_), _) => PlotKind::Bar,
            (None, None, 1) => PlotKind::Histogram,
            (None, None, _) => PlotKind::Scatter,
        };
        let makes_sense = |kind: &PlotKind| match kind {
            PlotKind::Line | PlotKind::Histogram => true,
            PlotKind::Bar => labels,
            PlotKind::Scatter => self.numbers.len() > 1,
        };
        let others = PlotKind::ALL.into_iter().filter(|kind| *kind != best).filter(makes_sense);
        std::iter::once(best).chain(others).collect()
    }

    /// What is drawn for a kind, with the values of a column.
    fn plot(&self, kind: PlotKind, column: usize) -> Plot {
        let x = match kind {
            PlotKind::Line => self.date.or(self.text),
            PlotKind::Bar => self.text.or(self.date),
            PlotKind::Histogram => None,
            // The number beside it: the next one, or the one before the last.
            PlotKind::Scatter => {
                let at = self.numbers.iter().position(|number| *number == column).unwrap_or(0);
                self.numbers.get(at + 1).or_else(|| self.numbers.get(at.wrapping_sub(1))).copied()
            }
        };
        Plot { kind, x, y: column }
    }

    fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }
}

impl Charts {
    /// The pane while a statement runs.
    #[must_use]
    pub fn waiting(chart: Option<Chart>) -> Self {
        Self { chart, ..Self::default() }
    }

    /// The pane for rows of the result that are arranged: the same view of other rows.
    #[must_use]
    pub fn arranged(&self, of_rows: u64) -> Self {
        let (chart, offers) = (self.chart.clone(), self.offers.clone());
        Self {
            chart,
            offers,
            view: self.view,
            column: self.column,
            of_rows: Some(of_rows),
            ..Self::default()
        }
    }

    /// The pane with the view that another one has.
    #[must_use]
    pub fn seen_as(self, other: &Self) -> Self {
        Self { view: other.view, column: other.column, top: 0, marked: None, ..self }
    }

    /// The chart that the query asks for.
    #[must_use]
    pub fn own(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }

    /// Rows came.
    pub fn progress(&mut self, progress: Progress) {
        self.rows = progress.rows;
        self.summary = progress.summary;
        self.is_whole = progress.state == State::Complete;
    }

    /// The columns came.
    pub fn set_schema(&mut self, schema: &SchemaRef) {
        self.offers = Offers::of(schema);
    }

    /// Whether what is drawn of the rows is still to come.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let own = self.chart.is_some() && self.data.is_none();
        let plotted = self.plot().is_some_and(|plot| self.plotted.as_ref().is_none_or(|(is, _)| *is != plot));
        self.rows > 0 && (self.summary.rows == 0 || own || plotted)
    }

    /// The views in the order of the key that steps through them.
    fn views(&self) -> Vec<View> {
        let own = self.chart.as_ref().map(|_| View::Own);
        let kinds = self.offers.kinds().into_iter().map(View::Kind);
        own.into_iter().chain([View::Sparklines]).chain(kinds).collect()
    }

    fn shown_view(&self) -> View {
        if self.view == View::Own && self.chart.is_none() { View::Sparklines } else { self.view }
    }

    /// The next view, or the one before; the column under the results' cursor is drawn where it has numbers.
    pub fn step(&mut self, forward: bool, column: usize) {
        let views = self.views();
        let at = views.iter().position(|view| *view == self.shown_view()).unwrap_or(0);
        let step = if forward { 1 } else { views.len() - 1 };
        let was_plot = matches!(self.view, View::Kind(_));
        self.view = views[(at + step) % views.len()];
        (self.top, self.marked) = (0, None);
        if !was_plot {
            self.column = Some(column).filter(|column| self.offers.numbers.contains(column));
        }
    }

    /// What must be read to be drawn; nothing for what is there already.
    fn plot(&self) -> Option<Plot> {
        let View::Kind(kind) = self.view else { return None };
        let column = self.column.or(self.offers.numbers.first().copied())?;
        Some(self.offers.plot(kind, column))
    }

    /// What to read, once for each view of so many rows.
    pub fn wanted(&mut self) -> Option<Plot> {
        let plot = self.plot().filter(|_| self.rows > 0)?;
        let asked = (plot, self.rows);
        if self.asked == Some(asked) {
            return None;
        }
        self.asked = Some(asked);
        Some(plot)
    }

    /// What was read came.
    pub fn take(&mut self, plot: Plot, data: ChartData) {
        if self.plot() == Some(plot) {
            self.plotted = Some((plot, data));
        }
    }

    /// Scrolls in a pane of so many lines, and along a line that is drawn; to the left and right the column that is drawn
    /// changes.
    pub fn act(&mut self, action: Action, area: Rect, is_alone: bool) {
        let caption = u16::from(draw::is_captioned(area, &self.title(), is_alone));
        let page = usize::from(area.height.saturating_sub(caption));
        if let (View::Kind(_), Action::Left | Action::Right) = (self.view, action) {
            let numbers = &self.offers.numbers;
            let now = self.column.or(numbers.first().copied());
            let at = numbers.iter().position(|number| Some(*number) == now).unwrap_or(0);
            let step = if action == Action::Right { 1 } else { numbers.len().saturating_sub(1) };
            self.column = numbers.get((at + step) % numbers.len().max(1)).copied();
            self.top = 0;
            return;
        }
        if let Some((PlotKind::Line, data)) = self.shown() {
            self.marked = step_along(self.marked, action, data.labels.len());
            return;
        }
        // A set of bars has a line for each series of a label.
        let (lines, page) = match self.shown() {
            Some((_, data)) => (data.labels.len(), page / data.series.len().max(1)),
            None => (self.summary.columns.len(), page),
        };
        self.top = match action {
            Action::Up => self.top.saturating_sub(1),
            Action::Down => self.top + 1,
            Action::PageUp => self.top.saturating_sub(page.max(1)),
            Action::PageDown => self.top + page.max(1),
            Action::First => 0,
            Action::Last => lines,
            _ => self.top,
        }
        .min(lines.saturating_sub(page.max(1)));
    }

    /// Marks the place of a line that is pressed.
    pub fn point(&mut self, area: Rect, at: Position, is_alone: bool) {
        if let Some(place) = draw::place_at(area, self, at, is_alone) {
            self.marked = Some(place);
        }
    }

    /// The marked place of the line that is drawn.
    fn mark(&self) -> Option<usize> {
        let (kind, data) = self.shown()?;
        self.marked.filter(|place| kind == PlotKind::Line && *place < data.labels.len())
    }

    /// What stands at the marked place, every digit of it.
    fn told(&self) -> Option<String> {
        let (place, (_, data)) = (self.mark()?, self.shown()?);
        let text = |series: &Series| series.texts.get(place).cloned().unwrap_or_default();
        let values: Vec<_> = match &data.series[..] {
            [series] => vec![text(series)],
            many => many.iter().map(|series| format!("{} {}", series.name, text(series))).collect(),
        };
        Some(format!("{}: {}", data.labels[place], values.join(", ")))
    }

    /// What is drawn, and how.
    fn shown(&self) -> Option<(PlotKind, &ChartData)> {
        match self.view {
            View::Own => {
                let kind = match self.chart.as_ref()?.kind {
                    ChartKind::Bar => PlotKind::Bar,
                    ChartKind::Line => PlotKind::Line,
                };
                Some((kind, self.data.as_ref()?))
            }
            View::Kind(kind) => {
                let (plot, data) = self.plotted.as_ref()?;
                (Some(*plot) == self.plot()).then_some((kind, data))
            }
            View::Sparklines => None,
        }
    }

    /// What the pane's title says beside its name: what is drawn, and of which rows.
    #[must_use]
    pub fn title(&self) -> String {
        let rows = |rows: u64| value::grouped(&rows.to_string());
        let of = match self.of_rows {
            Some(all) if self.rows == all => "the rows as they are sorted".to_owned(),
            Some(all) => format!("{} of {} rows are kept", rows(self.rows), rows(all)),
            None => String::new(),
        };
        let parts = [self.told().unwrap_or_default(), self.drawn(), of];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    fn drawn(&self) -> String {
        let what = match (self.view, &self.chart) {
            (View::Own, Some(chart)) if self.data.is_some() => {
                format!("{} by {}", chart.y.join(", "), chart.x)
            }
            (View::Kind(kind), _) => match self.plot() {
                Some(Plot { x: Some(x), y, .. }) => {
                    format!("{}: {} by {}", kind.name(), self.offers.name(y), self.offers.name(x))
                }
                Some(Plot { y, .. }) => format!("{}: {}", kind.name(), self.offers.name(y)),
                None => kind.name().to_owned(),
            },
            _ if self.summary.rows < self.rows && self.summary.rows > 0 => {
                return format!("of the first {} rows", value::grouped(&self.summary.rows.to_string()));
            }
            _ => return String::new(),
        };
        let rows = |rows: u64| value::grouped(&rows.to_string());
        match self.shown() {
            Some((_, data)) if data.is_sampled => {
                format!("{what} (sampled: {} of {} rows)", rows(data.drawn()), rows(data.of_rows))
            }
            Some((_, data)) if data.of_rows > POINTS as u64 => format!("{what}, first {POINTS} rows"),
            _ => what,
        }
    }
}

/// The next place of a line of so many, or another one far off.
fn step_along(marked: Option<usize>, action: Action, places: usize) -> Option<usize> {
    let last = places.checked_sub(1)?;
    let far = (places / 20).max(2);
    match (action, marked) {
        (Action::First, _) | (Action::Down | Action::PageDown, None) => Some(0),
        (Action::Last, _) | (Action::Up | Action::PageUp, None) => Some(last),
        (Action::Up, Some(at)) => Some(at.saturating_sub(1)),
        (Action::Down, Some(at)) => Some((at + 1).min(last)),
        (Action::PageUp, Some(at)) => Some(at.saturating_sub(far)),
        (Action::PageDown, Some(at)) => Some((at + far).min(last)),
        _ => marked,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::datatypes::{Field, Schema};

    use super::*;

    fn offers(types: &[DataType]) -> Offers {
        let fields =
            types.iter().enumerate().map(|(at, kind)| Field::new(format!("c{at}"), kind.clone(), true));
        Offers::of(&Arc::new(Schema::new(fields.collect::<Vec<_>>())))
    }

    #[test]
    fn the_types_of_the_columns_choose_the_kind() {
        use DataType::{Boolean, Date32, Decimal128, Int64, Utf8};
        let money = || Decimal128(18, 2);
        for (types, kinds) in [
            (vec![Date32, money()], vec![PlotKind::Line, PlotKind::Bar, PlotKind::Histogram]),
            (vec![Utf8, money()], vec![PlotKind::Bar, PlotKind::Line, PlotKind::Histogram]),
            (vec![money(), Int64], vec![PlotKind::Scatter, PlotKind::Line, PlotKind::Histogram]),
            (vec![Int64], vec![PlotKind::Histogram, PlotKind::Line]),
            (vec![Utf8, Boolean], vec![]),
        ] {
            assert_eq!(offers(&types).kinds(), kinds, "{types:?}");
        }
        let both = offers(&[Utf8, Date32, money(), Int64]);
        assert_eq!(both.plot(PlotKind::Line, 3), Plot { kind: PlotKind::Line, x: Some(1), y: 3 });
        assert_eq!(both.plot(PlotKind::Bar, 2), Plot { kind: PlotKind::Bar, x: Some(0), y: 2 });
        assert_eq!(both.plot(PlotKind::Scatter, 2), Plot { kind: PlotKind::Scatter, x: Some(3), y: 2 });
        assert_eq!(both.plot(PlotKind::Scatter, 3), Plot { kind: PlotKind::Scatter, x: Some(2), y: 3 });
    }
}
