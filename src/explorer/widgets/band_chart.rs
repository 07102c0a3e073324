//! Lines over time with bands behind them, in braille: what was seen, what is expected and how surely, what stands
//! out. Bands are two grounds, or two patterns where the theme has no grounds.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::theme::Theme;

/// What is drawn. Places count steps from the left edge, 0 to `places - 1`.
#[derive(Debug, Clone, Default)]
pub struct BandChart {
    pub places: usize,
    /// The later ones lie over the earlier ones.
    pub lines: Vec<ChartLine>,
    /// Place, outer band, inner band: from low to high.
    pub bands: Vec<(usize, [(f64, f64); 2])>,
    /// Place, value, and the sign that stands beside it: above for a rise, below for a fall.
    pub marks: Vec<(usize, f64, char)>,
    /// Vertical lines.
    pub rules: Vec<(usize, char)>,
    /// Places marked on the axis.
    pub ticks: Vec<usize>,
    /// Texts below the axis, centred on their places where there is room.
    pub labels: Vec<(usize, String)>,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub struct ChartLine {
    pub values: Vec<(usize, f64)>,
    pub style: Style,
    pub dashed: bool,
}

/// Draws the chart: values on the left, dates below.
pub fn draw(frame: &mut Frame, area: Rect, chart: &BandChart, theme: &Theme) {
    let Some(Scale { low, high, texts, plot }) = chart.laid_out(area) else { return };
    let gutter = plot.x - area.x;
    let canvas = Canvas::new(chart, plot, low, high);
    for (value, text) in &texts {
        let y = plot.y + u16::try_from(canvas.y(*value) / 4).unwrap_or(0);
        let text = Line::styled(text.as_str(), theme.muted).right_aligned();
        frame.render_widget(text, Rect { y, height: 1, width: gutter - 1, ..area });
    }
    let buffer = frame.buffer_mut();
    canvas.draw(buffer, chart, theme);
    draw_axis(buffer, &canvas, chart, theme);
}

/// The place of a chart under a place of the screen; nothing beside what is plotted.
#[must_use]
pub fn place_at(area: Rect, chart: &BandChart, at: Position) -> Option<usize> {
    let plot = chart.laid_out(area)?.plot;
    // The axis and the dates below belong to what stands above them.
    let whole = Rect { height: plot.height + 2, ..plot };
    whole.contains(at).then_some(())?;
    let last = chart.places.checked_sub(1)?;
    // The middle of the two dots of a column, as they are drawn.
    let dot = as_float(2 * usize::from(at.x - plot.x)) + 0.5;
    Some(to_count(dot * as_float(last) / as_float(2 * usize::from(plot.width) - 1)).min(last))
}

/// From which value to which, the texts beside the chart, and where it is plotted.
struct Scale {
    low: f64,
    high: f64,
    texts: Vec<(f64, String)>,
    plot: Rect,
}

impl BandChart {
    /// Nothing where there is no room, or no value.
    fn laid_out(&self, area: Rect) -> Option<Scale> {
        let (low, high) = self.range().filter(|_| area.height > 3 && area.width > 24)?;
        let height = area.height - 2;
        let ticks = nice(low, high, usize::from(height / 3).max(2));
        let texts: Vec<_> = ticks.iter().map(|tick| (*tick, short(*tick, ticks[1] - ticks[0]))).collect();
        let gutter = texts.iter().map(|(_, text)| text.width()).max().unwrap_or(0);
        let gutter = u16::try_from(gutter).unwrap_or(0) + 1;
        Some(Scale {
            low,
            high,
            texts,
            plot: Rect { x: area.x + gutter, width: area.width - gutter, height, ..area },
        })
    }

    /// The lowest and the highest value, with some air.
    fn range(&self) -> Option<(f64, f64)> {
        // What leaves the others runs off the chart, and its sign says so.
        let marked = |value: &&(usize, f64)| {
            self.marks.iter().any(|mark| mark.0 == value.0 && mark.1.to_bits() == value.1.to_bits())
        };
        let lines = self.lines.iter().flat_map(|line| line.values.iter());
        let lines = lines.filter(|value| !marked(value)).map(|(_, value)| *value);
        let bands = self.bands.iter().flat_map(|(_, [outer, _])| [outer.0, outer.1]);
        let values = lines.chain(bands).filter(|value| value.is_finite());
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let air = if high > low { (high - low) * 0.03 } else { high.abs().max(1.0) * 0.1 };
        (low <= high).then_some((low - air, high + air))
    }

