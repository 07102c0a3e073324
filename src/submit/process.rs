//! A job of Spark handed to a `spark-submit`: started once however often it is asked for, watched, cancelled for real. A shell
//! stands around it, which notes how it ended, so that it goes on without this program and another one can wait for its end.
//!
//! ```text
//! <state>/submitted/<run>/job.py       the program
//! <state>/submitted/<run>/pid          the shell, which leads a group of processes
//! <state>/submitted/<run>/driver.log   what the driver printed
//! <state>/submitted/<run>/spark.log    Spark's own words
//! <state>/submitted/<run>/exit         the exit code, when it has ended
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::service::{Job, Log, Look, Outcome, Service, State, SubmitError, last_words};
use crate::target::Target;

/// Writes its number into the folder that is the first argument, runs the rest, and notes how that ended. Only one can link its
/// number, so of two shells of a run one does nothing.
const SHELL: &str = "folder=$1; shift; echo $$ >\"$folder/$$\" && ln \"$folder/$$\" \"$folder/pid\" || exit 1\n\
                     \"$@\" >\"$folder/driver.log\" 2>\"$folder/spark.log\" </dev/null\n\
                     echo $? >\"$folder/exit.new\" && mv \"$folder/exit.new\" \"$folder/exit\"";
/// The shell has so long to write its number.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(10);
/// The `spark-submit` of a target.
#[derive(Debug)]
pub struct Process {
    command: Vec<String>,
    /// One folder a job.
    folder: PathBuf,
}

impl Process {
    /// What is kept of jobs lies below `state`.
    #[must_use]
    pub fn new(target: &Target, state: &Path) -> Self {
        let mut command = command(target);
        for (name, value) in target.conf.iter().flatten() {
            command.extend(["--conf".into(), format!("{name}={value}")]);
        }
        Self { command, folder: state.join("submitted") }
    }

    fn folder(&self, run: &str) -> PathBuf {
        self.folder.join(run)
    }
}

impl Service for Process {
    fn there(&self) -> String {
        "this machine".into()
    }

    fn settings(&self) -> String {
        self.folder.display().to_string()
    }

    /// The number of its shell.
    fn start(&self, job: &Job) -> Outcome<String> {
        let folder = self.folder(&job.run);
        if let Some(id) = read(&folder.join("pid"))? {
            return Ok(id);
        }
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        // A file here: Spark may know of a bucket only when it has begun.
        let program = folder.join("job.py");
        fs::write(&program, job.program).map_err(at(&program))?;
        let mut shell = Command::new("sh");
        shell.args(["-c", SHELL, "sh"]).arg(&folder).args(&self.command);
        shell.arg(&program).args(["--plan", &job.plan()]);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C at the terminal is for this program, which asks before it ends the job.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child =
            shell.spawn().map_err(|error| SubmitError::Failed(format!("cannot run sh: {error}")))?;
        // Whoever nobody waits for stays in the system's list.
        thread::spawn(move || child.wait());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(id) = read(&folder.join("pid"))? {
                return Ok(id);
            }
            thread::sleep(AGAIN);
        }
        Err(SubmitError::Failed(format!("cannot write into {}", folder.display())))
    }

    fn find(&self, job: &Job) -> Outcome<Option<String>> {
        read(&self.folder(&job.run).join("pid"))
    }

    fn look(&self, run: &str, id: &str) -> Outcome<Look> {
        let folder = self.folder(run);
        if read(&folder.join("pid"))?.is_none_or(|pid| pid != id) {
            return Err(SubmitError::Elsewhere(run.to_owned()));
        }
        let code = match read(&folder.join("exit"))? {
            None if is_alive(run, id) => return Ok(Look::at(State::Running)),
            // It may have ended while it was looked for.
            None => read(&folder.join("exit"))?,
            code => code,
        };
        Ok(Look::at(code.map_or(State::Cancelled, |code| ended(&folder, &self.command, &code))))
    }

    /// Ends it with all its processes.
    fn cancel(&self, run: &str, id: &str) -> Outcome<()> {
        if self.look(run, id)?.state == State::Running {
            kill("TERM", id);
            let begun = Instant::now();
            // The shell may be gone before what it leads.
            while kill("0", id) && begun.elapsed() < PATIENCE {
                thread::sleep(AGAIN);
            }
            kill("KILL", id);
        }
        Ok(())
    }

    fn log(&self, run: &str, _id: &str) -> Outcome<Log> {
        let text = read_all(&self.folder(run).join("driver.log"))?.unwrap_or_default();
        // A line that is being written is told when it is whole.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        Ok(Log { lines: whole.lines().map(str::to_owned).collect(), longer: None })
    }

    fn check(&self) -> Outcome<String> {
        let program = &self.command[0];
        // What stands before `spark-submit` may be told of no version of its own, or of another.
        let told =
            Command::new(program).args(&self.command[1..]).arg("--version").stdin(Stdio::null()).output();
        let told = told.map_err(|error| SubmitError::Failed(format!("cannot run {program}: {error}")))?;
        let words = [told.stdout, told.stderr].concat();
        let words = String::from_utf8_lossy(&words);
        let version = words.split("version ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let version = version.filter(|_| told.status.success());
        version.map_or_else(
            || Err(SubmitError::Failed(format!("{program} tells no version"))),
            |version| Ok(format!("{program}, Spark {version}")),
        )
    }
}

/// What is run, with its first arguments.
fn command(target: &Target) -> Vec<String> {
    let command = target.command.clone().filter(|command| !command.is_empty());
    command.unwrap_or_else(|| vec!["spark-submit".into()])
}

/// How a job ended, by its exit code.
fn ended(folder: &Path, command: &[String], code: &str) -> State {
    if code == "0" {
        return State::Succeeded;
    }
    let program = command.first().map(String::as_str).unwrap_or_default();
    let words = read_all(&folder.join("spark.log")).ok().flatten().unwrap_or_default();
    let last = last_words(&words);
    let why = match code {
        // The shell says so; a program may end so too, and says why.
        "127" if last.is_empty() || (last.contains(program) && last.contains("not found")) => {
            format!("there is no program {program}")
        }
        _ if last.is_empty() => format!("{program} ended with {code}"),
        _ => format!("{program} ended with {code}: {last}"),
    };
    State::Failed(why)
}

/// Sends a signal to the processes that a shell leads, if there are any; by a shell, for not every system has a program `kill`.
fn kill(signal: &str, id: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -s \"$1\" -- \"-$2\"", "sh", signal, id]).stderr(Stdio::null());
    shell.status().is_ok_and(|status| status.success())
}

/// Whether the shell of a run is there. After a restart of the machine its number may be another one's.
fn is_alive(run: &str, id: &str) -> bool {
    let is_its_own = || {
        let told = Command::new("ps").args(["-ww", "-o", "args=", "-p", id]).output();
        // One that does not know the options tells nothing.
        let tells = |told: std::process::Output| {
            !told.stderr.is_empty() || String::from_utf8_lossy(&told.stdout).contains(run)
        };
        told.map_or(true, tells)
    };
    kill("0", id) && is_its_own()
}

/// The one line of a small file, if it is there.
fn read(path: &Path) -> Outcome<Option<String>> {
    Ok(read_all(path)?.map(|text| text.trim().to_owned()))
}

fn read_all(path: &Path) -> Outcome<Option<String>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(|bytes| Some(String::from_utf8_lossy(&bytes).into_owned())).map_err(at(path)),
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> SubmitError {
    move |error| SubmitError::Failed(format!("cannot use {}: {error}", path.display()))
}
