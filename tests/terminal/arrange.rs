//! Sorting, filtering, marking and profiling on a real terminal: what keys send, and that nothing of a cell commands it.

use super::*;

/// Two million rows, one label of which would set the terminal's title.
const ROWS: &str = "SELECT i AS n, (i * 7919) % 1000003 AS k, CAST(i * 0.01 AS DECIMAL(18, 2)) AS amount, \
                    CASE WHEN i % 1000 > 0 THEN chr(27) || ']0;pwned' || chr(7) || (i % 7) END AS label \
                    FROM range(2000000) t(i)";
const RIGHT: &str = "\x1b[C";
const SHIFT_DOWN: &str = "\x1b[1;2B";
const ESC: &str = "\x1b";

#[test]
fn a_large_result_is_sorted_filtered_marked_and_profiled_and_commands_nothing() {
    let place = Place::with_lake();
    let mut terminal = explorer(&place, &[]);
    terminal.run_sql(ROWS);
    terminal.wait_for("paused, End goes on");
    // It pauses there: what is held is not all there is.
    terminal.send("s");
    terminal.wait_for("when every row is there (End goes on)");
    terminal.send(END);
    terminal.wait_until("the whole order", |seen| {
        seen.has("sorted by n ▲") && !seen.has("when every row") && seen.has("1 of 2,000,000 rows")
    });
    terminal.send(RIGHT);
    terminal.send("s");
    terminal.wait_for("sorted by k ▲");
    terminal.send("s");
    terminal.wait_for("sorted by k ▼");
    terminal.wait_until("the greatest first", |seen| seen.has("1,000,002") && seen.has("of 2,000,000 rows"));
    terminal.send("$");
    terminal.send("p");
    terminal.wait_for("different 7");
    // The values come behind the counts.
    terminal.wait_for("(14.2 %)");
    terminal.send(END);
    terminal.wait_until("NULL among the values", |seen| {
        seen.lines_with("∅").iter().any(|line| line.contains("2,000"))
    });
    terminal.send(ENTER);
    terminal.wait_for("2,000 of 2,000,000 rows");
    terminal.send(ESC);
    terminal.wait_until("all rows", |seen| !seen.has("of 2,000,000 rows · label"));
    terminal.send("^");
    terminal.send(RIGHT);
    terminal.send(RIGHT);
    terminal.send(HOME);
    terminal.send(SHIFT_DOWN);
    terminal.send(SHIFT_DOWN);
    terminal.wait_for("3 rows · sum 0.03");
    terminal.send(ESC);
    terminal.wait_for_quiet(QUIET);
    let seen = terminal.seen();
    assert!(seen.has("pwned"), "{}", seen.text());
    assert!(!contains(&seen.bytes, HOSTILE) && !seen.bytes.contains(&7), "{}", seen.text());
}
