//! The screen as a whole.
//!
//! ```text
//! ─ Queries ─────────────│─ Editor ──────────────────────────────
//!   Credit               │  1 SELECT account_no, …
//!   Creditworthiness     │─ Results ─ Creditworthiness ──────────
//!   …                    │     account_no   deposits        ratio
//! ▾ processed    116,201 │   1 409000…      1,234,567.89     1.31
//!     account_no varchar │─ Charts ──────────────────────────────
//!                        │ ratio ▁▂▃▅▇ min 0.81 max 4.20 last 1.3
//! DuckDB · demo · newest 2019-12-31, 7 y old     12 rows · 8 ms · 61 MB
//! Enter open  e edit  / filter  Tab next pane  ? help  q quit
//! ```
//! The forecast and the lake, when one of them is on, take the place of the three on the right.
//! Below 100 columns or 28 lines, and when a pane is zoomed, one pane has the screen and the panes are tabs.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

use super::action::{Action, PANES, Pane};
use super::app::tabs::Tab;
use super::app::targets::minutes;
use super::app::{App, Pace};
use super::layout::{self, areas};
use super::message::{Look, State};
use super::overlays;
use super::panes::editor::vim;
use super::panes::results::{self, Results};
use super::panes::{charts, credit, editor, forecast, lake, queries};
use super::theme::Theme;
use super::widgets::grid::{Column, cut};
use super::widgets::{status, strip};
use crate::engine::ErrorKind;
use crate::value;

/// Draws everything.
pub fn draw(frame: &mut Frame, app: &App, theme: &Theme) {
    let areas = areas(frame.area(), app.focus, app.zoomed, app.tabs.count() > 1);
    for (pane, name) in PANES {
        let area = areas.pane(pane);
        if area.height == 0 {
            continue;
        }
        let focused = pane == app.focus;
        let below = if pane == Pane::Results && areas.strip.height > 0 { areas.strip } else { area };
        if areas.tabs {
            draw_tabs(frame, below, app, theme);
        } else {
            draw_title(frame, below, (pane, name), app, theme);
        }
        let focused = focused && app.overlay.is_none();
        match pane {
            Pane::Queries => queries::draw(frame, area, &app.queries, focused, theme),
            Pane::Editor => editor::draw(frame, area, &app.editor, focused, theme),
            Pane::Results => results::draw(frame, area, &app.tabs.shown.results, focused, theme),
            Pane::Charts => charts::draw(frame, area, &app.tabs.shown.charts, areas.tabs, theme),
            Pane::Forecast => forecast::draw(frame, area, &app.forecast, theme),
            Pane::Lake => lake::draw(frame, area, &app.lake, theme),
            Pane::Credit => credit::draw(frame, area, &app.credit, theme),
        }
    }
    if !areas.tabs {
        let x = areas.queries.right();
        let line = Rect { x, y: 0, width: 1, height: areas.queries.height + 1 };
        for cell in line.rows() {
            frame.buffer_mut().set_string(cell.x, cell.y, "│", theme.border);
        }
    }
    if areas.strip.height > 0 {
        draw_strip(frame, areas.strip, app, theme);
    }
    draw_status(frame, areas.status, app, theme);
    draw_footer(frame, areas.footer, app, theme);
    if app.focus == Pane::Editor && app.overlay.is_none() {
        editor::draw_list(frame, areas.editor, &app.editor, theme);
    }
    if let Some(overlay) = &app.overlay {
        overlays::draw(frame, overlay, theme);
    }
    theme.glyphs.apply(frame.buffer_mut());
}

/// What stands beside a pane's name.
fn title(app: &App, pane: Pane) -> String {
    match pane {
        Pane::Queries if !app.queries.needle.is_empty() => format!("/{}", app.queries.needle),
        Pane::Results => app.tabs.shown.results.caption(),
        Pane::Charts => app.tabs.shown.charts.title(),
        Pane::Forecast => app.forecast.title(),
        Pane::Credit => app.credit.title(),
        Pane::Queries | Pane::Lake | Pane::Editor => String::new(),
    }
}

