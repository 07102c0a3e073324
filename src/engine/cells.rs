//! From the text in which engines elsewhere send a cell to Arrow, by the name of its type: of Trino and Athena, of Glue,
//! of Redshift.
//!
//! A text that the type cannot hold exactly is an error, never another value. What Arrow has no exact form for stays
//! the engine's text: nested values, fractions finer than a microsecond, and a time with a zone, whose name would be lost.

mod parse;

use std::sync::Arc;

use duckdb::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder,
    Time64MicrosecondBuilder, TimestampMicrosecondBuilder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;

use super::{EngineError, ErrorKind};

#[cfg(feature = "remote")]
pub(super) use self::parse::base64;

/// A batch is full with so many rows, or so many bytes of text.
const ROWS: usize = 8_192;
const BYTES: usize = 4 << 20;
/// What Arrow's decimals of 128 bits hold.
const MOST_DIGITS: u8 = 38;
/// Of a text that is no value of its type, an error shows so much.
const SHOWN: usize = 60;

/// Names of types, without arguments, and what becomes of them; all others stay text.
const TYPES: &[(&str, DataType)] = &[
    ("boolean", DataType::Boolean),
    ("bool", DataType::Boolean),
    ("tinyint", DataType::Int8),
    ("smallint", DataType::Int16),
    ("int2", DataType::Int16),
    ("integer", DataType::Int32),
    ("int", DataType::Int32),
    ("int4", DataType::Int32),
    ("bigint", DataType::Int64),
    ("int8", DataType::Int64),
    ("real", DataType::Float32),
    ("float", DataType::Float32),
    ("float4", DataType::Float32),
    ("double", DataType::Float64),
    ("double precision", DataType::Float64),
    ("float8", DataType::Float64),
    ("date", DataType::Date32),
    ("varbinary", DataType::Binary),
    ("binary", DataType::Binary),
    ("varbyte", DataType::Binary),
];

/// The Arrow type of a type as an engine writes it: `decimal(18,2)`, `timestamp(3) with time zone`, `array<int>`.
#[must_use]
pub fn type_of(text: &str) -> DataType {
    let text = text.trim().to_ascii_lowercase();
    let (name, rest) = text.split_once('(').unwrap_or((&text, ")"));
    let Some((arguments, "")) = rest.split_once(')') else { return DataType::Utf8 };
    let mut arguments = arguments.split(',').map(|argument| argument.trim().parse().ok());
    type_with(name, arguments.next().flatten(), arguments.next().flatten())
}

/// The same, where precision and scale stand apart, as in Athena's columns.
#[must_use]
pub fn type_with(name: &str, precision: Option<u8>, scale: Option<u8>) -> DataType {
    let name = name.trim();
    if name.contains('(') {
        return type_of(name);
    }
    match (name, precision) {
        ("decimal" | "numeric", Some(precision @ 1..=MOST_DIGITS)) => match scale.unwrap_or(0) {
            scale if scale <= precision => DataType::Decimal128(precision, scale.cast_signed()),
            _ => DataType::Utf8,
        },
        ("timestamp" | "timestamp without time zone", None | Some(0..=6)) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        ("time" | "time without time zone", None | Some(0..=6)) => DataType::Time64(TimeUnit::Microsecond),
        _ => {
            let known = TYPES.iter().find(|(known, _)| *known == name);
            known.map_or(DataType::Utf8, |(_, data_type)| data_type.clone())
        }
    }
}

/// How an engine writes bytes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// `48 65 6c`, with or without spaces: Athena, Redshift.
    Hex,
    /// Trino.
    Base64,
}

/// Rows on their way to a batch.
pub struct Cells {
    schema: SchemaRef,
    columns: Vec<Column>,
    bytes_as: Bytes,
    rows: usize,
    bytes: usize,
}

