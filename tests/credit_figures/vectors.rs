//! Every indicator by hand. The as-of day is 2019-08-31 where none is named, so the months are 2018-09 to 2019-08.

use super::*;

/// What comes in and goes out in each month of the salaried account, beside what is its own.
const OWN: [(&str, &str, i64); 10] = [
    ("2018-10-12", "GIFT AUNT MAY", 5000),
    ("2018-11-12", "LOAN DISBURSAL 4711", 2000),
    ("2018-12-12", "OWNB/INTERNAL FUND TRANSFE", 700),
    ("2019-01-12", "OWNB/INTERNAL FUND TRANSFE", -300),
    ("2019-02-12", "REFUND SHOP", 40),
    ("2019-06-15", "INSUFFICIENT FUNDS FEE", -30),
    ("2019-08-05", "CHQ RETURN CHG INSUFF FUND", -25),
    ("2019-08-06", "CHQ RETURN CHG INSUFF FUND", -25),
    ("2019-08-07", "REV CHQ RETURN CHG", 25),
    ("2019-08-08", "RETURN TICKET AIRLINE", -10),
];

/// Twelve months with a salary of 3,000 on the 25th, a rent of 1,000 on the 1st and an instalment of 500 on the 10th.
fn salaried() -> Vec<String> {
    let mut moves: Vec<(String, &str, i64)> =
        OWN.iter().map(|(date, text, amount)| ((*date).to_owned(), *text, *amount)).collect();
    for month in 0..12 {
        let date = |of_month: u32| {
            let first = day("2018-09-01") + chrono::Months::new(month);
            (first + chrono::Days::new(u64::from(of_month) - 1)).to_string()
        };
        moves.push((date(1), "RENT NORTHGATE ESTATES", -1000));
        moves.push((date(10), "LOAN EMI 00815", -500));
        moves.push((date(25), "SALARY CREDIT ACME CORP", 3000));
    }
    moves.sort();
    let moves: Vec<_> = moves.iter().map(|(date, text, amount)| (date.as_str(), *text, *amount)).collect();
    lines("SALARIED", &moves)
}

/// A line on the first of every month for ten years, 100 in and 50 out in turn.
fn ten_years() -> Vec<String> {
    let mut balance = 0;
    let line = |month: u32| {
        let date = (day("2009-09-01") + chrono::Months::new(month)).to_string();
        let amount = if month.is_multiple_of(2) { 100 } else { -50 };
        balance += amount;
        line("DECADE", &date, "CASH", amount, balance)
    };
    (0..120).map(line).collect()
}

/// Several lines of a day, in the order in which they happened.
pub fn several_a_day(account: &str) -> Vec<String> {
    lines(
        account,
        &[
            ("2019-07-02", "A", 500),
            ("2019-07-02", "B", -700),
            ("2019-07-02", "C", 300),
            ("2019-07-20", "D", -150),
            ("2019-07-20", "E", 60),
            ("2019-08-03", "F", 90),
            ("2019-08-03", "G", -200),
            ("2019-08-03", "H", 40),
        ],
    )
}

/// A salary on the 25th with the same employer's refunds of expenses in between; three alike that are not a month apart; a payer
/// whose amounts wander; one who pays a third of what he paid.
fn regular() -> Vec<String> {
    let mut moves: Vec<(String, &str, i64)> = Vec::new();
    for month in 1..=8 {
        moves.push((format!("2019-{month:02}-25"), "NEFT CR ACME CORP", 3000 + 20 * month));
        moves.push((format!("2019-{month:02}-12"), "NEFT CR ACME CORP", 35 * month));
    }
    for (date, amount) in [("2019-02-01", 500), ("2019-02-20", 500), ("2019-03-22", 500)] {
        moves.push((date.to_owned(), "NEFT CR BETA LTD", amount));
    }
    for (date, amount) in [("2019-04-01", 100), ("2019-05-01", 120), ("2019-06-01", 145)] {
        moves.push((date.to_owned(), "NEFT CR GAMMA LTD", amount));
    }
    for (date, amount) in [("2019-04-02", 900), ("2019-05-02", 300), ("2019-06-02", 300), ("2019-07-02", 300)]
    {
        moves.push((date.to_owned(), "NEFT CR DELTA LTD", amount));
    }
    moves.sort();
    let moves: Vec<_> = moves.iter().map(|(date, text, amount)| (date.as_str(), *text, *amount)).collect();
    lines("REGULAR", &moves)
}

