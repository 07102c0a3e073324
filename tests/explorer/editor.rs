//! The editor: what its keys do, what is offered while typing, and how it looks.

use ratatui::layout::Position;
use saldo::completion::{Column, Dictionary, Function, Table};

use super::*;

const PROCESSED: [(&str, &str); 4] = [
    ("account_no", "varchar"),
    ("deposit_sgd_amt", "dec(18,2)"),
    ("Value Date", "date"),
    ("rate_status", "varchar"),
];

fn dictionary() -> Dictionary {
    let column = |(name, sql_type): (&str, &str)| Column { name: name.into(), sql_type: sql_type.into() };
    let function = |name: &str, signature: &str| Function { name: name.into(), signature: signature.into() };
    Dictionary {
        schemas: vec!["pyspark-database".into()],
        tables: vec![Table { schema: None, name: "processed".into(), columns: PROCESSED.map(column).into() }],
        functions: vec![function("round", "(x, precision)"), function("sum", "(arg)")],
    }
}

/// An explorer with the editor's focus, an empty text and a catalogue.
fn editing(size: Rect) -> App {
    let mut app = App::new(size, Source::default(), Vec::new(), &[], false, "dark");
    app.act(Action::GoEditor);
    app.update(Msg::Dictionary(dictionary()));
    app
}

fn typed(app: &mut App, text: &str) {
    for letter in text.chars() {
        let code = if letter == '\n' { KeyCode::Enter } else { KeyCode::Char(letter) };
        press(app, code);
    }
}

fn at(app: &App) -> usize {
    app.editor.cursor_byte()
}

#[test]
fn what_can_be_named_is_asked_for_once_and_offered_while_typing() {
    let mut app = App::new(Rect::new(0, 0, 80, 24), Source::default(), Vec::new(), &[], false, "dark");
    assert_eq!(app.act(Action::GoEditor), [Effect::Dictionary]);
    assert_eq!(press(&mut app, KeyCode::Char('s')), []);
    app.update(Msg::Dictionary(dictionary()));
    typed(&mut app, "e");
    assert!(app.editor.list.is_some());
    press(&mut app, KeyCode::Enter);
    assert_eq!((app.editor.text().as_str(), app.editor.list.is_some()), ("select", false));
    typed(&mut app, " * from pr");
    press(&mut app, KeyCode::Tab);
    assert_eq!((app.editor.text().as_str(), app.focus), ("select * from processed", Pane::Editor));
    typed(&mut app, " p where p.");
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Tab);
    assert!(app.editor.text().ends_with("where p.\"Value Date\""), "{}", app.editor.text());
    control(&mut app, 'u');
    assert!(app.editor.text().ends_with("where p."), "one step back: {}", app.editor.text());
}

#[test]
fn the_list_never_gets_in_the_way() {
    let mut app = editing(Rect::new(0, 0, 80, 24));
    typed(&mut app, "select account_no\nfrom processed\nwhere 1 = 1\n");
    assert_eq!(
        app.editor.text(),
        "select account_no\nfrom processed\nwhere 1 = 1\n",
        "a whole word closes the list"
    );
    typed(&mut app, "an");
    press(&mut app, KeyCode::Esc);
    assert_eq!((app.editor.list.is_some(), app.focus), (false, Pane::Editor));
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.focus, Pane::Results, "without a list Esc means what it did");
    app.act(Action::GoEditor);
    press(&mut app, KeyCode::Tab);
    assert_ne!(app.focus, Pane::Editor, "without a list Tab goes on");
    app.act(Action::GoEditor);
    control(&mut app, ' ');
    assert!(app.editor.list.is_some(), "it was asked for");
    press(&mut app, KeyCode::Left);
    assert!(app.editor.list.is_none(), "who moves away means another word");
    control(&mut app, ' ');
    app.update(Msg::Input(Event::Paste("x\r\ny".into())));
    assert!(app.editor.list.is_none() && app.editor.text().ends_with("ax\nyn"), "{}", app.editor.text());
}

