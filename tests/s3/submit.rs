//! `saldo submit` on EMR Serverless and Glue, by a double of their APIs: started once, shown, billed, gone on with from elsewhere, stopped,
//! refused. The jobs put tables into the bucket that were made here; tests/spark.rs has jobs that Spark runs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use saldo::lake::{Lake, Manifest};
use serde_json::{Value, json};

use super::jobs::{Fault, Given, Jobs, Outcome, ROLE};
use super::{Machine, Objects, url};
use crate::servers::{BUCKET, MINIO};

/// A lake with one statement, and its tables.
static MADE: LazyLock<Lake> = LazyLock::new(|| {
    let machine = Machine::at("http://127.0.0.1:9");
    let statement =
        "account_no,date,transaction_details,deposit_amt,deposit_currency\n4711,2017-01-05,PAY,1.50,SGD\n";
    fs::write(machine.home.path().join("january.csv"), statement).unwrap();
    machine.done(&["--lake", "lake", "ingest", "bank", "january.csv"]);
    machine.done(&["--lake", "lake", "run", "--no-fetch"]);
    let lake = Lake::open(&machine.home.keep().join("lake")).unwrap();
    assert!(lake.table("banktxn").is_some());
    lake
});

/// A bucket's lake without tables, a service, and a machine whose settings name both.
struct Scene {
    jobs: Jobs,
    machine: Machine,
    objects: Objects,
    url: String,
    /// The target, by which service it is.
    on: &'static str,
}

impl Scene {
    fn new(name: &str, more: &str, work: impl Fn(&Given) -> Outcome + Send + Sync + 'static) -> Self {
        Self::of("emr", name, more, work)
    }

    fn of(
        on: &'static str,
        name: &str,
        more: &str,
        work: impl Fn(&Given) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        let bare = tempfile::tempdir().unwrap();
        let copied =
            Command::new("cp").arg("-r").arg(MADE.root.join("raw")).arg(bare.path()).status().unwrap();
        assert!(copied.success());
        Manifest { tables: Vec::new(), ..MADE.manifest.clone() }.write(bare.path()).unwrap();
        let machine = Machine::at(&MINIO);
        let url = url(&format!("submit/{name}"));
        machine.done(&["--lake", bare.path().to_str().unwrap(), "push", &url]);
        let whole = Objects::of(&MINIO, "");
        let keep = move |place: &str, log: Vec<u8>| {
            whole.put(place.strip_prefix(&format!("s3://{BUCKET}/")).unwrap(), &log);
        };
        let scene = Self {
            jobs: Jobs::new(keep, work),
            machine,
            objects: Objects::of(&MINIO, &format!("submit/{name}")),
            url,
            on,
        };
        scene.settle(&scene.machine, more);
        scene
    }

    /// Writes the settings of a machine.
    fn settle(&self, machine: &Machine, more: &str) {
        let target = if self.on == "glue" { self.jobs.glue() } else { self.jobs.target() };
        let settings = format!("lake = '{}'\n[targets.{}]\n{target}{more}\n", self.url, self.on);
        fs::write(machine.home.path().join("saldo.toml"), settings).unwrap();
    }

