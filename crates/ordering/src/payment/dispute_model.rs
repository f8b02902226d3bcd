//! Nouns of disputes.

use connectors::gateway::DisputeState as Said;
use kernel::{AccountId, Money, Timestamp};
use serde::{Deserialize, Serialize};

use super::model::{AttemptId, PaymentId};
use crate::order::OrderId;
use crate::order::model::named;

kernel::typed_id!(
    /// A dispute about one attempt.
    DisputeId, "dsp"
);

named! {
    /// Where a dispute stands.
    pub enum DisputeState {
        /// The bank only asks; no money was taken.
        Asked = "asked",
        /// It never came to a dispute.
        Dropped = "dropped",
        /// The gateway keeps the money.
        Open = "open",
        /// The money is ours again.
        Won = "won",
        /// It went back to the payer.
        Lost = "lost",
        /// Not about what was paid: nothing is booked.
        Mismatch = "mismatch",
    }
}

impl DisputeState {
    pub(super) const fn of(said: Said) -> Self {
        match said {
            Said::Asked => Self::Asked,
            Said::Dropped => Self::Dropped,
            Said::Open => Self::Open,
            Said::Won => Self::Won,
            Said::Lost => Self::Lost,
        }
    }

    /// The gateway took the money, whatever became of it.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Open | Self::Won | Self::Lost)
    }

    pub const fn is_final(self) -> bool {
        matches!(self, Self::Dropped | Self::Won | Self::Lost)
    }
}

/// A dispute as we know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub id: DisputeId,
    pub gateway: String,
    /// The gateway's number.
    pub gateway_id: String,
    pub attempt: AttemptId,
    pub payment: PaymentId,
    /// None for a top-up.
    pub order: Option<OrderId>,
    pub customer: AccountId,
    pub amount: Money,
    /// What the gateway asks for it, in the currency of the amount, minor units. Booked with the bill.
    pub fee_minor: i64,
    /// The gateway's code: `fraudulent`.
    pub reason: String,
    pub state: DisputeState,
    /// The last thing that was wrong with a report; a person was called for it.
    pub alarm: Option<String>,
    /// Until when evidence can be handed in.
    pub due_by: Option<Timestamp>,
    /// When the gateway took the money, by its own word; for one first heard of at its end, that moment.
    pub taken_at: Option<Timestamp>,
    /// When it was decided, by the gateway's word.
    pub ended_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
