//! The payer's page of WeChat Pay and Alipay: what a scanned code, an H5 address or the cashier shows. Works without script, on a
//! phone, by keyboard.

use std::collections::BTreeMap;

use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use connectors::http::web_address;
use http::{HeaderMap, StatusCode};
use kernel::{Locale, Money};
use maud::{Markup, html};

use crate::config::Desk;
use crate::trade::{self, Choice, Trade, TradeState};
use crate::{Sandbox, page};

type Pairs = BTreeMap<String, String>;

/// `GET /{wechat|alipay}-pay/pay/{token}`
pub(crate) async fn show(
    State(sandbox): State<Sandbox>,
    Path(token): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let locale = page::locale(&query, &headers, None);
    let found = trade::by_token(&sandbox.world(), &token);
    match found {
        Some(trade) => render(&sandbox, locale, &trade, back(&trade, &query)),
        None => unknown(&sandbox, locale),
    }
}

/// `POST /{wechat|alipay}-pay/pay/{token}` with `way=pay|decline|silent|slow|back`
pub(crate) async fn choose(
    State(sandbox): State<Sandbox>,
    Path(token): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    Form(form): Form<Pairs>,
) -> Response {
    let locale = page::locale(&query, &headers, None);
    let Some(trade) = trade::by_token(&sandbox.world(), &token) else { return unknown(&sandbox, locale) };
    if page::from_elsewhere(&headers) {
        return (StatusCode::FORBIDDEN, "cross-site form").into_response();
    }
    let way = form.get("way").map(String::as_str).unwrap_or_default();
    match Choice::from_name(way) {
        Some(choice) => {
            trade::choose(&mut sandbox.world(), &trade.key(), choice, sandbox.now());
            sandbox.0.wake.notify_one();
        }
        None if way == "back" => {}
        None => return (StatusCode::UNPROCESSABLE_ENTITY, "unknown way").into_response(),
    }
    let declined = way == "decline";
    match back(&trade, &query).filter(|_| !declined) {
        Some(url) => Redirect::to(&url).into_response(),
        // A code was scanned: the phone has nowhere to go back to.
        None => Redirect::to(&own_url(&sandbox, &trade)).into_response(),
    }
}

/// Where the browser came from: the merchant's address in the trade, or with H5 in the address of the page. Only on this machine,
/// so that the sandbox is no way to anywhere.
fn back(trade: &Trade, query: &Pairs) -> Option<String> {
    let url = trade.return_url.clone().or_else(|| query.get("redirect_url").cloned())?;
    crate::oauth::leads_home(&url).then_some(url)
}

fn own_url(sandbox: &Sandbox, trade: &Trade) -> String {
    format!("{}/pay/{}", sandbox.0.config.base_url(trade.desk), trade.token)
}

fn unknown(sandbox: &Sandbox, locale: Locale) -> Response {
    let title = locale.pick("没有这笔付款", "There is no such payment");
    let main = html! { div class="narrow" { h1 { (title) } } };
    let page = page::document(locale, &sandbox.0.config.public_url, title, &main, "");
    (StatusCode::NOT_FOUND, page).into_response()
}

fn render(sandbox: &Sandbox, locale: Locale, trade: &Trade, back: Option<String>) -> Response {
    let open = trade.is_open(sandbox.now());
    let title = if open { house(locale, trade.desk) } else { state_words(locale, trade.state) };
    let action = match &back {
        // H5 keeps where to go in the address.
        Some(url) if trade.return_url.is_none() => {
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("redirect_url", url).finish();
            format!("{}?{query}", own_url(sandbox, trade))
        }
        _ => own_url(sandbox, trade),
    };
    let main = html! {
        div class="narrow" {
            h1 { (title) }
            (summary(locale, trade, &sandbox.0.config))
            @if open {
                (ways(locale, &action, trade.desk, back.is_some()))
            } @else if let Some(url) = &back {
                p { a href=(url) { (locale.pick("返回商家", "Back to the shop")) } }
            }
        }
    };
    // The answer to the form may be a redirect to the shop, which the policy has to allow.
    let shop = back.and_then(|url| web_address(&url)).map(|url| url.origin().ascii_serialization());
    page::document(locale, &sandbox.0.config.public_url, title, &main, &shop.unwrap_or_default())
}

fn house(locale: Locale, desk: Desk) -> &'static str {
    match desk {
        Desk::Wechat => locale.pick("微信支付（沙箱）", "WeChat Pay (sandbox)"),
        _ => locale.pick("支付宝收银台（沙箱）", "Alipay cashier (sandbox)"),
    }
}

fn state_words(locale: Locale, state: TradeState) -> &'static str {
    match state {
        TradeState::Waiting | TradeState::Closed => {
            locale.pick("这笔付款已关闭，没有扣款", "This payment is closed and nothing was taken")
        }
        TradeState::Paying => locale.pick("银行正在处理", "The bank is working on it"),
        TradeState::Paid => locale.pick("已付款", "Paid"),
        TradeState::Failed => locale.pick("银行拒绝了这次付款", "The bank declined this payment"),
    }
}

fn summary(locale: Locale, trade: &Trade, config: &crate::Config) -> Markup {
    let shop = match trade.desk {
        Desk::Wechat => &config.merchants.wechat_mchid,
        _ => &config.merchants.alipay_seller_id,
    };
    html! {
        section class="card" aria-label=(locale.pick("付款内容", "What you pay")) {
            p class="amount" { (Money::cny(trade.fen)) }
            dl {
                div { dt { (locale.pick("内容", "For")) } dd { (trade.subject) } }
                div { dt { (locale.pick("商户单号", "Number")) } dd { (trade.number) } }
                div { dt { (locale.pick("商家", "Shop")) } dd { (shop) } }
            }
        }
    }
}

fn ways(locale: Locale, action: &str, desk: Desk, leads_back: bool) -> Markup {
    html! {
        form method="post" action=(action) {
            fieldset {
                legend { (locale.pick("您是付款人，点一项就照办", "You are the payer: pressing one does it")) }
                div class="cards" {
                    @for choice in Choice::ALL {
                        @let (name, effect) = words(locale, desk, choice);
                        button name="way" value=(choice.name()) class=[(choice == Choice::Pay).then_some("main")] {
                            (name) small { (effect) }
                        }
                    }
                    @if leads_back {
                        button name="way" value="back" { (locale.pick("先不付，返回商家", "Go back without paying")) }
                    }
                }
            }
        }
    }
}

fn words(locale: Locale, desk: Desk, choice: Choice) -> (&'static str, &'static str) {
    match choice {
        Choice::Pay => (locale.pick("支付", "Pay"), locale.pick("付款成功", "Pays")),
        Choice::Decline if desk == Desk::Wechat => (
            locale.pick("拒绝", "Decline"),
            locale.pick("银行拒绝，订单作废", "The bank declines and the order is void"),
        ),
        Choice::Decline => (
            locale.pick("拒绝", "Decline"),
            locale.pick("银行拒绝，还能换卡", "The bank declines; another card may do"),
        ),
        Choice::Silent => (
            locale.pick("支付但不通知", "Pay silently"),
            locale.pick("付款成功，但不通知商家", "Pays, but the shop is never told"),
        ),
        Choice::Slow => (
            locale.pick("银行慢答", "Slow bank"),
            locale.pick("付款后银行迟迟不答复", "Pays, and the bank takes its time"),
        ),
    }
}
