//! Where everything stands on the screen; pure, so that `update` knows what is on screen without drawing.

use ratatui::layout::Rect;

use super::action::{PANES, Pane};

/// Lines of results that must be there before one of them names the others.
const STRIP_FROM: u16 = 4;

/// Where everything stands; a pane that is not on screen has no height. Pane areas are without their title line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    pub queries: Rect,
    pub editor: Rect,
    /// The line of results above the one shown; without height where there is one alone.
    pub strip: Rect,
    pub results: Rect,
    pub charts: Rect,
    pub forecast: Rect,
    pub lake: Rect,
    pub credit: Rect,
    pub status: Rect,
    pub footer: Rect,
    /// One pane has the whole screen.
    pub tabs: bool,
}

/// Where everything stands on a screen of this size.
#[must_use]
pub fn areas(size: Rect, focus: Pane, zoomed: bool, strip: bool) -> Areas {
    let mut areas = panes(size, focus, zoomed);
    if strip && areas.results.height > STRIP_FROM {
        areas.strip = Rect { height: 1, ..areas.results };
        areas.results = inside(areas.results);
    }
    areas
}

fn panes(size: Rect, focus: Pane, zoomed: bool) -> Areas {
    let body = Rect { height: size.height.saturating_sub(2), ..size };
    let line = |from_end: u16| Rect {
        y: size.bottom().saturating_sub(from_end),
        height: size.height.min(1),
        ..size
    };
    let mut areas = Areas { status: line(2), footer: line(1), ..Areas::default() };
    // A card is read alone.
    if zoomed || focus == Pane::Credit || size.width < 100 || size.height < 28 {
        areas.tabs = true;
        *areas.pane_mut(focus) = inside(body);
        return areas;
    }
    let side = (size.width / 4).clamp(28, 38);
    areas.queries = inside(Rect { width: side, ..body });
    let right = Rect { x: size.x + side + 1, width: size.width - side - 1, ..body };
    if matches!(focus, Pane::Forecast | Pane::Lake) {
        *areas.pane_mut(focus) = inside(right);
        return areas;
    }
    let editor = (body.height * 3 / 10).clamp(7, 14);
    let charts = (body.height / 4).clamp(6, 12);
    areas.editor = inside(Rect { height: editor, ..right });
    areas.results = inside(Rect { y: right.y + editor, height: right.height - editor - charts, ..right });
    areas.charts = inside(Rect { y: right.bottom() - charts, height: charts, ..right });
    areas
}

/// The names of the panes on the line above the one that has the screen, each with its place; where not all have room,
/// only the shown one's.
#[must_use]
pub fn tabs(line: Rect, focus: Pane) -> Vec<(Pane, String, Rect)> {
    let names: usize = PANES.iter().map(|(_, name)| name.len() + 3).sum();
    let all = names < usize::from(line.width);
    let mut x = line.x;
    let tab = |(index, (pane, name)): (usize, (Pane, &str))| {
        let named = pane == focus || all;
        let end = if pane == focus || !named { " " } else { "" };
        let text = if named { format!(" {} {name}{end}", index + 1) } else { format!(" {}{end}", index + 1) };
        let width = u16::try_from(text.len()).unwrap_or(u16::MAX);
        let place = Rect { x, width, ..line };
        x = x.saturating_add(width);
        (pane, text, place)
    };
    PANES.into_iter().enumerate().map(tab).collect()
}

fn inside(outer: Rect) -> Rect {
    Rect { y: outer.y + outer.height.min(1), height: outer.height.saturating_sub(1), ..outer }
}

impl Areas {
    fn pane_mut(&mut self, pane: Pane) -> &mut Rect {
        match pane {
            Pane::Queries => &mut self.queries,
            Pane::Editor => &mut self.editor,
            Pane::Results => &mut self.results,
            Pane::Charts => &mut self.charts,
            Pane::Forecast => &mut self.forecast,
            Pane::Lake => &mut self.lake,
            Pane::Credit => &mut self.credit,
        }
    }

    /// The area of a pane.
    #[must_use]
    pub fn pane(mut self, pane: Pane) -> Rect {
        *self.pane_mut(pane)
    }
}
