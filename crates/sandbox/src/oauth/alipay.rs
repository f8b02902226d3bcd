//! 支付宝开放平台, as far as a website signs people in with it: a page, and one gateway whose requests and answers are signed.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use connectors::oidc::{SigningKey, VerifyingKey};
use http::{HeaderMap, header};
use kernel::Locale;
use serde_json::{Value, json};

use super::page::{Dialect, Pairs};
use super::{Party, Taken, leads_home};
use crate::{Sandbox, page};

const PAGE: Dialect = Dialect {
    party: Party::Alipay,
    path: "/alipay/oauth2/publicAppAuthorize.htm",
    sent: &["app_id", "scope", "redirect_uri", "state"],
    refused,
    returned: |get, code| {
        let app = ("app_id", get("app_id"));
        match code {
            Some(code) => vec![
                app,
                ("source", "alipay_wallet"),
                ("scope", "auth_user"),
                ("auth_code", code),
                ("state", get("state")),
            ],
            None => vec![app, ("error", "access_denied"), ("state", get("state"))],
        }
    },
};

/// `GET /alipay/oauth2/publicAppAuthorize.htm`
pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    PAGE.show(&sandbox, page::locale(&query, &headers, None), &query)
}

/// `POST /alipay/oauth2/publicAppAuthorize.htm` with `person`.
pub(super) async fn choose(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    PAGE.choose(&sandbox, &headers, &form)
}

fn refused(sandbox: &Sandbox, query: &Pairs) -> Option<&'static str> {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    if get("app_id") != sandbox.0.config.sign_in.alipay_app_id {
        return Some("app_id 无效 / invalid app_id");
    }
    if !leads_home(get("redirect_uri")) {
        return Some("redirect_uri 无效 / invalid redirect_uri");
    }
    (get("scope") != "auth_user").then_some("scope 无效 / invalid scope")
}

/// `POST /alipay/gateway.do`
pub(super) async fn gateway(State(sandbox): State<Sandbox>, Form(form): Form<Pairs>) -> Response {
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    if get("app_id") != sandbox.0.config.sign_in.alipay_app_id {
        return answer("error_response", &fault("40002", "isv.invalid-app-id"));
    }
    let shop = VerifyingKey::parse(include_str!("shop.pub.pem"));
    let signed = get("sign_type") == "RSA2" && get("charset") == "utf-8" && get("version") == "1.0";
    if !signed || !shop.is_ok_and(|shop| shop.verifies(text(&form), get("sign"))) {
        return answer("error_response", &fault("40002", "isv.invalid-signature"));
    }
    match get("method") {
        "alipay.system.oauth.token" => token(&sandbox, &form),
        "alipay.user.info.share" => user(&sandbox, &form),
        _ => answer("error_response", &fault("40002", "isv.invalid-method")),
    }
}

fn token(sandbox: &Sandbox, form: &Pairs) -> Response {
    let get = |name: &str| form.get(name).map_or("", String::as_str);
    if get("grant_type") != "authorization_code" {
        return answer("error_response", &fault("40002", "isv.grant-type-invalid"));
    }
    let (seed, now) = (sandbox.0.config.seed, sandbox.now());
    let mut desk = sandbox.oauth();
    let Taken::Now(person) = desk.take_code(Party::Alipay, get("code"), now) else {
        return answer("error_response", &fault("40002", "isv.code-invalid"));
    };
    let document = json!({
        "access_token": desk.give_token(seed, Party::Alipay, person, now),
        "auth_start": now.to_rfc3339(),
        "expires_in": 1_296_000,
        "re_expires_in": 2_592_000,
        "refresh_token": desk.give_token(seed, Party::Alipay, person, now),
        "open_id": person.number("alipay-open-id"),
    });
    answer("alipay_system_oauth_token_response", &document)
}

fn user(sandbox: &Sandbox, form: &Pairs) -> Response {
    let token = form.get("auth_token").map_or("", String::as_str);
    let own = "alipay_user_info_share_response";
    let Some(person) = sandbox.oauth().person(Party::Alipay, token, sandbox.now()) else {
        return answer(own, &fault("20001", "aop.invalid-auth-token"));
    };
    let document = json!({
        "code": "10000", "msg": "Success",
        "open_id": person.number("alipay-open-id"),
        "nick_name": person.name(Locale::Zh),
        "avatar": "",
    });
    answer(own, &document)
}

fn fault(code: &str, sub_code: &str) -> Value {
    json!({ "code": code, "msg": "Invalid Arguments", "sub_code": sub_code, "sub_msg": sub_code })
}

/// What a request's signature covers.
fn text(form: &Pairs) -> String {
    let pairs = form.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The node and the signature of its text, as it stands in the body.
fn answer(node: &str, document: &Value) -> Response {
    let text = document.to_string();
    let key = SigningKey::parse(include_str!("alipay.pem"));
    let sign = key.ok().and_then(|key| key.sign(&text)).unwrap_or_default();
    let body = format!(r#"{{"{node}":{text},"sign":"{sign}"}}"#);
    ([(header::CONTENT_TYPE, "application/json;charset=utf-8")], body).into_response()
}
