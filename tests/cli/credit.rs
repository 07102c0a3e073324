//! `saldo credit` as an officer meets it, on the demo lake.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;

use super::{DEMO, saldo_in, text};

/// A home of its own with the demo lake's settings, so that its log and its looks are its own.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/saldo");
    fs::create_dir_all(&folder).unwrap();
    home
}

/// What a command says, without how much was read: what is in memory already is not read again.
fn run_in(home: &Path, arguments: &[&str]) -> String {
    let said = super::run_in(home, arguments);
    said.lines()
        .filter(|line| !line.starts_with("read "))
        .map(|line| format!("{line}\n"))
        .collect::<Vec<_>>()
        .concat()
}

/// Runs it on the demo lake with the home's own state.
fn credit(home: &Path, arguments: &[&str]) -> String {
    let lake = DEMO.path().join("lake");
    let lake = lake.to_string_lossy();
    let all: Vec<_> =
        ["credit"].into_iter().chain(arguments.iter().copied()).chain(["--lake", &*lake]).collect();
    run_in(home, &all)
}

/// The log of questions of a home.
fn log(home: &Path) -> PathBuf {
    home.join(".local/state/saldo/credit/audit.jsonl")
}

/// Columns of a CSV without quoted commas, by their names.
fn column<'t>(csv: &'t str, name: &str) -> Vec<&'t str> {
    let mut lines = csv.lines();
    let at = lines.next().unwrap().split(',').position(|column| column == name).unwrap();
    lines.take_while(|line| !line.starts_with("---")).map(|line| line.split(',').nth(at).unwrap()).collect()
}

static ACCOUNTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let csv = run_in(DEMO.path(), &["query", "credit_worthiness", "--format", "csv"]);
    column(&csv, "account_no").into_iter().map(str::to_owned).collect()
});

#[test]
fn an_account_is_found_by_its_number_or_by_a_part_that_no_other_has() {
    let home = home();
    let account = ACCOUNTS[0].as_str();
    let whole = credit(home.path(), &[account]);
    assert!(
        whole.starts_with(&format!("Credit check · {account}")) && whole.contains("\n--- 0\n"),
        "{whole}"
    );
    assert!(whole.contains("Decision support, not a decision."));
    let is_alone = |part: &str| ACCOUNTS.iter().filter(|other| other.contains(part)).count() == 1;
    let part = (1..account.len()).map(|start| &account[start..]).rfind(|part| is_alone(part)).unwrap();
    let found = credit(home.path(), &[part]);
    assert!(found.contains(&format!("{part} is account {account}\n")), "{found}");
    assert_eq!(found.split("--- ").next(), whole.split("--- ").next(), "the same card");
    let several = credit(home.path(), &["0"]);
    assert!(
        several.starts_with("--- 3\nerror: 0 is part of ") && several.contains("hint: type more of one of "),
        "{several}"
    );
    let wrong = format!("{}x", &account[..account.len() - 1]);
    let none = credit(home.path(), &[&wrong]);
    assert!(
        none.starts_with(&format!(
            "--- 3\nerror: there is no account {wrong} in the lake\nhint: the nearest are "
        )),
        "{none}"
    );
    assert!(none.contains(account), "{none}");
    let hostile = credit(home.path(), &["\u{1b}[2J"]);
    assert!(hostile.starts_with("--- 3\n") && !hostile.contains('\u{1b}'), "{hostile}");
    assert!(credit(home.path(), &[]).starts_with("--- 2\n"));
}

#[test]
fn the_card_and_the_ratio_query_agree_for_every_account() {
    let home = home();
    let csv = run_in(DEMO.path(), &["query", "credit_worthiness", "--format", "csv"]);
    let wanted: BTreeMap<_, _> = column(&csv, "account_no")
        .into_iter()
        .zip(column(&csv, "credit_ratio").into_iter().zip(column(&csv, "creditworthiness")))
        .collect();
    let json = credit(home.path(), &["--all", "--format", "json"]);
    let lines: serde_json::Value = serde_json::from_str(json.split("\n--- 0").next().unwrap()).unwrap();
    let mut seen = 0;
    for line in lines.as_array().unwrap() {
        let (ratio, label) = wanted[line["account"].as_str().unwrap()];
        assert_eq!(line["credit_ratio"].as_str().unwrap_or_default(), ratio, "{line}");
        assert_eq!(line["creditworthiness"], label, "{line}");
        seen += 1;
    }
    assert_eq!(seen, wanted.len());
    // The same cards, one by one.
    let account = ACCOUNTS[1].as_str();
    let one = credit(home.path(), &[account, "--format", "json"]);
    let card: serde_json::Value = serde_json::from_str(one.split("\n--- 0").next().unwrap()).unwrap();
    let line = lines.as_array().unwrap().iter().find(|line| line["account"] == account).unwrap();
    for key in ["run_id", "account", "as_of"] {
        assert_eq!(card[0][key], line[key], "{key}");
    }
    assert_eq!(card[0]["headline"]["word"], line["grade"]);
    assert_eq!(card[0]["ratio"]["value"], line["credit_ratio"]);
}

