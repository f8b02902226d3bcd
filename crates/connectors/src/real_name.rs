//! Asking whether a name and an identity number belong together.
//!
//! ```text
//! POST {base}/v1/name-checks      → answer        (webhook-id: request id, both ways)
//! ```
//!
//! The request is signed as in the provider protocol, and so is the answer: who is let in depends on it, so it is believed
//! only when its own signature is good and it names the request. Our request id is the idempotency key: asking again under
//! it is answered as before and charged at most once.

use std::sync::Arc;

use http::Method;
use kernel::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::BoxFuture;
use crate::http::{BaseUrl, Http, HttpError, Reply, Request};
use crate::protocol::{Keys, OperationId, Problem};
use crate::signed::{CallbackError, Partner};

/// Body of `POST /v1/name-checks`. Has no `Debug`: it is personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameQuestion {
    /// Ours; never used for another question.
    pub request_id: OperationId,
    pub name: String,
    /// 18 characters (GB 11643), X upper-case.
    pub number: String,
    /// `citizen`, `residence_permit`, `foreign_resident`.
    pub holder: String,
    /// What the person agreed to: `real_name`.
    pub purpose: String,
    /// When they did.
    pub consented_at: Timestamp,
}

/// What the provider found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameResult {
    /// They belong together.
    Match,
    /// The number is somebody else's.
    Mismatch,
    /// The register has no such number.
    NotFound,
    /// The register cannot be asked now. Nothing was charged; the same request may be sent again.
    Unavailable,
}

impl NameResult {
    pub const ALL: [Self; 4] = [Self::Match, Self::Mismatch, Self::NotFound, Self::Unavailable];

    /// `match`, `mismatch`, `not_found`, `unavailable`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::NotFound => "not_found",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameAnswer {
    pub request_id: OperationId,
    pub result: NameResult,
}

/// Why there is no answer to go by. In every case the same question may be asked again under the same id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameCheckError {
    /// It may have been looked up and charged.
    #[error("unknown: {0}")]
    Unknown(String),
    /// An answer came that nobody we know signed, or that is about something else: nothing follows from it.
    #[error("not believed: {0}")]
    NotBelieved(String),
    /// The provider says it did nothing, or was not reached.
    #[error("refused ({code}): {detail}")]
    Refused { code: String, detail: String },
}

/// Somebody who can tell whether a name and a number belong together.
pub trait NameCheck: Send + Sync + std::fmt::Debug {
    /// Asks. Never called while a transaction is open.
    fn ask<'a>(&'a self, question: &'a NameQuestion) -> BoxFuture<'a, Result<NameResult, NameCheckError>>;
}

/// The client over signed HTTP.
#[derive(Debug, Clone)]
pub struct HttpNameCheck(Partner);

impl HttpNameCheck {
    /// `base` is the address before `/v1/name-checks`. A person waits for the answer: `http` has short limits.
    pub fn new(base: BaseUrl, keys: Keys, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self(Partner { http, base, keys, clock })
    }

    async fn send(&self, question: &NameQuestion) -> Result<NameResult, NameCheckError> {
        let id = question.request_id.as_str();
        let unknown = |detail: String| NameCheckError::Unknown(detail);
        let body = serde_json::to_vec(question).map_err(|error| unknown(error.to_string()))?;
        let signed = self.0.keys.sign(id, self.0.clock.now(), &body);
        let [a, b, c] = signed.pairs();
        let headers = [a, b, c, ("content-type", "application/json"), ("accept", "application/json")];
        let url = self.0.base.join(&["v1", "name-checks"]);
        let reply = self.0.http.send(Request { method: Method::POST, url, headers: &headers, body }).await;
        self.judge(id, reply.map_err(conclude)?)
    }

    /// Signature on the raw bytes, then the id, then what it says.
    fn judge(&self, id: &str, reply: Reply) -> Result<NameResult, NameCheckError> {
        if !reply.status.is_success() {
            return Err(refusal(&reply));
        }
        let answer = self.0.receive::<NameAnswer>(&reply.headers, &reply.body);
        let (verified, answer) = answer.map_err(|error| match error {
            CallbackError::Malformed(detail) => NameCheckError::Unknown(detail),
            other => NameCheckError::NotBelieved(other.to_string()),
        })?;
        if verified.id == id && answer.request_id.as_str() == id {
            Ok(answer.result)
        } else {
            Err(NameCheckError::NotBelieved("the answer is about another question".to_owned()))
        }
    }
}

