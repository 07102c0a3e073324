//! `saldo submit` with programs in the place of `spark-submit` that end as jobs end: started once, shown, gone on with, cancelled,
//! stopped, refused. tests/spark.rs does it with Spark.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "rates/double.rs"]
#[allow(dead_code, reason = "tests/rates.rs uses the rest")]
mod double;
#[path = "support/jobs.rs"]
#[allow(dead_code, reason = "tests/s3.rs uses the rest")]
mod jobs;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use saldo::lake::Manifest;
use saldo::submit::{Job, Process, Service, State, SubmitError};
use saldo::target::Target;

/// A job that never ends by itself, and whose child does not either.
const ENDLESS: &str = "echo at work; sleep 600 & sleep 600; wait";

/// A job that has ended well when it is told to end.
const ENDS_WELL: &str = r#"trap 'echo 0 >"${1%/*}/exit"; exit' TERM; while :; do sleep 0.1; done"#;

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

    fn edit_note(&self, edit: impl FnOnce(&mut serde_json::Value)) {
        let note = self.at("lake/_saldo/submitted.json");
        let mut noted = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
        edit(&mut noted);
        fs::write(note, noted.to_string()).unwrap();
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
    let (run, shell) = left_alone(&scene);
    let group = format!("-{shell}");
    assert!(signal("0", &group), "the job goes on");
    for (asked, words) in [
        (&["--attach", "spark-0123456789abcdef"][..], "there is no run spark-0123456789abcdef".to_owned()),
        (&["processed"], format!("`saldo submit --on spark --attach {run}` goes on with it")),
        (&["--on", "local"], "target local makes no tables".to_owned()),
    ] {
        let (code, said) = scene.run(&[&["submit"], asked].concat());
        assert!(code == Some(2) && said.contains(&words), "{code:?}: {said}");
    }
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
fn who_waits_for_the_lake_after_the_job_is_stopped_by_ctrl_c() {
    let scene = Scene::new("echo one; sleep 2", "");
    for job_ends in ["echo one; sleep 2", "echo one; sleep 2; exit 3"] {
        fs::write(scene.at("job.sh"), job_ends).unwrap();
        let mut child = scene.saldo(&["submit", "--wait", "60"]).spawn().unwrap();
        scene.begun();
        // As whoever writes the lake does, and for longer than the job.
        let lock = fs::OpenOptions::new().read(true).write(true).open(scene.at("lake/_saldo/lock")).unwrap();
        lock.lock().unwrap();
        let holder = saldo::lake::lock::Holder::me(saldo::lake::lock::Work::Write);
        fs::write(scene.at("lake/_saldo/lock"), serde_json::to_vec(&holder).unwrap()).unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut said: Vec<_> = lines.by_ref().take_while(|line| !line.contains("waiting: ")).collect();
        let begun = Instant::now();
        assert!(signal("INT", &child.id().to_string()));
        said.extend(lines);
        let (code, said) = (child.wait().unwrap().code(), said.join("\n"));
        assert!(begun.elapsed() < Duration::from_secs(20), "{said}");
        let is_well = job_ends.ends_with('2');
        assert_eq!(code, Some(if is_well { 130 } else { 1 }), "{said}");
        let words = if is_well {
            "hint: `saldo submit` takes its tables"
        } else {
            "hint: the lake is as it was before; the next `saldo submit` first removes what is left of the run"
        };
        assert!(said.contains(words), "{said}");
        drop(lock);
        // Who comes next goes on from there.
        let (_, said) = scene.run(&["submit"]);
        assert!(said.contains("going on with run"), "{said}");
        scene.assert_bare();
    }
}

#[test]
fn what_cannot_be_removed_does_not_hide_why_the_job_failed() {
    // A file where its folder was.
    let scene = Scene::new(
        r#"plan="${3#file://}"; run="${plan%/*}"; rm -r "$run"; echo >"$run"; echo no memory; exit 3"#,
        "",
    );
    let (code, said) = scene.run(&["submit"]);
    assert_eq!(code, Some(1), "{said}");
    for words in [
        "error: the job failed: ",
        "hint: the lake is as it was before; the next `saldo submit` first removes",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn nobody_is_asked_who_does_not_see_the_question() {
    let scene = Scene::new(ENDLESS, "timeout_s = 8");
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", r#"exec "$0" --config saldo.toml --lake lake submit 2>said"#]);
    command.arg(env!("CARGO_BIN_EXE_saldo"));
    command.cwd(scene.folder.path());
    let mut child = pair.slave.spawn_command(command).unwrap();
    scene.begun();
    thread::sleep(Duration::from_millis(500));
    pair.master.take_writer().unwrap().write_all(b"\x03\n").unwrap();
    assert_eq!(child.wait().unwrap().exit_code(), 130, "{:?}", fs::read_to_string(scene.at("said")));
}

#[test]
fn a_job_that_failed_says_why_and_what_is_not_whole_is_not_taken() {
    for (job, more, ends, words) in [
        ("echo one; echo no room >&2; exit 3", "", 1, "the job failed: sh ended with 3: no room"),
        ("echo one", "", 3, "it said nothing at its end"),
        (ENDLESS, "timeout_s = 1", 1, "it had not ended after 1 s and was stopped"),
        ("kill -9 $PPID", "", 130, "cancelled"),
        (ENDS_WELL, "timeout_s = 1", 3, "it said nothing at its end"),
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

/// A run whose job goes on when whoever began it was killed.
fn left_alone(scene: &Scene) -> (String, String) {
    let mut first = scene.saldo(&["submit"]).spawn().unwrap();
    let begun = scene.begun();
    first.kill().unwrap();
    first.wait().unwrap();
    begun
}

#[test]
fn a_run_that_a_killed_one_made_count_is_a_change_of_the_lake() {
    let scene = Scene::new(ENDLESS, "timeout_s = 20");
    let (run, _) = left_alone(&scene);
    let (code, said) = scene.run(&["run", "--no-fetch"]);
    assert_eq!(code, Some(0), "{said}");
    // As it is when it was killed before its manifest had its name.
    let manifest = scene.at("lake/_saldo/manifest.json");
    let counted =
        format!(r#"{{"moves":[],"removes":[],"manifest":{}}}"#, fs::read_to_string(&manifest).unwrap());
    fs::write(scene.at("lake/_saldo/commit.json"), counted).unwrap();
    fs::remove_file(&manifest).unwrap();
    let (code, said) = scene.run(&["submit"]);
    assert!(code == Some(0) && said.contains(&format!("run {run} is over")), "{code:?}: {said}");
}

#[test]
fn a_job_of_a_run_of_an_older_version_is_ended_or_it_is_said_where_it_may_go_on() {
    for (key, value, why) in [
        ("id", serde_json::Value::Null, None),
        ("target", "gone".into(), Some("gone: these settings have no such target")),
        // What this machine knows of it is gone.
        ("files", 1.into(), Some("spark: run RUN was not submitted from this machine")),
    ] {
        let scene = Scene::new(ENDLESS, "timeout_s = 2");
        let (run, shell) = left_alone(&scene);
        scene.edit_note(|noted| (noted["manifest"]["writer"], noted[key]) = ("saldo 0.0.1".into(), value));
        if key == "files" {
            fs::rename(scene.at("state/submitted"), scene.at("gone")).unwrap();
        }
        let (code, said) = scene.run(&["submit"]);
        let goes_on = signal("KILL", &format!("-{shell}"));
        assert!(code == Some(1) && said.contains(&format!("run {run} is over")), "{code:?}: {said}");
        let told = format!("a job named {run}, there {shell}, may still run on ");
        let told = why.map_or("may still run".into(), |why| told + &why.replace("RUN", &run));
        assert_eq!((goes_on, said.contains(&told)), (why.is_some(), why.is_some()), "{key}: {said}");
        scene.assert_bare();
    }
}

#[test]
fn a_clock_that_was_set_back_stops_no_job() {
    let scene = Scene::new("echo one; sleep 3; echo no room >&2; exit 3", "timeout_s = 60");
    left_alone(&scene);
    scene.edit_note(|noted| noted["at"] = "2999-01-01T00:00:00Z".into());
    let (code, said) = scene.run(&["submit"]);
    assert!(code == Some(1) && said.contains("sh ended with 3: no room"), "{code:?}: {said}");
}

#[test]
fn a_job_is_taken_to_be_at_work_where_ps_does_not_know_its_options() {
    let scene = Scene::new("echo one; sleep 2; exit 3", "");
    let bin = scene.at("bin");
    fs::create_dir(&bin).unwrap();
    fs::write(bin.join("ps"), "#!/bin/sh\necho unrecognized option >&2; exit 1\n").unwrap();
    assert!(Command::new("chmod").arg("+x").arg(bin.join("ps")).status().unwrap().success());
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = scene.saldo(&["submit"]).env("PATH", path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("sh ended with 3"), "{said}");
}

#[test]
fn lines_that_are_gone_are_read_again_and_a_note_that_cannot_be_read_is_none() {
    let scene = Scene::new("exit 3", "");
    let lines = scene.at("lake/_saldo/staged/bank_lines/year=2017/month=01");
    let count = || fs::read_dir(&lines).into_iter().flatten().count();
    scene.run(&["submit"]);
    assert_eq!(count(), 1);
    fs::remove_dir_all(&lines).unwrap();
    let (_, said) = scene.run(&["submit"]);
    assert!(count() == 1 && said.contains("reading 1 statement into"), "{said}");
    let (_, said) = scene.run(&["submit"]);
    assert!(!said.contains("reading"), "{said}");
    fs::write(scene.at("lake/_saldo/staged/whole.json"), "no note").unwrap();
    let (_, said) = scene.run(&["submit"]);
    assert!(
        count() == 1 && said.contains("reading 1 statement into") && said.contains("ended with 3"),
        "{said}"
    );
}

/// What a job does first: it looks where its plan lies.
const PLAN: &str =
    "plan=${3#file://}; folder=${plan%/plan.json}; run=${folder##*/}; mkdir -p \"$folder/result\"\n";

#[test]
fn files_that_are_no_tables_or_named_twice_are_not_taken() {
    // The checksum is that of `abc`.
    let file = r#"{"path":"banktxn/a.parquet","size":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}"#;
    for (files, words) in [
        (file.to_owned(), "stage banktxn failed"),
        (format!("{file},{file}"), "it names banktxn/a.parquet twice"),
    ] {
        let said = format!(
            r#"{{"run":"'$run'","tables":{{"banktxn":{{"rows":1,"newest":null,"files":[{files}]}}}}}}"#
        );
        let job = format!(
            "{PLAN}mkdir $folder/banktxn; printf abc >$folder/banktxn/a.parquet; echo '{said}' >$folder/result/part-0"
        );
        let scene = Scene::new(&job, "");
        let (code, said) = scene.run(&["submit", "banktxn"]);
        assert!(code == Some(3) && said.contains(words), "{code:?}: {said}");
        scene.assert_bare();
    }
}

#[test]
fn tables_that_a_job_made_become_the_lakes_and_what_was_forgotten_is_settled() {
    let scene = Scene::new("exit 3", "");
    let (code, said) = scene.run(&["run", "--no-fetch"]);
    assert_eq!(code, Some(0), "{said}");
    // The job has the tables from there.
    let made = scene.at("made");
    fs::rename(scene.at("lake"), &made).unwrap();
    fs::create_dir(scene.at("lake")).unwrap();
    assert!(
        Command::new("cp")
            .arg("-r")
            .args([made.join("raw"), scene.at("lake/raw")])
            .status()
            .unwrap()
            .success()
    );
    let mut tables = serde_json::Map::new();
    for table in Manifest::read(&made).unwrap().tables {
        let newest = table.newest.map(|newest| newest.date);
        tables.insert(
            table.name,
            serde_json::json!({ "rows": table.rows, "newest": newest, "files": table.files }),
        );
    }
    let told = serde_json::json!({"run": "RUN", "tables": tables}).to_string();
    fs::write(made.join("told"), told).unwrap();
    let made = made.display();
    let job = format!("{PLAN}cp -r {made}/* $folder/; sed s/RUN/$run/ {made}/told >$folder/result/part-0");
    fs::write(scene.at("job.sh"), job).unwrap();
    let forgotten = scene.at("lake/_saldo/forgotten.json");
    fs::create_dir_all(forgotten.parent().unwrap()).unwrap();
    fs::write(&forgotten, r#"["raw/bank/gone.csv"]"#).unwrap();
    let (code, said) = scene.run(&["submit"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!forgotten.exists() && !scene.at("lake/_saldo/submitted.json").exists());
    for command in [&["run", "--no-fetch"][..], &["lake", "verify"], &["submit"]] {
        let (code, said) = scene.run(command);
        assert_eq!(code, Some(0), "{said}");
        assert!(command[0] == "lake" || said.contains("nothing was due"), "{said}");
    }
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
    assert!(said.contains("hint: remove that file"), "{said}");
    assert!(scene.at("lake/raw/bank").exists());
}

#[test]
fn a_run_that_is_asked_for_by_many_is_started_once() {
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("marks");
    let text = format!("kind = 'spark'\ncommand = ['sh', '-c', 'echo $0 >> {}; sleep 2']", marks.display());
    let target: Target = toml::from_str(&text).unwrap();
    let process = Process::new(&target, folder.path());
    let job = Job { run: "spark-1".into(), program: "", folder: ".".into() };
    let ids: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| process.start(&job).unwrap())).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let begun = Instant::now();
    while process.look("spark-1", &ids[0]).unwrap().state == State::Running
        && begun.elapsed() < Duration::from_secs(30)
    {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(process.look("spark-1", &ids[0]).unwrap().state, State::Succeeded);
    assert_eq!(
        fs::read_to_string(&marks).unwrap(),
        format!("{}\n", folder.path().join("submitted/spark-1/job.py").display())
    );
    assert_eq!(process.start(&job).unwrap(), ids[0], "nor later");
    let other = process.look("spark-2", "1").unwrap_err();
    assert_eq!(other, SubmitError::Elsewhere("spark-2".into()));
}

/// Settings of a target `there`, and what a command says with them: exit code, and both streams.
#[cfg(feature = "remote")]
fn with_target(target: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let home = tempfile::tempdir().unwrap();
    let settings = home.path().join("saldo.toml");
    fs::write(&settings, format!("lake = 's3://nobody/lake'\n[targets.there]\n{target}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
    command.env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret").current_dir(home.path());
    command.envs(std::env::var("LD_LIBRARY_PATH").map(|folder| ("LD_LIBRARY_PATH", folder)));
    let output = command.arg("--config").arg(settings).args(arguments).stdin(Stdio::null()).output().unwrap();
    let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), texts.concat())
}

#[test]
fn the_doctor_asks_the_whole_command_for_its_version() {
    let scene = Scene::new(r#"[ "$1" = --version ] && echo 'Welcome to Spark version 4.0.1'"#, "");
    let doctor = || {
        let output = scene.saldo(&["doctor", "spark"]).stdout(Stdio::piped()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = doctor();
    assert!(code == Some(0) && said.contains("program: sh, Spark 4.0.1"), "{code:?}: {said}");
    fs::write(scene.at("job.sh"), "exit 1").unwrap();
    let (code, said) = doctor();
    assert!(code == Some(1) && said.contains("sh tells no version"), "{code:?}: {said}");
}

#[cfg(feature = "remote")]
#[test]
fn settings_that_do_not_do_for_emr_serverless_are_said_before_anything_is_read() {
    let good = "kind = 'emr-serverless'\napplication = '00f1'\nrole = 'arn:aws:iam::1:role/r'\nregion = 'eu-west-1'\n";
    for (settings, words) in [
        (good.replace("application = '00f1'\n", ""), "target there has no `application`"),
        (good.replace("00f1", "../00f1"), "`application` is no name"),
        (good.replace("role = 'arn:aws:iam::1:role/r'\n", ""), "target there has no `role`"),
        (good.replace("region = 'eu-west-1'\n", ""), "no region is set"),
        (format!("{good}logs = '/var/log'"), "`logs` is no place on S3"),
        (format!("{good}command = ['spark-submit']"), "EMR Serverless has no setting command"),
        (format!("{good}endpoint = 'nowhere'"), "its address cannot be used"),
        (format!("{good}conf = {{ 'a' = 'b --py-files c' }}"), "`conf` cannot pass on a"),
    ] {
        let (code, said) = with_target(&settings, &["submit"]);
        assert!(
            code == Some(2) && said.contains(words) && said.contains("hint: "),
            "{words}: {code:?}: {said}"
        );
        let (code, said) = with_target(&settings, &["doctor", "there"]);
        assert!(code == Some(1) && said.contains(words), "{words}: {code:?}: {said}");
    }
    let (code, said) = with_target(good, &["--lake", "new", "submit"]);
    assert!(
        code == Some(2) && said.contains("EMR Serverless makes tables of lakes on S3"),
        "{code:?}: {said}"
    );
    let (code, said) = with_target(good, &["query", "--target", "there", "-c", "SELECT 1"]);
    let hint = "hint: `saldo submit --on there` makes the lake's tables there";
    assert!(
        code == Some(1) && said.contains("answers no statements") && said.contains(hint),
        "{code:?}: {said}"
    );
    let (code, said) = with_target(good, &["targets"]);
    assert!(code == Some(0) && said.contains("EMR Serverless") && said.contains("00f1"), "{code:?}: {said}");
}

#[cfg(feature = "remote")]
#[test]
fn the_doctor_says_whether_an_application_takes_jobs() {
    let service = jobs::Jobs::new(|_, _| {}, |_| Ok(String::new()));
    let doctor = || with_target(&service.target(), &["doctor", "there"]);
    let (code, said) = doctor();
    assert!(code == Some(0) && said.contains("application: saldo, emr-7.10.0, CREATED"), "{code:?}: {said}");
    service.set("autoStartConfiguration", serde_json::json!({"enabled": false}));
    let (code, said) = doctor();
    assert!(code == Some(1) && said.contains("is CREATED and no job starts it"), "{code:?}: {said}");
    service.set("state", "STARTED".into());
    assert_eq!(doctor().0, Some(0));
    service.set("type", "Hive".into());
    assert!(doctor().1.contains("is of type Hive"));
    service.meet(&[jobs::Fault::Refused(403, "AccessDeniedException", "no emr-serverless:GetApplication")]);
    let (code, said) = doctor();
    assert!(code == Some(1) && said.contains("infra/iam.tf"), "{code:?}: {said}");
    assert_eq!(service.started().len(), 0);
}

#[cfg(feature = "remote")]
#[test]
fn settings_that_do_not_do_for_glue_are_said_and_the_doctor_looks_at_the_job() {
    let service = jobs::Jobs::new(|_, _| {}, |_| Ok(String::new()));
    let good = service.glue();
    for (settings, words) in [
        (good.replace("job = 'saldo'\n", ""), "target there has no `job`"),
        (format!("{good}application = '00f1'"), "Glue has no setting application"),
        (format!("{good}conf = {{ 'a' = \"b 'c'\" }}"), "`conf` cannot pass on a"),
    ] {
        let (code, said) = with_target(&settings, &["submit"]);
        assert!(
            code == Some(2) && said.contains(words) && said.contains("hint: "),
            "{words}: {code:?}: {said}"
        );
    }
    let (code, said) = with_target(&good, &["--lake", "new", "submit"]);
    assert!(code == Some(2) && said.contains("Glue makes tables of lakes on S3"), "{code:?}: {said}");
    let (code, said) = with_target(&good, &["query", "--target", "there", "-c", "SELECT 1"]);
    assert!(code == Some(1) && said.contains("Glue answers no statements"), "{code:?}: {said}");
    let (code, said) = with_target(&good, &["doctor", "there"]);
    assert!(code == Some(0) && said.contains("job: saldo, Glue 5.0, G.1X"), "{code:?}: {said}");
    service.set("command", "pythonshell".into());
    let (code, said) = with_target(&good, &["doctor", "there"]);
    assert!(code == Some(1) && said.contains("job saldo is of type pythonshell"), "{code:?}: {said}");
    service.set("command", "glueetl".into());
    service.set("MaxRetries", 1.into());
    let (code, said) = with_target(&good, &["doctor", "there"]);
    assert!(code == Some(1) && said.contains("job saldo has MaxRetries 1"), "{code:?}: {said}");
    let (_, said) = with_target(&good.replace("'saldo'", "'other'"), &["doctor", "there"]);
    assert!(said.contains("Glue refuses: EntityNotFoundException"), "{said}");
    assert_eq!(service.started().len(), 0);
}

#[test]
fn a_place_that_spark_takes_for_a_pattern_is_refused() {
    let scene = Scene::new(ENDLESS, "");
    fs::rename(scene.at("lake"), scene.at("q [1]")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_saldo"));
    command.arg("--config").arg(scene.at("saldo.toml")).arg("--lake").arg(scene.at("q [1]"));
    let output = command.arg("submit").stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && said.contains("error: Spark takes the [ in file:///"),
        "{said}"
    );
}