#[test]
fn texts_are_undone_copied_and_put_in() {
    let mut app = editing(Rect::new(0, 0, 120, 36));
    typed(&mut app, "SELECT 1,");
    typed(&mut app, " 22");
    control(&mut app, 'u');
    assert_eq!(app.editor.text(), "SELECT 1, ", "a word at once");
    control(&mut app, 'y');
    assert_eq!(app.editor.text(), "SELECT 1, 22");
    for _ in 0..2 {
        app.update(Msg::Input(Event::Key(KeyEvent::new(KeyCode::Left, KeyModifiers::SHIFT))));
    }
    assert_eq!(control(&mut app, 'x'), [Effect::Copy("22".into())]);
    assert_eq!(app.editor.text(), "SELECT 1, ");
    control(&mut app, 'v');
    control(&mut app, 'v');
    assert_eq!(app.editor.text(), "SELECT 1, 2222");
    control(&mut app, 'a');
    assert_eq!(control(&mut app, 'c'), [Effect::Copy("SELECT 1, 2222".into())]);
    press(&mut app, KeyCode::Right);
    assert_eq!(control(&mut app, 'c'), [], "nothing is selected: it stops what runs");
    assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains("nothing runs")));
    control(&mut app, 'a');
    control(&mut app, 'r');
    assert_eq!(app.focus, Pane::Results);
    app.act(Action::GoEditor);
    let [Effect::Cancel { .. }] = control(&mut app, 'c')[..] else {
        panic!("what runs is stopped, selected or not")
    };
}

#[test]
fn buffers_are_made_named_and_closed() {
    let mut app = editing(Rect::new(0, 0, 120, 36));
    typed(&mut app, "SELECT 1");
    control(&mut app, 's');
    typed(&mut app, "one\n");
    control(&mut app, 't');
    typed(&mut app, "SELECT 2");
    assert_eq!(app.editor.names(), (vec!["1 one".to_owned(), "2".to_owned()], 1));
    control(&mut app, 'd');
    assert!(matches!(app.overlay, Some(Overlay::Message(_))), "its text would be lost");
    press(&mut app, KeyCode::Char('n'));
    assert_eq!(app.editor.text(), "SELECT 2");
    control(&mut app, 'd');
    press(&mut app, KeyCode::Char('y'));
    assert_eq!(
        (app.editor.text().as_str(), app.editor.names().0.as_slice()),
        ("SELECT 1", &["one".to_owned()][..])
    );
    control(&mut app, 't');
    control(&mut app, 'd');
    assert!(app.overlay.is_none(), "nothing is lost with an empty one");
}

#[test]
fn a_selection_or_all_statements_are_run_one_after_another() {
    let running = |effects: &[Effect]| match effects {
        [.., Effect::Run { job, statement, .. }] => (job.0, statement.running().to_owned()),
        other => panic!("{other:?}"),
    };
    let mut app = editing(Rect::new(0, 0, 120, 36));
    typed(&mut app, "select 1;\nselect 2;\nselect 3");
    app.editor.text.select(7..18);
    assert_eq!(running(&control(&mut app, 'r')), (1, "1".to_owned()));
    assert_eq!(
        running(&app.update(Msg::Job(JobId(1), rows(1, State::Complete)))),
        (2, "select 2".to_owned())
    );
    app.update(Msg::Job(JobId(2), rows(1, State::Complete)));
    assert_eq!(app.tabs.shown.job, JobId(2), "no more was selected");
    app.act(Action::GoEditor);
    assert_eq!(running(&control(&mut app, 'b')), (3, "select 1".to_owned()));
    app.update(Msg::Job(JobId(3), rows(1, State::Running)));
    assert_eq!(app.tabs.shown.job, JobId(3));
    app.act(Action::GoEditor);
    assert_eq!(
        running(&app.update(Msg::Job(JobId(3), rows(1, State::Complete)))),
        (4, "select 2".to_owned())
    );
    assert_eq!(app.focus, Pane::Editor, "who went elsewhere stays there");
    let failed = EngineError::new(ErrorKind::Binding, "no such column");
    let effects = app.update(Msg::Job(JobId(4), JobEvent::Failed(failed)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Run { .. })), "{effects:?}");
    assert_eq!(app.notice.as_ref().map(|notice| notice.text.as_str()), Some("1 more statement is not run"));
    app.update(Msg::Job(JobId(4), rows(0, State::Complete)));
    assert_eq!(app.tabs.shown.job, JobId(4));
}

