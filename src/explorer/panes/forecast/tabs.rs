//! The numbers of each tab, as lines.

use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr;

use super::super::super::forecast_request::ForecastReport;
use super::super::super::theme::Theme;
use super::super::super::widgets::{band_chart::short, sparkline};
use super::ForecastPane;
use super::draw::table;
use crate::credit::card::text::wrap;
use crate::forecast::{Backtest, CalendarEffects, Every, Explanation, Kind, Score, Step};
use crate::series::Unit;
use crate::value;

/// Columns of a fact's name, and of its text at the least.
const NAMES: usize = 16;
const LEAST: usize = 20;
/// Amounts from here on are told by their power of ten.
const LARGE: f64 = 1e15;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const ENDS: [&str; 5] = ["1st business day", "2nd", "last but one", "last", "last of the month"];

/// A number in the unit of the series; floats with six digits that count.
fn amount(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Decimal(scale) if number.abs() < LARGE => rounded(number, usize::try_from(scale).unwrap_or(2)),
        Unit::Float if number == 0.0 => "0".to_owned(),
        Unit::Float if (1e-4..LARGE).contains(&number.abs()) => {
            let digits = 5 - i32::try_from(exponent(number)).unwrap_or(0);
            rounded(number, usize::try_from(digits.clamp(0, 9)).unwrap_or(0))
        }
        _ => format!("{number:.5e}"),
    }
}

/// The power of ten of a number.
#[expect(clippy::cast_possible_truncation, reason = "of a number between 1e-4 and 1e15")]
fn exponent(number: f64) -> i64 {
    number.abs().log10().floor() as i64
}

fn rounded(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let nothing = text.chars().all(|mark| matches!(mark, '-' | '0' | '.'));
    value::grouped(if nothing { text.trim_start_matches('-') } else { &text })
}

/// The same rows with as many digits as there is room for: all, none after the point, few; at last without dates.
fn fitting(
    width: usize,
    unit: Unit,
    header: &[&str],
    theme: &Theme,
    rows: impl Fn(&dyn Fn(f64) -> String) -> Vec<Vec<String>>,
) -> Vec<Line<'static>> {
    let exact = |number| amount(number, unit);
    let whole = |number| rounded(number, 0);
    let few = |number: f64| short(number, number.abs() / 1e3);
    // What gives way first stands last: dates, then the outer band; the risk stays.
    let outer = header.iter().position(|name| *name == "95 % from");
    let forms: [(&dyn Fn(f64) -> String, usize); 5] =
        [(&exact, 0), (&whole, 0), (&few, 0), (&few, 1), (&few, 2)];
    let mut lines = Vec::new();
    for (form, spared) in forms {
        let kept = |at: usize| {
            let is_outer = outer.is_some_and(|outer| at == outer || at == outer + 1);
            !(spared > 0 && header[at] == "date" || spared > 1 && is_outer)
        };
        let keep = |cells: Vec<String>| {
            cells.into_iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, cell)| cell).collect()
        };
        let rows: Vec<Vec<String>> = rows(form).into_iter().map(keep).collect();
        let header: Vec<_> = (0..header.len()).filter(|at| kept(*at)).map(|at| header[at]).collect();
        lines = table(&header, &rows, theme);
        // The gap after the last column may be cut.
        if lines.iter().all(|line| line.width() <= width + 2) {
            break;
        }
    }
    lines
}

