//! Files of which more than a sample has to be looked at: what stands at their end is as it would be in a short one.

use super::Place;

/// Lines of more than a sample, each with a text.
fn lines(line: &str) -> String {
    let line = line.replace("TEXT", &"x".repeat(990));
    let days = (0..2300)
        .map(|place| line.replace("DAY", &format!("{:02}/{:02}/2020", 1 + place / 192, 1 + place / 8 % 24)));
    let text = days.collect::<String>();
    assert!(text.len() > 2 << 20);
    text
}

fn taken(header: &str, line: &str, end: &str) -> (i32, usize, String) {
    let place = Place::new();
    place.file("f.csv", format!("{header}\n{}{end}", lines(line)));
    let (code, told) = place.bank(&["f.csv", "--account", "A1", "--dates", "mdy"]);
    let rows = if place.lake().join("banktxn").exists() { place.lines().len() } else { 0 };
    (code, rows, told)
}

#[test]
fn a_total_behind_a_sample_is_the_sum_of_the_lines_or_is_told() {
    let header = "Date,Description,Debit,Credit";
    let line = "DAY,TEXT,1.25,\n";
    let (code, rows, told) = taken(header, line, "12/31/2020,Total,2875.00,\n");
    assert_eq!((code, rows), (0, 2300), "{told}");
    assert!(!told.contains("is taken for a transaction"), "{told}");
    assert!(told.contains("1 line of totals or of words is no transaction"), "{told}");
    let (code, rows, told) = taken(header, line, "12/31/2020,Total,2874.00,\n");
    assert_eq!((code, rows), (0, 2301), "{told}");
    assert_eq!(told.matches("Total in line 2302 is taken for a transaction").count(), 1, "{told}");
    let (code, rows, told) =
        taken("Date,Description,Amount,Balance", "DAY,TEXT,-1.25,\n", "12/31/2020,New balance,,500.00\n");
    assert_eq!((code, rows), (0, 2300), "{told}");
}

#[test]
fn words_for_a_way_behind_a_sample_are_asked_about() {
    for (first, last) in [("Purchase", "Refund"), ("Refund", "Purchase")] {
        let line = format!("DAY,TEXT,1.25,{first}\n");
        let (code, rows, told) =
            taken("Date,Description,Amount,Type", &line, &format!("12/31/2020,Shop,2.00,{last}\n"));
        assert_eq!((code, rows), (3, 0), "{told}");
        assert!(told.contains("may say which way"), "{told}");
    }
}

#[test]
fn dashes_are_no_account_wherever_they_stand() {
    let place = Place::new();
    let end = "12/31/2020,Shop,-,2.00\n12/31/2020,Shop,–,3.00\n";
    place.file("f.csv", format!("Date,Description,Account,Amount\n{}{end}", lines("DAY,TEXT,4711,1.25\n")));
    let (code, told) = place.bank(&["f.csv", "--dates", "mdy"]);
    let rows = place.rows("banktxn", "SELECT DISTINCT account_no FROM banktxn");
    assert_eq!((code, rows), (3, vec!["4711".to_owned()]), "{told}");
    assert_eq!(
        place.rows("error_error", "SELECT error, line_no FROM error_error ORDER BY line_no"),
        ["account_missing 2302", "account_missing 2303"]
    );
}