/// What stands beside a pane's name, in so many columns: of the editor the names of its texts.
fn details<'a>(app: &App, pane: Pane, room: usize, theme: &Theme) -> Vec<Span<'a>> {
    if pane == Pane::Editor {
        let (names, shown) = app.editor.names();
        let has_names = !names.is_empty();
        let mode = app.vim.as_ref().map(|vim| {
            let recording = vim.recording().map(|letter| format!(" @{letter}")).unwrap_or_default();
            let gap = if has_names { " ─ " } else { "" };
            Span::styled(format!("{}{recording}{gap}", vim.mode.name()), theme.accent)
        });
        let room = room.saturating_sub(mode.as_ref().map_or(0, Span::width));
        let names = strip::names(&names, shown, room, app.focus == pane, theme);
        return mode.into_iter().chain(names).collect();
    }
    let text = title(app, pane);
    let text = value::visible(&text);
    (!text.is_empty()).then(|| Span::styled(cut(&text, room).into_owned(), theme.muted)).into_iter().collect()
}

/// `─ Results ─ Creditworthiness ─────` on the line above a pane.
fn draw_title(frame: &mut Frame, inner: Rect, (pane, name): (Pane, &str), app: &App, theme: &Theme) {
    let area = Rect { y: inner.y - 1, height: 1, ..inner };
    let focused = pane == app.focus;
    let rule = if focused {
        Style { add_modifier: theme.border.add_modifier, ..theme.accent }
    } else {
        theme.border
    };
    // Without colours both are bold: the pane that has the keys would be told from no other.
    let told = if theme.accent == theme.heading { theme.cursor } else { theme.accent };
    let style = if focused { told } else { theme.heading };
    let mut spans =
        vec![Span::styled("─ ", rule), Span::styled(name.to_owned(), style), Span::styled(" ", rule)];
    let details = details(app, pane, usize::from(area.width).saturating_sub(name.len() + 9), theme);
    if !details.is_empty() {
        spans.push(Span::styled("─ ", rule));
        spans.extend(details);
        spans.push(Span::styled(" ", rule));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::styled("─".repeat(usize::from(area.width).saturating_sub(used)), rule));
    frame.render_widget(Line::from(spans), area);
}

fn draw_tabs(frame: &mut Frame, inner: Rect, app: &App, theme: &Theme) {
    let area = Rect { y: inner.y.saturating_sub(1), height: 1, ..inner };
    let style = |pane| if pane == app.focus { theme.cursor } else { theme.muted };
    let tabs = layout::tabs(area, app.focus).into_iter();
    let mut spans: Vec<_> = tabs.map(|(pane, text, _)| Span::styled(text, style(pane))).collect();
    let used: usize = spans.iter().map(Span::width).sum();
    let details = details(app, app.focus, usize::from(area.width).saturating_sub(used + 2), theme);
    spans.push(Span::styled("  ", theme.muted));
    spans.extend(details);
    frame.render_widget(Line::from(spans), area);
}

