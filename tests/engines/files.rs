//! Files opened without a lake: nothing of a text is guessed away.

use std::fs;
use std::path::Path;

use saldo::source;

use super::*;

/// Names of the columns and the cells of the relation `index` of what is opened.
fn read_both_ways(path: &Path, index: usize) -> (Vec<String>, Vec<Option<String>>) {
    let relations = source::relations(path).unwrap();
    let name = relations[index].name.clone();
    let engine = DuckDb::new(Settings { relations, ..Settings::default() });
    let never = CancellationToken::new();
    let mut pager = engine.pager(&name, &never).unwrap();
    let window = pager.window(0, 100, &never).unwrap();
    let names = pager.schema().fields().iter().map(|field| field.name().clone()).collect();
    let sql = read(&engine, &format!("SELECT * FROM {name}")).unwrap();
    let batches = window.batches().to_vec();
    let paged = Answer { schema: pager.schema(), stats: sql.stats.clone(), batches }.plain();
    assert_eq!(paged, sql.plain(), "a page and a query agree");
    (names, paged)
}

fn cells(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (*text != "NULL").then(|| (*text).to_owned())).collect()
}

#[test]
fn a_csv_keeps_zeros_separators_and_the_empty_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a[1]*.csv");
    fs::write(
        &path,
        "account,amount,date,note\n00123,\"1,000.00\",02/03/2019,\n00124,2.50,2019-03-04,\"\"\n",
    )
    .unwrap();
    let (names, found) = read_both_ways(&path, 0);
    assert_eq!(names, ["account", "amount", "date", "note"]);
    assert_eq!(found, cells(&["00123", "1,000.00", "02/03/2019", "NULL", "00124", "2.50", "2019-03-04", ""]));
    let bare = folder.path().join("no_header.tsv");
    fs::write(&bare, "00123\t2019-01-02\n00124\t2019-01-03\n").unwrap();
    assert_eq!(read_both_ways(&bare, 0).1, cells(&["00123", "2019-01-02", "00124", "2019-01-03"]));
}

#[test]
fn json_lines_keep_texts_and_late_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, "{\"id\":\"001\",\"n\":9007199254740993,\"d\":\"2019-01-02\"}\n{\"id\":\"02/03/2019\",\"late\":true}\n").unwrap();
    let (names, found) = read_both_ways(&path, 0);
    assert_eq!(names, ["id", "n", "d", "late"]);
    assert_eq!(
        found,
        cells(&["001", "9007199254740993", "2019-01-02", "NULL", "02/03/2019", "NULL", "NULL", "true"])
    );
}

#[test]
fn a_folder_of_partitions_is_one_table_with_all_columns() {
    let folder = tempfile::tempdir().unwrap();
    let connection = engine().connect("", &CancellationToken::new()).unwrap();
    for (year, columns) in [(2018, "1 AS a"), (2019, "2 AS a, 'x' AS later")] {
        let below = folder.path().join(format!("bank/year={year}"));
        fs::create_dir_all(&below).unwrap();
        connection
            .execute_batch(&format!("COPY (SELECT {columns}) TO '{}/p.parquet'", below.display()))
            .unwrap();
    }
    let (names, found) = read_both_ways(folder.path(), 0);
    assert_eq!(names, ["a", "later", "year"]);
    assert_eq!(found, cells(&["1", "NULL", "2018", "2", "x", "2019"]));
    let pattern = folder.path().join("bank/*/*.parquet");
    assert_eq!(read_both_ways(&pattern, 0).1.iter().flatten().filter(|text| *text == "x").count(), 1);
}

#[test]
fn a_csv_in_another_encoding_is_decoded_also_in_a_statement() {
    let folder = tempfile::tempdir().unwrap();
    let text = "name;amount\nBäckerei Müller €;12\n";
    let windows: Vec<u8> = text
        .chars()
        .map(|mark| if mark == '€' { 0x80 } else { u8::try_from(u32::from(mark)).unwrap() })
        .collect();
    let wide: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in
        [("windows.csv", windows), ("wide.csv", wide), ("plain.csv", text.as_bytes().to_vec())]
    {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let (names, found) = read_both_ways(&path, 0);
        assert_eq!(
            (names.join(";").as_str(), found),
            ("name;amount", cells(&["Bäckerei Müller €", "12"])),
            "{name}"
        );
        let answer = read(&engine(), &format!("SELECT name, amount + 1 FROM '{}'", path.display())).unwrap();
        assert_eq!(answer.plain(), cells(&["Bäckerei Müller €", "13"]), "{name}");
    }
}

