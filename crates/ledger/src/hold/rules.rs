//! The life of a hold, and what of it is hashed.

use kernel::{Money, Timestamp};

use super::model::{Event, Hold, HoldRefusal, HoldState, NewHold, Take};
use crate::chain::model::Fact;
use crate::chain::rules::Canonical;

/// What becomes of a hold. A hold past its time can be voided or expired, but no longer posted, also before the job has seen it.
pub(crate) fn on(hold: &Hold, event: Event, now: Timestamp) -> Result<HoldState, HoldRefusal> {
    match (hold.state, event) {
        (HoldState::Posted { .. }, _) => Err(HoldRefusal::AlreadyPosted),
        (HoldState::Voided { .. }, _) => Err(HoldRefusal::AlreadyVoided),
        (HoldState::Expired { .. }, _) => Err(HoldRefusal::Expired),
        (HoldState::Pending, Event::Void) => Ok(HoldState::Voided { at: now }),
        (HoldState::Pending, Event::Expire) => Ok(HoldState::Expired { at: now }),
        (HoldState::Pending, Event::Post(take)) => {
            if hold.expires_at.is_some_and(|end| end <= now) {
                return Err(HoldRefusal::Expired);
            }
            Ok(HoldState::Posted { amount_minor: amount_of(take, hold.amount)?, at: now })
        }
    }
}

fn amount_of(take: Take, held: Money) -> Result<i64, HoldRefusal> {
    match take {
        Take::All => Ok(held.minor),
        Take::Part(minor) if minor <= 0 => Err(HoldRefusal::BadAmount { currency: held.currency }),
        Take::Part(minor) if minor > held.minor => Err(HoldRefusal::MoreThanHeld { held }),
        Take::Part(minor) => Ok(minor),
    }
}

/// Whether `new` is what was placed under the same key before. The id may differ: it is made anew at each try.
pub(crate) fn is_same(new: &NewHold, placed: &Hold) -> bool {
    placed.debit == new.debit
        && placed.credit == new.credit
        && placed.amount == new.amount
        && placed.kind == new.kind
        && placed.order == new.order
        && placed.customer == new.customer
        && placed.expires_at == new.expires_at
        && placed.memo == new.memo
}

/// The columns that never change.
pub(crate) fn content(h: &Hold) -> Canonical {
    Canonical::new(Fact::Hold)
        .int(h.id.0)
        .int(h.debit.0)
        .int(h.credit.0)
        .int(h.amount.minor)
        .text(h.amount.currency.code())
        .text(h.kind.code())
        .text(&h.business_key)
        .maybe(h.order)
        .maybe(h.customer.map(|c| c.0))
        .maybe(h.expires_at.map(|at| at.0))
        .text(&h.memo)
        .int(h.created_at.0)
}

/// The end of a hold that was not posted. (A posted one is told by its transfer.)
pub(crate) fn release_content(h: &Hold) -> Canonical {
    Canonical::new(Fact::Release)
        .int(h.id.0)
        .text(h.state.code())
        .int(h.state.posted_minor())
        .maybe(h.state.closed_at().map(|at| at.0))
}
