//! The SHA-256 that S3 keeps of an object, told without its bytes. The store has no word for it, but signs what asks for it.

use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use http::header::ETAG;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use object_store::aws::AmazonS3;
use object_store::client::{HttpClient, HttpConnector, HttpRequestBody, ReqwestConnector};
use object_store::path::Path as Key;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ClientOptions, Error, Result};
use tokio::sync::OnceCell;

use crate::checksum;

/// What makes S3 tell it, and where it is then told, in Base64.
const MODE: HeaderName = HeaderName::from_static("x-amz-checksum-mode");
const ENABLED: HeaderValue = HeaderValue::from_static("ENABLED");
const SHA256: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

/// Those of a SHA-256.
const BYTES: usize = 32;

/// How long the signature of a request is good.
const GOOD_FOR: Duration = Duration::from_mins(5);

/// The checksums of the objects below a prefix.
#[derive(Debug, Clone)]
pub(super) struct Checksums {
    store: AmazonS3,
    prefix: Key,
    options: ClientOptions,
    /// Made when something is asked, which is seldom.
    client: Arc<OnceCell<HttpClient>>,
}

impl Checksums {
    pub(super) fn of(store: AmazonS3, prefix: Key, options: ClientOptions) -> Self {
        Self { store, prefix, options, client: Arc::default() }
    }

    /// That of an object in hexadecimal, where there is one of all its bytes, and the object's ETag: of one that came in parts
    /// there is only one of the checksums of its parts.
    pub(super) async fn find(&self, key: &Key) -> Result<Option<(String, Option<String>)>> {
        let key = Key::from_iter(self.prefix.parts().chain(key.parts()));
        let signed = SignedUrlOptions::new().with_signed_header(MODE, ENABLED);
        let url = self.store.signed_url_opts(Method::HEAD, &key, GOOD_FOR, &signed).await?;
        let request = Request::head(url.as_str()).header(MODE, ENABLED).body(HttpRequestBody::empty());
        let failed = |source| Error::Generic { store: "S3", source };
        let request = request.map_err(|error| failed(error.into()))?;
        let connect = async || ReqwestConnector::default().connect(&self.options);
        let client = self.client.get_or_try_init(connect).await?;
        let answer = client.execute(request).await.map_err(|error| failed(error.into()))?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => {
                let told = |name| answer.headers().get(name).and_then(|told| told.to_str().ok());
                let sha256 = told(SHA256).and_then(|told| BASE64_STANDARD.decode(told).ok());
                let sha256 = sha256.filter(|sha256| sha256.len() == BYTES);
                Ok(sha256.map(|sha256| (checksum::hex(&sha256), told(ETAG).map(str::to_owned))))
            }
            status => Err(failed(format!("status code: {}", status.as_u16()).into())),
        }
    }
}
