//! Which service each kind of target is asked by.

use std::sync::Arc;
use std::time::Duration;

use super::Surroundings;
use crate::dialect::Names;
use crate::engine::athena::Athena;
use crate::engine::redshift::Redshift;
use crate::engine::remote::{Remote, Service};
use crate::engine::trino::Trino;
use crate::engine::{Engine, EngineError, ErrorKind};
use crate::target::{Target, TargetKind};

/// The engine of a target.
pub(super) fn engine(
    name: &str,
    target: &Target,
    around: &Surroundings,
) -> Result<Arc<dyn Engine>, EngineError> {
    let schema = match target.kind {
        TargetKind::Athena => target.database.as_deref(),
        _ => target.schema.as_deref(),
    };
    let names = names(schema, around);
    Ok(match target.kind {
        TargetKind::Trino => remote(name, target, around, Trino::new(name, target, names)?),
        TargetKind::Athena => remote(name, target, around, Athena::new(target, names)),
        TargetKind::Spark | TargetKind::EmrServerless | TargetKind::Glue => {
            let message = format!("target {name}: {} answers no statements", target.kind.name());
            return Err(EngineError::new(ErrorKind::Other, message)
                .with_hint(format!("`saldo submit --on {name}` makes the lake's tables there")));
        }
        TargetKind::Redshift => remote(name, target, around, Redshift::new(name, target, names)?),
    })
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