fn draw_status(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let source = &app.source;
    let name = (value::visible(&source.name).into_owned(), theme.text);
    let mut left = match app.targets.label() {
        // What is known of the data here says nothing of the data there.
        Some(label) => vec![(value::visible(&label).into_owned(), theme.accent)],
        None => vec![(source.engine.clone(), theme.muted), name],
    };
    if let Some(age) = app.targets.reuse {
        left.push((format!("results up to {} old will do", minutes(age)), theme.muted));
    }
    if let Some(newest) = source.newest.filter(|_| app.targets.is_local()) {
        left.push((format!("newest {newest}, {} old", value::age(newest, source.today)), theme.muted));
    }
    let Tab { results, target, .. } = &app.tabs.shown;
    let mut right = Vec::new();
    if app.is_outdated {
        right.push(("the lake has changed".to_owned(), theme.warning));
    }
    if let Some((rows, of)) = app.export {
        right.push((format!("exporting {} %", rows * 100 / of.max(1)), theme.warning));
    }
    if let Some(name) = &app.statements.taking {
        right.push((format!("taking in {}", cut(&value::visible(name), 30)), theme.warning));
    }
    if !results.is_idle() && target != app.targets.name() {
        right.push((format!("on {}", value::visible(target)), theme.muted));
    }
    let [beside, _] = told(app, area.width, theme);
    right.extend(beside);
    // How a result ended that is not to be had is no news of a pane that shows something else.
    let is_apart = matches!(app.focus, Pane::Forecast | Pane::Lake | Pane::Credit)
        && matches!(results.state, State::Cancelled | State::Failed(_));
    if is_apart {
        return status::draw(frame, area, &left, &right, theme);
    }
    right.extend(facts(results, theme));
    let has_ended_without_rows =
        matches!(results.state, State::Cancelled | State::Failed(_)) && results.view.rows() == 0;
    if results.schema.is_some() && !has_ended_without_rows {
        let more = !matches!(results.state, State::Complete | State::Idle);
        let count = status::rows(results.view.rows(), more);
        let place = if results.view.rows() > 0 {
            format!("{} of ", value::grouped(&(results.view.row() + 1).to_string()))
        } else {
            String::new()
        };
        right.push((format!("{place}{count}"), theme.text));
    }
    // On a slow line what changes all the time is told in the end.
    let is_told = !(app.pace == Pace::Slow && results.is_running());
    if results.state != State::Idle && is_told {
        right.push((status::duration(results.elapsed), theme.muted));
    }
    if let Some(bytes) = results.read.filter(|_| is_told) {
        right.push((format!("read {}", status::bytes(bytes)), theme.muted));
    }
    if results.memory > 0 && app.pace == Pace::Usual {
        right.push((format!("{} MB", results.memory / 1_000_000), theme.muted));
    }
    status::draw(frame, area, &left, &right, theme);
}

/// Every figure of what is marked is read: those that have no room beside what data this is take the line of the keys.
/// Which stand beside, and which below.
fn told(app: &App, width: u16, theme: &Theme) -> [Vec<(String, Style)>; 2] {
    let mut beside = totals(&app.tabs.shown.results, theme);
    let is_free = app.notice.is_none() && app.overlay.is_none() && app.focus == Pane::Results;
    let wide = |told: &[(String, Style)]| told.iter().map(|(text, _)| text.width() + 3).sum::<usize>();
    // So much of the left stays whatever stands on the right.
    let first = app.targets.label().map_or(app.source.engine.width(), |label| label.width());
    if !is_free || first + wide(&beside) + 2 <= usize::from(width) {
        return [beside, Vec::new()];
    }
    let at = (0..beside.len()).find(|at| wide(&beside[*at..]) <= usize::from(width) + 3);
    let below = beside.split_off(at.unwrap_or(beside.len()));
    [beside, below]
}

/// What is marked and what it adds up to, or what is being worked out.
fn totals(results: &Results, theme: &Theme) -> Vec<(String, Style)> {
    let count = |number: u64| value::grouped(&number.to_string());
    let mut told = Vec::new();
    let Some(totals) = &results.totals else {
        let word = match &results.looking {
            Some(Look::Find { .. }) => "finding",
            Some(Look::Totals { .. }) => "adding up",
            Some(Look::Profile { .. }) => "counting",
            None => return told,
        };
        return vec![(word.to_owned(), theme.warning)];
    };
    let cells = if totals.cells == totals.rows {
        value::rows(totals.rows)
    } else {
        format!("{} cells", count(totals.cells))
    };
    let nulls = if totals.nulls > 0 { format!(", {} NULL", count(totals.nulls)) } else { String::new() };
    told.push((format!("{cells}{nulls}"), theme.accent));
    // Digits of a text are an account or a code, not a number.
    let is_number = results.columns.get(results.column).is_some_and(Column::is_number);
    let is_name = !is_number || results.has_names(results.column);
    let grouped = |text: &str| if is_name { text.to_owned() } else { value::grouped(text) };
    let named = [("sum", &totals.sum), ("mean", &totals.mean), ("min", &totals.min), ("max", &totals.max)];
    for (name, text) in named {
        let Some(text) = text else { continue };
        let about = totals.is_float && matches!(name, "sum" | "mean") || totals.is_rounded && name == "mean";
        let about = if about { "≈ " } else { "" };
        told.push((format!("{name} {about}{}", cut(&value::visible(&grouped(text)), 40)), theme.text));
    }
    told
}

