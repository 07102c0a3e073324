//! Statements on a target, with a server of Trino's protocol that goes on for as long as the test says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::double::{self, Double};

const DATA: &str = r#""columns":[{"name":"n","type":"bigint"},{"name":"money","type":"decimal(38, 2)"}],
    "data":[[1,"12345678901234567890123456.78"],[2,null]]"#;

/// What the server does with its one run.
#[derive(Clone, Default)]
struct Switches {
    /// It may end.
    ends: Arc<AtomicBool>,
    /// It was told to stop, and whether it does.
    told: Arc<AtomicBool>,
    obeys: bool,
}

fn page(state: &str, next: Option<&str>, rest: &str) -> double::Answer {
    let next = next.map_or(String::new(), |path| format!(r#""nextUri":"http://server{path}","#));
    let rest = if rest.is_empty() { String::new() } else { format!(",{rest}") };
    double::ok(format!(
        r#"{{"id":"q",{next}"stats":{{"state":"{state}","physicalInputBytes":1000000000000}}{rest}}}"#
    ))
}

fn server(switches: Switches) -> Double {
    Double::new(move |request| match request.path.as_str() {
        "/v1/statement" if request.body.contains("information_schema") => page(
            "FINISHED",
            None,
            r#""columns":[{"name":"s","type":"varchar"},{"name":"t","type":"varchar"}],"data":[["fin","facts"]]"#,
        ),
        "/v1/statement" => page("QUEUED", Some("/q/1"), ""),
        "/q/1" if request.head.starts_with("DELETE") => {
            switches.told.store(true, Ordering::SeqCst);
            double::status(204, "")
        }
        "/q/1" if switches.obeys && switches.told.load(Ordering::SeqCst) => {
            let error = r#""error":{"message":"it was stopped","errorName":"USER_CANCELED","errorType":"USER_ERROR"}"#;
            page("FAILED", None, error)
        }
        "/q/1" if switches.ends.load(Ordering::SeqCst) => page("RUNNING", Some("/q/2"), DATA),
        "/q/1" => page("RUNNING", Some("/q/1"), ""),
        _ => page("FINISHED", None, ""),
    })
}

/// A home whose target `prod` is at that URL.
fn place(url: &str) -> Place {
    Place::with_lake().settings(&format!(
        "[targets.prod]\nkind = 'trino'\nurl = '{url}'\nuser = 'ana'\ncatalog = 'lake'\nschema = 'fin'\nprice_per_tb = 5\n"
    ))
}

/// An explorer on `prod`.
fn on_prod(place: &Place) -> Terminal {
    let mut terminal = explorer(place, &[]);
    terminal.send("T");
    terminal.wait_for("Where statements run");
    terminal.send("j");
    terminal.send(ENTER);
    terminal.wait_for("Tables of prod");
    terminal
}

fn running(place: &Place) -> Terminal {
    let mut terminal = on_prod(place);
    terminal.wait_for("▸ facts");
    terminal.run_sql("SELECT n, money FROM facts");
    terminal.wait_for("running · 1.0 TB");
    terminal
}

#[test]
fn a_run_elsewhere_is_cancelled_there_and_what_it_scanned_is_said() {
    let switches = Switches { obeys: true, ..Switches::default() };
    let server = server(switches.clone());
    let place = place(&server.url);
    let mut terminal = running(&place);
    terminal.send(CTRL_C);
    terminal.wait_for("CANCELLED · 1.0 TB scanned · $5.00");
    assert!(switches.told.load(Ordering::SeqCst));
    terminal.send("R");
    terminal.wait_until("the ledger", |seen| seen.has("cancelled  prod") && seen.has("in all $5.00"));
}

#[test]
fn a_run_is_taken_up_by_the_next_start_when_the_program_is_killed() {
    let switches = Switches::default();
    let server = server(switches.clone());
    let place = place(&server.url);
    let mut terminal = running(&place);
    terminal.signal("KILL");
    terminal.wait_for_end();
    switches.ends.store(true, Ordering::SeqCst);
    let mut next = explorer(&place, &[]);
    next.wait_for("a run on prod was not seen to end: R lists it");
    next.send("R");
    next.wait_for("running  prod");
    next.send(ENTER);
    next.wait_until("its rows", |seen| {
        seen.has("1 of 2 rows") && seen.has("12,345,678,901,234,567,890,123,456.78") && seen.has("on prod")
    });
    assert!(!switches.told.load(Ordering::SeqCst), "nobody stopped it");
}

#[test]
fn leaving_waits_for_a_run_elsewhere_and_who_insists_is_told_what_may_go_on() {
    let switches = Switches::default();
    let server = server(switches.clone());
    let place = place(&server.url);
    let mut terminal = running(&place);
    terminal.send("q");
    // The shell's screen has no frame that could end.
    let waits = "waiting until the run q on prod has stopped; Ctrl-C leaves at once";
    assert!(terminal.becomes(Duration::from_mins(1), || terminal.seen().has(waits)));
    assert!(switches.told.load(Ordering::SeqCst));
    terminal.send(CTRL_C);
    let status = terminal.wait_for_end();
    assert_eq!(status.exit_code(), 130);
    assert!(terminal.seen().has("the run q on prod may go on"), "{}", terminal.seen().text());

    let switches = Switches { obeys: true, ..Switches::default() };
    let server = self::server(switches.clone());
    let place = self::place(&server.url);
    let mut terminal = running(&place);
    terminal.send("q");
    assert_eq!(terminal.wait_for_end().exit_code(), 0);
    assert!(switches.told.load(Ordering::SeqCst), "it is stopped first");
}

#[test]
fn a_dead_network_is_a_line_in_the_tree_and_all_that_is_here_goes_on() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut terminal = on_prod(&place(&url));
    terminal.wait_until("why there are no tables", |seen| seen.has("offline: ") || seen.has("no answer yet"));
    terminal.send("Tk");
    terminal.send(ENTER);
    terminal.wait_for("▸ processed");
    terminal.run_sql("SELECT 6 * 7 AS answer");
    terminal.wait_until("the row", |seen| seen.has("1 of 1 row") && seen.has(" 42"));
}