    /// The bands at a place between two places.
    fn bands_at(&self, place: f64) -> Option<[(f64, f64); 2]> {
        let after = self.bands.iter().position(|(at, _)| as_float(*at) >= place)?;
        let (at, right) = self.bands[after];
        let Some((before, left)) = after.checked_sub(1).map(|before| self.bands[before]) else {
            return (as_float(at) - place < 0.5).then_some(right);
        };
        let share = (place - as_float(before)) / as_float(at - before).max(1.0);
        let between = |from: f64, to: f64| from + (to - from) * share;
        Some([0, 1].map(|band| (between(left[band].0, right[band].0), between(left[band].1, right[band].1))))
    }
}

/// A grid of cells with 2 by 4 dots each.
struct Canvas {
    plot: Rect,
    places: usize,
    low: f64,
    high: f64,
    cells: Vec<(u8, Style)>,
}

impl Canvas {
    fn new(chart: &BandChart, plot: Rect, low: f64, high: f64) -> Self {
        let cells = vec![(0, Style::default()); usize::from(plot.width) * usize::from(plot.height)];
        let mut canvas = Self { plot, places: chart.places.max(2), low, high, cells };
        for line in &chart.lines {
            canvas.line(line);
        }
        canvas
    }

    fn dots(&self) -> (usize, usize) {
        (usize::from(self.plot.width) * 2, usize::from(self.plot.height) * 4)
    }

    /// Column of dots of a place.
    fn x(&self, place: usize) -> usize {
        (place * (self.dots().0 - 1) / (self.places - 1)).min(self.dots().0 - 1)
    }

    /// Row of dots of a value, from the top.
    fn y(&self, value: f64) -> usize {
        let last = self.dots().1 - 1;
        let share = ((self.high - value) / (self.high - self.low)).clamp(0.0, 1.0);
        to_count(share * as_float(last)).min(last)
    }

    fn line(&mut self, line: &ChartLine) {
        let mut before: Option<(usize, usize)> = None;
        for (place, value) in line.values.iter().filter(|(_, value)| value.is_finite()) {
            let to = (self.x(*place), self.y(*value));
            let from = before.unwrap_or(to);
            let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
            for step in 0..=steps {
                let between = |from: usize, to: usize| {
                    let moved =
                        as_float(from) + (as_float(to) - as_float(from)) * as_float(step) / as_float(steps);
                    to_count(moved)
                };
                let (x, y) = (between(from.0, to.0), between(from.1, to.1));
                if !line.dashed || x / 3 % 2 == 0 {
                    self.dot(x, y, line.style);
                }
            }
            before = Some(to);
        }
    }

    fn dot(&mut self, x: usize, y: usize, style: Style) {
        /// Bits of a braille sign by row and column.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let at = y / 4 * usize::from(self.plot.width) + x / 2;
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = (cell.0 | BITS[y % 4][x % 2], style);
        }
    }

    fn draw(&self, buffer: &mut Buffer, chart: &BandChart, theme: &Theme) {
        let width = usize::from(self.plot.width);
        for column in 0..self.plot.width {
            let x = usize::from(column);
            let place = (as_float(2 * x) + 0.5) * as_float(self.places - 1) / as_float(self.dots().0 - 1);
            let bands =
                chart.bands_at(place).map(|bands| bands.map(|(low, high)| (self.y(high), self.y(low))));
            let rule = chart.rules.iter().find(|(place, _)| self.x(*place) / 2 == x);
            for row in 0..self.plot.height {
                let y = usize::from(row);
                // Each half of a cell belongs to the innermost band that covers its middle.
                let half = |dot: usize| {
                    let within = |(top, bottom): (usize, usize)| (top..=bottom).contains(&(4 * y + dot));
                    let [outer, inner] = bands?;
                    if within(inner) { Some(0) } else { within(outer).then_some(1) }
                };
                let halves = [half(1), half(2)];
                let (dots, style) = self.cells[y * width + x];
                let (sign, style) = match (dots, rule) {
                    (1.., _) => (braille(dots), theme.ground(halves[0].or(halves[1])).patch(style)),
                    (0, Some((_, sign))) => {
                        (*sign, theme.ground(halves[0].or(halves[1])).patch(theme.border))
                    }
                    (0, None) => theme.halves(halves),
                };
                if let Some(cell) = buffer.cell_mut((self.plot.x + column, self.plot.y + row)) {
                    cell.set_char(sign).set_style(style);
                }
            }
        }
        for (place, value, sign) in &chart.marks {
            let above = *sign == '▲';
            let row = self.y(*value) / 4;
            let row =
                if above { row.saturating_sub(1) } else { (row + 1).min(usize::from(self.plot.height) - 1) };
            let cell = (
                self.plot.x + u16::try_from(self.x(*place) / 2).unwrap_or(0),
                self.plot.y + u16::try_from(row).unwrap_or(0),
            );
            if let Some(cell) = buffer.cell_mut(cell) {
                cell.set_char(*sign).set_style(theme.warning);
            }
        }
    }
}

