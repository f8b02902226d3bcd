//! What a proof opens. Pure.

use crate::factor::Enrolled;
use crate::session::Stage;

use super::model::{Method, Proven};

/// What the risk of a sign-in calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    /// Let in, and told to the owner.
    Notify,
    /// A second factor even where none would be due.
    StepUp,
    Deny,
}

/// Everything that decides what is still due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub proven: Proven,
    pub enrolled: Enrolled,
    /// Whether one of the roles demands a second factor.
    pub demanded: bool,
    pub remembered: bool,
    pub verdict: Verdict,
    /// Whether something else than what was just shown could be asked for: a code to an address, a password.
    pub can_ask: bool,
}

/// What is due before the session is open.
pub(crate) fn stage(standing: Standing) -> Stage {
    let risky = standing.verdict == Verdict::StepUp;
    if is_two_factors(&standing.proven) {
        return Stage::Open;
    }
    if standing.enrolled.any() {
        return if standing.remembered && !risky { Stage::Open } else { Stage::SecondFactor };
    }
    if standing.demanded {
        return Stage::Enrol;
    }
    if risky && standing.can_ask { Stage::SecondFactor } else { Stage::Open }
}

/// Whether what was shown is a fresh proof for sensitive acts (W8): as strong as the account has. What another site says is
/// none: nobody knows when it asked.
pub(crate) fn is_proof(proven: &Proven, enrolled: Enrolled) -> bool {
    match proven.method {
        Method::Federated => false,
        Method::Password | Method::Code => !enrolled.any(),
        Method::Passkey | Method::Totp | Method::RecoveryCode => true,
    }
}

/// W7: a passkey that verified its user.
pub(crate) const fn is_two_factors(proven: &Proven) -> bool {
    matches!(proven.method, Method::Passkey) && proven.user_verified
}