#[test]
fn the_parameters_of_all_statements_are_asked_for_once() {
    let mut app = editing(Rect::new(0, 0, 120, 36));
    app.editor.insert("-- param: a integer\n-- param: b text\n-- param: c text\nSELECT :a;\nSELECT :b, :a");
    assert_eq!(control(&mut app, 'b'), []);
    typed(&mut app, "7");
    press(&mut app, KeyCode::Tab);
    typed(&mut app, "x");
    assert_eq!(values(&press(&mut app, KeyCode::Enter)), [Some("7".into())]);
    let next = app.update(Msg::Job(JobId(1), rows(1, State::Complete)));
    assert_eq!(values(&next), [Some("x".into()), Some("7".into())]);
}

#[test]
fn text_is_found_replaced_laid_out_and_commented() {
    let mut app = editing(Rect::new(0, 0, 120, 36));
    app.editor.insert("select a,b from processed where a=1 and b=2");
    control(&mut app, 'f');
    typed(&mut app, "processed");
    press(&mut app, KeyCode::Tab);
    assert!(matches!(app.overlay, Some(Overlay::Find(_))), "Tab goes to the other line");
    typed(&mut app, "banktxn");
    control(&mut app, 'a');
    let Some(Overlay::Find(find)) = &app.overlay else { panic!("it stays") };
    assert!(find.said.as_ref().is_ok_and(|said| said.starts_with("1 replaced")));
    press(&mut app, KeyCode::Esc);
    control(&mut app, 'l');
    assert_eq!(app.editor.text(), "select a, b\nfrom banktxn\nwhere a = 1 and b = 2");
    control(&mut app, 'g');
    typed(&mut app, "2\n");
    assert_eq!(at(&app), 12);
    control(&mut app, '7');
    assert_eq!(app.editor.text(), "select a, b\n-- from banktxn\nwhere a = 1 and b = 2");
    control(&mut app, '/');
    assert_eq!(app.editor.text(), "select a, b\nfrom banktxn\nwhere a = 1 and b = 2");
    let effects = control(&mut app, 'e');
    assert_eq!(effects, [Effect::EditOutside(app.editor.text())]);
    app.update(Msg::Edited(Ok("select 'elsewhere'\n".into())));
    assert_eq!(app.editor.text(), "select 'elsewhere'");
    app.update(Msg::Edited(Err("vi ended with code 1".into())));
    assert_eq!(app.editor.text(), "select 'elsewhere'");
    control(&mut app, 'u');
    assert!(app.editor.text().starts_with("select a, b"));
}

#[test]
fn every_key_of_the_editor_stands_in_its_help() {
    let mut app = editing(Rect::new(0, 0, 80, 60));
    press(&mut app, KeyCode::F(1));
    let mut seen = String::new();
    for _ in 0..4 {
        seen.push_str(&text_of(&app));
        press(&mut app, KeyCode::PageDown);
    }
    for part in ["vim's modes, where they are on", "  gg  ", "delete what a motion passes; dd whole lines"] {
        assert!(seen.contains(part), "{part}");
    }
    let editor = Pane::Editor;
    for action in
        [Action::Undo, Action::Redo, Action::Complete, Action::FindText, Action::EditOutside, Action::LayOut]
    {
        let key = saldo::explorer::keymap::Keymap::default().hint(editor, action).unwrap().to_string();
        assert!(seen.contains(&key), "{key}");
    }
    for (_, presses, _) in saldo::explorer::keymap::editing::KEYS {
        assert!(seen.contains(presses[0].2), "{}", presses[0].2);
    }
}

