//! The mouse: where a press goes, what the wheel moves, what a drag selects.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use saldo::explorer::message::{ChartData, PlotKind};

use super::*;

const PRESS: MouseEventKind = MouseEventKind::Down(MouseButton::Left);
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);

fn mouse(app: &mut App, kind: MouseEventKind, (column, row): (u16, u16)) -> Vec<Effect> {
    app.update(Msg::Input(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })))
}

/// Where a text stands on the screen.
pub fn place(app: &App, text: &str) -> (u16, u16) {
    let buffer = drawn(app, Glyphs::Full);
    let is_at = |x: u16, y: u16| {
        let letters = text.chars().zip(x..);
        letters.into_iter().all(|(letter, x)| {
            x < buffer.area.width && buffer[(x, y)].symbol().chars().eq(std::iter::once(letter))
        })
    };
    let mut places = (0..buffer.area.height).flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)));
    places.find(|(x, y)| is_at(*x, *y)).unwrap_or_else(|| panic!("no {text:?} in\n{}", glyphs(&buffer)))
}

pub fn click(app: &mut App, text: &str) -> Vec<Effect> {
    let at = place(app, text);
    mouse(app, PRESS, at)
}

#[test]
fn a_press_goes_to_the_pane_the_row_and_the_column_and_a_name_sorts() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 100);
    app.focus = Pane::Editor;
    let (x, y) = place(&app, "number");
    // Two lines of names stand above the first row.
    mouse(&mut app, PRESS, (x, y + 2 + 3));
    let results = &app.tabs.shown.results;
    assert_eq!((app.focus, results.view.row(), results.column), (Pane::Results, 3, 0));
    let text = place(&app, "text").0;
    mouse(&mut app, PRESS, (text, y + 2 + 4));
    assert_eq!((app.tabs.shown.results.view.row(), app.tabs.shown.results.column), (4, 1));
    mouse(&mut app, PRESS, (1, y + 2 + 3));
    assert_eq!(app.tabs.shown.results.view.row(), 4, "that is another pane");
    app.focus = Pane::Results;
    let effects = click(&mut app, "real");
    assert!(matches!(&effects[..], [Effect::Arrange { .. }, ..]), "{effects:?}");
    assert_eq!(app.tabs.shown.results.column, 2);
}

#[test]
fn a_press_below_the_last_row_or_on_no_pane_does_nothing() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 2);
    app.focus = Pane::Results;
    let (x, y) = place(&app, "number");
    mouse(&mut app, PRESS, (x, y + 6));
    assert_eq!(app.tabs.shown.results.view.row(), 0);
    for at in [(0, 39), (139, 39), (500, 500), (u16::MAX, u16::MAX)] {
        assert_eq!(mouse(&mut app, PRESS, at), []);
        assert_eq!(mouse(&mut app, MouseEventKind::ScrollDown, at), []);
        mouse(&mut app, DRAG, at);
    }
    assert_eq!(app.focus, Pane::Results);
}

#[test]
fn a_second_press_on_an_entry_of_the_tree_opens_it() {
    let mut app = app(false);
    app.focus = Pane::Editor;
    assert_eq!(click(&mut app, "loose"), []);
    assert_eq!(app.focus, Pane::Queries);
    let effects = click(&mut app, "loose");
    assert!(matches!(&effects[..], [Effect::Browse { table, .. }] if table == "loose"), "{effects:?}");
    assert_eq!(click(&mut app, "Mine"), [], "a heading is no entry");
}

#[test]
fn the_wheel_moves_what_is_under_it_and_the_focus_stays() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 100);
    app.focus = Pane::Queries;
    let over = place(&app, "number");
    mouse(&mut app, MouseEventKind::ScrollDown, over);
    mouse(&mut app, MouseEventKind::ScrollDown, over);
    mouse(&mut app, MouseEventKind::ScrollUp, over);
    assert_eq!((app.focus, app.tabs.shown.results.view.row()), (Pane::Queries, 3));
    app.update(Msg::Input(Event::Key(KeyEvent::from(KeyCode::Char(':')))));
    mouse(&mut app, MouseEventKind::ScrollDown, over);
    assert_eq!(app.tabs.shown.results.view.row(), 3, "what stands over the panes has the wheel");
    let palette = glyphs(&drawn(&app, Glyphs::Full));
    press(&mut app, KeyCode::Up);
    press(&mut app, KeyCode::Down);
    assert_eq!(glyphs(&drawn(&app, Glyphs::Full)), palette, "one entry a step");
}

