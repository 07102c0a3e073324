//! The credit check from figures to what a person reads: bands, grade, reasons, the policy's faults, every form.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "credit/browser.rs"]
mod browser;
#[path = "credit/forms.rs"]
mod forms;
#[path = "credit/policies.rs"]
mod policies;

use saldo::credit::card::Card;
use saldo::credit::decimal::Decimal;
use saldo::credit::figures::{Figures, Period, RateVersion};
use saldo::credit::indicators::{INDICATORS, Unit};
use saldo::credit::policy::file::{read, shipped};
use saldo::credit::policy::{Band, Policy, SHIPPED, Worse};
use saldo::credit::portfolio;
use saldo::credit::reasons::MOST;

const YEAR: Period = Period::Months(12);

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn policy() -> Policy {
    shipped().unwrap()
}

fn card(figures: &Figures) -> Card {
    Card::new(&policy(), figures)
}

/// What the sound account has over every period.
const SOUND: [(&str, &str); 39] = [
    ("ratio", "1.8"),
    ("adjusted_ratio", "1.25"),
    ("average_daily_balance", "12345.678901"),
    ("balance_cover", "1.4"),
    ("lowest_balance", "210.5"),
    ("low_balance", "900"),
    ("negative_days", "0"),
    ("negative_run", "0"),
    ("low_days", "12"),
    ("returned_items", "0"),
    ("inflow", "125000.75"),
    ("outflow", "101000"),
    ("net_cash_flow", "24000.75"),
    ("negative_months", "2"),
    ("income_variation", "0.18"),
    ("income_sources", "2"),
    ("deposit_days", "9.25"),
    ("debt_service", "850"),
    ("debt_service_cover", "2.1"),
    ("balance_volatility", "0.42"),
    ("largest_payer_share", "0.35"),
    ("payer_concentration", "0.21"),
    ("largest_deposit_share", "0.08"),
    ("balance_trend", "0.6"),
    ("inflow_trend", "0.2"),
    ("foreign_inflow_share", "0.05"),
    ("foreign_outflow_share", "0"),
    ("foreign_balance_share", "0"),
    ("currency_move_loss", "0"),
    ("own_transfers", "3000"),
    ("reversals", "0"),
    ("loan_proceeds", "0"),
    ("one_off_deposits", "0"),
    ("months_covered", "12"),
    ("longest_gap", "9"),
    ("converted_share", "1"),
    ("carried_share", "0.12"),
    ("balance_breaks", "0"),
    ("uncertain_days", "0"),
];

/// An account with nothing against it, on 2019-03-05: every indicator is known, and what is judged is green.
fn sound() -> Figures {
    let mut figures = Figures::new("409000611074", "2019-03-05".parse().unwrap(), "SGD");
    for (name, value) in SOUND {
        let indicator = INDICATORS.iter().find(|indicator| indicator.name == name).unwrap();
        for period in indicator.periods {
            figures = figures.with(name, *period, Some(decimal(value)));
        }
    }
    figures = figures.with("days_since_negative", Period::All, None);
    let month = |back: u32| {
        let last: chrono::NaiveDate = "2019-02-01".parse().unwrap();
        last.checked_sub_months(chrono::Months::new(back)).unwrap()
    };
    for (name, slope) in [("average_daily_balance", 310), ("inflow", 90), ("net_cash_flow", -700)] {
        let months = (0..12).rev().map(|back| {
            let wave = if back % 3 == 0 { 0 } else { slope };
            let value = 4_000 + slope * (11 - i64::from(back)) - wave;
            let value = Decimal::from_millionths(i128::from(value) * 1_000_000);
            (month(back), if back == 5 { None } else { value })
        });
        figures.history.insert(name.to_owned(), months.collect());
    }
    let facts = &mut figures.facts;
    facts.balance_currency = Some("INR".to_owned());
    facts.first_line = "2015-01-01".parse().ok();
    facts.last_line = "2019-03-04".parse().ok();
    (facts.lines, facts.not_converted) = (1_204, 3);
    facts.ratio_label = "High Creditworthiness".into();
    figures.inputs.manifest_sha256 = "0123456789abcdef".repeat(4);
    figures.inputs.rates =
        vec![RateVersion { source: "ecb".to_owned(), last: "2019-03-04".parse().unwrap() }];
    figures
}

