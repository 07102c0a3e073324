//! Money is exact: quotients are those of whole numbers, bands are those of the sums, and the second job's own
//! statements get the same rows.

use duckdb::Connection;
use saldo::query::Newest;
use saldo::sql::{self, Kind};

use super::*;

/// The statements as the second job runs them in Athena.
const SECOND_JOB: [(&str, &str, usize); 3] = [
    (
        "account_summary",
        "SELECT account_no, SUM(COALESCE(withdrawal_sgd_amt, 0)) AS total_withdrawals_sgd, SUM(COALESCE(deposit_sgd_amt, 0)) AS total_deposits_sgd
FROM \"pyspark-database\".\"processed\" GROUP BY account_no",
        3,
    ),
    (
        "credit_worthiness",
        "SELECT account_no, SUM(deposit_sgd_amt) AS total_deposits_sgd, SUM(withdrawal_sgd_amt) AS total_withdrawals_sgd,
    SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) AS credit_ratio,
    CASE WHEN SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) > 1.5 THEN 'High Creditworthiness'
         WHEN SUM(deposit_sgd_amt) / NULLIF(SUM(withdrawal_sgd_amt), 0) BETWEEN 1.0 AND 1.5 THEN 'Moderate Creditworthiness'
         ELSE 'Low Creditworthiness' END AS creditworthiness
FROM \"pyspark-database\".\"processed\" GROUP BY account_no",
        5,
    ),
    (
        "deposits_by_currency",
        "SELECT deposit_currency, SUM(deposit_sgd_amt) AS total_deposit FROM \"pyspark-database\".\"processed\" GROUP BY deposit_currency",
        2,
    ),
];

#[test]
fn the_second_jobs_statements_and_ours_give_the_same_rows() {
    for (name, theirs, columns) in SECOND_JOB {
        let mut theirs = SPREAD.run(&Statement::plain(theirs));
        let mut ours = first(&SPREAD.ask(name, &[]), columns);
        assert_eq!(theirs[0], ours[0], "names and order of the columns of {name}");
        theirs[1..].sort();
        ours[1..].sort();
        assert_eq!(theirs.len(), ours.len(), "rows of {name}");
        for (theirs, ours) in theirs.iter().zip(&ours).skip(1) {
            for (place, (theirs, ours)) in theirs.split('|').zip(ours.split('|')).enumerate() {
                if name == "credit_worthiness" && place == 3 && ours != "∅" {
                    // Theirs is a float here.
                    let apart = theirs.parse::<f64>().unwrap() - ours.parse::<f64>().unwrap();
                    assert!(apart.abs() < 0.000_000_6, "{theirs} {ours}");
                } else {
                    assert_eq!(theirs, ours, "{name}");
                }
            }
        }
    }
}

/// Their label is one of floats: 0.27 / 0.18 is a little more than 1.5. Ours is one of the sums.
#[test]
fn where_their_float_goes_over_an_edge_ours_does_not() {
    let lines = ["1,5-Jul-17,PAY,5-Jul-17,,,0.27,SGD,", "1,5-Jul-17,BUY,5-Jul-17,0.18,SGD,,,"];
    let home = Home::new(&[lines.to_vec()], &[]);
    let theirs = home.run(&Statement::plain(SECOND_JOB[1].1));
    assert!(theirs[1].ends_with("|High Creditworthiness"), "{}", theirs[1]);
    assert_eq!(
        home.ask("credit_worthiness", &[])[1],
        "1|0.270000|0.180000|1.500000|Moderate Creditworthiness|Moderate|∅|2"
    );
}

