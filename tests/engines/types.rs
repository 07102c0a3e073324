//! Every type of DuckDB: the grid prints nothing that a terminal obeys, and every export reads back to the exact text.

use super::*;

/// An expression and the exact text of its value.
const CASES: &[(&str, Option<&str>)] = &[
    ("NULL", None),
    ("CAST(NULL AS DECIMAL(20,4))", None),
    ("true", Some("true")),
    ("CAST(-128 AS TINYINT)", Some("-128")),
    ("CAST(255 AS UTINYINT)", Some("255")),
    ("CAST(18446744073709551615 AS UBIGINT)", Some("18446744073709551615")),
    ("CAST(-9223372036854775808 AS BIGINT)", Some("-9223372036854775808")),
    (
        "CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38,10))",
        Some("1234567890123456789012345678.0123456789"),
    ),
    ("CAST('-0.0000000001' AS DECIMAL(38,10))", Some("-0.0000000001")),
    ("CAST('9999.9' AS DECIMAL(5,1))", Some("9999.9")),
    ("CAST(0 AS DECIMAL(4,4))", Some("0.0000")),
    (
        "CAST('170141183460469231731687303715884105727' AS HUGEINT)",
        Some("170141183460469231731687303715884105727"),
    ),
    (
        "CAST('-170141183460469231731687303715884105728' AS HUGEINT)",
        Some("-170141183460469231731687303715884105728"),
    ),
    (
        "CAST('340282366920938463463374607431768211455' AS UHUGEINT)",
        Some("340282366920938463463374607431768211455"),
    ),
    ("sum(9223372036854775807)", Some("9223372036854775807")),
    (
        "[CAST('340282366920938463463374607431768211455' AS UHUGEINT)]",
        Some("[340282366920938463463374607431768211455]"),
    ),
    (
        "CAST('123456789012345678901234567890123456789012345' AS BIGNUM)",
        Some("123456789012345678901234567890123456789012345"),
    ),
    ("CAST('inf' AS DOUBLE)", Some("inf")),
    ("CAST('-inf' AS DOUBLE)", Some("-inf")),
    ("CAST('nan' AS DOUBLE)", Some("NaN")),
    ("CAST('-inf' AS FLOAT)", Some("-inf")),
    ("CAST(0.1 AS FLOAT)", Some("0.1")),
    ("CAST(0.1 AS DOUBLE) + CAST(0.2 AS DOUBLE)", Some("0.30000000000000004")),
    ("CAST(1e300 AS DOUBLE)", Some("1e300")),
    ("CAST(-0.0 AS DOUBLE)", Some("0")),
    ("DATE '2019-02-28'", Some("2019-02-28")),
    ("CAST('infinity' AS DATE)", Some("infinity")),
    ("CAST('-infinity' AS DATE)", Some("-infinity")),
    ("TIME '23:59:59.000001'", Some("23:59:59.000001")),
    ("TIME '24:00:00'", Some("24:00:00")),
    ("CAST('10:00:00+02:30' AS TIMETZ)", Some("10:00:00+02:30")),
    ("TIMESTAMP '2019-01-02 03:04:05.678901'", Some("2019-01-02 03:04:05.678901")),
    ("CAST('infinity' AS TIMESTAMP)", Some("infinity")),
    ("CAST('2019-01-02 03:04:05' AS TIMESTAMP_S)", Some("2019-01-02 03:04:05")),
    ("CAST('2019-01-02 03:04:05.678' AS TIMESTAMP_MS)", Some("2019-01-02 03:04:05.678")),
    ("CAST('2019-01-02 03:04:05.678901234' AS TIMESTAMP_NS)", Some("2019-01-02 03:04:05.678901234")),
    ("CAST('2019-01-02 03:04:05+02' AS TIMESTAMPTZ)", Some("2019-01-02 01:04:05+00:00")),
    ("INTERVAL '1 year 2 months -3 days 04:05:06.7'", Some("1 year 2 months -3 days 04:05:06.7")),
    ("INTERVAL '-1 day'", Some("-1 day")),
    ("INTERVAL '0 days'", Some("00:00:00")),
    ("CAST('EEccf7a0-9cb1-4ab3-8bba-0123456789ab' AS UUID)", Some("eeccf7a0-9cb1-4ab3-8bba-0123456789ab")),
    ("CAST('\\x00\\x1B[2Ja\\x22' AS BLOB)", Some("\\x00\\x1B[2Ja\\x22")),
    ("CAST('0101' AS BIT)", Some("0101")),
    ("CAST('a' AS ENUM ('a', 'b'))", Some("a")),
    ("''", Some("")),
    ("' '", Some(" ")),
    ("'a,\"b\"'", Some("a,\"b\"")),
    ("'∅'", Some("∅")),
    ("'\\N'", Some("\\N")),
    ("'a' || chr(10) || 'b' || chr(13) || chr(9) || 'c'", Some("a\nb\r\tc")),
    ("chr(27) || '[2J' || chr(27) || ']0;title' || chr(7)", Some("\u{1b}[2J\u{1b}]0;title\u{7}")),
    ("'a' || chr(0) || 'b'", Some("a\0b")),
    ("chr(155) || '2J' || chr(127)", Some("\u{9b}2J\u{7f}")),
    ("'日本語'", Some("日本語")),
    ("'👩‍👩‍👧'", Some("👩‍👩‍👧")),
    ("chr(8238) || 'txt.exe' || chr(8236) || chr(8296)", Some("\u{202e}txt.exe\u{202c}\u{2068}")),
    ("[1, NULL, 3]", Some("[1, null, 3]")),
    ("['a\"b', chr(27)]", Some("[\"a\\\"b\", \"\\u001b\"]")),
    ("[DATE '2019-01-02']", Some("[\"2019-01-02\"]")),
    ("[1.50, 2.25]", Some("[1.50, 2.25]")),
    ("[[1], []]", Some("[[1], []]")),
    ("array_value(1, 2)", Some("[1, 2]")),
    ("{'a': 1, 'b': NULL, 'c': 'x'}", Some("{\"a\": 1, \"b\": null, \"c\": \"x\"}")),
    ("{'a': [{'b': 1.10}]}", Some("{\"a\": [{\"b\": 1.10}]}")),
    ("{'t': CAST('10:00:00+02' AS TIMETZ)}.t", Some("10:00:00+02")),
    ("MAP {'k': 1, 'l': NULL}", Some("{\"k\": 1, \"l\": null}")),
    ("MAP {1: 'x'}", Some("{\"1\": \"x\"}")),
    ("union_value(num := 1)", Some("1")),
    ("union_value(str := 'x')", Some("\"x\"")),
    ("CAST('{\"a\": 1}' AS JSON)", Some("{\"a\": 1}")),
    ("CAST('2019-01-02 03:04:05' AS VARIANT)", Some("2019-01-02 03:04:05")),
];

