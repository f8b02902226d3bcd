//! What calls have in common: the key that makes a repetition harmless, parameters, pages of lists, answers.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, LINK, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, PageRequest, Position, hex};
use ordering::idempotency::{self, Key};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::BASE;
use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor, seal};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Rows of a page when nothing is said.
const USUAL_LIMIT: u16 = 20;
/// What may be kept by anybody: a minute as it is, five more while a new one is fetched.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=60, stale-while-revalidate=300");

/// The request's key (I1). `target` is what the template of the route leaves open; it is part of what the request means.
pub(crate) fn key(
    headers: &HeaderMap,
    visitor: &Visitor,
    route: &'static str,
    target: &str,
    raw: &Value,
) -> Result<Key, Refused> {
    optional_key(headers, visitor, route, target, raw)?
        .ok_or_else(|| ordering::Error::IdempotencyKeyRequired.into())
}

/// The same where the request is harmless without one. A key that is none is refused all the same.
pub(crate) fn optional_key(
    headers: &HeaderMap,
    visitor: &Visitor,
    route: &'static str,
    target: &str,
    raw: &Value,
) -> Result<Option<Key>, Refused> {
    let actor = visitor.account()?;
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let text = first.to_str().ok().filter(|_| given.next().is_none());
    let key = text.and_then(idempotency::parse_key).ok_or(ordering::Error::IdempotencyKeyRequired)?;
    Ok(Some(Key { actor, route, key, fingerprint: idempotency::fingerprint(&json!([target, raw])) }))
}

/// Something came into being: 201, where it is, and whether this is the answer of an earlier request.
pub(crate) fn created(path: &str, body: impl Serialize, replayed: bool) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("{BASE}{path}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    mark_replayed(&mut response, replayed);
    response
}

/// Says that nothing ran again.
pub(crate) fn mark_replayed(response: &mut Response, replayed: bool) {
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
}

/// An answer for everybody, with a strong entity tag; 304 for who has it.
pub(crate) fn public(headers: &HeaderMap, kind: &'static str, body: Vec<u8>) -> Response {
    let digest = Sha256::digest(&body);
    let tag = format!("\"{}\"", hex::encode(digest.iter().take(12)));
    let given = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    // Weak comparison: what a proxy compressed is the same thing to a reader.
    let known = given
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == "*" || one == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(axum::http::header::CONTENT_TYPE, kind)], body).into_response()
    };
    response.headers_mut().insert(CACHE_CONTROL, PUBLIC);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The same for a value.
pub(crate) fn public_json(headers: &HeaderMap, body: &impl Serialize) -> Result<Response, Refused> {
    let bytes = serde_json::to_vec(body).map_err(EdgeError::bug)?;
    Ok(public(headers, "application/json", bytes))
}

/// The parameters behind the `?`.
#[derive(Debug)]
pub(crate) struct Params(Vec<(String, String)>);

impl FromRequestParts<App> for Params {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refused> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl Params {
    /// Refuses names that mean nothing here; `lang` does everywhere.
    pub fn only(self, names: &[&str]) -> Result<Self, Refused> {
        match self.0.iter().find(|(name, _)| name != "lang" && !names.contains(&name.as_str())) {
            None => Ok(self),
            Some((name, _)) => {
                Err(wrong(name, "没有这个参数，去掉后再试", "There is no such parameter. Remove it"))
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Which page of the list is wanted: `after` and `limit`.
    pub fn page(&self, app: &App, list: &str) -> Result<PageRequest, Refused> {
        let limit = match self.get("limit") {
            None => USUAL_LIMIT,
            Some(text) => text.parse::<u32>().ok().filter(|limit| *limit > 0).map_or_else(
                || Err(wrong("limit", "需为 1 至 100 的整数", "Must be a whole number from 1 to 100")),
                |limit| Ok(u16::try_from(limit).unwrap_or(u16::MAX)),
            )?,
        };
        Ok(seal::page(app, list, self.get("after"), Some(limit), USUAL_LIMIT)?)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)], usual: T) -> Result<T, Refused> {
        let Some(text) = self.get(name) else { return Ok(usual) };
        words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            wrong(name, &format!("需为其中之一：{all}"), &format!("Must be one of: {all}"))
        })
    }
}

/// A parameter is wrong.
pub(crate) fn wrong(name: &str, zh: &str, en: &str) -> Refused {
    let fields = vec![FieldError::new(format!("/query/{name}"), "web.bad_query", zh, en)];
    EdgeError::BadQuery { fields }.into()
}

/// A page of a list: its rows, and where the next page begins, in the body and as a link (RFC 8288).
pub(crate) fn listed<T: Serialize>(
    app: &App,
    list: &str,
    params: &Params,
    items: Vec<T>,
    next: Option<Position>,
) -> Response {
    let next = next.map(|position| seal::cursor(app, list, position));
    let link = next.as_ref().map(|cursor| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(params.0.iter().filter(|(name, _)| name != "after"));
        query.append_pair("after", cursor);
        format!("<{BASE}/{list}?{}>; rel=\"next\"", query.finish())
    });
    let mut response = Json(json!({"items": items, "next": next})).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// An id of the path. What is no id belongs to nothing: it is answered like one that nobody has.
pub(crate) fn id<T: std::str::FromStr>(text: &str, none: impl Into<Refused>) -> Result<T, Refused> {
    text.parse().map_err(|_| none.into())
}