/// The sound account with some values of its year in place of what they were.
fn with(values: &[(&str, &str)]) -> Figures {
    let year = |figures: Figures, (name, value): &(&str, &str)| {
        let indicator = INDICATORS.iter().find(|indicator| indicator.name == *name).unwrap();
        let years = [YEAR, Period::MonthsAndSince(12)].into_iter();
        let years = years.filter(|period| indicator.periods.contains(period));
        years.fold(figures, |figures, period| figures.with(name, period, value.parse().ok()))
    };
    values.iter().fold(sound(), year)
}

/// Forty days below zero, payments that came back, and a ratio that is high all the same.
fn overdrawn() -> Figures {
    with(&[
        ("negative_days", "40"),
        ("negative_run", "12"),
        ("balance_cover", "0.1"),
        ("balance_trend", "-6.5"),
    ])
    .with("returned_items", Period::Days(90), Some(decimal("4")))
    .with("days_since_negative", Period::All, Some(decimal("18")))
}

/// As much on one card as there is: large amounts, four reasons each, every note, long names, much that is not known.
fn crowded() -> Figures {
    let mut figures = overdrawn();
    for ((name, _), value) in &mut figures.values {
        let unit = INDICATORS.iter().find(|indicator| indicator.name == name).unwrap().unit;
        if matches!(unit, Unit::Money | Unit::MoneyAMonth) {
            *value = Some(decimal("-12345678901.23"));
        }
    }
    let year = ["longest_gap", "balance_breaks", "uncertain_days"];
    figures = year.into_iter().fold(figures, |figures, name| figures.with(name, YEAR, Some(decimal("121"))));
    figures = figures.with("largest_payer_share", YEAR, None).with("largest_deposit_share", YEAR, None);
    figures.subject.name = Some("Comercializadora General de Granos y Semillas del Noroeste".to_owned());
    figures.subject.customer = Some("CUST-0000-1234-5678-90".to_owned());
    figures.asked.instalment = Some(decimal("1234567.89"));
    figures.facts.last_line = "2018-12-20".parse().ok();
    figures.facts.lines = 10_000_000;
    let notes = [
        "The lines are of several currencies, so the currency of the balance is not known.",
        "INR has no rate on each day, so the balance is not told in SGD.",
    ];
    figures.facts.notes.extend(notes.map(str::to_owned));
    for name in ["outflow", "negative_days", "returned_items", "lowest_balance"] {
        let months = figures.history["inflow"].clone();
        figures.history.insert(name.to_owned(), months);
    }
    figures
}

