//! Results of engines elsewhere, kept here: each is a Parquet file that local SQL reads as `results.NAME`, with a file
//! beside it that says where it came from.
//!
//! ```text
//! events of a run ─► Keeper ─► draft ─ Finished ─► NAME.json, NAME.parquet     else: nothing is left
//! ```
//! Whoever reads a run's events shows each to a [`Keeper`] as well. The folder has a size; what is oldest goes first.

mod compare;
mod folder;
mod keeper;
mod kept;

pub use self::compare::{CompareError, Comparison};
pub use self::folder::{Results, ResultsError};
pub use self::keeper::{Keeper, Landed, keep_rows};
pub use self::kept::{Kept, is_name};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use chrono::Utc;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::engine::duckdb::{DuckDb, Settings};
    use crate::engine::{Engine, ErrorKind, Options, RunEvent, next_event};
    use crate::query::{ParameterKind, Statement, Value};

    fn engine(state: &Path) -> DuckDb {
        DuckDb::new(Settings { results: Some(Results::folder_in(state)), ..Settings::default() })
    }

    /// Keeps what a statement yields; without its end, nothing.
    fn keep(results: &Results, sql: &str, name: Option<&str>, whole: bool) -> Option<Landed> {
        let value = Value { name: "n".into(), kind: ParameterKind::Integer, text: Some("7".into()) };
        let statement = Statement { values: vec![value], ..Statement::plain(sql) };
        let mut keeper = Keeper::new(results.clone(), "prod", &statement, name).unwrap();
        let engine = DuckDb::new(Settings::default());
        let mut events = engine.run(Statement::plain(sql), Options::default(), CancellationToken::new());
        loop {
            let event = next_event(&mut events).unwrap();
            let is_last = matches!(event, RunEvent::Finished(_));
            if is_last && !whole {
                return None;
            }
            let landed = keeper.take(&event).unwrap();
            if is_last {
                return landed;
            }
        }
    }

    fn text(engine: &DuckDb, sql: &str) -> Result<String, ErrorKind> {
        let (_, batches) = engine.rows(sql, &CancellationToken::new()).map_err(|error| error.kind)?;
        Ok(crate::value::plain(batches[0].column(0).as_ref(), 0).unwrap())
    }

    fn names(results: &Results) -> Vec<String> {
        results.all().unwrap().into_iter().map(|kept| kept.name).collect()
    }

    const MONEY: &str = "SELECT CAST(0.10 AS DECIMAL(18, 2)) AS a, NULL::DATE AS d, 'x' AS t FROM range(3)";

    #[test]
    fn a_result_is_a_table_with_its_origin_from_when_it_was_kept_until_it_goes() {
        let state = tempfile::tempdir().unwrap();
        let results = Results::within(state.path(), 1);
        let engine = engine(state.path());
        let sum = |name: &str| text(&engine, &format!("SELECT sum(a) FROM results.{name}"));
        assert_eq!(sum("r1"), Err(ErrorKind::Missing));
        let Landed { kept, gone } = keep(&results, MONEY, None, true).unwrap();
        assert_eq!((kept.name.as_str(), kept.rows, kept.sql.as_str(), gone), ("r1", 3, MONEY, vec![]));
        assert_eq!(kept.values["n"].as_deref(), Some("7"));
        assert_eq!(kept.target, "prod");
        assert_eq!((sum("r1"), sum("\"R1\"")), (Ok("0.30".into()), Ok("0.30".into())));
        assert_eq!(engine.catalog(&CancellationToken::new()).unwrap()[0].schema, "results");
        assert_eq!(engine.describe("results.r1", &CancellationToken::new()).unwrap().field(0).name(), "a");
        assert_eq!(results.all().unwrap(), std::slice::from_ref(&kept));
        results.verify(&kept).unwrap();

        results.rename("r1", "money").unwrap();
        assert_eq!((sum("r1"), sum("money")), (Err(ErrorKind::Missing), Ok("0.30".into())));
        keep(&results, "SELECT 5 AS a", Some("other"), true).unwrap();
        assert!(matches!(results.rename("money", "other"), Err(ResultsError::Taken(_))));
        let again = Keeper::new(results.clone(), "prod", &Statement::plain(MONEY), Some("money"));
        assert!(matches!(again.err(), Some(ResultsError::Taken(_))));
        results.remove("other").unwrap();
        assert_eq!((sum("other"), names(&results)), (Err(ErrorKind::Missing), vec!["money".into()]));
        assert!(matches!(results.remove("other"), Err(ResultsError::Missing(_))));
    }

    #[test]
    fn a_run_that_does_not_finish_leaves_nothing() {
        let state = tempfile::tempdir().unwrap();
        let results = Results::within(state.path(), 1);
        assert_eq!(keep(&results, MONEY, None, false), None);
        assert_eq!(fs::read_dir(Results::folder_in(state.path())).unwrap().count(), 0);
    }

    #[test]
    fn the_oldest_go_first_but_never_the_newest_and_never_a_pinned_one() {
        let state = tempfile::tempdir().unwrap();
        let results = Results::within(state.path(), 0);
        keep(&results, MONEY, Some("pinned"), true).unwrap();
        results.pin("pinned", true).unwrap();
        keep(&results, MONEY, None, true).unwrap();
        let landed = keep(&results, MONEY, None, true).unwrap();
        let gone: Vec<_> = landed.gone.iter().map(|kept| kept.name.as_str()).collect();
        assert_eq!((gone, names(&results)), (vec!["r1"], vec!["pinned".to_owned(), "r2".into()]));
        assert_eq!(results.clean(Utc::now()).unwrap().len(), 1);
        assert_eq!(names(&results), ["pinned"]);
    }

    #[test]
    fn a_file_that_was_changed_is_told_and_one_without_its_note_is_no_result() {
        let state = tempfile::tempdir().unwrap();
        let results = Results::within(state.path(), 1);
        let kept = keep(&results, MONEY, None, true).unwrap().kept;
        let mut bytes = fs::read(results.path("r1")).unwrap();
        bytes[9] ^= 1;
        fs::write(results.path("r1"), bytes).unwrap();
        assert!(matches!(results.verify(&kept), Err(ResultsError::Changed { .. })));
        fs::remove_file(Results::folder_in(state.path()).join("r1.json")).unwrap();
        assert_eq!(names(&results), [""; 0]);
    }
}
