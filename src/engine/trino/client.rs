//! Trino's REST protocol: whom it is asked for, with which secret, and what an answer's status means.

use std::env;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::sleep;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::page::{GONE, Page};
use crate::engine::tunnel::Tunnel;
use crate::engine::{EngineError, ErrorKind, secret};
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
    /// The command that prints the secret, where there is one.
    keeper: Option<Keeper>,
    tunnel: Option<Arc<Tunnel>>,
}

/// What sends a secret: as a password of a user, or as a token.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    Basic(String),
    Bearer,
}

impl Scheme {
    fn authorization(&self, secret: &str) -> String {
        match self {
            Self::Basic(user) => format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))),
            Self::Bearer => format!("Bearer {secret}"),
        }
    }
}

/// A command that prints the secret when it is needed, and what it printed.
struct Keeper {
    command: Vec<String>,
    scheme: Scheme,
    held: Mutex<Option<String>>,
}

impl Keeper {
    /// What is sent; the command runs once, and again when the server no longer lets it pass.
    fn authorization(&self) -> Result<String, EngineError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*held {
            return Ok(known.clone());
        }
        let denied = |why: String| {
            EngineError::new(ErrorKind::Denied, format!("the secret for Trino was not given: {why}"))
                .with_hint(format!("run it by hand; it is `{}` of the target in saldo.toml", self.key()))
        };
        let printed = secret::printed(&self.command).map_err(denied)?;
        let authorization = self.scheme.authorization(&printed);
        if !is_header(&authorization) {
            return Err(denied("it holds a mark that is not ASCII".into()));
        }
        *held = Some(authorization.clone());
        Ok(authorization)
    }

    fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn holds(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What the command is in the settings.
    fn key(&self) -> &'static str {
        if self.scheme == Scheme::Bearer { "token_command" } else { "password_command" }
    }
}

/// Whether a text may stand in a header.
fn is_header(text: &str) -> bool {
    text.chars().all(|mark| (' '..='~').contains(&mark))
}

/// Every name is where the way to the server begins.
#[derive(Debug)]
struct Through(Arc<Tunnel>);

impl Resolver for Through {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        found.push(self.0.open_address().ok_or(ureq::Error::HostNotFound)?);
        Ok(found)
    }
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
        let basic = || Scheme::Basic(user.clone());
        let secret = set(TOKEN).map(|token| Scheme::Bearer.authorization(&token));
        let secret = secret.or_else(|| set(PASSWORD).map(|password| basic().authorization(&password)));
        let commands = [(&target.token_command, Scheme::Bearer), (&target.password_command, basic())];
        // What the environment says counts more.
        let kept = commands.into_iter().find_map(|(command, scheme)| Some((command.clone()?, scheme)));
        let keeper = kept.filter(|_| secret.is_none()).map(|(command, scheme)| Keeper {
            command,
            scheme,
            held: Mutex::default(),
        });
        if (secret.is_some() || keeper.is_some()) && !url.is_private() {
            return Err(wrong("a password or token is only sent over https".into()).with_hint(format!(
                "write an https:// `url`, or send none: {PASSWORD}, {TOKEN}, `password_command`"
            )));
        }
        let (host, port) = url.host_and_port();
        let tunnel = target.tunnel.as_deref().map(|through| Tunnel::new(through, host, port).map(Arc::new));
        let tunnel = tunnel.transpose()?;
        // Times are sent with all their digits only to who says that it can read them.
        let mut headers =
            vec![("X-Trino-User", user), ("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME".into())];
        headers.extend(target.catalog.clone().map(|catalog| ("X-Trino-Catalog", catalog)));
        headers.extend(target.schema.clone().map(|schema| ("X-Trino-Schema", schema)));
        headers.extend(secret.map(|secret| ("Authorization", secret)));
        if headers.iter().any(|(_, value)| !is_header(value)) {
            return Err(wrong("its user, catalog, schema or secret holds a mark that is not ASCII".into()));
        }
        let proxy = ureq::Proxy::try_from_env().filter(|_| tunnel.is_none() && !url.is_this_machine());
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
        let agent = match &tunnel {
            Some(tunnel) => {
                ureq::Agent::with_parts(config, DefaultConnector::default(), Through(Arc::clone(tunnel)))
            }
            None => config.new_agent(),
        };
        Ok(Self(Arc::new(Inner { agent, url, headers, keeper, tunnel })))
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

    /// Asks for the secret and opens the way, where they are needed.
    pub(super) async fn prepare(&self) -> Result<(), EngineError> {
        // Where there is neither, nothing is waited for, and a run that is left at once begins.
        if self.0.keeper.is_none() && self.0.tunnel.is_none() {
            return Ok(());
        }
        self.once(|inner| inner.ready().map(|_| Vec::new())).await.map(drop)
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
        let ask = move || {
            let had = inner.keeper.as_ref().is_some_and(Keeper::holds);
            match ask(&inner) {
                // A token that has run out since is asked for anew, once.
                Err(error) if error.kind == ErrorKind::Denied && had => ask(&inner),
                answer => answer,
            }
        };
        tokio::task::spawn_blocking(ask).await.map_err(broken)?
    }
}

