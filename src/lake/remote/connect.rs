//! The way into a bucket: endpoint, region and credentials as every AWS program finds them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::aws::{AmazonS3Builder, AwsCredential, Checksum};
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, CredentialProvider, ObjectStore, RetryConfig};

use super::checksums::Checksums;
use crate::lake::address::{REGION, Remote};
use crate::lake::aws::{Account, NoCredentials, address_of};
use crate::lake::error::PlaceError;
use crate::service_url::ServiceUrl;

/// How long a host has to take a connection; a person on a train waits for this.
const CONNECT: Duration = Duration::from_secs(4);
/// How long a body may stand still.
const STALL: Duration = Duration::from_secs(20);

/// The lake's part of its bucket.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) checksums: Checksums,
    /// What to do when the session has run out.
    pub(super) renewal: String,
}

pub(super) async fn store(remote: &Remote) -> Result<Way, PlaceError> {
    of_account(remote, Arc::new(Account::open(&remote.options).await), None).await
}

/// The same for an account that is known, in another region than its own where one is named.
pub(super) async fn of_account(
    remote: &Remote,
    account: Arc<Account>,
    region: Option<&str>,
) -> Result<Way, PlaceError> {
    let refused = |why: &str| PlaceError::Refused { place: remote.url.clone(), why: why.into() };
    let renewal = account.renewal();
    let endpoint = remote.options.endpoint.clone().or_else(|| account.endpoint_of("S3"));
    let region = match (region.or(account.region()), &endpoint) {
        (Some(region), _) => region.to_owned(),
        (None, Some(_)) => REGION.to_owned(),
        // Without credentials the region is the lesser trouble.
        (None, None) => {
            account.credentials().await.map_err(|why| no_credentials(remote, &why))?;
            return Err(refused("no region is set (AWS_REGION, or region in the profile)"));
        }
    };
    // A dot in a bucket's name does not fit the service's certificate.
    let path_style = remote.options.path_style.unwrap_or(endpoint.is_some() || remote.bucket.contains('.'));
    // The store knows no names of China.
    let endpoint = endpoint.or_else(|| region.starts_with("cn-").then(|| address_of("s3", &region)));
    // A large file takes as long as it takes, if only it moves.
    let mut client =
        ClientOptions::new().with_connect_timeout(CONNECT).with_read_timeout(STALL).with_timeout_disabled();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&remote.bucket)
        .with_region(region)
        .with_credentials(Arc::new(Provider(account)))
        .with_virtual_hosted_style_request(!path_style)
        // The service checks that what came is what was sent, and keeps this with it.
        .with_checksum_algorithm(Checksum::SHA256)
        .with_retry(RetryConfig {
            max_retries: 2,
            backoff: BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() },
            ..RetryConfig::default()
        });
    if let Some(endpoint) = endpoint {
        let url = ServiceUrl::parse(&endpoint);
        let url = url.map_err(|error| refused(&format!("the endpoint cannot be used: {error}")))?;
        client = client.with_allow_http(!url.is_encrypted());
        let base = if path_style { endpoint } else { url.below(&remote.bucket) };
        builder = builder.with_endpoint(base);
    }
    let failed = |error: &dyn fmt::Display| refused(&error.to_string());
    let store = builder.with_client_options(client.clone()).build().map_err(|error| failed(&error))?;
    let prefix = Key::parse(&remote.prefix).map_err(|error| failed(&error))?;
    let checksums = Checksums::of(store.clone(), prefix.clone(), client);
    Ok(Way { store: Arc::new(PrefixStore::new(store, prefix)), checksums, renewal })
}

/// What a person reads who has none.
fn no_credentials(remote: &Remote, found: &NoCredentials) -> PlaceError {
    let NoCredentials { why, hint } = found.clone();
    PlaceError::NoCredentials { place: remote.url.clone(), why, hint }
}

/// Hands the account's credentials to the store.
#[derive(Debug)]
struct Provider(Arc<Account>);

#[async_trait]
impl CredentialProvider for Provider {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let found = self.0.credentials().await;
        let found =
            found.map_err(|why| object_store::Error::Generic { store: "S3", source: Box::new(why) })?;
        Ok(Arc::new(AwsCredential {
            key_id: found.access_key_id().into(),
            secret_key: found.secret_access_key().into(),
            token: found.session_token().map(str::to_owned),
        }))
    }
}