#[test]
fn the_help_is_searched() {
    let mut app = editing(Rect::new(0, 0, 80, 24));
    press(&mut app, KeyCode::F(1));
    typed(&mut app, "/ball");
    assert!(text_of(&app).contains("no key of this place"), "{}", text_of(&app));
    for _ in 0..4 {
        press(&mut app, KeyCode::Backspace);
    }
    typed(&mut app, "undo");
    let seen = text_of(&app);
    assert!(!seen.contains("gg") && !seen.contains("Ctrl-B"), "{seen}");
    let undo = saldo::explorer::keymap::Keymap::default().hint(Pane::Editor, Action::Undo).unwrap();
    assert!(
        seen.contains(&undo.to_string()) && seen.contains("take the last change of the text back"),
        "{seen}"
    );
    press(&mut app, KeyCode::Esc);
    assert!(app.overlay.is_none());
}

fn text_of(app: &App) -> String {
    let theme = Theme::load("dark", Depth::True).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
    terminal.draw(|frame| screen::draw(frame, app, &theme)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>() + "\n";
    (0..buffer.area.height).map(line).collect()
}

#[test]
fn the_list_stands_at_the_cursor_on_every_screen() {
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut app = editing(Rect::new(0, 0, width, height));
        typed(&mut app, "SELECT p.account_no,\n       p.");
        app.editor.insert("\nFROM processed p");
        for _ in 0..1 {
            press(&mut app, KeyCode::Up);
        }
        press(&mut app, KeyCode::End);
        control(&mut app, ' ');
        control(&mut app, 't');
        control(&mut app, 'o');
        app.editor.text.set_cursor(30);
        control(&mut app, ' ');
        press(&mut app, KeyCode::Down);
        insta::assert_snapshot!(format!("completion_{width}x{height}"), text_of(&app));
    }
    let mut app = editing(Rect::new(0, 0, 80, 24));
    app.editor.insert("SELECT account_no\nFROM processed");
    control(&mut app, 'f');
    typed(&mut app, "no");
    press(&mut app, KeyCode::Enter);
    insta::assert_snapshot!("find_80x24", text_of(&app));
}

#[test]
fn vims_modes_stand_in_the_title_and_the_ordinary_editor_is_the_default() {
    let mut app = editing(Rect::new(0, 0, 140, 40));
    let type_in = |app: &mut App, keys: &str| {
        keys.chars().fold(Vec::new(), |_, letter| press(app, KeyCode::Char(letter)))
    };
    let title = |app: &App| {
        glyphs(&drawn(app, Glyphs::Full)).lines().find(|line| line.contains("Editor ─")).unwrap().to_owned()
    };
    assert!(!title(&app).contains("NORMAL"));
    app.editor.open("mine", "SELECT 1;\nSELECT 2");
    app.act(Action::Vim);
    assert!(title(&app).contains("Editor ─ NORMAL ─ "), "{}", title(&app));
    let footer = |app: &App| glyphs(&drawn(app, Glyphs::Full)).lines().last().unwrap().to_owned();
    // Letters are commands, of which those that change the text are kept like typing.
    type_in(&mut app, "ggdd");
    assert!(footer(&app).contains("Enter run") && !footer(&app).contains("Ctrl-R"), "{}", footer(&app));
    assert_eq!(app.editor.text(), "SELECT 2");
    type_in(&mut app, "u");
    control(&mut app, 'r');
    assert_eq!(app.editor.text(), "SELECT 2", "it redoes in normal mode");
    type_in(&mut app, "A2");
    assert!(title(&app).contains("INSERT") && footer(&app).contains("Ctrl-R run"));
    assert_eq!(app.editor.text(), "SELECT 22");
    assert!(
        matches!(&control(&mut app, 'r')[..], [.., Effect::Run { .. }]),
        "it runs while text is inserted"
    );
    app.focus = Pane::Editor;
    press(&mut app, KeyCode::Esc);
    assert_eq!((app.focus, title(&app).contains("NORMAL")), (Pane::Editor, true));
    assert_eq!(type_in(&mut app, "0ve"), []);
    assert!(title(&app).contains("VISUAL"));
    let effects = type_in(&mut app, "y");
    assert!(effects.contains(&Effect::Copy("SELECT".into())), "{effects:?}");
    assert!(matches!(&press(&mut app, KeyCode::Enter)[..], [.., Effect::Run { .. }]));
    app.focus = Pane::Editor;
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.focus, Pane::Results, "from normal mode it goes where it went before");
    press(&mut app, KeyCode::Char('M'));
    assert!(!title(&app).contains("NORMAL"));
    type_in(&mut app, "x");
    assert!(app.editor.text().contains('x'), "a letter is typed again");
}

