//! How the charts are drawn: amounts and dates on their axes, in round steps.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::super::message::{ChartData, PlotKind, Series};
use super::super::super::theme::Theme;
use super::super::super::widgets::band_chart::{self, BandChart, ChartLine, nice, short};
use super::super::super::widgets::grid::{cut, cut_line};
use super::super::super::widgets::{bars, sparkline};
use super::Charts;
use crate::engine::summary::ColumnSummary;
use crate::value;
use crate::value::money;

/// Places from left to right of a cloud of points.
const PLACES: usize = 1_000;
/// Texts below an axis at the most.
const LABELS: usize = 5;
/// Columns of a sparkline at the least, as long as numbers stand beside it.
const LEAST_LINE: usize = 8;
/// What stands beside a sparkline.
const FIGURES: [(&str, Figure); 3] =
    [("min", |column| &column.min), ("max", |column| &column.max), ("last", |column| &column.last)];

type Figure = fn(&ColumnSummary) -> &str;

/// Classes of a histogram at the most.
const CLASSES: usize = 12;

/// Draws what the pane shows; where its title has no room, what is drawn stands above it.
pub fn draw(frame: &mut Frame, area: Rect, charts: &Charts, is_alone: bool, theme: &Theme) {
    let caption = charts.title();
    let is_said = is_captioned(area, &caption, is_alone);
    if is_said {
        let text = value::visible(&caption).into_owned();
        let text = cut(&text, usize::from(area.width)).into_owned();
        frame.render_widget(Line::styled(text, theme.muted), Rect { height: 1, ..area });
    }
    let area = below(area, is_said);
    let empty = |frame: &mut Frame, text: &'static str| {
        frame.render_widget(Line::styled(text, theme.muted), area);
    };
    match charts.shown() {
        Some((_, data)) if data.labels.is_empty() => empty(frame, "no rows to draw"),
        Some((PlotKind::Bar, data)) => bars::draw(frame, area, data, charts.top, theme),
        Some((PlotKind::Line, data)) => match line(data, |index| theme.series[index % theme.series.len()]) {
            Some(mut chart) => {
                chart.rules.extend(charts.mark().map(|row| (data.place(row), '┊')));
                draw_over(frame, area, data, &chart, theme);
            }
            None => empty(frame, "no numbers to draw"),
        },
        Some((PlotKind::Histogram, data)) => match histogram(data) {
            Some(classes) => bars::draw(frame, area, &classes, charts.top, theme),
            None => empty(frame, "no numbers to draw"),
        },
        Some((PlotKind::Scatter, data)) => match scatter(data, theme) {
            Some(chart) => band_chart::draw(frame, area, &chart, theme),
            None => empty(frame, "no pair of numbers to draw"),
        },
        None if charts.of_rows.is_some() && charts.is_whole && charts.rows == 0 => {
            empty(frame, "no rows to draw");
        }
        None if charts.plot().is_some() => empty(frame, "reading …"),
        None => draw_sparklines(frame, area, charts, theme),
    }
}

/// Whether what is drawn stands on a line above it.
pub(super) fn is_captioned(area: Rect, caption: &str, is_alone: bool) -> bool {
    is_alone && !caption.is_empty() && area.height > 1
}

/// What is left below a line that is taken.
fn below(area: Rect, is_taken: bool) -> Rect {
    let taken = u16::from(is_taken);
    Rect { y: area.y + taken, height: area.height - taken, ..area }
}

/// Whether the names of several lines stand above them.
fn is_named(area: Rect, data: &ChartData) -> bool {
    data.series.len() > 1 && area.height >= 6
}

/// The row of a line that is drawn under a place of the screen.
pub(super) fn place_at(area: Rect, charts: &Charts, at: Position, is_alone: bool) -> Option<usize> {
    let Some((PlotKind::Line, data)) = charts.shown() else { return None };
    let area = below(area, is_captioned(area, &charts.title(), is_alone));
    let area = below(area, is_named(area, data));
    band_chart::place_at(area, &line(data, |_| Style::default())?, at).map(|place| data.row(place))
}