#[test]
fn one_ragged_line_keeps_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    for (text, names, wanted) in [
        ("a,b\n1,2\n3\n4,\"5,\n6\"\n", "a,b", ["1", "2", "3", "NULL", "4", "5,\n6"].as_slice()),
        ("a,b\n1,2\n3,4,5\n6,7\n", "a,b,column2", &["1", "2", "NULL", "3", "4", "5", "6", "7", "NULL"]),
    ] {
        fs::write(&path, text).unwrap();
        let (found, rows) = read_both_ways(&path, 0);
        assert_eq!((found.join(",").as_str(), rows), (names, cells(wanted)));
        let answer = read(&engine(), &format!("FROM '{}'", path.display())).unwrap();
        assert_eq!(answer.plain(), cells(wanted));
    }
}

#[test]
fn a_folder_does_not_hide_a_column_of_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let connection = engine().connect("", &CancellationToken::new()).unwrap();
    let below = folder.path().join("bank/year=2018/month=02");
    fs::create_dir_all(&below).unwrap();
    let path = below.join("p.parquet");
    connection.execute_batch(&format!("COPY (SELECT 1 AS a, 1999 AS year) TO '{}'", path.display())).unwrap();
    let whole = (
        ["a", "year", "folder_year", "month"].map(str::to_owned).to_vec(),
        cells(&["1", "1999", "2018", "02"]),
    );
    assert_eq!(read_both_ways(&folder.path().join("bank"), 0), whole);
    let answer = read(&engine(), &format!("FROM '{}'", path.display())).unwrap();
    assert_eq!(answer.plain(), whole.1);
}

#[test]
fn a_decimal_that_the_engine_cannot_hold_is_refused_and_never_rounded() {
    use duckdb::arrow::array::{Decimal256Array, Int64Array};
    use duckdb::arrow::datatypes::{DataType, Field, Schema, i256};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.parquet");
    let digits = "1234567890".repeat(7);
    let wide = Decimal256Array::from(vec![i256::from_string(&digits).unwrap()])
        .with_precision_and_scale(76, 2)
        .unwrap();
    let fields =
        vec![Field::new("n", DataType::Int64, true), Field::new("wide", DataType::Decimal256(76, 2), true)];
    let columns: Vec<ArrayRef> =
        vec![std::sync::Arc::new(Int64Array::from(vec![7])), std::sync::Arc::new(wide)];
    let batch = RecordBatch::try_new(std::sync::Arc::new(Schema::new(fields)), columns).unwrap();
    let schema = batch.schema();
    let go_on = |_| std::ops::ControlFlow::Continue(());
    saldo::export::write(
        &schema,
        [Ok(batch)],
        (Format::Parquet, &saldo::export::Options::default()),
        &path,
        go_on,
    )
    .unwrap();

    let opened = opened(&path);
    let never = CancellationToken::new();
    let window = opened.pager("wide", &never).unwrap().window(0, 9, &never).unwrap();
    let (array, at) = window.cell(0, 1).unwrap();
    let whole = format!("{}.{}", &digits[..68], &digits[68..]);
    assert_eq!(value::plain(array.as_ref(), at), Some(whole), "the table itself shows every digit");
    let place = path.display();
    for (engine, from) in [(&opened, "wide".to_owned()), (&engine(), format!("'{place}'"))] {
        assert_eq!(read(engine, &format!("SELECT n FROM {from}")).unwrap().plain(), cells(&["7"]));
        let error = read(engine, &format!("SELECT sum(wide) FROM {from}")).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Data, "{error}");
        assert!(error.message.contains("wide is a DECIMAL of 76 digits"), "{error}");
    }
    let pattern = folder.path().join("*.parquet");
    let pattern = pattern.display();
    for from in [
        format!("read_parquet('{place}')"),
        format!("\"{place}\""),
        format!("(SELECT 1) AS one, '{place}'"),
        format!("(SELECT 1) AS one, \"{place}\""),
        format!("'{pattern}'"),
        format!("read_parquet('{pattern}')"),
    ] {
        let error = read(&engine(), &format!("SELECT * FROM {from}")).err().unwrap();
        assert!(error.message.contains("wide is a DECIMAL of 76 digits"), "{from}: {error}");
    }
    let narrow =
        format!("COPY (SELECT 1 AS n, 2.5 AS wide) TO '{}'", folder.path().join("a.parquet").display());
    engine().connect("", &never).unwrap().execute_batch(&narrow).unwrap();
    let relations = source::relations(folder.path()).unwrap();
    let name = relations[0].name.clone();
    let both = DuckDb::new(Settings { relations, ..Settings::default() });
    let error = read(&both, &format!("SELECT wide FROM {name}")).err().unwrap();
    assert!(
        error.message.contains("wide is a DECIMAL of 76 digits"),
        "also where it is not the first file: {error}"
    );
}