#[test]
fn the_same_question_has_the_same_bytes_in_every_form() {
    let home = home();
    let account = ACCOUNTS[0].as_str();
    for (form, name) in [
        ("card", "card.txt"),
        ("json", "card.json"),
        ("md", "card.md"),
        ("html", "card.html"),
        ("csv", "card.csv"),
    ] {
        let printed = credit(home.path(), &[account, "--format", form, "--instalment", "250.50"]);
        let path = home.path().join(name);
        let said = credit(home.path(), &[account, "-o", &path.to_string_lossy(), "--instalment", "250.5"]);
        assert!(said.starts_with("--- 0"), "{said}");
        let written = fs::read_to_string(&path).unwrap();
        assert_eq!(printed, format!("{written}{said}"), "{form}");
        assert!(written.contains(account), "{form}");
    }
    let other = credit(home.path(), &[account, "-o", "card.docx"]);
    assert!(other.starts_with("--- 2\nerror: the ending of card.docx is not that of a form"), "{other}");
    assert!(credit(home.path(), &[account, "-f", "parquet"]).starts_with("--- 2\n"));
    let below = credit(home.path(), &[account, "--instalment", "-5"]);
    assert!(below.contains("--- 2\n") && below.contains("an instalment is not below zero"), "{below}");
    assert!(credit(home.path(), &[account, "--instalment=1e9"]).contains("is not a number"));
}

#[test]
fn a_portfolio_has_every_account_in_each_form() {
    let home = home();
    let card = credit(home.path(), &["--all"]);
    assert!(card.starts_with(&format!("Credit check · {} accounts\n", ACCOUNTS.len())), "{card}");
    let csv = credit(home.path(), &["--all", "--format", "csv"]);
    let mut accounts = column(&csv, "account");
    accounts.sort_unstable();
    assert_eq!(accounts, ACCOUNTS.iter().map(String::as_str).collect::<Vec<_>>());
    let path = home.path().join("all.parquet");
    assert!(credit(home.path(), &["--all", "-o", &path.to_string_lossy()]).starts_with("--- 0"));
    let sql = format!("SELECT COUNT(*) AS n, COUNT(DISTINCT run_id) AS runs FROM '{}'", path.display());
    let counted = run_in(home.path(), &["query", "-c", &sql]);
    let n = ACCOUNTS.len();
    assert!(counted.starts_with(&format!("n,runs\n{n},{n}\n")), "{counted}");
    assert!(credit(home.path(), &["--all", ACCOUNTS[0].as_str()]).starts_with("--- 2\n"));
}

#[test]
fn who_asked_what_is_written_down_before_it_is_shown() {
    let home = home();
    let account = ACCOUNTS[0].as_str();
    let answer = credit(home.path(), &[account, "--format", "json"]);
    credit(home.path(), &["--all", "--format", "csv"]);
    let written = fs::read_to_string(log(home.path())).unwrap();
    let lines: Vec<serde_json::Value> =
        written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["what"], &lines[0]["form"]), (&"card".into(), &"json".into()));
    assert!(answer.contains(lines[0]["cards"][0]["run_id"].as_str().unwrap()));
    assert_eq!(lines[1]["cards"].as_array().unwrap().len(), ACCOUNTS.len());
    assert!(!answer.contains(lines[0]["at"].as_str().unwrap()), "no clock is in the card");
    // Nothing is shown, in no form and in no file, when it cannot be written down.
    fs::remove_file(log(home.path())).unwrap();
    fs::create_dir(log(home.path())).unwrap();
    let path = home.path().join("card.html");
    for arguments in [&[account][..], &["--all"], &["watch"], &[account, "-o", "card.html"]] {
        let refused = credit(home.path(), arguments);
        assert!(
            refused.starts_with("--- 1\nerror: cannot write down who asked, so nothing is shown"),
            "{refused}"
        );
    }
    assert!(!path.exists());
}

