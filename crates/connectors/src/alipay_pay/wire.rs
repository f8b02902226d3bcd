//! The documents of Alipay's payments and what they mean.

use std::collections::BTreeMap;

use kernel::{Currency, Money, Timestamp};
use serde::Deserialize;

use crate::alipay_open::Fault;
use crate::china;
use crate::gateway::{GatewayError, Payment, PaymentState};

/// Alipay has not heard of it.
pub(super) const NOT_EXIST: &[&str] = &["ACQ.TRADE_NOT_EXIST"];

/// It is no longer what the call was about: what holds is to be asked.
pub(super) const ENDED: &[&str] = &[
    "ACQ.TRADE_HAS_SUCCESS",
    "ACQ.TRADE_HAS_CLOSE",
    "ACQ.TRADE_HAS_FINISHED",
    "ACQ.TRADE_STATUS_ERROR",
    "ACQ.REASON_TRADE_STATUS_INVALID",
    "ACQ.REASON_ILLEGAL_STATUS",
];

impl Fault {
    pub(super) fn sub(&self, codes: &[&str]) -> bool {
        self.sub_code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the code says this, however it is written.
    pub(super) fn names(&self, word: &str) -> bool {
        let code = self.sub_code.as_deref().unwrap_or_default().to_ascii_lowercase().replace('-', "_");
        code.contains(word)
    }

    /// What may be concluded from a call that was not done.
    pub(super) fn conclude(&self) -> GatewayError {
        let code = self.code.as_deref().unwrap_or_default();
        let sub = self.sub_code.as_deref().unwrap_or(code);
        let detail = || {
            format!("{code} {} {}", short(sub, 60), short(self.sub_msg.as_deref().unwrap_or_default(), 200))
        };
        let ours = sub.rsplit('.').next().unwrap_or(sub);
        match (code, ours) {
            ("40004", "TRADE_NOT_EXIST") => GatewayError::NotKnown,
            // 20000 is an outage of theirs, and a system error leaves open what was done.
            ("20000" | "", _) | (_, "SYSTEM_ERROR") => GatewayError::Unknown { detail: detail() },
            _ => GatewayError::Refused {
                code: short(ours, 60).to_ascii_lowercase(),
                detail: detail(),
                retriable: ours == "SELLER_BALANCE_NOT_ENOUGH" || sub.starts_with("isv.app-call-limited"),
            },
        }
    }
}

pub(super) fn refused(code: &str, detail: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), detail: detail.to_owned(), retriable: false }
}

/// At most `most` characters of a text.
pub(super) fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// What is bought; Alipay takes no `/`, `=` and `&` in it.
pub(super) fn subject(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '/' | '=' | '&') { ' ' } else { c }).take(128).collect()
}

/// 1 to 64 letters, digits, `_` and `-`.
pub(super) fn out_number(id: &str) -> Result<&str, GatewayError> {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain && (1..=64).contains(&id.len()) {
        Ok(id)
    } else {
        Err(refused("malformed", "not a number Alipay takes"))
    }
}

/// An answer to a call that was done.
#[derive(Deserialize)]
pub(super) struct Done<T> {
    pub code: String,
    #[serde(flatten)]
    pub document: T,
}

#[derive(Deserialize)]
pub(super) struct Closed {}

#[derive(Deserialize)]
pub(super) struct Precreated {
    pub out_trade_no: String,
    pub qr_code: String,
}

#[derive(Deserialize)]
pub(super) struct Refunded {
    pub out_trade_no: String,
    pub trade_no: String,
    /// Whether money moved by this call: `Y` or `N`.
    pub fund_change: String,
}

#[derive(Deserialize)]
pub(super) struct RefundFound {
    pub out_trade_no: Option<String>,
    pub trade_no: Option<String>,
    pub out_request_no: Option<String>,
    pub refund_amount: Option<String>,
    pub refund_status: Option<String>,
    pub gmt_refund_pay: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct BillPlace {
    pub bill_download_url: String,
}

/// A trade, as it is asked about.
#[derive(Deserialize)]
pub(super) struct Trade {
    pub out_trade_no: String,
    trade_no: String,
    trade_status: String,
    total_amount: String,
    /// When it was paid. A trade that was paid and given back whole is `TRADE_CLOSED` like one that nobody paid; only this tells
    /// them apart.
    send_pay_date: Option<String>,
    trans_currency: Option<String>,
}

/// The sequence of a state. A payer may pay while a trade is being closed, so success is newer than the end without money; whatever
/// was given back (in fen) makes it newer still, since it only grows.
pub(super) fn sequence(state: &PaymentState, refunded: i64) -> u64 {
    match state {
        PaymentState::Open => 1,
        PaymentState::Processing | PaymentState::Authorised { .. } => 2,
        PaymentState::Declined { .. } | PaymentState::Closed => 3,
        PaymentState::Captured { .. } => 4_u64.saturating_add(refunded.unsigned_abs()),
    }
}

/// What all messages about a trade say.
struct Said<'a> {
    out_trade_no: &'a str,
    trade_no: &'a str,
    status: &'a str,
    amount: &'a str,
    currency: Option<&'a str>,
    paid_at: Option<&'a str>,
    refunded: &'a str,
    at: Option<Timestamp>,
}

