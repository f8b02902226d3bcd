//! A payee.

use kernel::{AccountId, Timestamp, mask_email, mask_phone};

kernel::typed_id!(
    /// Somebody money is sent to.
    PayeeId, "pye"
);

/// An entry of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    pub id: PayeeId,
    /// As the bank knows them, or as they were shown to be called.
    pub name: String,
    /// Empty where the money goes to a balance here.
    pub bank: String,
    /// Digits only; a phone number or an e-mail address where the money goes to a balance here.
    pub account: String,
    pub nickname: Option<String>,
    pub created_at: Timestamp,
    /// From then on larger amounts may go there.
    pub warm_at: Timestamp,
    /// The customer whose balance it goes to; `None` for an account at a bank.
    pub beneficiary: Option<AccountId>,
}

impl Payee {
    /// The last four digits: what lists show.
    pub fn tail(&self) -> &str {
        let from = self.account.len().saturating_sub(4);
        self.account.get(from..).unwrap_or_default()
    }

    /// The address of another customer as lists show it: `138****0000`.
    pub fn shown_contact(&self) -> String {
        if self.account.contains('@') { mask_email(&self.account) } else { mask_phone(&self.account) }
    }

    /// The name as lists show it: of another customer only the beginning and the end, `张*三`.
    pub fn shown_name(&self) -> String {
        if self.beneficiary.is_none() {
            return self.name.clone();
        }
        let letters: Vec<char> = self.name.chars().collect();
        match letters.as_slice() {
            [first, hidden @ .., last] if !hidden.is_empty() => format!("{first}*{last}"),
            [first, ..] => format!("{first}*"),
            [] => String::new(),
        }
    }
}

/// Another customer to add. Errors point to `/name`, `/contact` and `/nickname`.
#[derive(Debug, Clone, Default)]
pub struct NewBalancePayee {
    /// As their identity was verified.
    pub name: String,
    /// A phone number or an e-mail address, as typed.
    pub contact: String,
    /// May be empty.
    pub nickname: String,
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
