//! Results as Redshift answers them: pages of cells, each a union of kinds, of which a decimal, a date and a time come as
//! text.

use aws_sdk_redshiftdata::operation::get_statement_result::GetStatementResultOutput as Page;
use aws_sdk_redshiftdata::types::{ColumnMetadata, Field};
use duckdb::arrow::datatypes::DataType;

use super::{REDSHIFT, Redshift};
use crate::checksum;
use crate::engine::cells::{Bytes, Cells, type_with};
use crate::engine::remote::Sink;
use crate::engine::{EngineError, ErrorKind, RunId};

/// How far a result is read.
#[derive(Default)]
pub(super) struct Pages {
    token: Option<String>,
    rows: usize,
    is_done: bool,
}

impl Redshift {
    /// The next page of a result; one that does not come to its whole end is an error.
    pub(super) async fn next_page(&self, id: &str, pages: &mut Pages) -> Result<Option<Page>, EngineError> {
        if pages.is_done {
            return Ok(None);
        }
        let client = self.client().await;
        let request = client.redshift.get_statement_result().id(id).set_next_token(pages.token.clone());
        let page = Box::pin(client.ask(REDSHIFT, || request.clone().send())).await?;
        pages.rows += page.records().len();
        let next = page.next_token.clone().filter(|next| !next.is_empty());
        let (is_again, is_whole) = (
            next.is_some() && next == pages.token,
            page.total_num_rows <= 0 || usize::try_from(page.total_num_rows) == Ok(pages.rows),
        );
        if is_again || (next.is_none() && !is_whole) {
            let message = format!("Redshift gave {} of {} rows", pages.rows, page.total_num_rows);
            return Err(EngineError::new(ErrorKind::Data, message));
        }
        (pages.is_done, pages.token) = (next.is_none(), next);
        Ok(Some(page))
    }

    /// Hands on the result of a statement.
    pub(super) async fn hand_on(&self, id: &RunId, sink: &mut Sink) -> Result<(), EngineError> {
        let (mut pages, mut cells) = (Pages::default(), None::<Cells>);
        while let Some(page) = self.next_page(&id.0, &mut pages).await? {
            if cells.is_none() {
                let made = Cells::new(page.column_metadata().iter().map(column), Bytes::Hex);
                sink.schema(made.schema()).await?;
                cells = Some(made);
            }
            let Some(cells) = &mut cells else { continue };
            for row in page.records() {
                let row: Vec<_> = row.iter().map(text).collect();
                cells.push(row.iter().map(Option::as_deref))?;
            }
            if let Some(batch) = cells.take()? {
                sink.batch(batch).await?;
            }
        }
        Ok(())
    }
}

/// A column's name and type. Only a decimal's precision is its own: of a time it is the width of its text.
fn column(told: &ColumnMetadata) -> (String, DataType) {
    let name = told.label().filter(|label| !label.is_empty()).or(told.name()).unwrap_or_default();
    let kind = told.type_name().unwrap_or_default();
    let digits = |count: i32| u8::try_from(count).ok();
    let data_type = match kind {
        "numeric" | "decimal" => type_with(kind, digits(told.precision()), digits(told.scale())),
        _ => type_with(kind, None, None),
    };
    (name.to_owned(), data_type)
}

/// A cell as text; a float's is the shortest that gives it back.
pub(super) fn text(field: &Field) -> Option<String> {
    match field {
        Field::BooleanValue(value) => Some(value.to_string()),
        Field::LongValue(value) => Some(value.to_string()),
        Field::DoubleValue(value) => Some(value.to_string()),
        Field::StringValue(value) => Some(value.clone()),
        Field::BlobValue(value) => Some(checksum::hex(value.as_ref())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::plain;
    use aws_sdk_redshiftdata::primitives::Blob;

    #[test]
    fn cells_are_exactly_what_redshift_sent() {
        let string = |text: &str| Field::StringValue(text.into());
        let cases = [
            ("int8", 19, 0, Field::LongValue(i64::MAX), Some("9223372036854775807")),
            (
                "numeric",
                38,
                2,
                string("-12345678901234567890123456.78"),
                Some("-12345678901234567890123456.78"),
            ),
            ("numeric", 18, 0, string("7"), Some("7")),
            ("bool", 1, 0, Field::BooleanValue(true), Some("true")),
            ("float8", 17, 17, Field::DoubleValue(0.1), Some("0.1")),
            ("float8", 17, 17, Field::DoubleValue(f64::NAN), Some("NaN")),
            ("float4", 8, 8, Field::DoubleValue(f64::from(0.1_f32)), Some("0.1")),
            ("date", 13, 0, string("2019-02-28"), Some("2019-02-28")),
            ("timestamp", 29, 6, string("2019-02-03 04:05:06.789"), Some("2019-02-03 04:05:06.789")),
            ("timestamptz", 35, 6, string("2019-02-03 04:05:06+00"), Some("2019-02-03 04:05:06+00")),
            ("time", 15, 6, string("04:05:06"), Some("04:05:06")),
            ("varbyte", 9, 0, Field::BlobValue(Blob::new([0_u8, 255])), Some("\\x00\\xFF")),
            ("super", 0, 0, string("[1,{\"a\":null}]"), Some("[1,{\"a\":null}]")),
            ("varchar", 9, 0, string(""), Some("")),
            ("varchar", 9, 0, Field::IsNull(true), None),
        ];
        for (kind, precision, scale, field, expected) in cases {
            let told = ColumnMetadata::builder()
                .label("c")
                .type_name(kind)
                .precision(precision)
                .scale(scale)
                .build();
            let mut cells = Cells::new([column(&told)], Bytes::Hex);
            cells.push([text(&field).as_deref()]).unwrap();
            let batch = cells.take().unwrap().unwrap();
            assert_eq!(plain(batch.column(0).as_ref(), 0).as_deref(), expected, "{kind}");
        }
        let told = ColumnMetadata::builder().label("c").type_name("numeric").precision(5).scale(2).build();
        let mut cells = Cells::new([column(&told)], Bytes::Hex);
        assert!(cells.push([text(&string("1.005")).as_deref()]).is_err(), "no cent is rounded");
    }
}
