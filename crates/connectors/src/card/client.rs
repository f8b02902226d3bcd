//! One exchange with the gateway and what may be concluded from it.

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use super::wire::Refusal;
use crate::gateway::GatewayError;
use crate::http::{BaseUrl, Http, HttpError, Reply, Request};

/// Of one value of the metadata.
pub(super) const METADATA_CHARS: usize = 500;

/// The secret key of our account: `sk_live_…`, `sk_test_…`, or a restricted one, `rk_…`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl ApiKey {
    /// `None` when the text is no secret key.
    pub fn parse(text: &str) -> Option<Self> {
        let kinds = ["sk_live_", "sk_test_", "rk_live_", "rk_test_"];
        let good = text.len() >= 24 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (good && kinds.iter().any(|kind| text.starts_with(kind))).then(|| Self(text.to_owned()))
    }

    /// Whether it moves real money.
    pub fn is_live(&self) -> bool {
        self.0.contains("k_live_")
    }

    /// The value of the `Authorization` header.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

/// The fields of a form-encoded body.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(&self.0);
        out.finish().into_bytes()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Client {
    pub http: Http,
    pub base: BaseUrl,
    pub key: ApiKey,
}

impl Client {
    /// `key` is the idempotency key: the gateway answers a repeated request with its first answer.
    pub async fn post<A: DeserializeOwned>(
        &self,
        path: &[&str],
        form: Form,
        key: Option<&str>,
    ) -> Result<A, GatewayError> {
        let bearer = self.key.bearer();
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        headers.extend([("authorization", bearer.as_str()), ("stripe-version", super::VERSION)]);
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let url = self.base.join(path);
        let request = Request { method: Method::POST, url, headers: &headers, body: form.encode() };
        conclude(self.http.send(request).await)
    }

    pub async fn get<A: DeserializeOwned>(
        &self,
        path: &[&str],
        pairs: &[(&str, &str)],
    ) -> Result<A, GatewayError> {
        let bearer = self.key.bearer();
        let headers = [("authorization", bearer.as_str()), ("stripe-version", super::VERSION)];
        let mut url = self.base.join(path);
        url.query_pairs_mut().extend_pairs(pairs);
        let request = Request { method: Method::GET, url, headers: &headers, body: Vec::new() };
        conclude(self.http.send(request).await)
    }
}

pub(super) fn unclear(detail: &str) -> GatewayError {
    GatewayError::Unknown { detail: detail.to_owned() }
}

/// Only a document of the gateway speaks for it; a bare 404 or 502 may come from something in between.
fn conclude<A: DeserializeOwned>(reply: Result<Reply, HttpError>) -> Result<A, GatewayError> {
    let reply = match reply.and_then(Reply::json) {
        Ok(document) => return Ok(document),
        Err(HttpError::Unreachable(detail)) => {
            return Err(GatewayError::Refused { code: "unreachable".to_owned(), detail, retriable: true });
        }
        Err(HttpError::Status(reply)) if reply.status.is_client_error() => reply,
        Err(other) => return Err(unclear(&other.to_string())),
    };
    let status = reply.status;
    let Ok(Refusal { error }) = serde_json::from_slice(&reply.body) else {
        return Err(unclear(&format!("status {status} without a document of the gateway")));
    };
    let code = error.code.unwrap_or(error.kind);
    Err(match status {
        StatusCode::NOT_FOUND => GatewayError::NotKnown,
        // The same request is being carried out at this moment.
        StatusCode::CONFLICT => unclear(&code),
        _ => {
            let retriable = status == StatusCode::TOO_MANY_REQUESTS;
            GatewayError::Refused { code, detail: error.message, retriable }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, body: &str) -> GatewayError {
        let status = StatusCode::from_u16(status).unwrap();
        let reply = Reply { status, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec() };
        conclude::<serde_json::Value>(Ok(reply)).unwrap_err()
    }

    #[test]
    fn p7_only_what_the_gateway_itself_says_is_a_no() {
        let document =
            r#"{"error": {"type": "invalid_request_error", "code": "parameter_missing", "message": "m"}}"#;
        for (status, body) in [
            (500, document),
            (502, "<html>"),
            (404, "<html>"),
            (400, "{"),
            (302, ""),
            (200, "{"),
            (200, "<html>"),
            (409, r#"{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}"#),
        ] {
            assert!(matches!(told(status, body), GatewayError::Unknown { .. }), "{status} {body}");
        }
        assert_eq!(told(404, document), GatewayError::NotKnown);
        for (status, again) in [(400, false), (401, false), (402, false), (403, false), (429, true)] {
            let error = told(status, document);
            assert!(
                matches!(&error, GatewayError::Refused { code, retriable, .. } if code == "parameter_missing" && *retriable == again),
                "{status}: {error:?}"
            );
        }
    }

    #[test]
    fn a_key_tells_whether_it_moves_real_money_and_is_never_shown() {
        let live = ApiKey::parse("sk_live_0123456789abcdef").unwrap();
        let test = ApiKey::parse("rk_test_0123456789abcdef").unwrap();
        assert!(live.is_live() && !test.is_live());
        assert!(!format!("{live:?}").contains("0123"));
        for bad in [
            "",
            "sk_live_",
            "pk_live_0123456789abcdef",
            "sk_live_0123456789abcde\n",
            "whsec_0123456789abcdefgh",
        ] {
            assert!(ApiKey::parse(bad).is_none(), "{bad}");
        }
    }
}
