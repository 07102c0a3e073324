//! The pane on screen.
//!
//! ```text
//!  Forecast  Backtest  Why  Scenario  Model                  seen  median  ▒ 80 %  ░ 95 %
//! 204M │⠤⡠⠔⠊⠑⠢⣀ ▲          ┊  ⣀⠤⠒░░░░▒▒▒▒░░░
//! 202M │⠒⠁      ⠑⠤⠤⠒⠊⠉⠑⠢⢄⠔⠊⠉▒▒▒▒▒▒▒▒▒░░░░░
//!      ─────┴─────────────┴─────────────┴────
//!  in       date             median      80 %          95 %        change   P(< 0)
//!  7 days   2024-01-07  202,106,451   …
//! 0.52 AR + 0.48 calendar · MASE 1.55, seasonal naive 1.90 (8 origins, m = 7) · 80 % band held 74 %
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::super::super::forecast_request::ForecastReport;
use super::super::super::theme::Theme;
use super::super::super::widgets::band_chart::{self, BandChart, ChartLine};
use super::super::super::widgets::grid::{cut, cut_line};
use super::{ForecastPane, VIEWS, View, tabs};
use crate::forecast::{Mark, Observation, Origin, Row};
use crate::value;

/// Steps of the past on a chart, at the least.
const PAST: usize = 60;
/// Lines that a chart needs to be worth its place.
const CHART: u16 = 6;

/// Draws the pane.
pub fn draw(frame: &mut Frame, area: Rect, pane: &ForecastPane, theme: &Theme) {
    let line = |y: u16| Rect { y, height: area.height.min(1), ..area };
    let Some(report) = pane.report.as_ref().filter(|_| !pane.is_refused()) else {
        let lines = match &pane.refused {
            Some((why, hint)) => vec![
                Line::styled(value::visible(why).into_owned(), theme.error),
                Line::styled(value::visible(hint.as_deref().unwrap_or_default()).into_owned(), theme.muted),
            ],
            None if pane.request.number > 0 => vec![Line::styled("reading the values …", theme.muted)],
            None => vec![Line::styled("nothing was asked yet", theme.muted)],
        };
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), area);
        return;
    };
    draw_tabs(frame, line(area.y), pane, report, theme);
    if area.height < 3 {
        return;
    }
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let width = usize::from(body.width);
    let summary = summary(pane, report, width, theme);
    // It keeps its place at the bottom.
    let room = usize::from(body.height).saturating_sub(summary.len());
    let (chart, mut lines) = match pane.view {
        View::Forecast => (Some(ahead(report, theme)), tabs::horizons(report, width, theme)),
        View::Backtest => {
            (Some(looking_back(pane, report, theme)), tabs::backtest(pane, report, width, theme))
        }
        View::Scenario => (Some(ahead(report, theme)), tabs::scenario(pane, report, width, room, theme)),
        View::Why => (None, tabs::why(report, width, theme)),
        View::Model => {
            let facts = tabs::facts(report).into_iter().skip(pane.top);
            (None, facts.flat_map(|fact| fact.lines(width, theme)).collect())
        }
    };
    if chart.is_none() {
        lines.resize(room, Line::default());
    }
    if lines.len() > room {
        let more = lines.len() + 1 - room;
        lines.truncate(room.saturating_sub(1));
        lines.push(theme.below(&format!("{more} more")));
    }
    lines.extend(summary);
    let mut place = body;
    if let Some(chart) = chart {
        let height = chart_height(body.height, lines.len());
        if height > 0 {
            band_chart::draw(frame, Rect { height, ..body }, &chart, theme);
            place = Rect { y: body.y + height, height: body.height - height, ..body };
        }
    }
    for (row, line) in place.rows().zip(lines) {
        frame.render_widget(cut_line(line, width), row);
    }
}

/// Lines of a chart above so many of numbers: where there is no room for both, the numbers stay and the chart goes.
fn chart_height(room: u16, lines: usize) -> u16 {
    let height = room.saturating_sub(u16::try_from(lines).unwrap_or(u16::MAX));
    if height >= CHART { height } else { 0 }
}

/// The item of the scenario that stands on a line of the screen.
pub(super) fn item_at(pane: &ForecastPane, area: Rect, y: u16) -> Option<usize> {
    let report = pane.report.as_ref().filter(|_| pane.view == View::Scenario && !pane.is_refused())?;
    let scenario = &pane.request.options.scenario;
    let summary = summary_texts(pane, report, area.width.into()).len();
    let body = area.height.checked_sub(1)?;
    let room = usize::from(body).saturating_sub(summary);
    // The names of the columns stand above the horizons, and above the items.
    let above = report.outlook.forecast.ahead().len() + 2;
    let listed = scenario.items.len() + usize::from(scenario.drift != 0.0);
    let chart = chart_height(body, (above + listed).min(room) + summary);
    let line = usize::from(y.checked_sub(area.y + 1 + chart)?);
    let (first, shown) = tabs::in_view(listed, pane.top, room.saturating_sub(above));
    let at = line.checked_sub(above).filter(|at| *at < shown)? + first;
    (at < scenario.items.len()).then_some(at)
}

