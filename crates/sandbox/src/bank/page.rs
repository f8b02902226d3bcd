//! The payer's own bank: a form that sends money to any account here. Works without script, on a phone, by keyboard.

use std::collections::BTreeMap;

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use kernel::{Currency, Locale, Money};
use maud::{Markup, html};

use super::{MAIN_ACCOUNT, NotSent, Sending};
use crate::{Sandbox, page};

type Pairs = BTreeMap<String, String>;

const CHARS: usize = 100;

/// `GET /bank/send`: `account`, `purpose` and `amount` may be filled in by the address.
pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let locale = page::locale(&query, &headers, None);
    framed(&sandbox, locale, &html! {}, &query)
}

/// `POST /bank/send` with `account`, `amount`, `purpose`, `payer`, `payer_account`.
pub(super) async fn send(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    if page::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let locale = page::locale(&Pairs::new(), &headers, None);
    let text = |name: &str| form.get(name).map(|t| t.trim().chars().take(CHARS).collect::<String>());
    let amount = Money::parse(&text("amount").unwrap_or_default(), Currency::CNY).unwrap_or_default();
    let sending = Sending {
        to: text("account").unwrap_or_default().chars().filter(|c| *c != ' ').collect(),
        amount,
        party: text("payer").filter(|name| !name.is_empty()).unwrap_or_else(|| "张三".to_owned()),
        account: text("payer_account").unwrap_or_default(),
        purpose: text("purpose").unwrap_or_default(),
    };
    let sent = super::receive(&mut sandbox.world(), sending, sandbox.now());
    sandbox.0.wake.notify_one();
    let (status, words) = match sent {
        Ok(receipt) => {
            (StatusCode::OK, format!("{} {} · {}", locale.pick("已转出", "Sent"), receipt.amount, receipt.id))
        }
        Err(NotSent::Amount) => {
            (StatusCode::UNPROCESSABLE_ENTITY, locale.pick("金额不对", "This is no amount").to_owned())
        }
        Err(NotSent::NoAccount) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            locale.pick("没有这个账号", "There is no such account").to_owned(),
        ),
    };
    let mut response = framed(&sandbox, locale, &html! { p role="status" { (words) } }, &form);
    *response.status_mut() = status;
    response
}

fn framed(sandbox: &Sandbox, locale: Locale, told: &Markup, filled: &Pairs) -> Response {
    let title = locale.pick("从您的银行转账", "Send money from your bank");
    let main = html! {
        div class="narrow" {
            h1 { (title) }
            (told)
            (send_form(locale, &sandbox.0.config.public_url, filled))
        }
    };
    page::document(locale, &sandbox.0.config.public_url, title, &main, "")
}

/// The form, filled in with what is known.
pub(crate) fn send_form(locale: Locale, base: &str, filled: &Pairs) -> Markup {
    let value = |name: &str| filled.get(name).cloned().unwrap_or_default();
    let account = filled.get("account").map_or(MAIN_ACCOUNT, String::as_str);
    html! {
        form class="knobs" method="post" action={ (base) "/bank/send" } {
            label { (locale.pick("收款账号", "To account")) input name="account" inputmode="numeric" value=(account); }
            label { (locale.pick("金额（元）", "Amount (yuan)")) input name="amount" inputmode="decimal" value=(value("amount")); }
            label { (locale.pick("用途（填付款码）", "Purpose (the code)")) input name="purpose" value=(value("purpose")); }
            label { (locale.pick("付款人", "Payer")) input name="payer" value=(value("payer")); }
            label { (locale.pick("付款账号", "Payer's account")) input name="payer_account" inputmode="numeric" value=(value("payer_account")); }
            button class="main" { (locale.pick("转出", "Send")) }
        }
    }
}