#[test]
fn the_bands_of_creditworthiness_have_their_edges() {
    let pairs = [
        (1, "100", "99.99"),
        (2, "100", "100"),
        (3, "100", "150"),
        (4, "100", "150.01"),
        (5, "", "10"),
        (6, "10", ""),
    ];
    let line = |account: u32, withdrawn: &str, deposited: &str| {
        let currency = |amount: &str| if amount.is_empty() { "" } else { "SGD" };
        format!(
            "{account},5-Jul-17,X,5-Jul-17,{withdrawn},{},{deposited},{},",
            currency(withdrawn),
            currency(deposited)
        )
    };
    let lines: Vec<_> = pairs
        .iter()
        .flat_map(|(account, withdrawn, deposited)| {
            [line(*account, withdrawn, ""), line(*account, "", deposited)]
        })
        .filter(|line| !line.contains(",,,,"))
        .collect();
    // A deposit of which nothing is known in SGD, and a withdrawal of nothing.
    let more = [
        "7,5-Jul-17,X,5-Jul-17,,,1,XYZ,",
        "7,5-Jul-17,X,5-Jul-17,1,SGD,,,",
        "8,5-Jul-17,X,5-Jul-17,0,SGD,,,",
        "9,5-Jul-17,X,5-Jul-17,1,XYZ,,,",
    ];
    let all = lines.iter().map(String::as_str).chain(more).collect();
    let home = Home::new(&[all], &[]);
    let verdict = |line: &String| {
        let cells: Vec<_> = line.split('|').collect();
        [cells[0], cells[3], cells[4], cells[5]].join("|")
    };
    let verdicts: Vec<_> = home.ask("credit_worthiness", &[]).iter().skip(1).map(verdict).collect();
    assert_eq!(
        verdicts,
        [
            "1|0.999900|Low Creditworthiness|Low",
            "2|1.000000|Moderate Creditworthiness|Moderate",
            "3|1.500000|Moderate Creditworthiness|Moderate",
            "4|1.500100|High Creditworthiness|High",
            "5|∅|Low Creditworthiness|n/a: no withdrawals",
            "6|∅|Low Creditworthiness|Low: no deposits",
            "7|∅|Low Creditworthiness|n/a: no deposit could be converted",
            "8|∅|Low Creditworthiness|n/a: the withdrawals sum to zero",
            "9|∅|Low Creditworthiness|n/a: no withdrawal could be converted",
        ]
    );
}

/// A table of statements in SGD made by a SELECT of account, deposit and withdrawal.
fn processed(select: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let sql = format!(
        "CREATE SCHEMA \"pyspark-database\"; CREATE TABLE \"pyspark-database\".\"processed\" AS
         SELECT account_no, CAST(deposit AS DECIMAL(20,4)) AS deposit_amt, CAST(withdrawal AS DECIMAL(20,4)) AS withdrawal_amt,
           CAST(deposit AS DECIMAL(28,6)) AS deposit_sgd_amt, CAST(withdrawal AS DECIMAL(28,6)) AS withdrawal_sgd_amt,
           'identity' AS rate_status
         FROM ({select})"
    );
    connection.execute_batch(&sql).unwrap();
    connection
}

fn credit_worthiness() -> String {
    let (queries, _) = query::all(None, "SGD", &query::Newest::new());
    queries.into_iter().find(|query| query.name == "credit_worthiness").unwrap().text
}

#[test]
fn every_exact_ratio_of_one_and_a_half_is_moderate() {
    let connection = processed(
        "SELECT n AS account_no, CAST(3 * n AS DECIMAL(18,2)) * 0.01 AS deposit,
           CAST(2 * n AS DECIMAL(18,2)) * 0.01 AS withdrawal FROM range(1, 100000) AS numbers(n)",
    );
    let sql = format!(
        "SELECT COUNT(*), COUNT(*) FILTER (creditworthiness = 'Moderate Creditworthiness' AND credit_ratio = 1.5) FROM ({})",
        credit_worthiness()
    );
    let counts: (u64, u64) = connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(counts, (99_999, 99_999));
}

/// The quotient, its last digit rounded half away from zero.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    let (twice, sign) = (2 * dividend.abs() + divisor.abs(), dividend.signum() * divisor.signum());
    sign * (twice / (2 * divisor.abs()))
}

/// Numbers of up to `digits` digits, half of them negative, the same each time.
fn numbers(count: usize, digits: u32) -> Vec<i128> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let number = |raw: u64, size: u64| {
        i128::from(raw % 10_u64.pow(u32::try_from(size % u64::from(digits)).unwrap() + 1))
    };
    (0..count).map(|_| number(next(), next()) * if next() % 2 == 0 { 1 } else { -1 }).collect()
}

