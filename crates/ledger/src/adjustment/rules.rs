//! What a request must say, and what a decision needs.

use kernel::{AccountId, Duration, Money, Timestamp};

use super::model::{Adjustment, AdjustmentState, Side};
use crate::Error;
use crate::account::Account;

/// How long a request waits for a second person.
pub(crate) const WAIT: Duration = Duration::from_hours(72);
const LEAST: usize = 4;
const MOST: usize = 500;

/// A reason somebody can follow later.
pub(crate) fn check_reason(reason: &str) -> Result<&str, Error> {
    let reason = reason.trim();
    if (LEAST..=MOST).contains(&reason.chars().count()) {
        Ok(reason)
    } else {
        let (zh, en) = ("写明原因，4 至 500 个字", "Say why in 4 to 500 characters");
        Err(Error::field("/reason", "ledger.reason_needed", zh, en))
    }
}

/// Whether a second person may decide it now.
pub(crate) fn check_decision(
    adjustment: &Adjustment,
    checker: AccountId,
    now: Timestamp,
) -> Result<(), Error> {
    if adjustment.maker == checker {
        return Err(Error::OwnRequest);
    }
    match adjustment.state {
        AdjustmentState::Waiting if adjustment.expires_at <= now => Err(Error::Expired),
        AdjustmentState::Waiting => Ok(()),
        AdjustmentState::Booked
        | AdjustmentState::Refused
        | AdjustmentState::Withdrawn
        | AdjustmentState::Expired => Err(Error::AlreadyDecided),
    }
}

/// An account before and after an amount was debited (more than zero) or credited (less).
pub(crate) fn side(account: &Account, debited: i64) -> Side {
    let now = account.balance();
    let change = if account.kind.grows_with_debits() { debited } else { debited.saturating_neg() };
    let after = Money { minor: now.posted.minor.saturating_add(change), ..now.posted };
    Side { code: account.code.clone(), now, after }
}
