//! How parties are asked: through the one HTTP client, over https, and never where a document of theirs should not lead us.

use http::{Method, StatusCode};
use reqwest::Url;

use super::IssuerError;
use crate::http::{Http, Reply, Request, is_loopback, web_address};

/// The client, and whether plain HTTP on this machine is allowed.
#[derive(Debug, Clone)]
pub(super) struct Door {
    pub http: Http,
    pub insecure_loopback: bool,
}

impl Door {
    /// An address out of settings or a document, if it may be used.
    pub fn address(&self, text: &str) -> Result<Url, IssuerError> {
        let url = web_address(text).ok_or(IssuerError::Untrusted("address"))?;
        if url.scheme() == "https" || (self.insecure_loopback && is_loopback(&url)) {
            Ok(url)
        } else {
            Err(IssuerError::Untrusted("address"))
        }
    }

    pub async fn get(&self, url: Url, headers: &[(&'static str, &str)]) -> Result<Reply, IssuerError> {
        let request = Request { method: Method::GET, url, headers, body: Vec::new() };
        settled(self.http.send(request).await?)
    }

    pub async fn post_form(
        &self,
        url: Url,
        headers: &[(&'static str, &str)],
        form: &[(&str, &str)],
    ) -> Result<Reply, IssuerError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut all =
            vec![("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
        all.extend_from_slice(headers);
        let request = Request { method: Method::POST, url, headers: &all, body: body.into_bytes() };
        settled(self.http.send(request).await?)
    }
}

/// An answer that says something about the request; overload and breakdown do not.
fn settled(reply: Reply) -> Result<Reply, IssuerError> {
    if reply.status.is_server_error() || reply.status == StatusCode::TOO_MANY_REQUESTS {
        return Err(IssuerError::Unavailable(format!("status {}", reply.status.as_u16())));
    }
    Ok(reply)
}
