//! The way into a bucket: endpoint, region and credentials as every AWS program finds them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::aws::{AmazonS3Builder, AwsCredential};
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, CredentialProvider, ObjectStore, RetryConfig};
use tokio::sync::Mutex;

use crate::lake::place::{PlaceError, Remote};

/// How long a host has to take a connection; a person on a train waits for this.
const CONNECT: Duration = Duration::from_secs(4);
/// How long a body may stand still.
const STALL: Duration = Duration::from_secs(20);
/// Credentials are fetched anew when they end so soon.
const MARGIN: Duration = Duration::from_mins(5);
/// What services other than AWS take for a region when none is set.
const REGION: &str = "us-east-1";

/// The lake's part of its bucket.
pub(super) async fn store(remote: &Remote) -> Result<Arc<dyn ObjectStore>, PlaceError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = &remote.access.profile {
        loader = loader.profile_name(profile);
    }
    let config = loader.load().await;
    let refused = |why: &str| PlaceError::Refused { place: remote.url.clone(), why: why.into() };
    let endpoint = remote.access.endpoint.as_deref().or(config.endpoint_url());
    let region = config.region().map(|region| region.as_ref().to_owned());
    let region = match (region, endpoint) {
        (Some(region), _) => region,
        (None, Some(_)) => REGION.into(),
        (None, None) => return Err(refused("no region is set (AWS_REGION, or region in the profile)")),
    };
    let provider = config.credentials_provider().ok_or_else(|| refused("no credentials are configured"))?;
    // A dot in a bucket's name does not fit the service's certificate.
    let path_style = remote.access.path_style.unwrap_or(endpoint.is_some() || remote.bucket.contains('.'));
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&remote.bucket)
        .with_region(region)
        .with_credentials(Arc::new(Credentials { provider, held: Mutex::new(None) }))
        .with_virtual_hosted_style_request(!path_style)
        .with_client_options(
            // A large file takes as long as it takes, if only it moves.
            ClientOptions::new()
                .with_connect_timeout(CONNECT)
                .with_read_timeout(STALL)
                .with_timeout_disabled(),
        )
        .with_retry(RetryConfig {
            max_retries: 2,
            backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
            ..RetryConfig::default()
        });
    if let Some(endpoint) = endpoint {
        let (scheme, host) = endpoint
            .split_once("://")
            .filter(|(scheme, host)| matches!(*scheme, "http" | "https") && !host.is_empty())
            .ok_or_else(|| refused(&format!("the endpoint {endpoint} is no http:// or https:// URL")))?;
        let base =
            if path_style { endpoint.to_owned() } else { format!("{scheme}://{}.{host}", remote.bucket) };
        builder = builder.with_endpoint(base).with_allow_http(scheme == "http");
    }
    let store = builder.build().map_err(|error| refused(&error.to_string()))?;
    Ok(match remote.prefix.as_str() {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(
            store,
            object_store::path::Path::parse(prefix).map_err(|error| refused(&error.to_string()))?,
        )),
    })
}

/// Credentials from the usual chain, kept until they are about to end.
#[derive(Debug)]
struct Credentials {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<(Arc<AwsCredential>, Option<SystemTime>)>>,
}

/// Nobody gave credentials: none are set, or whoever gives them cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("no AWS credentials: {0}")]
pub(super) struct NoCredentials(String);

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut held = self.held.lock().await;
        if let Some((credential, end)) = &*held
            && end.is_none_or(|end| end > SystemTime::now() + MARGIN)
        {
            return Ok(credential.clone());
        }
        let found = self.provider.provide_credentials().await.map_err(|error| {
            // The outer error only says that there are none; its source says why.
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let why = NoCredentials(source.unwrap_or_else(|| error.to_string()));
            object_store::Error::Generic { store: "S3", source: Box::new(why) }
        })?;
        let credential = Arc::new(AwsCredential {
            key_id: found.access_key_id().into(),
            secret_key: found.secret_access_key().into(),
            token: found.session_token().map(str::to_owned),
        });
        *held = Some((credential.clone(), found.expiry()));
        Ok(credential)
    }
}
