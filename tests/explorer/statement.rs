//! The dialog of a bank's statement, without files.

use std::path::Path;

use saldo::explorer::statement_request::{Folder, FolderEntry, Looked, StatementEvent, Taken};

use super::*;

fn with_lake(size: (u16, u16)) -> App {
    let mut app = app(false);
    app.size = Rect::new(0, 0, size.0, size.1);
    app.source.has_lake = true;
    app
}

fn told(app: &mut App, event: StatementEvent) -> Vec<Effect> {
    app.update(Msg::Statement(event))
}

fn entry(name: &str, is_folder: bool) -> FolderEntry {
    FolderEntry { name: name.into(), path: Path::new("/in").join(name), is_folder, bytes: 12_345 }
}

fn looked() -> Looked {
    let lines = [
        "jan.csv: utf-8, `;` between cells, the header in line 1",
        "looked at: the whole file",
        "",
        "first lines",
        "  2     88       2024-01-14  -           1,234.00 EUR",
    ];
    Looked { lines: lines.map(str::to_owned).into(), profiles: vec!["dkb".into()], ..Looked::default() }
}

#[test]
fn its_screens_are_as_they_were_at_every_size_and_depth() {
    for (size, theme, depth) in [
        ((80, 24), "mono", Depth::None),
        ((120, 36), "light", Depth::Sixteen),
        ((200, 50), "dark", Depth::Palette),
    ] {
        let mut app = with_lake(size);
        let theme = Theme::load(theme, depth).unwrap();
        let shown = |app: &App, signs: Glyphs| {
            let buffer = drawn_in(app, &theme.clone().with(signs));
            glyphs(&buffer) + &styles(&buffer, &theme)
        };
        assert_eq!(press(&mut app, KeyCode::Char('B')), [Effect::ListFolder("".into())]);
        let entries = vec![entry("2024", true), entry("feb\u{1b}[2J.csv", false), entry("jan.csv", false)];
        told(&mut app, StatementEvent::Folder(Folder { entries, more: 7, ..Folder::default() }));
        press(&mut app, KeyCode::Down);
        let name = |stage: &str| format!("statement_{stage}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name("files"), shown(&app, Glyphs::Full));
        press(&mut app, KeyCode::Down);
        let effects = press(&mut app, KeyCode::Enter);
        let [Effect::LookAt(request)] = &effects[..] else { panic!("{effects:?}") };
        let refusals = ["jan.csv: two readings of `-1.234` stay open", "hint: say --decimal"]
            .map(str::to_owned)
            .to_vec();
        told(
            &mut app,
            StatementEvent::Looked(
                request.number,
                Looked { refusals, profiles: vec!["dkb".into()], ..Looked::default() },
            ),
        );
        insta::assert_snapshot!(name("refused"), shown(&app, Glyphs::Full));
        press(&mut app, KeyCode::Right);
        // What comes of an earlier question is not shown.
        told(&mut app, StatementEvent::Looked(request.number, Looked::default()));
        assert!(glyphs(&drawn(&app, Glyphs::Full)).contains("looking at it"));
        told(&mut app, StatementEvent::Looked(request.number + 1, looked()));
        insta::assert_snapshot!(name("read"), shown(&app, Glyphs::Ascii));
    }
}

#[test]
fn what_is_taken_in_is_told_stopped_and_waited_for() {
    let taking = || {
        let mut app = with_lake((140, 40));
        press(&mut app, KeyCode::Char('B'));
        let folder = Folder { entries: vec![entry("jan.csv", false)], ..Folder::default() };
        told(&mut app, StatementEvent::Folder(folder));
        press(&mut app, KeyCode::Enter);
        told(&mut app, StatementEvent::Looked(1, looked()));
        let effects = press(&mut app, KeyCode::Enter);
        assert!(matches!(&effects[..], [Effect::TakeIn(_)]), "{effects:?}");
        assert!(app.overlay.is_none() && glyphs(&drawn(&app, Glyphs::Full)).contains("taking in jan.csv"));
        app
    };
    let taken = |code, lines: &[&str]| {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        StatementEvent::Taken(Taken { name: "jan.csv".into(), code, lines })
    };
    let mut app = taking();
    assert_eq!(control(&mut app, 'c'), [Effect::StopTakingIn]);
    assert_eq!(told(&mut app, taken(None, &[])), [Effect::Reload]);
    // One at a time.
    let mut app = taking();
    assert_eq!(press(&mut app, KeyCode::Char('B')), []);
    assert!(app.overlay.is_none() && app.notice.as_ref().is_some_and(|notice| notice.bad));
    // Leaving waits for it.
    assert_eq!(press(&mut app, KeyCode::Char('q')), []);
    let effects = told(&mut app, taken(Some(0), &["jan.csv: 2 lines, 2 loaded"]));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "{effects:?}");
    // Without a lake there is nothing to take it into.
    let mut app = with_lake((140, 40));
    app.source.has_lake = false;
    assert_eq!(press(&mut app, KeyCode::Char('B')), []);
    assert!(!matches!(app.overlay, Some(Overlay::Statement(_))) && app.notice.is_some());
}

