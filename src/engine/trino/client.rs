//! Trino's REST protocol: whom it is asked for, with which secret, and what an answer's status means.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::sleep;

use super::page::{GONE, Page};
use crate::engine::{EngineError, ErrorKind};
use crate::pause::Pauses;
use crate::service_url::ServiceUrl;
use crate::target::Target;

/// A page is about 16 MB; a row of it may be larger.
const LARGEST: u64 = 256 << 20;
/// A server that cannot be reached says so before one begins to wonder.
const CONNECT: Duration = Duration::from_millis(2_500);
/// A server holds a request back for a second while nothing happens.
const ANSWER: Duration = Duration::from_secs(30);
/// Attempts while the server says that it is busy; the protocol wants them for 502, 503 and 504.
const ATTEMPTS: u32 = 6;
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(4));

/// The environment's names of the secrets.
const PASSWORD: &str = "SALDO_TRINO_PASSWORD";
const TOKEN: &str = "SALDO_TRINO_TOKEN";

/// Asks one server for one user. Clones share their connections.
#[derive(Clone)]
pub(super) struct Client(Arc<Inner>);

struct Inner {
    agent: ureq::Agent,
    /// Without a slash at its end.
    url: ServiceUrl,
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Method {
    Get,
    Head,
    Delete,
}

impl Client {
    /// A client that asks nobody yet; `name` is that of the target.
    pub(super) fn new(name: &str, target: &Target) -> Result<Self, EngineError> {
        Self::with(name, target, |variable| env::var(variable).ok())
    }