fn written(answer: &Answer, format: Format, bytes: Bytes) -> String {
    let mut out = Vec::new();
    let mut writer = Writer::new(format, bytes, &mut out);
    writer.start(&answer.schema).unwrap();
    answer.batches.iter().for_each(|batch| writer.batch(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    String::from_utf8(out).unwrap()
}

/// The first of two cells of a CSV of one row, read as RFC 4180 says; an empty field without quotes is NULL.
fn from_csv(text: &str) -> Option<String> {
    let body = text.split_once('\n').unwrap().1.strip_suffix(",7\n").unwrap();
    match body.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => Some(quoted.replace("\"\"", "\"")),
        None if body.is_empty() => None,
        None => Some(body.to_owned()),
    }
}

fn from_tsv(text: &str) -> Option<String> {
    let body = text.split_once('\n').unwrap().1.strip_suffix('\n').unwrap();
    if body == "\\N" {
        return None;
    }
    let mut out = String::new();
    let mut marks = body.chars();
    while let Some(mark) = marks.next() {
        match (mark, if mark == '\\' { marks.next() } else { None }) {
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            (mark, _) => out.push(mark),
        }
    }
    Some(out)
}

/// The cell of `{"c": …}`: a text is read, anything else is its own text.
fn from_json(object: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(object).unwrap();
    let raw = object.trim().strip_prefix("{\"c\": ").unwrap().strip_suffix('}').unwrap();
    match &value["c"] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        _ => Some(raw.to_owned()),
    }
}

