//! A payee.

use kernel::Timestamp;

kernel::typed_id!(
    /// Somebody money is sent to.
    PayeeId, "pye"
);

/// An entry of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    pub id: PayeeId,
    /// As the bank knows them.
    pub name: String,
    pub bank: String,
    /// Digits only.
    pub account: String,
    pub nickname: Option<String>,
    pub created_at: Timestamp,
    /// From then on larger amounts may go there.
    pub warm_at: Timestamp,
}

impl Payee {
    /// The last four digits: what lists show.
    pub fn tail(&self) -> &str {
        let from = self.account.len().saturating_sub(4);
        self.account.get(from..).unwrap_or_default()
    }
}

/// Whom to add. Errors point to `/name`, `/bank`, `/account` and `/nickname`.
#[derive(Debug, Clone, Default)]
pub struct NewPayee {
    pub name: String,
    pub bank: String,
    /// As typed: blanks and hyphens are taken out.
    pub account: String,
    /// May be empty.
    pub nickname: String,
}
