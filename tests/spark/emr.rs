//! The job behind a double of EMR Serverless and Glue, run by a real Spark that finds `s3://` as `s3a://`: cancelled, then taken in.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use chrono::Utc;
use saldo::lake::{Lake, Manifest};
use saldo::pipeline::STAGES;
use saldo::pipeline::ingest::Options;

use super::jobs::{Given, Jobs, Outcome};
use super::objects::Objects;
use super::servers::{BUCKET, MINIO};
use super::{assert_same_tables, copy, python, run_to_end, saldo, scene, wait_until};

/// Runs a job as the target `spark` of settings would; its words go to a file beside them.
fn run(settings: &Path, given: &Given) -> Outcome {
    let folder = settings.parent().unwrap();
    let text: toml::Value = toml::from_str(&fs::read_to_string(settings).unwrap()).unwrap();
    let target = &text["targets"]["spark"];
    let words: Vec<_> =
        target["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    for (name, value) in target["conf"].as_table().unwrap() {
        command.args(["--conf", &format!("{name}={}", value.as_str().unwrap())]);
    }
    command.args(["--conf", "spark.hadoop.fs.s3.impl=org.apache.hadoop.fs.s3a.S3AFileSystem"]);
    command.args(given.parameters.split_whitespace());
    let program = folder.join("emr-job.py");
    let key = given.program.strip_prefix(&format!("s3://{BUCKET}/")).unwrap();
    fs::write(&program, Objects::of(&MINIO, "").get(key)).unwrap();
    command.arg(program).args(["--plan", &given.plan]);
    let path = format!("{}:{}", python().parent().unwrap().display(), std::env::var("PATH").unwrap());
    command.env("PATH", path).env("PYSPARK_PYTHON", python());
    let (printed, said) = (folder.join("emr-printed"), words_of(settings));
    command.stdin(Stdio::null()).stdout(fs::File::create(&printed).unwrap());
    let mut child = command.stderr(fs::File::create(&said).unwrap()).process_group(0).spawn().unwrap();
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if given.cancelled.load(Ordering::SeqCst) {
            kill("TERM", child.id());
        }
        thread::sleep(Duration::from_millis(50));
    };
    kill("KILL", child.id());
    if ended.success() {
        Ok(fs::read_to_string(printed).unwrap())
    } else {
        Err(fs::read_to_string(said).unwrap())
    }
}

/// The file of Spark's own words.
fn words_of(settings: &Path) -> PathBuf {
    settings.with_file_name("emr-said")
}

fn kill(signal: &str, group: u32) {
    let line = format!("kill -s {signal} -- -{group} 2>/dev/null");
    Command::new("sh").args(["-c", &line]).status().unwrap();
}

/// A bucket's lake without tables beside one that DuckDB made, and both services in its settings.
struct Scene {
    scratch: tempfile::TempDir,
    lake: Lake,
    settings: PathBuf,
    url: String,
    jobs: Jobs,
}

impl Scene {
    fn new(name: &str) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path();
        let (lake, settings) = scene(folder, &Options::new(Utc::now()));
        let bare = folder.join("bare");
        copy(&lake.root.join("raw"), &bare.join("raw"));
        Manifest { tables: Vec::new(), ..lake.manifest.clone() }.write(&bare).unwrap();
        let url = format!("s3://{BUCKET}/{name}");
        let (code, said) = run_to_end(&settings, bare.to_str().unwrap(), &["push", &url]);
        assert_eq!(code, Some(0), "{said}");
        let (whole, own) = (Objects::of(&MINIO, ""), settings.clone());
        let keep = move |place: &str, log: Vec<u8>| {
            whole.put(place.strip_prefix(&format!("s3://{BUCKET}/")).unwrap(), &log);
        };
        let jobs = Jobs::new(keep, move |given| run(&own, given));
        let text = fs::read_to_string(&settings).unwrap();
        let conf = "conf = { 'spark.sql.shuffle.partitions' = '3' }";
        let emr = "price_vcpu_hour = 0.05\nprice_gb_hour = 0.005\nprice_storage_gb_hour = 0.0001";
        let (on_emr, on_glue) = (jobs.target(), jobs.glue());
        let both = format!(
            "[targets.emr]\n{on_emr}{emr}\n{conf}\n[targets.glue]\n{on_glue}price_dpu_hour = 0.44\n{conf}\n"
        );
        fs::write(&settings, text + &both).unwrap();
        Self { scratch, lake, settings, url, jobs }
    }

    /// The tables are made there, and become those that DuckDB made; what was said.
    fn made(&self, on: &str) -> String {
        let mut command = saldo(&self.settings, &self.url, &["submit", "--on", on]);
        let output = command.env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &self.jobs.double.url).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        for stage in &STAGES {
            assert!(said.contains(&format!("  {}: ", stage.name)), "{}: {said}", stage.name);
        }
        for words in ["  RUNNING", "tables are made"] {
            assert!(said.contains(words), "{words}: {said}");
        }
        let copied = self.scratch.path().join("copied");
        let (code, pulled) =
            run_to_end(&self.settings, copied.to_str().unwrap(), &["pull", "--from", &self.url]);
        assert_eq!(code, Some(0), "{pulled}");
        assert_same_tables(&self.lake, &copied);
        said
    }
}

#[test]
fn a_job_on_emr_serverless_makes_the_tables_as_duckdb_does() {
    let scene = Scene::new("emr");
    let (settings, url) = (&scene.settings, &scene.url);
    let stopped = saldo(settings, url, &["submit", "--on", "emr"]).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("Spark is there", || fs::metadata(words_of(settings)).is_ok_and(|words| words.len() > 0));
    let signal = Command::new("sh").args(["-c", &format!("kill -s INT {}", stopped.id())]).status().unwrap();
    assert!(signal.success());
    let stopped = stopped.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&stopped.stderr);
    assert!(stopped.status.code() == Some(130) && said.contains("  CANCELLED"), "{said}");
    assert!(
        Objects::of(&MINIO, "emr").all().keys().all(|path| !path.starts_with("_saldo/staging")),
        "{said}"
    );
    let said = scene.made("emr");
    assert!(said.contains("  SUCCESS") && said.contains("hours of storage: $0.105025"), "{said}");
    assert_eq!((scene.jobs.started().len(), scene.jobs.asked("DELETE", "jobruns")), (2, 1));
}

#[test]
fn a_job_on_glue_makes_the_tables_as_duckdb_does() {
    let scene = Scene::new("glue");
    let said = scene.made("glue");
    // 90 s of 4 DPUs.
    assert!(said.contains("  SUCCEEDED") && said.contains("billed: 0.100 DPU-hours: $0.044\n"), "{said}");
    assert_eq!(scene.jobs.started().len(), 1);
}
