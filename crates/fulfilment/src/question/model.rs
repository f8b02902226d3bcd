//! A question and its answer.

use kernel::{AccountId, Timestamp};
use ordering::order::{LineId, OrderId};

kernel::typed_id!(
    /// Something staff asked a customer.
    QuestionId, "qst"
);

/// Something staff asked a customer.
#[derive(Debug, Clone)]
pub struct Question {
    pub id: QuestionId,
    pub line: LineId,
    pub order: OrderId,
    pub customer: AccountId,
    pub text: String,
    /// As [`kernel::Actor::label`] says; for staff only.
    pub asked_by: String,
    pub asked_at: Timestamp,
    pub answer: Option<String>,
    pub answered_at: Option<Timestamp>,
}