/// The dialog behind a file whose answer has not come.
fn asked_about_jan() -> App {
    let mut app = with_lake((80, 24));
    press(&mut app, KeyCode::Char('B'));
    told(
        &mut app,
        StatementEvent::Folder(Folder { entries: vec![entry("jan.csv", false)], ..Folder::default() }),
    );
    press(&mut app, KeyCode::Enter);
    app
}

#[test]
fn what_is_typed_after_a_look_is_said_not_to_be_in_it_until_it_is_looked_at_again() {
    let mut app = asked_about_jan();
    told(&mut app, StatementEvent::Looked(1, looked()));
    let shown = |app: &App| glyphs(&drawn(app, Glyphs::Full));
    let (as_it_stands, again) = ("Enter takes it in as it stands below", "Enter looks at it again");
    assert!(shown(&app).contains(as_it_stands) && shown(&app).contains("Enter take it in"));
    for _ in 0..3 {
        press(&mut app, KeyCode::Tab);
    }
    for letter in "DE78".chars() {
        press(&mut app, KeyCode::Char(letter));
        let screen = shown(&app);
        assert!(screen.contains(again) && screen.contains("Enter look again"), "{screen}");
        assert!(!screen.contains(as_it_stands) && !screen.contains("Enter take it in"), "{screen}");
    }
    assert!(matches!(&press(&mut app, KeyCode::Enter)[..], [Effect::LookAt(_)]));
    told(&mut app, StatementEvent::Looked(2, looked()));
    assert!(shown(&app).contains(as_it_stands));
    assert!(matches!(&press(&mut app, KeyCode::Enter)[..], [Effect::TakeIn(_)]));
    // What cannot be read is not offered to be taken in.
    let mut app = asked_about_jan();
    let refusals = ["jan.csv: no account", "hint: give it with --account NUMBER"].map(str::to_owned).to_vec();
    told(
        &mut app,
        StatementEvent::Looked(1, Looked { refusals, profiles: vec!["dkb".into()], ..Looked::default() }),
    );
    assert!(!shown(&app).contains("take it in"), "{}", shown(&app));
    press(&mut app, KeyCode::Char('7'));
    assert!(shown(&app).contains(again), "the account has the cursor: {}", shown(&app));
}

#[test]
fn a_file_that_came_meanwhile_is_found_and_one_that_is_missing_is_no_question() {
    let mut app = with_lake((80, 24));
    press(&mut app, KeyCode::Char('B'));
    told(
        &mut app,
        StatementEvent::Folder(Folder { entries: vec![entry("jan.csv", false)], ..Folder::default() }),
    );
    assert_eq!(press(&mut app, KeyCode::Char('j')), [], "it fits what is known");
    assert_eq!(press(&mut app, KeyCode::Char('x')), [Effect::ListFolder("".into())]);
    let entries = vec![entry("jan.csv", false), entry("jx.csv", false)];
    told(&mut app, StatementEvent::Folder(Folder { entries, ..Folder::default() }));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("jx.csv") && text.contains("1 of 2"), "{text}");
    press(&mut app, KeyCode::Char('y'));
    let effects = press(&mut app, KeyCode::Enter);
    let [Effect::LookAt(request)] = &effects[..] else { panic!("{effects:?}") };
    let refusals = vec!["cannot read /in/jxy: No such file or directory".to_owned()];
    told(&mut app, StatementEvent::Looked(request.number, Looked { refusals, ..Looked::default() }));
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("not read; Esc leads to another file") && !text.contains("said above"), "{text}");
}