    fn with(
        name: &str,
        target: &Target,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, EngineError> {
        let wrong = |message: String| EngineError::new(ErrorKind::Other, format!("target {name}: {message}"));
        let text = target.endpoint.as_deref().unwrap_or_default();
        let url = ServiceUrl::parse(text).map_err(|error| {
            wrong(format!("the `url` cannot be used: {error}"))
                .with_hint(format!("write `url = \"https://host:8443\"` in [targets.{name}] of saldo.toml"))
        })?;
        let set = |name| variable(name).filter(|text| !text.is_empty());
        let user = target.user.clone().or_else(|| set("USER")).unwrap_or_else(|| "saldo".into());
        let secret = match (set(TOKEN), set(PASSWORD)) {
            (Some(token), _) => Some(format!("Bearer {token}")),
            (None, Some(password)) => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            (None, None) => None,
        };
        if secret.is_some() && !url.is_private() {
            return Err(wrong("a password or token is only sent over https".into())
                .with_hint(format!("write an https:// `url`, or unset {PASSWORD} and {TOKEN}")));
        }
        // Times are sent with all their digits only to who says that it can read them.
        let mut headers =
            vec![("X-Trino-User", user), ("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME".into())];
        headers.extend(target.catalog.clone().map(|catalog| ("X-Trino-Catalog", catalog)));
        headers.extend(target.schema.clone().map(|schema| ("X-Trino-Schema", schema)));
        headers.extend(secret.map(|secret| ("Authorization", secret)));
        if headers.iter().any(|(_, value)| !value.chars().all(|mark| (' '..='~').contains(&mark))) {
            return Err(wrong("its user, catalog, schema or secret holds a mark that is not ASCII".into()));
        }
        let proxy = ureq::Proxy::try_from_env().filter(|_| !url.is_this_machine());
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // The secret goes where the settings say and nowhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(ANSWER))
            .user_agent(concat!("saldo/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(Arc::new(Inner { agent: config.new_agent(), url, headers })))
    }

    /// Posts a statement. Trino starts it when the address that follows is asked for the first time, so posting again
    /// starts nothing twice.
    pub(super) async fn post(&self, sql: &str, source: &'static str) -> Result<Page, EngineError> {
        let sql = sql.to_owned();
        let path = self.path("/v1/statement");
        page(&self.patiently(move |inner| inner.post(&path, &sql, source)).await?)
    }

    /// The page at an address.
    pub(super) async fn get(&self, path: &str) -> Result<Page, EngineError> {
        page(&self.ask(Method::Get, path).await?)
    }

    /// The bare answer of a request.
    pub(super) async fn ask(&self, method: Method, path: &str) -> Result<Vec<u8>, EngineError> {
        let path = path.to_owned();
        self.patiently(move |inner| inner.send(method, &path)).await
    }

    /// A path of the server, which may lie below one of its own.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.0.url.path().trim_end_matches('/'))
    }

    /// Asks on a thread, since the client waits, and again while the server is busy.
    async fn patiently(
        &self,
        ask: impl Fn(&Inner) -> Result<Vec<u8>, EngineError> + Clone + Send + 'static,
    ) -> Result<Vec<u8>, EngineError> {
        let mut pauses = Pauses::new(PAUSES, 2.0);
        for _ in 1..ATTEMPTS {
            match self.once(ask.clone()).await {
                Err(error) if error.kind == ErrorKind::Throttled => sleep(pauses.take()).await,
                answer => return answer,
            }
        }
        self.once(ask).await
    }

    async fn once(
        &self,
        ask: impl Fn(&Inner) -> Result<Vec<u8>, EngineError> + Send + 'static,
    ) -> Result<Vec<u8>, EngineError> {
        let inner = Arc::clone(&self.0);
        let broken = |error| EngineError::new(ErrorKind::Other, format!("the request broke off: {error}"));
        tokio::task::spawn_blocking(move || ask(&inner)).await.map_err(broken)?
    }
}

impl Inner {
    fn post(&self, path: &str, sql: &str, source: &str) -> Result<Vec<u8>, EngineError> {
        let mut request = self.agent.post(self.url.with_path(path)).header("X-Trino-Source", source);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.answer(request.send(sql.as_bytes()))
    }

    fn send(&self, method: Method, path: &str) -> Result<Vec<u8>, EngineError> {
        let url = self.url.with_path(path);
        let mut request = match method {
            Method::Get => self.agent.get(url),
            Method::Head => self.agent.head(url),
            Method::Delete => self.agent.delete(url),
        };
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.answer(request.call())
    }

    fn answer(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, EngineError> {
        let mut answer = answer.map_err(|error| self.unanswered(&error))?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let body = body.map_err(|error| self.unanswered(&error))?;
        if status.is_success() {
            return Ok(body);
        }
        let text = String::from_utf8_lossy(&body);
        let text = text.lines().next().unwrap_or_default().trim();
        let says = if text.is_empty() || text.starts_with('<') {
            status.to_string()
        } else {
            format!("{status}: {text}")
        };
        let error = |kind, what: &str| EngineError::new(kind, format!("{what} ({says})"));
        Err(match status.as_u16() {
            401 | 403 => error(ErrorKind::Denied, "Trino does not let this user in")
                .with_hint(format!("set {PASSWORD} or {TOKEN}, and `user` of the target in saldo.toml")),
            404 | 410 => {
                error(ErrorKind::Missing, "Trino no longer keeps this run or its rows").with_hint(GONE)
            }
            429 | 502 | 503 | 504 => error(ErrorKind::Throttled, "Trino takes no requests now"),
            _ => error(ErrorKind::Other, "Trino refused the request"),
        })
    }

    fn unanswered(&self, error: &ureq::Error) -> EngineError {
        let host = self.url.with_path("");
        match error {
            ureq::Error::BodyExceedsLimit(_) => EngineError::new(
                ErrorKind::Data,
                format!("{host} sent a page of more than {} MB", LARGEST >> 20),
            ),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
                EngineError::new(ErrorKind::Io, format!("{host} cannot be reached over https: {error}"))
            }
            _ => EngineError::new(ErrorKind::Unreachable, format!("{host} cannot be reached: {error}"))
                .with_hint("check the network, and `url` of the target in saldo.toml"),
        }
    }
}

fn page(body: &[u8]) -> Result<Page, EngineError> {
    Page::parse(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(url: &str, variables: &[(&str, &str)]) -> Result<Client, EngineError> {
        let target: Target = toml::from_str(&format!("kind = 'trino'\nurl = '{url}'\nuser = 'ana'")).unwrap();
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
        Client::with("prod", &target, variable)
    }

    #[test]
    fn a_secret_goes_where_nobody_else_reads_it() {
        let secret = |url: &str, variables: &[(&str, &str)]| {
            let headers = client(url, variables).map(|client| client.0.headers.clone());
            headers.map(|headers| {
                headers.into_iter().find(|(name, _)| *name == "Authorization").map(|(_, value)| value)
            })
        };
        let private = ["https://trino.example:8443", "http://127.0.0.1:8080", "http://localhost:8080/gate"];
        for url in private {
            assert_eq!(
                secret(url, &[(PASSWORD, "p:w")]).unwrap().as_deref(),
                Some("Basic YW5hOnA6dw=="),
                "{url}"
            );
            assert_eq!(
                secret(url, &[(PASSWORD, "x"), (TOKEN, "t")]).unwrap().as_deref(),
                Some("Bearer t"),
                "{url}"
            );
            assert_eq!(secret(url, &[(TOKEN, "")]).unwrap(), None, "{url}");
        }
        for url in ["http://trino.example:8080", "http://localhost.evil.example", "http://10.0.0.1"] {
            let error = secret(url, &[(PASSWORD, "pw-4711")]).unwrap_err();
            assert!(!format!("{error:?}").contains("4711"), "{url}: {error:?}");
            assert_eq!(secret(url, &[]).unwrap(), None, "{url}");
        }
        assert!(secret("https://host", &[(TOKEN, "a\r\nX-Trino-User: root")]).is_err());
    }

    #[test]
    fn a_server_may_lie_below_a_path() {
        let path = |url| client(url, &[]).unwrap().path("/v1/statement");
        assert_eq!(
            (path("https://host/gate/"), path("https://host")),
            ("/gate/v1/statement".into(), "/v1/statement".into())
        );
    }
}
