//! Our side: what we have booked at a gateway, as payment tells it.

use connectors::gateway::BillKind;
use db::Tx;
use durable::{BoxFuture, Cx};
use kernel::{AccountId, Money, Timestamp};
use ordering::OrderId;

use crate::Error;

/// One booking of ours that a bill should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    pub kind: BillKind,
    /// The attempt's id, or with refunds the refund's.
    pub our_id: String,
    pub order: Option<OrderId>,
    pub customer: AccountId,
    pub gateway_id: Option<String>,
    /// Never negative; `kind` says which way it went.
    pub amount: Money,
    pub at: Timestamp,
    /// `captured`, `surplus`, `succeeded`.
    pub state: String,
}

/// Where bookings are read.
pub trait Books: Send + Sync + std::fmt::Debug {
    /// What was booked at a gateway from `from` until before `to`, in any order.
    fn list<'a>(
        &'a self,
        tx: &'a mut Tx,
        cx: &'a Cx,
        gateway: &'a str,
        from: Timestamp,
        to: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<Booked>, Error>>;

    /// The bookings of these attempts and refunds, whenever they were made; what is not booked is left out.
    fn by_id<'a>(
        &'a self,
        tx: &'a mut Tx,
        cx: &'a Cx,
        gateway: &'a str,
        our_ids: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<Booked>, Error>>;
}
