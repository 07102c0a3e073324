//! One run: a statement on a thread of its own, its rows streamed, its progress watched.

use std::time::{Duration, Instant};

use ::duckdb::profiling::ProfilingInfo;
use ::duckdb::{Connection, params_from_iter};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::sync::CancellationToken;

use super::error::engine_error;
use super::interrupt::watched;
use super::{DuckDb, serialize};
use crate::dialect::Names;
use crate::engine::exact::Casts;
use crate::engine::{
    Access, Engine, EngineError, ErrorKind, Events, Options, Phase, Position, Progress, RunEvent, RunId,
    Stats, guard,
};
use crate::lake::Lake;
use crate::lake::watch::Bringing;
use crate::query::{Rendered, Statement};
use crate::sql;

/// Batches that wait for a reader before the engine pauses.
const QUEUE: usize = 4;
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// What a run is given.
struct Run {
    statement: Statement,
    rendered: Rendered,
    access: Access,
    is_watched: bool,
    start: Instant,
    cancel: CancellationToken,
    events: mpsc::Sender<Result<RunEvent, EngineError>>,
}

/// Starts a run on its own thread.
pub(super) fn start(
    engine: DuckDb,
    statement: Statement,
    &Options { access, is_watched, .. }: &Options,
    cancel: CancellationToken,
) -> Events {
    let (events, receiver) = mpsc::channel(QUEUE);
    let rendered = match access {
        Access::Ours { .. } => statement.render_values(),
        Access::ReadOnly | Access::Write => statement.render(engine.dialect(), &Names::default()),
    };
    let run = Run {
        statement,
        rendered,
        access,
        is_watched,
        start: Instant::now(),
        cancel,
        events: events.clone(),
    };
    let threads = engine.threads().clone();
    threads.start(
        move || {
            let last = match run.work(&engine) {
                Ok(stats) => Ok(RunEvent::Finished(stats)),
                Err(_) if run.is_unwanted() => Err(EngineError::cancelled()),
                Err(error) => Err(run.located(engine.explained(error))),
            };
            let _ = run.events.blocking_send(last);
        },
        // Whoever waits for the end must hear of one, also when the wrapper around DuckDB gives up.
        move |error| {
            // Where there was no thread for it the caller hears of it, and an event loop must not block: it has room.
            if let Err(TrySendError::Full(last)) = events.try_send(Err(error)) {
                let _ = events.blocking_send(last);
            }
        },
    );
    receiver
}

impl Run {
    /// A reader that went away is a cancellation.
    fn is_unwanted(&self) -> bool {
        self.cancel.is_cancelled() || self.events.is_closed()
    }

    fn send(&self, event: RunEvent) -> Result<(), EngineError> {
        if self.cancel.is_cancelled() || self.events.blocking_send(Ok(event)).is_err() {
            return Err(EngineError::cancelled());
        }
        Ok(())
    }

    fn work(&self, engine: &DuckDb) -> Result<Stats, EngineError> {
        let tell = |bytes, of| {
            let (percent, bytes) = (Progress::percent(bytes, of), Some(bytes));
            let _ = self.events.try_send(Ok(RunEvent::Progress(Progress {
                phase: Phase::Copying,
                percent,
                bytes,
            })));
        };
        if self.access == Access::ReadOnly {
            // Before files come from S3 for a statement that is refused.
            let connection = engine.connect("", &self.cancel)?;
            guard::check_duckdb(&self.rendered.sql, |text| serialize(&connection, text))?;
        }
        let watch = Bringing { stops: &|| self.is_unwanted(), progress: &tell };
        let connection = engine.connect_bringing(&self.rendered.sql, &self.cancel, &watch)?;
        connection.set_query_progress_tracking(self.is_watched).map_err(engine_error)?;
        let (interrupt, progress) = (connection.interrupt_handle(), connection.progress_handle());
        let mut reported = Instant::now();
        let check = || {
            if self.is_unwanted() {
                return interrupt.interrupt();
            }
            if self.is_watched && reported.elapsed() >= PROGRESS_EVERY {
                reported = Instant::now();
                if let Some(percent) = progress.query_progress().percentage() {
                    let progress = Progress { percent: Some(percent), ..Progress::default() };
                    let _ = self.events.try_send(Ok(RunEvent::Progress(progress)));
                }
            }
        };
        let done = watched(check, || self.stream(&connection))?;
        of_one_run(engine.lake())?;
        Ok(done)
    }

