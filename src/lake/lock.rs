//! Who writes here: a lock on a file that dies with its process, and a record in it that says who holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// How often a lock that is held is tried again.
const TRY: Duration = Duration::from_millis(200);
/// A mirror is read by nobody while another process copies into it; that ends by itself.
const COPYING: Duration = Duration::from_mins(10);

/// Who holds a lake, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What is done with the lake.
    pub work: Work,
    /// Process id, on the host.
    pub process: u32,
    /// Name of the machine.
    pub host: String,
    /// When the work began.
    pub started: DateTime<Utc>,
}

/// What a lake is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Copying from S3 into the mirror.
    Copy,
    /// Writing tables.
    Write,
}

impl Holder {
    /// This process, from now on.
    #[must_use]
    pub fn me(work: Work) -> Self {
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        Self { work, process: std::process::id(), host, started: Utc::now().trunc_subsecs(0) }
    }

    /// Whether it is this process, and it writes: what it brings meanwhile is its own.
    #[must_use]
    pub fn is_own_writer(&self) -> bool {
        self.work == Work::Write && self.is_this_process()
    }

    /// Whether it is this process.
    #[must_use]
    pub fn is_this_process(&self) -> bool {
        let me = Self::me(self.work);
        (self.process, &self.host) == (me.process, &me.host)
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} on {} since {}", self.process, self.host, self.started.format("%F %T UTC"))
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, at the latest after `wait`; `None` with its holder when it stays held. Copying is waited for.
    ///
    /// # Errors
    /// When the file cannot be made, or the file system knows no locks.
    pub fn take(path: &Path, work: Work, wait: Duration) -> io::Result<Result<Self, Option<Holder>>> {
        Self::take_unless(path, work, wait, &|| false)
    }

    /// The same, and whoever waits for it may stop: then it is as if the time were up.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_unless(
        path: &Path,
        work: Work,
        wait: Duration,
        stops: &dyn Fn() -> bool,
    ) -> io::Result<Result<Self, Option<Holder>>> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let start = Instant::now();
        loop {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            match file.try_lock() {
                Ok(()) => {
                    let text = serde_json::to_vec(&Holder::me(work)).map_err(io::Error::other)?;
                    file.set_len(0)?;
                    file.write_all(&text)?;
                    return Ok(Ok(Self { _file: file }));
                }
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {}
            }
            // Whoever has just taken it may not have written yet who they are.
            let holder = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Holder>(&text).ok());
            let patience = patience(holder.as_ref(), wait);
            if start.elapsed() >= patience || stops() {
                return Ok(Err(holder));
            }
            thread::sleep(TRY.min(patience));
        }
    }
}

/// How long whoever holds the lock is waited for.
fn patience(holder: Option<&Holder>, wait: Duration) -> Duration {
    let writes = holder.is_some_and(|holder| holder.work == Work::Write);
    if writes { wait } else { wait.max(COPYING) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_learns_who_holds_it_and_gets_it_when_the_first_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("_saldo/lock");
        let first = Lock::take(&path, Work::Write, Duration::ZERO).unwrap().unwrap();
        let holder = Lock::take(&path, Work::Write, Duration::ZERO).unwrap().unwrap_err().unwrap();
        assert_eq!((holder.process, holder.work), (std::process::id(), Work::Write));
        assert!(holder.to_string().starts_with(&format!("process {} on ", std::process::id())));
        let waiting = {
            let path = path.clone();
            thread::spawn(move || Lock::take(&path, Work::Write, Duration::from_mins(1)).unwrap().is_ok())
        };
        drop(first);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn a_copy_is_waited_for_without_being_asked_to() {
        let [copies, writes] = [Work::Copy, Work::Write].map(Holder::me);
        assert_eq!(patience(Some(&copies), Duration::ZERO), COPYING);
        assert_eq!(patience(None, Duration::ZERO), COPYING, "it has not written yet who it is");
        assert_eq!(patience(Some(&writes), Duration::ZERO), Duration::ZERO);
        assert_eq!(patience(Some(&copies), 2 * COPYING), 2 * COPYING);
    }
}
