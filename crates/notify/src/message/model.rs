//! A message, and how far its delivery is.

use kernel::{AccountId, Locale, Timestamp};

use crate::{Channel, Content, Template};

kernel::typed_id!(
    /// One message to one person on one channel.
    MessageId, "msg"
);

kernel::errors! {
    /// Why a message cannot be sent or read.
    pub enum Error in "notify" {
        /// Reading one's messages needs an account.
        SignInNeeded => Unauthenticated "sign_in_needed", "登录后才能查看消息", "Sign in to read your messages";
        /// No such message of this account.
        NotFound => NotFound "not_found", "没有找到这条消息，可能已被删除", "There is no such message";
    }
}

db::bug_from!(Error);

/// How far the delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    Queued,
    Sent,
    /// Given up after the last try, or refused for good.
    Failed,
    /// Given up while nobody knows whether it went.
    Unconfirmed,
}

impl MessageState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Sent, Self::Failed, Self::Unconfirmed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What is to be sent. Has no `Debug`: it holds an address and words.
pub struct NewMessage {
    pub channel: Channel,
    /// Whose message centre shows it; also for messages by SMS and e-mail, where known.
    pub account: Option<AccountId>,
    /// E.164 number or e-mail address; empty for [`Channel::Inbox`].
    pub to: String,
    pub locale: Locale,
    pub template: Template,
    /// Path of the page that shows more.
    pub link: Option<String>,
}

/// A row of the message table, sealed as it is stored.
pub(crate) struct Stored {
    pub id: MessageId,
    pub channel: Channel,
    pub account: Option<AccountId>,
    pub to_sealed: Vec<u8>,
    pub template: String,
    pub locale: Locale,
    pub content_sealed: Vec<u8>,
    pub state: MessageState,
    pub attempts: i64,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
}

/// A line of the customer's message centre.
#[derive(Debug, Clone)]
pub struct InboxMessage {
    pub id: MessageId,
    pub content: Content,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// A line of the demo's outbox page.
#[derive(Debug, Clone)]
pub struct OutboxMessage {
    pub id: MessageId,
    pub channel: Channel,
    pub to: String,
    pub content: Content,
    pub state: MessageState,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}
