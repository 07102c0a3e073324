//! The credit check: what each key asks for, what is shown of the answer, and what is written down.

use std::fs;
use std::path::Path;

use saldo::credit::accounts::Known;
use saldo::credit::card::Card;
use saldo::credit::figures::Figures;
use saldo::credit::policy::Band;
use saldo::credit::policy::file::shipped;
use saldo::credit::read::Whose;
use saldo::explorer::credit_request::{CreditEvent, CreditRequest, Judge, Standing, WatchList};
use saldo::explorer::forecast_request::AccountBalance;

use super::*;

/// What a hostile file may call an account.
const HOSTILE: &str = "7\u{1b}[31m\u{202e}<b>日本";

fn card(account: &str, negative_days: &str) -> Card {
    let month = |number: u32| NaiveDate::from_ymd_opt(2018, number, 1).unwrap();
    let mut figures = Figures::new(account, NaiveDate::from_ymd_opt(2019, 3, 5).unwrap(), "SGD");
    for (indicator, period, value) in [
        ("ratio", "all", "1.8"),
        ("months_covered", "12m", "12"),
        ("converted_share", "12m", "1"),
        ("average_daily_balance", "12m", "1387.1"),
        ("average_daily_balance", "3m", "-12.5"),
        ("negative_days", "12m", negative_days),
        ("negative_days", "12m+", negative_days),
        ("returned_items", "12m", "0"),
        ("carried_share", "12m", "0.02"),
    ] {
        figures = figures.with(indicator, period.parse().unwrap(), Some(value.parse().unwrap()));
    }
    let balances = (1..=12).map(|number| (month(number), Some(number.to_string().parse().unwrap())));
    figures.history.insert("average_daily_balance".into(), balances.collect());
    figures.facts.balance_currency = Some("INR".into());
    figures.facts.first_line = NaiveDate::from_ymd_opt(2015, 1, 1);
    figures.facts.last_line = Some(figures.as_of);
    figures.facts.lines = 120;
    figures.facts.not_converted = 3;
    figures.facts.ratio_label = "High Creditworthiness".into();
    Card::new(&shipped().unwrap(), &figures)
}

fn standing(account: &str, band: Option<Band>, percent: Option<&str>) -> Standing {
    Standing {
        account: account.into(),
        name: None,
        band,
        word: band.map_or("insufficient data", Band::name),
        percent: percent.map(|percent| percent.parse().unwrap()),
        reason: format!("why of {account}"),
        bars: "▁▂▃▄▅▆▇█▁▂▃▄".into(),
    }
}

fn credit_app() -> App {
    let saved = "-- title: Balance over time\n-- param: account account?\n-- param: from date = 2015-01-01\n\
                 -- param: to date = 2020-01-01\nSELECT :account, :from, :to";
    let query = |name: &str| Entry::Query(Query::parse(name, saved).unwrap());
    let by_kind = saved.replace("SELECT :account", "-- param: kind text?\nSELECT :account, :kind");
    let entries = vec![
        Entry::Query(Query::parse("account_lines_by_kind", &by_kind).unwrap()),
        query("balance_over_time"),
        query("credit_worthiness"),
        Entry::Table { name: "banktxn".into(), rows: None },
    ];
    let mut app = App::new(Rect::new(0, 0, 140, 40), Source::default(), entries, &[], false, "dark");
    assert_eq!(press(&mut app, KeyCode::Char('7')), [Effect::Accounts]);
    let effects = app.update(Msg::Accounts(vec!["100".into(), HOSTILE.into(), "200".into()]));
    let is_these = |request: &CreditRequest| matches!(request.judge, Judge::These(_));
    assert!(
        matches!(&effects[..], [Effect::PrepareCredit(request)] if is_these(request)),
        "while a person looks for the account: {effects:?}"
    );
    app
}

/// The one request among what is to be done.
fn request(effects: &[Effect]) -> CreditRequest {
    match effects {
        [Effect::Credit(request)] => request.clone(),
        other => panic!("{other:?}"),
    }
}

fn answer(app: &mut App, request: &CreditRequest, event: CreditEvent) {
    app.update(Msg::Credit(request.number, event));
}

