//! The documents of APIv3 and what they mean.

use kernel::{Currency, Money, Text, Timestamp};
use serde::Deserialize;

use crate::gateway::{Capture, GatewayError, NewPayment, Payment, PaymentState, Refund, RefundState};

/// What a call that was not done is answered with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault {
    pub code: String,
    pub message: String,
}

impl Fault {
    pub fn is(&self, codes: &[&str]) -> bool {
        codes.contains(&self.code.as_str())
    }
}

/// Closing finds that it is paid, or being paid, or closed: what holds is to be asked.
pub(super) const MOVED_ON: &[&str] =
    &["ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED", "USERPAYING", "TRADE_ERROR"];

/// What may be concluded from an answer that is no success.
pub(super) fn conclude(status: u16, fault: &Fault) -> GatewayError {
    let detail = || format!("status {status}: {} {}", short(&fault.code, 60), short(&fault.message, 200));
    let refusal = |retriable| GatewayError::Refused { code: code(&fault.code), detail: detail(), retriable };
    match fault.code.as_str() {
        "ORDER_NOT_EXIST" | "ORDERNOTEXIST" | "RESOURCE_NOT_EXISTS" | "REFUND_NOT_EXISTS" => {
            GatewayError::NotKnown
        }
        // The bank has not answered WeChat Pay; a 202 says so too.
        "USERPAYING" | "BANKERROR" | "BANK_ERROR" | "SYSTEM_ERROR" | "SYSTEMERROR" => {
            GatewayError::Unknown { detail: detail() }
        }
        "FREQUENCY_LIMITED"
        | "FREQUENCY_LIMIT_EXCEED"
        | "RATELIMIT_EXCEEDED"
        | "RATELIMIT_EXCEED"
        | "NOT_ENOUGH" => refusal(true),
        "" => GatewayError::Unknown { detail: detail() },
        _ if (400..500).contains(&status) => refusal(false),
        _ => GatewayError::Unknown { detail: detail() },
    }
}

/// A code as ours are written.
fn code(theirs: &str) -> String {
    short(theirs, 60).to_ascii_lowercase()
}

pub(super) fn refused(code: &str, detail: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), detail: detail.to_owned(), retriable: false }
}

