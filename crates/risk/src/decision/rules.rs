//! What follows from a score, from its absence, and from a review. Pure.

use kernel::{Duration, FieldError, Timestamp};

use super::model::{Failure, Ladder, OnFailure, Opinion, Outcome, Policy, Review, ReviewState, Scored};
use crate::Reason;

/// How long what a person decided holds for the very same.
pub(crate) const PRECEDENT: Duration = Duration::from_hours(24);

/// A reason has this many characters.
const REASON: std::ops::RangeInclusive<usize> = 5..=500;

/// The step of the ladder a score stands on.
pub(crate) fn outcome(ladder: Ladder, score: u8) -> Outcome {
    if score >= ladder.stop {
        ladder.top
    } else if score >= ladder.step_up {
        Outcome::StepUp
    } else if score >= ladder.notify {
        Outcome::Notify
    } else {
        Outcome::Allow
    }
}

/// The configured answer to silence.
pub(crate) const fn without_score(on_failure: OnFailure) -> Outcome {
    match on_failure {
        OnFailure::FailOpen => Outcome::Allow,
        OnFailure::FailClosed => Outcome::Deny,
        OnFailure::HoldForReview => Outcome::Review,
    }
}

/// An opinion out of what a scorer said or did not say.
pub(crate) fn opinion(policy: &Policy, version: String, answer: Result<Scored, Failure>) -> Opinion {
    match answer {
        Ok(Scored { score, reasons, ruled }) => {
            let score = score.min(100);
            let outcome = ruled.unwrap_or_else(|| outcome(policy.ladder, score));
            Opinion { version, score: Some(score), reasons, outcome, failure: None }
        }
        Err(failure) => {
            let reason = match failure {
                Failure::TooSlow => Reason::TooSlow,
                Failure::Failed => Reason::ScorerFailed,
            };
            let outcome = without_score(policy.on_failure);
            Opinion { version, score: None, reasons: vec![reason], outcome, failure: Some(failure) }
        }
    }
}

/// How a review stands now: time alone ends it too.
pub(crate) fn review_now(mut review: Review, now: Timestamp) -> Review {
    if review.state == ReviewState::Pending && now >= review.expires_at {
        review.state = ReviewState::Expired;
        review.ended_at = Some(review.expires_at);
    }
    review
}

/// What holds for the matter under review.
pub(crate) fn standing(review: &Review) -> Outcome {
    match review.state {
        ReviewState::Pending => Outcome::Review,
        ReviewState::Released => Outcome::Allow,
        ReviewState::Rejected | ReviewState::Withdrawn => Outcome::Deny,
        ReviewState::Expired => review.then,
    }
}

/// What an earlier review says about the very same now; nothing when it is still open, was withdrawn, or ended long ago.
pub(crate) fn precedent(review: Review, now: Timestamp) -> Option<Outcome> {
    let review = review_now(review, now);
    let ended = review.ended_at?;
    let fresh = now.since(ended) < PRECEDENT;
    let decided = !matches!(review.state, ReviewState::Pending | ReviewState::Withdrawn);
    (fresh && decided).then(|| standing(&review))
}

/// A reason somebody gave for ending a review.
pub(crate) fn reason(text: &str) -> Result<&str, FieldError> {
    let text = text.trim();
    if REASON.contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(FieldError::new(
        "/reason",
        "risk.reason_needed",
        "填写原因，5 至 500 个字",
        "Enter a reason of 5 to 500 characters",
    ))
}