/// An explorer with a card on screen.
fn with_card() -> App {
    let mut app = credit_app();
    app.update(Msg::Input(Event::Paste("100".into())));
    let asked = request(&press(&mut app, KeyCode::Enter));
    assert_eq!(asked.judge, Judge::These(vec!["100".into()]));
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("100", "40")]));
    app
}

fn text(app: &App) -> String {
    glyphs(&drawn(app, Glyphs::Full))
}

/// Moves the mark until the marked line has this text.
fn mark(app: &mut App, wanted: &str) {
    let theme = Theme::load("dark", Depth::True).unwrap();
    press(app, KeyCode::Home);
    for _ in 0..200 {
        let buffer = drawn(app, Glyphs::Full);
        let is_marked = |y: u16, x: u16| buffer[(x, y)].style().bg == theme.cursor.bg;
        let lines = (0..buffer.area.height).map(|y| {
            (0..buffer.area.width)
                .filter(|x| is_marked(y, *x))
                .map(|x| buffer[(x, y)].symbol())
                .collect::<String>()
        });
        if lines.into_iter().skip(2).any(|line| line.contains(wanted)) {
            return;
        }
        press(app, KeyCode::Down);
    }
    panic!("no line {wanted} in\n{}", text(app));
}

#[test]
fn an_account_is_typed_and_its_card_says_each_thing() {
    let app = with_card();
    let text = text(&app);
    for part in [
        "■ RED",
        "40 days",
        "1.80 · High Creditworthiness",
        "As of 2019-03-05",
        "account in INR",
        "policy saldo-2",
        "Decision support, not a decision.",
        "! 3 of 120 lines could not be converted to SGD",
        "120 lines from 2015-01-01 to 2019-03-05",
        "Against",
        "▁▂▂▃▄▄▅▅▆▇▇█",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn enter_on_what_the_words_of_lines_tell_asks_for_their_kind() {
    let mut app = with_card();
    mark(&mut app, "Transfers between own");
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(
        values(&effects),
        [
            Some("100".into()),
            Some("own transfer".into()),
            Some("2018-03-01".into()),
            Some("2019-02-28".into())
        ]
    );
}

#[test]
fn enter_on_a_figure_shows_the_rows_behind_it_over_its_days() {
    let mut app = with_card();
    mark(&mut app, "Days below zero");
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(values(&effects), [Some("100".into()), Some("2018-03-01".into()), Some("2019-03-05".into())]);
    assert_eq!(app.focus, Pane::Results);
    // The card is still there on the way back.
    assert_eq!(press(&mut app, KeyCode::Char('7')), []);
    assert!(text(&app).contains("■ RED"));
}

#[test]
fn a_line_says_what_it_means_and_where_its_thresholds_come_from() {
    let mut app = with_card();
    mark(&mut app, "Days below zero");
    assert_eq!(press(&mut app, KeyCode::Char('m')), []);
    let text = text(&app);
    assert!(
        text.contains("Threshold: green") && text.contains("Source:") && text.contains("2018-03-01"),
        "{text}"
    );
    press(&mut app, KeyCode::Esc);
    assert!(app.overlay.is_none());
    mark(&mut app, "3 of 120 lines");
    press(&mut app, KeyCode::Char('m'));
    assert!(app.overlay.is_none() && app.notice.is_some());
}

#[test]
fn the_forecast_is_that_of_the_accounts_balance_up_to_the_day_of_the_card() {
    let mut app = with_card();
    app.forecast.request.options.threshold = 5.0;
    let effects = press(&mut app, KeyCode::Char('f'));
    let [Effect::Forecast(asked)] = &effects[..] else { panic!("{effects:?}") };
    let of = AccountBalance {
        account: "100".into(),
        to: NaiveDate::from_ymd_opt(2019, 3, 5).unwrap(),
        currency: Some("INR".into()),
    };
    assert_eq!(asked.subject, Subject::Account(of));
    assert_eq!((asked.options.threshold.to_bits(), app.focus), (0.0_f64.to_bits(), Pane::Forecast));
}

#[test]
fn what_is_asked_beside_the_account_is_asked_for_again_with_the_same_accounts() {
    let mut app = with_card();
    let typed = |app: &mut App, key: char, typed: &str| {
        press(app, KeyCode::Char(key));
        control(app, 'u');
        app.update(Msg::Input(Event::Paste(typed.into())));
        press(app, KeyCode::Enter)
    };
    assert_eq!(typed(&mut app, 'i', "-5"), []);
    assert!(text(&app).contains("not below zero"));
    press(&mut app, KeyCode::Esc);
    let asked = request(&typed(&mut app, 'i', "1,500.50"));
    assert_eq!(asked.instalment, Some("1500.5".parse().unwrap()));
    assert!(text(&app).contains("■ RED"), "the card stays until the next one comes");
    let asked = request(&typed(&mut app, 'd', "2018-12-31"));
    assert_eq!(asked.as_of, NaiveDate::from_ymd_opt(2018, 12, 31));
    assert_eq!((asked.judge, asked.instalment.is_some()), (Judge::These(vec!["100".into()]), true));
    let asked = request(&typed(&mut app, 'i', ""));
    assert_eq!(asked.instalment, None);
    let mut what_if = card("100", "40");
    what_if.instalment = Some("1500.5".parse().unwrap());
    answer(&mut app, &asked, CreditEvent::Cards(vec![what_if]));
    let text = text(&app);
    assert!(text.contains("What-if") && text.contains("SGD 1,500.50 a month"), "{text}");
}

#[test]
fn figures_are_shown_over_another_window() {
    let mut app = with_card();
    assert!(!text(&app).contains("SGD -12.50  3m"), "{}", text(&app));
    press(&mut app, KeyCode::Char('w'));
    press(&mut app, KeyCode::Char('w'));
    let shown = text(&app);
    let line = shown.lines().find(|line| line.contains("Average daily balance")).unwrap();
    assert!(line.contains("12.50") && line.contains(" 3m"), "{line}");
}

#[test]
fn two_accounts_stand_beside_each_other_and_escape_leads_back() {
    let mut app = with_card();
    press(&mut app, KeyCode::Char('v'));
    app.update(Msg::Input(Event::Paste("200".into())));
    let asked = request(&press(&mut app, KeyCode::Enter));
    assert_eq!(asked.judge, Judge::These(vec!["100".into(), "200".into()]));
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("100", "40"), card("200", "0")]));
    let shown = text(&app);
    let line = shown.lines().find(|line| line.contains("Days below zero 12m+")).unwrap();
    assert!(line.contains("■ 40 days") && line.contains("● 0 days"), "{shown}");
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.credit.cards.len(), 1);
    assert!(text(&app).contains("■ RED  100"));
}

