//! Files opened without a lake: nothing of a text is guessed away.

use std::fs;
use std::path::Path;

use saldo::source;

use super::*;

/// Names of the columns and the cells of the relation `index` of what is opened.
fn read_both_ways(path: &Path, index: usize) -> (Vec<String>, Vec<Option<String>>) {
    let relations = source::relations(&path.to_string_lossy()).unwrap();
    let name = relations[index].name.clone();
    let engine = DuckDb::new(Settings { relations, ..Settings::default() });
    let never = CancellationToken::new();
    let mut pager = engine.pager(&name, &never).unwrap();
    let window = pager.window(0, 100, &never).unwrap();
    let names = pager.schema().fields().iter().map(|field| field.name().clone()).collect();
    let sql = read(&engine, &format!("SELECT * FROM {name}")).unwrap();
    let batches = window.batches().to_vec();
    let paged = Answer { schema: pager.schema(), stats: sql.stats, batches }.plain();
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
