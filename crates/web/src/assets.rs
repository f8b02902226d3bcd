//! Style, script and pictures, inside the binary. A file's URL holds the hash of its content, so browsers keep it for a year
//! and never see a stale one; gzip is made once.
//!
//! During a rolling upgrade a page of one version may ask a node of another: a known name with another hash is answered with
//! the present content and told not to keep it.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::{Locale, hex};
use sha2::{Digest as _, Sha256};

use crate::i18n::{Common, Shell};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

macro_rules! files {
    ($( $name:literal $kind:expr; )*) => {
        /// Every file: name, type, content.
        const FILES: &[(&str, &str, &[u8])] =
            &[ $( ($name, $kind, include_bytes!(concat!("../assets/", $name))), )* ];
    };
}

files! {
    "app.css" CSS;
    "console.css" CSS;
    "print.css" CSS;
    "js/boot.js" JS;
    "js/chart.js" JS;
    "js/form.js" JS;
    "js/live.js" JS;
    "js/palette.js" JS;
    "js/passkey.js" JS;
    "js/table.js" JS;
    "js/time.js" JS;
    "icons/favicon.svg" SVG;
    "icons/icon-180.png" PNG;
    "icons/icon-192.png" PNG;
    "icons/icon-512.png" PNG;
}

/// A file ready to be sent.
#[derive(Debug)]
pub struct Asset {
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    /// `None` where it saves nothing.
    pub gzip: Option<Vec<u8>>,
    /// `/assets/app.1a2b3c4d.css`.
    pub url: String,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    FILES.iter().map(|&(name, content_type, bytes)| (name, Asset::new(name, content_type, bytes))).collect()
});

impl Asset {
    fn new(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        let hash = hex::encode(Sha256::digest(bytes).iter().take(4));
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let gzip = gzip(bytes).filter(|packed| packed.len() < bytes.len());
        Self { name, content_type, bytes, gzip, url: format!("/assets/{stem}.{hash}.{extension}") }
    }

    /// Bytes on the wire for a browser that takes gzip.
    pub fn packed_len(&self) -> usize {
        self.gzip.as_ref().map_or(self.bytes.len(), Vec::len)
    }
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Every file.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    ASSETS.values()
}

/// The file called `name` (`app.css`, `js/live.js`).
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.get(name)
}

/// The URL of `name`; a name that does not exist gives a URL that answers 404 (a test walks all that pages use).
pub fn url(name: &str) -> &'static str {
    find(name).map_or("/assets/unknown", |asset| asset.url.as_str())
}

/// `/assets/…`, `/favicon.svg` and `/manifest.webmanifest`, for any state.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/assets/{*path}", get(asset))
        .route("/favicon.svg", get(favicon))
        .route("/manifest.webmanifest", get(manifest))
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let url = format!("/assets/{path}");
    let exact = ASSETS.values().find(|asset| asset.url == url);
    match exact.or_else(|| other_version(&path)) {
        Some(found) => {
            let cache = if exact.is_some() { FOREVER } else { REVALIDATE };
            send(found, &headers, cache)
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `app.00000000.css` names the same file in another version.
fn other_version(path: &str) -> Option<&'static Asset> {
    let (rest, extension) = path.rsplit_once('.')?;
    let (stem, hash) = rest.rsplit_once('.')?;
    let is_hash = hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash { find(&format!("{stem}.{extension}")) } else { None }
}

async fn favicon(headers: HeaderMap) -> Response {
    find("icons/favicon.svg")
        .map_or_else(|| StatusCode::NOT_FOUND.into_response(), |icon| send(icon, &headers, A_DAY))
}

fn send(asset: &'static Asset, headers: &HeaderMap, cache: HeaderValue) -> Response {
    let mut response = match asset.gzip.as_deref().filter(|_| takes_gzip(headers)) {
        Some(packed) => {
            let mut response = Body::from(packed).into_response();
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        None => Body::from(asset.bytes).into_response(),
    };
    let fixed: [(HeaderName, HeaderValue); 4] = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (CACHE_CONTROL, cache),
        (VARY, HeaderValue::from_static("accept-encoding")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    response.headers_mut().extend(fixed);
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted
        .split(',')
        .map(|part| part.replace(' ', ""))
        .any(|part| part == "gzip" || (part.starts_with("gzip;") && !part.ends_with("q=0")))
}

/// The manifest of the installable app, in the language of `?lang=`.
async fn manifest(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let asked = query.as_deref().and_then(|query| {
        query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Locale::from_tag)
    });
    let preferred =
        headers.get("accept-language").and_then(|v| v.to_str().ok()).and_then(Locale::from_accept_language);
    let text = manifest_text(asked.or(preferred).unwrap_or_default());
    let fixed = [
        (CONTENT_TYPE, HeaderValue::from_static("application/manifest+json")),
        (CACHE_CONTROL, A_DAY),
        (VARY, HeaderValue::from_static("accept-language")),
    ];
    (fixed, text).into_response()
}

fn manifest_text(locale: Locale) -> String {
    let (common, shell) = (Common::of(locale), Shell::of(locale));
    include_str!("../assets/manifest.webmanifest")
        .replace("{lang}", locale.tag())
        .replace("{name}", common.brand)
        .replace("{description}", common.description)
        .replace("{services}", shell.services)
        .replace("{orders}", shell.orders)
        .replace("{help}", shell.help)
        .replace("{icon-svg}", url("icons/favicon.svg"))
        .replace("{icon-192}", url("icons/icon-192.png"))
        .replace("{icon-512}", url("icons/icon-512.png"))
}

#[cfg(test)]
mod tests;
