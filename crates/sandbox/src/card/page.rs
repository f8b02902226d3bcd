//! The card gateway's pages: the payer picks one of the sandbox's cards, and with some the bank asks back. They work without script, on
//! a phone, by keyboard.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use connectors::http::web_address;
use http::{HeaderMap, StatusCode};
use kernel::Locale;
use maud::{Markup, html};

use super::ops::{self, Proof};
use super::{Choice, PaymentRecord, SessionState, Status};
use crate::{Sandbox, page};

type Pairs = BTreeMap<String, String>;

/// `GET /card/pay/{session}`
pub(super) async fn show(
    State(sandbox): State<Sandbox>,
    Path(session): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let record = find(&sandbox, &session);
    let locale = page::locale(&query, &headers, record.as_ref().map(|record| record.locale));
    let Some(record) = record else { return unknown(&sandbox, locale) };
    if asks_back(&sandbox, &record) {
        return Redirect::to(&address(&sandbox, "3ds", &record)).into_response();
    }
    render(&sandbox, locale, &record)
}

/// `POST /card/pay/{session}` with `card=pay|decline|expired|silent|slow|secure|late|back`: decides and sends the browser on.
pub(super) async fn choose(
    State(sandbox): State<Sandbox>,
    Path(session): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    let Some(record) = find(&sandbox, &session) else {
        return unknown(&sandbox, page::locale(&Pairs::new(), &headers, None));
    };
    if page::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let card = form.get("card").map(String::as_str).unwrap_or_default();
    match Choice::from_name(card) {
        Some(choice) if record.is_payable(sandbox.now()) => {
            ops::choose(&mut sandbox.world(), &record.attempt, choice, sandbox.now());
            sandbox.0.wake.notify_one();
            if choice == Choice::Secure {
                return Redirect::to(&address(&sandbox, "3ds", &record)).into_response();
            }
        }
        // Paid or closed meanwhile: the page says so.
        Some(_) => return Redirect::to(&address(&sandbox, "pay", &record)).into_response(),
        None if card == "back" => {}
        None => return (StatusCode::UNPROCESSABLE_ENTITY, "unknown card").into_response(),
    }
    Redirect::to(&record.return_url).into_response()
}

/// `GET /card/3ds/{session}`: the bank asks whether it is really the payer.
pub(super) async fn question(
    State(sandbox): State<Sandbox>,
    Path(session): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let record = find(&sandbox, &session);
    let locale = page::locale(&query, &headers, record.as_ref().map(|record| record.locale));
    let Some(record) = record else { return unknown(&sandbox, locale) };
    if !asks_back(&sandbox, &record) {
        return Redirect::to(&address(&sandbox, "pay", &record)).into_response();
    }
    let title = locale.pick("银行需要确认是您本人", "Your bank wants to know that it is you");
    let main = html! {
        div class="narrow" {
            h1 { (title) }
            (summary(&sandbox, locale, &record))
            form method="post" action=(address(&sandbox, "3ds", &record)) {
                div class="cards" {
                    button class="main" name="answer" value="approve" { (locale.pick("确认是我", "Yes, it is me")) }
                    button name="answer" value="refuse" { (locale.pick("不是我，拒绝", "No, refuse it")) }
                    button name="answer" value="leave" { (locale.pick("先离开", "Leave for now")) }
                }
            }
        }
    };
    framed(&sandbox, locale, title, &main, &record)
}

/// `POST /card/3ds/{session}` with `answer=approve|refuse|leave`
pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Path(session): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    let Some(record) = find(&sandbox, &session) else {
        return unknown(&sandbox, page::locale(&Pairs::new(), &headers, None));
    };
    if page::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let proof = match form.get("answer").map(String::as_str) {
        Some("approve") => Some(Proof::Approved),
        Some("refuse") => Some(Proof::Refused),
        Some("leave") => None,
        _ => return (StatusCode::UNPROCESSABLE_ENTITY, "unknown answer").into_response(),
    };
    if let Some(proof) = proof {
        ops::prove(&mut sandbox.world(), &record.attempt, proof, sandbox.now());
        sandbox.0.wake.notify_one();
    }
    Redirect::to(&record.return_url).into_response()
}

fn find(sandbox: &Sandbox, session: &str) -> Option<PaymentRecord> {
    sandbox.world().payments.values().find(|record| record.session_id == session).cloned()
}

fn asks_back(sandbox: &Sandbox, record: &PaymentRecord) -> bool {
    record.status == Status::RequiresAction
        && record.session == SessionState::Open
        && record.expires_at > sandbox.now()
}

