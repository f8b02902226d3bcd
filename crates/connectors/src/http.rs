//! The one door for outgoing HTTP: time limits, size limits, no redirects, no proxies, TLS by rustls with ring.
//!
//! An error tells what may be concluded: after [`HttpError::Unreachable`] nothing was sent; after every other error the
//! other side may have acted.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use kernel::Duration;
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::reach::{PublicOnly, Reach};

/// How long and how much one exchange may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the connection stands.
    pub connect: Duration,
    /// From the start until the whole answer is there.
    pub total: Duration,
    /// Of the answer's body.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
            answer_bytes: crate::protocol::MAX_BODY_BYTES,
        }
    }
}

/// Why an exchange brought no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// There was no connection, so the request was not sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// Sent, and no whole answer in time.
    #[error("no answer in time")]
    Timeout,
    /// Sent, and the connection broke before the answer was whole.
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// A whole answer with another status than 2xx.
    #[error("the answer has status {}", .0.status)]
    Status(Box<Reply>),
    /// A whole answer that is not the JSON it should be.
    #[error("the answer does not read: {0}")]
    Malformed(String),
}

/// Why a client or an address cannot be used. Found when the configuration is read, not when a customer waits.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is no http(s) address")]
    NotAnAddress(String),
    #[error("{0} must be https; plain http is only for this machine")]
    Insecure(String),
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

/// The address of a partner: https anywhere, plain http on this machine only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let url = web_address(text).ok_or_else(|| ConfigError::NotAnAddress(text.to_owned()))?;
        if url.scheme() == "https" || is_loopback(&url) {
            Ok(Self(url))
        } else {
            Err(ConfigError::Insecure(text.to_owned()))
        }
    }

    /// The address with `segments` appended, each percent-encoded.
    pub fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

/// Reads an absolute http or https address without user or password.
pub fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || literal.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// One request. Text headers that are no valid header values are refused before sending.
#[derive(Debug)]
pub struct Request<'a> {
    pub method: Method,
    pub url: Url,
    pub headers: &'a [(&'static str, &'a str)],
    pub body: Vec<u8>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body of a 2xx answer as JSON.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, HttpError> {
        if !self.status.is_success() {
            return Err(HttpError::Status(Box::new(self)));
        }
        serde_json::from_slice(&self.body).map_err(|error| HttpError::Malformed(where_in(&error)))
    }
}

/// Where JSON stops making sense. Not what stands there: the parser's own words quote it, and it may be somebody's name.
pub fn where_in(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}

/// The client. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    answer_bytes: usize,
    reach: Reach,
}

impl Http {
    /// Trusts the public certificate authorities of the Mozilla list.
    pub fn new(limits: Limits) -> Result<Self, ConfigError> {
        Self::trusting(limits, rustls::RootCertStore::empty())
    }

    /// The same, connecting only to what is within `reach`: for addresses that others choose.
    pub fn within(limits: Limits, reach: Reach) -> Result<Self, ConfigError> {
        Self::build(limits, rustls::RootCertStore::empty(), reach)
    }

    /// Trusts `extra` certificate authorities besides the public ones: for partners with an authority of their own.
    pub fn trusting(limits: Limits, extra: rustls::RootCertStore) -> Result<Self, ConfigError> {
        Self::build(limits, extra, Reach::Anywhere)
    }

    /// The same client for answers of another size: bills are larger than what is usually said.
    #[must_use]
    pub fn answering(&self, answer_bytes: usize) -> Self {
        Self { answer_bytes, ..self.clone() }
    }

    fn build(limits: Limits, mut extra: rustls::RootCertStore, reach: Reach) -> Result<Self, ConfigError> {
        let failed = |error: &dyn std::error::Error| ConfigError::Client(error.to_string());
        extra.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(extra)
            .with_no_client_auth();
        let mut builder = reqwest::Client::builder();
        if reach == Reach::Public {
            builder = builder.dns_resolver(PublicOnly);
        }
        let client = builder
            .tls_backend_preconfigured(tls)
            .connect_timeout(limits.connect.to_std())
            .timeout(limits.total.to_std())
            .pool_idle_timeout(std::time::Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .http1_only()
            .user_agent(concat!("Everlit/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { client, answer_bytes: limits.answer_bytes, reach })
    }

    /// Sends once, never again by itself, and reads the whole answer within the limits. Any status is an `Ok`.
    pub async fn send(&self, request: Request<'_>) -> Result<Reply, HttpError> {
        if !self.reach.admits(&request.url) {
            return Err(HttpError::Unreachable("the address is not public".to_owned()));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers {
            let value = HeaderValue::from_str(value).map_err(|e| HttpError::Unreachable(e.to_string()))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        let sent = self.client.request(request.method, request.url).headers(headers).body(request.body);
        let mut answer = sent.send().await.map_err(|error| classify(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| classify(&error))? {
            if body.len().saturating_add(chunk.len()) > self.answer_bytes {
                return Err(HttpError::TooLarge { limit: self.answer_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }
}

/// `without_url`: an address may hold what no log should.
fn classify(error: &reqwest::Error) -> HttpError {
    let mut text = error.to_string();
    if let Some(url) = error.url() {
        text = text.replace(url.as_str(), "…");
    }
    if error.is_connect() || error.is_builder() {
        HttpError::Unreachable(text)
    } else if error.is_timeout() {
        HttpError::Timeout
    } else {
        HttpError::Broken(text)
    }
}
