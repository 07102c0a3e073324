//! What a statement on Athena needs, in the order in which it is needed, each with what to do where it is wrong.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_athena::types::{
    ManagedQueryResultsConfiguration, WorkGroup, WorkGroupConfiguration, WorkGroupState,
};
use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use chrono::{DateTime, Utc};

use super::client::{ATHENA, Client, GLUE, STS};
use super::{catalog, fault};
use crate::engine::{Check, EngineError, ErrorKind};
use crate::lake::error::PlaceError;
use crate::target::Target;
use crate::value;

/// AWS takes a request whose time is wrong by five minutes.
const SKEW: i64 = 240;
/// The work group of who names none.
const GROUP: &str = "primary";

/// All checks; where it is not known who asks, the others would only say so again.
pub(super) async fn all(client: &Client, target: &Target) -> Vec<Check> {
    let region = client.region.clone().ok_or_else(|| {
        EngineError::new(ErrorKind::Other, "no region is set")
            .with_hint("set `region` of the target, or AWS_REGION")
    });
    let mut checks = vec![Check::of("region", region)];
    let (who, clock) = identity(client).await;
    let is_known = who.is_ok();
    checks.push(Check::of("identity", who));
    checks.push(Check::of("clock", clock));
    if !is_known {
        return checks;
    }
    let group = group(client, target).await;
    let bucket = match &group {
        Ok(group) => output(client, target, group).await,
        Err(error) => Err(error.clone()),
    };
    checks.push(Check::of("work group", group.and_then(|group| described(&group))));
    checks.push(Check::of("result bucket", bucket));
    checks.push(Check::of("catalogue", tables(client, target).await));
    checks
}

/// Who asks, and how far this machine's clock is from the service's.
async fn identity(client: &Client) -> (Result<String, EngineError>, Result<String, EngineError>) {
    let answered = Answered::default();
    let request = || client.sts.get_caller_identity().customize().interceptor(answered.clone()).send();
    let who = client.ask(STS, request).await;
    let now = Utc::now();
    let clock = match *answered.0.lock().unwrap_or_else(PoisonError::into_inner) {
        None => Err(EngineError::new(ErrorKind::Other, "AWS told no time")
            .with_hint("compare this machine's clock with another one")),
        Some(time) => match (now - time).num_seconds() {
            -1..=1 => Ok("as AWS's".to_owned()),
            seconds if seconds.abs() < SKEW => Ok(format!("{seconds} s from AWS's")),
            seconds => Err(EngineError::new(ErrorKind::Other, format!("{seconds} s from AWS's"))
                .with_hint("set this machine's clock: requests are signed with its time")),
        },
    };
    (who.map(|who| who.arn().unwrap_or("somebody without a name").to_owned()), clock)
}

/// The work group of a target.
pub(super) async fn group(client: &Client, target: &Target) -> Result<WorkGroup, EngineError> {
    let name = target.workgroup.as_deref().unwrap_or(GROUP);
    let request = client.athena.get_work_group().work_group(name);
    let told = client.ask(ATHENA, || request.clone().send()).await?;
    told.work_group.ok_or_else(|| {
        EngineError::new(ErrorKind::Missing, format!("there is no work group {name}"))
            .with_hint("check `workgroup` and `region` of the target")
    })
}

fn described(group: &WorkGroup) -> Result<String, EngineError> {
    if group.state() == Some(&WorkGroupState::Disabled) {
        let message = format!("the work group {} is disabled", group.name());
        return Err(EngineError::new(ErrorKind::Denied, message)
            .with_hint("name another `workgroup`, or have this one enabled"));
    }
    let set = group.configuration();
    let mut words = vec![format!("{} is enabled", group.name())];
    let engine = set.and_then(|set| set.engine_version()?.effective_engine_version());
    words.extend(engine.map(str::to_owned));
    words.extend(location(set).map(|place| format!("results to {place}")));
    words.extend(is_enforced(set).then(|| "its settings are enforced".to_owned()));
    words.extend(
        keeps_results(set).then(|| "Athena keeps results itself, so long ones come slowly".to_owned()),
    );
    let cutoff = set.and_then(WorkGroupConfiguration::bytes_scanned_cutoff_per_query);
    words.push(match cutoff {
        Some(bytes) => format!("a query is stopped at {bytes} bytes scanned"),
        None => "no cut-off of bytes scanned".to_owned(),
    });
    Ok(words.join(", "))
}

/// Where results go, and whether it can be read there.
async fn output(client: &Client, target: &Target, group: &WorkGroup) -> Result<String, EngineError> {
    let set = group.configuration();
    if keeps_results(set) {
        return Ok("none is needed: Athena keeps results itself".to_owned());
    }
    let of_group = location(set);
    let wanted = target.output.as_deref().filter(|_| !is_enforced(set));
    let Some(place) = wanted.or(of_group) else {
        return Err(EngineError::new(
            ErrorKind::Other,
            "neither the target nor the work group says where results go",
        )
        .with_hint("set `output = \"s3://bucket/prefix/\"` for the target"));
    };
    // A bucket that is not there and an object that is not there differ only in what can be listed.
    let probe = format!("{}/", place.trim_end_matches('/'));
    match client.buckets.has_any(&probe).await {
        Ok(_) => Ok(format!("{place} can be read")),
        Err(PlaceError::Refused { why, .. }) => {
            Err(EngineError::new(ErrorKind::Denied, format!("{place} is refused: {why}")).with_hint(
                "ask for s3:ListBucket, s3:GetObject, s3:PutObject and s3:GetBucketLocation on it, and see that it \
                 is in the target's region",
            ))
        }
        Err(error) => Err(fault::of_place(&error)),
    }
}

async fn tables(client: &Client, target: &Target) -> Result<String, EngineError> {
    let database = catalog::database(target);
    let request = client.glue.get_database().name(database);
    client.ask(GLUE, || request.clone().send()).await.map_err(|error| match error.kind {
        ErrorKind::Missing => error.with_hint(
            "check `database` of the target; one that Lake Formation hides is told to be missing, too",
        ),
        ErrorKind::Denied => {
            error.with_hint("ask for glue:GetDatabase, glue:GetTables and glue:GetPartitions")
        }
        _ => error,
    })?;
    let tables = catalog::tables_of(client, database).await?;
    if tables.is_empty() {
        return Err(EngineError::new(
            ErrorKind::Missing,
            format!("{database} has no table that may be seen"),
        )
        .with_hint("`saldo catalog sync` registers the lake's tables; Lake Formation may hide them"));
    }
    Ok(format!("{} in {database}", value::counted(tables.len() as u64, "table")))
}

/// Where a work group's results go.
pub(super) fn location(set: Option<&WorkGroupConfiguration>) -> Option<&str> {
    set?.result_configuration()?.output_location().filter(|place| !place.is_empty())
}

fn is_enforced(set: Option<&WorkGroupConfiguration>) -> bool {
    set.and_then(WorkGroupConfiguration::enforce_work_group_configuration).unwrap_or(false)
}

fn keeps_results(set: Option<&WorkGroupConfiguration>) -> bool {
    set.and_then(|set| set.managed_query_results_configuration())
        .is_some_and(ManagedQueryResultsConfiguration::enabled)
}

/// The time at which a service answered.
#[derive(Debug, Clone, Default)]
struct Answered(Arc<Mutex<Option<DateTime<Utc>>>>);

impl Intercept for Answered {
    fn name(&self) -> &'static str {
        "time of the answer"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let time = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time.map(|time| time.to_utc());
        Ok(())
    }
}
