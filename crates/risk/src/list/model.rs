//! Entries of lists.

use kernel::{AccountId, Locale, Timestamp};

use crate::decision::named;

kernel::typed_id!(
    /// One entry of a list.
    EntryId, "lst"
);

named! {
    /// What an entry does.
    List {
        /// Denies, and nothing lifts it.
        Sanctions = "sanctions",
        /// Denies, unless an entry allows.
        Deny = "deny",
        /// Asks for a review.
        Watch = "watch",
        /// Lifts the score, the watch list and the deny list; never a sanction, never a live rule.
        Allow = "allow",
    }
}

named! {
    /// What is listed.
    Entity {
        Customer = "customer",
        Device = "device",
        Network = "network",
        Payee = "payee",
        Phone = "phone",
    }
}

named! {
    /// How an entry stands.
    EntryState {
        /// Waits for a second person.
        Proposed = "proposed",
        Active = "active",
        Removed = "removed",
    }
}

/// An entry as somebody makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    pub list: List,
    pub entity: Entity,
    /// An account's id, a device's or payee's number as a decision shows it, an address, a phone number.
    pub value: String,
    /// 5 to 500 characters.
    pub reason: String,
    pub expires_at: Option<Timestamp>,
}

/// One entry. What it names stays sealed: see [`super::reveal`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub list: List,
    pub entity: Entity,
    /// The keyed hash, or the number, that acts are compared with.
    pub value: i64,
    pub reason: String,
    pub state: EntryState,
    pub made_by: AccountId,
    pub made_at: Timestamp,
    pub checked_by: Option<AccountId>,
    pub expires_at: Option<Timestamp>,
}

impl List {
    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Sanctions => locale.pick("制裁名单", "Sanctions"),
            Self::Deny => locale.pick("拒绝名单", "Deny list"),
            Self::Watch => locale.pick("关注名单", "Watch list"),
            Self::Allow => locale.pick("放行名单", "Allow list"),
        }
    }
}

impl Entity {
    pub const fn words(self, locale: Locale) -> &'static str {
        match self {
            Self::Customer => locale.pick("账号", "Account"),
            Self::Device => locale.pick("设备", "Device"),
            Self::Network => locale.pick("网络", "Network"),
            Self::Payee => locale.pick("收款方", "Payee"),
            Self::Phone => locale.pick("手机号", "Phone"),
        }
    }
}