#[test]
fn the_watch_list_compares_with_the_last_look() {
    let home = home();
    let first = credit(home.path(), &["watch"]);
    assert!(first.starts_with("The grades of "), "{first}");
    let second = credit(home.path(), &["watch"]);
    assert!(second.starts_with("No account is worse than at the look of "), "{second}");
    // By whatever path it is named, it is the same lake.
    let lake = DEMO.path().join("lake");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&lake, home.path().join("link")).unwrap();
    let dotted = DEMO.path().join("lake/../lake/.");
    for named in [Path::new("link"), dotted.as_path()] {
        let again = run_in(home.path(), &["credit", "watch", "--lake", &named.to_string_lossy()]);
        assert!(
            again.starts_with("No account is worse than at the look of "),
            "{}: {again}",
            named.display()
        );
    }
    // A policy by which nobody is green.
    let strict = home.path().join("strict.toml");
    let policy = text(&saldo_in(home.path(), &["credit", "policy"]).stdout);
    fs::write(
        &strict,
        policy.replace("green_from = 40\namber_from = -10", "green_from = 100\namber_from = 99"),
    )
    .unwrap();
    let worse = credit(home.path(), &["watch", "--policy", &strict.to_string_lossy()]);
    assert!(worse.contains("worse than at the look of") && worse.contains(" to red."), "{worse}");
    assert!(worse.contains("The policy is another one than at that look"), "{worse}");
    let back = credit(home.path(), &["watch"]);
    assert!(back.contains("Of the others: ") && back.contains(" better"), "{back}");
}

#[test]
fn a_policy_of_ones_own_is_checked_and_used() {
    let home = home();
    let account = ACCOUNTS[0].as_str();
    let shipped = text(&saldo_in(home.path(), &["credit", "policy"]).stdout);
    let own = home.path().join("own.toml");
    fs::write(&own, shipped.replace("version = \"saldo-2\"", "version = \"ours-7\"")).unwrap();
    let checked = run_in(home.path(), &["credit", "policy", "own.toml"]);
    assert!(checked.starts_with("own.toml: version ours-7, ") && checked.contains("\n--- 0\n"), "{checked}");
    let sha = checked.lines().nth(1).unwrap().strip_prefix("sha256 ").unwrap().to_owned();
    let card = credit(home.path(), &[account, "--policy", "own.toml"]);
    assert!(card.contains("policy ours-7") && card.contains(&sha), "{card}");
    // From the settings too.
    fs::write(
        home.path().join(".config/saldo/saldo.toml"),
        format!("[credit]\npolicy = '{}'\n", own.display()),
    )
    .unwrap();
    assert!(credit(home.path(), &[account]).contains("policy ours-7"));
    fs::write(&own, shipped.replace("green = 0\namber = 7", "green = 8\namber = 7")).unwrap();
    let line = shipped.lines().position(|line| line == "amber = 7").unwrap() + 1;
    let refused = credit(home.path(), &[account, "--policy", "own.toml"]);
    assert_eq!(
        refused,
        format!(
            "--- 1\nerror: own.toml:{line}:9: overlaps with green: amber ends above it\n\
             hint: `saldo credit policy` prints one that is valid, with what each key means\n"
        )
    );
    fs::write(&own, shipped.replace("base_currency = \"any\"", "base_currency = \"MXN\"")).unwrap();
    let refused = credit(home.path(), &[account, "--policy", "own.toml"]);
    assert!(
        refused.starts_with("--- 3\nerror: the policy is for amounts in MXN, and the lake's are in SGD"),
        "{refused}"
    );
}

#[test]
fn an_earlier_day_and_a_day_before_all_lines() {
    let home = home();
    let account = ACCOUNTS[0].as_str();
    let early = credit(home.path(), &[account, "--as-of", "1999-06-30"]);
    assert!(early.starts_with("--- 3\nerror: "), "{early}");
    assert!(credit(home.path(), &[account, "--as-of", "2016-02-30"]).contains("--- 2\n"));
    let card = credit(home.path(), &[account, "--as-of", "2016-12-31"]);
    assert!(card.contains("As of 2016-12-31") && card.contains("--- 0"), "{card}");
}

/// A lake of its own: two accounts of one customer, and a table that says so.
fn own_lake(home: &Path) -> PathBuf {
    let header = "account_no,date,transaction_details,value_date,withdrawal_amt,withdrawal_currency,deposit_amt,deposit_currency,balance_amt\n";
    let mut lines = header.to_owned();
    for (account, balance) in [("11", 270), ("12", 135)] {
        for month in 1..=6 {
            writeln!(
                lines,
                "{account},2019-{month:02}-28,CASH,2019-{month:02}-28,,,{balance},SGD,{}",
                balance * month
            )
            .unwrap();
        }
    }
    fs::write(home.join("statement.csv"), lines).unwrap();
    fs::write(home.join("rates.csv"), "Date,USD,SGD,JPY\n2019-06-27,1.0,1.35,100\n2019-06-20,1.0,1.4,\n")
        .unwrap();
    for arguments in [&["rates", "import", "rates.csv"][..], &["ingest", "bank", "statement.csv"]] {
        let all: Vec<_> = arguments.iter().copied().chain(["--lake", "own"]).collect();
        assert!(saldo_in(home, &all).status.success(), "{arguments:?}");
    }
    home.join("own")
}