fn draw_tabs(frame: &mut Frame, area: Rect, pane: &ForecastPane, report: &ForecastReport, theme: &Theme) {
    let mut spans = Vec::new();
    for (view, name) in VIEWS {
        let style = if view == pane.view { theme.heading } else { theme.muted };
        let style = if view == pane.view { style.underlined() } else { style };
        spans.push(Span::styled(" ", Style::default()));
        spans.push(Span::styled(name, style));
        spans.push(Span::styled(" ", Style::default()));
    }
    let tabs = Line::from(spans);
    let key = legend(pane, report, theme);
    let fits = tabs.width() + key.width() + 2 <= usize::from(area.width);
    frame.render_widget(tabs, area);
    if fits {
        frame.render_widget(key.right_aligned(), area);
    }
}

/// What the signs of the chart mean.
fn legend<'a>(pane: &ForecastPane, report: &ForecastReport, theme: &Theme) -> Line<'a> {
    let shown = matches!(pane.view, View::Forecast | View::Scenario | View::Backtest);
    if !shown {
        return Line::default();
    }
    let pattern = theme.bands[0].bg.is_none();
    let sample = |band: usize, sign: &str| {
        let sign = if pattern { sign.to_owned() } else { " ".to_owned() };
        Span::styled(format!("{sign}{sign}"), theme.bands[band])
    };
    let mut spans = Vec::new();
    let mut add = |mark: Span<'a>, word: &'static str| {
        spans.extend([mark, Span::styled(format!(" {word}  "), theme.muted)]);
    };
    add(Span::styled("━━", theme.text), "history");
    add(Span::styled("━━", theme.series[0]), "median");
    add(sample(0, "▒"), "80 %");
    add(sample(1, "░"), "95 %");
    if pane.view != View::Backtest {
        if !report.actual.is_empty() {
            add(Span::styled("━━", theme.series[1]), "actual");
        }
        if report.outlook.forecast.scenario.is_some() {
            add(Span::styled("╍╍", theme.series[2]), "scenario");
        }
    }
    Line::from(spans)
}

fn summary<'a>(pane: &ForecastPane, report: &ForecastReport, width: usize, theme: &Theme) -> Vec<Line<'a>> {
    let lines = summary_texts(pane, report, width).into_iter();
    lines.map(|line| Line::styled(line, theme.muted)).collect()
}

/// Who speaks and how good they were, on as many lines as it needs.
fn summary_texts(pane: &ForecastPane, report: &ForecastReport, width: usize) -> Vec<String> {
    let mut parts = report.outlook.summary();
    if report.outlook.backtest.is_none() {
        parts.push(format!("looking back, {} origins so far", pane.origins.len()));
    }
    parts.extend(report.outlook.plain_words().filter(|_| pane.view == View::Backtest));
    parts.extend(report.notes.iter().map(|note| value::visible(note).into_owned()));
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut().filter(|line| line.width() + part.width() + 3 <= width) {
            Some(line) => line.extend([" · ", &part]),
            None => lines.push(format!(" {}", cut(&part, width.saturating_sub(1)))),
        }
    }
    lines
}

/// The forecast after its newest history.
fn ahead(report: &ForecastReport, theme: &Theme) -> BandChart {
    let forecast = &report.outlook.forecast;
    let (history, rows) = (&forecast.history, &forecast.rows);
    let past = (2 * rows.len()).max(PAST).min(history.len());
    let first = history.len() - past;
    let shown = &history[first..];
    let mut chart = BandChart { places: past + rows.len(), ..BandChart::default() };
    let Some(last) = shown.last() else { return chart };
    let place = |step: usize| past + step;
    let after = |rows: &[Row]| {
        let start = (past - 1, last.value);
        std::iter::once(start)
            .chain(rows.iter().enumerate().map(|(step, row)| (place(step), row.point)))
            .collect()
    };
    chart.lines = seen(shown, 0, theme);
    if let Some(rows) = &forecast.scenario {
        chart.lines.push(ChartLine { values: after(rows), style: theme.series[2], dashed: true });
    }
    chart.lines.push(ChartLine { values: after(rows), style: theme.series[0], dashed: false });
    let came = report.actual.iter().filter_map(|(date, value)| {
        let step = rows.binary_search_by_key(date, |row| row.date).ok()?;
        Some((place(step), *value))
    });
    let came: Vec<_> = std::iter::once((past - 1, last.value)).chain(came).collect();
    if came.len() > 1 {
        chart.lines.push(ChartLine { values: came, style: theme.series[1], dashed: false });
    }
    chart.bands.push((past - 1, [(last.value, last.value); 2]));
    chart.bands.extend(rows.iter().enumerate().map(|(step, row)| (place(step), bands(&row.bands))));
    mark(&mut chart, shown, &forecast.anomalies, &forecast.shifts);
    chart.rules.push((past - 1, '┊'));
    let paydays = forecast.paydays();
    let dates = shown.iter().map(|seen| seen.date).chain(rows.iter().map(|row| row.date));
    chart.ticks = dates
        .enumerate()
        .filter(|(_, date)| paydays.binary_search(date).is_ok())
        .map(|(place, _)| place)
        .collect();
    chart.labels = vec![(past - 1, last.date.to_string())];
    chart.labels.insert(0, (0, shown[0].date.to_string()));
    chart.labels.extend(rows.last().map(|row| (chart.places - 1, row.date.to_string())));
    chart
}