/// Several lines are named in a line above them.
fn draw_over(frame: &mut Frame, area: Rect, data: &ChartData, chart: &BandChart, theme: &Theme) {
    if !is_named(area, data) {
        return band_chart::draw(frame, area, chart, theme);
    }
    let mut spans = Vec::new();
    for (index, series) in data.series.iter().enumerate() {
        spans.push(Span::styled("── ", theme.series[index % theme.series.len()]));
        spans.push(Span::styled(format!("{}  ", value::visible(&series.name)), theme.muted));
    }
    let names = cut_line(Line::from(spans), usize::from(area.width));
    frame.render_widget(names, Rect { height: 1, ..area });
    band_chart::draw(frame, below(area, true), chart, theme);
}

fn finite(series: &Series) -> impl Iterator<Item = (usize, f64)> {
    let values = series.values.iter().enumerate();
    values.filter_map(|(place, value)| value.filter(|value| value.is_finite()).map(|value| (place, value)))
}

/// A line for each series over its dates, or over the rows in their order.
fn line(data: &ChartData, style: impl Fn(usize) -> Style) -> Option<BandChart> {
    let lines: Vec<_> = data
        .series
        .iter()
        .enumerate()
        .map(|(index, series)| ChartLine {
            values: finite(series).map(|(row, value)| (data.place(row), value)).collect(),
            style: style(index),
            ..ChartLine::default()
        })
        .collect();
    lines.iter().any(|line| !line.values.is_empty()).then_some(())?;
    let last = data.place(data.labels.len() - 1);
    let count = LABELS.min(data.labels.len());
    let mut rows: Vec<_> = (0..count).map(|at| data.row(at * last / (count - 1).max(1))).collect();
    rows.dedup();
    let ticks = rows.iter().map(|row| data.place(*row)).collect();
    let labels = rows.iter().map(|row| (data.place(*row), label(&data.labels[*row]))).collect();
    Some(BandChart { places: last + 1, lines, ticks, labels, ..BandChart::default() })
}

/// A day is told without its midnight, and no label takes more than its share.
fn label(text: &str) -> String {
    let text = text.strip_suffix(" 00:00:00").unwrap_or(text);
    cut(&value::visible(text), 16).into_owned()
}

