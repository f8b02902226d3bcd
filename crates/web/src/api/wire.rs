//! Values that many answers share, as they go over the wire.

use identity::code::CodeSent;
use identity::session::NewSession;
use identity::signin::AskCode;
use identity::{SignedIn, Token};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in minor units: `{"minor": 3000, "currency": "CNY"}` is ¥30.00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"minor": 3000, "currency": "CNY"}))]
pub(crate) struct Money {
    /// Fen for CNY. Negative for money that goes out.
    pub minor: i64,
    /// ISO 4217.
    #[schema(value_type = String, pattern = "^(CNY|USD|EUR|HKD)$")]
    pub currency: kernel::Currency,
}

impl From<kernel::Money> for Money {
    fn from(money: kernel::Money) -> Self {
        Self { minor: money.minor, currency: money.currency }
    }
}

impl From<Money> for kernel::Money {
    fn from(money: Money) -> Self {
        Self::new(money.minor, money.currency)
    }
}

/// A text in both languages; English may be missing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"zh": "话费充值", "en": "Mobile top-up"}))]
pub(crate) struct Text {
    pub zh: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub en: Option<String>,
}

impl From<&kernel::Text> for Text {
    fn from(text: &kernel::Text) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentMethod {
    Balance,
    Card,
    Wechat,
    Alipay,
    BankTransfer,
}

impl From<PaymentMethod> for catalogue::service::PaymentMethod {
    fn from(method: PaymentMethod) -> Self {
        match method {
            PaymentMethod::Balance => Self::Balance,
            PaymentMethod::Card => Self::Card,
            PaymentMethod::Wechat => Self::Wechat,
            PaymentMethod::Alipay => Self::Alipay,
            PaymentMethod::BankTransfer => Self::BankTransfer,
        }
    }
}

impl From<catalogue::service::PaymentMethod> for PaymentMethod {
    fn from(method: catalogue::service::PaymentMethod) -> Self {
        match method {
            catalogue::service::PaymentMethod::Balance => Self::Balance,
            catalogue::service::PaymentMethod::Card => Self::Card,
            catalogue::service::PaymentMethod::Wechat => Self::Wechat,
            catalogue::service::PaymentMethod::Alipay => Self::Alipay,
            catalogue::service::PaymentMethod::BankTransfer => Self::BankTransfer,
        }
    }
}

/// How the payer gets to pay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Checkout {
    /// The browser goes to a page of the gateway.
    Page { url: String },
    /// The text of a code that the payer scans with the gateway's app.
    Code { text: String },
    /// Arguments for the gateway's script inside its own app.
    Script { arguments: serde_json::Value },
    /// Money is sent from the payer's own bank, with `reference` as its purpose.
    BankTransfer { bank: Text, holder: String, account: String, reference: String },
}

impl From<&connectors::Checkout> for Checkout {
    fn from(checkout: &connectors::Checkout) -> Self {
        match checkout {
            connectors::Checkout::Page { url } => Self::Page { url: url.clone() },
            connectors::Checkout::Code { text } => Self::Code { text: text.clone() },
            connectors::Checkout::Script { arguments } => Self::Script { arguments: arguments.clone() },
            connectors::Checkout::BankTransfer { bank, holder, account, reference } => Self::BankTransfer {
                bank: bank.into(),
                holder: holder.clone(),
                account: account.clone(),
                reference: reference.clone(),
            },
        }
    }
}

/// A code on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// Masked: `138****0001`.
    sent_to: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// No new code before this time.
    #[schema(value_type = String, format = DateTime)]
    resend_at: Timestamp,
}

impl From<CodeSent> for Verification {
    fn from(sent: CodeSent) -> Self {
        Self { sent_to: sent.masked_to, expires_at: sent.expires_at, resend_at: sent.resend_at }
    }
}

impl From<AskCode> for Verification {
    fn from(asked: AskCode) -> Self {
        Self { sent_to: asked.masked_to, expires_at: asked.expires_at, resend_at: asked.resend_at }
    }
}

/// Where a code is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": "13800000001"}))]
pub(crate) struct CodeWish {
    /// A mainland mobile number or an e-mail address.
    pub contact: String,
}

/// A code as it came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "492039"}))]
pub(crate) struct TypedCode {
    /// Six digits.
    pub code: String,
}

/// Why something is done; it stays in the record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "asked for at the counter"}))]
pub(crate) struct Why {
    pub reason: String,
}

/// The token is shown here and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionCreated {
    /// For `Authorization: Bearer`.
    pub token: String,
    pub token_type: &'static str,
    pub account: String,
    pub roles: Vec<String>,
    /// `open`; with `second_factor` or `enrol` the token opens nothing until a second factor is shown or set up.
    pub stage: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl From<&NewSession> for SessionCreated {
    fn from(session: &NewSession) -> Self {
        Self {
            token: session.token.expose().to_owned(),
            token_type: "Bearer",
            account: session.account.to_string(),
            roles: session.roles.iter().map(|role| role.name().to_owned()).collect(),
            stage: session.stage.name(),
            expires_at: session.expires_at,
        }
    }
}

impl From<(&SignedIn, &Token)> for SessionCreated {
    /// A session that goes on under a new token.
    fn from((signed_in, token): (&SignedIn, &Token)) -> Self {
        Self {
            token: token.expose().to_owned(),
            token_type: "Bearer",
            account: signed_in.account.to_string(),
            roles: signed_in.roles.iter().map(|role| role.name().to_owned()).collect(),
            stage: signed_in.stage.name(),
            expires_at: signed_in.expires_at,
        }
    }
}

/// A list that is never long.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Items<T: ToSchema> {
    pub items: Vec<T>,
}

impl<T: ToSchema> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().collect() }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what `listed` writes")]
pub(crate) struct Rows<T: ToSchema> {
    items: Vec<T>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what the edge writes")]
pub(crate) struct Problem {
    /// Where the code is explained.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// For people, in the language of `Accept-Language`.
    pub detail: String,
    /// The request's id.
    pub instance: String,
    /// Stable; see the registry of codes.
    pub code: String,
    /// Each wrong field, where the refusal is about an input.
    #[schema(nullable = false)]
    pub errors: Option<Vec<ProblemField>>,
}

/// One wrong field.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "describes what the edge writes")]
pub(crate) struct ProblemField {
    /// JSON Pointer into the body; `/query/name` for a parameter.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}
