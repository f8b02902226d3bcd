//! Signed JSON calls to a partner, and the check of what a partner sends us. Shared by providers and gateways.

use std::sync::Arc;

use http::{HeaderMap, Method};
use kernel::{Clock, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::http::{BaseUrl, Http, HttpError, Reply, Request};
use crate::protocol::{Keys, MAX_BODY_BYTES, Problem, SignatureError, Verified};

/// A partner reached over signed HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub http: Http,
    pub base: BaseUrl,
    pub keys: Keys,
    pub clock: Arc<dyn Clock>,
}

/// What a call without an answer allows to conclude.
#[derive(Debug)]
pub(crate) enum CallError {
    /// Nothing was sent.
    NotSent(String),
    /// The partner says in a problem document that it did nothing.
    Problem(Problem),
    /// Anything may have happened.
    Unknown(String),
}

impl Partner {
    /// Posts `document`, signed under `id`.
    pub async fn post<A: DeserializeOwned>(
        &self,
        id: &str,
        path: &[&str],
        document: &impl Serialize,
    ) -> Result<A, CallError> {
        let body = serde_json::to_vec(document).map_err(|error| CallError::NotSent(error.to_string()))?;
        if body.len() > MAX_BODY_BYTES {
            return Err(CallError::NotSent(format!("the document is larger than {MAX_BODY_BYTES} bytes")));
        }
        self.call(Method::POST, id, path, body).await
    }

    /// Gets; the signature covers the id and an empty body, so `id` is what the path names.
    pub async fn get<A: DeserializeOwned>(&self, id: &str, path: &[&str]) -> Result<A, CallError> {
        self.call(Method::GET, id, path, Vec::new()).await
    }

    async fn call<A: DeserializeOwned>(
        &self,
        method: Method,
        id: &str,
        path: &[&str],
        body: Vec<u8>,
    ) -> Result<A, CallError> {
        let signed = self.keys.sign(id, self.clock.now(), &body);
        let [a, b, c] = signed.pairs();
        let headers = [a, b, c, ("content-type", "application/json"), ("accept", "application/json")];
        let request = Request { method, url: self.base.join(path), headers: &headers, body };
        let reply = self.http.send(request).await;
        reply.and_then(Reply::json).map_err(conclude)
    }

    /// Verifies, then reads, a message the partner sent us.
    pub fn receive<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(Verified, T), CallbackError> {
        receive(&self.keys, headers, body, self.clock.now())
    }
}

fn conclude(error: HttpError) -> CallError {
    match error {
        HttpError::Unreachable(detail) => CallError::NotSent(detail),
        // Only a problem document speaks for the partner; a bare 404 or 502 may come from something in between.
        HttpError::Status(reply) if reply.status.is_client_error() => {
            match serde_json::from_slice::<Problem>(&reply.body) {
                Ok(problem) => CallError::Problem(problem),
                Err(_) => CallError::Unknown(format!("status {} without a problem document", reply.status)),
            }
        }
        other @ (HttpError::Status(_)
        | HttpError::Timeout
        | HttpError::Broken(_)
        | HttpError::TooLarge { .. }
        | HttpError::Malformed(_)) => CallError::Unknown(other.to_string()),
    }
}

/// Why a callback is not believed. Nothing may be booked from it.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    #[error("the callback is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// Refused and logged (P3).
    #[error("bad signature: {0}")]
    Signature(#[from] SignatureError),
    /// Signed well, and still unreadable: the partner's mistake.
    #[error("the callback does not read: {0}")]
    Malformed(String),
    /// Signed well, and meant for another merchant: an alarm (P3).
    #[error("the callback names merchant {0}, not us")]
    WrongMerchant(String),
}

impl CallbackError {
    /// What the sender is told. A partner tries again after each of these.
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::Signature(_) => 401,
            Self::Malformed(_) => 400,
            Self::WrongMerchant(_) => 422,
        }
    }
}

/// Size, then signature on the raw bytes, then content.
pub fn receive<T: DeserializeOwned>(
    keys: &Keys,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(Verified, T), CallbackError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(CallbackError::TooLarge);
    }
    let verified = keys.verify(headers, body, now)?;
    let document = serde_json::from_slice(body)
        .map_err(|error| CallbackError::Malformed(crate::http::where_in(&error)))?;
    Ok((verified, document))
}
