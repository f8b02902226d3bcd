//! Disputes: the payer asks the bank for the money back. Buttons on the control page move them.

use connectors::OperationId;
use kernel::{Duration, Timestamp};

use super::{DisputeRecord, DisputeStatus, PaymentRecord, Status, books, events};
use crate::dice;
use crate::world::World;

/// How long evidence can be handed in.
const EVIDENCE: Duration = Duration::from_days(7);

/// What is done to a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Open,
    /// Evidence is there and is being looked at.
    Review,
    Win,
    Lose,
}

impl Turn {
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "open" => Self::Open,
            "review" => Self::Review,
            "win" => Self::Win,
            "lose" => Self::Lose,
            _ => return None,
        })
    }
}

/// `false` when the payment is in no state for it.
pub(super) fn turn(world: &mut World, attempt: &OperationId, turn: Turn, now: Timestamp) -> bool {
    let Some(record) = world.payments.get(attempt).cloned() else { return false };
    let open = |dispute: &DisputeRecord| {
        matches!(dispute.status, DisputeStatus::NeedsResponse | DisputeStatus::UnderReview)
    };
    match (turn, record.dispute.clone()) {
        (Turn::Open, None) if record.status == Status::Succeeded => begin(world, record, now),
        (Turn::Review, Some(dispute)) if dispute.status == DisputeStatus::NeedsResponse => {
            let dispute = DisputeRecord { status: DisputeStatus::UnderReview, ..dispute };
            moved(world, record, dispute, &["charge.dispute.updated"], now);
        }
        (Turn::Win, Some(dispute)) if open(&dispute) => {
            let mut record = record;
            books::reinstated(&mut record, &dispute, now);
            let dispute = DisputeRecord { status: DisputeStatus::Won, ..dispute };
            let kinds = ["charge.dispute.closed", "charge.dispute.funds_reinstated"];
            moved(world, record, dispute, &kinds, now);
        }
        (Turn::Lose, Some(dispute)) if open(&dispute) => {
            let dispute = DisputeRecord { status: DisputeStatus::Lost, ..dispute };
            moved(world, record, dispute, &["charge.dispute.closed"], now);
        }
        _ => return false,
    }
    true
}

fn begin(world: &mut World, mut record: PaymentRecord, now: Timestamp) {
    let dispute = DisputeRecord {
        id: format!("dp_{}", dice::number("dispute", record.attempt.as_str(), 16)),
        amount: record.received.saturating_sub(record.given_back()),
        status: DisputeStatus::NeedsResponse,
        created_at: now,
        due_by: now.plus(EVIDENCE),
    };
    books::withdrawn(&mut record, &dispute, now);
    let kinds = ["charge.dispute.created", "charge.dispute.funds_withdrawn"];
    moved(world, record, dispute, &kinds, now);
}

fn moved(
    world: &mut World,
    mut record: PaymentRecord,
    dispute: DisputeRecord,
    kinds: &[&str],
    now: Timestamp,
) {
    record.dispute = Some(dispute);
    for kind in kinds {
        events::dispute(world, &mut record, kind, now);
    }
    world.keep_payment(record);
}