#[test]
fn a_table_that_shrinks_or_is_damaged_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let never = CancellationToken::new();
    let csv = folder.path().join("a.csv");
    fs::write(&csv, format!("n\n{}", "1\n".repeat(1_000))).unwrap();
    let mut pager = opened(&csv).pager("a", &never).unwrap();
    assert_eq!(pager.rows(), 1_000);
    fs::write(&csv, "n\n1\n").unwrap();
    let error = pager.view(500, 40, &never).err().unwrap();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Io, "the table has changed since it was opened")
    );

    let path = folder.path().join("p.parquet");
    let connection = engine().connect("", &never).unwrap();
    let copy = format!("COPY (SELECT hash(range) AS n FROM range(50000)) TO '{}'", path.display());
    connection.execute_batch(&copy).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[40..2_000].fill(0);
    fs::write(&path, bytes).unwrap();
    let error = opened(&path).pager("p", &never).unwrap().view(0, 40, &never).err().unwrap();
    assert!(error.message.contains("p.parquet"), "{error}");
    fs::remove_file(&path).unwrap();
    connection.execute_batch(&copy).unwrap();
    let mut pager = opened(&path).pager("p", &never).unwrap();
    connection.execute_batch(&copy.replace("50000", "40000")).unwrap();
    assert!(
        pager.view(45_000, 40, &never).err().unwrap().message.contains("has changed since it was opened")
    );
}

#[test]
fn a_long_text_is_cut_for_the_screen_and_whole_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.parquet");
    let connection = engine().connect("", &CancellationToken::new()).unwrap();
    let sql = "SELECT IF(range = 3, repeat('ä', 200000), 'short') AS t, range AS n FROM range(10)";
    connection.execute_batch(&format!("COPY ({sql}) TO '{}'", path.display())).unwrap();
    let never = CancellationToken::new();
    let mut pager = opened(&path).pager("long", &never).unwrap();
    let text = |window: &saldo::engine::store::Window, row| {
        let (array, at) = window.cell(row, 0).unwrap();
        value::plain(array.as_ref(), at).unwrap()
    };
    let view = pager.view(0, 10, &never).unwrap();
    assert!(view.is_cut(3, 0) && !view.is_cut(2, 0) && !view.is_cut(3, 1));
    assert_eq!(text(&view, 3), "ä".repeat(4_096));
    let again = pager.view(3, 1, &never).unwrap();
    assert!(again.is_cut(3, 0), "from what was read before");
    let whole = pager.window(3, 1, &never).unwrap();
    assert!(!whole.is_cut(3, 0));
    assert_eq!(text(&whole, 3), "ä".repeat(200_000));
}

#[test]
fn a_cancelled_token_stops_opening_and_reading() {
    let folder = tempfile::tempdir().unwrap();
    let endless = source::Relation {
        name: "endless".into(),
        from: "(SELECT a.range AS n FROM range(1e9::BIGINT) AS a, range(1e9::BIGINT) AS b WHERE a.range + b.range < 0)".into(),
        file: None,
        copies: None,
    };
    let engine = DuckDb::new(Settings { relations: vec![endless], ..Settings::default() });
    let (opening, counting) = (CancellationToken::new(), CancellationToken::new());
    std::thread::scope(|scope| {
        let opened = scope.spawn(|| engine.pager("endless", &opening).err().map(|error| error.kind));
        let sql = "SELECT count(*) FROM endless";
        let counted = scope.spawn(|| engine.rows(sql, &counting).err().map(|error| error.kind));
        opening.cancel();
        counting.cancel();
        assert_eq!(opened.join().unwrap(), Some(ErrorKind::Cancelled));
        assert_eq!(counted.join().unwrap(), Some(ErrorKind::Cancelled));
    });
    let csv = folder.path().join("a.csv");
    fs::write(&csv, "n\n1\n").unwrap();
    let mut pager = opened(&csv).pager("a", &CancellationToken::new()).unwrap();
    assert_eq!(pager.window(0, 1, &opening).err().map(|error| error.kind), Some(ErrorKind::Cancelled));
    assert_eq!(pager.window(0, 1, &CancellationToken::new()).unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_read() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"saldo\xe9.csv"));
    fs::write(&path, "a,b\n1,2\n").unwrap();
    assert_eq!(read_both_ways(&path, 0).1, cells(&["1", "2"]));
    assert_eq!(read_both_ways(folder.path(), 0).1, cells(&["1", "2"]));
}

#[test]
fn half_a_character_at_the_end_of_what_is_looked_at_tells_no_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    // The first character beyond ASCII lies across the first MiB.
    let text = format!("{}üller", "x".repeat((1 << 20) - 6));
    fs::write(&path, format!("name\n{text}\n")).unwrap();
    assert_eq!(read_both_ways(&path, 0).1, cells(&[&text]));
}

#[test]
fn a_path_may_hold_the_words_of_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("hive_partitioning=1");
    fs::create_dir(&below).unwrap();
    fs::write(below.join("a.csv"), "n\n7\n").unwrap();
    let (names, rows) = read_both_ways(&below.join("*.csv"), 0);
    assert_eq!((names.join(",").as_str(), rows), ("n,hive_partitioning", cells(&["7", "1"])));
}