/// Outer and inner.
fn bands(bands: &[crate::forecast::Band; 3]) -> [(f64, f64); 2] {
    [2, 1].map(|level| (bands[level].low, bands[level].high))
}

/// What was seen, and dashed what stands for missing values.
fn seen(shown: &[Observation], from: usize, theme: &Theme) -> Vec<ChartLine> {
    let values = shown.iter().enumerate().map(|(place, seen)| (from + place, seen.value)).collect();
    let mut lines = vec![ChartLine { values, style: theme.text, dashed: false }];
    for (place, seen) in shown.iter().enumerate().filter(|(_, seen)| seen.filled) {
        let values = vec![(from + place, seen.value)];
        lines.push(ChartLine { values, style: theme.warning, dashed: false });
    }
    lines
}

fn mark(chart: &mut BandChart, shown: &[Observation], anomalies: &[Mark], shifts: &[Mark]) {
    let place = |mark: &Mark| shown.binary_search_by_key(&mark.date, |seen| seen.date).ok();
    for anomaly in anomalies {
        if let Some(place) = place(anomaly) {
            chart.marks.push((place, shown[place].value, if anomaly.size > 0.0 { '▲' } else { '▼' }));
        }
    }
    chart.rules.extend(shifts.iter().filter_map(place).map(|place| (place, '┆')));
}

/// Earlier forecasts over what came.
fn looking_back(pane: &ForecastPane, report: &ForecastReport, theme: &Theme) -> BandChart {
    let forecast = &report.outlook.forecast;
    let history = &forecast.history;
    let origins: &[Origin] = match &report.outlook.backtest {
        Some(Ok(backtest)) => &backtest.origins,
        _ => &pane.origins,
    };
    let place = |date| history.binary_search_by_key(&date, |seen| seen.date).ok();
    let Some(start) = origins.first().and_then(|origin| place(origin.date)) else {
        return BandChart::default();
    };
    let reach = origins[0].rows.len();
    let first = start.saturating_sub(reach);
    let mut chart = BandChart { places: history.len() - first, ..BandChart::default() };
    chart.lines = seen(&history[first..], 0, theme);
    mark(&mut chart, &history[first..], &forecast.anomalies, &forecast.shifts);
    let mut last = 0;
    for origin in origins {
        let Some(at) = place(origin.date).map(|at| at - first) else { continue };
        let rows = || origin.rows.iter().enumerate().map(|(step, row)| (at + 1 + step, row));
        let values = rows().map(|(place, row)| (place, row.point)).collect();
        chart.lines.push(ChartLine { values, style: theme.series[0], dashed: false });
        // Bands that would lie over each other are not told apart, so only the first ones are drawn.
        if at >= last {
            let value = history[first + at].value;
            chart.bands.push((at, [(value, value); 2]));
            chart.bands.extend(rows().map(|(place, row)| (place, bands(&row.bands))));
            last = at + reach;
        }
        chart.rules.push((at, '┊'));
    }
    chart.labels =
        vec![(0, history[first].date.to_string()), (start - first, history[start].date.to_string())];
    chart.labels.extend(history.last().map(|seen| (chart.places - 1, seen.date.to_string())));
    chart
}

/// Lines as wide as their widest cells: the first column from the left, the others from the right.
pub(super) fn table<'a>(header: &[&str], rows: &[Vec<String>], theme: &Theme) -> Vec<Line<'a>> {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width());
        cells.chain([header[at].width()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..header.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>, style: Style| {
        let mut text = String::from(" ");
        for (at, (cell, width)) in cells.zip(&widths).enumerate() {
            let gap = " ".repeat(width - cell.width());
            let (before, after) = if at == 0 { ("", gap.as_str()) } else { (gap.as_str(), "") };
            text.extend([before, cell, after, "  "]);
        }
        Line::styled(text, style)
    };
    let mut lines = vec![line(&mut header.iter().copied(), theme.muted)];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str), theme.text)));
    lines
}