impl Inner {
    /// The headers of a request; the way to the server is open then.
    fn ready(&self) -> Result<Vec<(&'static str, String)>, EngineError> {
        let mut headers = self.headers.clone();
        if let Some(keeper) = &self.keeper {
            headers.push(("Authorization", keeper.authorization()?));
        }
        if let Some(tunnel) = &self.tunnel {
            tunnel.address()?;
        }
        Ok(headers)
    }

    fn post(&self, path: &str, sql: &str, source: &str) -> Result<Vec<u8>, EngineError> {
        let mut request = self.agent.post(self.url.with_path(path)).header("X-Trino-Source", source);
        for (name, value) in self.ready()? {
            request = request.header(name, value);
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
        for (name, value) in self.ready()? {
            request = request.header(name, value);
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
        if let (401, Some(keeper)) = (status.as_u16(), &self.keeper) {
            // A token may have run out: the next one is asked for.
            keeper.forget();
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
            401 | 403 => {
                let secret = match &self.keeper {
                    Some(keeper) => format!("see what `{}` prints", keeper.key()),
                    None => format!("set {PASSWORD} or {TOKEN}"),
                };
                error(ErrorKind::Denied, "Trino does not let this user in")
                    .with_hint(format!("{secret}, and `user` of the target in saldo.toml"))
            }
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
    fn a_command_prints_the_secret_when_it_is_needed_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("echo run >> '{0}/runs'; cat '{0}/secret'", folder.path().display());
        let target = format!(
            "kind = 'trino'\nurl = 'https://host'\nuser = 'ana'\npassword_command = ['sh', '-c', \"{script}\"]"
        );
        let target: Target = toml::from_str(&target).unwrap();
        let client = Client::with("prod", &target, |_| None).unwrap();
        let runs = || std::fs::read_to_string(folder.path().join("runs")).unwrap_or_default().lines().count();
        let sent = || {
            let headers = client
                .0
                .ready()
                .map(|headers| headers.into_iter().collect::<std::collections::HashMap<_, _>>());
            headers.map(|mut headers| headers.remove("Authorization").unwrap())
        };
        assert_eq!(runs(), 0, "not before it is needed");
        let error = sent().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(error.hint.is_some_and(|hint| hint.contains("password_command")));
        std::fs::write(folder.path().join("secret"), "p:w\n").unwrap();
        assert_eq!((sent().unwrap().as_str(), runs()), ("Basic YW5hOnA6dw==", 2));
        assert_eq!((sent().unwrap().as_str(), runs()), ("Basic YW5hOnA6dw==", 2));
        std::fs::write(folder.path().join("secret"), "other").unwrap();
        client.0.keeper.as_ref().unwrap().forget();
        assert_eq!(sent().unwrap(), "Basic YW5hOm90aGVy");
        // The environment counts more, and a secret goes over https or to this machine.
        let known = Client::with("prod", &target, |name| (name == TOKEN).then(|| "t".into())).unwrap();
        assert!(
            known.0.keeper.is_none()
                && known.0.ready().unwrap().contains(&("Authorization", "Bearer t".into()))
        );
        let open = Target { endpoint: Some("http://host".into()), ..target };
        assert!(Client::with("prod", &open, |_| None).is_err());
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