#[test]
fn ratios_are_those_of_whole_numbers() {
    let pairs: Vec<_> = numbers(4_000, 12).chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let rows: Vec<_> = pairs
        .iter()
        .enumerate()
        .map(|(at, (dep, wd))| format!("({at}, {dep} * 0.01, {wd} * 0.01)"))
        .collect();
    let connection = processed(&format!(
        "SELECT * FROM (VALUES {}) AS list(account_no, deposit, withdrawal)",
        rows.join(", ")
    ));
    let sql =
        format!("SELECT CAST(credit_ratio AS VARCHAR) FROM ({}) ORDER BY account_no", credit_worthiness());
    let mut prepared = connection.prepare(&sql).unwrap();
    let found = prepared.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    for (found, (dividend, divisor)) in found.zip(&pairs) {
        let wanted = (*divisor != 0).then(|| rounded(dividend * 1_000_000, *divisor));
        let found = found.unwrap().map(|text| text.replace('.', "").parse().unwrap());
        assert_eq!(found, wanted, "{dividend} / {divisor}");
    }
}

#[test]
fn means_are_those_of_whole_numbers() {
    let amounts = numbers(2_000, 14);
    let rows: Vec<_> =
        amounts.iter().enumerate().map(|(at, amount)| format!("({at}, {amount} * 0.01)")).collect();
    let connection = Connection::open_in_memory().unwrap();
    let sql = format!(
        "CREATE SCHEMA spectrum_schema; CREATE TABLE spectrum_schema.transactions AS
         SELECT DATE '2000-01-01' + place AS fecha, CAST(amount AS DECIMAL(18,2)) AS saldo_flujos FROM (VALUES {}) AS list(place, amount)",
        rows.join(", ")
    );
    connection.execute_batch(&sql).unwrap();
    let query = SPREAD.query("balances_in_transit");
    let window = [("from", "2000-01-01"), ("to", "2100-01-01")];
    let window = window.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let statement = query.bind(Dialect::DuckDb, &window).unwrap();
    let Rendered { sql, values, .. } = statement.render(Dialect::DuckDb, &Names::default());
    let sql = format!("SELECT CAST(promedio AS VARCHAR) FROM ({sql}) ORDER BY fecha");
    let mut prepared = connection.prepare(&sql).unwrap();
    let values = params_from_iter(values.iter().map(|bound| &bound.text));
    let found = prepared.query_map(values, |row| row.get::<_, String>(0)).unwrap();
    let mut sum = 0;
    for (count, (found, amount)) in (1..).zip(found.zip(&amounts)) {
        sum += amount;
        let found: i128 = found.unwrap().replace('.', "").parse().unwrap();
        assert_eq!(found, rounded(sum, count), "{sum} / {count}");
    }
}

#[test]
fn no_saved_query_answers_with_floats() {
    for (name, values, ..) in golden::ANSWERS {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let statement = SPREAD.query(name).bind(Dialect::DuckDb, &values).unwrap();
        let Rendered { sql, values, .. } = statement.render(Dialect::DuckDb, &Names::default());
        let connection = SPREAD.engine.connect(&sql, &CancellationToken::new()).unwrap();
        let mut prepared = connection.prepare(&sql).unwrap();
        let rows = prepared.query_arrow(params_from_iter(values.iter().map(|bound| &bound.text))).unwrap();
        for field in rows.get_schema().fields() {
            assert!(!field.data_type().is_floating(), "{name}: {field}");
        }
    }
}

/// Athena reads a bare `0.01` as a float, where the others read a decimal.
#[test]
fn no_saved_query_has_a_bare_decimal() {
    let (queries, _) = query::all(None, "SGD", &Newest::default());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/credit");
    let parts = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let parts = parts.filter(|path| path.extension().is_some_and(|end| end == "sql"));
    let parts = parts.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()));
    let texts: Vec<_> = queries.into_iter().map(|query| (query.name, query.text)).chain(parts).collect();
    assert!(texts.iter().any(|(name, _)| name.ends_with("figures.sql")));
    for (name, text) in texts {
        let numbers = sql::tokens(&text).into_iter().filter(|token| token.kind == Kind::Number);
        let bare: Vec<_> =
            numbers.map(|token| &text[token.range]).filter(|text| text.contains('.')).collect();
        assert_eq!(bare, [""; 0], "{name}: write CAST('0.01' AS DECIMAL(3,2))");
    }
}