impl Cells {
    /// For columns of these names and types.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = (String, DataType)>, bytes_as: Bytes) -> Self {
        let field = |(name, data_type)| Field::new(name, data_type, true);
        let schema: SchemaRef = Arc::new(Schema::new(columns.into_iter().map(field).collect::<Vec<_>>()));
        let columns = schema.fields().iter().map(|field| Column::of(field.data_type())).collect();
        Self { schema, columns, bytes_as, rows: 0, bytes: 0 }
    }

    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds a row; `None` is NULL.
    ///
    /// # Errors
    /// When it has too few or too many cells, or one is not a value of its column's type. The rows are of no use then.
    pub fn push<'a>(&mut self, row: impl IntoIterator<Item = Option<&'a str>>) -> Result<(), EngineError> {
        let mut row = row.into_iter();
        for (at, column) in self.columns.iter_mut().enumerate() {
            let Some(cell) = row.next() else { return Err(self.uneven()) };
            self.bytes += cell.map_or(0, str::len);
            if column.push(cell, self.bytes_as).is_none() {
                return Err(self.unreadable(at, cell.unwrap_or_default()));
            }
        }
        if row.next().is_some() {
            return Err(self.uneven());
        }
        self.rows += 1;
        Ok(())
    }

    /// Whether it is time to take a batch.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows >= ROWS || self.bytes >= BYTES
    }

    /// The rows since the last batch, where there are any.
    ///
    /// # Errors
    /// When they do not fit their schema.
    pub fn take(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        if self.rows == 0 {
            return Ok(None);
        }
        (self.rows, self.bytes) = (0, 0);
        let columns = self.columns.iter_mut().map(Column::finish).collect::<Option<Vec<_>>>();
        let batch = columns.map(|columns| RecordBatch::try_new(self.schema(), columns));
        match batch {
            Some(Ok(batch)) => Ok(Some(batch)),
            Some(Err(error)) => Err(EngineError::new(ErrorKind::Data, error.to_string())),
            None => Err(EngineError::new(ErrorKind::Data, "the engine sent a type that cannot be held")),
        }
    }

    fn uneven(&self) -> EngineError {
        let message = format!("the engine sent a row that has not {} cells", self.columns.len());
        EngineError::new(ErrorKind::Data, message)
    }

    fn unreadable(&self, at: usize, text: &str) -> EngineError {
        let field = self.schema.field(at);
        let shown: String = text.chars().take(SHOWN).collect();
        let message = format!(
            "the engine sent {shown:?} in column {}, which {} cannot hold exactly",
            field.name(),
            field.data_type()
        );
        EngineError::new(ErrorKind::Data, message).with_hint("write CAST(… AS varchar) to see it as text")
    }
}

