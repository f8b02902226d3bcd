//! What is asked for and where it stands.

use kernel::{AccountId, Money, Timestamp};

use crate::account::{Balance, LedgerAccountId};
use crate::column::{coded, id_column};
use crate::hold::HoldId;
use crate::transfer::TransferId;

kernel::typed_id!(
    /// A correction somebody asked for.
    AdjustmentId, "adj"
);
id_column!(AdjustmentId);

coded! {
    /// Where a request stands. Everything but `Waiting` is the end.
    pub enum AdjustmentState {
        Waiting = "waiting",
        Booked = "booked",
        Refused = "refused",
        /// By whoever asked.
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
}

/// What is to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A transfer is taken back whole.
    Reversal(TransferId),
    /// From one account to another, by their codes. An account `adjustment:…` is opened when it is not there.
    Booking { debit: String, credit: String, amount: Money },
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdjustment {
    pub wanted: Wanted,
    /// Why, in the words of whoever asks. Errors point to `/reason`, `/debit`, `/credit` and `/amount`.
    pub reason: String,
    /// The same key from the same person asks once.
    pub key: String,
}

/// A request as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    pub id: AdjustmentId,
    /// The transfer that is taken back; `None` for a booking.
    pub reverses: Option<TransferId>,
    pub debit: LedgerAccountId,
    pub credit: LedgerAccountId,
    pub amount: Money,
    /// Whose balance it touches.
    pub customer: Option<AccountId>,
    pub hold: HoldId,
    pub reason: String,
    pub state: AdjustmentState,
    pub maker: AccountId,
    pub checker: Option<AccountId>,
    /// What was booked.
    pub transfer: Option<TransferId>,
    pub created_at: Timestamp,
    /// From then on it can no longer be approved.
    pub expires_at: Timestamp,
    pub decided_at: Option<Timestamp>,
}

/// One account of a booking, as it is and as it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub code: String,
    pub now: Balance,
    /// What is posted once it is booked.
    pub after: Money,
}