/// The worked example: seven balances in August hold for 31 days, 43,000 / 31. Dividing the sum of the lines by the
/// days gives 290.32.
#[test]
fn the_average_daily_balance_counts_every_day() {
    let balances = [(1, 1000), (3, 500), (8, 1500), (15, 2000), (22, 1000), (28, 2500), (31, 500)];
    let mut lines: Vec<_> = balances
        .iter()
        .map(|(day, balance)| format!("7,{day}-Aug-17,MOVE,{day}-Aug-17,,,1,SGD,{balance}"))
        .collect();
    // An earlier balance is carried into the window; an overdraft counts its days.
    lines.push("8,1-Jul-17,MOVE,1-Jul-17,,,1,SGD,100".into());
    lines.push("8,30-Aug-17,MOVE,30-Aug-17,1,SGD,,,-50".into());
    let home = Home::new(&[lines.iter().map(String::as_str).collect()], &[]);
    let august = [("from", "2017-08-01"), ("to", "2017-08-31")];
    assert_eq!(
        first(&home.ask("average_daily_balance", &august)[1..], 5),
        ["7|31|1387.10|500.0000|0", "8|31|90.32|-50.0000|2"]
    );
}

/// The end of a day where the chain of its balances has gaps: the next day tells it, or nothing does.
#[test]
fn a_day_whose_end_is_not_known_says_so() {
    let lines = [
        // Two loose ends, 110 and 125; the next day opens with 125.
        "1,1-Aug-17,A,1-Aug-17,,,10,SGD,110",
        "1,1-Aug-17,B,1-Aug-17,,,10,SGD,125",
        "1,2-Aug-17,C,2-Aug-17,5,SGD,,,120",
        // Two loose ends again, and no next day.
        "1,3-Aug-17,D,3-Aug-17,,,1,SGD,121",
        "1,3-Aug-17,E,3-Aug-17,,,1,SGD,141",
        // A first day that ends where it began: with 20 or with 25.
        "2,1-Aug-17,A,1-Aug-17,,,5,SGD,25",
        "2,1-Aug-17,B,1-Aug-17,5,SGD,,,20",
        // A line without an amount opens nothing.
        "3,1-Aug-17,A,1-Aug-17,,,5,SGD,25",
        "3,1-Aug-17,BROUGHT FORWARD,1-Aug-17,,,,,25",
    ];
    let expected = [
        "2017-08-01|1|125.0000|∅",
        "2017-08-02|1|120.0000|∅",
        "2017-08-03|1|121.0000|order of the lines is not known: the lowest of 2 balances",
        "2017-08-01|2|20.0000|order of the lines is not known: the lowest of 2 balances",
        "2017-08-02|2|20.0000|order of the lines is not known: the lowest of 2 balances",
        "2017-08-03|2|20.0000|order of the lines is not known: the lowest of 2 balances",
        "2017-08-01|3|25.0000|∅",
        "2017-08-02|3|25.0000|∅",
        "2017-08-03|3|25.0000|∅",
    ];
    let window = [("from", "2017-08-01"), ("to", "2017-08-03")];
    let reversed = lines.iter().rev().copied().collect();
    for lines in [lines.to_vec(), reversed] {
        let home = Home::new(&[lines], &[]);
        let cells = |line: &String| {
            let cells: Vec<_> = line.split('|').collect();
            [cells[0], cells[1], cells[2], cells[6]].join("|")
        };
        let of_account = |account| {
            let values = [window.as_slice(), &[("account", account)]].concat();
            home.ask("balance_over_time", &values).iter().skip(1).map(cells).collect::<Vec<_>>()
        };
        let found = ["1", "2", "3"].map(of_account).concat();
        assert_eq!(found, expected);
        let uncertain = |line: &String| line.rsplit('|').next().unwrap().to_owned();
        let counts: Vec<_> =
            home.ask("average_daily_balance", &window).iter().skip(1).map(uncertain).collect();
        assert_eq!(counts, ["1", "3", "0"]);
    }
}

