//! Addresses that change.

use kernel::AccountId;

use crate::account::Contact;
use crate::code::Purpose;

/// Which of the two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    Phone,
    Email,
}

impl ContactKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Phone, Self::Email].into_iter().find(|kind| kind.name() == name)
    }

    pub(crate) const fn of(contact: &Contact) -> Self {
        match contact {
            Contact::Phone(_) => Self::Phone,
            Contact::Email(_) => Self::Email,
        }
    }

    pub(crate) const fn purpose(self) -> Purpose {
        match self {
            Self::Phone => Purpose::NewPhone,
            Self::Email => Purpose::NewEmail,
        }
    }

    pub(crate) fn read(self, text: String) -> Contact {
        match self {
            Self::Phone => Contact::Phone(text),
            Self::Email => Contact::Email(text),
        }
    }
}

/// A row of the table of changed addresses.
pub(crate) struct ContactChange {
    pub id: i64,
    pub account: AccountId,
    pub kind: String,
    pub new_sealed: Vec<u8>,
    pub old_sealed: Option<Vec<u8>>,
}
