//! The wait for what still runs when the screen is gone.

use std::io::{self, Write};
use std::time::Duration;

use super::jobs::Elsewhere;

/// How long engines may take to stop: what DuckDB does in one step cannot be interrupted, and who stops a run elsewhere
/// waits until that says that it has ended.
pub async fn patience(elsewhere: &Elsewhere) {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let names = elsewhere.names();
    let (what, rest) = if names.is_empty() {
        ("the engine".to_owned(), Duration::from_secs(9))
    } else {
        (names.join(", "), Duration::from_mins(1))
    };
    let has = if names.len() > 1 { "have" } else { "has" };
    let _ = writeln!(io::stderr(), "waiting until {what} {has} stopped; Ctrl-C leaves at once");
    tokio::time::sleep(rest).await;
}

/// Names what was not seen to stop.
pub fn may_go_on(elsewhere: &Elsewhere) {
    for name in elsewhere.names() {
        let _ = writeln!(io::stderr(), "{name} may go on; the explorer lists it when it is opened again");
    }
}