/// How a result stands: what the engine does, what it has scanned and what that cost.
fn facts(results: &Results, theme: &Theme) -> Vec<(String, Style)> {
    let mut facts = Vec::new();
    let word = results.word();
    if !word.is_empty() {
        facts.push((word, word_style(results, theme)));
    }
    let stats = results.stats.as_ref();
    if let Some(bytes) = stats.and_then(|stats| stats.bytes_scanned) {
        facts.push((format!("{} scanned", status::bytes(bytes)), theme.text));
    } else if let Some(bytes) = results.step.bytes.filter(|bytes| *bytes > 0 && results.is_running()) {
        facts.push((status::bytes(bytes), theme.text));
    }
    if let Some(cost) = stats.and_then(|stats| stats.cost) {
        facts.push((cost.to_string(), theme.text));
    }
    if stats.is_some_and(|stats| stats.reused) {
        facts.push(("reused".to_owned(), theme.good));
    }
    facts
}

fn word_style(results: &Results, theme: &Theme) -> Style {
    match &results.state {
        State::Failed(error) if !matches!(error.kind, ErrorKind::Detached | ErrorKind::TimedOut) => {
            theme.error
        }
        State::Complete | State::Idle => theme.muted,
        _ => theme.warning,
    }
}

/// The results that are kept: their titles, how they stand and how old they are.
fn draw_strip(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let name = |(index, (tab, age)): (usize, (&Tab, String))| {
        let results = &tab.results;
        let word = results.word();
        // What was not sent has no time yet.
        let has_no_time = results.is_running() || results.state == State::Asking;
        let state = match (has_no_time, word.is_empty()) {
            (true, _) => word,
            (false, true) => age,
            (false, false) => format!("{word} {age}"),
        };
        let title = format!("{} {}", index + 1, value::visible(&results.title));
        (title, state, word_style(results, theme))
    };
    let names: Vec<_> = app.tabs.iter().zip(app.ages()).enumerate().map(name).collect();
    strip::draw(frame, area, &names, app.tabs.at(), theme);
}

/// The actions that a footer names, by pane; the keys come from the key table.
const HINTS: &[(Pane, &[Action])] = &[
    (
        Pane::Queries,
        &[
            Action::Open,
            Action::GoCredit,
            Action::Edit,
            Action::Filter,
            Action::Right,
            Action::Last,
            Action::NextPane,
        ],
    ),
    (
        Pane::Editor,
        &[
            Action::Run,
            Action::Complete,
            Action::FindText,
            Action::Undo,
            Action::GoResults,
            Action::LayOut,
            Action::NewBuffer,
            Action::NextBuffer,
            Action::NextPane,
            Action::Palette,
        ],
    ),
    (
        Pane::Results,
        &[
            Action::Inspect,
            Action::SortRows,
            Action::KeepSame,
            Action::Export,
            Action::Zoom,
            Action::Find,
            Action::GoToRow,
            Action::Profile,
            Action::Mark,
            Action::CopyCell,
            Action::CopyRow,
            Action::CopyAs,
            Action::Columns,
            Action::Figures,
            Action::Forecast,
            Action::Last,
            Action::NextPane,
        ],
    ),
    (Pane::Charts, &[Action::ToggleView, Action::Forecast, Action::Zoom, Action::NextPane]),
    (
        Pane::Forecast,
        &[
            Action::ToggleView,
            Action::Horizon,
            Action::Earlier,
            Action::AddItem,
            Action::Rows,
            Action::Averages,
            Action::InTransit,
            Action::Compare,
            Action::NextPane,
        ],
    ),
    (Pane::Lake, &[Action::Down, Action::PageDown, Action::GoQueries, Action::NextPane]),
    (
        Pane::Credit,
        &[
            Action::LookInto,
            Action::Account,
            Action::Meaning,
            Action::Forecast,
            Action::Portfolio,
            Action::Instalment,
            Action::Beside,
            Action::Page,
            Action::AsOf,
            Action::Currency,
            Action::Window,
            Action::Watch,
            Action::NextPane,
        ],
    ),
];