/// Accounts of which the last full month does not tell all.
fn unfinished() -> Vec<String> {
    let mut all = Vec::new();
    // Below zero across the end of a month.
    all.extend(lines(
        "ACROSS",
        &[("2019-07-01", "A", 100), ("2019-07-30", "B", -150), ("2019-08-11", "C", 60)],
    ));
    // A line on the third of each month of 2018, and nothing since; another whose statement breaks off in August.
    all.extend(
        (1..=12)
            .map(|month| line("SILENT", &format!("2018-{month:02}-03"), "CASH", 10, 10 * i64::from(month))),
    );
    all.extend((0..14).map(|week| {
        let date = (day("2019-05-06") + chrono::Days::new(7 * week)).to_string();
        line("CUT", &date, "CASH", 10, 10 * (i64::try_from(week).unwrap() + 1))
    }));
    all
}

pub fn statement() -> Vec<String> {
    let mut all = lines(
        "ADB",
        &[
            ("2019-08-01", "A", 1000),
            ("2019-08-03", "B", -500),
            ("2019-08-08", "C", 1000),
            ("2019-08-15", "D", 500),
            ("2019-08-22", "E", -1000),
            ("2019-08-28", "F", 1500),
            ("2019-08-31", "G", -2000),
        ],
    );
    all.extend(lines(
        "NEGATIVE",
        &[
            ("2019-07-30", "A", 100),
            ("2019-08-03", "B", -150),
            ("2019-08-06", "C", 100),
            ("2019-08-20", "D", -100),
            ("2019-08-21", "E", 200),
        ],
    ));
    all.extend(unfinished());
    all.extend(regular());
    all.extend(lines("LEAP", &[("2020-02-01", "A", 2900), ("2020-02-29", "B", -2900)]));
    all.extend(lines("ONE", &[("2019-08-05", "A", 10)]));
    all.extend(salaried());
    all.extend(ten_years());
    all.extend(lines(
        "OLD",
        &[("2010-03-05", "A", 100), ("2010-03-09", "B", -300), ("2010-03-11", "C", 700)],
    ));
    // Value dates and booking dates apart.
    all.push(line_in("SGD", "DATES", "2019-07-31", "2019-08-02", "A", 100, 100));
    all.push(line_in("SGD", "DATES", "2019-08-31", "2019-09-03", "B", -40, 60));
    // Currencies: one with two rates, one without any, several in one account.
    all.push(line_in("USD", "DOLLARS", "2019-08-01", "2019-08-01", "A", 100, 100));
    all.push(line_in("USD", "DOLLARS", "2019-08-31", "2019-08-31", "INTEREST", 0, 100));
    // A loan paid in a currency without a rate.
    all.push(line_in("SGD", "ABROAD", "2019-08-01", "2019-08-01", "SALARY", 1000, 1000));
    all.push(line_in("AED", "ABROAD", "2019-08-30", "2019-08-30", "LOAN EMI", -100, 900));
    all.push(line_in("AED", "DIRHAMS", "2019-08-01", "2019-08-01", "A", 100, 100));
    all.push(line_in("AED", "DIRHAMS", "2019-08-02", "2019-08-02", "B", -130, -30));
    all.push(line_in("AED", "DIRHAMS", "2019-08-31", "2019-08-31", "INTEREST", 0, -30));
    for (index, currency) in ["SGD", "USD", "EUR", "AED", "XYZ"].iter().enumerate() {
        let date = format!("2019-08-{:02}", [1, 2, 3, 4, 29][index]);
        all.push(line_in(currency, "FIVE", &date, &date, "A", 100, i64::try_from(index).unwrap() * 10 - 10));
    }
    // Twelve months that grow, and one that steadily falls.
    for month in 0..12 {
        let date = (day("2018-09-01") + chrono::Months::new(month)).to_string();
        all.push(line("GROWING", &date, "CASH", 100 * (i64::from(month) + 1), 100 * (i64::from(month) + 1)));
    }
    // The second balance should be 15; the third day's lines belong to no one order.
    all.push(line("BROKEN", "2019-08-01", "A", 10, 10));
    all.push(line("BROKEN", "2019-08-02", "B", 5, 16));
    all.push(line("LOOSE", "2019-08-01", "A", 10, 10));
    all.push(line("LOOSE", "2019-08-02", "B", 5, 15));
    all.push(line("LOOSE", "2019-08-02", "C", 7, 40));
    all
}