#[test]
fn a_search_in_vims_modes_stands_on_what_it_found() {
    let mut app = editing(Rect::new(0, 0, 140, 40));
    app.editor.open("mine", "one two one two");
    app.act(Action::Vim);
    press(&mut app, KeyCode::Char('0'));
    press(&mut app, KeyCode::Char('/'));
    "two".chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
    assert_eq!(app.editor.found, [4..7, 12..15], "what is typed is marked at once");
    let shown = glyphs(&drawn(&app, Glyphs::Full));
    let line = shown.lines().position(|line| line.contains("/ search")).unwrap();
    assert!(line > 30, "it stands below the text: {line}\n{shown}");
    press(&mut app, KeyCode::Enter);
    assert!(app.overlay.is_none(), "the keys are those of normal mode again");
    press(&mut app, KeyCode::Char('n'));
    assert_eq!(app.editor.cursor_byte(), 15, "what is found is selected");
    press(&mut app, KeyCode::Char('N'));
    press(&mut app, KeyCode::Char('x'));
    assert_eq!(app.editor.text(), "one wo one two");
    // Backward it goes on backward, and Enter alone means the same text again.
    typed(&mut app, "$?one\nnx");
    assert_eq!(app.editor.text(), "ne wo one two");
    typed(&mut app, "0/o\\(n\\|z\\)e\nx");
    assert_eq!(app.editor.text(), "ne wo ne two");
    typed(&mut app, "0/w\n/\nx");
    assert_eq!(app.editor.text(), "ne wo ne to");
    typed(&mut app, "/(\n");
    assert!(
        app.notice.as_ref().is_some_and(|notice| notice.text.contains("nothing found")),
        "{:?}",
        app.notice
    );
}

/// An explorer with vim's modes, the cursor at the beginning of a text.
fn vim_on(text: &str) -> App {
    let mut app = app(false);
    app.focus = Pane::Editor;
    control(&mut app, 't');
    app.vim = Some(saldo::explorer::panes::editor::vim::Vim::default());
    press(&mut app, KeyCode::Char('i'));
    app.update(Msg::Input(Event::Paste(text.to_owned())));
    press(&mut app, KeyCode::Esc);
    typed(&mut app, "gg0");
    app
}

#[test]
fn keys_that_were_recorded_are_pressed_again_until_one_fails() {
    let lines = (0..300).map(|line| format!("SELECT {line}")).collect::<Vec<_>>().join("\n");
    let mut app = vim_on(&lines);
    app.size = Rect::new(0, 0, 140, 40);
    typed(&mut app, "qaA;");
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains("INSERT @a"), "it is said that keys are recorded:\n{text}");
    press(&mut app, KeyCode::Esc);
    typed(&mut app, "jq1000@a");
    let whole = app.editor.text();
    assert_eq!(whole.lines().count(), 300);
    assert!(whole.lines().all(|line| line.ends_with(';') && !line.ends_with(";;")), "each line once");
    // What is inserted goes through the completions of the editor, and what leads out of the text ends it.
    typed(&mut app, "ggqb\n");
    assert_ne!(app.focus, Pane::Editor);
    app.focus = Pane::Editor;
    typed(&mut app, "q");
    let effects = [typed_effects(&mut app, "5@b")].concat();
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Run { .. })).count(), 1);
}