fn address(sandbox: &Sandbox, which: &str, record: &PaymentRecord) -> String {
    format!("{}/card/{which}/{}", sandbox.0.config.public_url, record.session_id)
}

/// The answer to a form is a redirect to the shop, which the policy has to allow.
fn framed(sandbox: &Sandbox, locale: Locale, title: &str, main: &Markup, record: &PaymentRecord) -> Response {
    let shop = web_address(&record.return_url).map(|url| url.origin().ascii_serialization());
    page::document(locale, &sandbox.0.config.public_url, title, main, &shop.unwrap_or_default())
}

fn unknown(sandbox: &Sandbox, locale: Locale) -> Response {
    let title = locale.pick("没有这笔付款", "There is no such payment");
    let main = html! { div class="narrow" { h1 { (title) } } };
    let page = page::document(locale, &sandbox.0.config.public_url, title, &main, "");
    (StatusCode::NOT_FOUND, page).into_response()
}

fn render(sandbox: &Sandbox, locale: Locale, record: &PaymentRecord) -> Response {
    let open = record.is_payable(sandbox.now());
    let title = if open {
        locale.pick("选择银行卡付款", "Choose a card")
    } else {
        state_words(locale, record)
    };
    let main = html! {
        div class="narrow" {
            h1 { (title) }
            (summary(sandbox, locale, record))
            @if open {
                @if record.failure.is_some() {
                    p role="alert" { (locale.pick("上一张卡没有付成，可以换一张", "The last card was refused. Try another")) }
                }
                (cards(locale, &address(sandbox, "pay", record)))
            } @else {
                p { a href=(record.return_url) { (locale.pick("返回商家", "Back to the shop")) } }
            }
        }
    };
    framed(sandbox, locale, title, &main, record)
}

fn state_words(locale: Locale, record: &PaymentRecord) -> &'static str {
    match record.status {
        Status::RequiresPaymentMethod | Status::RequiresAction | Status::Canceled
            if record.settle_at.is_none() =>
        {
            locale.pick("这笔付款已关闭，没有扣款", "This payment is closed and nothing was taken")
        }
        Status::Succeeded => locale.pick("已付款", "Paid"),
        Status::RequiresCapture => {
            locale.pick("银行已为商家留出这笔钱", "The bank keeps the money for the shop")
        }
        _ => locale.pick("银行正在处理", "The bank is working on it"),
    }
}

fn summary(sandbox: &Sandbox, locale: Locale, record: &PaymentRecord) -> Markup {
    html! {
        section class="card" aria-label=(locale.pick("付款内容", "What you pay")) {
            p class="amount" { (record.amount) }
            dl {
                div { dt { (locale.pick("内容", "For")) } dd { (record.description) } }
                div { dt { (locale.pick("订单号", "Order")) } dd { (record.reference) } }
                div { dt { (locale.pick("商家", "Shop")) } dd { (sandbox.0.config.merchant_id) } }
            }
        }
    }
}

fn cards(locale: Locale, action: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            fieldset {
                legend { (locale.pick("沙箱银行卡，点一张就付款", "Sandbox cards: pressing one pays with it")) }
                div class="cards" {
                    @for choice in Choice::ALL {
                        @let (name, effect) = card_words(locale, choice);
                        button name="card" value=(choice.name()) class=[(choice == Choice::Pay).then_some("main")] {
                            (name) small { (effect) }
                        }
                    }
                    button name="card" value="back" { (locale.pick("先不付，返回商家", "Go back without paying")) }
                }
            }
        }
    }
}

fn card_words(locale: Locale, choice: Choice) -> (String, &'static str) {
    let name = format!("{} {}", locale.pick("尾号", "Card ending in"), choice.last4());
    let effect = match choice {
        Choice::Pay => locale.pick("付款成功", "Pays"),
        Choice::Decline => locale.pick("余额不足，银行拒绝", "Declined: insufficient funds"),
        Choice::Expired => locale.pick("卡已过期，银行拒绝", "Declined: expired"),
        Choice::Silent => locale.pick("付款成功，但不通知商家", "Pays, but the shop is never told"),
        Choice::Slow => locale.pick("付款后银行迟迟不答复", "Pays, and the bank takes its time"),
        Choice::Secure => locale.pick("银行先确认是您本人", "The bank asks whether it is you (3-D Secure)"),
        Choice::Late => locale.pick("先被拒绝，过一会儿又扣款", "Declined first, taken a little later"),
    };
    (name, effect)
}