#[test]
fn balances_count_on_every_calendar_day() {
    let figures = HOME.account("ADB", "2019-08-31");
    assert_values(
        &figures,
        &[
            // 1,000 on 2 days, 500 on 5, 1,500 on 7, 2,000 on 7, 1,000 on 6, 2,500 on 3, 500 on 1: 43,000 on 31.
            ("average_daily_balance", "1m", "1387.096774"),
            ("average_daily_balance", "12m", "1387.096774"),
            ("balance_cover", "12m", "0.396313"),
            ("lowest_balance", "12m", "500"),
            // The fourth of 31 balances in their order: six are 500.
            ("low_balance", "12m", "500"),
            // A mean day's outflow is 3,500 / 31, three of them 338.71.
            ("low_days", "12m", "0"),
            ("negative_days", "12m", "0"),
            ("negative_run", "12m", "0"),
            ("inflow", "1m", "4000"),
            ("outflow", "1m", "3500"),
            ("net_cash_flow", "12m", "500"),
            ("deposit_days", "12m", "4"),
            ("months_covered", "12m", "1"),
            ("ratio", "all", "1.142857"),
            // The root of the mean squared distance from 1387.097 is 631.303.
            ("balance_volatility", "12m", "0.455125"),
            // One month has no trend and no variation.
            ("longest_gap", "12m", "6"),
        ],
    );
    assert!(!figures.values.contains_key(&("days_since_negative".into(), Period::All)));
    assert!(!figures.values.contains_key(&("balance_trend".into(), Period::Months(12))));
    assert_eq!(figures.facts.ratio_label, "Moderate Creditworthiness");
    assert_eq!((figures.facts.ratio_note.as_deref(), figures.facts.lines), (None, 7));
    assert_eq!(figures.facts.balance_currency.as_deref(), Some("SGD"));
    assert_eq!(months(&figures, "average_daily_balance"), ["2019-08 1387.10"]);
    assert_eq!(months(&figures, "net_cash_flow"), ["2019-08 500.00"]);

    // The floor is above the six days with 500.
    let mut request = request(Whose::Account("ADB".into()), "2019-08-31");
    request.asked.floor = "600".parse().unwrap();
    let found = HOME.ask(&request).unwrap();
    assert_values(&found[0], &[("low_days", "3m", "6")]);
    assert_eq!(found[0].asked, request.asked);
}

#[test]
fn days_below_zero_are_counted_where_they_end_so() {
    let figures = HOME.account("NEGATIVE", "2019-08-31");
    assert_values(
        &figures,
        &[
            // The 3rd to the 5th, and the 20th.
            ("negative_days", "1m", "4"),
            ("negative_days", "12m", "4"),
            ("negative_run", "12m", "3"),
            ("days_since_negative", "all", "11"),
            ("lowest_balance", "12m", "-50"),
            // A month of which the statement has two days does not count, what it has does.
            ("months_covered", "12m", "1"),
            ("negative_months", "12m", "0"),
            ("inflow", "12m", "400"),
            ("deposit_days", "12m", "2"),
        ],
    );
    assert_eq!(months(&figures, "negative_days"), ["2019-07 0.00", "2019-08 4.00"]);
    assert_eq!(months(&figures, "lowest_balance"), ["2019-07 100.00", "2019-08 -50.00"]);
    // On the 20th itself, which is in no full month.
    let then = HOME.account("NEGATIVE", "2019-08-20");
    assert_values(
        &then,
        &[
            ("days_since_negative", "all", "0"),
            ("negative_days", "12m", "0"),
            ("negative_run", "12m", "0"),
            ("negative_days", "12m+", "4"),
            ("negative_run", "12m+", "3"),
        ],
    );
    assert_eq!(then.negative_since(), Some("4".parse().unwrap()));
    // From 30 July to 10 August, of which two days are in a full month.
    assert_values(
        &HOME.account("ACROSS", "2019-08-20"),
        &[
            ("negative_days", "12m", "2"),
            ("negative_run", "12m", "2"),
            ("negative_days", "12m+", "12"),
            ("negative_run", "12m+", "12"),
        ],
    );
    // Nine years before the window the last line below zero counts.
    assert_values(
        &HOME.account("OLD", "2019-08-31"),
        &[
            ("days_since_negative", "all", "3462"),
            ("average_daily_balance", "12m", "500"),
            ("months_covered", "12m", "0"),
            ("inflow", "12m", "∅"),
            ("longest_gap", "12m", "365"),
        ],
    );
}

