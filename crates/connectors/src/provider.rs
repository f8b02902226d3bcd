//! Providers: the back offices that carry out what customers ordered, each behind one name.
//!
//! [`HttpProvider`] speaks the provider protocol. A connector for a system with a protocol of its own implements
//! [`Provider`] too.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderMap;
use kernel::Clock;

use crate::BoxFuture;
use crate::http::{BaseUrl, Http};
use crate::protocol::{Answer, Keys, Operation, OperationId};
use crate::signed::{CallError, CallbackError, Partner};

/// One back office.
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// The name under which service packs call it: `telecom`.
    fn name(&self) -> &str;

    /// Asks for an operation. Repeating it under the same id is safe and is what to do after `Unknown`.
    fn operate<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Answer, ProviderError>>;

    /// How an operation stands now.
    fn poll<'a>(&'a self, id: &'a OperationId) -> BoxFuture<'a, Result<Answer, ProviderError>>;

    /// Believes a callback or does not. `body` is the raw bytes.
    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer, CallbackError>;
}

/// What may be concluded when there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It may have happened. Poll, or repeat under the same id; never treat it as a failure.
    #[error("unknown: {detail}")]
    Unknown { detail: String },
    /// This request was not accepted and did nothing. `retriable`: the same request may be accepted later.
    #[error("refused ({code}): {detail}")]
    Refused { code: String, detail: String, retriable: bool },
    /// The provider has never accepted an operation of this id. Repeating the submit is safe.
    #[error("the provider does not know the operation")]
    NotKnown,
}

impl From<CallError> for ProviderError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(detail) => {
                Self::Refused { code: "unreachable".to_owned(), detail, retriable: true }
            }
            CallError::Unknown(detail) => Self::Unknown { detail },
            CallError::Problem(problem) if problem.code == "unknown_operation" => Self::NotKnown,
            CallError::Problem(problem) => Self::Refused {
                retriable: problem.code == "busy",
                code: problem.code,
                detail: problem.detail,
            },
        }
    }
}

/// A back office that implements the provider protocol over HTTP.
#[derive(Debug, Clone)]
pub struct HttpProvider {
    name: String,
    partner: Partner,
}

impl HttpProvider {
    /// `base` is the address before `/v1/operations`; `keys` are shared with that provider alone.
    pub fn new(
        name: impl Into<String>,
        base: BaseUrl,
        keys: Keys,
        http: Http,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { name: name.into(), partner: Partner { http, base, keys, clock } }
    }

    /// An answer about another operation is no answer.
    fn about(id: &OperationId, answer: Answer) -> Result<Answer, ProviderError> {
        if answer.operation_id == *id {
            Ok(answer)
        } else {
            Err(ProviderError::Unknown { detail: "the answer is about another operation".to_owned() })
        }
    }
}

impl Provider for HttpProvider {
    fn name(&self) -> &str {
        &self.name
    }

    fn operate<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            operation.check().map_err(|error| ProviderError::Refused {
                code: "malformed".to_owned(),
                detail: error.to_string(),
                retriable: false,
            })?;
            let id = &operation.operation_id;
            let answer = self.partner.post(id.as_str(), &["v1", "operations"], operation).await?;
            Self::about(id, answer)
        })
    }

    fn poll<'a>(&'a self, id: &'a OperationId) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move {
            let answer = self.partner.get(id.as_str(), &["v1", "operations", id.as_str()]).await?;
            Self::about(id, answer)
        })
    }

    fn verify_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<Answer, CallbackError> {
        self.partner.receive(headers, body).map(|(_, answer)| answer)
    }
}

/// All providers of this installation by name.
#[derive(Debug, Clone, Default)]
pub struct Providers(BTreeMap<String, Arc<dyn Provider>>);

impl Providers {
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self(providers.into_iter().map(|provider| (provider.name().to_owned(), provider)).collect())
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