fn is_harmless(text: &str) -> bool {
    !text
        .chars()
        .any(|mark| mark.is_control() || matches!(mark, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[test]
fn every_type_reads_back_and_shows_no_control_byte() {
    let engine = engine();
    for (expression, wanted) in CASES {
        let answer = read(&engine, &format!("SELECT {expression} AS c"))
            .unwrap_or_else(|error| panic!("{expression}: {error}"));
        let wanted = wanted.map(str::to_owned);
        assert_eq!(answer.plain(), std::slice::from_ref(&wanted), "{expression}");
        let shown = answer.cells().map(|(array, row)| value::shown(array.as_ref(), row)).collect::<String>();
        assert!(is_harmless(&shown), "{expression}: {shown:?}");
        assert_eq!(
            shown == value::NULL,
            wanted.is_none() || wanted.as_deref() == Some(value::NULL),
            "{expression}"
        );

        // A lone NULL is written as a lone empty text is, so another column stands beside it.
        let beside = read(&engine, &format!("SELECT {expression} AS c, 7 AS beside")).unwrap();
        assert_eq!(from_csv(&written(&beside, Format::Csv, Bytes::Exact)), wanted, "{expression} as csv");
        assert_eq!(from_tsv(&written(&answer, Format::Tsv, Bytes::Exact)), wanted, "{expression} as tsv");
        let line = written(&answer, Format::Jsonl, Bytes::Exact);
        let is_union = expression.starts_with("union_value(str");
        assert_eq!(
            from_json(&line),
            if is_union { Some("x".into()) } else { wanted },
            "{expression} as jsonl"
        );
        let whole = written(&answer, Format::Json, Bytes::Exact);
        assert_eq!(
            whole.trim_start_matches("[\n").trim_end_matches("\n]\n"),
            line.trim_end(),
            "{expression} as json"
        );
        for format in Format::ALL.into_iter().filter(|format| !format.is_binary()) {
            let text = written(&answer, format, Bytes::Visible);
            assert!(
                is_harmless(&text.replace(['\n', '\t'], "")),
                "{expression} as {} on a terminal",
                format.name()
            );
        }
    }
}

/// Columns of `test_all_types()` whose text is our own: floats, which we write as short as they are exact, and nested
/// values, which we write as JSON.
const OWN_TEXT: &[&str] = &["float", "double", "timestamp_tz", "timestamp_tz_ns"];

#[test]
fn texts_are_those_of_duckdb_where_they_should_be() {
    let engine = engine();
    let columns = read(&engine, "SELECT column_name, column_type FROM (DESCRIBE FROM test_all_types())")
        .unwrap()
        .plain();
    let mut different = Vec::new();
    let mut compared = 0;
    for pair in columns.chunks(2) {
        let (name, kind) = (pair[0].as_deref().unwrap(), pair[1].as_deref().unwrap());
        let is_nested = ["[", "STRUCT", "MAP", "UNION", "TUPLE"].iter().any(|mark| kind.contains(mark));
        let ours = read(&engine, &format!("SELECT \"{name}\" FROM test_all_types()")).unwrap();
        ours.cells()
            .for_each(|(array, row)| assert!(is_harmless(&value::shown(array.as_ref(), row)), "{name}"));
        if is_nested || OWN_TEXT.contains(&name) {
            continue;
        }
        let theirs =
            read(&engine, &format!("SELECT CAST(\"{name}\" AS VARCHAR) FROM test_all_types()")).unwrap();
        compared += 1;
        for (ours, theirs) in ours.plain().into_iter().zip(theirs.plain()) {
            // Farther than the calendar goes, the count itself is shown.
            let is_far = ours.as_deref().is_some_and(|text| text.ends_with(" since 1970-01-01"));
            if ours != theirs && !is_far {
                different.push(format!("{name}: {ours:?}, DuckDB has {theirs:?}"));
            }
        }
    }
    assert!(compared > 25, "{compared}");
    assert_eq!(different, Vec::<String>::new());
}