/// `7 days`; business days are counted as days of the calendar.
fn distance(steps: usize, days: i64, step: Step) -> String {
    match step {
        Step::BusinessDaily => Step::Daily.count(usize::try_from(days).unwrap_or(steps)),
        _ => step.count(steps),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// The forecast after 7, 30 and 90 days. With a scenario what stands behind its figure is the scenario's.
pub(super) fn horizons(report: &ForecastReport, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let forecast = &report.outlook.forecast;
    let Some(last) = forecast.history.last() else { return Vec::new() };
    let threshold = value::grouped(&report.request.options.threshold.to_string());
    let (then, until) = (format!("P(< {threshold})"), "by then");
    let mut header =
        vec!["in", "date", "median", "80 % from", "to", "95 % from", "to", "change", then.as_str(), until];
    let scenario = forecast.scenario.as_ref().map(|rows| forecast.ahead_in(rows));
    if scenario.is_some() {
        header.insert(3, "scenario");
    }
    let actual = |date| {
        let at = report.actual.binary_search_by_key(&date, |(date, _)| *date).ok()?;
        Some(report.actual[at].1)
    };
    let ahead = forecast.ahead();
    let any_actual = ahead.iter().any(|ahead| actual(ahead.row.date).is_some());
    if any_actual {
        header.insert(3, "actual");
    }
    fitting(width, report.unit, &header, theme, |text| {
        let row = |(at, base): (usize, &crate::forecast::Ahead)| {
            let ahead = scenario.as_ref().and_then(|what_if| what_if.get(at)).unwrap_or(base);
            let row = &ahead.row;
            let [_, inner, outer] = row.bands;
            let days = (row.date - last.date).num_days();
            let mut cells = vec![
                distance(ahead.steps, days, forecast.step),
                row.date.to_string(),
                text(base.row.point),
                text(inner.low),
                text(inner.high),
                text(outer.low),
                text(outer.high),
                text(ahead.change),
                percent(row.below),
                percent(row.below_until),
            ];
            if scenario.is_some() {
                cells.insert(3, text(row.point));
            }
            if any_actual {
                cells.insert(3, actual(row.date).map(text).unwrap_or_default());
            }
            cells
        };
        ahead.iter().enumerate().map(row).collect()
    })
}

/// Errors beside naive and seasonal naive, by distance, and what the bands held.
pub(super) fn backtest(
    pane: &ForecastPane,
    report: &ForecastReport,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let backtest = match &report.outlook.backtest {
        Some(Ok(backtest)) => backtest,
        Some(Err(error)) => {
            let hint = error.hint().unwrap_or_default();
            return vec![
                Line::styled(format!(" no backtest: {error}"), theme.warning),
                Line::styled(format!(" {hint}"), theme.muted),
            ];
        }
        None => return vec![Line::styled(format!(" {} origins so far …", pane.origins.len()), theme.muted)],
    };
    let ratio = |score: Option<f64>| score.map_or("–".to_owned(), |score| format!("{score:.2}"));
    let share = |score: Option<f64>| score.map_or("–".to_owned(), |score| format!("{score:.1} %"));
    let scores = report.outlook.scores();
    let header = ["", "MAE", "MASE", "RMSSE", "sMAPE", "bias"];
    let mut lines = fitting(width, report.unit, &header, theme, |text| {
        let row = |(name, score, seen): &(String, Score, usize)| {
            let name = value::visible(name).into_owned();
            vec![
                if *seen > 0 { format!("{name} ({seen} seen in its training)") } else { name },
                text(score.mae),
                ratio(score.mase),
                ratio(score.rmsse),
                share(score.smape),
                text(score.bias),
            ]
        };
        scores.iter().map(row).collect()
    });
    let header = ["steps ahead", "MAE", "seasonal naive", "80 % held"];
    lines.extend(fitting(width, report.unit, &header, theme, |text| {
        let row = |bucket: &crate::forecast::Bucket| {
            let (from, to) = bucket.steps;
            let held = format!("{:.0} %", bucket.coverage_80);
            vec![format!("{from} to {to}"), text(bucket.mae), text(bucket.seasonal_naive_mae), held]
        };
        backtest.buckets.iter().map(row).collect()
    }));
    lines.push(Line::styled(format!(" {}", verdict(report, backtest)), theme.heading));
    lines
}

fn verdict(report: &ForecastReport, backtest: &Backtest) -> String {
    let [half, four_fifths, nearly_all] = backtest.coverage;
    let (verdict, p) = match &report.outlook.put_aside {
        Some(aside) => (aside.verdict, String::new()),
        None => (
            backtest.verdict,
            format!(" (skill {:.0} %, sign test p = {:.2})", 100.0 * backtest.skill, backtest.p_value),
        ),
    };
    format!(
        "{}{p} · bands of 50, 80, 95 % held {half:.0}, {four_fifths:.0}, {nearly_all:.0} %",
        verdict.words()
    )
}

/// The parts of the forecast, which sum to it, and what days usually add.
pub(super) fn why(report: &ForecastReport, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let forecast = &report.outlook.forecast;
    let ahead = forecast.ahead();
    let Some(last) = forecast.history.last() else { return Vec::new() };
    let names: Vec<String> = ahead
        .iter()
        .map(|ahead| {
            format!("in {}", distance(ahead.steps, (ahead.row.date - last.date).num_days(), forecast.step))
        })
        .collect();
    let header: Vec<&str> = std::iter::once("part").chain(names.iter().map(String::as_str)).collect();
    let parts: Vec<_> = ahead.iter().filter_map(|ahead| forecast.explanation.get(ahead.steps - 1)).collect();
    let mut rows: Vec<Vec<String>> = vec![Vec::new(); 9];
    for parts in &parts {
        for (row, cell) in rows.iter_mut().zip(part_cells(parts, report.unit)) {
            row.push(cell);
        }
    }
    let names = parts.first().map(|parts| parts.parts().map(|(name, _)| name)).into_iter().flatten();
    for (row, name) in rows.iter_mut().zip(names.chain(["median"])) {
        row.insert(0, name.to_owned());
    }
    let is_nothing = |cell: &String| cell.chars().all(|mark| matches!(mark, '0' | '.'));
    rows.retain(|row| row.len() > 1 && !row[1..].iter().all(is_nothing));
    let mut lines = table(&header, &rows, theme);
    if let Some(line) = lines.last_mut() {
        *line = std::mem::take(line).style(theme.heading);
    }
    let Some(calendar) = &forecast.calendar else {
        lines.push(Line::styled(" the calendar adds nothing that helps", theme.muted));
        return lines;
    };
    lines.extend(usual_days(calendar, width, theme));
    lines
}

/// What weekdays, the ends of a month, holidays and days of the month usually add.
fn usual_days(calendar: &CalendarEffects, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default(), Line::styled(" what a day usually adds", theme.muted)];
    let days: Vec<_> = WEEKDAYS.into_iter().zip(calendar.weekday.iter().copied()).collect();
    let named = |(name, number): (&str, f64)| (name.to_owned(), number);
    let mut effects: Vec<(String, f64)> = days.into_iter().map(named).collect();
    effects.extend(ENDS.into_iter().zip(calendar.month_end.iter().copied()).map(named));
    effects.extend(["holiday", "day after one"].into_iter().zip(calendar.holiday.iter().copied()).map(named));
    effects.retain(|(_, number)| number.abs() > 0.0);
    let largest = effects.iter().fold(0.0_f64, |most, (_, number)| most.max(number.abs()));
    let half = if width < 96 { 4 } else { 8 };
    let rows: Vec<_> = effects
        .iter()
        .map(|(name, number)| vec![name.clone(), short(*number, largest / 1e3), bar(*number / largest, half)])
        .collect();
    // Two columns where there is room: weekdays, and the ends of the month.
    let column = table(&["", "", ""], &rows, theme).split_off(1);
    let middle = column.len().div_ceil(2);
    let wide = column.iter().map(Line::width).max().unwrap_or(0);
    if 2 * wide <= width + 2 {
        let (left, right) = column.split_at(middle);
        for (at, line) in left.iter().enumerate() {
            let mut spans = line.spans.clone();
            spans.extend(right.get(at).into_iter().flat_map(|line| line.spans.clone()));
            lines.push(Line::from(spans).style(theme.text));
        }
    } else {
        lines.extend(column);
    }
    let of_month = sparkline::line(&calendar.day_of_month, calendar.day_of_month.len());
    let paydays = calendar.paydays.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let paydays =
        if paydays.is_empty() { "no day stands out".to_owned() } else { format!("paydays {paydays}") };
    lines.push(Line::from(vec![
        Span::styled(" days 1 to 31  ", theme.text),
        Span::styled(of_month, theme.series[0]),
        Span::styled(format!("  {paydays}"), theme.muted),
    ]));
    lines
}

/// The parts of one step and their sum; in whole units they sum to it in every digit that is shown.
fn part_cells(parts: &Explanation, unit: Unit) -> Vec<String> {
    match unit {
        Unit::Float => {
            let report = parts.parts().into_iter().map(|(_, part)| part);
            report.chain([parts.total()]).map(|part| amount(part, unit)).collect()
        }
        Unit::Decimal(scale) => {
            let scale = usize::try_from(scale).unwrap_or(2);
            let units = (0..scale).fold(1.0, |units, _| units * 10.0);
            let whole = parts.rounded(units).map(|(_, part)| part);
            let sum = whole.iter().fold(0_i128, |sum, part| sum.saturating_add(*part));
            whole.into_iter().chain([sum]).map(|units| value::grouped(&decimal(units, scale))).collect()
        }
    }
}

fn decimal(units: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, rest) = digits.split_at(digits.len() - scale);
    let sign = if units < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// From the middle to the right for more, to the left for less.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "at most the width of a bar"
)]
fn bar(share: f64, half: usize) -> String {
    let length = ((share.abs() * half as f64).round() as usize).min(half);
    let (full, empty, none) = ("━".repeat(length), " ".repeat(half - length), " ".repeat(half));
    if share < 0.0 { format!("{empty}{full}│{none}") } else { format!("{none}│{full}{empty}") }
}

