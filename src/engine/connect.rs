//! From a target of the settings to its engine. Nobody is asked yet: an engine that cannot be reached says so with its
//! first run.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "remote")]
use super::athena::Athena;
#[cfg(feature = "remote")]
use super::redshift::Redshift;
use super::remote::{Remote, Service};
use super::threads::Threads;
#[cfg(feature = "remote")]
use super::trino::Trino;
use super::{Engine, EngineError, ErrorKind};
use crate::dialect::Names;
use crate::ledger::Ledger;
use crate::target::{Target, TargetKind};

/// What every engine elsewhere is given.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub ledger: Ledger,
    pub threads: Threads,
    /// The schemas in which the lake's tables stand here; the first is named like the remote database.
    pub schemas: Vec<String>,
    /// The lake's tables, which saved queries also name without a schema.
    pub tables: Vec<String>,
}

/// The engine of a target; `name` is what the settings call it.
///
/// # Errors
/// When the target's keys do not fit its kind, or this program was built without it.
pub fn connect(name: &str, target: &Target, around: &Surroundings) -> Result<Arc<dyn Engine>, EngineError> {
    if let Some(key) = target.stray_key() {
        let message = format!("target {name}: {} has no setting {key}", target.kind.name());
        return Err(EngineError::new(ErrorKind::Other, message)
            .with_hint(format!("remove `{key}` from [targets.{name}] in saldo.toml")));
    }
    let schema = match target.kind {
        TargetKind::Athena => target.database.as_deref(),
        TargetKind::Redshift | TargetKind::Trino => target.schema.as_deref(),
    };
    let names = names(schema, around);
    match target.kind {
        #[cfg(feature = "remote")]
        TargetKind::Trino => Ok(remote(name, target, around, Trino::new(name, target, names)?)),
        #[cfg(feature = "remote")]
        TargetKind::Athena => Ok(remote(name, target, around, Athena::new(target, names))),
        #[cfg(feature = "remote")]
        TargetKind::Redshift => Ok(remote(name, target, around, Redshift::new(name, target, names)?)),
        #[cfg(not(feature = "remote"))]
        kind => {
            let message = format!("target {name}: this saldo was built without {}", kind.name());
            Err(EngineError::new(ErrorKind::Other, message))
        }
    }
}

/// The road of the remote engines with a service at its end.
fn remote<S: Service>(name: &str, target: &Target, around: &Surroundings, service: S) -> Arc<dyn Engine> {
    let timeout = target.timeout_s.map(Duration::from_secs);
    let (ledger, threads) = (around.ledger.clone(), around.threads.clone());
    Arc::new(Remote::new(target.kind.name().into(), name.into(), service, ledger, timeout, threads))
}

/// How the lake's tables are named in a schema there; where the settings say none, statements stay as they are.
fn names(schema: Option<&str>, around: &Surroundings) -> Names {
    schema.map_or_else(Names::default, |schema| Names {
        schema: schema.to_owned(),
        known_schemas: around.schemas.clone(),
        tables: around.tables.clone(),
    })
}
