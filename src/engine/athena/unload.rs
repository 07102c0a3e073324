//! A result that Athena writes to S3 as Parquet, for what is too long to come as text: it is read from there, and
//! removed again once its rows are handed on, or nobody wants them any more.
//!
//! What is written is told from the statement's own text, so that a run can be taken up by its id alone. Athena lists the
//! files that it wrote, which tells a result without rows from one that is gone.

use aws_sdk_athena::types::QueryExecution;

use super::client::{ATHENA, Client};
use super::{checks, fault};
use crate::engine::remote::{Sink, Status};
use crate::engine::{EngineError, ErrorKind, Position, unloaded};
use crate::lake::remote::stored::Stored;
use crate::sql;
use crate::target::Target;

/// What stands before, between and behind the statement and the folder. The statement has its own lines, so that places
/// in it are a line further down, and nothing else.
const BEFORE: &str = "UNLOAD (\n";
const TO: &str = "\n) TO '";
const BEHIND: &str = "' WITH (format = 'PARQUET', compression = 'ZSTD')";
/// What Athena says of columns that no file can have.
const NAMELESS: &[&str] = &["Column name not specified", "Duplicate column name", "specified more than once"];
const TYPELESS: &[&str] = &["Column type is unknown", "Unsupported Hive type", "Unsupported type"];
/// What the name of a run's own folder begins with.
const OWN: &str = "saldo-";

/// Refuses what is not one statement: of several, one alone would be unloaded.
pub(super) fn one(sql: &str) -> Result<(), EngineError> {
    let count = sql::statements(sql).len();
    if count == 1 {
        return Ok(());
    }
    let message = format!("one statement can be unloaded, and the text has {count}");
    Err(EngineError::new(ErrorKind::Refused, message).with_hint("send each statement by itself"))
}

/// The statement that unloads the rows of another one.
pub(super) fn statement(sql: &str, place: &str) -> String {
    let end = sql::statements(sql).first().map_or(sql.len(), |range| range.end);
    format!("{BEFORE}{}{TO}{}{BEHIND}", &sql[..end], place.replace('\'', "''"))
}

/// The statement whose rows a query unloads, and the folder for them; nothing for a query of another kind.
pub(super) fn parts(query: &QueryExecution) -> Option<(&str, String)> {
    let inner = query.query()?.strip_prefix(BEFORE)?.strip_suffix(BEHIND)?;
    let (sql, place) = inner.rsplit_once(TO)?;
    let place = place.replace("''", "'");
    let folder = place.strip_prefix("s3://")?.strip_suffix('/')?.rsplit('/').next()?;
    folder.starts_with(OWN).then_some((sql, place))
}

/// A folder of its own for the run with a token, which is empty: nobody else has the token.
pub(super) async fn place(client: &Client, target: &Target, token: &str) -> Result<String, EngineError> {
    let of_group;
    let output = match &target.output {
        Some(output) => output,
        None => {
            of_group = checks::group(client, target).await?;
            checks::location(of_group.configuration()).ok_or_else(|| {
                let message = "neither the target nor the work group says where results go";
                EngineError::new(ErrorKind::Other, message)
                    .with_hint("set `output = \"s3://bucket/prefix/\"` for the target, or leave out --unload")
            })?
        }
    };
    Ok(format!("{}/{OWN}{}/", output.trim_end_matches('/'), token.trim_start_matches(OWN)))
}

/// An error with its place in the statement that is unloaded.
pub(super) fn located(mut error: EngineError) -> EngineError {
    if let Some(place) = error.position.filter(|place| place.line > 0) {
        // Lines count from 1 in what Athena says.
        let (told, own) = (format!("line {}:", place.line + 1), format!("line {}:", place.line));
        error.message = error.message.replacen(&told, &own, 1);
        error.position = Some(Position { line: place.line - 1, ..place });
    }
    if NAMELESS.iter().any(|part| error.message.contains(part)) {
        return error.with_hint("name each column with AS, or leave out --unload, which needs no names");
    }
    if TYPELESS.iter().any(|part| error.message.contains(part)) {
        return error
            .with_hint("CAST it to a type that Parquet has, or leave out --unload, which takes every type");
    }
    error
}

/// How a query stands that may unload; what was written of one that ended without its rows is removed.
pub(super) async fn followed(client: &Client, query: &QueryExecution, status: Status) -> Status {
    let Some((_, place)) = parts(query) else { return status };
    if matches!(status, Status::Failed(_) | Status::Stopped(..)) {
        let _ = clear(client, &place).await;
    }
    match status {
        Status::Failed(error) => Status::Failed(located(error)),
        status => status,
    }
}