/// The items of the scenario, and what they change.
pub(super) fn scenario(
    pane: &ForecastPane,
    report: &ForecastReport,
    width: usize,
    room: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let cursor = pane.top;
    let scenario = &pane.request.options.scenario;
    let mut lines = horizons(report, width, theme);
    if scenario.is_empty() {
        let hints = [
            " what if? a adds an item, dated or recurring, or a drift; d takes one out",
            " for example: 2024-02-15 -50,000 every month until 2024-12-31 Rent",
        ];
        lines.extend(hints.map(|hint| Line::styled(hint, theme.muted)));
        return lines;
    }
    let mut rows: Vec<Vec<String>> = scenario
        .items
        .iter()
        .map(|item| {
            let until = item.until.map(|until| until.to_string()).unwrap_or_default();
            let label = value::visible(&item.label).into_owned();
            let is_past =
                item.every == Every::Once && pane.origin().is_some_and(|origin| item.date <= origin);
            let often = if is_past { "past: no effect".to_owned() } else { item.every.words().to_owned() };
            vec![item.date.to_string(), amount(item.amount, report.unit), often, until, label]
        })
        .collect();
    let items = rows.len();
    if scenario.drift != 0.0 {
        rows.push(vec![
            "drift".into(),
            amount(scenario.drift, report.unit),
            "every step".into(),
            String::new(),
            String::new(),
        ]);
    }
    let mut listed = table(&["from", "amount", "how often", "until", "label"], &rows, theme);
    if let Some(line) = listed.get_mut(cursor + 1).filter(|_| items > 0) {
        *line = std::mem::take(line).style(theme.selection);
    }
    let count = listed.len() - 1;
    let (first, shown) = in_view(count, cursor, room.saturating_sub(lines.len() + 1));
    let mut listed = listed.into_iter();
    lines.extend(listed.next());
    lines.extend(listed.skip(first).take(shown));
    if shown < count {
        let text = format!(" … {} to {} of {count}", (first + 1).min(count), first + shown);
        let text = if shown == 0 { format!(" … {count} items, for which there is no room") } else { text };
        lines.push(Line::styled(text, theme.muted));
    }
    lines
}

