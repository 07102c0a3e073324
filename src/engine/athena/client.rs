//! The clients of Athena, Glue, STS and S3 for one target, and how long a request is tried.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_athena::config::http::HttpResponse;
use aws_sdk_athena::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_athena::types::QueryExecution;
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::fault;
use crate::engine::{EngineError, ErrorKind, RunId};
use crate::lake::address::AwsOptions;
use crate::lake::aws::Account;
use crate::lake::remote::stored::Buckets;
use crate::pause::Pauses;
use crate::target::Target;

/// What messages call the services.
pub(super) const ATHENA: &str = "Athena";
pub(super) const GLUE: &str = "the Glue catalogue";
pub(super) const STS: &str = "AWS";

/// A service that is busy is asked again for so long; a person waits no longer for one that is not there.
const BUSY: Duration = Duration::from_secs(30);
const LINK: Duration = Duration::from_secs(2);
/// The first pause before a request is sent again; it doubles up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(4));
/// What services other than AWS take for a region when none is set.
const REGION: &str = "us-east-1";

/// The clients of one target, made when they are first needed, and again when their login has run out.
#[derive(Default)]
pub(in crate::engine) struct Held(Mutex<Option<Arc<Client>>>);

impl Held {
    /// Those for now.
    pub(in crate::engine) async fn of(&self, target: &Target) -> Arc<Client> {
        let mut held = self.0.lock().await;
        match held.as_ref().filter(|client| !client.has_expired.load(Ordering::Relaxed)) {
            Some(client) => Arc::clone(client),
            None => Arc::clone(held.insert(Arc::new(Client::open(target).await))),
        }
    }
}

/// The clients of one target.
pub(in crate::engine) struct Client {
    pub(super) athena: aws_sdk_athena::Client,
    pub(super) glue: aws_sdk_glue::Client,
    pub(in crate::engine) redshift: aws_sdk_redshiftdata::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(in crate::engine) buckets: Buckets,
    pub(super) region: Option<String>,
    renewal: String,
    /// Its login was refused as run out: the next one may have been renewed.
    has_expired: AtomicBool,
}

impl Client {
    /// Reads the settings of AWS, and asks nobody.
    async fn open(target: &Target) -> Self {
        let endpoint = target.endpoint.clone().filter(|url| !url.is_empty());
        let profile = target.profile.clone();
        let options = AwsOptions { endpoint: endpoint.clone(), profile, ..AwsOptions::default() };
        let account = Arc::new(Account::open(&options).await);
        let is_elsewhere = endpoint.as_deref().or(account.endpoint()).is_some();
        let region = target.region.as_deref().or(account.region()).or(is_elsewhere.then_some(REGION));
        let region = region.map(str::to_owned);
        let config = account.clients(region.as_deref());
        /// A client of a service, at the target's own endpoint where it has one.
        macro_rules! client {
            ($service:ident) => {{
                let mut config = $service::config::Builder::from(&config);
                if let Some(endpoint) = &endpoint {
                    config = config.endpoint_url(endpoint);
                }
                $service::Client::from_conf(config.build())
            }};
        }
        Self {
            athena: client!(aws_sdk_athena),
            glue: client!(aws_sdk_glue),
            redshift: client!(aws_sdk_redshiftdata),
            sts: client!(aws_sdk_sts),
            renewal: account.renewal(),
            buckets: Buckets::new(account, region.clone(), options),
            region,
            has_expired: AtomicBool::new(false),
        }
    }

    /// Sends a request until it is answered: again while the service is busy, and a few times where the network or the
    /// service fails.
    pub(in crate::engine) async fn ask<T, E, F>(
        &self,
        service: &str,
        request: impl Fn() -> F,
    ) -> Result<T, EngineError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let (begun, mut pauses) = (Instant::now(), Pauses::new(PAUSES, 2.0));
        loop {
            let error = match request().await {
                Ok(answer) => return Ok(answer),
                Err(error) => fault::of_request(service, &self.renewal, &error),
            };
            let patience = match error.kind {
                ErrorKind::Throttled => BUSY,
                ErrorKind::Unreachable => LINK,
                kind => {
                    self.has_expired.fetch_or(kind == ErrorKind::Expired, Ordering::Relaxed);
                    return Err(error);
                }
            };
            if begun.elapsed() + pauses.planned() > patience {
                return Err(error);
            }
            sleep(pauses.take()).await;
        }
    }

    /// As [`Client::ask`], for a request that starts something and has a token: one that was not answered in time may have
    /// arrived, and what it started can be stopped and listed by its name alone, so it is sent once more.
    pub(in crate::engine) async fn begin<T, E, F>(
        &self,
        service: &str,
        request: impl Fn() -> F,
    ) -> Result<T, EngineError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let begun = Instant::now();
        match self.ask(service, &request).await {
            Err(error) if error.kind == ErrorKind::Unreachable && begun.elapsed() > LINK => {
                self.ask(service, request).await
            }
            told => told,
        }
    }

    /// What Athena tells of a query.
    pub(super) async fn query(&self, id: &RunId) -> Result<QueryExecution, EngineError> {
        let request = self.athena.get_query_execution().query_execution_id(&id.0);
        let told = self.ask(ATHENA, || request.clone().send()).await?;
        let nothing = || EngineError::new(ErrorKind::Missing, format!("Athena tells nothing of {}", id.0));
        told.query_execution.ok_or_else(nothing)
    }
}