#[test]
fn a_month_is_covered_only_as_far_as_the_lines_reach() {
    // Four lines of the window, up to 31 days apart, the last on 3 December: December counts, January does not.
    let silent = HOME.account("SILENT", "2019-08-31");
    assert_values(
        &silent,
        &[("months_covered", "12m", "4"), ("longest_gap", "12m", "271"), ("inflow", "12m", "40")],
    );
    assert_eq!(silent.silence(), Some("271".parse().unwrap()));
    // A line a week from 6 May to 5 August: with 26 silent days behind it August is not whole, and May to July are.
    let cut = HOME.account("CUT", "2019-08-31");
    assert_values(
        &cut,
        &[
            ("months_covered", "12m", "3"),
            ("deposit_days", "12m", "4.333333"),
            ("inflow", "1m", "∅"),
            ("inflow", "3m", "100"),
        ],
    );
}

#[test]
fn what_a_payer_pays_beside_it_hides_no_regular_income() {
    // The employer's salary rises, his refunds come between; the others pay not monthly, or not the same, or so only twice.
    let figures = HOME.account("REGULAR", "2019-08-31");
    assert_values(&figures, &[("income_sources", "12m", "2")]);
}

#[test]
fn a_month_is_full_on_its_last_day_also_in_a_leap_year() {
    // 2,900 on 28 of 29 days.
    let leap = HOME.account("LEAP", "2020-02-29");
    assert_values(
        &leap,
        &[("average_daily_balance", "1m", "2800"), ("months_covered", "12m", "1"), ("ratio", "all", "1")],
    );
    // A day before, February has not ended and January had nothing.
    let before = HOME.account("LEAP", "2020-02-28");
    assert_values(
        &before,
        &[("average_daily_balance", "1m", "∅"), ("inflow", "12m", "∅"), ("ratio", "all", "∅")],
    );
    assert_eq!(before.history.len(), 0);
    assert_eq!(before.facts.ratio_note.as_deref(), Some("n/a: no withdrawals"));
    assert_eq!(before.facts.ratio_label, "Low Creditworthiness");
}

#[test]
fn one_line_tells_little_and_hides_nothing() {
    let figures = HOME.account("ONE", "2019-08-31");
    assert_values(
        &figures,
        &[
            ("ratio", "all", "∅"),
            ("average_daily_balance", "1m", "10"),
            ("balance_cover", "3m", "∅"),
            // One line covers no month, so nothing that counts by the month is known.
            ("months_covered", "12m", "0"),
            ("inflow", "1m", "∅"),
            ("balance_volatility", "12m", "0"),
            ("largest_payer_share", "12m", "1"),
            ("payer_concentration", "12m", "1"),
            ("largest_deposit_share", "12m", "1"),
            ("income_sources", "12m", "0"),
            ("one_off_deposits", "12m", "∅"),
            ("adjusted_ratio", "12m", "∅"),
            ("debt_service", "12m", "∅"),
            ("debt_service_cover", "12m", "∅"),
            ("converted_share", "12m", "1"),
            ("carried_share", "12m", "0"),
            ("foreign_balance_share", "12m", "0"),
            ("balance_breaks", "12m", "0"),
            ("uncertain_days", "12m", "0"),
        ],
    );
    for what_is_there_by_the_month in ["returned_items", "currency_move_loss"] {
        assert!(!figures.values.contains_key(&(what_is_there_by_the_month.into(), Period::Months(12))));
    }
    // Before the account's first line there is nobody.
    let nobody = HOME.ask(&request(Whose::Account("ONE".into()), "2019-08-04")).unwrap();
    assert_eq!(nobody, []);
}

