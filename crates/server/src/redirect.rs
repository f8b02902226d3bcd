//! The listener that sends people from http to https. Programs are told instead: what they sent in clear has to be seen as the mistake it is,
//! not repaired in silence.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

const TOLD: &str = r#"{"type":"about:blank","title":"https_only","status":403,"code":"shield.https_only","detail":"这里只接受 https 请求；已发送的令牌应视为泄露并更换 / Use https; treat what was sent as leaked and replace it"}"#;

/// Redirects to `public_url`, never to what the request says of its host.
pub(crate) fn router(public_url: &str) -> Router {
    let public_url = public_url.to_owned();
    Router::new().fallback(move |request: Request| {
        let answer = answer(&public_url, &request);
        async move { answer }
    })
}

fn answer(public_url: &str, request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let for_programs = ["/api/", "/callbacks/", "/openapi.json"].iter().any(|start| path.starts_with(start));
    let location = HeaderValue::from_str(&format!("{public_url}{path}"));
    let mut response = match location {
        Ok(location) if reads && !for_programs && path.starts_with('/') => {
            (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response()
        }
        _ => (StatusCode::FORBIDDEN, [(CONTENT_TYPE, "application/problem+json")], TOLD).into_response(),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(method: Method, path: &str) -> (StatusCode, Option<String>) {
        let request = Request::builder().method(method).uri(path).header("host", "evil.example");
        let response = answer("https://counter.example", &request.body(Body::empty()).unwrap());
        let location = response.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
        (response.status(), location)
    }

    #[test]
    fn people_are_sent_to_our_own_address_and_programs_are_refused() {
        let to =
            |path: &str| (StatusCode::PERMANENT_REDIRECT, Some(format!("https://counter.example{path}")));
        assert_eq!(asked(Method::GET, "/orders?x=1"), to("/orders?x=1"));
        assert_eq!(asked(Method::GET, "http://evil.example/orders"), to("/orders"));
        let refused = (StatusCode::FORBIDDEN, None);
        assert_eq!(asked(Method::POST, "/login"), refused);
        assert_eq!(asked(Method::GET, "/api/v1/orders"), refused);
        assert_eq!(asked(Method::OPTIONS, "*"), refused);
    }
}