/// Hands on the columns and rows of what was unloaded; `false` where there is no row, and so no file that tells columns.
pub(super) async fn hand_on(
    client: &Client,
    query: &QueryExecution,
    place: &str,
    sink: &mut Sink,
) -> Result<bool, EngineError> {
    let files = files(client, query, place).await?;
    if files.is_empty() {
        return Ok(false);
    }
    unloaded::hand_on(&client.buckets, ATHENA, &files, sink).await?;
    Ok(true)
}

/// The files of what was unloaded, all of them.
async fn files(client: &Client, query: &QueryExecution, place: &str) -> Result<Vec<Stored>, EngineError> {
    let failed = |error| fault::of_place(&error);
    let mut listed = client.buckets.list(place).await.map_err(failed)?;
    listed.sort_by(|a, b| a.url.cmp(&b.url));
    let manifest = query.statistics().and_then(|statistics| statistics.data_manifest_location());
    let gone = |what: &str| {
        EngineError::new(ErrorKind::Data, format!("what Athena unloaded is gone: {what}")).with_hint(
            "its rows were read before, and may be kept: `saldo results` lists them; or run the statement again",
        )
    };
    // Nothing there, and no list that says that nothing was written: that is not a result without rows.
    let found = match manifest {
        Some(manifest) => client.buckets.find(manifest).await.map_err(failed)?,
        None => None,
    };
    let Some(found) = found else { return if listed.is_empty() { Err(gone(place)) } else { Ok(listed) } };
    let text = client.buckets.read(&found, 0..found.size).await.map_err(failed)?;
    let text = String::from_utf8_lossy(&text);
    let written: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if let Some(missing) = written.iter().find(|url| listed.iter().all(|file| file.url != **url)) {
        return Err(gone(missing));
    }
    listed.retain(|file| written.contains(&file.url.as_str()));
    Ok(listed)
}

/// The statement that reads no data and has the columns of another one.
pub(super) fn columns(sql: &str) -> String {
    format!("SELECT * FROM (\n{sql}\n) LIMIT 0")
}

/// Removes what was unloaded; tells the folder where it cannot be removed.
pub(super) async fn clear(client: &Client, place: &str) -> Option<String> {
    let removed = async { client.buckets.remove(&client.buckets.list(place).await?).await };
    removed.await.is_err().then(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_unloaded_is_told_from_the_statement() {
        let query = |sql: &str| QueryExecution::builder().query(sql).build();
        let sql = "SELECT '; TO ''s3://x/saldo-1/''' -- ;\n\nFROM t";
        let sent = statement(&format!("{sql} ; -- the end"), "s3://b/o'x/saldo-00a/");
        let ends = "FROM t\n) TO 's3://b/o''x/saldo-00a/' WITH (format = 'PARQUET', compression = 'ZSTD')";
        assert!(sent.starts_with("UNLOAD (\nSELECT ';") && sent.ends_with(ends), "{sent}");
        assert_eq!(parts(&query(&sent)), Some((sql, "s3://b/o'x/saldo-00a/".to_owned())));
        // Whatever else a person unloads is theirs.
        let others = [sent.replace("saldo-00a/", "other/"), sent.replace("saldo-00a/", "")];
        for other in others.iter().map(String::as_str).chain([sql, "UNLOAD (SELECT 1) TO 's3://b/saldo-1/'"])
        {
            assert_eq!(parts(&query(other)), None, "{other}");
        }
    }

    #[test]
    fn one_statement_is_unloaded() {
        assert_eq!(one("SELECT ';' -- ;\n; -- the end\n;"), Ok(()));
        for (text, count) in [("SELECT 1; SELECT 2", 2), ("-- nothing\n;", 0)] {
            let error = one(text).unwrap_err();
            assert!(error.message.ends_with(&format!("has {count}")) && error.hint.is_some(), "{error:?}");
        }
    }

    #[test]
    fn a_place_is_told_as_in_the_statement_that_is_unloaded() {
        let told = |reason: &str| located(fault::failed(reason));
        let error = told("COLUMN_NOT_FOUND: line 3:8: Column 'x' cannot be resolved");
        assert_eq!(error.message, "COLUMN_NOT_FOUND: line 2:8: Column 'x' cannot be resolved");
        assert_eq!((error.position, error.hint), (Some(Position { line: 1, column: 7 }), None));
        let error = told("MISSING_COLUMN_NAME: line 2:1: Column name not specified at position 2");
        assert!(error.hint.unwrap().contains("AS"));
        assert!(told("NOT_SUPPORTED: Unsupported Hive type: time(3)").hint.unwrap().contains("CAST"));
    }
}
