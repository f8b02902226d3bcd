//! A request that was not carried out, as the protocol says it: a problem document.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use connectors::protocol::Problem;
use http::{HeaderValue, StatusCode, header};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
}

impl Denied {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into() }
    }

    /// 400: it does not read.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 401: it is not believed.
    pub fn unsigned(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "bad_signature", detail)
    }

    pub fn not_found(code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, "there is nothing of that name here")
    }

    /// 422: it reads and cannot be done.
    pub fn unprocessable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 422: an id that was used for something else.
    pub fn conflict() -> Self {
        Self::unprocessable("operation_conflict", "the id was used for another document")
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default().to_owned();
        let document = Problem { code: self.code.to_owned(), title, detail: self.detail.into_owned() };
        let mut response = (self.status, axum::Json(document)).into_response();
        let media = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media);
        response
    }
}
