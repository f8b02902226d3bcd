//! The ways a message can go. This room promises only the port: what delivers (a mail server, an SMS provider, the demo's
//! visible outbox) is given to the job by the wiring.

mod model;

pub use model::{Channel, OutboxSender, Outgoing, SendError, Sender, Senders, Sending};
