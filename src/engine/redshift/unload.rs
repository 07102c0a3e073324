//! A result that is too large for an answer: Redshift writes it to S3 as Parquet, and it is read from there.

use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::SqlParameter;

use super::{OWN_NAME, REDSHIFT, Redshift};
use crate::engine::athena::fault;
use crate::engine::remote::Sink;
use crate::engine::{EngineError, ErrorKind, RunId, unloaded};
use crate::sql::{Kind, tokens};

impl Redshift {
    /// Starts the statement that writes a result to S3. It is the same one however often it is started.
    pub(super) async fn unload(
        &self,
        id: &RunId,
        told: &DescribeStatementOutput,
    ) -> Result<String, EngineError> {
        let (Some(place), Some(role)) = (self.place(id), &self.target.role) else {
            return Err(EngineError::new(ErrorKind::Other, super::fault::failed(told).message).with_hint(
                "set `output = \"s3://bucket/prefix\"` and `role` (an IAM role that may write there, or `default`) for the \
                 target, or read less",
            ));
        };
        let sql = statement(told.query_string().unwrap_or_default(), told.query_parameters(), &place, role);
        // 64 characters are the longest token.
        let token = format!("unload-{}", id.0).chars().take(64).collect();
        self.execute(&sql, &[], Some(token), OWN_NAME).await
    }

    /// Hands on what was unloaded, and tells where it lies.
    pub(super) async fn unloaded(&self, id: &RunId, sink: &mut Sink) -> Result<String, EngineError> {
        let gone = |what: &str| EngineError::new(ErrorKind::Io, what);
        let place = self.place(id).ok_or_else(|| gone("the target names no `output` any more"))?;
        let client = self.client().await;
        let listed = client.buckets.list(&place).await.map_err(|error| fault::of_place(&error))?;
        let mut files: Vec<_> = listed.into_iter().filter(|file| file.url.ends_with(".parquet")).collect();
        // The names count the files in the order of the rows.
        files.sort_by(|a, b| a.url.cmp(&b.url));
        if files.is_empty() {
            return Err(gone("Redshift unloaded the result, and there is no file of it"));
        }
        unloaded::hand_on(&client.buckets, REDSHIFT, &files, sink).await?;
        Ok(place)
    }

    /// Where the result of a run is unloaded: a folder of its own.
    fn place(&self, id: &RunId) -> Option<String> {
        let output = self.target.output.as_ref()?;
        Some(format!("{}/saldo-{}/", output.trim_end_matches('/'), id.0))
    }
}

/// The UNLOAD of a statement. It binds nothing, so the values stand in its text; one writer keeps the rows' order.
fn statement(sql: &str, values: &[SqlParameter], place: &str, role: &str) -> String {
    let bound = with_values(sql, values);
    let role = if role == "default" { "default".to_owned() } else { quoted(role) };
    format!(
        "UNLOAD ({}) TO {} IAM_ROLE {role} FORMAT PARQUET PARALLEL OFF ALLOWOVERWRITE",
        quoted(&bound),
        quoted(place)
    )
}

fn with_values(sql: &str, values: &[SqlParameter]) -> String {
    let mut made = String::with_capacity(sql.len());
    let mut copied = 0;
    for token in tokens(sql).into_iter().filter(|token| token.kind == Kind::Parameter) {
        let name = &sql[token.range.start + 1..token.range.end];
        let Some(value) = values.iter().find(|value| value.name() == name) else { continue };
        made.push_str(&sql[copied..token.range.start]);
        made.push_str(&quoted(value.value()));
        copied = token.range.end;
    }
    made.push_str(&sql[copied..]);
    made
}

/// A text of Redshift's, in which a backslash is no plain mark.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_what_is_unloaded_and_end_no_text() {
        let value =
            |name: &str, value: &str| SqlParameter::builder().name(name).value(value).build().unwrap();
        let sql = "SELECT ':a', CAST(:a AS VARCHAR) -- :a\nFROM t WHERE x = :b";
        let made =
            statement(sql, &[value("a", "o'x\\"), value("b", "1")], "s3://b/p/", "arn:aws:iam::1:role/r");
        let expected = "UNLOAD ('SELECT '':a'', CAST(''o''''x\\\\\\\\'' AS VARCHAR) -- :a\nFROM t WHERE x = ''1''') TO 's3://b/p/' \
            IAM_ROLE 'arn:aws:iam::1:role/r' FORMAT PARQUET PARALLEL OFF ALLOWOVERWRITE";
        assert_eq!(made, expected);
        assert!(statement("SELECT 1", &[], "s3://b/", "default").contains("IAM_ROLE default FORMAT"));
    }
}
