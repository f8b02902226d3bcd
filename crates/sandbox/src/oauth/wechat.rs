//! 微信开放平台, as far as a website signs people in with it. Errors have status 200 and say `errcode`; who refuses comes back
//! with a `state` and without a `code`.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use kernel::Locale;
use serde_json::{Value, json};

use super::page::{Dialect, Pairs};
use super::{Party, Taken, leads_home};
use crate::{Sandbox, page};

const PAGE: Dialect = Dialect {
    party: Party::WeChat,
    path: "/wechat/connect/qrconnect",
    sent: &["appid", "redirect_uri", "response_type", "scope", "state"],
    refused,
    returned: |get, code| {
        code.map(|code| ("code", code)).into_iter().chain([("state", get("state"))]).collect()
    },
};

/// `GET /wechat/connect/qrconnect`
pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let wanted = query.get("lang").map(|lang| if lang == "en" { Locale::En } else { Locale::Zh });
    PAGE.show(&sandbox, page::locale(&Pairs::new(), &headers, wanted), &query)
}

/// `POST /wechat/connect/qrconnect` with `person`.
pub(super) async fn choose(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    PAGE.choose(&sandbox, &headers, &form)
}

/// What the platform says about a request it does not take.
fn refused(sandbox: &Sandbox, query: &Pairs) -> Option<&'static str> {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    if get("appid") != sandbox.0.config.sign_in.wechat_app_id {
        return Some("appid 参数错误 / AppID parameter error");
    }
    if !leads_home(get("redirect_uri")) {
        return Some("redirect_uri 参数错误 / redirect_uri domain does not match");
    }
    if get("response_type") != "code" || get("scope") != "snsapi_login" {
        return Some("scope 参数错误 / Scope parameter error");
    }
    let state = get("state");
    let plain = state.len() <= 128 && state.bytes().all(|b| b.is_ascii_alphanumeric());
    (!plain).then_some("state 参数错误 / State parameter error")
}

/// `GET /wechat/sns/oauth2/access_token`
pub(super) async fn access_token(State(sandbox): State<Sandbox>, Query(query): Query<Pairs>) -> Response {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    let settings = &sandbox.0.config.sign_in;
    if get("appid") != settings.wechat_app_id {
        return fault(40013, "invalid appid");
    }
    if get("secret") != settings.wechat_secret {
        return fault(40125, "invalid appsecret");
    }
    if get("grant_type") != "authorization_code" {
        return fault(40002, "invalid grant_type");
    }
    let (seed, now) = (sandbox.0.config.seed, sandbox.now());
    let mut desk = sandbox.oauth();
    match desk.take_code(Party::WeChat, get("code"), now) {
        Taken::Now(person) => answer(&json!({
            "access_token": desk.give_token(seed, Party::WeChat, person, now),
            "expires_in": 7200,
            "refresh_token": desk.give_token(seed, Party::WeChat, person, now),
            "openid": person.number("wechat-openid"),
            "scope": "snsapi_login",
            "unionid": person.number("wechat-unionid"),
        })),
        Taken::Again => fault(40163, "code been used"),
        Taken::Unknown => fault(40029, "invalid code"),
    }
}

/// `GET /wechat/sns/userinfo`
pub(super) async fn userinfo(State(sandbox): State<Sandbox>, Query(query): Query<Pairs>) -> Response {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    let found = sandbox.oauth().person(Party::WeChat, get("access_token"), sandbox.now());
    let Some(person) = found else { return fault(40001, "invalid credential, access_token is invalid") };
    if get("openid") != person.number("wechat-openid") {
        return fault(40003, "invalid openid");
    }
    answer(&json!({
        "openid": person.number("wechat-openid"),
        "nickname": person.name(Locale::Zh),
        "sex": 0, "province": "", "city": "", "country": "",
        "headimgurl": "", "privilege": [],
        "unionid": person.number("wechat-unionid"),
    }))
}

fn fault(code: i64, message: &str) -> Response {
    answer(&json!({ "errcode": code, "errmsg": message }))
}

/// JSON that calls itself text, as the platform does.
fn answer(document: &Value) -> Response {
    ([(header::CONTENT_TYPE, "text/plain")], document.to_string()).into_response()
}