#[test]
fn a_card_in_another_currency_is_told_at_the_rate_of_the_day_or_not_at_all() {
    let home = home();
    own_lake(home.path());
    let ask = |more: &[&str]| {
        let all: Vec<_> = ["credit", "11", "--lake", "own"].into_iter().chain(more.iter().copied()).collect();
        run_in(home.path(), &all)
    };
    let plain = ask(&["--format", "csv"]);
    let dollars = ask(&["--base", "usd", "--format", "csv"]);
    let of = |csv: &str, indicator: &str| {
        let line = csv.lines().find(|line| line.contains(&format!(",{indicator},")) && line.contains(",1m,"));
        line.unwrap().to_owned()
    };
    assert!(
        of(&plain, "inflow").contains("270.000000") && of(&dollars, "inflow").contains("200.000000"),
        "{dollars}"
    );
    let card = ask(&["--base", "USD", "--instalment", "100"]);
    assert!(card.contains("amounts in USD") && card.contains("instalment of USD 100.00 a month"), "{card}");
    assert!(card.contains("1 USD is SGD 1.35"), "{card}");
    // The grade and its points are those of the account as it is.
    let points = |card: &str| card.lines().find(|line| line.contains(" points are ")).map(str::to_owned);
    assert_eq!(points(&ask(&[])), points(&ask(&["--base", "USD"])));
    assert_eq!(ask(&["--base", "SGD"]), ask(&[]), "its own currency is none other");
    let none = ask(&["--base", "CHF"]);
    assert!(
        none.starts_with("--- 3\nerror: the lake has no rate of CHF from 2019-06-21 to 2019-06-28,")
            && none.contains("hint: "),
        "{none}"
    );
    let early = ask(&["--base", "USD", "--as-of", "2019-05-28"]);
    assert!(
        early.starts_with("--- 3\nerror: the lake has no rate of USD from 2019-05-21 to 2019-05-28"),
        "{early}"
    );
    assert!(ask(&["--base", "dollars"]).contains("a currency is three letters"));
    let policy = text(&saldo_in(home.path(), &["credit", "policy"]).stdout);
    fs::write(
        home.path().join("sgd.toml"),
        policy.replace("base_currency = \"any\"", "base_currency = \"SGD\""),
    )
    .unwrap();
    let refused = ask(&["--base", "USD", "--policy", "sgd.toml"]);
    assert!(refused.contains("the policy is for amounts in SGD, so no card is told in USD"), "{refused}");
}

#[test]
fn all_accounts_of_a_customer_make_one_card() {
    let home = home();
    let lake = own_lake(home.path());
    let ask = |more: &[&str]| {
        let all: Vec<_> = ["credit", "--lake", "own"].into_iter().chain(more.iter().copied()).collect();
        run_in(home.path(), &all)
    };
    let without = ask(&["--customer", "C1"]);
    assert!(
        without.starts_with(
            "--- 3\nerror: the lake does not tell which account is whose\nhint: lay a file customers.csv"
        ),
        "{without}"
    );
    fs::write(
        lake.join("customers.csv"),
        "account_no,customer,name\n11,C1,Ann Lee\n12,C1,Ann Lee\n12,C2,Ben\n",
    )
    .unwrap();
    let card = ask(&["--customer", "C1"]);
    assert!(card.starts_with("Credit check · customer C1 · Ann Lee\n"), "{card}");
    assert!(
        card.contains("2 accounts of the customer together.") && card.contains("12 lines from"),
        "{card}"
    );
    let csv = ask(&["--customer", "ann", "--format", "csv"]);
    assert!(csv.contains("405.000000") && csv.contains("ann is customer C1 (Ann Lee)"), "270 and 135: {csv}");
    let unknown = ask(&["--customer", "C9"]);
    assert!(
        unknown.starts_with(
            "--- 3\nerror: there is no customer C9 in the lake\nhint: the nearest are C1 (Ann Lee), C2 (Ben)"
        ),
        "{unknown}"
    );
    assert!(ask(&["11", "--customer", "C1"]).contains("--- 2\n"));
}