#[test]
fn a_press_puts_the_cursor_into_the_text_and_a_drag_selects() {
    let text = Draft { name: String::new(), text: "SELECT 'é日本' AS a,\n  b\nFROM t".into() };
    let mut app = App::new(Rect::new(0, 0, 140, 40), Source::default(), vec![], &[text], false, "dark");
    let (x, y) = place(&app, "SELECT");
    mouse(&mut app, PRESS, (x + 7, y));
    assert_eq!((app.focus, app.editor.cursor_byte()), (Pane::Editor, 7));
    // A wide letter has two columns.
    mouse(&mut app, DRAG, (x + 13, y));
    let selected =
        |app: &App| app.editor.text.selection().map(|range| app.editor.text.as_str()[range].to_owned());
    assert_eq!(selected(&app).as_deref(), Some("'é日本"));
    mouse(&mut app, DRAG, (x + 1, y + 2));
    assert_eq!(selected(&app).as_deref(), Some("'é日本' AS a,\n  b\nF"));
    mouse(&mut app, DRAG, (139, 39));
    assert!(selected(&app).unwrap().ends_with("FROM t"), "beyond the edge is the last line");
    mouse(&mut app, PRESS, (x + 60, y + 1));
    assert_eq!((selected(&app), app.editor.cursor_byte()), (None, "SELECT 'é日本' AS a,\n  b".len()));
}

#[test]
fn names_above_the_panes_are_pressed() {
    let mut app = app(false);
    for _ in 0..3 {
        app.focus = Pane::Queries;
        press(&mut app, KeyCode::Enter);
    }
    assert_eq!(app.tabs.at(), 2);
    click(&mut app, "1 Count");
    assert_eq!(app.tabs.at(), 0);
    resize(&mut app, 80, 24);
    click(&mut app, "2 Editor");
    assert_eq!(app.focus, Pane::Editor);
    let effects = click(&mut app, "6 Lake");
    assert_eq!((app.focus, effects), (Pane::Lake, vec![Effect::Lake]));
}

#[test]
fn a_press_marks_an_entry_of_a_list_and_a_second_one_takes_it() {
    for size in [(80, 24), (140, 40), (60, 12)] {
        let mut app = with_rows(Rect::new(0, 0, size.0, size.1), 50);
        app.focus = Pane::Results;
        app.act(Action::Palette);
        "zoo".chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
        click(&mut app, "zoom ");
        assert!(app.zoomed && app.overlay.is_none(), "it was marked already, {size:?}");
        app.act(Action::Columns);
        click(&mut app, "● real");
        assert!(app.overlay.is_some());
        click(&mut app, "● real");
        assert_eq!((app.overlay.is_none(), app.tabs.shown.results.column), (true, 2), "{size:?}");
        app.act(Action::Palette);
        let (x, y) = place(&app, "Palette");
        mouse(&mut app, PRESS, (x, y));
        mouse(&mut app, PRESS, (0, 0));
        assert!(app.overlay.is_some(), "its frame and what is behind it are no entries");
        press(&mut app, KeyCode::Esc);
    }
}

#[test]
fn a_press_in_a_form_goes_to_its_field_and_takes_what_is_offered_and_sends_nothing() {
    let query = "-- title: Lines\n-- param: side choice(incoming|outgoing) = incoming\n\
                 -- param: from date = 2019-01-01\nSELECT :side, :from";
    let mut app = form_app(&[query]);
    app.queries.select("q0");
    press(&mut app, KeyCode::Enter);
    assert_eq!(click(&mut app, "│ from"), []);
    press(&mut app, KeyCode::End);
    press(&mut app, KeyCode::Backspace);
    press(&mut app, KeyCode::Char('2'));
    let text = |app: &App| glyphs(&drawn(app, Glyphs::Full));
    assert!(text(&app).contains("2019-01-02"), "{}", text(&app));
    assert_eq!(click(&mut app, "│ side"), []);
    assert_eq!(click(&mut app, "│ side"), [], "a second press is not Enter");
    // A blank line stands below the fields, and the values in their order below that.
    let (x, y) = place(&app, "│ from");
    assert_eq!(mouse(&mut app, PRESS, (x + 9, y + 3)), []);
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(values(&effects), ["outgoing", "2019-01-02"].map(|text| Some(text.to_owned())));
}

#[test]
fn presses_in_the_export_choose_and_write_nothing() {
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 10);
    app.focus = Pane::Results;
    press(&mut app, KeyCode::Char('x'));
    let text = |app: &App| glyphs(&drawn(app, Glyphs::Full));
    assert!(text(&app).contains(".csv"), "{}", text(&app));
    for (wanted, label) in
        [(".csv", "format"), (".csv", "format"), (".tsv", "format"), (".xlsx", "beside it")]
    {
        assert!(text(&app).contains(wanted), "{wanted}:\n{}", text(&app));
        assert_eq!(click(&mut app, label), []);
    }
    assert!(app.overlay.is_some());
}

#[test]
fn a_press_turns_to_a_tab_of_the_forecast() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 10);
    let first = asked(&press(&mut app, KeyCode::Char('5')));
    app.update(Msg::Forecast(first.number, told(&first)));
    for (name, view) in [(" Why ", View::Why), (" Model ", View::Model), (" Backtest ", View::Backtest)] {
        let (x, y) = place(&app, name);
        assert_eq!(mouse(&mut app, PRESS, (x + 1, y)), []);
        assert_eq!(app.forecast.view, view, "{name}");
    }
}