/// The axis with its ticks, and the labels below it.
fn draw_axis(buffer: &mut Buffer, canvas: &Canvas, chart: &BandChart, theme: &Theme) {
    let plot = canvas.plot;
    let column = |place: usize| u16::try_from(canvas.x(place) / 2).unwrap_or(0);
    let mut axis: Vec<char> = vec!['─'; usize::from(plot.width)];
    for place in &chart.ticks {
        axis[usize::from(column(*place))] = '┴';
    }
    buffer.set_string(plot.x, plot.bottom(), axis.iter().collect::<String>(), theme.border);
    let mut free = plot.x;
    for (place, text) in &chart.labels {
        let width = u16::try_from(text.width()).unwrap_or(0);
        let middle = (plot.x + column(*place)).saturating_sub(width / 2);
        let x = middle.clamp(plot.x, plot.right().saturating_sub(width).max(plot.x));
        if x >= free {
            buffer.set_span(x, plot.bottom() + 1, &Span::styled(text.as_str(), theme.muted), width);
            free = x + width + 2;
        }
    }
}

fn braille(dots: u8) -> char {
    char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' ')
}

/// Round values between two: steps of 1, 2 or 5 times a power of ten, at least two of them.
#[must_use]
pub fn nice(low: f64, high: f64, most: usize) -> Vec<f64> {
    let rough = (high - low) / as_float(most);
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let step = if (high / step).floor() - (low / step).ceil() < 1.0 { step / 2.0 } else { step };
    let first = (low / step).ceil();
    let count = to_count((high / step).floor() - first);
    let ticks: Vec<f64> = (0..=count).map(|at| (first + as_float(at)) * step).collect();
    if ticks.len() < 2 { vec![low, high] } else { ticks }
}

/// An amount in few signs: `201.5M`, with as many digits as the step between amounts needs.
#[must_use]
pub fn short(value: f64, step: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let large = value.abs().max(step.abs());
    if large >= 1e15 {
        return format!("{value:.3e}");
    }
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| large >= *unit).unwrap_or((1.0, ""));
    let digits = to_count((-(step.abs() / unit).log10() - 1e-9).ceil().clamp(0.0, 6.0));
    let text = format!("{:.digits$}{name}", value / unit);
    // Nothing is less than nothing, and needs no unit.
    if text.chars().all(|mark| "-0.kMBT".contains(mark)) { "0".to_owned() } else { text }
}

#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places on a screen, not negative"
)]
fn to_count(value: f64) -> usize {
    value.round().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short_and_round() {
        assert_eq!(short(201_500_000.0, 500_000.0), "201.5M");
        assert_eq!(short(-1500.0, 500.0), "-1.5k");
        assert_eq!((short(-0.0, 500.0), short(0.0, 2e7)), ("0".into(), "0".into()));
        assert_eq!(short(1.3456, 0.0005), "1.3456");
        assert_eq!(nice(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(nice(198.7, 204.2, 4), [200.0, 202.0, 204.0]);
        for (low, high) in [(1.0, 1.0 + 1e-9), (-5e-9, 5e-9), (1e15, 1e15 + 8.0), (-3.0, 1e9)] {
            assert!(nice(low, high, 3).len() >= 2, "{low} to {high}");
        }
    }
}
