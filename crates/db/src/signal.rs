//! Wake-ups between tasks, processes and nodes: sent when a transaction commits, never before.
//!
//! A signal says "look again", it carries no truth: it may be lost when a connection breaks, so every listener also looks
//! by itself from time to time.

use tokio::sync::broadcast;

/// One wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    pub channel: String,
    pub payload: String,
}

/// Receives the signals of one channel.
#[derive(Debug)]
pub struct Listener {
    pub(crate) channel: &'static str,
    pub(crate) receiver: broadcast::Receiver<Signal>,
}

impl Listener {
    /// The next payload; `None` when some signals were missed (look at everything). Pends forever once the database is closed.
    pub async fn recv(&mut self) -> Option<String> {
        loop {
            match self.receiver.recv().await {
                Ok(signal) if signal.channel == self.channel => return Some(signal.payload),
                Ok(signal) if signal.channel.is_empty() => return None,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => return None,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
