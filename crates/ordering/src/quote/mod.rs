//! A price that holds until it expires: ours, or a provider's answer to an enquiry.

mod ops;
pub(crate) mod store;

use catalogue::service::{Priced, QuotedPrice, ServiceVersion};
use kernel::{AccountId, Money, Timestamp};

pub use ops::{Answered, Enquirer, ask, get, purge};

kernel::typed_id!(
    /// A price that holds until it expires.
    QuoteId, "quo"
);

/// A price that holds until it expires.
#[derive(Debug, Clone)]
pub struct Quote {
    pub id: QuoteId,
    pub customer: AccountId,
    pub service: String,
    pub service_version: i64,
    pub offering: String,
    pub quantity: i64,
    /// What was asked about; an order with other answers is refused.
    pub fingerprint: [u8; 32],
    pub total: Money,
    /// The provider's amount, where one was asked.
    pub provider: Option<QuotedPrice>,
    /// What else the provider answered: name, period, meter.
    pub facts: Option<serde_json::Value>,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    /// The parts of the total; not stored.
    pub priced: Option<Priced>,
}

/// What an enquiry is about: the service and the answers it needs, or all answers where nothing is asked.
pub(crate) fn subject(cx: &durable::Cx, version: &ServiceVersion, answers: &serde_json::Value) -> [u8; 32] {
    let needed: serde_json::Value = match &version.service.enquiry {
        Some(enquiry) => {
            enquiry.needs.iter().map(|name| answers.get(name).cloned().unwrap_or_default()).collect()
        }
        None => answers.clone(),
    };
    let plain = crate::idempotency::fingerprint(&serde_json::json!([version.code, needed]));
    // Keyed: a meter or a phone number has few possibilities, which could be tried out.
    cx.vault.mac(&[b"quote.subject", &plain])
}