#[test]
fn every_edge_belongs_to_the_better_band() {
    let policy = policy();
    let step = decimal("0.000001");
    let mut seen = 0;
    for entry in &policy.entries {
        let Some(judged) = entry.judged() else { continue };
        let band_at = |value: Decimal| {
            let figures = sound().with(entry.indicator.name, entry.period, Some(value));
            let cells = card(&figures).row(entry.indicator.name).unwrap().cells.clone();
            let cell = cells.into_iter().find(|cell| cell.period == entry.period).unwrap();
            assert_eq!(cell.points, judged.points.map(|points| points.of(cell.band.unwrap())));
            cell.band.unwrap()
        };
        let higher = |edge: Decimal| edge.less(Decimal::ZERO.less(step));
        let is_high = judged.worse == Worse::High;
        let past = |edge: Decimal| if is_high { higher(edge) } else { edge.less(step) };
        let before = |edge: Decimal| if is_high { edge.less(step) } else { higher(edge) };
        let [green, amber] = judged.edges;
        let name = entry.indicator.name;
        assert_eq!([before(green), green].map(band_at), [Band::Green; 2], "{name}");
        assert_eq!([past(green), before(amber), amber].map(band_at), [Band::Amber; 3], "{name}");
        assert_eq!(band_at(past(amber)), Band::Red, "{name}");
        for rule in &judged.rules {
            assert_eq!(judged.broken(rule.beyond).filter(|broken| broken == rule), None, "{name}");
            assert!(judged.broken(past(rule.beyond)).unwrap().at_best >= rule.at_best, "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 15, "only {seen} are judged");
}

#[test]
fn the_shipped_policy_speaks_of_every_indicator_and_gives_each_source() {
    let policy = policy();
    for indicator in INDICATORS {
        let entry = policy.entries.iter().find(|entry| entry.indicator == indicator);
        assert!(entry.is_some_and(|entry| entry.meaning.len() > 20), "{}", indicator.name);
    }
    for judged in policy.entries.iter().filter_map(|entry| entry.judged()) {
        let is_ours = judged.source.to_lowercase().contains("our own proposal");
        assert!(is_ours || judged.source.contains('('), "{}", judged.source);
    }
}

#[test]
fn forty_days_below_zero_outrank_a_high_ratio_and_any_points() {
    let sound = card(&sound());
    assert_eq!(sound.headline.band, Some(Band::Green), "{:?}", sound.points);
    assert!(sound.against.is_empty());
    let one = card(&with(&[("negative_days", "40"), ("negative_run", "12")]));
    let points = one.points.as_ref().unwrap();
    assert_eq!((points.band, points.at_best), (Band::Green, Some(Band::Red)), "the points alone are green");
    assert_eq!(one.headline.band, Some(Band::Red));
    assert_eq!(
        one.headline.sentence,
        "40 days below zero from March 2018 to 2019-03-05; the longest run was 12 days."
    );
    assert_eq!((one.ratio.shown.as_str(), one.ratio.label.as_str()), ("1.80", "High Creditworthiness"));
    let reason = &one.against[0];
    assert_eq!(
        (reason.indicator, reason.rule.as_deref()),
        ("negative_days", Some("above 30 days the grade is red"))
    );
    assert_eq!(reason.threshold, "green up to 0 days, amber up to 7 days");
    // Eight days leave amber at best, seven leave what the points say.
    assert_eq!(card(&with(&[("negative_days", "8")])).headline.band, Some(Band::Amber));
    assert_eq!(card(&with(&[("negative_days", "30")])).headline.band, Some(Band::Amber));
    assert_eq!(card(&with(&[("negative_days", "7")])).points.unwrap().at_best, None);
}

#[test]
fn who_is_below_zero_now_is_not_clean_until_the_month_has_ended() {
    // Nothing in the full months, and every day since.
    let since = |days: &str, last: &str| {
        let figures = sound().with("negative_days", Period::MonthsAndSince(12), Some(decimal(days)));
        let figures = figures.with("negative_run", Period::MonthsAndSince(12), Some(decimal(days)));
        card(&figures.with("days_since_negative", Period::All, Some(decimal(last))))
    };
    let now = since("20", "0");
    assert_eq!(now.headline.band, Some(Band::Amber), "a rule is broken");
    let first = &now.notes[0];
    assert_eq!(
        (first.is_warning, first.text.as_str()),
        (true, "The balance is below zero at the as-of date; 20 days since February 2019 ended below zero.")
    );
    assert_eq!(
        now.headline.sentence,
        "20 days below zero from March 2018 to 2019-03-05; the longest run was 20 days."
    );
    assert_eq!(since("1", "3").notes[0].text, "1 day since February 2019 ended below zero.");
    assert_eq!(since("31", "0").headline.band, Some(Band::Red));
    // Who was below zero in the full months alone has nothing to say of now.
    assert!(!card(&overdrawn()).notes.iter().any(|note| note.text.contains("below zero")));
}

#[test]
fn a_silent_account_says_since_when_and_has_no_grade_of_long_ago() {
    let silent = |last: &str| {
        let mut figures = sound();
        figures.facts.last_line = last.parse().ok();
        card(&figures.with("months_covered", YEAR, Some(decimal("4"))))
    };
    let old = silent("2018-07-08");
    assert_eq!(old.headline.band, None);
    assert_eq!(
        old.headline.sentence,
        "The last line is 240 days old; a grade needs one in the last 92 days."
    );
    let texts: Vec<_> =
        old.notes.iter().filter(|note| note.is_warning).map(|note| note.text.as_str()).collect();
    assert_eq!(texts[0], "No line since 2018-07-08, 240 days before the as-of date.");
    assert!(
        texts.contains(
            &"Only 4 months covered by lines in the 12 months to February 2019: means by the month are of these."
        ),
        "{texts:?}"
    );
    // On the last day that is borne, and with a policy that bears any.
    assert_eq!(silent("2018-12-03").headline.band, Some(Band::Green));
    assert_eq!(silent("2018-12-02").headline.band, None);
    let patient = read("mine", &SHIPPED.replace("maximum_silence = 92\n", "")).unwrap();
    let mut figures = sound();
    figures.facts.last_line = "2018-07-08".parse().ok();
    assert_eq!(Card::new(&patient, &figures).headline.band, Some(Band::Green));
}

#[test]
fn unknown_gives_no_points_either_way() {
    let known = card(&sound()).points.unwrap();
    let figures = sound().with("balance_cover", YEAR, None).with("returned_items", Period::Days(90), None);
    let unknown = card(&figures);
    let points = unknown.points.as_ref().unwrap();
    // Six for each of the two.
    assert_eq!((known.sum - points.sum, known.reachable - points.reachable), (12, 12));
    assert_eq!((points.percent.as_str(), unknown.headline.band), ("100.0", Some(Band::Green)));
    assert_eq!(
        unknown.unknown,
        ["Returned payments and overdraft fees", "Average balance over monthly outflow"]
    );
    let sentence = &unknown.row("balance_cover").unwrap().sentence;
    assert_eq!(sentence, "Average balance over monthly outflow in the 12 months to February 2019: unknown.");
    assert_eq!(
        unknown.row("days_since_negative").unwrap().sentence,
        "The balance was never below zero, or it cannot be told when."
    );
    // A rule on what is not known is not broken.
    let nothing = card(&overdrawn().with("negative_days", Period::MonthsAndSince(12), None).with(
        "returned_items",
        Period::Days(90),
        None,
    ));
    assert_eq!(nothing.points.unwrap().at_best, None);
}

#[test]
fn too_few_months_or_conversions_give_no_grade() {
    let grade =
        |name: &str, value: Option<&str>| card(&overdrawn().with(name, YEAR, value.map(decimal))).headline;
    assert_eq!(grade("months_covered", Some("3")).band, Some(Band::Red));
    let few = grade("months_covered", Some("2"));
    assert_eq!((few.band, few.word), (None, "insufficient data"));
    assert_eq!(
        few.sentence,
        "Full months with lines: 2 months; a grade needs 3 months in the 12 months to February 2019."
    );
    assert_eq!(grade("converted_share", Some("0.95")).band, Some(Band::Red));
    assert!(
        grade("converted_share", Some("0.949999")).sentence.starts_with("Lines converted to SGD: 94.9999 %;")
    );
    for name in ["months_covered", "converted_share"] {
        let none = grade(name, None);
        assert!(
            none.band.is_none() && none.sentence.contains(": unknown; a grade needs"),
            "{}",
            none.sentence
        );
    }
    let figures = with(&[("months_covered", "2")]);
    let card = card(&figures);
    assert!(card.points.is_none() && card.against.is_empty() && card.in_favour.is_empty());
    assert_eq!(
        card.row("negative_days").unwrap().main().unwrap().band,
        Some(Band::Green),
        "its bands are shown"
    );
    // An account of which nothing is known has no grade and no panic.
    let empty = Card::new(&policy(), &Figures::new("1", "2019-03-05".parse().unwrap(), "SGD"));
    assert_eq!(empty.headline.band, None);
    assert_eq!(empty.ratio.shown, "n/a: no withdrawals");
}

#[test]
fn reasons_are_four_at_most_and_what_weighs_most_comes_first() {
    let card = card(&overdrawn());
    let against: Vec<_> = card.against.iter().map(|reason| (reason.indicator, reason.points)).collect();
    assert_eq!(
        against,
        [("negative_days", -16), ("returned_items", -12), ("balance_cover", -6), ("balance_trend", -6)]
    );
    let in_favour: Vec<_> = card.in_favour.iter().map(|reason| (reason.indicator, reason.points)).collect();
    assert_eq!(
        in_favour,
        [("debt_service_cover", 6), ("income_variation", 5), ("balance_volatility", 4), ("inflow_trend", 4)]
    );
    // A broken rule goes before any points: what leaves red stands first even where it costs less.
    let text = SHIPPED.replace(
        "points = { green = 8, amber = -8, red = -16 }",
        "points = { green = 1, amber = 0, red = 0 }",
    );
    let lenient = read("lenient", &text).unwrap();
    let first = &Card::new(&lenient, &overdrawn()).against[0];
    assert_eq!((first.indicator, first.points), ("negative_days", 0));
    let all = with(&[
        ("negative_days", "9"),
        ("low_days", "300"),
        ("negative_months", "9"),
        ("income_variation", "2"),
        ("balance_cover", "0"),
        ("balance_volatility", "3"),
    ]);
    assert_eq!(Card::new(&policy(), &all).against.len(), MOST);
}

#[test]
fn exposure_to_currencies_never_changes_a_grade() {
    let at_home = card(&sound());
    let abroad = card(&with(&[
        ("foreign_inflow_share", "1"),
        ("foreign_outflow_share", "1"),
        ("foreign_balance_share", "1"),
        ("currency_move_loss", "99999999"),
    ]));
    assert_eq!((&abroad.headline, &abroad.points), (&at_home.headline, &at_home.points));
    assert!(abroad.against.is_empty());
    let cell = abroad.row("foreign_balance_share").unwrap().cells[0].clone();
    assert_eq!((cell.band, cell.points), (Some(Band::Red), None));
}

#[test]
fn the_same_inputs_have_the_same_run_and_others_another() {
    let id = |figures: &Figures, policy: &Policy| Card::new(policy, figures).run_id;
    let policy = policy();
    let one = id(&sound(), &policy);
    assert_eq!(one, id(&sound(), &policy));
    let mut others = vec![sound(); 5];
    others[0].as_of = "2019-03-06".parse().unwrap();
    others[1].inputs.manifest_sha256.push('0');
    others[2].asked.instalment = Some(decimal("500"));
    others[3].subject.account.push('0');
    others[4].base_currency = "MXN".to_owned();
    let mut ids: Vec<_> = others.iter().map(|figures| id(figures, &policy)).collect();
    ids.push(id(&sound(), &read("other", &format!("{SHIPPED}#")).unwrap()));
    ids.push(one);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

#[test]
fn what_is_uncertain_is_said_at_the_top() {
    let mut figures = with(&[("balance_breaks", "2"), ("uncertain_days", "1"), ("longest_gap", "45")]);
    figures.facts.last_line = "2019-01-02".parse().ok();
    figures.facts.notes.push("The account has several currencies.".to_owned());
    let notes: Vec<_> = card(&figures).notes.into_iter().map(|note| note.text).collect();
    assert_eq!(
        notes,
        [
            "1,204 lines from 2015-01-01 to 2019-01-02.",
            "No line since 2019-01-02, 62 days before the as-of date.",
            "3 of 1,204 lines could not be converted to SGD and count in no amount.",
            "Converted at an earlier day's rate: 12.0 % in the 12 months to February 2019.",
            "Longest time without a line: 45 days in the 12 months to February 2019.",
            "Balances that do not follow: 2 items in the 12 months to February 2019.",
            "Days whose balance is uncertain: 1 day in the 12 months to February 2019.",
            "The account has several currencies.",
        ]
    );
}

#[test]
fn a_portfolio_has_the_worst_first_and_those_without_a_grade_last() {
    let named = |mut figures: Figures, account: &str| {
        figures.subject.account = account.to_owned();
        card(&figures)
    };
    let cards = [
        named(sound(), "b"),
        named(with(&[("months_covered", "1")]), "none"),
        named(overdrawn(), "red"),
        named(sound(), "a"),
        named(with(&[("negative_days", "8")]), "amber"),
    ];
    let lines = portfolio::lines(&cards);
    assert_eq!(lines.iter().map(|line| line.account).collect::<Vec<_>>(), ["red", "amber", "a", "b", "none"]);
    let batch = portfolio::batch(&lines).unwrap();
    assert_eq!(batch.num_rows(), 5);
    let told = saldo::credit::card::text::plain(&portfolio::table(&lines, 80));
    insta::assert_snapshot!(told);
    assert_eq!(portfolio::what_if(&lines), None);
}

#[test]
fn a_portfolio_with_an_instalment_that_is_not_there_says_so_in_each_form() {
    let mut figures = sound();
    figures.asked.instalment = Some("100000000".parse().unwrap());
    let cards = [card(&figures)];
    let lines = portfolio::lines(&cards);
    let said = "What-if: with a proposed instalment of SGD 100,000,000.00 a month.";
    let told = saldo::credit::card::text::plain(&portfolio::table(&lines, 80));
    assert!(told.contains(said), "{told}");
    assert_eq!(portfolio::what_if(&lines).as_deref(), Some(said));
    let json = serde_json::to_value(&lines).unwrap();
    assert_eq!(json[0]["instalment"], "100000000.000000", "{json}");
    assert!(portfolio::csv(&lines).lines().next().unwrap().ends_with(",instalment"));
    assert!(portfolio::batch(&lines).unwrap().column_by_name("instalment").is_some());
    assert!(cards[0].in_common().ends_with("with a proposed instalment of SGD 100,000,000.00 a month"));
}
