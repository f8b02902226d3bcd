//! The port to what delivers: [`Sender`], and the sender of the demo.

use std::pin::Pin;
use std::sync::Arc;

use kernel::{Duration, Locale};

use crate::{Content, MessageId};

/// How a message reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    Sms,
    Email,
    /// The message centre of the portal: delivered by being written.
    Inbox,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Sms, Self::Email, Self::Inbox];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Inbox => "inbox",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// What a sender gets. Has no `Debug`: the content must not end in a log.
pub struct Outgoing {
    /// The same over all retries, so that a receiver can drop a second delivery.
    pub id: MessageId,
    pub channel: Channel,
    /// E.164 number or e-mail address.
    pub to: String,
    pub locale: Locale,
    /// Which text it is: `code.sign_in`, `order.paid`, `custom.…`. Carriers that send approved templates choose theirs by it.
    pub template: String,
    pub content: Content,
}

/// Why a message did not go out. The text is for the log: it must not repeat address or content.
#[derive(Debug)]
pub enum SendError {
    /// It may work later.
    Temporary(String),
    /// It will never work: a number that does not exist, an address that was refused.
    Permanent(String),
    /// Too many just now: it did not go, and before `wait` is over no try is worth it.
    Limited { why: String, wait: Duration },
    /// It may have gone.
    Unknown(String),
}

impl std::fmt::Display for SendError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Temporary(why) => write!(f, "not delivered yet: {why}"),
            Self::Permanent(why) => write!(f, "cannot be delivered: {why}"),
            Self::Limited { why, wait } => {
                write!(f, "not delivered, and not before {} s: {why}", wait.as_secs())
            }
            Self::Unknown(why) => write!(f, "perhaps delivered: {why}"),
        }
    }
}

impl std::error::Error for SendError {}

/// The answer of [`Sender::send`], some time later.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), SendError>> + Send + 'a>>;

/// Delivers messages of one channel. May be called more than once for one message: delivery is at least once.
pub trait Sender: Send + Sync {
    fn send<'a>(&'a self, message: &'a Outgoing) -> Sending<'a>;
}

/// Who delivers what.
#[derive(Clone)]
pub struct Senders {
    pub sms: Arc<dyn Sender>,
    pub email: Arc<dyn Sender>,
}

impl Senders {
    /// The sender of a channel; the message centre needs none.
    pub(crate) fn of(&self, channel: Channel) -> Option<&dyn Sender> {
        match channel {
            Channel::Sms => Some(self.sms.as_ref()),
            Channel::Email => Some(self.email.as_ref()),
            Channel::Inbox => None,
        }
    }
}

/// The demo's sender: nothing leaves the machine, the outbox page shows what would have been sent.
///
/// Holding one is the proof that the demo runs, which [`list_outbox`](crate::list_outbox) asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct OutboxSender;

impl Sender for OutboxSender {
    fn send<'a>(&'a self, _message: &'a Outgoing) -> Sending<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}
