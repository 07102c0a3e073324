//! The form of a query's parameters: what it offers, what it says, what it remembers.

use super::*;

const QUERY: &str = "-- title: Lines\n-- param: side choice(incoming|outgoing) = incoming\n\
                     -- param: from date = 2019-01-01\n-- param: account account?\n\
                     SELECT :side, :from, :account";

fn form() -> App {
    let mut app = form_app(&[QUERY]);
    app.queries.select("q0");
    app
}

fn typed(app: &mut App, text: &str) {
    control(app, 'u');
    text.chars().for_each(|letter| drop(press(app, KeyCode::Char(letter))));
}

fn text_of(app: &App) -> String {
    glyphs(&drawn(app, Glyphs::Full))
}

fn kept(effects: &[Effect]) -> (&str, Vec<(&str, &str)>) {
    match effects {
        [Effect::KeepValues { query, values }, ..] => {
            (query, values.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_part_of_a_value_is_enough_and_is_seen_before_it_is_used() {
    let mut app = form();
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Accounts]);
    app.update(Msg::Accounts(vec!["100".into(), "2199".into(), "300".into()]));
    typed(&mut app, "tgo");
    assert!(text_of(&app).contains("Enter takes outgoing"), "{}", text_of(&app));
    assert_eq!(press(&mut app, KeyCode::Enter), [], "it is put into the field first");
    press(&mut app, KeyCode::Up);
    typed(&mut app, "21");
    assert!(text_of(&app).contains("Enter takes 2199"));
    press(&mut app, KeyCode::Enter);
    let effects = press(&mut app, KeyCode::Enter);
    let wanted = ["outgoing", "2019-01-01", "2199"].map(|text| Some(text.to_owned()));
    assert_eq!(values(&effects), wanted);
    let given = vec![("account", "2199"), ("side", "outgoing")];
    assert_eq!(kept(&effects), ("q0", given), "a default is not kept: it moves on with the lake");
}

#[test]
fn an_account_that_was_mistyped_is_never_taken_for_another() {
    let mut app = form();
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Accounts(vec!["409000362497".into()]));
    press(&mut app, KeyCode::Up);
    typed(&mut app, "409000362479");
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert!(text_of(&app).contains("the lake has no such account"), "{}", text_of(&app));
}

#[test]
fn a_field_says_while_typing_why_it_is_not_taken() {
    let mut app = form();
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Tab);
    typed(&mut app, "2019-13");
    assert!(text_of(&app).contains("not a valid date (YYYY-MM-DD)"), "{}", text_of(&app));
    control(&mut app, 'u');
    assert!(text_of(&app).contains("a value is needed"));
    typed(&mut app, "2019-12-31");
    assert!(!text_of(&app).contains("not a valid"));
    assert_eq!(values(&press(&mut app, KeyCode::Enter))[1], Some("2019-12-31".into()));
}

#[test]
fn currencies_are_offered_as_the_lake_holds_them_and_bound_in_capitals() {
    let mut app = form_app(&["-- title: Rates\n-- param: currency currency = USD\nSELECT :currency"]);
    app.queries.select("q0");
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Currencies]);
    app.update(Msg::Currencies(["EUR", "JPY", "USD"].map(Into::into).to_vec()));
    let text = text_of(&app);
    assert!(["currency, ← → of 3", "EUR", "JPY"].iter().all(|part| text.contains(part)), "{text}");
    typed(&mut app, "sgd");
    assert!(text_of(&app).contains("the lake has no such currency"));
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    typed(&mut app, "jpy");
    assert_eq!(values(&press(&mut app, KeyCode::Enter)), [Some("JPY".into())]);
    app.focus = Pane::Queries;
    assert_eq!(press(&mut app, KeyCode::Enter), [], "what is known is not asked for again");
}

#[test]
fn values_of_an_earlier_start_stand_in_the_form() {
    let mut app = form();
    let given = [("side", "outgoing"), ("from", "soon"), ("gone", "1")];
    let given = given.map(|(name, text)| (name.to_owned(), text.to_owned()));
    app.given = [("q0".to_owned(), given.into()), ("Lines".to_owned(), BTreeMap::new())].into();
    press(&mut app, KeyCode::Enter);
    let wanted = [Some("outgoing".into()), Some("2019-01-01".into()), None];
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(values(&effects), wanted, "what is no date any more is the default");
    app.focus = Pane::Editor;
    control(&mut app, 'r');
    control(&mut app, 'u');
    typed(&mut app, "incoming");
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(kept(&effects), ("q0", vec![]), "the text of the query in the editor is that query");
}

#[test]
fn no_word_of_the_form_is_cut_at_80_columns() {
    let long = "-- title: All\n-- param: a_rather_long_name month? \n-- param: customer_account account?\n\
        -- param: kind choice(returned item|reversal|own transfer|loan payment|loan proceeds|income)?\n\
        -- param: like text?\nSELECT :a_rather_long_name, :customer_account, :kind, :like";
    let mut app = form_app(&[long]);
    app.size = Rect::new(0, 0, 80, 24);
    app.queries.select("q0");
    press(&mut app, KeyCode::Enter);
    app.update(Msg::Accounts((0..1200).map(|n| format!("{n:012}").as_str().into()).collect()));
    press(&mut app, KeyCode::Up);
    typed(&mut app, &"long ".repeat(20));
    let text = text_of(&app);
    for said in
        ["month (YYYY-MM), may be empty", "account, ← → of 1,200, may be empty", "← → of 6, may be empty"]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    press(&mut app, KeyCode::Up);
    assert!(text_of(&app).contains("loan proceeds  and 1 more"), "{}", text_of(&app));
}

#[test]
fn a_time_that_ends_before_it_begins_and_a_count_below_zero_are_asked_for_again() {
    let query = "-- title: Lines\n-- param: from date = 2020-01-01\n-- param: to date = 2020-12-31\n\
        -- param: count integer = 5\nSELECT :from, :to, :count";
    let mut app = form_app(&[query]);
    app.queries.select("q0");
    press(&mut app, KeyCode::Enter);
    typed(&mut app, "2021-01-01");
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert!(text_of(&app).contains("before from"), "{}", text_of(&app));
    typed(&mut app, "2021-01-01");
    press(&mut app, KeyCode::Tab);
    typed(&mut app, "-5");
    assert_eq!(press(&mut app, KeyCode::Enter), []);
    assert!(text_of(&app).contains("0 or more"), "{}", text_of(&app));
    typed(&mut app, "0");
    let given = ["2021-01-01", "2021-01-01", "0"].map(|text| Some(text.to_owned()));
    assert_eq!(values(&press(&mut app, KeyCode::Enter)), given);
}
