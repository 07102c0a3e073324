//! What is wrong with a policy is told by its line and column.

use saldo::credit::policy::SHIPPED;
use saldo::credit::policy::file::read;

const POINTS: &str = "points = { green = 8, amber = -8, red = -16 }";
const RULES: &str = "rules = [{ beyond = 7, at_best = \"amber\" }, { beyond = 30, at_best = \"red\" }]";

/// A text of the shipped policy, what stands in its place, where the fault is told, and as what.
const FAULTS: [(&str, &str, &str, &str); 29] = [
    ("minimum_months = 3", "minimum_month = 3", "minimum_months = 3", "unknown field `minimum_month`"),
    ("minimum_months = 3", "minimum_months = 0", "3\nminimum_converted", "from 1 to 12"),
    ("minimum_converted = 0.95", "minimum_converted = 95", "0.95\n", "write 0.95 for 95 %"),
    ("minimum_converted = 0.95", "minimum_converted = \"0.95\"", "0.95\n", "no number"),
    ("minimum_converted = 0.95", "minimum_converted = 9.5e-1", "0.95\n", "not a number"),
    ("minimum_converted = 0.95", "minimum_converted = 0.9500001", "0.95\n", "more than six decimals"),
    ("floor = 0", "floor = 100", "0\n\n# Percent", "an amount of money has a currency"),
    ("version = \"saldo-2\"", "version = \" \"", "\"saldo-2\"", "the version is empty"),
    ("base_currency = \"any\"", "base_currency = \"sgd\"", "\"any\"", "three letters"),
    ("amber_from = -10", "amber_from = 40", "-10\n", "overlaps with green"),
    ("name = \"negative_days\"", "name = \"negative_day\"", "\"negative_days\"", "is negative_days meant?"),
    (
        "name = \"negative_days\"",
        "name = \"religion\"",
        "\"negative_days\"",
        "there is no indicator \"religion\"",
    ),
    ("period = \"12m+\"", "period = \"90d\"", "\"12m+\"", "it is over 1m, 3m, 6m, 12m, 12m+"),
    ("period = \"12m+\"", "period = \"4m\"", "\"12m+\"", "there is no period \"4m\""),
    ("maximum_silence = 92", "maximum_silence = 0", "92\n", "0 days are too few"),
    ("maximum_silence = 92", "maximum_silence = \"92\"", "92\n", "no number"),
    (
        "worse = \"high\"\ngreen = 0",
        "worse = \"up\"\ngreen = 0",
        "\"high\"\ngreen = 0",
        "unknown variant `up`",
    ),
    ("green = 0\namber = 7", "green = 7\namber = 7", "7\npoints", "overlaps with green: amber ends above it"),
    (
        "green = 1.35\namber = 1\n",
        "green = 1.35\namber = 2\n",
        "1\npoints = { green = 6, amber = -3",
        "amber ends below it",
    ),
    ("green = 0.4\n", "green = 40\n", "0.4\namber = 0.7", "a share is from 0 to 1"),
    ("green = 0\namber = 7", "green = -1\namber = 7", "0\namber = 7", "a count is not below zero"),
    (POINTS, "points = { green = 8, amber = 9, red = -16 }", "{ green = 8", "amber not more than green"),
    (POINTS, "points = { green = 8, amber = -8 }", "{ green = 8", "missing field `red`"),
    (RULES, "rules = [{ beyond = 7, at_best = \"green\" }]", "\"amber\" }, { beyond", "forbids nothing"),
    (
        "for = \"No day ended below zero {window}.\"",
        "",
        "[[indicator]]\nname = \"negative_days\"",
        "has no for",
    ),
    ("source = \"At most", "sources = \"At most", "source = \"At most", "unknown field `sources`"),
    ("{negative_run}.\"", "{negative_runs}.\"", "{negative_run}.\"", "no placeholder {negative_runs}"),
    ("{value} below zero", "{value below zero", "{value} below zero", "there is no placeholder"),
    (
        "says = \"Money in was {value}",
        "green = 1\nsays = \"Money in was {value}",
        "says = \"Money in was {value}",
        "goes with bands",
    ),
];

/// The shipped policy with one text in place of another, and what is said of it.
fn fault(from: &str, to: &str) -> String {
    assert!(SHIPPED.contains(from), "{from}");
    let read = read("p.toml", &SHIPPED.replacen(from, to, 1));
    read.err().unwrap_or_else(|| panic!("{to:?} is taken")).to_string()
}

/// The place of a text in the shipped policy, as an editor counts.
fn place(of: &str) -> String {
    let at = SHIPPED.find(of).unwrap();
    let before = &SHIPPED[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    format!("p.toml:{line}:{column}: ")
}

#[test]
fn each_fault_is_told_by_its_line() {
    for (from, to, at, said) in FAULTS {
        let told = fault(from, to);
        // What was put before it on its line moved it.
        let start = if at.starts_with("says") { place(at).replace(":1: ", ":9: ") } else { place(at) };
        assert!(told.starts_with(&start) && told.contains(said), "{told}\nis not {start}{said}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn exposure_may_have_bands_and_nothing_that_counts() {
    let share =
        "name = \"foreign_balance_share\"\nperiod = \"12m\"\nworse = \"high\"\ngreen = 0.25\namber = 0.5\n";
    for more in
        ["points = { green = 1, amber = 0, red = -1 }\n", "rules = [{ beyond = 0.5, at_best = \"amber\" }]\n"]
    {
        let told = fault(share, &format!("{share}{more}"));
        assert!(told.contains("exposure to currencies never lowers a grade"), "{told}");
    }
}

#[test]
fn an_indicator_stands_once_and_something_counts() {
    let twice = SHIPPED.find("[[indicator]]").map(|at| &SHIPPED[at..]).unwrap();
    let twice = twice[1..].find("[[indicator]]").map(|end| &twice[..=end]).unwrap();
    let told = read("p.toml", &format!("{SHIPPED}\n{twice}")).unwrap_err();
    assert_eq!(told.line, SHIPPED.lines().count() + 3);
    assert!(told.message.contains("a second time"), "{told}");
    let nothing = SHIPPED.split("[[indicator]]").next().unwrap();
    assert!(read("p.toml", nothing).unwrap_err().message.contains("nothing to grade"));
    assert!(read("p.toml", "version = ").unwrap_err().to_string().starts_with("p.toml:1:"));
    assert!(read("p.toml", "").unwrap_err().to_string().starts_with("p.toml:1:1: missing field"));
}

#[test]
fn an_amount_of_money_needs_a_currency() {
    let bands = "name = \"inflow\"\nperiod = \"12m\"\nworse = \"low\"\ngreen = 50_000\namber = 20000.50\nfor = \"a\"\n\
                 against = \"b\"\nsource = \"ours\"\nmeaning = \"m\"\n\n[[indicator]]\n";
    let text = SHIPPED.replacen("name = \"inflow\"", &format!("{bands}name = \"inflow\"\n#"), 1);
    // The second of the two is the shipped one.
    let text = text.replacen("#\nperiod = \"12m\"", "period = \"3m\"", 1);
    let told = read("p.toml", &text).unwrap_err().to_string();
    assert!(told.contains("set base_currency to its code"), "{told}");
    let policy = read("p.toml", &text.replacen("\"any\"", "\"SGD\"", 1)).unwrap();
    let entry = policy.entries.iter().find(|entry| entry.indicator.name == "inflow").unwrap();
    assert_eq!(entry.judged().unwrap().edges.map(|edge| edge.to_string()), ["50000.000000", "20000.500000"]);
}
