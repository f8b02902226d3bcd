//! Where the master key may live outside: a key management service that wraps and unwraps our data keys and never gives its own
//! key away.
//!
//! [`TransitKms`] speaks the transit interface of HashiCorp Vault and OpenBao: `POST {url}/v1/transit/encrypt/{key}` and
//! `…/decrypt/{key}`, the token in `X-Vault-Token`. The key there must be an AEAD key (`aes256-gcm96`, `chacha20-poly1305`): what
//! is wrapped is bound to its use by `associated_data`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use kernel::Duration;
use serde::Deserialize;
use serde_json::json;

use crate::BoxFuture;
use crate::http::{BaseUrl, Http, HttpError, Request};

/// Wraps and unwraps keys.
pub trait Kms: Send + Sync + std::fmt::Debug {
    /// Which key of which service this is: kept beside everything it wraps, so that the right one is asked again.
    fn name(&self) -> &str;

    /// Wraps `plain`. `context` says what for; unwrapping needs the same.
    fn wrap<'a>(&'a self, context: &'a str, plain: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, KmsError>>;

    /// Unwraps what [`Kms::wrap`] made.
    fn unwrap<'a>(&'a self, context: &'a str, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, KmsError>>;
}

/// Why a key was not wrapped or unwrapped. Nothing of the key is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    /// Not reached, busy, or sealed: worth trying again.
    #[error("the key service does not answer: {0}")]
    Unavailable(String),
    /// The token is wrong, or may not do this.
    #[error("the key service refuses us: status {0}")]
    Denied(u16),
    /// It says that the wrapped key is not its own, or the request is wrong.
    #[error("the key service refuses the key: status {0}")]
    Refused(u16),
    /// Something else than was asked for.
    #[error("the key service answers with something else: {0}")]
    Malformed(String),
}

/// Where the service is and who we are there.
#[derive(Clone)]
pub struct TransitConfig {
    pub url: BaseUrl,
    /// The name of the key in the service.
    pub key: String,
    pub token: String,
}

impl std::fmt::Debug for TransitConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TransitConfig({:?}, key {})", self.url, self.key)
    }
}

/// A key management service with the transit interface.
#[derive(Debug, Clone)]
pub struct TransitKms {
    config: TransitConfig,
    name: String,
    http: Http,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Encrypted {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    plaintext: String,
}

impl TransitKms {
    /// How long one call may take: a start waits for it.
    pub const TIME: Duration = Duration::from_secs(10);

    pub fn new(config: TransitConfig, http: Http) -> Self {
        let name = format!("transit:{}", config.key);
        Self { config, name, http }
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        verb: &str,
        body: serde_json::Value,
    ) -> Result<T, KmsError> {
        let headers = [("x-vault-token", self.config.token.as_str()), ("content-type", "application/json")];
        let request = Request {
            method: Method::POST,
            url: self.config.url.join(&["v1", "transit", verb, &self.config.key]),
            headers: &headers,
            body: body.to_string().into_bytes(),
        };
        let reply = self.http.send(request).await.and_then(crate::http::Reply::json::<Answer<T>>);
        reply.map(|answer| answer.data).map_err(|error| match error {
            HttpError::Status(reply) => match reply.status.as_u16() {
                401 | 403 => KmsError::Denied(reply.status.as_u16()),
                status @ (429 | 500..) => KmsError::Unavailable(format!("status {status}")),
                status => KmsError::Refused(status),
            },
            HttpError::Malformed(_) => KmsError::Malformed("no JSON of the interface".to_owned()),
            other => KmsError::Unavailable(other.to_string()),
        })
    }
}

impl Kms for TransitKms {
    fn name(&self) -> &str {
        &self.name
    }

    fn wrap<'a>(&'a self, context: &'a str, plain: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        Box::pin(async move {
            let body =
                json!({"plaintext": STANDARD.encode(plain), "associated_data": STANDARD.encode(context)});
            Ok(self.ask::<Encrypted>("encrypt", body).await?.ciphertext.into_bytes())
        })
    }

    fn unwrap<'a>(&'a self, context: &'a str, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        Box::pin(async move {
            let wrapped = std::str::from_utf8(wrapped)
                .map_err(|_| KmsError::Malformed("the wrapped key is not of this service".to_owned()))?;
            let body = json!({"ciphertext": wrapped, "associated_data": STANDARD.encode(context)});
            let plain = self.ask::<Decrypted>("decrypt", body).await?.plaintext;
            STANDARD.decode(plain).map_err(|_| KmsError::Malformed("the key is not base64".to_owned()))
        })
    }
}
