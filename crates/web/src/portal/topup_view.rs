//! What the pages of a top-up show.

use catalogue::service::PaymentMethod;
use kernel::{Money, Timestamp};
use maud::{Markup, html};
use ordering::payment::rules::{TOP_UP_LEAST, TOP_UP_MOST};
use ordering::payment::{Payment, PaymentView, Refund, RefundState, Status};

use super::checkout_view::{payable_here, way};
use super::reply::Trouble;
use crate::i18n::TopUpWords;
use crate::ui::form::{Choice, Field};
use crate::ui::{
    self, Kind, Nav, Page, PageCx, banner, card, confirm, form, money, ring, shell, status, time,
};

/// Amounts that are one press away.
const USUAL: [Money; 4] = [Money::cny(5_000), Money::cny(10_000), Money::cny(20_000), Money::cny(50_000)];

/// The question as it stands.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// As typed.
    pub amount: &'a str,
    pub gateway: &'a str,
    pub gateways: &'a [&'a str],
    pub available: Money,
    /// Makes a repeated press open one top-up.
    pub key: &'a str,
    /// Where it goes on afterwards; empty for nowhere.
    pub next: &'a str,
    pub on_phone: bool,
    pub trouble: Trouble,
}

/// `/account/topup`
pub(crate) fn ask_page(cx: &PageCx, ask: &Ask<'_>) -> Markup {
    let t = TopUpWords::of(cx.locale);
    let limits = t.limits(&TOP_UP_LEAST.to_string(), &TOP_UP_MOST.to_string());
    let inside = html! {
        (form::idem(ask.key))
        @if !ask.next.is_empty() { input type="hidden" name="next" value=(ask.next); }
        (Field::new("amount", t.amount).hint(&limits).value(ask.amount).error(ask.trouble.on("amount")).money(cx))
        (method(cx, ask))
        (places(cx, ask))
        (form::actions(cx, t.btn_go, None))
    };
    let body = html! {
        (shell::back_link("/account", crate::i18n::AccountWords::of(cx.locale).title))
        h1 { (t.title) }
        (ask.trouble.summary(cx, html! {}))
        p.muted { (t.balance_now) " " (money::money(ask.available)) }
        @if ask.gateways.is_empty() {
            (banner::banner(Kind::Warn, t.none_set_up, html! {}))
        } @else {
            nav aria-label=(t.quick) {
                ul.chips {
                    @for amount in USUAL {
                        li {
                            a.chip.num href={ "/account/topup?amount=" (amount.to_decimal()) (going_on('&', ask.next)) } { (amount.to_string()) }
                        }
                    }
                }
            }
            (form::form(cx, "topup", "/account/topup", None, inside))
        }
    };
    let page = Page::new(t.title).nav(Nav::Me).narrow().errors(ask.trouble.any()).scripts(&["form"]);
    shell::portal(cx, &page, body)
}

/// The member of an address that says where it goes on, behind `?` or `&`; nothing for nowhere.
pub(crate) fn going_on(join: char, next: &str) -> String {
    if next.is_empty() { String::new() } else { format!("{join}next={}", crate::edge::form::encode(next)) }
}

/// A computer shows a code or a page, a phone opens the app.
fn places(cx: &PageCx, ask: &Ask<'_>) -> Markup {
    let offered: Vec<PaymentMethod> =
        ask.gateways.iter().filter_map(|name| PaymentMethod::from_name(name)).collect();
    super::pay::places(cx, "gateway", &offered, ask.on_phone)
}

/// How to pay: a choice where there is one.
fn method(cx: &PageCx, ask: &Ask<'_>) -> Markup {
    let t = TopUpWords::of(cx.locale);
    let choices: Vec<Choice<'_>> = ask
        .gateways
        .iter()
        .map(|name| Choice { hint: gateway_hint(t, name), ..Choice::new(name, gateway_word(t, name)) })
        .collect();
    let chosen =
        if ask.gateway.is_empty() { ask.gateways.first().copied().unwrap_or_default() } else { ask.gateway };
    Field::new("gateway", t.method).value(chosen).error(ask.trouble.on("gateway")).radios(cx, &choices)
}

fn gateway_hint(t: &TopUpWords, name: &str) -> Option<&'static str> {
    match PaymentMethod::from_name(name) {
        Some(PaymentMethod::Card) => Some(t.card_hint),
        Some(PaymentMethod::Wechat | PaymentMethod::Alipay) => Some(t.scan_hint),
        Some(PaymentMethod::BankTransfer) => Some(t.bank_transfer_hint),
        Some(PaymentMethod::Balance) | None => None,
    }
}

/// What a gateway is called; one we have no word for keeps its own name.
fn gateway_word<'a>(t: &TopUpWords, name: &'a str) -> &'a str {
    match PaymentMethod::from_name(name) {
        Some(PaymentMethod::Card) => t.card,
        Some(PaymentMethod::Wechat) => t.wechat,
        Some(PaymentMethod::Alipay) => t.alipay,
        Some(PaymentMethod::BankTransfer) => t.bank_transfer,
        Some(PaymentMethod::Balance) | None => name,
    }
}

/// What came of a top-up.
#[derive(Debug)]
pub(crate) struct Outcome<'a> {
    pub view: &'a PaymentView,
    pub available: Money,
    /// Where it is tried again.
    pub gateway: &'a str,
    /// Where it goes on afterwards; empty for nowhere.
    pub next: &'a str,
    pub trouble: Trouble,
}

