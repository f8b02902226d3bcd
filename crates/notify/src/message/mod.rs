//! Messages and their delivery. Promises: a message commits with what it tells about; it is tried until it is delivered
//! or has failed for good; its content is readable only for whom it was written (and in the demo's outbox).

mod jobs;
mod model;
mod ops;
mod rules;
mod store;
#[cfg(test)]
mod tests;

pub use jobs::{DELIVER_JOB, DeliverJob};
pub use model::{Error, InboxMessage, MessageId, MessageState, NewMessage, OutboxMessage};
pub(crate) use ops::SEALED;
pub use ops::{forget_account, list_inbox, list_outbox, mark_all_read, mark_read, send, unread_count};
pub(crate) use store::STATEMENTS;