#[test]
fn income_is_what_is_left_without_transfers_reversals_loans_and_gifts() {
    let figures = HOME.account("SALARIED", "2019-08-31");
    assert_values(
        &figures,
        &[
            // 12 salaries, 5,000, 2,000, 700, 40 and 25; 12 rents and instalments, 300, 30, 25, 25 and 10.
            ("inflow", "12m", "43765"),
            ("outflow", "12m", "18390"),
            ("own_transfers", "12m", "1000"),
            ("reversals", "12m", "65"),
            ("loan_proceeds", "12m", "2000"),
            ("one_off_deposits", "12m", "5000"),
            // 36,000 over 18,090.
            ("adjusted_ratio", "12m", "1.99005"),
            ("income_variation", "12m", "0"),
            ("income_sources", "12m", "1"),
            // 36 of 41 thousand; its square and that of 5 of 41.
            ("largest_payer_share", "12m", "0.878049"),
            ("payer_concentration", "12m", "0.785842"),
            ("largest_deposit_share", "12m", "0.121951"),
            ("deposit_days", "12m", "1.416667"),
            ("deposit_days", "3m", "1.333333"),
            ("negative_months", "12m", "0"),
            ("months_covered", "12m", "12"),
            ("debt_service", "3m", "500"),
            // (36,000 - 12,000) / 6,000.
            ("debt_service_cover", "12m", "4"),
            // One of the fees of August came back; the fee of June is older than 60 days.
            ("returned_items", "30d", "1"),
            ("returned_items", "60d", "1"),
            ("returned_items", "90d", "2"),
            ("returned_items", "12m", "2"),
            ("inflow_trend", "12m", "-0.041667"),
        ],
    );
    let returned = months(&figures, "returned_items");
    assert_eq!(
        (returned.len(), returned[9].as_str(), returned[11].as_str()),
        (12, "2019-06 1.00", "2019-08 1.00")
    );

    // 24,000 over twelve times 500 and 500.
    let mut request = request(Whose::Account("SALARIED".into()), "2019-08-31");
    request.asked.instalment = Some("500".parse().unwrap());
    assert_values(
        &HOME.ask(&request).unwrap()[0],
        &[("debt_service_cover", "12m", "2"), ("debt_service", "12m", "500")],
    );
}

#[test]
fn trends_are_medians_of_slopes() {
    let figures = HOME.account("GROWING", "2019-08-31");
    // Each month 100 more, the median month has 650; the mean distance from 650 is 345.205.
    assert_values(
        &figures,
        &[
            ("inflow_trend", "12m", "15.384615"),
            ("balance_trend", "12m", "15.384615"),
            ("income_variation", "12m", "0.531085"),
        ],
    );
}

#[test]
fn ten_years_are_one_ratio_and_twelve_months() {
    let figures = HOME.account("DECADE", "2019-08-31");
    // 60 times 100 over 60 times 50; in the window six times each.
    assert_values(
        &figures,
        &[("ratio", "all", "2"), ("inflow", "12m", "600"), ("months_covered", "12m", "12")],
    );
    assert_eq!(figures.facts.first_line, Some(day("2009-09-01")));
    assert_eq!((figures.facts.last_line, figures.facts.lines), (Some(day("2019-08-01")), 120));
    assert_eq!(figures.facts.ratio_label, "High Creditworthiness");
    // 54 times 50 until August 2018, then 2,800, 2,750 and so on.
    let averages = months(&figures, "average_daily_balance");
    assert_eq!((averages[0].as_str(), averages[11].as_str()), ("2018-09 2800.00", "2019-08 3000.00"));
}

#[test]
fn amounts_count_by_value_date_and_balances_by_booking_date() {
    let figures = HOME.account("DATES", "2019-08-31");
    assert_values(
        &figures,
        &[
            ("inflow", "1m", "100"),
            ("outflow", "12m", "0"),
            // 100 on 30 days and 60 on the last.
            ("average_daily_balance", "1m", "98.709677"),
            // The withdrawal has no value yet.
            ("ratio", "all", "∅"),
        ],
    );
    assert_eq!(months(&figures, "average_daily_balance"), ["2019-07 100.00", "2019-08 98.71"]);
}

#[test]
fn a_cost_that_could_not_be_converted_is_not_nothing() {
    let figures = HOME.account("ABROAD", "2019-08-31");
    assert_values(
        &figures,
        &[("inflow", "1m", "1000"), ("debt_service", "3m", "∅"), ("debt_service_cover", "3m", "∅")],
    );
}

