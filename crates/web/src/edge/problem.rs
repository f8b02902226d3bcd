//! The only place that knows how a refusal becomes an HTTP answer: problem+json (RFC 9457) for programs, a page for people.
//!
//! Handlers return `Result<_, Refused>`; any room's error converts. The response carries the refusal along, and [`as_json`] or
//! [`as_page`], whichever stands around the routes, gives it its form and language.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{FieldError, Kind, Locale, Refusal};
use serde_json::json;

use crate::app::App;
use crate::edge::visitor::{Met, Visitor};
use crate::portal::proof::{self, Typed};

kernel::errors! {
    /// Refusals of the edge itself.
    pub enum EdgeError in "web" {
        NotFound => NotFound "not_found", "没有这个页面，可搜索业务或回到首页", "There is no such page. Search, or go to the home page";
        MethodNotAllowed => Invalid "method_not_allowed", "这个地址不支持该方法", "This address does not support that method";
        /// The body is no JSON.
        MalformedJson { detail: String } => Invalid "malformed_json", "请求正文不是有效的 JSON：{detail}", "The body is not valid JSON: {detail}";
        /// The JSON does not have the wanted shape.
        Shape { fields: Vec<FieldError> } => Invalid "wrong_shape", "请求内容的格式不对，见 errors", "The request does not have the right shape, see errors";
        UnsupportedMediaType { wanted: &'static str } => Invalid "unsupported_media_type", "请求正文应为 {wanted}", "Send the body as {wanted}" ;
        TooLarge => Invalid "too_large", "内容太大，缩短后再提交", "That is too large. Shorten it and send it again";
        BadCursor => Invalid "bad_cursor", "翻页位置无效，从第一页重新开始", "The cursor is not valid. Begin again with the first page";
        BadQuery { fields: Vec<FieldError> } => Invalid "bad_query", "地址中的参数需要修改", "A parameter in the address needs a change";
        /// The form was not sent from our page, or the page is old.
        Forgery => Forbidden "forgery", "页面已过期，请返回刷新后再提交；您没有被扣款", "The page has expired. Go back, reload, and submit again. You were not charged";
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后再继续", "Sign in first";
        /// The figures of this node are not for everybody.
        WatchersOnly => Forbidden "watchers_only", "监控数据只对本机、指定网络和持令牌者开放", "The figures are for this machine, named networks and whoever has the token";
        StaffOnly => Forbidden "staff_only", "控制台只对员工开放，请用员工账号登录", "The console is for staff. Sign in with a staff account";
        /// Keys act for business, never on the account itself.
        SessionNeeded => Forbidden "session_needed", "密钥不能办理账号本身的事，可登录后用令牌办理", "A key cannot do this to the account. Sign in and use that token";
        /// What is missing, in words.
        Forbidden { zh: &'static str, en: &'static str } => Forbidden "forbidden", "这里需要“{zh}”权限，可联系管理员开通", "This needs the permission “{en}”. Ask an administrator";
    }
}
db::bug_from!(EdgeError);

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Refused(Arc<dyn Refusal>);

impl Refused {
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    pub fn kind(&self) -> Kind {
        self.0.kind()
    }

    pub fn message(&self, locale: Locale) -> String {
        self.0.message(locale)
    }

    /// Whether no page of a form can mend it: a fault of ours, or something to be done on another page first.
    pub fn leads_away(&self) -> bool {
        let elsewhere = [".sign_in_needed", ".proof_needed"];
        self.kind() == Kind::Bug || elsewhere.iter().any(|end| self.code().ends_with(end))
    }

    pub fn fields(&self) -> &[FieldError] {
        self.0.fields()
    }

    /// Wrong input that the page shows again, with everything typed still there (F3).
    pub fn is_about_input(&self) -> bool {
        !self.0.fields().is_empty()
    }

    pub fn status(&self) -> StatusCode {
        status(&*self.0)
    }
}

impl<E: Refusal> From<E> for Refused {
    fn from(error: E) -> Self {
        if error.kind() == Kind::Bug {
            // The one place where causes are logged.
            let mut causes = Vec::new();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                causes.push(cause.to_string());
                source = cause.source();
            }
            tracing::error!(code = error.code(), causes = causes.join(": "), "bug");
        }
        Self(Arc::new(error))
    }
}

/// Where a code's status is not that of its kind.
fn status(error: &dyn Refusal) -> StatusCode {
    status_of(error.code(), error.kind())
}

