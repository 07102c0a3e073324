//! The account of AWS that a person works with: endpoint, region and credentials as every AWS program finds them, and in
//! plain words why there are none.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::profile::Profile;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::address::AwsOptions;
use crate::environment;

/// Credentials are fetched anew when they end so soon.
const MARGIN: Duration = Duration::from_mins(5);
/// A command or a service that gives credentials has so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service has so long to take a connection, and to answer.
const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(20);

/// An account, with the credentials that it gave last.
#[derive(Debug)]
pub(crate) struct Account {
    config: SdkConfig,
    /// The profile that was asked for.
    profile: Option<String>,
    held: Mutex<Option<Credentials>>,
}

/// Nobody gave credentials: none are set, or whoever gives them cannot.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no AWS credentials: {why}")]
pub(crate) struct NoCredentials {
    /// Part of a sentence.
    pub(crate) why: String,
    /// What to do.
    pub(crate) hint: String,
}

/// A request without a signature.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsigned<'a> {
    /// The name of the service in signatures.
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a str,
}

/// Where a service of AWS answers; the part in China has names of its own.
pub(crate) fn address_of(service: &str, region: &str) -> String {
    let end = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{service}.{region}.amazonaws.com{end}")
}

impl Account {
    /// Nothing is asked yet.
    pub(crate) async fn open(options: &AwsOptions) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        let profile = options.profile.clone().or_else(|| environment::text("AWS_PROFILE"));
        Self { config: loader.load().await, profile, held: Mutex::default() }
    }

    /// What the clients of services are made of.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Base URL of a service other than AWS, from the environment or the profile.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    /// The same for one service, as `S3`, which the environment may name apart.
    pub(crate) fn endpoint_of(&self, service: &str) -> Option<String> {
        let apart = environment::text(&format!("AWS_ENDPOINT_URL_{service}"));
        apart.or_else(|| self.endpoint().map(str::to_owned))
    }

    pub(crate) fn region(&self) -> Option<&str> {
        self.config.region().map(AsRef::as_ref)
    }

    /// What the clients of its services are made of: its credentials, one try a request, and little patience with a
    /// network that is not there.
    pub(crate) fn clients(self: &Arc<Self>, region: Option<&str>) -> SdkConfig {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ANSWER);
        let credentials = SharedCredentialsProvider::new(Given(Arc::clone(self)));
        let config = self.config.to_builder().credentials_provider(credentials);
        let config = config.timeout_config(timeouts.build()).retry_config(RetryConfig::disabled());
        match region {
            Some(region) => config.region(Region::new(region.to_owned())).build(),
            None => config.build(),
        }
    }

    /// What to do when a service says that a session has run out.
    pub(crate) fn renewal(&self) -> String {
        match &self.profile {
            Some(name) => format!("log in again with `aws sso login --profile {name}`, or renew its keys"),
            None => "log in again with `aws sso login`, or renew AWS_SESSION_TOKEN and its keys".to_owned(),
        }
    }

    /// Credentials that last for some minutes more.
    pub(crate) async fn credentials(&self) -> Result<Credentials, NoCredentials> {
        let mut held = self.held.lock().await;
        let lasts = |known: &&Credentials| known.expiry().is_none_or(|end| end > SystemTime::now() + MARGIN);
        if let Some(known) = held.as_ref().filter(lasts) {
            return Ok(known.clone());
        }
        let cause = match self.config.credentials_provider() {
            None => "none are configured".to_owned(),
            Some(provider) => match timeout(PATIENCE, provider.provide_credentials()).await {
                Ok(Ok(found)) => return Ok(held.insert(found).clone()),
                Ok(Err(error)) => innermost(&error),
                Err(_) => format!("no answer came within {} s", PATIENCE.as_secs()),
            },
        };
        Err(self.explain(&cause).await)
    }

    /// The headers of a request, with its signature.
    pub(crate) async fn signed(
        &self,
        request: &Unsigned<'_>,
    ) -> Result<Vec<(String, String)>, NoCredentials> {
        let identity = self.credentials().await?.into();
        let failed = |error: &dyn std::error::Error| NoCredentials {
            why: format!("the request cannot be signed: {}", innermost(error)),
            hint: "check the address of the service and the region".into(),
        };
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(request.region)
            .name(request.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(&error))?
            .into();
        let (headers, body) = (request.headers.iter().copied(), SignableBody::Bytes(request.body.as_bytes()));
        let signable = SignableRequest::new(request.method, request.url, headers.clone(), body);
        let signed =
            signable.and_then(|signable| sign(signable, &parameters)).map_err(|error| failed(&error))?;
        let (signature, _) = signed.into_parts();
        let all = headers.chain(signature.headers());
        Ok(all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// What is wrong, by what the profile says about where its credentials come from.
    #[expect(
        clippy::default_trait_access,
        reason = "the types are those of crates below the one that is used"
    )]
    async fn explain(&self, cause: &str) -> NoCredentials {
        let (files, environment) = (Default::default(), Default::default());
        let named = self.profile.clone().map(Into::into);
        let sections = aws_config::profile::load(&files, &environment, &Default::default(), named).await;
        let name = self.profile.as_deref().unwrap_or("default");
        let (why, hint) = match &sections {
            Err(error) => (
                format!("the AWS configuration cannot be read: {}", innermost(error)),
                "mend ~/.aws/config or the file that AWS_CONFIG_FILE names".to_owned(),
            ),
            Ok(sections) => match sections.get_profile(name) {
                Some(profile) => of_profile(name, profile, cause),
                None if self.profile.is_some() => (
                    format!("there is no profile {name}"),
                    "`aws configure list-profiles` lists those of ~/.aws/config; AWS_PROFILE or `profile` in \
                     saldo.toml names one"
                        .to_owned(),
                ),
                None => (
                    "none are set".to_owned(),
                    "name a profile with AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                        .to_owned(),
                ),
            },
        };
        NoCredentials { why, hint }
    }
}

/// Hands an account's credentials to the clients of services.
#[derive(Debug)]
struct Given(Arc<Account>);

impl ProvideCredentials for Given {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        Provided::new(async { self.0.credentials().await.map_err(CredentialsError::provider_error) })
    }
}

/// A profile is there; where its credentials come from decides what to do.
fn of_profile(name: &str, profile: &Profile, cause: &str) -> (String, String) {
    if profile.get("sso_session").or(profile.get("sso_start_url")).is_some() {
        let why = format!("profile {name} has no valid SSO login: {cause}");
        return (why, format!("log in with `aws sso login --profile {name}`"));
    }
    if profile.get("credential_process").is_some() {
        // What the command printed may hold secrets, and so may its arguments.
        let why = format!("the credential_process of profile {name} gave none");
        return (
            why,
            format!("run the command of `credential_process` in profile {name} by hand to see why"),
        );
    }
    if profile.get("role_arn").is_some() {
        let why = format!("profile {name} could not take its role: {cause}");
        return (why, format!("try `aws sts get-caller-identity --profile {name}`"));
    }
    let why = format!("profile {name} gave none: {cause}");
    (why, format!("give profile {name} a source of credentials: `aws configure sso --profile {name}`"))
}

/// The outer errors only say that there are none; the innermost says why.
fn innermost(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_answers_where_its_part_of_aws_does() {
        for (region, wanted) in [
            ("eu-west-1", "https://glue.eu-west-1.amazonaws.com"),
            ("us-gov-west-1", "https://glue.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "https://glue.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(address_of("glue", region), wanted);
        }
    }
}
