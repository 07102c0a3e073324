//! Terminals that have plain signs only: what is drawn there has a twin, and no key is taken for another one.

use std::path::Path;

use super::*;

/// Signs that must not come to a terminal that has letters only.
fn signs(text: &str) -> Vec<char> {
    text.chars().filter(|mark| !mark.is_ascii() && !mark.is_alphanumeric()).collect()
}

pub(super) fn has_plain_signs(session: &mut Session, theme: &Theme, name: &str) {
    let text = glyphs(&session.draw(&theme.clone().with(Glyphs::Letters)).unwrap());
    assert_eq!(signs(&text), [], "{name}:\n{text}");
}

/// The text of a file of the program without its comments and tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().filter(|line| !is_comment(line)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_sign_that_the_screens_draw_has_a_plain_twin() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/explorer");
    let files = files(&folder).into_iter().filter(|path| !path.ends_with("glyphs.rs"));
    let mut count = 0;
    for path in files {
        for sign in signs(&code(&path)) {
            count += 1;
            let plain = Glyphs::Letters.text(&Glyphs::Letters.keys(&sign.to_string()));
            assert!(plain.is_ascii(), "{sign} of {} has no twin", path.display());
        }
    }
    assert!(count > 50, "{count} signs were found");
}

/// The screen in plain signs, and what a plain terminal would be told in place of it.
fn both(app: &App) -> [String; 2] {
    let full = glyphs(&drawn(app, Glyphs::Full));
    [Glyphs::Letters.keys(&full).into_owned(), glyphs(&drawn(app, Glyphs::Letters))]
}

fn count(text: &str, word: &str) -> usize {
    text.matches(word).count()
}

#[test]
fn arrow_keys_are_words_wherever_keys_are_named() {
    for (pane, _) in PANES {
        for action in ACTIONS.iter().map(|(action, ..)| Some(*action)).chain([None]) {
            let mut app = with_rows(Rect::new(0, 0, 240, 90), 50);
            app.focus = pane;
            if let Some(action) = action {
                app.act(action);
                if app.overlay.is_none() {
                    continue;
                }
                // Where something is chosen and not typed, a sentence names the keys that choose.
                press(&mut app, KeyCode::Char('z'));
            }
            let [said, drawn] = both(&app);
            assert_eq!(signs(&drawn), [], "{pane:?} {action:?}:\n{drawn}");
            for key in ["Left", "Right", "Up", "Down"] {
                assert_eq!(count(&drawn, key), count(&said, key), "{key}, {pane:?} {action:?}:\n{drawn}");
            }
        }
    }
}

#[test]
fn the_forms_of_queries_and_statements_name_arrows_in_words() {
    let mut app = form_app(&[
        "-- title: A\n-- param: c choice(a|b|c|d|e|f|ggggggggggggggggggggggggggggggggg)\nSELECT :c",
    ]);
    press(&mut app, KeyCode::Enter);
    let text = glyphs(&drawn(&app, Glyphs::Ascii));
    assert!(text.contains("Left Right of 7") && text.contains("Left Right choose"), "{text}");
    let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
    app.source.has_lake = true;
    app.act(Action::Statement);
    let text = glyphs(&drawn(&app, Glyphs::Ascii));
    assert!(text.contains("Left folder above") && text.contains("Up Down choose"), "{text}");
}

#[test]
fn a_footer_of_words_keeps_to_its_line() {
    for (pane, _) in PANES {
        let mut app = with_rows(Rect::new(0, 0, 80, 24), 50);
        app.focus = pane;
        let text = glyphs(&drawn(&app, Glyphs::Ascii));
        let footer = text.lines().last().unwrap();
        assert!(footer.ends_with("q quit") || footer.contains("Ctrl-Q quit"), "{pane:?}: {footer}");
    }
}
