//! Our side of a day as it is when it is matched, written down so that both sides can be read in one order.

use durable::Cx;
use kernel::Duration;

use super::ops::with_ledger;
use super::store;
use crate::bill::BillDayId;
use crate::bill::model::{BillDay, Claim};
use crate::bill::ops::{CHUNK, begin};
use crate::{Error, books};

/// Bookings are read in windows of time that are made to hold about this many, so that a busy day fits into memory and a quiet one needs
/// few questions.
const WINDOW_ROWS: usize = 2_000;
/// The first window, the shortest and the longest.
const WINDOWS: [Duration; 3] = [Duration::from_mins(10), Duration::from_secs(5), Duration::from_hours(6)];
/// Rows taken away in one transaction.
const CHUNK_ROWS: i64 = 5_000;

/// Our side as it is now, so that both sides can be read in one order.
pub(crate) async fn take(cx: &Cx, claim: Claim, day: &BillDay) -> Result<(), Error> {
    forget(cx, claim, day.id).await?;
    let (mut from, end) = (day.day.begins_at(), day.day.ends_at());
    let [mut window, shortest, longest] = WINDOWS;
    while from < end {
        let to = from.plus(window).min(end);
        let mut tx = cx.read().await?;
        let booked = books::list(&mut tx, cx, &day.gateway, from, to).await?;
        if booked.len() > WINDOW_ROWS {
            window = Duration(window.0.div_euclid(2)).max(shortest);
        } else if booked.len() < WINDOW_ROWS.div_euclid(4) {
            window = Duration(window.0.saturating_mul(2)).min(longest);
        }
        let ours = with_ledger(&mut tx, &day.gateway, booked).await?;
        drop(tx);
        for rows in ours.chunks(CHUNK) {
            let mut tx = begin(cx, claim).await?;
            store::insert_ours(&mut tx, cx, day.id, rows).await?;
            tx.commit().await?;
        }
        from = to;
    }
    Ok(())
}

/// Takes a snapshot away, piece by piece.
pub(crate) async fn forget(cx: &Cx, claim: Claim, day: BillDayId) -> Result<(), Error> {
    loop {
        let mut tx = begin(cx, claim).await?;
        let dropped = store::drop_ours(&mut tx, day, CHUNK_ROWS).await?;
        tx.commit().await?;
        if dropped == 0 {
            return Ok(());
        }
    }
}
