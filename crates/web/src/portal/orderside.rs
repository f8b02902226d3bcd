//! The half of the portal in which things are ordered: home, catalogue, order flow, cart, payment, orders, receipts.
//!
//! Handlers parse, call one op, render. Every page works with a reload alone; script hastens it.

use std::str::FromStr;

use ::catalogue::service::PaymentMethod;
use axum::Router;
use kernel::{Locale, Timestamp};
use ordering::OrderId;

use super::{
    cancel, cart, catalogue, check, home, order_form, orders, pay, progress, receipt, refund, search,
};
use crate::app::App;
use crate::edge::Refused;
use crate::edge::problem::EdgeError;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .merge(home::router())
        .merge(catalogue::router())
        .merge(search::router())
        .merge(order_form::router())
        .merge(check::router())
        .merge(cart::router())
        .merge(pay::router())
        .merge(orders::router())
        .merge(progress::router())
        .merge(cancel::router())
        .merge(refund::router())
        .merge(receipt::router())
}

/// An id from an address. What is none belongs to no page.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| EdgeError::NotFound.into())
}

/// The page of an order.
pub(super) fn order_path(order: OrderId) -> String {
    format!("/orders/{order}")
}

/// A time that is promised, short enough for a sentence: 11-22 19:00.
pub(super) fn by_time(cx: &crate::ui::PageCx, at: Timestamp) -> String {
    crate::ui::time::short(cx, at)
}

/// A way to pay in words.
pub(super) fn method_word(locale: Locale, name: &str) -> &'static str {
    let t = crate::i18n::FlowWords::of(locale);
    match PaymentMethod::from_name(name) {
        Some(PaymentMethod::Card) => t.card,
        Some(PaymentMethod::Wechat) => t.wechat,
        Some(PaymentMethod::Alipay) => t.alipay,
        Some(PaymentMethod::BankTransfer) => t.bank_transfer,
        Some(PaymentMethod::Balance) | None => t.balance,
    }
}