#[test]
fn a_customer_is_judged_where_the_lake_tells_whose_the_accounts_are() {
    let table = |name: &str| Entry::Table { name: name.into(), rows: None };
    let entries = vec![table("banktxn"), table("customers")];
    let mut app = App::new(Rect::new(0, 0, 140, 40), Source::default(), entries, &[], false, "dark");
    assert_eq!(press(&mut app, KeyCode::Char('7')), [Effect::Accounts]);
    app.update(Msg::Accounts(vec!["100".into()]));
    let ann = Known { account: "C1".into(), name: Some("Ann".into()) };
    app.update(Msg::Customers(vec![ann]));
    app.update(Msg::Input(Event::Paste("ann".into())));
    let asked = request(&press(&mut app, KeyCode::Enter));
    assert_eq!(asked.judge, Judge::These(vec![Whose::Customer("C1".into())]));
    assert!(text(&app).contains("judging customer C1"), "{}", text(&app));
    let of_customer = Card { subject: "customer", ..card("C1", "40") };
    answer(&mut app, &asked, CreditEvent::Cards(vec![of_customer]));
    assert!(text(&app).contains("customer C1"), "{}", text(&app));
    mark(&mut app, "Average daily balance");
    for key in [KeyCode::Enter, KeyCode::Char('f')] {
        assert!(
            press(&mut app, key)
                .iter()
                .all(|effect| !matches!(effect, Effect::Run { .. } | Effect::Forecast(_)))
        );
        assert!(text(&app).contains("a asks for one of the customer's"), "{}", text(&app));
    }
    let again = app.credit.with_instalment(Some("100".parse().unwrap())).unwrap();
    assert_eq!(again.judge, Judge::These(vec![Whose::Customer("C1".into())]), "a what-if is of the same one");
}