/// The status a code is answered with.
pub fn status_of(code: &str, kind: Kind) -> StatusCode {
    match (code, kind) {
        ("web.method_not_allowed", _) => StatusCode::METHOD_NOT_ALLOWED,
        ("web.unsupported_media_type", _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ("web.too_large", _) => StatusCode::PAYLOAD_TOO_LARGE,
        ("shield.wrong_host", _) => StatusCode::MISDIRECTED_REQUEST,
        ("shield.address_too_long", _) => StatusCode::URI_TOO_LONG,
        ("shield.headers_too_large", _) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ("shield.too_slow", _) => StatusCode::REQUEST_TIMEOUT,
        (
            "shield.malformed"
            | "ordering.idempotency_key_required"
            | "web.malformed_json"
            | "web.bad_cursor"
            | "web.bad_query",
            _,
        ) => StatusCode::BAD_REQUEST,
        (_, Kind::Invalid) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Kind::Unauthenticated) => StatusCode::UNAUTHORIZED,
        (_, Kind::Forbidden) => StatusCode::FORBIDDEN,
        (_, Kind::NotFound) => StatusCode::NOT_FOUND,
        (_, Kind::Conflict) => StatusCode::CONFLICT,
        (_, Kind::Limited) => StatusCode::TOO_MANY_REQUESTS,
        (_, Kind::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Kind::Bug) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.0.retry_after_secs() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Around the API: refusals, also those of the framework, as problem+json.
pub async fn as_json(State(app): State<App>, request: Request, next: Next) -> Response {
    let visitor = Visitor::brief(&app, request.headers(), request.uri(), request.extensions());
    let response = next.run(request).await;
    let Some(refused) = refusal_of(&response) else { return response };
    let locale = visitor.locale;
    let errors: Vec<_> = refused
        .fields()
        .iter()
        .map(|field| json!({"pointer": field.pointer, "code": field.code, "detail": field.message(locale)}))
        .collect();
    let mut body = json!({
        "type": format!("{}/api/docs#{}", app.settings.public_url, refused.code()),
        "title": refused.code(),
        "status": refused.status().as_u16(),
        "detail": refused.message(locale),
        "instance": visitor.request.to_string(),
        "code": refused.code(),
    });
    if !errors.is_empty()
        && let Some(members) = body.as_object_mut()
    {
        members.insert("errors".to_owned(), errors.into());
    }
    let mut answer = (refused.status(), body.to_string()).into_response();
    copy(&response, &mut answer);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if answer.status() == StatusCode::UNAUTHORIZED {
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if refused.code().ends_with(".proof_needed") {
        // RFC 9470: show a factor again, not longer ago than this.
        let hint = HeaderValue::from_static("Bearer error=\"insufficient_user_authentication\", max_age=300");
        answer.headers_mut().insert(WWW_AUTHENTICATE, hint);
    }
    answer
}

/// Around the pages: refusals as pages people can do something with; without a session, the way to sign in.
pub async fn as_page(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let wants_back = method == axum::http::Method::GET;
    let typed = Typed::default();
    request.extensions_mut().insert(typed.clone());
    let met = Met::default();
    request.extensions_mut().insert(met.clone());
    let stranger = Visitor::brief(&app, request.headers(), request.uri(), request.extensions());
    let response = next.run(request).await;
    let Some(refused) = refusal_of(&response) else { return response };
    let visitor = met.who().unwrap_or(&stranger);
    if refused.kind() == Kind::Unauthenticated && refused.code() != "identity.wrong_credentials" {
        let target = if wants_back { visitor.path.as_str() } else { "/" };
        let login = if target.starts_with("/console") { "/console/login" } else { "/login" };
        return super::form::see_other(&format!("{login}?next={}", super::form::encode(target)));
    }
    // Before something sensitive people confirm that it is them (W8), and then go on where they were.
    if refused.code().ends_with(".proof_needed")
        && let Some(mut asked) = proof::ask_first(&app, &method, visitor, &typed).await
    {
        copy(&response, &mut asked);
        return asked;
    }
    let page = crate::portal::problem::page(&visitor.page_cx(&app), &refused);
    let mut answer = (refused.status(), page).into_response();
    copy(&response, &mut answer);
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The refusal a response carries; answers of the framework without one get the edge's own.
fn refusal_of(response: &Response) -> Option<Refused> {
    if let Some(refused) = response.extensions().get::<Refused>() {
        return Some(refused.clone());
    }
    if response.headers().contains_key(CONTENT_TYPE) && response.status() != StatusCode::PAYLOAD_TOO_LARGE {
        // Somebody already said it in full; the framework's own refusals are plain text.
        let plain =
            response.headers().get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/plain"));
        if !plain || response.status().is_success() {
            return None;
        }
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(EdgeError::NotFound.into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(EdgeError::MethodNotAllowed.into()),
        StatusCode::PAYLOAD_TOO_LARGE => Some(EdgeError::TooLarge.into()),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            Some(EdgeError::BadQuery { fields: Vec::new() }.into())
        }
        status if status.is_server_error() => Some(EdgeError::bug(format!("answered {status}")).into()),
        _ => None,
    }
}

/// The code of a refusal that has its form: the gate learns from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told(pub &'static str);

fn copy(from: &Response, to: &mut Response) {
    if let Some(refused) = from.extensions().get::<Refused>() {
        to.extensions_mut().insert(Told(refused.code()));
    }
    let budget = ["ratelimit", "ratelimit-policy"].map(axum::http::HeaderName::from_static);
    for name in [RETRY_AFTER, ALLOW, CONNECTION].into_iter().chain(budget) {
        if let Some(value) = from.headers().get(&name) {
            to.headers_mut().insert(name, value.clone());
        }
    }
}