impl NameCheck for HttpNameCheck {
    fn ask<'a>(&'a self, question: &'a NameQuestion) -> BoxFuture<'a, Result<NameResult, NameCheckError>> {
        Box::pin(self.send(question))
    }
}

fn conclude(error: HttpError) -> NameCheckError {
    match error {
        HttpError::Unreachable(detail) => NameCheckError::Refused { code: "unreachable".to_owned(), detail },
        other => NameCheckError::Unknown(other.to_string()),
    }
}

/// Only a problem document speaks for the provider; a bare 404 or 502 may come from something in between.
fn refusal(reply: &Reply) -> NameCheckError {
    match serde_json::from_slice::<Problem>(&reply.body) {
        Ok(problem) if reply.status.is_client_error() => {
            NameCheckError::Refused { code: problem.code, detail: problem.detail }
        }
        _ => NameCheckError::Unknown(format!("status {}", reply.status)),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode};
    use kernel::{ManualClock, SeededRng};

    use super::*;
    use crate::protocol::Secret;

    const NOW: Timestamp = Timestamp::from_secs(1_795_265_100);

    fn client(keys: Keys) -> HttpNameCheck {
        let base = BaseUrl::parse("http://127.0.0.1:9").unwrap();
        let http = Http::new(crate::http::Limits::default()).unwrap();
        HttpNameCheck::new(base, keys, http, Arc::new(ManualClock::at(NOW)))
    }

    fn reply(keys: &Keys, id: &str, at: Timestamp, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        for (name, value) in keys.sign(id, at, body.as_bytes()).pairs() {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Reply { status: StatusCode::OK, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_answer_counts_only_when_it_is_signed_fresh_and_about_the_question() {
        let keys = Keys::one(Secret::generate(&SeededRng::new(1)));
        let other = Keys::one(Secret::generate(&SeededRng::new(2)));
        let client = client(keys.clone());
        let good = r#"{"request_id":"nck_1","result":"match"}"#;
        assert_eq!(client.judge("nck_1", reply(&keys, "nck_1", NOW, good)), Ok(NameResult::Match));

        let old = NOW.minus(kernel::Duration::from_hours(1));
        let foreign = r#"{"request_id":"nck_2","result":"match"}"#;
        let mut unsigned = reply(&keys, "nck_1", NOW, good);
        unsigned.headers.clear();
        let mut changed = reply(&keys, "nck_1", NOW, &good.replace("match", "mismatch"));
        changed.body = good.as_bytes().to_vec();
        for (case, bad) in [
            ("another key", reply(&other, "nck_1", NOW, good)),
            ("an old one", reply(&keys, "nck_1", old, good)),
            ("signed for another question", reply(&keys, "nck_2", NOW, good)),
            ("about another question", reply(&keys, "nck_1", NOW, foreign)),
            ("no signature", unsigned),
            ("changed on the way", changed),
        ] {
            let judged = client.judge("nck_1", bad);
            assert!(matches!(judged, Err(NameCheckError::NotBelieved(_))), "{case}: {judged:?}");
        }
        for nonsense in ["", "<html>", r#"{"request_id":"nck_1","result":"maybe"}"#] {
            let judged = client.judge("nck_1", reply(&keys, "nck_1", NOW, nonsense));
            assert!(matches!(judged, Err(NameCheckError::Unknown(_))), "{nonsense}: {judged:?}");
        }
    }

    #[test]
    fn only_a_problem_document_says_that_nothing_happened() {
        let keys = Keys::one(Secret::generate(&SeededRng::new(1)));
        let client = client(keys);
        let answer = |status, body: &str| {
            client.judge("nck_1", Reply { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() })
        };
        let busy = answer(StatusCode::TOO_MANY_REQUESTS, r#"{"code":"busy"}"#);
        assert!(matches!(busy, Err(NameCheckError::Refused { code, .. }) if code == "busy"));
        for (status, body) in [
            (StatusCode::NOT_FOUND, "not here"),
            (StatusCode::BAD_GATEWAY, r#"{"code":"busy"}"#),
            (StatusCode::FOUND, ""),
        ] {
            assert!(matches!(answer(status, body), Err(NameCheckError::Unknown(_))), "{status}");
        }
    }
}