#[test]
fn the_last_account_of_a_long_list_is_seen_whole() {
    let mut app = with_card();
    let asked = request(&press(&mut app, KeyCode::Char('p')));
    let all = (0..60).map(|number| standing(&format!("n{number:02}"), Some(Band::Red), Some("1"))).collect();
    answer(&mut app, &asked, CreditEvent::Everyone("As of 2019-03-05 · amounts in SGD".into(), all));
    let shown = text(&app);
    assert!(
        shown.contains("As of 2019-03-05 · amounts in SGD") && shown.contains("what weighs most"),
        "{shown}"
    );
    press(&mut app, KeyCode::End);
    let shown = text(&app);
    let lines: Vec<_> = shown.lines().filter(|line| line.contains("▁▂▃▄")).collect();
    assert!(lines.last().is_some_and(|line| line.contains("n59") && line.contains("1.0 %")), "{shown}");
    // On the mark's ground its own colours are read, not the band's.
    let theme = Theme::load("dark", Depth::True).unwrap();
    let buffer = drawn(&app, Glyphs::Full);
    let cells = (0..buffer.area.height).flat_map(|y| (0..buffer.area.width).map(move |x| (x, y)));
    let marked: Vec<_> =
        cells.skip(200).map(|at| &buffer[at]).filter(|cell| Some(cell.bg) == theme.cursor.bg).collect();
    assert!(marked.len() > 100 && marked.iter().all(|cell| Some(cell.fg) == theme.cursor.fg));
    // One below the other, none left out.
    let numbers =
        |line: &&str| line.split_whitespace().find_map(|word| word.strip_prefix('n')?.parse::<u32>().ok());
    let numbers: Vec<_> = lines.iter().filter_map(numbers).collect();
    assert!(numbers.len() > 25 && numbers.windows(2).all(|two| two[1] == two[0] + 1), "{numbers:?}");
}

#[test]
fn all_accounts_are_listed_sorted_and_filtered_and_enter_asks_for_one() {
    let mut app = with_card();
    let asked = request(&press(&mut app, KeyCode::Char('p')));
    assert_eq!(asked.judge, Judge::Everyone);
    assert!(text(&app).contains("judging every account"));
    let all = vec![
        standing("1", None, None),
        standing("2", Some(Band::Green), Some("80")),
        standing("4", Some(Band::Red), Some("-10")),
        standing("3", Some(Band::Red), Some("20")),
    ];
    answer(&mut app, &asked, CreditEvent::Everyone("As of 2019-03-05".into(), all));
    let order = |app: &App| {
        let text = text(app);
        let lines = text.lines().filter(|line| line.contains("▁▂▃▄"));
        lines.filter_map(|line| line.split("why of ").nth(1)).map(str::to_owned).collect::<String>()
    };
    assert!(text(&app).contains("■ 2 red · ▲ 0 amber · ● 1 green · ○ 1 without a grade"), "{}", text(&app));
    assert_eq!(order(&app), "4321");
    press(&mut app, KeyCode::Char('s'));
    assert_eq!(order(&app), "1234");
    press(&mut app, KeyCode::Char('s'));
    assert_eq!(order(&app), "4321");
    press(&mut app, KeyCode::Char('/'));
    app.update(Msg::Input(Event::Paste("green".into())));
    press(&mut app, KeyCode::Enter);
    assert_eq!((order(&app).as_str(), app.queries.needle.as_str()), ("2", ""));
    press(&mut app, KeyCode::Char('/'));
    press(&mut app, KeyCode::Esc);
    assert_eq!((order(&app).as_str(), app.focus), ("4321", Pane::Credit));
    let asked = request(&press(&mut app, KeyCode::Enter));
    assert_eq!(asked.judge, Judge::These(vec!["2".into()]), "the mark stayed on its account");
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("2", "0")]));
    assert_eq!(press(&mut app, KeyCode::Char('p')), [], "the list is still there");
    assert_eq!(order(&app), "4321");
}

#[test]
fn a_press_marks_a_line_and_a_second_one_opens_it() {
    let mut app = with_card();
    let asked = request(&press(&mut app, KeyCode::Char('p')));
    let all = vec![standing("11", Some(Band::Red), Some("1")), standing("22", Some(Band::Green), Some("80"))];
    answer(&mut app, &asked, CreditEvent::Everyone("As of 2019-03-05".into(), all));
    assert_eq!(super::mouse::click(&mut app, "● green"), []);
    let asked = request(&super::mouse::click(&mut app, "● green"));
    assert_eq!(asked.judge, Judge::These(vec!["22".into()]));
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("22", "40")]));
    mark(&mut app, "Days below zero");
    press(&mut app, KeyCode::Home);
    assert_eq!(super::mouse::click(&mut app, "Days below zero"), [], "it is marked first");
    let effects = super::mouse::click(&mut app, "Days below zero");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Run { .. })), "{effects:?}");
}