/// One column on its way.
enum Column {
    Boolean(BooleanBuilder),
    Int8(Int8Builder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Binary(BinaryBuilder),
    Text(StringBuilder),
}

impl Column {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int8 => Self::Int8(Int8Builder::new()),
            DataType::Int16 => Self::Int16(Int16Builder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Float32 => Self::Float32(Float32Builder::new()),
            DataType::Float64 => Self::Float64(Float64Builder::new()),
            DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::new().with_data_type(data_type.clone());
                Self::Decimal(builder, *precision, *scale)
            }
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Time64(_) => Self::Time(Time64MicrosecondBuilder::new()),
            DataType::Timestamp(..) => Self::Timestamp(TimestampMicrosecondBuilder::new()),
            DataType::Binary => Self::Binary(BinaryBuilder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// None where the text is no value of the type.
    fn push(&mut self, cell: Option<&str>, bytes_as: Bytes) -> Option<()> {
        /// NULL, or the value that the text is.
        macro_rules! add {
            ($builder:expr, $parse:expr) => {
                match cell {
                    None => $builder.append_null(),
                    Some(text) => $builder.append_value($parse(text)?),
                }
            };
        }
        match self {
            Self::Boolean(builder) => add!(builder, parse::boolean),
            Self::Int8(builder) => add!(builder, parse::number),
            Self::Int16(builder) => add!(builder, parse::number),
            Self::Int32(builder) => add!(builder, parse::number),
            Self::Int64(builder) => add!(builder, parse::number),
            Self::Float32(builder) => add!(builder, parse::number),
            Self::Float64(builder) => add!(builder, parse::number),
            Self::Decimal(builder, precision, scale) => {
                add!(builder, |text| parse::decimal(text, *precision, *scale));
            }
            Self::Date(builder) => add!(builder, parse::date),
            Self::Time(builder) => add!(builder, parse::time),
            Self::Timestamp(builder) => add!(builder, parse::timestamp),
            Self::Binary(builder) => add!(builder, |text| match bytes_as {
                Bytes::Hex => parse::hex(text),
                Bytes::Base64 => parse::base64(text),
            }),
            Self::Text(builder) => builder.append_option(cell),
        }
        Some(())
    }

    /// The cells so far, and none from then on.
    fn finish(&mut self) -> Option<ArrayRef> {
        Some(match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Int8(builder) => Arc::new(builder.finish()),
            Self::Int16(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float32(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, precision, scale) => {
                Arc::new(builder.finish().with_precision_and_scale(*precision, *scale).ok()?)
            }
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Binary(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::plain;

    fn cell(kind: &str, text: Option<&str>) -> Result<Option<String>, EngineError> {
        let mut cells = Cells::new([("c".to_owned(), type_of(kind))], Bytes::Hex);
        cells.push([text])?;
        let batch = cells.take()?.unwrap();
        Ok(plain(batch.column(0).as_ref(), 0))
    }

    #[test]
    fn a_cell_is_exactly_what_the_engine_sent() {
        let cases = [
            ("boolean", "true", "true"),
            ("bigint", "-9223372036854775808", "-9223372036854775808"),
            ("tinyint", "-128", "-128"),
            ("decimal(38,2)", "-12345678901234567890123456.78", "-12345678901234567890123456.78"),
            (
                "decimal(38,38)",
                "0.00000000000000000000000000000000000001",
                "0.00000000000000000000000000000000000001",
            ),
            ("decimal(5,2)", "-0.05", "-0.05"),
            ("decimal(5,2)", "7", "7.00"),
            ("decimal(5,2)", "000000000000000000000000000000000000000000999.990", "999.99"),
            ("decimal(19,0)", "9999999999999999999", "9999999999999999999"),
            ("decimal(20,1)", "-9999999999999999999.9", "-9999999999999999999.9"),
            (
                "decimal(38,0)",
                "99999999999999999999999999999999999999",
                "99999999999999999999999999999999999999",
            ),
            ("numeric(18)", "7", "7"),
            ("double", "NaN", "NaN"),
            ("double", "-Infinity", "-inf"),
            ("double", "1.0E10", "10000000000"),
            ("real", "0.1", "0.1"),
            ("date", "2019-02-28", "2019-02-28"),
            ("date", "9999-12-31", "9999-12-31"),
            ("time(3)", "23:59:59.123", "23:59:59.123"),
            ("timestamp(0)", "2019-02-03 04:05:06", "2019-02-03 04:05:06"),
            ("timestamp(3)", "2019-02-03 04:05:06.700", "2019-02-03 04:05:06.700"),
            ("timestamp(6)", "0001-01-01 00:00:00.000001", "0001-01-01 00:00:00.000001"),
            ("timestamp(12)", "2019-02-03 04:05:06.000000000001", "2019-02-03 04:05:06.000000000001"),
            (
                "timestamp(3) with time zone",
                "2019-02-03 04:05:06.789 America/New_York",
                "2019-02-03 04:05:06.789 America/New_York",
            ),
            ("varbinary", "00 ff 10", "\\x00\\xFF\\x10"),
            ("array(integer)", "[1, 2]", "[1, 2]"),
            ("map<string,decimal(5,2)>", "{a=1.00}", "{a=1.00}"),
            ("row(a decimal(5,2))", "{a=1.00}", "{a=1.00}"),
            ("varchar(3)", "", ""),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(cell(kind, Some(text)).unwrap().as_deref(), Some(expected), "{kind} {text}");
            assert_eq!(cell(kind, None).unwrap(), None, "{kind}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_no_other_value() {
        let cases = [
            ("decimal(38,0)", "0.10"),
            ("decimal(3,2)", "10.00"),
            ("decimal(3,2)", "0x.00"),
            ("decimal(5,1)", "1.é"),
            ("decimal(5,1)", "é"),
            ("time(3)", "01:02:03.12345é"),
            ("decimal(38,0)", "100000000000000000000000000000000000000"),
            ("decimal(3,2)", "1e1"),
            ("decimal(3,2)", ""),
            ("decimal(3,2)", "-"),
            ("decimal(3,2)", "."),
            ("tinyint", "128"),
            ("bigint", "1.0"),
            ("bigint", "+-1"),
            ("boolean", "yes"),
            ("date", "2019-02-29"),
            ("date", "2019-2-03 "),
            ("timestamp(6)", "2019-02-03 04:05:06.0000001"),
            ("timestamp(3)", "2019-02-03"),
            ("timestamp(3)", "2019-02-03 04:05:06 UTC"),
            ("time(3)", "24:00:01"),
            ("varbinary", "0"),
            ("varbinary", "zz"),
        ];
        for (kind, text) in cases {
            assert_eq!(cell(kind, Some(text)).unwrap_err().kind, ErrorKind::Data, "{kind} {text}");
        }
        let mut cells = Cells::new([("a".into(), DataType::Utf8), ("b".into(), DataType::Utf8)], Bytes::Hex);
        assert!(cells.push([None]).is_err() && cells.push([None, None, None]).is_err());
    }

    #[test]
    fn precision_apart_is_as_precision_within() {
        assert_eq!(type_with("decimal", Some(18), Some(4)), type_of("decimal(18, 4)"));
        assert_eq!(type_with("decimal(18,4)", Some(9), Some(9)), type_of("decimal(18,4)"));
        assert_eq!(type_with("timestamp with time zone", Some(3), Some(0)), DataType::Utf8);
        assert_eq!(type_with("varchar", Some(3), Some(0)), DataType::Utf8);
        assert_eq!(type_with("decimal", None, None), DataType::Utf8);
    }
}