fn typed_effects(app: &mut App, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|letter| press(app, KeyCode::Char(letter))).collect()
}

#[test]
fn recorded_keys_have_an_end() {
    let mut app = vim_on("a");
    typed(&mut app, "qa~lhq");
    app.update(Msg::Input(Event::Paste("bc".into())));
    typed(&mut app, "0100000@a");
    assert!(app.notice.as_ref().is_some_and(|notice| notice.bad && notice.text.contains("10000 keys")));
}

#[test]
fn what_is_typed_after_a_colon_and_a_slash_is_recorded_too() {
    let mut app = vim_on("a a\na a\nb\na a");
    typed(&mut app, "qa:s/a/x/\njq");
    assert_eq!(app.editor.text(), "x a\na a\nb\na a");
    typed(&mut app, "@a");
    assert_eq!(app.editor.text(), "x a\nx a\nb\na a");
    // As in vim, one that finds nothing ends them.
    typed(&mut app, "9@a");
    assert_eq!(app.editor.text(), "x a\nx a\nb\na a");
    typed(&mut app, "gg0qb/a a\nxq@b9@b");
    assert_eq!(app.editor.text(), "x a\nx a\nb\n a", "the search finds nothing any more");
    // A command that is wrong ends them, and what comes after it is not typed into it.
    for wrong in ["nonsense", "9d"] {
        let mut app = vim_on("ab\nab");
        typed(&mut app, &format!("qa:{wrong}\n"));
        if app.overlay.is_some() {
            press(&mut app, KeyCode::Esc);
        } else {
            let notice = app.notice.as_ref().map(|notice| (notice.bad, notice.text.as_str()));
            assert_eq!(notice, Some((true, "there are only 2 lines")));
        }
        typed(&mut app, "xqj@a");
        assert_eq!(app.editor.text(), "b\nab", "{wrong}");
    }
}

#[test]
fn a_register_keeps_what_is_meant_for_it_from_the_terminal() {
    let mut app = vim_on("a b");
    assert!(!typed_effects(&mut app, "\"xyw").iter().any(|effect| matches!(effect, Effect::Copy(_))));
    assert!(typed_effects(&mut app, "yw").contains(&Effect::Copy("a ".into())));
}

#[test]
fn a_mode_without_names_of_texts_leaves_no_gap_in_the_rule() {
    let mut app = app(false);
    app.size = Rect::new(0, 0, 140, 40);
    app.focus = Pane::Editor;
    app.vim = Some(saldo::explorer::panes::editor::vim::Vim::default());
    for (key, mode) in [('v', "VISUAL"), ('V', "VISUAL LINE")] {
        press(&mut app, KeyCode::Char(key));
        let text = glyphs(&drawn(&app, Glyphs::Full));
        assert!(text.contains(&format!("Editor ─ {mode} ───")), "{text}");
    }
}

#[test]
fn the_word_under_the_cursor_is_found_as_a_whole_in_any_case() {
    let mut app = vim_on("SELECT amount, amounts FROM t WHERE AMOUNT > 1");
    typed(&mut app, "w*x");
    assert_eq!(app.editor.text(), "SELECT amount, amounts FROM t WHERE MOUNT > 1");
    let mut app = vim_on("a b a b a");
    typed(&mut app, "www");
    typed(&mut app, "#x");
    assert_eq!(app.editor.text(), "a  a b a");
    // The next of the line is meant where the cursor stands on none, and n goes on.
    let mut app = vim_on("(a) a a");
    typed(&mut app, "*nx");
    assert_eq!(app.editor.text(), "(a) a ");
}

