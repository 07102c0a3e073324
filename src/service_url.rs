//! Addresses of services: which machine one names, and whether a key may go there.
//!
//! An address is taken apart by the type with which requests are made, so that both see the same host: in
//! `http://localhost:1@host/` that is `host`, and `localhost:1` a user who is not wanted here.

use http::Uri;

/// An address with a scheme and a host, without a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    uri: Uri,
}

/// Why a text is not the address of a service. The text itself is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceUrlError {
    #[error("it is not an http:// or https:// address")]
    Form,
    #[error("it has a user name or password before an `@`, which do not belong there")]
    User,
}

impl ServiceUrl {
    /// Takes an address apart.
    ///
    /// # Errors
    /// When it has no scheme, no host, or a user.
    pub fn parse(text: &str) -> Result<Self, ServiceUrlError> {
        let uri: Uri = text.parse().map_err(|_| ServiceUrlError::Form)?;
        let authority = uri.authority().ok_or(ServiceUrlError::Form)?;
        if authority.as_str().contains('@') {
            return Err(ServiceUrlError::User);
        }
        if authority.host().is_empty() || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(ServiceUrlError::Form);
        }
        Ok(Self { uri })
    }

    /// Whether what is sent is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether it names this machine, so that a request needs no network and no proxy.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }

    /// Whether nobody on the way can read what is sent there.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.is_encrypted() || self.is_this_machine()
    }

    /// The host, without the brackets of an IPv6 address, and the port.
    #[must_use]
    pub fn host_and_port(&self) -> (&str, u16) {
        let host = self.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        (host, self.uri.port_u16().unwrap_or(if self.is_encrypted() { 443 } else { 80 }))
    }

    /// The path and what follows it.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// The address of another path, which begins with `/`, on the same host.
    #[must_use]
    pub fn with_path(&self, path: &str) -> String {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        format!("{}://{authority}{path}", self.uri.scheme_str().unwrap_or_default())
    }

    /// The address with a name before its host: `https://bucket.host:443`.
    #[must_use]
    pub fn below(&self, name: &str) -> String {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        let path = self.uri.path().trim_end_matches('/');
        format!("{}://{name}.{authority}{path}", self.uri.scheme_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_not_said_is_that_of_the_scheme() {
        let of = |text: &str| {
            let url = ServiceUrl::parse(text).unwrap();
            let (host, port) = url.host_and_port();
            (host.to_owned(), port)
        };
        assert_eq!(of("https://trino.internal/gate"), ("trino.internal".into(), 443));
        assert_eq!(of("http://trino.internal"), ("trino.internal".into(), 80));
        assert_eq!(of("https://[fd00::1]:8443"), ("fd00::1".into(), 8443));
    }

    #[test]
    fn the_host_decides_whether_a_key_may_go() {
        let private = |text: &str| ServiceUrl::parse(text).map(|url| url.is_private());
        for text in [
            "https://openexchangerates.org/api",
            "http://localhost",
            "http://LOCALHOST:8080/api",
            "http://127.0.0.1:1/x",
            "http://127.8.8.8",
            "http://[::1]:9000/",
        ] {
            assert_eq!(private(text), Ok(true), "{text}");
        }
        for text in [
            "http://host/",
            "http://localhost.evil.example/",
            "http://host/?localhost",
            "http://host/#@localhost",
            "http://127.0.0.1.evil.example:80/",
            "http://10.0.0.1/",
            "http://[::2]/",
        ] {
            assert_eq!(private(text), Ok(false), "{text}");
        }
        for text in [
            "http://localhost:1@host/",
            "http://localhost@host/",
            "https://user:secret@host/",
            "http://@localhost/",
        ] {
            assert_eq!(private(text), Err(ServiceUrlError::User), "{text}");
        }
        for text in [
            "",
            "host",
            "/path",
            "ftp://host/",
            "http://",
            "http:///x",
            "http://localhost\\@host/",
            "http://a b/",
        ] {
            assert_eq!(private(text), Err(ServiceUrlError::Form), "{text}");
        }
    }

    #[test]
    fn a_path_stays_on_its_host() {
        let url = ServiceUrl::parse("https://trino.example:8443/gate/").unwrap();
        assert_eq!((url.path(), ServiceUrl::parse("http://host").unwrap().path()), ("/gate/", "/"));
        let elsewhere = ServiceUrl::parse("http://evil.example/v1/x?y=1").unwrap();
        assert_eq!(url.with_path(elsewhere.path()), "https://trino.example:8443/v1/x?y=1");
    }

    #[test]
    fn a_bucket_stands_before_the_host() {
        let below = |text: &str| ServiceUrl::parse(text).unwrap().below("lake");
        assert_eq!(below("https://s3.example:9000/"), "https://lake.s3.example:9000");
        assert_eq!(below("http://s3.example/base"), "http://lake.s3.example/base");
    }
}
