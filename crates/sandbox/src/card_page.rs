//! The card gateway's page: the payer picks one of the sandbox's cards. Works without script, on a phone, by keyboard.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use connectors::http::web_address;
use connectors::{OperationId, PaymentState};
use http::{HeaderMap, StatusCode};
use kernel::Locale;
use maud::{Markup, html};

use crate::card::{self, Choice, PaymentRecord};
use crate::{Sandbox, page};

type Pairs = BTreeMap<String, String>;

/// `GET /card/pay/{gateway_id}`
pub(crate) async fn show(
    State(sandbox): State<Sandbox>,
    Path(gateway_id): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let record = find(&sandbox, &gateway_id);
    let wanted = record.as_ref().map(|(_, record)| record.request.locale);
    let locale = page::locale(&query, &headers, wanted);
    let Some((_, record)) = record else { return unknown(&sandbox, locale) };
    render(&sandbox, locale, &record)
}

/// `POST /card/pay/{gateway_id}` with `card=pay|decline|silent|slow|back`: decides and sends the browser back.
pub(crate) async fn choose(
    State(sandbox): State<Sandbox>,
    Path(gateway_id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    let Some((attempt, record)) = find(&sandbox, &gateway_id) else {
        return unknown(&sandbox, page::locale(&Pairs::new(), &headers, None));
    };
    if page::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let card = form.get("card").map(String::as_str).unwrap_or_default();
    match Choice::from_name(card) {
        Some(choice) if is_open(&sandbox, &record) => {
            card::choose(&mut sandbox.world(), &attempt, choice, sandbox.now());
            sandbox.0.wake.notify_one();
        }
        // Paid or closed meanwhile: the page says so.
        Some(_) => return Redirect::to(&page_url(&sandbox, &record)).into_response(),
        None if card == "back" => {}
        None => return (StatusCode::UNPROCESSABLE_ENTITY, "unknown card").into_response(),
    }
    Redirect::to(&record.request.return_url).into_response()
}

fn find(sandbox: &Sandbox, gateway_id: &str) -> Option<(OperationId, PaymentRecord)> {
    let world = sandbox.world();
    let found = world.payments.iter().find(|(_, record)| record.payment.gateway_id == gateway_id);
    found.map(|(attempt, record)| (attempt.clone(), record.clone()))
}

fn is_open(sandbox: &Sandbox, record: &PaymentRecord) -> bool {
    matches!(record.payment.state, PaymentState::Open) && record.request.expires_at > sandbox.now()
}

fn page_url(sandbox: &Sandbox, record: &PaymentRecord) -> String {
    format!("{}/card/pay/{}", sandbox.0.config.public_url, record.payment.gateway_id)
}

fn unknown(sandbox: &Sandbox, locale: Locale) -> Response {
    let title = locale.pick("没有这笔付款", "There is no such payment");
    let main = html! { div class="narrow" { h1 { (title) } } };
    let page = page::document(locale, &sandbox.0.config.public_url, title, &main, "");
    (StatusCode::NOT_FOUND, page).into_response()
}

fn render(sandbox: &Sandbox, locale: Locale, record: &PaymentRecord) -> Response {
    let open = is_open(sandbox, record);
    let title = if open {
        locale.pick("选择银行卡付款", "Choose a card")
    } else {
        state_words(locale, record)
    };
    let main = html! {
        div class="narrow" {
            h1 { (title) }
            (summary(locale, record))
            @if open {
                (cards(locale, &page_url(sandbox, record)))
            } @else {
                p { a href=(record.request.return_url) { (locale.pick("返回商家", "Back to the shop")) } }
            }
        }
    };
    // The answer to the form is a redirect to the shop, which the policy has to allow.
    let shop = web_address(&record.request.return_url).map(|url| url.origin().ascii_serialization());
    page::document(locale, &sandbox.0.config.public_url, title, &main, &shop.unwrap_or_default())
}

fn state_words(locale: Locale, record: &PaymentRecord) -> &'static str {
    match record.payment.state {
        PaymentState::Open | PaymentState::Closed => {
            locale.pick("这笔付款已关闭，没有扣款", "This payment is closed and nothing was taken")
        }
        PaymentState::Processing | PaymentState::Authorised { .. } => {
            locale.pick("银行正在处理", "The bank is working on it")
        }
        PaymentState::Captured { .. } => locale.pick("已付款", "Paid"),
        PaymentState::Declined { .. } => locale.pick("银行拒绝了这次付款", "The bank declined this payment"),
    }
}

fn summary(locale: Locale, record: &PaymentRecord) -> Markup {
    let request = &record.request;
    html! {
        section class="card" aria-label=(locale.pick("付款内容", "What you pay")) {
            p class="amount" { (request.amount) }
            dl {
                div { dt { (locale.pick("内容", "For")) } dd { (request.description.get(locale)) } }
                div { dt { (locale.pick("订单号", "Order")) } dd { (request.reference) } }
                div { dt { (locale.pick("商家", "Shop")) } dd { (request.merchant_id) } }
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
        Choice::Silent => locale.pick("付款成功，但不通知商家", "Pays, but the shop is never told"),
        Choice::Slow => locale.pick("付款后银行迟迟不答复", "Pays, and the bank takes its time"),
    };
    (name, effect)
}