#[test]
fn what_vim_takes_after_a_colon_is_done_or_told() {
    let mut app = vim_on("one\ntwo\ntwo");
    app.size = Rect::new(0, 0, 80, 24);
    typed(&mut app, ":3\n");
    assert_eq!(app.editor.cursor_byte(), 8);
    typed(&mut app, ":%s/\\(t\\)wo/\\1en/g\n");
    assert_eq!(app.editor.text(), "one\nten\nten");
    typed(&mut app, ":%s/a/b/x\n");
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(
        text.contains("what is found is replaced with") && text.contains("first group"),
        "what is wrong is told whole: {text}"
    );
    press(&mut app, KeyCode::Esc);
    typed(&mut app, ":nonsense\n");
    let text = glyphs(&drawn(&app, Glyphs::Full));
    assert!(text.contains(":nonsense is not known here"), "{text}");
    press(&mut app, KeyCode::Esc);
    typed(&mut app, ":w mine");
    let effects = press(&mut app, KeyCode::Enter);
    assert!(
        matches!(&effects[..], [Effect::Save(drafts)] if drafts.iter().any(|draft| draft.name == "mine"))
    );
    assert_eq!(app.focus, Pane::Editor);
    typed(&mut app, ":wq");
    assert!(matches!(&press(&mut app, KeyCode::Enter)[..], [.., Effect::Save(_)]), "it leaves, texts kept");
}

#[test]
fn lines_that_are_selected_are_those_of_a_command() {
    let mut app = vim_on("a a\na a\na a");
    typed(&mut app, "Vj:s/a/b/\n");
    assert_eq!(app.editor.text(), "b a\nb a\na a");
    assert!(app.notice.as_ref().is_some_and(|notice| notice.text.starts_with("2 replaced")));
    typed(&mut app, "u");
    assert_eq!(app.editor.text(), "a a\na a\na a", "one undo takes them back");
    // The search goes on with what was replaced.
    typed(&mut app, "gg0:s//c/g\n");
    assert_eq!(app.editor.text(), "c c\na a\na a");
    typed(&mut app, ":1,2y");
    assert!(press(&mut app, KeyCode::Enter).contains(&Effect::Copy("c c\na a\n".into())));
    typed(&mut app, "G:'qd\n");
    assert!(app.notice.as_ref().is_some_and(|notice| notice.bad && notice.text.contains("names no place")));
    typed(&mut app, ":g/c/d\np");
    assert_eq!(app.editor.text(), "a a\nc c\na a\na a");
}

#[test]
fn a_block_is_selected_and_drawn_as_one() {
    let mut app = vim_on("abcd\nabcd\nabcd");
    app.size = Rect::new(0, 0, 80, 24);
    typed(&mut app, "l");
    control(&mut app, 'v');
    typed(&mut app, "jl");
    let buffer = drawn(&app, Glyphs::Full);
    let text = glyphs(&buffer);
    assert!(text.contains("VISUAL BLOCK"), "{text}");
    let theme = Theme::load("dark", Depth::True).unwrap();
    let place = super::mouse::place(&app, "1 abcd");
    let selected = |x: u16, y: u16| buffer[(place.0 + 2 + x, place.1 + y)].style().bg == theme.selection.bg;
    let rows: Vec<Vec<bool>> = (0..3).map(|y| (0..4).map(|x| selected(x, y)).collect()).collect();
    let part = vec![false, true, true, false];
    assert_eq!(rows, [part.clone(), part, vec![false; 4]]);
    typed(&mut app, "d");
    assert_eq!(app.editor.text(), "ad\nad\nabcd");
}

