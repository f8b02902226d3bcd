//! The simulated population, replayed through the very functions of the request path. The figures say how the weights and the smoothing
//! work together on *this simulation*; what they are on real logins, only real logins can tell.
#![allow(clippy::float_arithmetic, reason = "statistics")]

use std::collections::{BTreeMap, HashMap};

use kernel::{AccountId, Duration, Timestamp};
use vault::Vault;

use super::simulation::{Event, Who, places, population};
use crate::decision::Scored;
use crate::login::model::{
    Feature, Features, Habits, Known, LoginSettings, LoginSignals, SUM, Visit, Weights,
};
use crate::login::rules;
use crate::place::Places;

/// What the tables hold, in memory.
pub struct Memory {
    vault: Vault,
    places: Option<Places>,
    own: HashMap<AccountId, Habits>,
    world: Habits,
    last: HashMap<AccountId, Visit>,
    failures: HashMap<i64, HashMap<i64, Timestamp>>,
}

impl Memory {
    pub fn new(places: Option<Places>) -> Self {
        Self {
            vault: Vault::with_key([7; 32]).unwrap(),
            places,
            own: HashMap::new(),
            world: Habits::default(),
            last: HashMap::new(),
            failures: HashMap::new(),
        }
    }

    fn known(&self, account: AccountId, login: &Features) -> Known {
        let since = login.at.minus(Duration::from_hours(24));
        let failed = self
            .failures
            .get(&login.network())
            .map_or(0, |who| who.values().filter(|at| **at > since).count());
        let mut world = Habits::default();
        for feature in Feature::ALL {
            for value in login.values.get(&feature).copied().into_iter().chain([SUM]) {
                if let Some(count) = self.world.0.get(&(feature, value)) {
                    world.0.insert((feature, value), *count);
                }
            }
        }
        Known {
            own: self.own.get(&account).cloned().unwrap_or_default(),
            world,
            last: self.last.get(&account).copied(),
            failed_here: i64::try_from(failed.min(200)).unwrap(),
            ruled: None,
        }
    }

    pub fn judge(&self, weights: &Weights, signals: &LoginSignals) -> Scored {
        let login = rules::features(&self.vault, self.places.as_ref(), signals);
        rules::score(weights, &self.known(signals.account, &login), &login)
    }

    pub fn learn(&mut self, signals: &LoginSignals) {
        let login = rules::features(&self.vault, self.places.as_ref(), signals);
        let lesson = rules::lesson(&self.known(signals.account, &login), &login);
        let own = self.own.entry(signals.account).or_default();
        own.0.extend(lesson.own.into_iter().map(|(feature, value, count)| ((feature, value), count)));
        for gone in lesson.dropped {
            own.0.remove(&gone);
        }
        self.world
            .0
            .extend(lesson.world.into_iter().map(|(feature, value, count)| ((feature, value), count)));
        self.last.insert(signals.account, rules::visit(&login));
    }

    pub fn fail(&mut self, address: &str, name: &str, at: Timestamp) {
        let network = rules::network_hash(&self.vault, address);
        self.failures.entry(network).or_default().insert(rules::hash(&self.vault, "risk.who", name), at);
    }
}

/// Judges every login before learning from it; who gets in without a further proof is learned from, also an attacker.
fn replay(events: &[Event], places: Option<Places>) -> Vec<(Who, Timestamp, u8)> {
    let settings = LoginSettings::default();
    let mut memory = Memory::new(places);
    let mut judged = Vec::new();
    for event in events {
        match event {
            Event::Failure { address, name, at } => memory.fail(address, name, *at),
            Event::Login { who, signals } => {
                let scored = memory.judge(&settings.model.weights, signals);
                judged.push((*who, signals.at, scored.score));
                if *who == Who::Owner || scored.score < settings.customer.ladder.step_up {
                    memory.learn(signals);
                }
            }
        }
    }
    judged
}

/// The chance that an attacker's login scores above an owner's; equal scores count half.
fn auc(judged: &[(Who, u8)]) -> f64 {
    let (mut owners, mut attackers) = ([0_u32; 101], [0_u32; 101]);
    for (who, score) in judged {
        let side = if *who == Who::Owner { &mut owners } else { &mut attackers };
        side[usize::from(*score)] += 1;
    }
    let (mut below, mut wins) = (0.0, 0.0);
    for (owner, attacker) in owners.iter().zip(attackers) {
        wins += f64::from(attacker) * (below + f64::from(*owner) / 2.0);
        below += f64::from(*owner);
    }
    wins / (below * f64::from(attackers.iter().sum::<u32>()))
}

fn share(list: &[(Who, u8)], of: impl Fn(Who) -> bool, from: u8) -> f64 {
    let all: Vec<u8> = list.iter().filter(|(who, _)| of(*who)).map(|(_, score)| *score).collect();
    let hit = all.iter().filter(|score| **score >= from).count();
    f64::from(u32::try_from(hit).unwrap()) / f64::from(u32::try_from(all.len().max(1)).unwrap())
}

/// Judged after a month in which accounts get a history.
fn figures(name: &str, seed: u64, places: Option<Places>) -> (f64, f64) {
    let events = population(seed, 150, 150);
    let judged = replay(&events, places);
    let begin = events[0].at().plus(Duration::from_days(30));
    let judged: Vec<(Who, u8)> =
        judged.into_iter().filter(|(_, at, _)| *at >= begin).map(|(who, _, score)| (who, score)).collect();
    let ladder = LoginSettings::default().customer.ladder;
    let auc = auc(&judged);
    let stepped = share(&judged, |who| who == Who::Owner, ladder.step_up);
    println!("simulated population {name}, seed {seed}: {} logins, AUC {auc:.4}", judged.len());
    println!(
        "  owners: told {:.2} %, stepped up {:.2} %, stopped {:.2} %",
        100.0 * share(&judged, |who| who == Who::Owner, ladder.notify),
        100.0 * stepped,
        100.0 * share(&judged, |who| who == Who::Owner, ladder.stop),
    );
    let mut kinds: BTreeMap<Who, usize> = BTreeMap::new();
    for (who, _) in judged.iter().filter(|(who, _)| *who != Who::Owner) {
        *kinds.entry(*who).or_default() += 1;
    }
    for (kind, count) in kinds {
        let of = |who| who == kind;
        println!(
            "  {kind:?} ({count}): told {:.1} %, stepped up {:.1} %, stopped {:.1} %",
            100.0 * share(&judged, of, ladder.notify),
            100.0 * share(&judged, of, ladder.step_up),
            100.0 * share(&judged, of, ladder.stop),
        );
    }
    (auc, stepped)
}

#[test]
fn in_the_simulation_attackers_score_above_owners_and_few_owners_are_asked_for_more() {
    for (name, seed, places) in
        [("without places", 1, None), ("without places", 2, None), ("with places", 3, Some(places()))]
    {
        let (auc, stepped) = figures(name, seed, places);
        assert!(auc >= 0.95, "{name}: AUC {auc:.4}");
        assert!(stepped <= 0.02, "{name}: {:.2} % of owners' logins were stepped up", 100.0 * stepped);
    }
}

#[test]
fn what_comes_later_changes_no_score() {
    let events = population(4, 20, 60);
    let whole = replay(&events, None);
    for part in [events.len() / 3, events.len() / 2] {
        let cut = replay(&events[..part], None);
        assert_eq!(whole[..cut.len()], cut[..]);
    }
    assert!(whole.iter().any(|(.., score)| *score > 50), "the comparison is about something");
}
