//! The charts: the query's own bar or line chart, or a sparkline for every numeric column.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Chart as LineChart, Dataset, GraphType, LegendPosition};
use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::message::{ChartData, POINTS, Series};
use super::super::theme::Theme;
use super::super::widgets::{bars, grid::cut, sparkline};
use crate::engine::summary::{ColumnSummary, Summary};
use crate::query::{Chart, ChartKind};
use crate::value;

/// The pane.
#[derive(Debug, Default)]
pub struct Charts {
    chart: Option<Chart>,
    pub data: Option<ChartData>,
    pub summary: Summary,
    /// Rows of the result, of which the summary may have seen fewer.
    pub rows: u64,
    /// Show sparklines although there is a chart.
    sparklines: bool,
    /// First line shown.
    top: usize,
}

impl Charts {
    /// The pane while a statement runs.
    #[must_use]
    pub fn waiting(chart: Option<Chart>) -> Self {
        Self { chart, ..Self::default() }
    }

    /// Whether what is drawn of the rows is still to come.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.rows > 0 && (self.summary.rows == 0 || self.chart.is_some() && self.data.is_none())
    }

    /// Switches between the query's chart and the sparklines.
    pub fn toggle(&mut self) {
        self.sparklines = !self.sparklines;
        self.top = 0;
    }

    /// Scrolls in a pane of so many lines.
    pub fn act(&mut self, action: Action, page: usize) {
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

    fn shown(&self) -> Option<(&Chart, &ChartData)> {
        (!self.sparklines).then_some(())?;
        Some((self.chart.as_ref()?, self.data.as_ref()?))
    }

    /// What the pane's title says beside its name.
    #[must_use]
    pub fn title(&self) -> String {
        match self.shown() {
            Some((chart, data)) if data.of_rows > POINTS as u64 => {
                format!("{} by {}, first {POINTS} rows", chart.y.join(", "), chart.x)
            }
            Some((chart, _)) => format!("{} by {}", chart.y.join(", "), chart.x),
            None if self.summary.rows < self.rows && self.summary.rows > 0 => {
                format!("of the first {} rows", value::grouped(&self.summary.rows.to_string()))
            }
            None => String::new(),
        }
    }
}

/// Draws the chart or the sparklines.
pub fn draw(frame: &mut Frame, area: Rect, charts: &Charts, theme: &Theme) {
    match charts.shown() {
        Some((_, data)) if data.labels.is_empty() => {
            frame.render_widget(Line::styled("no rows to draw", theme.muted), area);
        }
        Some((chart, data)) => match chart.kind {
            ChartKind::Bar => bars::draw(frame, area, data, charts.top, theme),
            ChartKind::Line => draw_lines(frame, area, data, theme),
        },
        None => draw_sparklines(frame, area, charts, theme),
    }
}

#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
fn draw_lines(frame: &mut Frame, area: Rect, data: &ChartData, theme: &Theme) {
    let points: Vec<Vec<(f64, f64)>> = data.series.iter().map(points).collect();
    let values = || {
        data.series.iter().flat_map(|series| series.values.iter().zip(&series.texts)).filter_map(
            |(value, text)| value.filter(|value| value.is_finite()).map(|value| (value, text.as_str())),
        )
    };
    let low = values().min_by(|a, b| a.0.total_cmp(&b.0));
    let high = values().max_by(|a, b| a.0.total_cmp(&b.0));
    let (Some(low), Some(high)) = (low, high) else {
        frame.render_widget(Line::styled("no numbers to draw", theme.muted), area);
        return;
    };
    let datasets = data.series.iter().zip(&points).enumerate().map(|(index, (series, points))| {
        let dataset = Dataset::default().data(points).marker(Marker::Braille).graph_type(GraphType::Line);
        let dataset = dataset.style(theme.series[index % theme.series.len()]);
        if data.series.len() > 1 { dataset.name(series.name.clone()) } else { dataset }
    });
    let label = |text: &str| Span::styled(text.to_owned(), theme.muted);
    let last = data.labels.len().saturating_sub(1);
    let ends = [&data.labels[0], &data.labels[last / 2], &data.labels[last]].map(|text| label(text));
    let spread = if high.0 > low.0 { 0.0 } else { 1.0 };
    let chart = LineChart::new(datasets.collect())
        .x_axis(Axis::default().style(theme.border).bounds([0.0, last.max(1) as f64]).labels(ends))
        .y_axis(
            Axis::default()
                .style(theme.border)
                .bounds([low.0 - spread, high.0 + spread])
                .labels([label(low.1), label(high.1)]),
        )
        .legend_position(Some(LegendPosition::TopLeft))
        .hidden_legend_constraints((Constraint::Ratio(1, 2), Constraint::Ratio(3, 4)));
    frame.render_widget(chart, area);
}

#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
fn points(series: &Series) -> Vec<(f64, f64)> {
    let finite = |(index, value): (usize, &Option<f64>)| {
        value.filter(|value| value.is_finite()).map(|value| (index as f64, value))
    };
    series.values.iter().enumerate().filter_map(finite).collect()
}

fn draw_sparklines(frame: &mut Frame, area: Rect, charts: &Charts, theme: &Theme) {
    let columns = &charts.summary.columns;
    if columns.is_empty() {
        frame.render_widget(
            Line::styled("a sparkline for every numeric column of the result", theme.muted),
            area,
        );
        return;
    }
    let widest = |text: fn(&ColumnSummary) -> &str| columns.iter().map(|column| text(column).width()).max();
    let name_width = widest(|column| &column.name).unwrap_or(0).min(24);
    let widths = [widest(|column| &column.min), widest(|column| &column.max), widest(|column| &column.last)];
    let widths = widths.map(|width| width.unwrap_or(0).min(22));
    let taken = name_width + widths.iter().map(|width| width + 6).sum::<usize>() + 3;
    let room = usize::from(area.width).saturating_sub(taken).max(8);
    for (place, column) in area.rows().zip(columns.iter().skip(charts.top)) {
        let name = value::visible(&column.name);
        let name = cut(&name, name_width);
        let mut spans = vec![
            Span::styled(
                format!("{name}{} ", " ".repeat(name_width.saturating_sub(name.width()))),
                theme.text,
            ),
            Span::styled(sparkline::line(&column.series, room), theme.series[0]),
        ];
        for ((word, text), width) in
            [("min", &column.min), ("max", &column.max), ("last", &column.last)].into_iter().zip(widths)
        {
            spans.push(Span::styled(format!(" {word:>4} "), theme.muted));
            spans.push(Span::styled(format!("{:>width$}", cut(text, width)), theme.number));
        }
        frame.render_widget(Line::from(spans), place);
    }
}