/// At most `most` characters of a text.
pub(super) fn short(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// 6 to 32 letters, digits, `_` and `-`.
pub(super) fn out_trade_no(id: &str) -> Result<&str, GatewayError> {
    number(id, 6..=32)
}

/// 1 to 64 of them.
pub(super) fn out_refund_no(id: &str) -> Result<&str, GatewayError> {
    number(id, 1..=64)
}

fn number(id: &str, lengths: std::ops::RangeInclusive<usize>) -> Result<&str, GatewayError> {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain && lengths.contains(&id.len()) {
        Ok(id)
    } else {
        Err(refused("malformed", "not a number WeChat Pay takes"))
    }
}

/// Yuan, more than nothing, and at once.
pub(super) fn takes(new: &NewPayment) -> Result<(), GatewayError> {
    if new.amount.currency != Currency::CNY || !new.amount.is_positive() {
        return Err(refused("bad_amount", "WeChat Pay takes yuan, more than nothing"));
    }
    match new.capture {
        Capture::Now => Ok(()),
        Capture::Later => Err(GatewayError::not_offered("capture")),
    }
}

/// Answer to a new order: one of the three.
#[derive(Deserialize)]
pub(super) struct Opened {
    pub code_url: Option<String>,
    pub h5_url: Option<String>,
    pub prepay_id: Option<String>,
}

/// A callback before its resource is opened.
#[derive(Deserialize)]
pub(super) struct Notice {
    pub id: String,
    pub resource: Resource,
}

/// Something sealed with the APIv3 key.
#[derive(Deserialize)]
pub(super) struct Resource {
    pub algorithm: String,
    pub ciphertext: String,
    pub nonce: String,
    #[serde(default)]
    pub associated_data: String,
    /// `transaction` or `refund`; certificates have none.
    #[serde(default)]
    pub original_type: String,
}

/// An order, as it is asked about and told of.
#[derive(Deserialize)]
pub(super) struct Transaction {
    pub appid: Option<String>,
    pub mchid: Option<String>,
    pub out_trade_no: String,
    transaction_id: Option<String>,
    trade_state: String,
    trade_state_desc: Option<String>,
    success_time: Option<String>,
    amount: Option<Amount>,
}

#[derive(Deserialize)]
struct Amount {
    total: Option<i64>,
    currency: Option<String>,
}

/// The sequence of a state. A payer may pay while an order is being closed, so success is newer than the end without money, and
/// what is given back is newer than success.
pub(super) const fn sequence(state: &PaymentState) -> u64 {
    match state {
        PaymentState::Open => 1,
        PaymentState::Processing | PaymentState::Authorised { .. } => 2,
        PaymentState::Declined { .. } | PaymentState::Closed => 3,
        PaymentState::Captured { .. } => 4,
    }
}

const AFTER_REFUND: u64 = 5;

impl Transaction {
    /// The merchant or application it is about, when that is not us.
    pub fn stranger(&self, appid: &str, mchid: &str) -> Option<String> {
        let named = |name: &Option<String>| name.clone().unwrap_or_default();
        let ours = self.appid.as_deref() == Some(appid) && self.mchid.as_deref() == Some(mchid);
        (!ours).then(|| format!("{}/{}", named(&self.mchid), named(&self.appid)))
    }

    /// `agreed` is the amount it was opened with, for states in which WeChat Pay need not repeat it.
    pub fn payment(
        &self,
        mchid: &str,
        agreed: Option<Money>,
        now: Timestamp,
    ) -> Result<Payment, &'static str> {
        let named = self.amount.as_ref().and_then(|amount| Some((amount.total?, amount.currency.as_deref())));
        let named = named.map(|(total, currency)| money(total, currency)).transpose()?;
        let paid = matches!(self.trade_state.as_str(), "SUCCESS" | "REFUND");
        let amount = named.or(agreed.filter(|_| !paid)).ok_or("the answer names no amount")?;
        let state = match self.trade_state.as_str() {
            "NOTPAY" | "ACCEPT" => PaymentState::Open,
            "USERPAYING" => PaymentState::Processing,
            "SUCCESS" | "REFUND" => PaymentState::Captured { captured: amount, card: None },
            "CLOSED" | "REVOKED" => PaymentState::Closed,
            "PAYERROR" => {
                let zh = self
                    .trade_state_desc
                    .as_deref()
                    .map_or_else(|| "付款没有成功".to_owned(), |t| short(t, 100));
                PaymentState::Declined {
                    code: "payerror".to_owned(),
                    message: Text::new(zh, "The payment failed"),
                    again: false,
                }
            }
            _ => return Err("the answer names an unknown state"),
        };
        let refunded = self.trade_state == "REFUND";
        let at = self.success_time.as_deref().and_then(Timestamp::parse_rfc3339);
        Ok(Payment {
            attempt_id: self.out_trade_no.clone(),
            gateway_id: self.transaction_id.clone().unwrap_or_default(),
            merchant_id: mchid.to_owned(),
            amount,
            sequence: if refunded { AFTER_REFUND } else { sequence(&state) },
            state,
            // How much is told of each refund, and nowhere of all together.
            refunded: Money::zero(amount.currency),
            checkout: None,
            updated_at: at.unwrap_or(now),
        })
    }
}

fn money(total: i64, currency: Option<&str>) -> Result<Money, &'static str> {
    let currency = currency.map_or(Some(Currency::CNY), Currency::from_code);
    Ok(Money::new(total, currency.ok_or("the answer names an unknown currency")?))
}

/// A refund, as it is asked about and told of; callbacks call its state `refund_status`.
#[derive(Deserialize)]
pub(super) struct RefundDocument {
    pub mchid: Option<String>,
    pub out_trade_no: String,
    pub out_refund_no: String,
    refund_id: String,
    #[serde(alias = "refund_status")]
    status: String,
    success_time: Option<String>,
    amount: RefundAmount,
}

#[derive(Deserialize)]
struct RefundAmount {
    refund: i64,
    currency: Option<String>,
}

impl RefundDocument {
    pub fn refund(&self, mchid: &str, now: Timestamp) -> Result<Refund, &'static str> {
        let state = match self.status.as_str() {
            "SUCCESS" => RefundState::Succeeded,
            // Abnormal: the bank does not take it back, and the merchant chooses in WeChat Pay's console where it goes. Until
            // then it may still reach the payer, so it has not failed.
            "PROCESSING" | "ABNORMAL" => RefundState::Pending,
            "CLOSED" => RefundState::Failed {
                code: "closed".to_owned(),
                message: Text::new("微信支付关闭了这笔退款", "WeChat Pay closed the refund"),
            },
            _ => return Err("the answer names an unknown state"),
        };
        let at = self.success_time.as_deref().and_then(Timestamp::parse_rfc3339);
        Ok(Refund {
            refund_id: self.out_refund_no.clone(),
            attempt_id: self.out_trade_no.clone(),
            gateway_id: self.refund_id.clone(),
            merchant_id: mchid.to_owned(),
            amount: money(self.amount.refund, self.amount.currency.as_deref())?,
            state,
            updated_at: at.unwrap_or(now),
        })
    }
}
