//! What an answer means, and when to ask again.

use kernel::{AccountId, Duration, Timestamp};

use super::model::{Next, Payout, PayoutAnswer, PayoutState};
use crate::Error;

/// After how long it is asked again; the last counts for every time after.
const PAUSES: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
];
/// So often asked without an end, a person should look.
pub(crate) const ALARM_AFTER: i64 = 12;

pub(crate) fn next_ask(asked: i64, now: Timestamp) -> Timestamp {
    let at = usize::try_from(asked).unwrap_or(0).min(PAUSES.len().saturating_sub(1));
    now.plus(PAUSES.get(at).copied().unwrap_or(Duration::from_hours(1)))
}

/// What an answer means for a payout. `Unknown` never means "no".
pub(crate) fn judge(state: PayoutState, answer: &PayoutAnswer) -> Next {
    match state {
        PayoutState::Waiting | PayoutState::Paid | PayoutState::Failed | PayoutState::Refused => {
            Next::Nothing
        }
        PayoutState::Approved | PayoutState::Sent => match answer {
            PayoutAnswer::Paid { reference } => Next::Pay(reference.chars().take(100).collect()),
            PayoutAnswer::Refused { code } => Next::Fail(code.chars().take(60).collect()),
            PayoutAnswer::NotAccepted { code } if state == PayoutState::Approved => {
                Next::SendLater(code.chars().take(60).collect())
            }
            // What was sent once may have been accepted: only the provider knows that it was not.
            PayoutAnswer::UnderWay | PayoutAnswer::Unknown | PayoutAnswer::NotAccepted { .. } => {
                Next::AskLater
            }
            PayoutAnswer::NotKnown => Next::SendLater("not_known".to_owned()),
        },
    }
}

/// Whether a second person may decide it.
pub(crate) fn check_decision(payout: &Payout, agreed_by: AccountId, checker: AccountId) -> Result<(), Error> {
    // Whoever wrote down where the money goes is no second pair of eyes either.
    if payout.maker == checker || agreed_by == checker {
        return Err(Error::OwnRequest);
    }
    if payout.state == PayoutState::Waiting { Ok(()) } else { Err(Error::AlreadyDecided) }
}