#[test]
fn the_watch_list_names_who_is_worse_and_from_where() {
    let mut app = with_card();
    let asked = request(&press(&mut app, KeyCode::Char('W')));
    assert_eq!(asked.judge, Judge::Watch);
    let worse = vec![(Band::Green, standing("9", Some(Band::Red), Some("1")))];
    let sentences = vec!["1 account is worse than at the look of 2019-01-01:".to_owned()];
    answer(&mut app, &asked, CreditEvent::Watch(WatchList { sentences, worse }));
    let text = text(&app);
    assert!(text.contains("look of 2019-01-01") && text.contains("■ green to red    9"), "{text}");
    let asked = request(&press(&mut app, KeyCode::Enter));
    assert_eq!(asked.judge, Judge::These(vec!["9".into()]));
}

#[test]
fn only_the_newest_answer_counts_and_a_stop_says_so() {
    let mut app = with_card();
    press(&mut app, KeyCode::Char('a'));
    app.update(Msg::Input(Event::Paste("200".into())));
    let first = request(&press(&mut app, KeyCode::Enter));
    assert!(!text(&app).contains("■ RED"), "a card never stands for another account");
    assert_eq!(control(&mut app, 'c'), [Effect::CancelBeside]);
    answer(&mut app, &first, CreditEvent::Cards(vec![card("200", "0")]));
    assert!(text(&app).contains("cancelled"), "{}", text(&app));
    press(&mut app, KeyCode::Esc);
    assert!(text(&app).contains("■ RED  100"));
    press(&mut app, KeyCode::Char('p'));
    press(&mut app, KeyCode::Esc);
    assert!(text(&app).contains("■ RED  100"));
    let asked = request(&press(&mut app, KeyCode::Char('W')));
    let why = ("there is no lake".to_owned(), Some("make one".to_owned()));
    answer(&mut app, &asked, CreditEvent::Refused(why.0, why.1));
    let text = text(&app);
    assert!(text.contains("there is no lake") && text.contains("make one"), "{text}");
}

#[test]
fn without_a_card_the_keys_that_need_one_say_so() {
    let mut app = credit_app();
    press(&mut app, KeyCode::Esc);
    for key in ['m', 'f', 'h', 'v', '/'] {
        app.notice = None;
        assert_eq!(press(&mut app, KeyCode::Char(key)), [], "{key}");
        assert!(app.notice.is_some() && app.overlay.is_none(), "{key}");
    }
    press(&mut app, KeyCode::Enter);
    assert!(matches!(app.overlay, Some(Overlay::Accounts(_))));
}