#[test]
fn currencies_are_converted_day_by_day_or_said_to_be_unknown() {
    let dollars = HOME.account("DOLLARS", "2019-08-31");
    assert_values(
        &dollars,
        &[
            // 150 on 15 days and 135 on 16.
            ("average_daily_balance", "1m", "142.258065"),
            ("inflow", "1m", "150"),
            ("foreign_inflow_share", "12m", "1"),
            ("foreign_outflow_share", "12m", "∅"),
            ("foreign_balance_share", "12m", "1"),
            // The worst month was August, a tenth down: of 135 held and 150 that a month brings.
            ("currency_move_loss", "12m", "28.5"),
        ],
    );
    assert_eq!(dollars.facts.notes, [] as [&str; 0]);

    let dirhams = HOME.account("DIRHAMS", "2019-08-31");
    assert_values(
        &dirhams,
        &[
            ("average_daily_balance", "1m", "∅"),
            ("inflow", "1m", "∅"),
            ("currency_move_loss", "12m", "∅"),
            ("negative_months", "12m", "∅"),
            ("reversals", "12m", "∅"),
            ("own_transfers", "12m", "∅"),
            ("loan_proceeds", "12m", "∅"),
            ("one_off_deposits", "12m", "∅"),
            // Money came in on one day, whatever it is worth.
            ("deposit_days", "12m", "1"),
            ("converted_share", "12m", "0"),
            // Zero is zero in any currency.
            ("negative_days", "1m", "30"),
            ("months_covered", "12m", "1"),
        ],
    );
    assert_eq!(dirhams.facts.not_converted, 3);
    assert_eq!(dirhams.facts.notes, ["AED has no rate on each day, so the balance is not told in SGD."]);

    let five = HOME.account("FIVE", "2019-08-31");
    assert_values(
        &five,
        &[
            ("average_daily_balance", "1m", "∅"),
            // 100 SGD, 150 for the dollars and for the euros each.
            ("inflow", "1m", "400"),
            ("foreign_inflow_share", "12m", "0.75"),
            ("converted_share", "12m", "0.6"),
            ("negative_days", "1m", "1"),
        ],
    );
    assert_eq!(five.facts.balance_currency, None);
    assert_eq!(
        five.facts.notes,
        ["The currency of the balance is not known: the lines name several, or none."]
    );
}

#[test]
fn breaks_and_unknown_orders_are_counted() {
    assert_values(&HOME.account("BROKEN", "2019-08-31"), &[("balance_breaks", "12m", "1")]);
    let loose = HOME.account("LOOSE", "2019-08-31");
    assert_values(&loose, &[("uncertain_days", "12m", "30"), ("balance_breaks", "12m", "1")]);
}

#[test]
fn the_order_of_a_file_changes_nothing() {
    let [newest, oldest] = ["NEWEST", "OLDEST"].map(|account| HOME.account(account, "2019-08-31"));
    assert_eq!(newest.values, oldest.values);
    assert_eq!(newest.history, oldest.history);
    // 100 from 2 July, 10 from the 20th, -60 from 3 August.
    assert_values(
        &newest,
        &[("negative_days", "12m", "29"), ("lowest_balance", "12m", "-60"), ("uncertain_days", "12m", "0")],
    );
    assert_eq!(months(&newest, "average_daily_balance"), ["2019-07 64.00", "2019-08 -55.48"]);
}

#[test]
fn an_account_alone_is_as_among_all() {
    let all = HOME.ask(&request(Whose::EveryAccount, "2019-08-31")).unwrap();
    let names: Vec<_> = all.iter().map(|figures| figures.subject.account.as_str()).collect();
    assert!(names.is_sorted() && names.contains(&"SALARIED") && !names.contains(&"LEAP"), "{names:?}");
    for figures in all.iter().filter(|figures| !figures.subject.account.starts_with("TEXT")) {
        let mut alone = HOME.account(&figures.subject.account, "2019-08-31");
        // How much of the files was read for it is another matter.
        alone.inputs.bytes_read = figures.inputs.bytes_read;
        assert_eq!(*figures, alone);
    }
}

#[test]
fn a_topic_alone_tells_the_same() {
    let all = HOME.account("SALARIED", "2019-08-31");
    let mut told = 0;
    for topic in saldo::credit::statement::TOPICS {
        let mut request = request(Whose::Account("SALARIED".into()), "2019-08-31");
        request.topics = vec![topic];
        let alone = HOME.ask(&request).unwrap().pop().unwrap();
        assert!(!alone.values.is_empty() || !alone.history.is_empty(), "{topic}");
        for (key, value) in &alone.values {
            assert_eq!(all.values.get(key), Some(value), "{topic} {key:?}");
        }
        told += alone.values.len();
    }
    assert_eq!(told, all.values.len());
}

#[test]
fn a_day_beyond_the_calendar_is_refused() {
    let far = HOME.ask(&request(Whose::Account("ADB".into()), "2031-01-31"));
    assert_eq!(
        far.map_err(|error| error.to_string()),
        Err("the days up to 2031-01-31 are not in the lake's calendar, which ends with 2020-12-31".to_owned())
    );
}