#[test]
fn a_press_marks_an_item_of_the_scenario_and_that_one_is_taken_out() {
    for size in [(80, 24), (140, 40)] {
        let mut app = app(false);
        app.size = Rect::new(0, 0, size.0, size.1);
        let first = asked(&press(&mut app, KeyCode::Char('5')));
        app.update(Msg::Forecast(first.number, told(&first)));
        for label in ["Rent", "Tax", "Wages"] {
            press(&mut app, KeyCode::Char('a'));
            let text = format!("2023-08-01 -5 every month {label}");
            text.chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
            let next = asked(&press(&mut app, KeyCode::Enter));
            app.update(Msg::Forecast(next.number, told(&next)));
        }
        click(&mut app, "Tax");
        // What stands beside the items marks none.
        click(&mut app, "how often");
        let left = asked(&press(&mut app, KeyCode::Char('d'))).options.scenario.items;
        assert_eq!(left.iter().map(|item| item.label.as_str()).collect::<Vec<_>>(), ["Rent", "Wages"]);
    }
}

#[test]
fn a_long_scenario_says_which_of_its_items_are_in_view() {
    let text = |app: &App| glyphs(&drawn(app, Glyphs::Full));
    let mut app = app(false);
    app.size = Rect::new(0, 0, 80, 24);
    let first = asked(&press(&mut app, KeyCode::Char('5')));
    app.update(Msg::Forecast(first.number, told(&first)));
    for number in 1..=30 {
        app.forecast.add_item(format!("2023-08-01 -5 every month item{number}x").parse().unwrap());
    }
    let shown = text(&app);
    assert!(shown.contains("item30x") && shown.contains("to 30 of 30"), "{shown}");
    for _ in 0..29 {
        press(&mut app, KeyCode::Up);
    }
    let shown = text(&app);
    assert!(shown.contains("item1x") && shown.contains(" … 1 to ") && shown.contains(" of 30"), "{shown}");
    assert!(!shown.contains("item30x"), "{shown}");
    for _ in 0..20 {
        press(&mut app, KeyCode::Down);
    }
    assert!(text(&app).contains("item21x"));
    click(&mut app, "item20x");
    let left = asked(&press(&mut app, KeyCode::Char('d'))).options.scenario.items;
    assert!(left.len() == 29 && left.iter().all(|item| item.label != "item20x"));
}

#[test]
fn a_press_and_the_wheel_go_along_a_line_and_tell_its_exact_value() {
    for size in [(80, 24), (140, 40)] {
        let mut app = with_rows(Rect::new(0, 0, size.0, size.1), 100);
        app.focus = Pane::Charts;
        // The line is of the numbers by the texts.
        let plot = loop {
            let effects = press(&mut app, KeyCode::Char('v'));
            let plot = effects.iter().find_map(|effect| match effect {
                Effect::Plot { plot, .. } if plot.kind == PlotKind::Line => Some(*plot),
                _ => None,
            });
            if let Some(plot) = plot {
                break plot;
            }
        };
        let values: Vec<_> = (0..101).map(|at| Some(f64::from(at))).collect();
        let series = saldo::explorer::message::Series {
            name: "number".into(),
            values,
            texts: (0..101).map(|at| format!("{at}.0001")).collect(),
        };
        let labels = (0..101).map(|at| format!("day {at}")).collect();
        let data = ChartData { labels, series: vec![series], of_rows: 101, ..ChartData::default() };
        app.update(Msg::Job(JobId(1), JobEvent::Plotted(plot, data)));
        let said = |app: &App, text: &str| glyphs(&drawn(app, Glyphs::Full)).contains(text);
        assert!(said(&app, "number by text") && !said(&app, "0001"));
        // The first label stands on the left below the axis, the last on the right.
        let last = place(&app, "day 100");
        mouse(&mut app, PRESS, (size.0 - 1, last.1));
        assert!(said(&app, "day 100: 100.0001"), "{}", glyphs(&drawn(&app, Glyphs::Full)));
        mouse(&mut app, MouseEventKind::ScrollUp, (size.0 - 1, last.1));
        assert!(said(&app, "day 97: 97.0001") && said(&app, "┊"));
        for (key, text) in [
            (KeyCode::Down, "day 98: 98.0001"),
            (KeyCode::Home, "day 0: 0.0001"),
            (KeyCode::PageDown, "day 5: 5.0001"),
            (KeyCode::End, "day 100: 100.0001"),
            (KeyCode::Down, "day 100: 100.0001"),
        ] {
            press(&mut app, key);
            assert!(said(&app, text), "{text}");
        }
        // Another view tells nothing of it.
        press(&mut app, KeyCode::Char('v'));
        assert!(!said(&app, "0001"));
    }
}
