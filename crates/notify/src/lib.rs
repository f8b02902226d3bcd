//! Messages to people. A message is written in the caller's transaction ([`send`]) and delivered afterwards by a job, so
//! that "it happened" and "you were told" cannot part; delivery has its own state and is retried.
//!
//! Content and address are sealed in the database and never logged.

pub mod channel;
pub mod message;
pub mod template;

pub use channel::{Channel, OutboxSender, Outgoing, SendError, Sender, Senders, Sending};
pub use message::{
    DELIVER_JOB, DeliverJob, Error, InboxMessage, MessageId, MessageState, NewMessage, OutboxMessage,
    forget_account, list_inbox, list_outbox, mark_all_read, mark_read, send, unread_count,
};
pub use template::{BadTemplate, CodePurpose, Content, Fillings, OrderUpdate, Template, fillings};

/// The tables of this crate.
pub const MIGRATIONS: db::Migrations = db::Migrations {
    crate_name: "notify",
    files: &[("0001_init", include_str!("../migrations/0001_init.sql"))],
};

/// Every column of sealed values.
pub const SEALED: &[&[vault::SealedColumn]] = &[message::SEALED];

/// Every statement of this crate, for the test that prepares all on both databases.
pub static STATEMENTS: &[&[&dyn db::Statement]] = &[message::STATEMENTS];