impl Said<'_> {
    fn payment(&self, seller_id: &str, now: Timestamp) -> Result<Payment, &'static str> {
        let currency =
            self.currency.filter(|code| !code.is_empty()).map_or(Some(Currency::CNY), Currency::from_code);
        let currency = currency.ok_or("an unknown currency")?;
        let money = |text: &str| {
            china::fen(text).map(|fen| Money::new(fen, currency)).ok_or("an amount does not read")
        };
        let amount = money(self.amount)?;
        let paid = self.paid_at.is_some_and(|at| !at.is_empty());
        let state = match self.status {
            "WAIT_BUYER_PAY" => PaymentState::Open,
            "TRADE_SUCCESS" | "TRADE_FINISHED" => PaymentState::Captured { captured: amount, card: None },
            "TRADE_CLOSED" if paid => PaymentState::Captured { captured: amount, card: None },
            "TRADE_CLOSED" => PaymentState::Closed,
            _ => return Err("an unknown state"),
        };
        let refunded = match self.refunded {
            "" if paid && self.status == "TRADE_CLOSED" => amount,
            "" => Money::zero(currency),
            text => money(text)?,
        };
        Ok(Payment {
            attempt_id: self.out_trade_no.to_owned(),
            gateway_id: self.trade_no.to_owned(),
            merchant_id: seller_id.to_owned(),
            amount,
            sequence: sequence(&state, refunded.minor),
            state,
            refunded,
            checkout: None,
            updated_at: self.at.unwrap_or(now),
        })
    }
}

impl Trade {
    pub fn payment(&self, seller_id: &str, now: Timestamp) -> Result<Payment, &'static str> {
        let said = Said {
            out_trade_no: &self.out_trade_no,
            trade_no: &self.trade_no,
            status: &self.trade_status,
            amount: &self.total_amount,
            currency: self.trans_currency.as_deref(),
            paid_at: self.send_pay_date.as_deref(),
            refunded: "",
            at: self.send_pay_date.as_deref().and_then(china::read),
        };
        said.payment(seller_id, now)
    }
}

/// What a notice says, whose signature, application and seller are checked.
pub(super) fn told(pairs: &BTreeMap<String, String>, now: Timestamp) -> Result<Payment, &'static str> {
    let get = |name: &str| pairs.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let needed = |name: &str| get(name).ok_or("a notice about no trade");
    let said = Said {
        out_trade_no: needed("out_trade_no")?,
        trade_no: needed("trade_no")?,
        status: needed("trade_status")?,
        amount: needed("total_amount")?,
        currency: get("trans_currency"),
        paid_at: get("gmt_payment"),
        refunded: get("refund_fee").unwrap_or_default(),
        at: get("notify_time").and_then(china::read),
    };
    said.payment(get("seller_id").unwrap_or_default(), now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(status: &str, paid: bool) -> Payment {
        let send_pay_date = paid.then(|| "2026-11-21 20:45:00".to_owned());
        let trade = Trade {
            out_trade_no: "pat_1".to_owned(),
            trade_no: "2026".to_owned(),
            trade_status: status.to_owned(),
            total_amount: "130.00".to_owned(),
            send_pay_date,
            trans_currency: None,
        };
        trade.payment("2088", Timestamp(0)).unwrap()
    }

    #[test]
    fn a_closed_trade_that_was_paid_was_given_back_and_is_no_unpaid_one() {
        let table = [
            ("WAIT_BUYER_PAY", false, "open", 0, 1),
            ("TRADE_CLOSED", false, "closed", 0, 3),
            ("TRADE_SUCCESS", true, "captured", 0, 4),
            ("TRADE_FINISHED", true, "captured", 0, 4),
            ("TRADE_CLOSED", true, "captured", 13_000, 13_004),
        ];
        for (status, paid, name, refunded, sequence) in table {
            let payment = trade(status, paid);
            assert_eq!(
                (payment.state.name(), payment.refunded.minor, payment.sequence),
                (name, refunded, sequence)
            );
        }
    }

    #[test]
    fn p7_what_may_have_happened_is_unknown_and_nothing_else_is() {
        let conclude = |code: &str, sub: &str| {
            let fault = Fault { code: Some(code.to_owned()), sub_code: Some(sub.to_owned()), sub_msg: None };
            match fault.conclude() {
                GatewayError::Unknown { .. } => "unknown".to_owned(),
                GatewayError::NotKnown => "not known".to_owned(),
                GatewayError::Refused { code, retriable, .. } => format!("{code} {retriable}"),
            }
        };
        for (code, sub, want) in [
            ("20000", "isp.unknow-error", "unknown"),
            ("40004", "ACQ.SYSTEM_ERROR", "unknown"),
            ("40004", "aop.ACQ.SYSTEM_ERROR", "unknown"),
            ("40004", "ACQ.TRADE_NOT_EXIST", "not known"),
            ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "seller_balance_not_enough true"),
            ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "refund_amt_not_equal_total false"),
            ("40002", "isv.invalid-signature", "invalid-signature false"),
        ] {
            assert_eq!(conclude(code, sub), want, "{code} {sub}");
        }
    }
}