#[test]
fn no_byte_of_an_account_reaches_the_terminal_and_every_size_is_drawn() {
    for (width, height) in (1..=11).flat_map(|width| (1..=7).map(move |height| (width * 13, height * 6))) {
        let mut app = credit_app();
        resize(&mut app, width, height);
        let picker = text(&app);
        assert!(!picker.contains('\u{1b}') && !picker.contains('\u{202e}'), "{picker}");
        app.update(Msg::Input(Event::Paste("7".into())));
        let asked = request(&press(&mut app, KeyCode::Enter));
        assert_eq!(asked.judge, Judge::These(vec![HOSTILE.into()]));
        answer(&mut app, &asked, CreditEvent::Cards(vec![card(HOSTILE, "40")]));
        for key in
            [KeyCode::PageDown, KeyCode::End, KeyCode::Right, KeyCode::PageUp, KeyCode::Home, KeyCode::Left]
        {
            press(&mut app, key);
            let text = text(&app);
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        }
        app.credit.cards.push(card(HOSTILE, "0"));
        assert!(!text(&app).contains('\u{1b}'));
        let asked = request(&press(&mut app, KeyCode::Char('p')));
        answer(
            &mut app,
            &asked,
            CreditEvent::Everyone(String::new(), vec![standing(HOSTILE, Some(Band::Red), Some("1"))]),
        );
        let text = text(&app);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
    let mut app = with_card();
    resize(&mut app, 80, 24);
    let plain = glyphs(&drawn(&app, Glyphs::Ascii));
    assert!(plain.is_ascii() && plain.contains("# RED"), "{plain}");
}

#[test]
fn the_mark_goes_over_every_line_and_stays_in_view() {
    for (width, height) in [(80, 24), (140, 40), (200, 50), (50, 12)] {
        let mut app = with_card();
        resize(&mut app, width, height);
        let theme = Theme::load("dark", Depth::True).unwrap();
        let marked = |app: &App| {
            let buffer = drawn(app, Glyphs::Full);
            let is_marked = |y: &u16| (0..width).any(|x| buffer[(x, *y)].style().bg == theme.cursor.bg);
            // The line of the panes' names has a mark of its own.
            (1..height).find(is_marked)
        };
        press(&mut app, KeyCode::Home);
        for _ in 0..70 {
            assert!(marked(&app).is_some(), "{width}x{height}:\n{}", text(&app));
            press(&mut app, KeyCode::Down);
        }
        press(&mut app, KeyCode::End);
        let text = text(&app);
        assert!(marked(&app).is_some() && text.contains("lake · sha256") || width >= 140, "{text}");
    }
}

/// A session over the demo lake; what it keeps is in the folder.
fn session_in(folder: &Path) -> Session {
    let (_, lake) = &*LAKE;
    let config = Config {
        queries: PathBuf::from("/nonexistent"),
        cache: folder.join("cache"),
        state: folder.join("state"),
        ..Config::default()
    };
    let start = Start { config, lake: Some(lake.clone()), ..Start::default() };
    Session::new(&start, Rect::new(0, 0, 140, 40)).unwrap()
}

/// The real thing: the demo lake, from the key to the card, the log and the page.
#[tokio::test]
async fn a_card_of_the_demo_lake_is_written_down_before_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let theme = Theme::load("dark", Depth::True).unwrap();
    let mut session = session_in(folder.path());
    session.jobs.desk.folder = folder.path().to_path_buf();
    session.keys("71188423{enter}").await.unwrap();
    let text = glyphs(&session.draw(&theme).unwrap());
    assert!(text.contains("1188423") && text.contains("Creditworthiness"), "{text}");
    let log = || fs::read_to_string(folder.path().join("state/credit/audit.jsonl")).unwrap();
    assert!(log().contains(r#""what":"card","form":"screen""#), "{}", log());
    session.keys("h{down}h").await.unwrap();
    let page = folder.path().join("credit-1188423.html");
    assert!(fs::read_to_string(&page).unwrap().contains("1188423"));
    assert!(!folder.path().join("credit-1188423-2.html").exists(), "the same card needs no second file");
    assert!(log().contains(r#""form":"html""#), "{}", log());
    // Where it cannot be written down, nothing is shown.
    fs::remove_dir_all(folder.path().join("state/credit")).unwrap();
    fs::write(folder.path().join("state/credit"), "a file").unwrap();
    session.keys("a700{down}{enter}").await.unwrap();
    let text = glyphs(&session.draw(&theme).unwrap());
    assert!(text.contains("nothing is shown") && !text.contains("Against"), "{text}");
}

/// The screen of an account's card that is asked for, among others, so often.
async fn card_after(accounts: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut session = session_in(folder.path());
    session.keys("7").await.unwrap();
    for (turn, account) in accounts.iter().enumerate() {
        let again = if turn > 0 { "a" } else { "" };
        session.keys(&format!("{again}{account}{{enter}}")).await.unwrap();
    }
    glyphs(&session.draw(&Theme::load("dark", Depth::True).unwrap()).unwrap())
}

#[tokio::test]
async fn a_card_is_the_same_whether_or_not_others_were_asked_for_before_it() {
    let alone = card_after(&["1188423"]).await;
    let later = card_after(&["700200493210", "1188423", "700200493210", "1188423"]).await;
    assert!(alone.contains("Creditworthiness"), "{alone}");
    assert_eq!(later, alone);
}

#[test]
fn what_was_refused_does_not_stick_behind_the_card() {
    let mut app = with_card();
    let day = NaiveDate::from_ymd_opt(1990, 1, 1);
    let asked = app.credit.with_as_of(day).unwrap();
    answer(&mut app, &asked, CreditEvent::Refused("no line up to 1990-01-01".into(), None));
    assert_eq!(request(&press(&mut app, KeyCode::Char('p'))).as_of, None, "also before Esc");
    press(&mut app, KeyCode::Esc);
    let asked = app.credit.with_currency(Some("XXX".into())).unwrap();
    answer(&mut app, &asked, CreditEvent::Refused("no rate of XXX".into(), None));
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.credit.request.currency, None);
    // A list that is empty on a day is an answer: the card behind it is still that of its own day.
    let asked = request(&press(&mut app, KeyCode::Char('p')));
    answer(&mut app, &asked, CreditEvent::Everyone("As of 2019-03-05".into(), Vec::new()));
    assert!(text(&app).contains("the lake has no account"), "{}", text(&app));
    let asked = app.credit.with_as_of(day).unwrap();
    assert_eq!(asked.judge, Judge::Everyone);
    answer(&mut app, &asked, CreditEvent::Everyone(String::new(), Vec::new()));
    assert!(text(&app).contains("no account has a line up to 1990-01-01"), "{}", text(&app));
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.credit.request.as_of, None);
    assert!(app.credit.portfolio.is_none(), "and the list is asked for again");
    // What was answered stays.
    let instalment = Some("100".parse().unwrap());
    let asked = app.credit.with_instalment(instalment).unwrap();
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("100", "40")]));
    assert_eq!(request(&press(&mut app, KeyCode::Char('p'))).instalment, instalment);
}

