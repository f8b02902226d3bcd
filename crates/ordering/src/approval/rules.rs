//! Who may check, when a proof is wanted, what a decision leads to. Pure.

use identity::policy::Level;
use kernel::{AccountId, Timestamp};

use super::error::Error;
use super::model::{Approval, ApprovalState, Decision, Mine, SubjectKind};

/// From this amount on an approval asks for a fresh proof whatever the role's limit is, in fen (F5).
pub const PROOF_FROM: i64 = 500_000;

/// The level that is to agree now.
pub(crate) fn level_now(approval: &Approval) -> Option<&Level> {
    approval.rule.levels.get(usize::try_from(approval.level).ok()?)
}

/// Whether this member may decide about the request as it stands; `fits`: they are one of the level's checkers.
pub(crate) fn may_decide(
    approval: &Approval,
    decisions: &[Decision],
    who: AccountId,
    fits: bool,
    now: Timestamp,
) -> Result<(), Error> {
    open(approval, now)?;
    if approval.maker == who {
        return Err(Error::OwnRequest);
    }
    if decisions.iter().any(|one| one.checker == who) {
        return Err(Error::CheckedBefore);
    }
    if fits { Ok(()) } else { Err(Error::NotChecker) }
}

/// What whoever looks may do, from whether they may decide.
pub(crate) fn mine(may: &Result<(), Error>, proof: bool) -> Mine {
    match may {
        Ok(()) => Mine::MayCheck { proof },
        Err(Error::OwnRequest) => Mine::Maker,
        Err(Error::CheckedBefore) => Mine::CheckedBefore,
        Err(Error::NotChecker) => Mine::NotChecker,
        Err(_) => Mine::Over,
    }
}

/// Whether anything can still be decided.
pub(crate) fn open(approval: &Approval, now: Timestamp) -> Result<(), Error> {
    let state = match approval.state {
        ApprovalState::Open if approval.expires_at <= now => ApprovalState::Expired,
        state => state,
    };
    let (zh, en) = match state {
        ApprovalState::Open => return Ok(()),
        ApprovalState::Approved => ("已通过", "was approved"),
        ApprovalState::Returned => ("已退回", "was returned"),
        ApprovalState::Withdrawn => ("已由提交人撤回", "was withdrawn"),
        ApprovalState::Expired => ("已过期", "has expired"),
    };
    Err(Error::Decided { zh: zh.to_owned(), en: en.to_owned() })
}

/// Whether agreeing wants a fresh proof: rules always, money above the limit of the role or from [`PROOF_FROM`] on.
pub(crate) fn wants_proof(approval: &Approval, limit: Option<i64>) -> bool {
    let threshold = limit.unwrap_or(i64::MAX);
    approval.subject == SubjectKind::Policy
        || approval.amount.minor >= PROOF_FROM
        || approval.amount.minor > threshold
}

/// The request after one more level agreed: open for the next, or approved.
pub(crate) fn agreed(approval: &Approval, now: Timestamp) -> Approval {
    let level = approval.level.saturating_add(1);
    let last = usize::try_from(level).is_ok_and(|level| level >= approval.rule.levels.len());
    let state = if last { ApprovalState::Approved } else { ApprovalState::Open };
    Approval { level, state, decided_at: last.then_some(now), ..approval.clone() }
}

/// The state a request ends in when the order it is for ended with this reason.
pub(crate) fn ended_by(reason: &str) -> ApprovalState {
    match reason {
        "hold_expired" => ApprovalState::Expired,
        "approval_returned" => ApprovalState::Returned,
        _ => ApprovalState::Withdrawn,
    }
}

/// A reason that says something.
pub(crate) fn reason(text: &str) -> Result<String, Error> {
    let reason = text.trim();
    if (5..=200).contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    let (zh, en) = ("写明退回原因，5 至 200 个字", "Say why, in 5 to 200 characters");
    let fields = vec![kernel::FieldError::new("/reason", "approval.reason", zh, en)];
    Err(Error::InvalidInput { fields })
}