/// Which of so many lines stand in a room with the cursor among them, and how many: where not all do, a last line says so.
pub(super) fn in_view(count: usize, cursor: usize, room: usize) -> (usize, usize) {
    if count <= room {
        return (0, count);
    }
    let shown = room.saturating_sub(1);
    ((cursor + 1).saturating_sub(shown).min(count - shown), shown)
}

/// One thing to know of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    name: &'static str,
    text: String,
}

impl Fact {
    /// It in lines of so many columns, its name before the first.
    pub(super) fn lines(self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let (text, room) = (value::visible(&self.text), width.saturating_sub(NAMES).max(LEAST));
        // Numbers that stand under each other keep their blanks.
        let texts = if text.width() <= room { vec![text.into_owned()] } else { wrap(&text, room) };
        let names = std::iter::once(self.name).chain(std::iter::repeat(""));
        let line = |(name, text): (&str, String)| {
            Line::from(vec![
                Span::styled(format!(" {name:<14} "), theme.muted),
                Span::styled(text, theme.text),
            ])
        };
        names.zip(texts).map(line).collect()
    }
}

/// What the forecast is made of.
pub(super) fn facts(report: &ForecastReport) -> Vec<Fact> {
    let forecast = &report.outlook.forecast;
    let mut facts = Vec::new();
    let mut add = |name: &'static str, text: String| facts.push(Fact { name, text });
    let dates = || forecast.history.first().zip(forecast.history.last());
    if let Some((first, last)) = dates() {
        let count = value::grouped(&forecast.history.len().to_string());
        let filled = forecast.history.iter().filter(|seen| seen.filled).count();
        add(
            "values",
            format!(
                "{count} {}, {} to {}, {filled} missing and carried on",
                forecast.step, first.date, last.date
            ),
        );
    }
    for note in &report.notes {
        add("note", note.clone());
    }
    add("season", format!("{} steps", forecast.period));
    let options = &report.request.options;
    add("holidays", options.country.map_or("none".to_owned(), |country| country.to_string()));
    let kind = match report.request.kind {
        Kind::Balance => "a balance: what there is at the end of a day",
        Kind::Flow => "a flow: what happens in a step",
    };
    add("kind", kind.to_owned());
    let all = if report.request.external { "the model trained elsewhere" } else { "all that suit" };
    let asked = options.members.first().map_or(all.to_owned(), |member| member.name().to_owned());
    add("asked", asked);
    for part in &forecast.weights {
        add("member", format!("{:>4.0} %  {}", 100.0 * part.weight, part.member.name()));
    }
    report.outlook.plain_words().into_iter().for_each(|words| add("in words", words));
    if let Some(aside) = &report.outlook.put_aside {
        add("put aside", format!("{}: {}", aside.recipe, aside.verdict.words()));
    }
    if let Some((name, judged)) = &report.outlook.beside {
        let judged = match judged {
            Ok(backtest) => {
                let mase = backtest.score.mase.map_or("–".to_owned(), |mase| format!("{mase:.2}"));
                format!("MASE {mase}, {} origins seen in its training", backtest.seen_in_training)
            }
            Err(error) => error.to_string(),
        };
        add("beside it", format!("{name}: {judged}"));
    }
    add("bands", format!("× {:.2} by the backtest", forecast.band_scale));
    if forecast.reliable_steps < forecast.rows.len() {
        add(
            "known little",
            format!("beyond {} steps, half of the history's length", forecast.reliable_steps),
        );
    }
    for (name, marks) in [("level shift", &forecast.shifts), ("anomaly", &forecast.anomalies)] {
        for mark in marks.iter().rev() {
            add(name, format!("{}  {:>18}", mark.date, amount(mark.size, report.unit)));
        }
    }
    facts
}
