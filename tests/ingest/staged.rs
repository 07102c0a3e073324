//! `saldo stage`: what is put there, merged by the statement of the table, is the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use saldo::engine::duckdb::Connection;
use saldo::pipeline::STAGES;
use serde_json::Value;

use super::{OWN, Place, TEN, own, statement};

impl Place {
    /// Runs `saldo stage` in the folder: exit code and stderr.
    fn stage(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_saldo"))
            .args(["stage", "--to", "staged"])
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn staged(&self) -> PathBuf {
        self.0.path().join("staged")
    }

    /// The names of what was staged.
    fn staged_files(&self) -> BTreeSet<String> {
        fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(root, &path, found);
                } else {
                    found.insert(path.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
        let mut found = BTreeSet::new();
        walk(&self.staged(), &self.staged(), &mut found);
        found
    }

    fn notes(&self) -> Vec<Value> {
        let folder = fs::read_dir(self.staged().join("notes")).unwrap();
        folder
            .map(|entry| serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap())
            .collect()
    }

    /// What the statement of the table makes of the staged lines, and the table of the lake: rows of one that the other has not.
    fn apart(&self) -> [String; 2] {
        let banktxn = STAGES.iter().find(|stage| stage.name == "banktxn").unwrap();
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!(
            "CREATE VIEW bank_lines AS FROM read_parquet('{}', hive_partitioning = false);
             CREATE TABLE theirs AS {};
             CREATE VIEW ours AS FROM read_parquet('{}', hive_partitioning = false)",
            self.staged().join("bank_lines/**/*.parquet").display(),
            banktxn.sql,
            self.lake().join("banktxn/**/*.parquet").display(),
        );
        connection.execute_batch(&sql).unwrap();
        let rows = |left: &str, right: &str| {
            let sql = format!(
                "SELECT COALESCE(string_agg(CAST(apart AS VARCHAR), '; '), '')
                 FROM (FROM {left} EXCEPT ALL FROM {right}) AS apart"
            );
            connection.query_row::<String, _, _>(&sql, [], |row| row.get(0)).unwrap()
        };
        [rows("ours", "theirs"), rows("theirs", "ours")]
    }

    /// The faults without the run and its time, from a folder of them.
    fn faults(folder: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap() {
            for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
                let mut fault: Value = serde_json::from_str(line).unwrap();
                let fields = fault.as_object_mut().unwrap();
                fields.remove("run_id").and(fields.remove("happened_at_utc")).unwrap();
                found.insert(fault.to_string());
            }
        }
        found
    }
}

#[test]
fn staged_lines_make_the_table_that_ingested_files_make() {
    let place = Place::new();
    // Overlapping, without texts, in another form, with lines that cannot be read, and a file that is none.
    place.file("in/a.csv", statement(&TEN));
    place.file("in/b.csv", statement(&TEN[4..]));
    place.file("in/c.csv", statement(&TEN[..3]).replace(",CASH DEP,", ",,"));
    place.file("in/de.csv", "Konto;Buchungstag;Text;Betrag;Währung\n4711;01.02.2024;Miete;-1.234,56;EUR\n4711;31.02.2024;x;1,00;EUR\n");
    place.file("in/none.csv", "these are\nno cells\n");
    let files = ["in/a.csv", "in/b.csv", "in/c.csv", "in/de.csv", "in/none.csv"];
    let ingested = place.bank(&files);
    let staged = place.stage(&["in"]);
    assert_eq!((ingested.0, staged.0), (3, 3), "{ingested:?} {staged:?}");
    for line in [
        "in/a.csv: 10 lines, 10 staged, 0 faults\n",
        "in/de.csv: 2 lines, 1 staged, 1 faults\n",
        "in/none.csv: not staged\n",
    ] {
        assert!(staged.1.contains(line), "{line} {}", staged.1);
    }
    assert!(
        staged.1.ends_with("hint: the files of the folder raw_errors in staged tell which\n"),
        "{}",
        staged.1
    );
    assert_eq!(place.apart(), ["", ""]);
    assert!(place.count("banktxn") > 10);
    let told = Place::faults(&place.staged().join("raw_errors"));
    assert_eq!(told, Place::faults(&place.lake().join("raw/errors")));
    assert_eq!(told.len(), 2);
    // The notes name all that is there, and nothing else is.
    let notes = place.notes();
    assert_eq!(notes.len(), 5);
    let mut named: BTreeSet<String> = BTreeSet::new();
    for note in &notes {
        assert_eq!(note["is_whole"], true);
        let files = note["files"].as_array().unwrap();
        named.extend(files.iter().map(|file| file.as_str().unwrap().to_owned()));
    }
    let found = place.staged_files();
    assert_eq!(
        found.iter().filter(|file| !file.starts_with("notes/")).cloned().collect::<BTreeSet<_>>(),
        named
    );
    // Again, in another order: nothing changes.
    let bytes = |names: &BTreeSet<String>| {
        names
            .iter()
            .filter(|name| name.starts_with("bank_lines"))
            .map(|name| fs::read(place.staged().join(name)).unwrap())
            .collect::<Vec<_>>()
    };
    let before = bytes(&found);
    assert_eq!(place.stage(&["in/de.csv", "in/c.csv", "in/a.csv", "in/b.csv", "in/none.csv"]).0, 3);
    assert_eq!((place.staged_files(), bytes(&found) == before), (found, true));
}

#[test]
fn a_file_that_is_staged_otherwise_takes_its_former_place() {
    let place = Place::new();
    let lines = "1,01/02/2024,x,,01/02/2024,5.00,EUR,,,\n1,03/04/2024,y,,03/04/2024,6.00,EUR,,,\n1,29/x/2024,z,,29/x/2024,7.00,EUR,,,\n";
    place.file("a.csv", format!("{OWN}{lines}"));
    let (code, said) = place.stage(&["a.csv"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("a.csv: not staged"), "two readings stay open: {said}");
    let refused = place.staged_files();
    assert!(
        refused.iter().any(|file| file.starts_with("raw_errors/"))
            && !refused.iter().any(|file| file.starts_with("bank_lines/"))
    );
    let months = |wanted: [&str; 2]| {
        let files = place.staged_files();
        let lines: Vec<_> = files.iter().filter(|file| file.starts_with("bank_lines/")).collect();
        assert_eq!(lines.len(), 2, "{files:?}");
        for (file, month) in lines.iter().zip(wanted) {
            assert!(file.starts_with(&format!("bank_lines/year=2024/month={month}/")), "{file}");
        }
        // The fault of one line, and none of the refusal.
        assert_eq!(files.iter().filter(|file| file.starts_with("raw_errors/")).count(), 1);
        assert!(!files.iter().any(|file| file.contains("refused")), "{files:?}");
        assert_eq!(files.iter().filter(|file| file.starts_with("notes/")).count(), 1);
    };
    assert_eq!(place.stage(&["a.csv", "--dates", "dmy"]).0, 3);
    months(["02", "04"]);
    assert_eq!(place.stage(&["a.csv", "--dates", "mdy"]).0, 3);
    months(["01", "03"]);
}

#[test]
fn what_was_cut_off_while_it_was_staged_is_mended_by_staging_it_again() {
    let place = Place::new();
    place.file("a.csv", format!("{OWN}{}{}", own("77", 1, "10.00", "10.00"), own("78", 2, "3.00", "3.00")));
    assert_eq!(place.stage(&["a.csv"]).0, 0);
    let whole = place.staged_files();
    // As another reading left it that did not come to its end.
    let note = place.staged().join(whole.iter().find(|file| file.starts_with("notes/")).unwrap());
    let mut told: Value = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    let stale = "bank_lines/year=1999/month=01/stale.parquet";
    told["is_whole"] = false.into();
    told["files"].as_array_mut().unwrap().push(stale.into());
    fs::write(&note, told.to_string()).unwrap();
    let lost = whole.iter().find(|file| file.starts_with("bank_lines/")).unwrap();
    fs::create_dir_all(place.staged().join("bank_lines/year=1999/month=01")).unwrap();
    fs::rename(place.staged().join(lost), place.staged().join(stale)).unwrap();
    assert_eq!(place.stage(&["a.csv"]).0, 0);
    assert_eq!(place.staged_files(), whole);
    assert_eq!(place.notes()[0]["is_whole"], true);
}

#[test]
fn a_file_whose_checksum_begins_like_another_does_not_take_its_place() {
    let place = Place::new();
    place.file("a.csv", statement(&TEN));
    assert_eq!(place.stage(&["a.csv"]).0, 0);
    let note = place.staged_files().into_iter().find(|file| file.starts_with("notes/")).unwrap();
    let mut told = place.notes().remove(0);
    told["reading"]["sha256"] = format!("{}0", told["reading"]["sha256"].as_str().unwrap()).into();
    fs::write(place.staged().join(note), told.to_string()).unwrap();
    let (code, said) = place.stage(&["a.csv"]);
    assert!(code == 1 && said.contains("is of another file whose checksum begins in the same way"), "{said}");
    assert_eq!(place.notes(), [told]);
}

#[test]
fn what_cannot_be_staged_is_said_before_anything_is() {
    let place = Place::new();
    place.file("a.csv", statement(&TEN));
    fs::create_dir(place.0.path().join("empty")).unwrap();
    for (files, wanted) in [
        (["a.csv", "nothing.csv"], "cannot read nothing.csv"),
        (["a.csv", "empty"], "there is no file in empty"),
    ] {
        let (code, said) = place.stage(&files);
        assert!(code == 1 && said.contains(wanted), "{said}");
        assert!(!place.staged().exists());
    }
    assert_eq!(place.stage(&["a.csv", "--bank", "no-such"]).0, 2);
}