/// Equal transfers of one day between two accounts, to and fro, and one to oneself beside one to another.
#[test]
fn transfers_are_never_matched_within_an_account() {
    let lines = [
        "1,1-Aug-17,INTERNAL FUND TRANSFER,1-Aug-17,10,SGD,,,",
        "1,1-Aug-17,INTERNAL FUND TRANSFER BACK,1-Aug-17,,,10,SGD,",
        "2,1-Aug-17,INTERNAL FUND TRANSFER,1-Aug-17,,,10,SGD,",
        "2,1-Aug-17,INTERNAL FUND TRANSFER BACK,1-Aug-17,10,SGD,,,",
        "4,2-Aug-17,INTERNAL FUND TRANSFER,2-Aug-17,30,SGD,,,",
        "4,2-Aug-17,INTERNAL FUND TRANSFER,2-Aug-17,,,30,SGD,",
        "3,2-Aug-17,INTERNAL FUND TRANSFER,2-Aug-17,,,30,SGD,",
    ];
    let home = Home::new(&[lines.to_vec()], &[]);
    let cells = |line: &String| {
        let cells: Vec<_> = line.split('|').collect();
        [cells[0], cells[1], cells[2], cells[6]].join("|")
    };
    let found: Vec<_> = home.ask("own_transfers", &[]).iter().skip(1).map(cells).collect();
    assert_eq!(
        found,
        [
            "2017-08-01|1|2|matched",
            "2017-08-01|2|1|matched",
            "2017-08-02|4|3|matched",
            "2017-08-02|∅|4|no leg out"
        ]
    );
}

/// A day with two chains: the second one goes on with 121 where the first one ended with 111.
#[test]
fn a_break_is_measured_from_the_balance_that_nothing_goes_on_from() {
    let lines = [
        "9,1-Aug-17,A,1-Aug-17,,,10,SGD,110",
        "9,2-Aug-17,B,2-Aug-17,,,1,SGD,111",
        "9,2-Aug-17,C,2-Aug-17,,,10,SGD,131",
        "9,2-Aug-17,D,2-Aug-17,,,1,SGD,132",
        "9,3-Aug-17,E,3-Aug-17,,,1,SGD,133",
    ];
    let oldest_first = lines.to_vec();
    let newest_first: Vec<_> = lines.iter().rev().copied().collect();
    let each = |lines: &[&'static str], from| lines.iter().skip(from).step_by(2).copied().collect::<Vec<_>>();
    let mixed = vec![each(&newest_first, 0), each(&oldest_first, 1)];
    for statements in [vec![oldest_first], vec![newest_first], mixed] {
        let home = Home::new(&statements, &[]);
        let found = first(&home.ask("balance_breaks", &[])[1..], 5);
        assert_eq!(found, ["9|2017-08-02|131.0000|121.0000|10.0000"], "{statements:?}");
    }
}

/// All lines of one day and none goes on from another: each is held against those with about its balance, not against all.
#[test]
fn a_long_day_of_breaks_is_measured() {
    let line = |at: usize| format!("9,1-Aug-17,A,1-Aug-17,,,1,SGD,{}", 10 * (at * 7919 % 20_000));
    let lines: Vec<_> = (0..20_000).map(line).collect();
    let home = Home::new(&[lines.iter().map(String::as_str).collect()], &[]);
    // The first one has none before it.
    assert_eq!(home.ask("balance_breaks", &[]).len() - 1, 19_999);
}

/// A line with two sides tells of its less certain one, wherever lines are counted by currency.
#[test]
fn what_is_not_converted_counts_for_its_own_currency() {
    let home = Home::new(&[vec!["1,3-Aug-17,EXCHANGE,3-Aug-17,9,XYZ,12,SGD,"]], &golden::others());
    let mut sections = saldo::lake::status::sections(&home.lake);
    let conversion = sections.find(|section| section.sql.contains("FROM processed")).unwrap();
    let lines = home.run(&Statement::plain(conversion.sql));
    assert_eq!(first(&lines[1..], 2), ["XYZ|1"]);
    assert_eq!(
        first(&home.ask("unconverted_rows", &[])[1..], 6),
        ["2017-08-03|1|9.0000|XYZ|withdrawal|no_rate"]
    );
    let coverage = home.ask("rate_coverage", &[]);
    assert_eq!(first(&coverage[1..], 6), ["XYZ|1|1|0|0|1", "SGD|1|1|1|0|0"]);
}
