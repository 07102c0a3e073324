//! `saldo submit` with programs in the place of `spark-submit` that end as jobs end: started once, shown, gone on with, cancelled,
//! stopped, refused. tests/spark.rs does it with Spark.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use saldo::submit::{Job, Process, State, SubmitError};
use saldo::target::Target;

/// A job that never ends by itself, and whose child does not either.
const ENDLESS: &str = "echo at work; sleep 600 & sleep 600; wait";

/// A lake with a statement that no table is made of yet, and settings with a job.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(job: &str, more: &str) -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        let settings = format!(
            "state = '{}'\n[targets.spark]\nkind = 'spark'\ncommand = ['sh', '{}']\n{more}\n",
            scene.at("state").display(),
            scene.at("job.sh").display()
        );
        fs::write(scene.at("saldo.toml"), settings).unwrap();
        fs::write(scene.at("job.sh"), job).unwrap();
        let statement = "account_no,date,transaction_details,deposit_amt,deposit_currency\n4711,2017-01-05,PAY,1.50,SGD\n";
        fs::write(scene.at("january.csv"), statement).unwrap();
        let (code, said) = scene.run(&["ingest", "bank", scene.at("january.csv").to_str().unwrap()]);
        assert_eq!(code, Some(0), "{said}");
        // What `ingest` makes of it goes again.
        for entry in fs::read_dir(scene.at("lake")).unwrap().map(|entry| entry.unwrap().path()) {
            if !entry.ends_with("raw") {
                fs::remove_dir_all(entry).unwrap();
            }
        }
        scene
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn saldo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
        command.arg("--config").arg(self.at("saldo.toml")).arg("--lake").arg(self.at("lake")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.saldo(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// The names of a run that somebody begins and of its shell, once its job is at work.
    fn begun(&self) -> (String, String) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(1) {
            let text = fs::read_to_string(self.at("lake/_saldo/submitted.json")).unwrap_or_default();
            let noted: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            if let (Some(run), Some(id)) = (noted["run"].as_str(), noted["id"].as_str()) {
                let log = self.at("state/submitted").join(run).join("driver.log");
                if fs::read_to_string(log).is_ok_and(|log| !log.is_empty()) {
                    return (run.to_owned(), id.to_owned());
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("no job was started");
    }

    /// Nothing of a run is left, and the lake is what it was.
    fn assert_bare(&self) {
        let staging = fs::read_dir(self.at("lake/_saldo/staging")).into_iter().flatten();
        assert_eq!(staging.count(), 0, "of a run something is left");
        assert!(!self.at("lake/_saldo/submitted.json").exists());
        assert!(!self.at("lake/banktxn").exists());
    }
}

fn signal(name: &str, id: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("kill -s {name} -- {id} 2>/dev/null")])
        .status()
        .unwrap()
        .success()
}

#[test]
fn whoever_is_killed_leaves_the_job_which_another_goes_on_with_and_cancels() {
    let scene = Scene::new(ENDLESS, "");
    let mut first = scene.saldo(&["submit"]).spawn().unwrap();
    let (run, shell) = scene.begun();
    first.kill().unwrap();
    first.wait().unwrap();
    let group = format!("-{shell}");
    assert!(signal("0", &group), "the job goes on");
    let (code, said) = scene.run(&["submit", "--attach", "spark-0123456789abcdef"]);
    assert!(code == Some(2) && said.contains("there is no run spark-0123456789abcdef"), "{code:?}: {said}");
    let mut second = scene.saldo(&["submit", "--attach", &run]).spawn().unwrap();
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said: Vec<_> = lines.by_ref().take_while(|line| line != "  at work").collect();
    thread::sleep(Duration::from_millis(500));
    assert!(signal("INT", &second.id().to_string()));
    said.extend(lines);
    let said = said.join("\n");
    assert_eq!(second.wait().unwrap().code(), Some(130), "{said}");
    for words in [&*format!("going on with run {run}"), "cancelled; the lake is as it was before"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!signal("0", &group), "no process of it is left");
    scene.assert_bare();
}

#[test]
fn a_job_that_failed_says_why_and_what_is_not_whole_is_not_taken() {
    for (job, more, ends, words) in [
        ("echo one; echo no room >&2; exit 3", "", 1, "the job failed: sh ended with 3: no room"),
        ("echo one", "", 3, "it said nothing at its end"),
        (ENDLESS, "timeout_s = 1", 1, "it had not ended after 1 s and was stopped"),
        ("kill -9 $PPID", "", 130, "cancelled"),
    ] {
        let scene = Scene::new(job, more);
        let (code, said) = scene.run(&["submit"]);
        assert!(code == Some(ends) && said.contains(words), "{job}: {code:?}: {said}");
        scene.assert_bare();
    }
}

#[test]
fn a_lake_that_was_changed_meanwhile_takes_nothing_and_its_job_ends() {
    let scene = Scene::new(ENDLESS, "");
    let mut first = scene.saldo(&["submit"]).spawn().unwrap();
    let (run, shell) = scene.begun();
    let (code, said) = scene.run(&["run", "--no-fetch"]);
    assert_eq!(code, Some(0), "{said}");
    first.kill().unwrap();
    first.wait().unwrap();
    let (code, said) = scene.run(&["submit"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("run {run} is over")) && said.contains("nothing was due"), "{said}");
    assert!(!signal("0", &format!("-{shell}")), "no process of it is left");
    assert!(!scene.at("lake/_saldo/staging").join(&run).exists());
}

#[test]
fn a_note_that_names_another_folder_is_refused_and_nothing_removed() {
    let scene = Scene::new("exit 1", "");
    let note = scene.at("lake/_saldo/submitted.json");
    fs::create_dir_all(note.parent().unwrap()).unwrap();
    let manifest = r#"{"layout":1,"writer":"","sources":[],"raw":[],"tables":[]}"#;
    let noted = format!(
        r#"{{"run":"spark-/../../raw","target":"gone","id":null,"at":"2026-01-01T00:00:00Z","tables":[],"files":0,"bytes":0,"base":"","manifest":{manifest}}}"#
    );
    fs::write(&note, noted).unwrap();
    let (code, said) = scene.run(&["submit"]);
    assert!(code == Some(1) && said.contains("submitted.json: it names no run"), "{code:?}: {said}");
    assert!(scene.at("lake/raw/bank").exists());
}

#[test]
fn a_run_that_is_asked_for_by_many_is_started_once() {
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("marks");
    let text = format!("kind = 'spark'\ncommand = ['sh', '-c', 'echo $0 >> {}; sleep 2']", marks.display());
    let target: Target = toml::from_str(&text).unwrap();
    let process = Process::new(&target, folder.path());
    let job = Job { run: "spark-1".into(), program: "", plan: "plan.json".into() };
    let ids: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| process.start(&job).unwrap())).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let begun = Instant::now();
    while process.look("spark-1", &ids[0]).unwrap() == State::Running
        && begun.elapsed() < Duration::from_secs(30)
    {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(process.look("spark-1", &ids[0]).unwrap(), State::Succeeded);
    assert_eq!(
        fs::read_to_string(&marks).unwrap(),
        format!("{}\n", folder.path().join("submitted/spark-1/job.py").display())
    );
    assert_eq!(process.start(&job).unwrap(), ids[0], "nor later");
    let other = process.look("spark-2", "1");
    assert_eq!(other, Err(SubmitError::Elsewhere("spark-2".into())));
}