/// `/account/topup/{payment}`
pub(crate) fn state_page(cx: &PageCx, outcome: &Outcome<'_>) -> Markup {
    let t = TopUpWords::of(cx.locale);
    let payment = &outcome.view.payment;
    let stream = format!("/account/topup/{}/events", payment.id);
    let open = matches!(outcome.view.status, Status::ToPay | Status::Confirming | Status::Declined);
    let mut page = Page::new(t.title).nav(Nav::Me).narrow().errors(outcome.trouble.any());
    if open {
        page = page.live(&stream);
    }
    let body = html! {
        (shell::back_link("/account", crate::i18n::AccountWords::of(cx.locale).title))
        (outcome.trouble.summary(cx, html! {}))
        div.stack #topup-state data-part data-announce=(heading(t, outcome.view.status)) {
            (standing(cx, outcome))
            (refunds(cx, &outcome.view.refunds))
        }
    };
    shell::portal(cx, &page, body)
}

const fn heading(t: &TopUpWords, status: Status) -> &'static str {
    match status {
        Status::ToPay => t.to_pay,
        Status::Confirming | Status::Authorised => t.confirming,
        Status::Declined => t.declined,
        Status::Paid => t.paid,
        Status::Closed => t.closed,
    }
}

fn standing(cx: &PageCx, outcome: &Outcome<'_>) -> Markup {
    let t = TopUpWords::of(cx.locale);
    let (payment, number) = (&outcome.view.payment, number_of(&outcome.view.payment));
    let title = heading(t, outcome.view.status);
    if outcome.view.status == Status::Paid {
        let card = outcome.view.attempts.iter().rev().find_map(|attempt| attempt.card.as_ref());
        let next = html! {
            p { (t.paid_body(&payment.amount.to_string())) }
            p { (t.balance_now) " " (money::money(outcome.available)) }
            @if let Some((brand, tail)) = card { p.muted.sm { (t.card_ending(brand, tail)) } }
        };
        let actions = html! {
            @if outcome.next.is_empty() {
                (ui::button_link("/services", t.btn_services, ""))
            } @else {
                (ui::button_link(outcome.next, t.btn_go_on, ""))
            }
            (ui::button_link("/account", t.btn_account, "sec"))
        };
        return confirm::confirmation(cx, title, &number, next, actions);
    }
    html! {
        h1 { (title) }
        p { (money::large(payment.amount)) }
        @match outcome.view.status {
            Status::Confirming | Status::Authorised => {
                (ring::busy(t.confirming))
                p { (t.confirming_next) }
                p.muted { (t.confirming_leave) }
            }
            Status::Declined => { (pay_again(cx, outcome, t.declined_next, t.btn_retry)) }
            Status::Closed => {
                p { (t.closed_next) }
                div.acts { (ui::button_link(&format!("/account/topup{}", going_on('?', outcome.next)), t.btn_anew, "main")) }
            }
            Status::ToPay | Status::Paid => {
                @if let Some((open, checkout)) = payable_here(outcome.view) {
                    (way(cx, &open.gateway, checkout, open.amount))
                    p { (time::countdown(cx, payment.expires_at)) }
                    div.acts { (ui::button_link(&result_path(outcome, open.id), crate::i18n::PayWords::of(cx.locale).btn_check, "sec")) }
                } @else {
                    (pay_again(cx, outcome, t.to_pay_next, t.btn_pay))
                }
            }
        }
        p.muted.sm { (t.reference) " " (confirm::reference(cx, &number)) }
    }
}

/// Where the gateway is asked once more.
fn result_path(outcome: &Outcome<'_>, attempt: ordering::payment::AttemptId) -> String {
    format!("/account/topup/{}?attempt={attempt}{}", outcome.view.payment.id, going_on('&', outcome.next))
}

/// The bank's words where it gave any, how long there is, and the way to the gateway.
fn pay_again(cx: &PageCx, outcome: &Outcome<'_>, what_now: &str, button: &str) -> Markup {
    let payment = &outcome.view.payment;
    let last = outcome.view.attempts.last();
    let said = last.and_then(|attempt| attempt.words.as_ref());
    let left: Timestamp = payment.expires_at;
    html! {
        @if let (Some(words), Status::Declined) = (said, outcome.view.status) {
            p { (words.get(cx.locale)) }
        }
        p { (what_now) }
        p { (time::countdown(cx, left)) }
        div.acts {
            (ui::post_button(cx, &format!("/account/topup/{}/pay", payment.id), button, "main", &[("gateway", outcome.gateway), ("next", outcome.next)]))
        }
    }
}

/// Money that came twice or too late and goes back.
fn refunds(cx: &PageCx, refunds: &[Refund]) -> Markup {
    let t = TopUpWords::of(cx.locale);
    let standing = |refund: &Refund| match refund.state {
        RefundState::Pending | RefundState::Processing | RefundState::Unknown => {
            (Kind::Info, t.refund_under_way)
        }
        RefundState::Succeeded => (Kind::Ok, t.refund_done),
        RefundState::Failed => (Kind::Warn, t.refund_failed),
    };
    html! {
        @if !refunds.is_empty() {
            (card::card("refunds", t.returned, None, html! {
                ul.rows {
                    @for refund in refunds {
                        @let (kind, word) = standing(refund);
                        li.row { div.grow { (money::money(refund.amount)) } div.end { (status::tag(kind, word)) } }
                    }
                }
            }))
        }
    }
}

/// The number a customer quotes; the gateway's page shows the same.
fn number_of(payment: &Payment) -> String {
    kernel::order_number(payment.id.raw())
}