    fn stream(&self, connection: &Connection) -> Result<Stats, EngineError> {
        let sql = &self.rendered.sql;
        if self.access != Access::Write {
            begin_reading(connection)?;
        }
        self.send(RunEvent::Started(RunId::default()))?;
        if let Access::Ours { is_measured } = self.access {
            let bytes_scanned = answer(connection, sql, is_measured)?;
            return Ok(Stats { bytes_scanned, ..self.rows(connection, ANSWER)? });
        }
        self.rows(connection, sql)
    }

    /// Sends the rows of a statement. DuckDB cuts off the comments and blanks before one, but not from the place of a fault.
    fn rows(&self, connection: &Connection, sql: &str) -> Result<Stats, EngineError> {
        let first = sql::tokens(sql).into_iter().find(|token| token.kind != sql::Kind::Comment);
        let (before, statement) = sql.split_at(first.map_or(0, |token| token.range.start));
        self.rows_of(connection, statement).map_err(|mut error| {
            error.position = error.position.map(|place| place.behind(before));
            error
        })
    }

    fn rows_of(&self, connection: &Connection, sql: &str) -> Result<Stats, EngineError> {
        let values: Vec<_> = self.rendered.values.iter().map(|bound| bound.text.clone()).collect();
        let mut prepared = connection.prepare(sql).map_err(engine_error)?;
        if let Some(casts) = Casts::of(connection, &prepared, sql, &values).map_err(engine_error)? {
            prepared = connection.prepare(&casts.wrap(sql)).map_err(engine_error)?;
        }
        let stream = prepared.stream_arrow(params_from_iter(values)).map_err(engine_error)?;
        self.send(RunEvent::Schema(stream.get_schema()))?;
        let mut rows = 0;
        for batch in stream {
            let batch = batch.map_err(engine_error)?;
            rows += batch.num_rows() as u64;
            self.send(RunEvent::Batch(batch))?;
        }
        Ok(Stats { elapsed: self.start.elapsed(), rows, ..Stats::default() })
    }

    /// The error with its place in the text that the person sees.
    fn located(&self, mut error: EngineError) -> EngineError {
        error.position = error.position.map(|place| {
            let (line, column) = self.rendered.place(&self.statement.text, place.line, place.column);
            Position { line, column }
        });
        error
    }
}

/// Refuses rows that were just read: files of two runs have the same names, so that the rows may be of both.
pub(super) fn of_one_run(lake: Option<&Lake>) -> Result<(), EngineError> {
    if lake.is_none_or(Lake::is_as_opened) {
        return Ok(());
    }
    let message = "a run was published since the lake was opened, so these rows may be of two runs";
    Err(EngineError::new(ErrorKind::Data, message).with_hint("read the lake again, then run it again"))
}

/// The second lock behind the guard: DuckDB itself refuses to change a database. It ends with the connection.
pub(super) fn begin_reading(connection: &Connection) -> Result<(), EngineError> {
    connection.execute_batch("BEGIN TRANSACTION READ ONLY").map_err(engine_error)
}

/// The rows of a statement of our own.
const ANSWER: &str = "SELECT * FROM answer";

