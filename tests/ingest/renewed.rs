//! What an older reader read is read anew before anything is merged with it.

use std::fs;
use std::path::PathBuf;

use saldo::pipeline::ingest::note::READER;
use serde_json::Value;

use super::{Place, TEN, statement};

/// The note on a raw file whose name ends so, and the file's name.
fn note(place: &Place, name: &str) -> (PathBuf, String, Value) {
    let folder = place.lake().join("raw/bank");
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let note = names.into_iter().find(|file| file.ends_with(&format!("{name}.reading.json"))).unwrap();
    let path = folder.join(&note);
    let read = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    (path, note.strip_suffix(".reading.json").unwrap().to_owned(), read)
}

/// Makes the note what an older reader would have left.
fn make_older(place: &Place, name: &str, change: impl FnOnce(&mut Value)) -> String {
    let (path, file, mut read) = note(place, name);
    read.as_object_mut().unwrap().remove("reader").unwrap();
    change(&mut read);
    fs::write(path, serde_json::to_vec_pretty(&read).unwrap()).unwrap();
    file
}

#[test]
fn a_file_that_an_older_reader_read_is_read_anew() {
    let place = Place::new();
    let text =
        "Konto;4711;\nTag;Text;Gut;Haben\n01.02.2024;a;5,00;7,00\nKonto;4712;\n02.02.2024;b;6,00;8,00\n";
    place.file("two.csv", text);
    place.file("ten.csv", statement(&TEN));
    place.file("wrong.csv", "Tag,date\nHaben,deposit_amt\n");
    place.file("right.csv", "Tag,date\nGut,deposit_amt\n");
    assert_eq!(place.bank(&["two.csv", "--map", "wrong.csv"]).0, 0);
    // The table and the note are those of another reading, and a fault is left that this one does not find.
    let file = make_older(&place, "two.csv", |read| {
        read["map"] = serde_json::json!({"tag": "date", "gut": "deposit_amt", "haben": ""});
        read["parts"][0]["rows"] = 99.into();
    });
    let fault = serde_json::json!({
        "run_id": "x", "happened_at_utc": "2024-01-01T00:00:00Z", "area": "bank", "source": format!("raw/bank/{file}"),
        "error": "ragged_line", "message": "stale",
    });
    fs::create_dir_all(place.lake().join("raw/errors")).unwrap();
    let (stem, _) = file.split_once('-').unwrap();
    fs::write(place.lake().join(format!("raw/errors/{stem}-bank.jsonl")), format!("{fault}\n")).unwrap();
    let (code, said) = place.bank(&["ten.csv"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(&format!("raw/bank/{file}: read anew, for an older reader had read it")), "{said}");
    let select = "SELECT account_no, deposit_amt FROM banktxn WHERE account_no <> '77' ORDER BY line_no";
    assert_eq!(place.rows("banktxn", select), ["4711 | 5.0000", "4712 | 6.0000"]);
    let (_, _, read) = note(&place, "two.csv");
    assert_eq!((&read["reader"], &read["parts"][0]["rows"]), (&READER.into(), &2.into()));
    assert_eq!(
        place.rows("error_error", "SELECT message FROM error_error"),
        [""; 0],
        "the stale fault is gone"
    );
    let (code, said) = place.bank(&["ten.csv"]);
    assert!(code == 0 && !said.contains("read anew"), "{said}");
    // Overlapping files are merged as one reader reads them, and forgetting one reads the others anew too.
    place.file(
        "more.csv",
        format!("{}03.02.2024;c;7,00;9,00\n", text.replace("Konto;4712;\n02.02.2024;b;6,00;8,00\n", "")),
    );
    assert_eq!(place.bank(&["more.csv", "--map", "right.csv"]).0, 0);
    assert_eq!(place.rows("banktxn", select).len(), 3);
    make_older(&place, "more.csv", |_| ());
    let (code, said) = place.ingested("forget", &["two.csv"]);
    assert!(code == 0 && said.contains("more.csv: read anew"), "{said}");
    assert_eq!(place.rows("banktxn", select), ["4711 | 5.0000", "4711 | 7.0000"]);
}

#[test]
fn a_file_that_this_reader_refuses_is_named_with_what_mends_it() {
    let place = Place::new();
    place.file("open.csv", "Account;Date;Text;Amount\nA1;01/02/2024;Shop;-5.00\n");
    place.file("ten.csv", statement(&TEN));
    assert_eq!(place.bank(&["open.csv", "--dates", "mdy"]).0, 0);
    let days = || place.rows("banktxn", "SELECT booking_date FROM banktxn WHERE account_no = 'A1'");
    let file = make_older(&place, "open.csv", |read| {
        read["parts"][0].as_object_mut().unwrap().remove("given");
    });
    let older = note(&place, "open.csv").2;
    let (code, said) = place.bank(&["ten.csv"]);
    assert_eq!(code, 3, "{said}");
    let wanted = format!(
        "error: raw/bank/{file} was read by an older reader, and this one refuses it: 01/02/2024 in line 2 is 2024-02-01 as dmy \
         and 2024-01-02 as mdy"
    );
    assert!(said.contains(&wanted), "{said}");
    let digits = &file[..8];
    assert!(
        said.contains(&format!("hint: `saldo ingest again {digits}` with the options that it needs now")),
        "{said}"
    );
    assert_eq!(
        (days(), note(&place, "open.csv").2),
        (vec!["2024-01-02".into()], older),
        "nothing has changed"
    );
    let (code, said) = place.ingested("again", &[digits, "--dates", "dmy"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(days(), ["2024-02-01"]);
    let count = place.rows("banktxn", "SELECT COUNT(*) FROM banktxn");
    assert_eq!(count, ["11"], "the file that came meanwhile is there too");
}

#[test]
fn a_zip_that_would_lose_a_part_keeps_its_note_and_its_faults() {
    let place = Place::new();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("open.csv", "Account;Date;Text;Amount\nA1;01/02/2024;Shop;-5.00\n"),
        ("sure.csv", "Account;Date;Text;Amount\nA2;31/12/2024;Shop;-6.00\nA2;x;Shop;-6.00\n"),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    place.file("two.zip", zip.finish().unwrap().into_inner());
    place.file("ten.csv", statement(&TEN));
    assert_eq!(place.bank(&["two.zip", "--dates", "dmy"]).0, 3);
    let file = make_older(&place, "two.zip", |read| {
        for part in read["parts"].as_array_mut().unwrap() {
            part.as_object_mut().unwrap().remove("given");
        }
    });
    let (stem, _) = file.split_once('-').unwrap();
    let faults = place.lake().join(format!("raw/errors/{stem}-bank.jsonl"));
    let before = (note(&place, "two.zip").2, fs::read(&faults).unwrap());
    let (code, said) = place.bank(&["ten.csv"]);
    assert!(code == 3 && said.contains("and this one refuses it: open.csv: 01/02/2024"), "{said}");
    assert_eq!((note(&place, "two.zip").2, fs::read(&faults).unwrap()), before);
}
