//! From a target of the settings to its engine. Nobody is asked yet: an engine that cannot be reached says so with its
//! first run.

#[cfg(feature = "remote")]
mod services;

use std::sync::Arc;

use super::threads::Threads;
use super::{Engine, EngineError, ErrorKind};
use crate::ledger::Ledger;
use crate::target::Target;

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
    #[cfg(feature = "remote")]
    return services::engine(name, target, around);
    #[cfg(not(feature = "remote"))]
    {
        let _ = around;
        let message = format!("target {name}: this saldo was built without {}", target.kind.name());
        Err(EngineError::new(ErrorKind::Other, message))
    }
}