/// Runs a statement of our own; tells the bytes that it read where they are to be measured. A statement that is prepared is planned when it is prepared and once
/// more when it runs, and of a hundred thousand characters each costs a tenth of a second: this one is planned once.
fn answer(connection: &Connection, sql: &str, is_measured: bool) -> Result<Option<u64>, EngineError> {
    if is_measured {
        connection.execute_batch("SET enable_profiling = 'no_output'").map_err(engine_error)?;
    }
    // What is temporary is this connection's alone, and changes no database.
    connection.execute_batch(&format!("CREATE TEMP TABLE answer AS {sql}")).map_err(engine_error)?;
    Ok(connection.get_profiling_info().as_ref().and_then(bytes_read))
}

/// The bytes that were read from files, which stand somewhere in the tree of measures.
fn bytes_read(measured: &ProfilingInfo) -> Option<u64> {
    let own = || measured.metrics.get("total_bytes_read")?.parse().ok();
    own().or_else(|| measured.children.iter().find_map(bytes_read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::duckdb::Settings;
    use crate::engine::next_event;
    use crate::query::Statement;

    #[test]
    fn a_reading_transaction_changes_no_database() {
        let engine = DuckDb::new(Settings::default());
        let connection = engine.connect("", &CancellationToken::new()).unwrap();
        connection.execute_batch("CREATE TABLE t AS SELECT 1 AS a").unwrap();
        begin_reading(&connection).unwrap();
        assert!(connection.execute_batch("INSERT INTO t VALUES (2)").is_err());
    }

    #[test]
    fn a_fault_is_where_it_stands_whatever_stands_before_the_statement_or_the_fault() {
        let engine = DuckDb::new(Settings::default());
        let place = |sql: &str| {
            let mut events = engine.run(Statement::plain(sql), Options::default(), CancellationToken::new());
            let error = loop {
                if let Err(error) = next_event(&mut events) {
                    break error;
                }
            };
            error.position.map(|place| (place.line + 1, place.column + 1))
        };
        for (sql, wanted) in [
            ("SELECT 1\n  FROM nowhere", (2, 8)),
            ("-- hello\nSELECT 1\n  FROM nowhere", (3, 8)),
            ("\n\n /* a\n b */ SELECT nope, 1", (4, 14)),
            ("\n\n\n\n\nSELECT 1\n  FROM nowhere", (7, 8)),
            ("SELECT '漢漢漢漢漢漢漢漢漢漢', nope2 FROM range(1)", (1, 22)),
            ("SELECT\t'a',\tnope2 FROM range(1)", (1, 13)),
            ("-- title\nSELECT 1 FROM range(1) WHERE (", (2, 30)),
        ] {
            assert_eq!(place(sql), Some(wanted), "{sql}");
        }
    }

    #[test]
    fn what_a_statement_of_our_own_reads_is_measured_and_it_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.parquet");
        let engine = DuckDb::new(Settings::default());
        let make = format!("COPY (SELECT range AS a FROM range(100000)) TO '{}'", file.display());
        engine.connect("", &CancellationToken::new()).unwrap().execute_batch(&make).unwrap();
        let run = |sql: &str, access| {
            let mut events =
                engine.run(Statement::plain(sql), Options::from(access), CancellationToken::new());
            loop {
                if let RunEvent::Finished(stats) = next_event(&mut events)? {
                    return Ok::<_, EngineError>(stats.bytes_scanned);
                }
            }
        };
        let sum = format!("SELECT SUM(a) AS total FROM '{}'", file.display());
        let size = std::fs::metadata(&file).unwrap().len();
        let read = run(&sum, Access::Ours { is_measured: true }).unwrap().unwrap();
        assert!(read > size / 2 && read <= 2 * size, "{read} of {size}");
        let access = Access::Ours { is_measured: false };
        assert_eq!((run(&sum, access).unwrap(), run(&sum, Access::ReadOnly).unwrap()), (None, None));
        let refused = run("SELECT 1 AS a; CREATE TABLE t AS SELECT 1 AS a", access).unwrap_err();
        assert!(refused.message.contains("read-only"), "{refused}");
    }
}
