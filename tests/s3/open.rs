//! Objects that are looked at where they lie.

use saldo::engine::duckdb::Connection;

use super::harness::{END, HOME, Place, Terminal};
use super::objects::Objects;
use super::proxy::Proxy;
use super::servers::{MINIO, PASSWORD, USER};
use super::{Machine, url};

/// Rows as DuckDB writes them: a page for each column of a row group.
fn parquet(rows: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let copy = format!("COPY ({rows}) TO '{}' (FORMAT parquet, ROW_GROUP_SIZE 20480)", path.display());
    Connection::open_in_memory().unwrap().execute_batch(&copy).unwrap();
    std::fs::read(path).unwrap()
}

fn place(endpoint: &str) -> Place {
    Place::empty()
        .variable("AWS_ACCESS_KEY_ID", USER)
        .variable("AWS_SECRET_ACCESS_KEY", PASSWORD)
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .variable("AWS_ENDPOINT_URL", endpoint)
}

fn jump(terminal: &mut Terminal, row: &str) {
    terminal.send("#");
    terminal.wait_for("Go to row");
    terminal.send(row);
    terminal.send("\r");
}

#[test]
fn of_a_large_object_what_is_in_view_is_read() {
    let sql = "SELECT 'TXN' || lpad(CAST(i AS VARCHAR), 8, '0') AS txn_id, hash(i) AS a, hash(i + 1) AS b, hash(i + 2) AS c,
        CAST(i * 0.01 AS DECIMAL(18, 2)) AS amount FROM range(1, 1000001) AS t(i)";
    let bytes = parquet(sql);
    assert!(bytes.len() > 20_000_000, "{}", bytes.len());
    Objects::of(&MINIO, "looked-at").put("big.parquet", &bytes);
    let proxy = Proxy::before(&MINIO);
    let place = place(&proxy.url);
    let mut terminal = place.spawn(&["open", &url("looked-at/big.parquet")], 140, 40);
    terminal.wait_for("TXN00000001");
    terminal.wait_for("1,000,000 rows");
    terminal.wait_for("read ");
    terminal.send(END);
    terminal.wait_for("TXN01000000");
    jump(&mut terminal, "500001");
    terminal.wait_for("TXN00500001");
    terminal.send(HOME);
    terminal.wait_for("TXN00000001");
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
    let (read, size) = (proxy.read(), bytes.len() as u64);
    assert!(read > 100_000 && read < size / 10, "{read} of {size}");
    let gets = proxy.seen().into_iter().filter(|(method, _)| method == "GET").count();
    assert!(gets < 60, "{gets} requests");
}

#[test]
fn objects_below_a_prefix_are_tables_and_those_of_a_folder_are_one() {
    let objects = Objects::of(&MINIO, "prefix");
    let rows = |from: u32, columns: &str| {
        parquet(&format!("SELECT i AS n, {columns} FROM range({from}, {from} + 100) AS t(i)"))
    };
    objects.put("bank/year=2019/month=01/a.parquet", &rows(0, "'old' AS word"));
    objects.put("bank/year=2020/month=01/a.parquet", &rows(100, "'new' AS word, DATE '2020-01-05' AS day"));
    objects.put("rates/a.parquet", &rows(500, "1.25 AS rate"));
    objects.put("_saldo/manifest.json", b"{}");
    objects.put("bank/notes.txt", b"no data");
    let place = place(&MINIO);
    let mut terminal = place.spawn(&["open", &url("prefix")], 140, 40);
    for text in ["bank", "rates", "200 rows", "old", "2019", "∅"] {
        terminal.wait_for(text);
    }
    terminal.send(END);
    for text in ["199", "new", "2020-01-05"] {
        terminal.wait_for(text);
    }
    terminal.send("q");
    assert!(terminal.wait_for_end().success());

    let machine = Machine::at(&MINIO);
    for (path, code, why) in [
        ("prefix/nothing", 2, "has no Parquet object\nhint: names end in .parquet, .pq or .parq"),
        ("prefix/nothing.parquet", 2, "has no Parquet object"),
    ] {
        let (found, words) = machine.fails(&["open", &url(path)]);
        assert!(found == code && words.contains(why), "{words}");
    }
    let (code, words) = machine.fails(&["open", "s3://no-such-bucket/x"]);
    assert!(code == 1 && words.contains("NoSuchBucket"), "{words}");
    let (code, words) = Machine::at("http://127.0.0.1:9").fails(&["open", &url("prefix")]);
    assert!(code == 1 && words.contains("cannot reach"), "{words}");
}
