//! `saldo stage`: what is put there, merged by the statement of the table, is the table.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use saldo::engine::duckdb::Connection;
use saldo::pipeline::STAGES;
use serde_json::Value;

use super::{OWN, Place, TEN, own, statement, zip};

impl Place {
    /// Runs `saldo stage` in the folder.
    fn staging(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_saldo"))
            .arg("stage")
            .args(arguments)
            .args(if arguments.contains(&"--to") { &[][..] } else { &["--to", "staged"] })
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .output()
            .unwrap()
    }

    /// The same: exit code and stderr.
    fn stage(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.staging(arguments);
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
        "in/de.csv: 2 lines, 1 staged, 1 fault\n",
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
        let is_refused = note["reading"].is_null();
        assert_eq!((&note["is_whole"], &note["is_refused"]), (&(!is_refused).into(), &is_refused.into()));
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

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_does_not_keep_a_folder_from_being_staged_and_a_pipe_is_no_file() {
    let place = Place::new();
    place.file("in/a.csv", statement(&TEN));
    std::os::unix::fs::symlink("nowhere.csv", place.0.path().join("in/b.csv")).unwrap();
    let (code, said) = place.stage(&["in"]);
    assert!(code == 0 && said.contains("in/b.csv: the link leads nowhere, and is left out\n"), "{said}");
    assert!(said.contains("in/a.csv: 10 lines, 10 staged, 0 faults\n"), "{said}");
    let pipe = place.0.path().join("pipe.csv");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let (code, said) = place.bank(&["pipe.csv"]);
    assert!(code == 1 && said.contains("pipe.csv is not a file"), "{said}");
}

#[test]
fn a_file_under_several_names_is_staged_once() {
    let place = Place::new();
    for name in ["a/june.csv", "b/june-copy.csv", "b/third.csv"] {
        place.file(name, statement(&TEN));
    }
    let output = place.staging(&["a", "b", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &told["rows"]), (Some(0), &10.into()), "{told}");
    let said = String::from_utf8(output.stderr).unwrap();
    let copy = "b/june-copy.csv: not staged again\n  it is the same file as a/june.csv, and is read once\n";
    assert!(said.contains(copy), "{said}");
    // Under another name in another run, as on another machine, it has the same files.
    let found = place.staged_files();
    assert_eq!(place.stage(&["b/third.csv"]).0, 0);
    assert_eq!(place.staged_files(), found);
    assert!(place.bank(&["a/june.csv"]).0 == 0 && found.len() == 2, "{found:?}");
    let rows = |place: &Place| {
        let lines = place.staged().join("bank_lines/**/*.parquet");
        let sql = format!("SELECT COUNT(*) FROM read_parquet('{}')", lines.display());
        Connection::open_in_memory().unwrap().query_row::<u64, _, _>(&sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(&place), 10);
}

#[test]
fn lines_stay_where_a_new_reading_has_none_for_them() {
    let place = Place::new();
    let bare = "date,amount\n2024-01-15,5.00\n2024-02-16,-6.00\n";
    place.file("x.csv", bare);
    let members = [("good.csv", statement(&TEN)), ("bare.csv", bare.replace("-01-", "-03-"))];
    place.file("two.zip", zip(&members.each_ref().map(|(name, text)| (*name, text.as_bytes()))));
    let options = ["--account", "A", "--currency", "EUR"];
    for (file, wanted) in [("x.csv", "it could not be read"), ("two.zip", "bare.csv could not be read")] {
        let with_options = [&[file], options.as_slice()].concat();
        assert_eq!(place.stage(&with_options).0, 0);
        let before = bytes(&place);
        let (code, said) = place.stage(&[file]);
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(&format!("{file}: not staged\n")) && said.contains("\n  hint: "), "{said}");
        let stay = "in this way; the lines that were staged before stay\n";
        assert!(said.contains(&format!("{wanted} {stay}")), "{said}");
        assert!(said.contains("and 1 file keeps the lines that were staged before"), "{said}");
        assert!(bytes(&place) == before, "{said}");
        assert_eq!(place.stage(&with_options).0, 0);
    }
}

/// Every file that was staged, with its bytes.
fn bytes(place: &Place) -> Vec<(String, Vec<u8>)> {
    let files = place.staged_files().into_iter();
    files.map(|file| (file.clone(), fs::read(place.staged().join(file)).unwrap())).collect()
}

#[test]
fn folders_are_staged_with_all_below_them_but_not_what_was_staged() {
    let place = Place::new();
    let month = |month: u32| format!("{OWN}{}", own("1", month, "1.00", "1.00"));
    for (number, name) in (1..).zip(["in/b.csv", "in/a/2024/c.csv", "in/a/.hidden/d.csv", "in/.e.csv"]) {
        place.file(name, month(number));
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", place.0.path().join("in/a/round")).unwrap();
    let wanted = "in/a/2024/c.csv: 1 line, 1 staged, 0 faults\nin/b.csv: 1 line, 1 staged, 0 faults\n";
    let (code, said) = place.stage(&["in"]);
    let mut lines: Vec<_> = said.split_inclusive('\n').collect();
    lines.sort_unstable();
    assert_eq!((code, lines.concat().as_str()), (0, wanted));
    let before = place.staged_files();
    fs::rename(place.staged(), place.0.path().join("in/staged")).unwrap();
    let (code, said) = place.stage(&["in", "--to", "in/staged"]);
    assert_eq!((code, said.lines().count()), (0, 2), "{said}");
    fs::rename(place.0.path().join("in/staged"), place.staged()).unwrap();
    assert_eq!(place.staged_files(), before);
}

#[test]
fn what_is_no_place_or_no_file_to_stage_is_refused() {
    let place = Place::new();
    place.file("a.csv", statement(&TEN));
    let (code, said) = place.stage(&["-"]);
    assert!(code == 2 && said.contains("standard input cannot be staged"), "{said}");
    assert!(!place.staged().exists());
    place.file("staged/_saldo/manifest.json", "{}");
    let (code, said) = place.stage(&["a.csv"]);
    assert!(code == 2 && said.contains("staged is a lake") && said.contains("hint: "), "{said}");
    assert_eq!(place.staged_files().len(), 1);
}

#[test]
fn what_killed_runs_left_goes_after_a_day() {
    let place = Place::new();
    place.file("a.csv", statement(&TEN));
    let [old, new] = [".making-old", ".making-new"].map(|name| {
        place.file(&format!("staged/{name}/raw/x"), "x");
        place.staged().join(name)
    });
    let before = SystemTime::now() - Duration::from_hours(25);
    fs::File::open(&old).unwrap().set_modified(before).unwrap();
    assert_eq!(place.stage(&["a.csv"]).0, 0);
    assert!(!old.exists() && new.join("raw/x").exists());
}
