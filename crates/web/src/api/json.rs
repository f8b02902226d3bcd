//! Request bodies. What is no JSON is told where it breaks; what has the wrong shape is told by field, in both languages.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use kernel::{CodeInfo, FieldError, Kind};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;

use crate::app::App;
use crate::edge::problem::EdgeError;
use crate::edge::{Refused, Visitor};

/// Nested deeper than any request of this API means something.
const MAX_DEPTH: usize = 32;

const REQUIRED: CodeInfo = CodeInfo {
    code: "web.required",
    kind: Kind::Invalid,
    zh: "缺少这一项，补上后再提交",
    en: "This member is missing. Add it",
};
const UNKNOWN_FIELD: CodeInfo = CodeInfo {
    code: "web.unknown_field",
    kind: Kind::Invalid,
    zh: "没有这一项，去掉后再提交",
    en: "There is no such member. Remove it",
};
const WRONG_TYPE: CodeInfo = CodeInfo {
    code: "web.wrong_type",
    kind: Kind::Invalid,
    zh: "类型或取值不对，见接口文档",
    en: "The type or value does not fit. See the documentation",
};
const CONTROL_CHARACTER: CodeInfo = CodeInfo {
    code: "web.control_character",
    kind: Kind::Invalid,
    zh: "含有空字符 U+0000，去掉后再提交",
    en: "This has the character U+0000. Remove it",
};
const TOO_DEEP: CodeInfo = CodeInfo {
    code: "web.too_deep",
    kind: Kind::Invalid,
    zh: "嵌套太深，最多 32 层",
    en: "This is nested too deep. At most 32 levels",
};

/// The codes a field of a body can be refused with, before any room looks at it.
pub(crate) const FIELD_CODES: &[CodeInfo] =
    &[REQUIRED, UNKNOWN_FIELD, WRONG_TYPE, CONTROL_CHARACTER, TOO_DEEP];

/// A body of a known shape, and the same as it came, for the meaning of the request (I3).
#[derive(Debug)]
pub(crate) struct Json<T> {
    pub value: T,
    pub raw: Value,
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let request = signed_in(request, app).await?;
        let Open(json) = Open::from_request(request, app).await?;
        Ok(json)
    }
}

/// The same for the few calls that nobody has to be signed in for.
#[derive(Debug)]
pub(crate) struct Open<T>(pub Json<T>);

impl<T: DeserializeOwned> FromRequest<App> for Open<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, app).await.map_err(|_| EdgeError::TooLarge)?;
        if is_json { Ok(Self(parse(&body)?)) } else { Err(unsupported().into()) }
    }
}

/// Who calls comes before what they send: nobody is told what their body lacks.
async fn signed_in(request: Request, app: &App) -> Result<Request, Refused> {
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::from_request_parts(&mut parts, app).await?;
    // A session that waits for its second factor may say so.
    if visitor.pending.is_none() {
        visitor.account()?;
    }
    Ok(Request::from_parts(parts, body))
}

/// The same where all members are optional: no body at all stands for `{}`.
#[derive(Debug)]
pub(crate) struct MaybeJson<T>(pub Json<T>);

impl<T: DeserializeOwned> FromRequest<App> for MaybeJson<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let request = signed_in(request, app).await?;
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, app).await.map_err(|_| EdgeError::TooLarge)?;
        if body.is_empty() {
            return Ok(Self(parse(b"{}")?));
        }
        if is_json { Ok(Self(parse(&body)?)) } else { Err(unsupported().into()) }
    }
}

const fn unsupported() -> EdgeError {
    EdgeError::UnsupportedMediaType { wanted: "application/json" }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::to_str).and_then(Result::ok).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Reads a body.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Json<T>, EdgeError> {
    let raw: Value = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    look_through(&raw)?;
    let mut reader = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => Ok(Json { value, raw }),
        Err(error) if error.inner().classify() == Category::Data => {
            Err(EdgeError::Shape { fields: vec![wrong_field(&error)] })
        }
        Err(error) => Err(malformed(error.inner())),
    }
}

fn malformed(error: &serde_json::Error) -> EdgeError {
    EdgeError::MalformedJson { detail: format!("{}:{}", error.line(), error.column()) }
}

/// Where and what is wrong. The words are ours: those of the reader speak of Rust.
fn wrong_field(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => push(&mut pointer, key),
            Segment::Unknown => {}
        }
    }
    let message = error.inner().to_string();
    let named = |start: &str| {
        message.strip_prefix(start).and_then(|rest| rest.split_once('`')).map(|(name, _)| name.to_owned())
    };
    let info = if let Some(name) = named("missing field `") {
        push(&mut pointer, &name);
        REQUIRED
    } else if let Some(name) = named("unknown field `") {
        let last = format!("/{}", escape(&name));
        if !pointer.ends_with(&last) {
            pointer.push_str(&last);
        }
        UNKNOWN_FIELD
    } else {
        WRONG_TYPE
    };
    of(info, pointer)
}

fn of(info: CodeInfo, pointer: String) -> FieldError {
    FieldError::new(pointer, info.code, info.zh, info.en)
}

fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&escape(name));
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// No database keeps U+0000, and nobody means it.
fn look_through(raw: &Value) -> Result<(), EdgeError> {
    let mut open = vec![(String::new(), raw, 1_usize)];
    while let Some((pointer, value, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(EdgeError::Shape { fields: vec![of(TOO_DEEP, pointer)] });
        }
        let below = depth.saturating_add(1);
        match value {
            Value::String(text) if text.contains('\0') => {
                return Err(EdgeError::Shape { fields: vec![of(CONTROL_CHARACTER, pointer)] });
            }
            Value::Array(items) => {
                open.extend(
                    items.iter().enumerate().map(|(i, item)| (format!("{pointer}/{i}"), item, below)),
                );
            }
            Value::Object(members) => {
                if members.keys().any(|name| name.contains('\0')) {
                    return Err(EdgeError::Shape { fields: vec![of(CONTROL_CHARACTER, pointer)] });
                }
                let inside = members.iter();
                open.extend(
                    inside.map(|(name, member)| (format!("{pointer}/{}", escape(name)), member, below)),
                );
            }
            _ => {}
        }
    }
    Ok(())
}