#[test]
fn in_vims_modes_no_key_of_paging_closes_a_text_or_runs_all_of_them() {
    let mut app = vim_on("SELECT 1;\nSELECT 2");
    for letter in ['d', 'u', 'f', 'b'] {
        assert_eq!(control(&mut app, letter), [], "{letter}");
        assert!(app.overlay.is_none());
    }
    assert_eq!(app.editor.text(), "SELECT 1;\nSELECT 2");
}

#[test]
fn what_vim_typed_over_is_brought_back_only_where_it_was_typed() {
    for (away, wanted) in [("", "abcd"), ("ZZ日", "xZZ日bcd")] {
        let mut app = vim_on("abcd");
        "Rx".chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
        app.update(Msg::Input(Event::Paste(away.into())));
        press(&mut app, KeyCode::Backspace);
        assert_eq!(app.editor.text(), wanted);
    }
    let mut app = vim_on("abcd");
    "Rx".chars().for_each(|letter| drop(press(&mut app, KeyCode::Char(letter))));
    let back = KeyEvent::new(KeyCode::Left, KeyModifiers::CONTROL);
    app.update(Msg::Input(Event::Key(back)));
    press(&mut app, KeyCode::Backspace);
    assert_eq!(app.editor.text(), "xbcd");
}

/// The terminal's cursor, and what stands in the editor's columns of a line of the screen.
fn editor_line(app: &App, theme: &Theme, y: u16) -> (Position, String, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(app.size.width, app.size.height)).unwrap();
    terminal.draw(|frame| screen::draw(frame, app, theme)).unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    let buffer = terminal.backend().buffer().clone();
    let line = (4..app.size.width).map(|x| buffer[(x, y)].symbol()).collect();
    (cursor, line, buffer)
}

#[test]
fn a_line_that_goes_on_is_marked_and_the_character_at_the_cursor_is_seen() {
    let long = format!("SELECT {}'日本語', 1 FROM t", "amount + ".repeat(9));
    let dark = Theme::load("dark", Depth::Sixteen).unwrap();
    let mono = Theme::load("mono", Depth::None).unwrap().with(Glyphs::Ascii);
    for width in 24..=30 {
        let mut app = editing(Rect::new(0, 0, width, 12));
        app.editor.open("long", &format!("{long}\n\nx\nSELECT 1 FROM processed"));
        let (_, first, buffer) = editor_line(&app, &dark, 1);
        assert!(first.starts_with("SELECT amount") && first.ends_with('›'), "{first}");
        assert_eq!(buffer[(width - 1, 1)].style().fg, dark.muted.fg, "the mark is quiet");
        for (at, mark) in long.chars().chain([' ']).enumerate() {
            let (cursor, line, buffer) = editor_line(&app, &dark, 1);
            assert_eq!(buffer[cursor].symbol(), mark.to_string(), "{width} {at}: {line}");
            press(&mut app, KeyCode::Right);
        }
        press(&mut app, KeyCode::Left);
        let (_, line, _) = editor_line(&app, &dark, 1);
        assert!(line.starts_with('‹') && line.trim_end().ends_with("FROM t"), "{line}");
        let below: Vec<_> = (2..5).map(|y| editor_line(&app, &dark, y).1.trim_end().to_owned()).collect();
        assert_eq!(below, ["", "‹", "‹"], "what is left of the pane is not hidden");
        (0..50).for_each(|_| drop(press(&mut app, KeyCode::Left)));
        let (_, line, _) = editor_line(&app, &mono, 1);
        assert!(line.starts_with('<') && line.ends_with('>') && line.is_ascii(), "{line}");
    }
}

#[test]
fn a_line_that_just_fits_has_no_mark() {
    let mut app = editing(Rect::new(0, 0, 30, 12));
    app.editor.open("fits", &"x".repeat(26));
    let theme = Theme::load("dark", Depth::True).unwrap();
    assert_eq!(editor_line(&app, &theme, 1).1, "x".repeat(26));
    app.editor.open("fits", &"x".repeat(27));
    assert_eq!(editor_line(&app, &theme, 1).1, format!("{}›", "x".repeat(25)));
}