/// Those of a list of accounts.
const LISTED: &[Action] = &[
    Action::LookInto,
    Action::Sort,
    Action::Filter,
    Action::Back,
    Action::Account,
    Action::Watch,
    Action::AsOf,
    Action::Instalment,
    Action::Currency,
    Action::NextPane,
];

/// The same of results that have no columns yet: nothing in them can be sorted, copied or searched.
const WITHOUT_ROWS: &[Action] =
    &[Action::GoQueries, Action::GoEditor, Action::History, Action::Zoom, Action::NextPane, Action::Palette];

/// What happened, whole: what is longer than the line takes lines above it, until the next key.
fn draw_notice(frame: &mut Frame, area: Rect, text: &str, style: Style) {
    let lines = overlays::wrapped(text, area.width.into());
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.bottom());
    let place = Rect { y: area.bottom() - height, height, ..area };
    frame.render_widget(Clear, place);
    for (place, line) in place.rows().zip(lines) {
        frame.render_widget(Line::styled(line, style), place);
    }
}

fn draw_footer(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    if let Some(notice) = &app.notice {
        let style = if notice.bad { theme.error } else { theme.good };
        return draw_notice(frame, area, &theme.glyphs.keys(&value::visible(&notice.text)), style);
    }
    if let Some(overlay) = &app.overlay {
        let keys: Vec<_> = overlay.keys().iter().map(|(key, what)| ((*key).to_owned(), *what)).collect();
        return status::draw_keys(frame, area, &keys, 1, theme);
    }
    if app.focus == Pane::Editor && app.editor.list.is_some() {
        let keys = [("Enter", "take it"), ("↑ ↓", "choose"), ("Esc", "close")];
        let keys: Vec<_> = keys.iter().map(|(key, what)| ((*key).to_owned(), *what)).collect();
        return status::draw_keys(frame, area, &keys, 1, theme);
    }
    let [_, below] = told(app, area.width, theme);
    if !below.is_empty() {
        return status::draw(frame, area, &below, &[], theme);
    }
    let first: &[Action] = match app.tabs.shown.results.state {
        _ if app.tabs.shown.results.is_running() => &[Action::Cancel],
        // The way back to the statement that failed.
        State::Failed(_) if app.focus == Pane::Results => &[Action::GoEditor],
        _ if app.focus == Pane::Results && app.tabs.shown.results.selection.is_some() => &[Action::Mark],
        _ if app.focus == Pane::Results && !app.tabs.shown.results.arranging.is_empty() => {
            &[Action::AsItCame]
        }
        _ => &[],
    };
    let of_pane = HINTS.iter().find(|(pane, _)| *pane == app.focus).map_or(&[][..], |(_, actions)| *actions);
    let is_list = app.focus == Pane::Credit && app.credit.needle().is_some();
    let has_rows = app.focus != Pane::Results || app.tabs.shown.results.schema.is_some();
    let here = match (is_list, has_rows) {
        (true, _) => LISTED,
        (false, false) => WITHOUT_ROWS,
        (false, true) => of_pane,
    };
    let last: &[Action] = &[Action::Help, Action::Quit];
    let here = here.iter().filter(|action| !first.contains(action));
    let is_vim = app.focus == Pane::Editor && app.vim.as_ref().is_some_and(|vim| !vim.mode.types());
    let keys = first.iter().chain(here).chain(last).filter_map(|action| {
        let key = app.keymap.hint(app.focus, *action).map(|key| key.to_string());
        let key = if is_vim { vim::key_of(*action, key) } else { key };
        key.map(|key| (key, action.name()))
    });
    status::draw_keys(frame, area, &keys.collect::<Vec<_>>(), last.len(), theme);
}
