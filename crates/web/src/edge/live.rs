//! Live pages: whoever looks at an order hears when it changed. A stream only hastens what a reload shows; it carries no truth of its own.

use std::time::Duration;

use db::Db;
use durable::task::Tasks;
use kernel::AccountId;
use ordering::OrderId;
use tokio::sync::broadcast;

/// Changes a slow stream may fall behind before it is told to look again.
const KEPT: usize = 1024;
/// Comment lines that keep proxies from closing a quiet stream.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// One order changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub customer: AccountId,
    pub order: OrderId,
}

/// Hears of every change on any node and tells the streams of this one.
#[derive(Debug, Clone)]
pub struct Live(broadcast::Sender<Option<Change>>);

impl Live {
    /// Begins to listen; ends with `tasks`.
    pub fn start(db: &Db, tasks: &Tasks) -> Self {
        let (sender, _) = broadcast::channel(KEPT);
        let mut listener = db.listen(ordering::order::LIVE);
        let out = sender.clone();
        tasks.spawn_until_stop(async move {
            loop {
                // `None`: something was missed, so every stream looks again.
                let change = listener.recv().await.and_then(|payload| parse(&payload));
                let _ = out.send(change);
            }
        });
        Self(sender)
    }

    /// A stream's own ear.
    pub fn hear(&self) -> Ear {
        Ear(self.0.subscribe())
    }
}

fn parse(payload: &str) -> Option<Change> {
    let (customer, order) = payload.split_once('|')?;
    Some(Change { customer: AccountId(customer.parse().ok()?), order: OrderId(order.parse().ok()?) })
}

/// Hears changes.
#[derive(Debug)]
pub struct Ear(broadcast::Receiver<Option<Change>>);

impl Ear {
    /// Waits until an order that `wanted` picks changed, or until some change was missed.
    pub async fn wait(&mut self, wanted: impl Fn(&Change) -> bool) {
        loop {
            match self.0.recv().await {
                Ok(Some(change)) if !wanted(&change) => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
