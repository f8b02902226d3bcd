//! Thresholds out of scores, capacity and cost. Pure.

use super::model::Capacity;
use crate::engine::Thresholds;

/// The review threshold at which at most `most` acts would have been reviewed, of those whose scores are given with how many had
/// each. What is denied is not reviewed.
pub(crate) fn for_capacity(scores: &[(u8, i64)], most: i64, now: Thresholds) -> Capacity {
    let reviewed_from = |review: u8| -> i64 {
        let within = scores.iter().filter(|(score, _)| (review..now.deny).contains(score));
        within.map(|(_, count)| *count).fold(0, i64::saturating_add)
    };
    let review = (1..=now.deny).find(|review| reviewed_from(*review) <= most).unwrap_or(now.deny);
    let acts = scores.iter().map(|(_, count)| *count).fold(0, i64::saturating_add);
    let thresholds = Thresholds { step_up: now.step_up.min(review), review, deny: now.deny };
    Capacity { thresholds, acts, reviewed: reviewed_from(review) }
}

/// From which score on it is cheaper to deny than to let through: a score is a probability in per cent, a fraud costs
/// `fraud_minor`, an honest customer turned away `turned_away_minor`. 1 to 101.
pub fn deny_for_cost(fraud_minor: i64, turned_away_minor: i64) -> u8 {
    let (fraud, honest) = (i128::from(fraud_minor.max(0)), i128::from(turned_away_minor.max(0)));
    // p · fraud > (1 − p) · honest, so p > honest / (honest + fraud).
    let all = fraud.saturating_add(honest).max(1);
    let percent = honest.saturating_mul(100) / all;
    u8::try_from(percent.saturating_add(1)).unwrap_or(101).clamp(1, 101)
}
