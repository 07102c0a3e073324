//! Lists in which nothing fits what was typed: each says so, in a quiet line.

use saldo::explorer::statement_request::{Folder, FolderEntry, StatementEvent};

use super::history::remembered;
use super::*;

fn typed(app: &mut App, text: &str) {
    text.chars().for_each(|letter| drop(press(app, KeyCode::Char(letter))));
}

/// The line of the screen that has a text, if it is quiet.
fn quiet(app: &App, text: &str) -> bool {
    let theme = Theme::load("dark", Depth::True).unwrap();
    let buffer = drawn_in(app, &theme);
    let shown = glyphs(&buffer);
    let Some(y) = shown.lines().position(|line| line.contains(text)) else { panic!("{text}\n{shown}") };
    let line = shown.lines().nth(y).unwrap();
    let x = line[..line.find(text).unwrap()].chars().count();
    let at = |count: usize| u16::try_from(count).unwrap();
    buffer[(at(x), at(y))].style().fg == theme.muted.fg
}

#[test]
fn the_palette_the_keys_the_help_and_the_tree_name_what_fits_nothing() {
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 3);
    app.act(Action::Palette);
    typed(&mut app, "xyzzy");
    assert!(quiet(&app, "no action fits “xyzzy”"));
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert!(app.overlay.is_some(), "nothing was chosen, and the line stays to be mended");
    press(&mut app, KeyCode::Esc);
    app.act(Action::Keys);
    typed(&mut app, "xyzzy");
    assert!(quiet(&app, "no action fits “xyzzy”"));
    press(&mut app, KeyCode::Esc);
    app.act(Action::Help);
    typed(&mut app, "/xyzzy");
    assert!(quiet(&app, "no key of this place has that"));
    press(&mut app, KeyCode::Esc);
    app.focus = Pane::Queries;
    typed(&mut app, "/xyzzy");
    assert!(quiet(&app, "no query or table fits “xyzzy”") && quiet(&app, "Esc shows all"));
}

#[test]
fn the_history_names_what_fits_nothing_and_of_which_outcome() {
    let mut app = app(false);
    press(&mut app, KeyCode::Enter);
    let entries = remembered(&app.update(Msg::Job(JobId(1), rows(7, State::Complete))));
    app.update(Msg::History(entries));
    typed(&mut app, "xyzzy");
    assert!(quiet(&app, "no statement fits “xyzzy”"));
    press(&mut app, KeyCode::BackTab);
    assert!(quiet(&app, "no statement that was cancelled fits “xyzzy”"));
    control(&mut app, 'u');
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(quiet(&app, "no statement that was cancelled") && !text.contains("fits"), "{text}");
}

#[test]
fn a_form_offers_what_would_fit_or_says_that_no_account_does() {
    let mut app =
        form_app(&["-- title: Lines\n-- param: side choice(in|out) = in\n-- param: account account?\n\
                              SELECT :side, :account"]);
    app.queries.select("q0");
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Accounts(vec!["100".into(), "300".into()]));
    control(&mut app, 'u');
    typed(&mut app, "xyzzy");
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("not one of those below"), "{text}");
    assert!(text.contains("│          in ") && text.contains("│          out "), "they are below:\n{text}");
    press(&mut app, KeyCode::Tab);
    typed(&mut app, "xyzzy");
    assert!(quiet(&app, "no account fits “xyzzy”"));
}

#[test]
fn the_files_of_a_statement_say_that_none_fits_and_never_before_the_folder_came() {
    let mut app = app(false);
    app.source.has_lake = true;
    app.focus = Pane::Queries;
    press(&mut app, KeyCode::Char('B'));
    assert!(quiet(&app, "reading the folder …"));
    let entry =
        FolderEntry { name: "jan.csv".into(), path: "/in/jan.csv".into(), is_folder: false, bytes: 1 };
    let folder = Folder { entries: vec![entry], ..Folder::default() };
    app.update(Msg::Statement(StatementEvent::Folder(folder)));
    typed(&mut app, "xyzzy");
    assert!(quiet(&app, "no file fits “xyzzy”"));
    let problem = Some("permission denied".to_owned());
    control(&mut app, 'u');
    app.update(Msg::Statement(StatementEvent::Folder(Folder { problem, ..Folder::default() })));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("permission denied") && !text.contains("no file"), "{text}");
}

#[test]
fn a_statement_of_the_history_that_is_wider_than_its_box_is_marked() {
    let mut app = app(false);
    press(&mut app, KeyCode::Enter);
    let mut entries = remembered(&app.update(Msg::Job(JobId(1), rows(1, State::Complete))));
    entries[0].statement = format!("SELECT {}", "x".repeat(200));
    app.update(Msg::History(entries));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("xxx… │") && text.contains(" 1 row "), "{text}");
}

#[test]
fn keys_that_need_a_result_say_that_there_is_none() {
    for key in ['C', 'p', 'S', 'F', ' ', 'x', '#', '&', 's', '+', 'Y'] {
        let mut app = app(false);
        app.focus = Pane::Results;
        assert_eq!(press(&mut app, KeyCode::Char(key)), [], "{key}");
        assert!(app.overlay.is_none() && app.notice.as_ref().is_some_and(|said| said.bad), "{key}");
    }
    let mut app = app(false);
    app.focus = Pane::Results;
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.notice.map(|said| said.text).as_deref(), Some("there is no result here"));
}

#[tokio::test]
async fn a_csv_that_is_opened_has_numbers_and_days_and_says_so_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bal.csv");
    let line = |n: u32| {
        format!("2024-01-{:02},{},{}.5,0{n},409000362{n:03},12/{}/2024\n", n + 1, n, n * 1000, n + 12)
    };
    let text: String = (1..13).map(line).collect();
    std::fs::write(&path, format!("day,num_ingresos_hoy,amt,branch,account,due\n{text}")).unwrap();
    let opened = || saldo::source::opened(&path).unwrap();
    let (relations, said) = opened();
    let config = Config {
        queries: PathBuf::from("/nonexistent"),
        cache: folder.path().join("cache"),
        state: folder.path().join("state"),
        ..Config::default()
    };
    let table = relations[0].name.clone();
    let start = Start { config, relations, said, open: Some(table.clone()), ..Start::default() };
    let mut session = Session::new(&start, Rect::new(0, 0, 140, 40)).unwrap();
    let text = super::arrange::screen(&mut session);
    let wanted =
        "numbers are num_ingresos_hoy, amt; dates are day; digits that stay texts are branch, account";
    assert!(text.contains(wanted), "{text}");
    for effect in session.app.browse(&table) {
        session.jobs.perform(effect);
    }
    session.settle().await;
    let schema = session.app.tabs.shown.results.schema.clone().unwrap();
    let kinds: Vec<_> = schema.fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(kinds, ["Date32", "Int64", "Decimal128(38, 1)", "Utf8", "Utf8", "Date32"]);
    session.keys("{right}s").await.unwrap();
    session.settle().await;
    let column = super::arrange::column(&session, "num_ingresos_hoy");
    assert_eq!(column.first().cloned().flatten().as_deref(), Some("1"));
    assert_eq!(column[9..12], ["10", "11", "12"].map(|text| Some(text.to_owned())), "sorted as numbers");
    assert!(!super::arrange::screen(&mut session).contains("numbers are"), "said once");
    // What cannot be looked at as a whole is texts, and that is said too.
    std::fs::write(&path, "1,2\n3,4\n").unwrap();
    assert!(opened().1.unwrap().starts_with("all columns are texts"));
}
