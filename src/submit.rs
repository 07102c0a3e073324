//! A job of Spark, handed to whoever runs such jobs: started once however often it is asked for, watched, cancelled for real.

#[cfg(feature = "remote")]
mod aws;
#[cfg(feature = "remote")]
mod emr;
#[cfg(feature = "remote")]
mod glue;
mod process;
mod service;

use std::path::Path;

pub use self::process::Process;
pub use self::service::{Bill, Job, Log, Look, PROGRAM, Service, State, SubmitError};
use crate::lake::place::Place;
use crate::target::{Target, TargetKind};

/// Whoever runs the jobs of a target that makes tables. What is kept of jobs on this machine lies below `state`; logs on S3 are
/// read as the lake is.
///
/// # Errors
/// When the settings do not do, or this program was built without the service.
pub fn open(
    name: &str,
    target: &Target,
    state: &Path,
    lake: &Place,
) -> Result<Box<dyn Service>, SubmitError> {
    #[cfg(not(feature = "remote"))]
    let _ = lake;
    match target.kind {
        #[cfg(feature = "remote")]
        TargetKind::EmrServerless => Ok(Box::new(emr::Emr::open(name, target, lake)?)),
        #[cfg(feature = "remote")]
        TargetKind::Glue => Ok(Box::new(glue::Glue::open(name, target)?)),
        TargetKind::Spark => Ok(Box::new(Process::new(target, state))),
        kind => Err(SubmitError::Settings {
            message: format!("target {name}: this saldo makes no tables on {}", kind.name()),
            hint: "name another target with --on NAME".into(),
        }),
    }
}