/// A dot for each pair of the first two series: from left to right, and up.
fn scatter(data: &ChartData, theme: &Theme) -> Option<BandChart> {
    let [x, y, ..] = &data.series[..] else { return None };
    let pairs = x.values.iter().zip(&y.values).filter_map(|(x, y)| Some(((*x)?, (*y)?)));
    let pairs: Vec<_> = pairs.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let low = pairs.iter().map(|(x, _)| *x).min_by(f64::total_cmp)?;
    let high = pairs.iter().map(|(x, _)| *x).max_by(f64::total_cmp)?;
    let width = if high > low { high - low } else { 1.0 };
    let place = |x: f64| place_of((x - low) / width);
    let dot = |(x, y): &(f64, f64)| ChartLine {
        values: vec![(place(*x), *y)],
        style: theme.series[0],
        ..ChartLine::default()
    };
    let steps = nice(low, low + width, LABELS - 1);
    let step = steps[1] - steps[0];
    let steps = steps.iter().filter(|at| (low..=low + width).contains(*at));
    let labels: Vec<_> = steps.map(|at| (place(*at), short(*at, step))).collect();
    Some(BandChart {
        places: PLACES,
        lines: pairs.iter().map(dot).collect(),
        ticks: labels.iter().map(|(place, _)| *place).collect(),
        labels,
        ..BandChart::default()
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of the places, from 0 to 1"
)]
fn place_of(share: f64) -> usize {
    (share.clamp(0.0, 1.0) * (PLACES - 1) as f64).round() as usize
}

/// How many values lie in each class of round limits; what is no number has a class of its own.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "classes of drawn values: few, and not negative"
)]
fn histogram(data: &ChartData) -> Option<ChartData> {
    let series = data.series.first()?;
    let values: Vec<_> = finite(series).map(|(_, value)| value).collect();
    let low = values.iter().copied().min_by(f64::total_cmp)?;
    let high = values.iter().copied().max_by(f64::total_cmp)?;
    let limits = if high > low { nice(low, high, CLASSES - 2) } else { vec![low, low + 1.0] };
    let step = limits[1] - limits[0];
    let first = (low / step).floor() * step;
    let class = |value: f64| ((value - first) / step).floor().max(0.0) as usize;
    let mut counts = vec![0_u64; class(high) + 1];
    for value in &values {
        counts[class(*value)] += 1;
    }
    let limit = |at: usize| match first + step * at as f64 {
        zero if zero.abs() < step / 2.0 => "0".to_owned(),
        limit => short(limit, step),
    };
    let mut labels: Vec<_> =
        (0..counts.len()).map(|at| format!("{} – {}", limit(at), limit(at + 1))).collect();
    let others = [
        (value::NULL, series.values.iter().filter(|value| value.is_none()).count()),
        ("not finite", series.values.iter().flatten().filter(|value| !value.is_finite()).count()),
    ];
    for (name, count) in others.into_iter().filter(|(_, count)| *count > 0) {
        labels.push(name.to_owned());
        counts.push(count as u64);
    }
    let texts = counts.iter().map(|count| value::grouped(&count.to_string())).collect();
    let values = counts.iter().map(|count| Some(*count as f64)).collect();
    let counted = Series { name: "rows".into(), values, texts };
    Some(ChartData { labels, series: vec![counted], ..ChartData::default() })
}

fn draw_sparklines(frame: &mut Frame, area: Rect, charts: &Charts, theme: &Theme) {
    let columns = &charts.summary.columns;
    if columns.is_empty() {
        let words = match charts.summary.rows {
            0 => "a sparkline for every numeric column of the result",
            _ => "no column of the result holds numbers",
        };
        return frame.render_widget(Line::styled(words, theme.muted), area);
    }
    let widest =
        |text: Figure| columns.iter().map(|column| shown(column, text(column)).width()).max().unwrap_or(0);
    let name_width = columns.iter().map(|column| column.name.width()).max().unwrap_or(0).min(24);
    let numbers = FIGURES.map(|(word, text)| (word, text, widest(text)));
    let room = |numbers: &[(&str, Figure, usize)]| {
        let taken = numbers.iter().map(|(.., width)| width + 6).sum::<usize>();
        usize::from(area.width).saturating_sub(name_width + 1 + taken)
    };
    // A number stands whole or not at all.
    let kept = [&numbers[..], &numbers[2..]].into_iter().find(|numbers| room(numbers) >= LEAST_LINE);
    let kept = kept.unwrap_or(&[]);
    let area = bars::say_more(frame, area, columns.len().saturating_sub(charts.top), theme);
    for (place, column) in area.rows().zip(columns.iter().skip(charts.top)) {
        let name = value::visible(&column.name);
        let name = cut(&name, name_width);
        let mut spans = vec![
            Span::styled(
                format!("{name}{} ", " ".repeat(name_width.saturating_sub(name.width()))),
                theme.text,
            ),
            Span::styled(sparkline::line(&column.series, room(kept)), theme.series[0]),
        ];
        for (word, text, width) in kept {
            spans.push(Span::styled(format!(" {word:>4} "), theme.muted));
            spans.push(Span::styled(
                format!("{:>width$}", shown(column, text(column)), width = *width),
                theme.number,
            ));
        }
        frame.render_widget(Line::from(spans), place);
    }
}