    /// `saldo submit` on a machine, to which the double is also where logs are asked for.
    fn command(&self, machine: &Machine, more: &[&str]) -> Command {
        let mut command = machine.command(&[&["--config", "saldo.toml", "submit"], more].concat());
        command.env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &self.jobs.double.url);
        command
    }

    fn spawn(&self, machine: &Machine) -> Child {
        self.command(machine, &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn submit(&self, more: &[&str]) -> (i32, String) {
        said(&mut self.command(&self.machine, more))
    }

    /// The note of a run whose job goes on when whoever began it was killed.
    fn left_alone(&self) -> Value {
        let mut first = self.spawn(&self.machine);
        let note = self.begun();
        first.kill().unwrap();
        first.wait().unwrap();
        note
    }

    fn note(&self) -> Option<Value> {
        let note = self.objects.find("_saldo/submitted.json")?;
        Some(serde_json::from_slice(&note).unwrap())
    }

    /// The note of the run, once its job is watched: whoever is killed before holds the lake for some minutes more.
    fn begun(&self) -> Value {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(1) {
            let is_watched =
                self.jobs.asked("GET", "/jobruns/") + self.jobs.operated("AWSGlue.GetJobRun") > 0;
            if let Some(note) = self.note().filter(|note| is_watched && note["id"].is_string()) {
                return note;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("no job was started")
    }

    /// Nothing of a run is left, and the lake is what it was.
    fn assert_bare(&self) {
        let left: Vec<_> = self.objects.all().into_keys().collect();
        let is_of_a_run = |path: &&String| {
            path.starts_with("_saldo/staging")
                || *path == "_saldo/submitted.json"
                || path.starts_with("banktxn")
        };
        assert_eq!(left.iter().find(is_of_a_run), None, "{left:?}");
    }
}

/// Exit code and stderr.
fn said(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// A job that puts the tables there which were made here; what it prints.
fn make(given: &Given) -> String {
    let folder =
        given.plan.strip_prefix(&format!("s3://{BUCKET}/")).unwrap().strip_suffix("/plan.json").unwrap();
    let objects = Objects::of(&MINIO, folder);
    let plan: Value = serde_json::from_slice(&objects.get("plan.json")).unwrap();
    assert_eq!(given.program, format!("s3://{BUCKET}/{folder}/job.py"));
    assert!(String::from_utf8(objects.get("job.py")).unwrap().contains("SparkSession"));
    let mut tables = serde_json::Map::new();
    let mut printed = String::new();
    for stage in plan["stages"].as_array().unwrap() {
        let name = stage["name"].as_str().unwrap();
        let table = MADE.table(name).unwrap();
        for file in &table.files {
            objects.put(&file.path, &fs::read(MADE.root.join(&file.path)).unwrap());
        }
        objects.put(&format!("{name}/_SUCCESS"), b"");
        let newest =
            table.newest.as_ref().map(|newest| serde_json::to_value(newest).unwrap()["date"].clone());
        tables.insert(name.into(), json!({"rows": table.rows, "newest": newest, "files": table.files}));
        printed.extend([name, ": ", &table.rows.to_string(), " rows\n"]);
    }
    objects.put("result/part-0", json!({"run": plan["run"], "tables": tables}).to_string().as_bytes());
    printed
}

/// A job that ends when it is told to.
fn endless(given: &Given) -> Outcome {
    let begun = Instant::now();
    while !given.cancelled.load(Ordering::SeqCst) && begun.elapsed() < Duration::from_mins(2) {
        thread::sleep(Duration::from_millis(20));
    }
    Err("it was told to end".into())
}

fn interrupt(id: u32) {
    assert!(Command::new("sh").args(["-c", &format!("kill -s INT {id}")]).status().unwrap().success());
}

#[test]
fn a_job_on_emr_serverless_is_started_once_shown_and_billed() {
    let prices = "price_vcpu_hour = 0.05\nprice_gb_hour = '0.005'\nprice_storage_gb_hour = 0.0001\ntimeout_s = 7200\n\
                  [targets.emr.conf]\n'spark.executor.memory' = '6g'";
    let scene = Scene::new("made", prices, |given| Ok(make(given)));
    // The service is busy at first, and then its answer is lost.
    scene.jobs.meet(&[Fault::Pass, Fault::Refused(429, "ThrottlingException", "Rate exceeded"), Fault::Lost]);
    let (code, said) = scene.submit(&[]);
    assert_eq!(code, 0, "{said}");
    for words in [
        "files, ",
        " to read",
        "PENDING: the application is starting",
        "RUNNING",
        "SUCCESS",
        "  banktxn: 1 rows",
        // 1.5 × 0.05 + 6 × 0.005 + 0.25 × 0.0001
        "billed: 1.500 vCPU-hours, 6.000 GB-hours of memory, 0.250 GB-hours of storage: $0.105025",
        "error_error made",
    ] {
        // How fast the states pass is the machine's to say.
        let passes = words == "RUNNING";
        assert!(passes || said.contains(words), "{words}: {said}");
    }
    let started = scene.jobs.started();
    assert_eq!((started.len(), scene.jobs.asked("POST", "jobruns")), (1, 3), "{started:?}");
    let (request, run) = (&started[0], started[0]["clientToken"].as_str().unwrap());
    assert_eq!((&request["name"], &request["executionRoleArn"]), (&json!(run), &json!(ROLE)));
    assert_eq!(request["executionTimeoutMinutes"], 120);
    let folder = format!("{}/_saldo/staging/{run}", scene.url);
    assert_eq!(
        request["jobDriver"]["sparkSubmit"],
        json!({"entryPoint": format!("{folder}/job.py"), "entryPointArguments": ["--plan", format!("{folder}/plan.json")],
               "sparkSubmitParameters": "--conf spark.executor.memory=6g"})
    );
    let logs = &request["configurationOverrides"]["monitoringConfiguration"]["s3MonitoringConfiguration"];
    assert_eq!(logs["logUri"], format!("{folder}/logs/"));
    assert!(!scene.objects.all().keys().any(|path| path.starts_with("_saldo/staging")), "nothing is left");
    for command in [&["run", "--no-fetch"][..], &["submit"], &["lake", "verify"]] {
        let (_, said) = scene.machine.done(&[&["--config", "saldo.toml"], command].concat());
        assert!(command[0] == "lake" || said.contains("nothing was due"), "{said}");
    }
    let cost = ["--config", "saldo.toml", "cost", "--by", "kind", "--format", "csv"];
    let (sums, said) = scene.machine.done(&cost);
    assert_eq!(sums, "kind,runs,cancelled,without_price,bytes,cost\njob,1,0,0,,$0.105025\n");
    assert!(said.contains("1 run for $0.105025"), "{said}");
}

#[test]
fn what_is_refused_leaves_nothing_and_says_what_to_do() {
    let scene = Scene::new("refused", "", |_| Err("ExitCode: 1. no room left on device".into()));
    for (status, code, words, hint) in [
        (403, "AccessDeniedException", "not authorized to perform iam:PassRole", "submitter"),
        (404, "ResourceNotFoundException", "Application 1 is not found", "check the settings of the target"),
        (409, "ConflictException", "Application is STOPPED", "saldo doctor"),
        (403, "ExpiredTokenException", "The security token is expired", "log in again"),
    ] {
        scene.jobs.meet(&[Fault::Pass, Fault::Refused(status, code, words)]);
        let (exit, said) = scene.submit(&[]);
        let told = format!("EMR Serverless refuses: {code}: {words}");
        assert!(exit == 1 && said.contains(&told) && said.contains(hint), "{exit}: {said}");
        scene.assert_bare();
    }
    let (code, said) = scene.submit(&[]);
    assert!(
        code == 1 && said.contains("the job failed: ExitCode: 1. no room left on device"),
        "{code}: {said}"
    );
    // Its time is told without a price.
    let billed = "6.000 GB-hours of memory, 0.250 GB-hours of storage; the target has no price_vcpu_hour, price_gb_hour";
    assert!(said.contains(billed), "{said}");
    scene.assert_bare();
}

#[test]
fn a_job_is_stopped_for_real_by_whoever_goes_on_with_it_elsewhere() {
    let scene = Scene::new("stopped", "", endless);
    let note = scene.left_alone();
    let (run, id) = (note["run"].as_str().unwrap(), note["id"].as_str().unwrap());
    // Another machine whose settings do not know the target leaves the run alone.
    let other = Machine::at(&MINIO);
    scene.settle(&other, "");
    let text = fs::read_to_string(other.home.path().join("saldo.toml")).unwrap();
    fs::write(other.home.path().join("saldo.toml"), text.replace("targets.emr", "targets.cluster")).unwrap();
    let (code, said) = said(&mut scene.command(&other, &[]));
    assert!(code == 2 && said.contains(&format!("run {run} is on the target emr")), "{code}: {said}");
    scene.settle(&other, "");
    let mut second = other.spawn(&["--config", "saldo.toml", "submit", "--attach", id]);
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said: Vec<_> = lines.by_ref().take_while(|line| line != "  RUNNING").collect();
    interrupt(second.id());
    said.extend(lines);
    let said = said.join("\n");
    assert_eq!(second.wait().unwrap().code(), Some(130), "{said}");
    for words in [
        &*format!("going on with run {run}"),
        "  CANCELLED",
        "billed: 1.500 vCPU-hours",
        "cancelled; the lake",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!((scene.jobs.asked("DELETE", id), scene.jobs.started().len()), (1, 1));
    scene.assert_bare();
}

#[test]
fn a_job_that_takes_too_long_is_stopped() {
    let scene = Scene::new("late", "timeout_s = 1", endless);
    let (code, said) = scene.submit(&[]);
    assert!(code == 1 && said.contains("it had not ended after 1 s and was stopped"), "{code}: {said}");
    assert_eq!(scene.jobs.started()[0]["executionTimeoutMinutes"], 5, "the service takes no less");
    assert!(said.contains("CANCELLED"), "{said}");
    scene.assert_bare();
}

/// Between the upload and the note of the job's id somebody is killed; and two submit at the same time.
#[test]
fn a_run_that_was_cut_off_or_is_asked_for_twice_has_one_job() {
    static MAY_END: AtomicBool = AtomicBool::new(false);
    let scene = Scene::new("once", "logs = 's3://lakes/kept/'", |given| {
        while !MAY_END.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(make(given))
    });
    let mut note = scene.left_alone();
    note["id"] = Value::Null;
    scene.objects.put("_saldo/submitted.json", note.to_string().as_bytes());
    let other = Machine::at(&MINIO);
    scene.settle(&other, "logs = 's3://lakes/kept/'");
    let both = [&scene.machine, &other]
        .map(|machine| machine.spawn(&["--config", "saldo.toml", "submit", "--wait", "60"]));
    let begun = Instant::now();
    while scene.note().is_none_or(|note| note["id"].is_null()) && begun.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_secs(2));
    MAY_END.store(true, Ordering::SeqCst);
    let ended = both.map(|child| child.wait_with_output().unwrap());
    assert_eq!(scene.jobs.started().len(), 1);
    // One takes the tables in; the other finds them there.
    let (took, other): (Vec<_>, Vec<_>) = ended.iter().partition(|output| output.status.success());
    let said =
        other.first().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    assert!(took.len() == 1 && said.contains("somebody else went on with run"), "{}: {said}", took.len());
    let (code, said) = scene.submit(&[]);
    assert!(code == 0 && said.contains("nothing was due"), "{said}");
    assert!(scene.note().is_none());
    let kept = Objects::of(&MINIO, "kept").all();
    assert!(kept.keys().any(|path| path.ends_with("SPARK_DRIVER/stdout.gz")), "{:?}", kept.keys());
}

#[test]
fn a_job_on_glue_is_started_once_shown_and_billed() {
    let more =
        "price_dpu_hour = 0.44\ntimeout_s = 7200\nconf = { 'spark.executor.memory' = '6g', 'spark.x' = 'y' }";
    let scene = Scene::of("glue", "glue-made", more, |given| Ok(make(given)));
    scene.jobs.set("DPUSeconds", json!(720.0));
    // Whoever looks for the run is throttled at first; then the answer of its start is lost.
    let throttled = Fault::Refused(400, "ThrottlingException", "Rate exceeded");
    scene.jobs.meet(&[Fault::Pass, throttled, Fault::Pass, Fault::Lost]);
    let (code, said) = scene.submit(&[]);
    assert_eq!(code, 0, "{said}");
    for words in ["  STARTING", "  SUCCEEDED", "  banktxn: 1 rows", "billed: 0.200 DPU-hours: $0.088\n"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("of an executor"), "{said}");
    let started = scene.jobs.started();
    assert_eq!(started.len(), 1, "{started:?}");
    let run = started[0]["Arguments"]["--saldo_run"].as_str().unwrap();
    let folder = format!("{}/_saldo/staging/{run}", scene.url);
    let arguments = json!({
        "--scriptLocation": format!("{folder}/job.py"), "--plan": format!("{folder}/plan.json"), "--saldo_run": run,
        "--conf": "spark.executor.memory=6g --conf spark.x=y",
    });
    assert_eq!(started[0], json!({"JobName": "saldo", "Arguments": arguments, "Timeout": 120}));
    assert!(!scene.objects.all().keys().any(|path| path.starts_with("_saldo/staging")), "nothing is left");
    let (_, said) = scene.machine.done(&["--config", "saldo.toml", "run", "--no-fetch"]);
    assert!(said.contains("nothing was due"), "{said}");
}

#[test]
fn what_glue_refuses_leaves_nothing_and_a_job_that_failed_says_why() {
    let scene = Scene::of("glue", "glue-refused", "", |_| Err("Py4JJavaError: no room left".into()));
    for (code, words) in [
        (
            "ConcurrentRunsExceededException",
            "another run of the job saldo is at work\nhint: wait until it has ended",
        ),
        ("EntityNotFoundException", "Glue refuses: EntityNotFoundException: told\nhint: check the settings"),
        ("AccessDeniedException", "policy `submitter`"),
    ] {
        scene.jobs.meet(&[Fault::Pass, Fault::Pass, Fault::Refused(400, code, "told")]);
        let (exit, said) = scene.submit(&[]);
        assert!(exit == 1 && said.contains(words), "{exit}: {said}");
        scene.assert_bare();
    }
    // Logs are asked for where they are, and not at the endpoint of the target.
    let logs = Jobs::new(|_, _| {}, |_| Ok(String::new()));
    let mut command = scene.command(&scene.machine, &[]);
    let (code, said) = said(command.env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &logs.double.url));
    let asked = [&logs, &scene.jobs].map(|double| double.operated("Logs_20140328.FilterLogEvents") > 0);
    assert_eq!(asked, [true, false]);
    assert!(code == 1 && said.contains("the job failed: Py4JJavaError: no room left"), "{code}: {said}");
    // 90 s of 4 DPUs, without a price.
    assert!(said.contains("billed: 0.100 DPU-hours; the target has no price_dpu_hour"), "{said}");
    scene.assert_bare();
}

#[test]
fn a_run_on_glue_is_found_again_by_its_name_and_stopped_for_real() {
    let scene = Scene::of("glue", "glue-stopped", "", endless);
    let mut note = scene.left_alone();
    // As it is when it was killed before it had noted the id.
    note["id"] = Value::Null;
    scene.objects.put("_saldo/submitted.json", note.to_string().as_bytes());
    let other = Machine::at(&MINIO);
    scene.settle(&other, "");
    let mut second = scene.spawn(&other);
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut said: Vec<_> = lines.by_ref().take_while(|line| line != "  RUNNING").collect();
    interrupt(second.id());
    said.extend(lines);
    let said = said.join("\n");
    assert_eq!(second.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("  STOPPED") && said.contains("billed: "), "{said}");
    assert_eq!(scene.jobs.started().len(), 1);
    scene.assert_bare();
}

#[test]
fn a_run_that_may_have_come_about_is_gone_on_with_whatever_is_refused_after() {
    let expired = Fault::Refused(403, "ExpiredTokenException", "told");
    let at_work = Fault::Refused(400, "ConcurrentRunsExceededException", "told");
    for (on, name, faults) in [
        ("emr", "lost-emr", &[Fault::Pass, Fault::Lost, expired][..]),
        ("glue", "lost-glue", &[Fault::Pass, Fault::Pass, Fault::Lost, expired]),
        // The run that is at work is ours, and not shown yet.
        (
            "glue",
            "lost-hidden",
            &[Fault::Pass, Fault::Pass, Fault::Lost, Fault::Empty, at_work, Fault::Empty],
        ),
    ] {
        let scene = Scene::of(on, name, "", |given| Ok(make(given)));
        scene.jobs.meet(faults);
        let (code, said) = scene.submit(&[]);
        assert!(
            code == 1 && said.contains("a try before may have started the job"),
            "{name}: {code}: {said}"
        );
        assert!(scene.note().is_some_and(|note| note["id"].is_null()), "{name}");
        let (code, said) = scene.submit(&[]);
        assert!(code == 0 && said.contains("going on with run"), "{name}: {code}: {said}");
        assert_eq!(scene.jobs.started().len(), 1, "{name}");
    }
}

#[test]
fn a_run_is_not_asked_for_again_with_settings_that_changed_meanwhile() {
    let expired = Fault::Refused(403, "ExpiredTokenException", "told");
    for (on, name, faults, there) in [
        (
            "emr",
            "changed-emr",
            &[Fault::Pass, Fault::Lost, expired][..],
            "application 00f1a2b3c4d5e6f7 in eu-west-1",
        ),
        (
            "glue",
            "changed-glue",
            &[Fault::Pass, Fault::Pass, Fault::Lost, expired],
            "the job saldo in eu-west-1",
        ),
    ] {
        let scene = Scene::of(on, name, "", |given| Ok(make(given)));
        scene.jobs.meet(faults);
        assert_eq!(scene.submit(&[]).0, 1);
        let note = scene.note().unwrap();
        let words =
            format!("run {} was asked for on {there}, and the settings", note["run"].as_str().unwrap());
        let path = scene.machine.home.path().join("saldo.toml");
        let settings = fs::read_to_string(&path).unwrap();
        let other = if on == "emr" { ("00f1a2b3c4d5e6f7", "00other") } else { ("'saldo'", "'other'") };
        for changed in [format!("{settings}timeout_s = 7200"), settings.replace(other.0, other.1)] {
            fs::write(&path, changed).unwrap();
            let (code, said) = scene.submit(&[]);
            assert!(
                code == 2 && said.contains(&words) && said.contains("hint: put them back"),
                "{code}: {said}"
            );
        }
        assert_eq!((scene.jobs.started().len(), scene.note().unwrap()), (1, note));
        fs::write(&path, settings).unwrap();
        let (code, said) = scene.submit(&[]);
        assert!(code == 0 && said.contains("going on with run"), "{name}: {code}: {said}");
        assert_eq!(scene.jobs.started().len(), 1, "{name}");
    }
}

#[test]
fn a_job_that_would_run_again_by_itself_is_not_started() {
    let scene = Scene::of("glue", "glue-again", "", |given| Ok(make(given)));
    scene.jobs.set("MaxRetries", json!(1));
    let (code, said) = scene.submit(&[]);
    assert!(
        code == 2 && said.contains("job saldo has MaxRetries 1") && said.contains("hint: set MaxRetries"),
        "{said}"
    );
    assert_eq!(scene.jobs.started().len(), 0);
    scene.assert_bare();
}

#[test]
fn a_log_that_is_not_read_to_its_end_says_so() {
    for (on, name) in [("emr", "long-emr"), ("glue", "long-glue")] {
        let scene =
            Scene::of(on, name, "", |given| Ok(make(given) + &"many words of a driver\n".repeat(500_000)));
        let (code, said) = scene.submit(&[]);
        let told = said.matches("the log is longer than what is read here: ").count();
        assert_eq!((code, told), (0, 1), "{name}: {}", &said[said.len().saturating_sub(2000)..]);
    }
}

#[test]
fn a_job_of_a_run_that_is_over_is_found_and_ended_or_it_is_said_that_it_may_run() {
    let denied = Fault::Refused(403, "AccessDeniedException", "told");
    let ended = |scene: &Scene| {
        scene.jobs.asked("DELETE", "/00run0") > 0 || scene.jobs.operated("AWSGlue.BatchStopJobRun") > 1
    };
    for (on, name, has_id, faults, words) in [
        ("emr", "over-emr", false, &[][..], None),
        ("glue", "over-glue", false, &[], None),
        ("emr", "over-lost", false, &[denied], Some("a job named RUN may still run on emr: EMR")),
        ("emr", "over-id", true, &[denied], Some("a job named RUN, there 00run0, may still run on emr: EMR")),
    ] {
        let scene = Scene::of(on, name, "timeout_s = 1", endless);
        let mut note = scene.left_alone();
        note["manifest"]["writer"] = "saldo 0.0.1".into();
        if !has_id {
            note["id"] = Value::Null;
        }
        scene.objects.put("_saldo/submitted.json", note.to_string().as_bytes());
        scene.jobs.meet(faults);
        let (code, said) = scene.submit(&[]);
        assert!(code == 1 && said.contains("it had not ended after 1 s"), "{name}: {code}: {said}");
        let run = note["run"].as_str().unwrap();
        assert_eq!(said.contains("may still run"), words.is_some(), "{name}: {said}");
        let is_asked = format!("whether a job of run {run} was started is not noted");
        assert_eq!(said.contains(&is_asked), name == "over-emr", "{name}: {said}");
        assert!(words.is_none_or(|words| said.contains(&words.replace("RUN", run))), "{name}: {said}");
        assert_eq!((ended(&scene) || !faults.is_empty(), scene.jobs.started().len()), (true, 2), "{name}");
    }
}

#[test]
fn no_job_is_asked_for_of_a_run_that_was_cut_off_before_its_program_was_there() {
    let scene = Scene::new("unasked", "timeout_s = 1", endless);
    let mut note = scene.left_alone();
    note["manifest"]["writer"] = "saldo 0.0.1".into();
    note["id"] = Value::Null;
    scene.objects.put("_saldo/submitted.json", note.to_string().as_bytes());
    scene.objects.delete(&format!("_saldo/staging/{}/job.py", note["run"].as_str().unwrap()));
    let (code, said) = scene.submit(&[]);
    assert!(
        code == 1 && said.contains("is over: the lake is no more") && !said.contains("job of run"),
        "{said}"
    );
    // The second start is the one of the run that this one began.
    assert_eq!(
        (scene.jobs.asked("POST", "jobruns"), scene.jobs.asked("DELETE", "/00run0")),
        (2, 0),
        "{said}"
    );
}

#[test]
fn tables_are_taken_in_where_what_they_cost_cannot_be_asked() {
    let scene = Scene::new("unbilled", "", |given| Ok(make(given)));
    scene.jobs.set("expires", json!(true));
    let (code, said) = scene.submit(&[]);
    let words = "billed: it is not known: EMR Serverless refuses: ExpiredTokenException";
    assert!(code == 0 && said.contains(words), "{code}: {said}");
    let (code, said) = scene.submit(&[]);
    assert!(code == 0 && said.contains("nothing was due"), "{code}: {said}");
}
