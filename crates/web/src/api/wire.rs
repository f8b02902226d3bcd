//! Values that many answers share, as they go over the wire.

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
}

impl From<PaymentMethod> for catalogue::service::PaymentMethod {
    fn from(method: PaymentMethod) -> Self {
        match method {
            PaymentMethod::Balance => Self::Balance,
            PaymentMethod::Card => Self::Card,
        }
    }
}

impl From<catalogue::service::PaymentMethod> for PaymentMethod {
    fn from(method: catalogue::service::PaymentMethod) -> Self {
        match method {
            catalogue::service::PaymentMethod::Balance => Self::Balance,
            catalogue::service::PaymentMethod::Card => Self::Card,
        }
    }
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