/// A number of a column as the grid shows it: money in the smallest unit of its currency. A column without a value has
/// no least one.
fn shown(column: &ColumnSummary, text: &str) -> String {
    if text.is_empty() {
        return value::NULL.to_owned();
    }
    match money::digits(&column.name).filter(|_| column.is_exact() && text.contains('.')) {
        Some(digits) => {
            let (whole, tail) = value::amount(&text.replace(',', ""), digits);
            whole + &tail
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use duckdb::arrow::array::{ArrayRef, Decimal128Array, Float64Array};
    use duckdb::arrow::record_batch::RecordBatch;

    use super::*;
    use crate::engine::summary::Summary;

    fn data(values: &[Option<f64>]) -> ChartData {
        let series = Series { values: values.to_vec(), ..Series::default() };
        ChartData { labels: vec![String::new(); values.len()], series: vec![series], ..ChartData::default() }
    }

    #[test]
    fn every_value_is_in_one_class_and_what_is_no_number_in_its_own() {
        let values: Vec<_> =
            (0..100).map(|at| Some(f64::from(at) * 37.5)).chain([None, Some(f64::NAN), None]).collect();
        let classes = histogram(&data(&values)).unwrap();
        let counts: Vec<_> =
            classes.series[0].texts.iter().map(|text| text.parse::<u64>().unwrap()).collect();
        assert_eq!(counts.iter().sum::<u64>(), 103);
        assert_eq!(classes.labels.len(), counts.len());
        assert_eq!(classes.labels[0], "0 – 500");
        assert_eq!(&classes.labels[classes.labels.len() - 2..], ["∅", "not finite"]);
        assert_eq!(&counts[counts.len() - 2..], [2, 1]);
        assert_eq!(histogram(&data(&[Some(5.0), Some(5.0)])).unwrap().series[0].texts, ["2"]);
        assert!(histogram(&data(&[None])).is_none());
        let below = histogram(&data(&[Some(-1_000_000.0), Some(1_000_000.0)])).unwrap();
        assert!(below.labels[0].starts_with("-1"), "{:?}", below.labels);
    }

    #[test]
    fn amounts_beside_a_sparkline_read_as_money() {
        let money = |values: &[i128]| {
            let array = Decimal128Array::from_iter_values(values.iter().copied());
            Arc::new(array.with_precision_and_scale(18, 4).unwrap()) as ArrayRef
        };
        let told = |name: &str, array: ArrayRef| {
            let batch = RecordBatch::try_from_iter([(name, array)]).unwrap();
            let mut summary = Summary::new(&batch.schema());
            summary.add(&batch);
            let column = &summary.columns[0];
            [&column.min, &column.max].map(|text| shown(column, text))
        };
        assert_eq!(told("deposit_sgd_amt", money(&[12_345_678_001, -5_000])), ["-0.50", "1,234,567.80…"]);
        assert_eq!(told("fee_jpy_amt", money(&[15_000, 20_000])), ["1…", "2"]);
        assert_eq!(told("rate", money(&[13_456])), ["1.3456", "1.3456"]);
        assert_eq!(told("guess_sgd_amt", Arc::new(Float64Array::from(vec![1.2345]))), ["1.2345", "1.2345"]);
        assert_eq!(told("none_sgd_amt", money(&[])), ["∅", "∅"]);
    }

    #[test]
    fn points_stand_between_the_edges() {
        let theme = Theme::load("dark", crate::explorer::theme::Depth::True).unwrap();
        let series = |values: &[f64]| Series {
            values: values.iter().copied().map(Some).collect(),
            ..Series::default()
        };
        let pairs = ChartData {
            labels: vec![String::new(); 3],
            series: vec![series(&[0.0, 50.0, 100.0]), series(&[1.0, f64::NAN, 3.0])],
            ..ChartData::default()
        };
        let chart = scatter(&pairs, &theme).unwrap();
        let places: Vec<_> = chart.lines.iter().map(|line| line.values[0].0).collect();
        assert_eq!(places, [0, PLACES - 1]);
        assert!(chart.labels.iter().any(|(_, text)| text == "50"), "{:?}", chart.labels);
    }
}
