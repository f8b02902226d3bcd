//! Forms as browsers post them, checked against forgery, and the answers that follow: 303 after a success.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::{EdgeError, Refused};
use super::visitor::Visitor;
use crate::app::App;
use crate::portal::proof::Typed;

/// A form that was sent from one of our own pages.
#[derive(Debug)]
pub struct PostForm {
    pub visitor: Visitor,
    pairs: Vec<(String, String)>,
}

impl PostForm {
    /// The first value of this name; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(found, _)| found == name)
    }

    /// All pairs in the order of the page.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A whole number; `None` when it is none.
    pub fn number(&self, name: &str) -> Option<i64> {
        kernel::normalise_digits(self.get(name)).trim().parse().ok()
    }

    /// An id of a kind.
    pub fn id<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name).parse().ok()
    }
}

impl FromRequest<App> for PostForm {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let kind = parts.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        if !kind.starts_with(b"application/x-www-form-urlencoded") {
            return Err(
                EdgeError::UnsupportedMediaType { wanted: "application/x-www-form-urlencoded" }.into()
            );
        }
        let headers = parts.headers.clone();
        let typed = parts.extensions.get::<Typed>().cloned();
        let body = Bytes::from_request(Request::from_parts(parts, body), app)
            .await
            .map_err(|_| Refused::from(EdgeError::TooLarge))?;
        let pairs: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
        let form = Self { visitor, pairs };
        if !comes_from_here(&headers, app) || !has_token(&form.visitor, form.get("csrf")) {
            return Err(EdgeError::Forgery.into());
        }
        if let Some(typed) = typed {
            typed.keep(&form.pairs);
        }
        Ok(form)
    }
}

/// Two of three independent signs that a form is ours: where the browser says it comes from, and the origin it names. The third
/// is the token only our page has: [`has_token`].
pub(super) fn comes_from_here(headers: &HeaderMap, app: &App) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site_fits = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin_fits = text(ORIGIN.as_str()).is_none_or(|origin| {
        let host = text(HOST.as_str()).unwrap_or_default();
        origin == app.settings.public_url
            || origin.split_once("://").is_some_and(|(_, theirs)| theirs == host)
    });
    site_fits && origin_fits
}

/// The third sign.
pub(super) fn has_token(visitor: &Visitor, given: &str) -> bool {
    !visitor.csrf.is_empty() && given == visitor.csrf
}

/// After a success: look at the result.
pub fn see_other(target: &str) -> Response {
    let location = HeaderValue::from_str(target).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// The same page again, because something on it is wrong.
pub fn again(page: maud::Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// A path within this site, from what a form or address says; anything else is `/` (no open redirects).
pub fn local_path(text: &str) -> &str {
    let local = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|b| b > 0x20 && b != 0x7F);
    if local { text } else { "/" }
}

/// Percent-encodes a value for a query.
pub fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert_eq!(local_path("/orders?x=1"), "/orders?x=1");
        for foreign in
            ["", "orders", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: x"]
        {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }
}
