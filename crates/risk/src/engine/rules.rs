//! From an act to hashes, from hashes and features to variables, from a score to an outcome. Pure.

use kernel::{Duration, Timestamp, parse_mobile};
use serde_json::{Value, json};
use vault::Vault;

use super::model::{Act, Alarmed, Family, Judged, Seen, Thresholds};
use crate::decision::{Outcome, Point};
use crate::feature::{Feature, Happening};
use crate::list::rules::Named;
use crate::list::{Entity, List};
use crate::login::rules::{hash, network};
use crate::place::Places;
use crate::{Agent, Reason};

/// China has one time and no summer time.
const LOCAL_SECS: i64 = 8 * 3_600;
/// Facts of an act are a handful of small values; more is a mistake of the caller, and is left out.
const MOST_FACTS: usize = 4_096;

/// What a text that names an entity is compared by; nothing when it cannot name one.
pub(crate) fn key(vault: &Vault, entity: Entity, text: &str) -> Option<i64> {
    let text = text.trim();
    match entity {
        Entity::Customer => {
            text.parse::<kernel::AccountId>().ok().map(kernel::AccountId::raw).filter(|id| *id > 0)
        }
        Entity::Payee => text.parse().ok().filter(|number: &i64| *number > 0),
        Entity::Device => i64::from_str_radix(text, 16).ok().filter(|number| *number > 0),
        Entity::Network => network(text).map(|network| hash(vault, "risk.network", &network)),
        Entity::Phone => parse_mobile(text).map(|phone| hash(vault, "risk.phone", &phone)),
    }
}

/// An act with hashes in place of what they stand for.
pub(crate) fn see(vault: &Vault, places: Option<&Places>, act: &Act, at: Timestamp) -> Seen {
    let spot = places.and_then(|places| places.find(&act.origin.address));
    let device = act.origin.device.as_deref().filter(|mark| !mark.is_empty());
    Seen {
        family: Family::of(act.point),
        happening: Happening {
            at,
            customer: act.subject.raw(),
            payee: act.payee,
            device: device.map(|mark| hash(vault, "risk.device", mark)),
            network: key(vault, Entity::Network, &act.origin.address),
            amount_minor: act.amount.map_or(0, |amount| amount.minor.max(0)),
            place: spot.as_ref().and_then(|spot| spot.point).map(Into::into),
            stopped: false,
        },
        phone: act.phone.as_deref().and_then(|phone| key(vault, Entity::Phone, phone)),
        agent: Agent::of(&act.origin.user_agent),
        country: spot.map(|spot| spot.country),
    }
}

/// What a rule may read of an act besides what is counted: see [`crate::rule::VARIABLES`].
pub(crate) fn grounds(act: &Act, seen: &Seen, score: Option<u8>, named: &[Named]) -> Value {
    let at = seen.happening.at;
    let local = at.as_secs().saturating_add(LOCAL_SECS);
    let weekday = local.div_euclid(86_400).saturating_add(3).rem_euclid(7);
    let age = match act.subject.raw() {
        0 => 0,
        id => at.since(kernel::made_at(id)).0.max(0).div_euclid(Duration::from_days(1).0),
    };
    let lists: Vec<String> =
        named.iter().map(|one| format!("{}:{}", one.list.name(), one.entity.name())).collect();
    let facts = if act.facts.to_string().len() > MOST_FACTS { json!({}) } else { act.facts.clone() };
    json!({
        "act": {
            "point": act.point.name(),
            "amount": seen.happening.amount_minor,
            "currency": act.amount.map_or("", |amount| amount.currency.code()),
            "hour": local.rem_euclid(86_400).div_euclid(3_600),
            "weekend": weekday >= 5,
            "has_payee": seen.happening.payee.is_some(),
            "has_device": seen.happening.device.is_some(),
            "has_network": seen.happening.network.is_some(),
            "browser": seen.agent.browser,
            "system": seen.agent.system,
            "country": seen.country.as_deref().unwrap_or(""),
            "for_organisation": act.person.is_some_and(|person| person != act.subject),
        },
        "customer": { "age_days": age },
        "score": score.unwrap_or(0),
        "lists": lists,
        "facts": facts,
    })
}

impl Thresholds {
    /// The step a score stands on.
    pub(crate) fn outcome(self, score: u8) -> Outcome {
        if score >= self.deny {
            Outcome::Deny
        } else if score >= self.review {
            Outcome::Review
        } else if score >= self.step_up {
            Outcome::StepUp
        } else {
            Outcome::Allow
        }
    }

    /// Whether the steps stand in their order, each between 1 and 101.
    pub(crate) fn is_sound(self) -> bool {
        let Self { step_up, review, deny } = self;
        1 <= step_up && step_up <= review && review <= deny && deny <= 101
    }
}

/// The outcome as the point can carry it out: who has no account yet has no further proof to show, so a person looks instead.
pub(crate) const fn fitting(point: Point, outcome: Outcome) -> Outcome {
    match (point, outcome) {
        (Point::Register, Outcome::StepUp) => Outcome::Review,
        (_, outcome) => outcome,
    }
}

/// Whether the owner of the account should know of it: something goes on that stands out, waits or is denied. A sign-in tells by itself,
/// nobody is there to tell of a sign-up, and our own failure is no alarm.
pub(crate) fn alarmed(judged: &Judged) -> Option<Alarmed> {
    let (point, outcome) = (judged.point(), judged.outcome());
    let person = judged.person.unwrap_or_else(|| judged.subject());
    let stands_out = matches!(outcome, Outcome::Notify | Outcome::Review | Outcome::Deny);
    let told = !matches!(point, Point::Login | Point::Register) && judged.failure().is_none();
    (stands_out && told && person.raw() != 0).then_some(Alarmed {
        point,
        person,
        outcome,
        amount: judged.amount,
    })
}

/// What a person said a short while ago about the very same: released, it goes on unless something denies it; turned down, it is denied.
pub(crate) fn after(precedent: Option<Outcome>, outcome: Outcome) -> Outcome {
    match precedent {
        Some(said) if said.is_open() && outcome <= Outcome::Review => Outcome::Allow,
        Some(said) if !said.is_open() => said.max(outcome),
        _ => outcome,
    }
}

/// Why, the weightiest first: what people decided, lists, rules, then what moved the score.
pub(crate) fn reasons(
    precedent: Option<Outcome>,
    named: &[Named],
    rule: Option<Outcome>,
    moved: impl Iterator<Item = Feature>,
) -> Vec<Reason> {
    let said =
        precedent.map(|said| if said.is_open() { Reason::ReleasedByStaff } else { Reason::TurnedDown });
    let mut reasons: Vec<Reason> = said.into_iter().collect();
    reasons.extend(named.iter().map(|one| match one.list {
        List::Sanctions => Reason::Sanctioned,
        List::Deny => Reason::OnDenyList,
        List::Watch => Reason::OnWatchList,
        List::Allow => Reason::OnAllowList,
    }));
    reasons.extend(rule.map(|_| Reason::RuleMatched));
    reasons.extend(moved.take(3).map(Reason::Feature));
    let mut seen = Vec::new();
    reasons.retain(|reason| {
        let first = !seen.contains(reason);
        seen.push(*reason);
        first
    });
    reasons
}
