//! Our side: what is booked at a gateway, as payment tells it, in pages that fit into memory.

use connectors::gateway::BillKind;
use db::Tx;
use durable::Cx;
use kernel::Timestamp;
use ordering::payment::record::{self, Booked};

use crate::Error;

/// What was booked at a gateway from `from` until before `to`.
pub(crate) async fn list(
    tx: &mut Tx,
    cx: &Cx,
    gateway: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Booked>, Error> {
    Ok(record::list_booked(tx, cx, gateway, from, to).await?)
}

/// The bookings among these attempts and refunds, whenever they were made; what is not booked is left out.
pub(crate) async fn by_id(
    tx: &mut Tx,
    cx: &Cx,
    gateway: &str,
    our_ids: &[String],
) -> Result<Vec<Booked>, Error> {
    let mut known = record::booked_by_id(tx, cx, gateway, our_ids).await?;
    known.retain(is_booked);
    Ok(known)
}

/// Payment answers for attempts and refunds that have no end, too.
fn is_booked(one: &Booked) -> bool {
    match one.kind {
        BillKind::Refund => one.state == "succeeded",
        // Payment tells of a dispute only what it booked.
        BillKind::DisputeLost | BillKind::DisputeWon => true,
        _ => matches!(one.state, "captured" | "surplus"),
    }
}
