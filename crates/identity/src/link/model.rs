//! A link between an identity elsewhere and an account here.

use kernel::{AccountId, Timestamp};

/// More links of one account make no sense.
pub(crate) const MOST_LINKS: i64 = 20;

kernel::typed_id!(
    /// An identity at another party that opens an account.
    LinkId, "fed"
);

/// A link as its owner sees it. Has no `Debug`: the name is personal.
#[derive(Clone)]
pub struct LinkView {
    pub id: LinkId,
    /// The party's name in the settings: `wechat`.
    pub provider: String,
    /// What the person is called there.
    pub name: Option<String>,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// A link to be made.
pub(crate) struct NewLink<'a> {
    pub account: AccountId,
    pub provider: &'a str,
    pub subject_index: &'a [u8],
    pub name: Option<&'a str>,
}

/// A row of the table.
pub(crate) struct StoredLink {
    pub id: LinkId,
    pub account: AccountId,
    pub provider: String,
    pub name_sealed: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}
