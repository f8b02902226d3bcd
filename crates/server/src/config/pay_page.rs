//! What ways to pay at somebody else's have in common.

use connectors::BaseUrl;

use super::Reader;

/// A way to pay whose client takes these settings.
#[derive(Debug, Clone)]
pub struct PayPage<T> {
    pub settings: T,
    /// Where its pages live, as a source of a content security policy: pay buttons may lead there.
    pub page_origin: String,
}

/// `https://host`, or `https://*.host` for all below it; on this machine also plain http.
pub(super) fn page_origin(r: &mut Reader, path: &str, usual: &str) -> Option<String> {
    let at = format!("{path}.page_origin");
    let text = r.text(&at).unwrap_or_else(|| usual.to_owned());
    let plain = text.replacen("://*.", "://", 1);
    let bare =
        connectors::http::web_address(&plain).is_some_and(|url| url.origin().ascii_serialization() == plain);
    if bare && BaseUrl::parse(&plain).is_ok() {
        Some(text)
    } else {
        r.problem(&at, "must be https://host, or https://*.host for all below it")
    }
}