#[test]
fn an_instalment_does_not_stay_as_a_number_of_another_currency() {
    let mut app = with_card();
    let asked = app.credit.with_instalment(Some("5000".parse().unwrap())).unwrap();
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("100", "40")]));
    press(&mut app, KeyCode::Char('c'));
    app.update(Msg::Input(Event::Paste("JPY".into())));
    let asked = request(&press(&mut app, KeyCode::Enter));
    assert_eq!((asked.currency.as_deref(), asked.instalment), (Some("JPY"), None));
    assert!(text(&app).contains("the instalment was in the former currency: i asks for it in this one"));
    // Where the other currency is refused, it is there again.
    answer(&mut app, &asked, CreditEvent::Refused("no rate of JPY".into(), None));
    press(&mut app, KeyCode::Esc);
    assert_eq!(app.credit.request.instalment, Some("5000".parse().unwrap()));
    // The same currency once more is no other one.
    let asked = app.credit.with_currency(None).unwrap();
    assert_eq!(asked.instalment, Some("5000".parse().unwrap()));
}

#[test]
fn a_card_that_was_never_below_zero_says_never() {
    let shown = |days: &str| {
        let card = card("100", days);
        card.row("days_since_negative").unwrap().main().unwrap().shown.clone()
    };
    assert_eq!(shown("0"), "never");
    assert_eq!(shown("3"), "unknown", "it was, and when is not known");
}

#[test]
fn that_there_is_no_card_is_not_said_under_the_card_that_came() {
    let mut app = credit_app();
    app.update(Msg::Input(Event::Paste("100".into())));
    let asked = request(&press(&mut app, KeyCode::Enter));
    press(&mut app, KeyCode::Char('m'));
    assert!(text(&app).contains("there is no card on screen"), "{}", text(&app));
    answer(&mut app, &asked, CreditEvent::Cards(vec![card("100", "40")]));
    assert!(!text(&app).contains("there is no card on screen"), "{}", text(&app));
}

#[test]
fn reading_again_speaks_of_an_older_result_only_where_one_is_in_view() {
    let read_again = |app: &mut App| {
        app.reloaded(Vec::new(), None);
        app.notice.clone().unwrap().text
    };
    assert_eq!(read_again(&mut app(false)), "the files were read again", "nothing was run");
    assert_eq!(read_again(&mut with_card()), "the files were read again", "the card is read anew");
    let mut app = with_rows(Rect::new(0, 0, 140, 40), 5);
    app.focus = Pane::Results;
    assert!(read_again(&mut app).ends_with("; a result on screen is still the one from before"));
    app.focus = Pane::Credit;
    assert_eq!(read_again(&mut app), "the files were read again");
}
