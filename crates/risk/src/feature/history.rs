//! What one entity did lately, and what became known of it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use kernel::{Duration, Timestamp};

use super::model::{Around, Happening, Place, Vector};
use super::{KEPT, MOST, SILENCE, vector};

/// More than this counts as this: sums of a full history stay exact.
const LARGEST: u64 = 10_000_000_000_000;
/// An act judged may lie this far behind the newest row: clocks of nodes differ, rows arrive in any order.
const SLACK: Duration = Duration::from_days(1);

/// The part an entity has in an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Customer,
    Payee,
    Device,
    Network,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Customer, Self::Payee, Self::Device, Self::Network];

    /// Which entity has this part.
    pub fn of(self, happening: &Happening) -> Option<i64> {
        match self {
            Self::Customer => Some(happening.customer),
            Self::Payee => happening.payee,
            Self::Device => happening.device,
            Self::Network => happening.network,
        }
    }
}

/// One act as a history keeps it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    pub at: Timestamp,
    pub id: i64,
    pub amount: u64,
    /// The amounts up to and with this one, modulo 2⁶⁴: the difference of two is a window's sum.
    through: u64,
    pub customer: i64,
    pub payee: Option<i64>,
    pub device: Option<i64>,
    pub place: Option<Place>,
    stopped: bool,
}

/// The labels of one act, in the order they became known: the last one known counts.
#[derive(Debug, Clone)]
struct Labels {
    at: Timestamp,
    known: Vec<(Timestamp, bool)>,
}

impl Labels {
    fn fraud_by(&self, now: Timestamp) -> Option<bool> {
        self.known.iter().rev().find(|(known_at, _)| *known_at <= now).map(|(_, fraud)| *fraud)
    }
}

/// What one entity did within [`KEPT`], the newest [`MOST`] acts.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// By time, then id.
    acts: VecDeque<Act>,
    labels: BTreeMap<i64, Labels>,
}

impl History {
    pub fn new() -> Self {
        Self::default()
    }

    /// Acts kept at the moment.
    pub fn len(&self) -> usize {
        self.acts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.acts.is_empty()
    }

    /// Takes in an act of this entity under its number. Rows may come in any order; the same number twice counts once. Whether it
    /// was new.
    pub fn observe(&mut self, happening: &Happening, id: i64) -> bool {
        let place = self.acts.partition_point(|act| (act.at, act.id) < (happening.at, id));
        if self.acts.get(place).is_some_and(|act| act.id == id) {
            return false;
        }
        let act = Act {
            at: happening.at,
            id,
            amount: u64::try_from(happening.amount_minor).unwrap_or(0).min(LARGEST),
            through: 0,
            customer: happening.customer,
            payee: happening.payee,
            device: happening.device,
            place: happening.place,
            stopped: happening.stopped,
        };
        self.acts.insert(place, act);
        self.sum_from(place);
        self.forget();
        true
    }

    /// What became known of an act of this entity, and when. Nothing happens when the act is not kept (any more).
    pub fn label(&mut self, id: i64, fraud: bool, known_at: Timestamp) {
        let Some(at) = self.acts.iter().rev().find(|act| act.id == id).map(|act| act.at) else { return };
        let labels = self.labels.entry(id).or_insert(Labels { at, known: Vec::new() });
        let place = labels.known.partition_point(|(known, _)| *known <= known_at);
        labels.known.insert(place, (known_at, fraud));
    }

    fn sum_from(&mut self, place: usize) {
        let mut through =
            place.checked_sub(1).and_then(|before| self.acts.get(before)).map_or(0, |act| act.through);
        for act in self.acts.range_mut(place..) {
            through = through.wrapping_add(act.amount);
            act.through = through;
        }
    }

    fn forget(&mut self) {
        let Some(newest) = self.acts.back().map(|act| act.at) else { return };
        let oldest = newest.minus(KEPT).minus(SLACK);
        while self.acts.front().is_some_and(|act| act.at <= oldest) || self.acts.len() > MOST {
            if let Some(gone) = self.acts.pop_front() {
                self.labels.remove(&gone.id);
            }
        }
    }

    /// The acts with `from < at <= to`, oldest first.
    pub(super) fn between(&self, from: Timestamp, to: Timestamp) -> impl DoubleEndedIterator<Item = &Act> {
        let (start, end) = self.range(from, to);
        self.acts.range(start..end)
    }

    /// How many acts there are with `from < at <= to`, and their sum.
    pub(super) fn count_and_sum(&self, from: Timestamp, to: Timestamp) -> (usize, u64) {
        let (start, end) = self.range(from, to);
        let through = |place: usize| {
            place.checked_sub(1).and_then(|before| self.acts.get(before)).map(|act| act.through)
        };
        // Before the first act kept stands what came before it, which a sum must leave out too.
        let before = through(start)
            .or_else(|| self.acts.front().map(|act| act.through.wrapping_sub(act.amount)))
            .unwrap_or(0);
        let sum = if start == end { 0 } else { through(end).unwrap_or(before).wrapping_sub(before) };
        (end.saturating_sub(start), sum)
    }

    fn range(&self, from: Timestamp, to: Timestamp) -> (usize, usize) {
        let after = |time: Timestamp| self.acts.partition_point(|act| act.at <= time);
        let start = after(from);
        (start, after(to).max(start))
    }

    /// Frauds known `now`, and acts of which anything is known, of the acts within `length` before silence means honesty. What became
    /// known earlier counts at once.
    pub(super) fn frauds(&self, now: Timestamp, length: Duration) -> (usize, usize) {
        let ripe = now.minus(SILENCE);
        let from = ripe.minus(length);
        let (mut frauds, mut known) = (0_usize, self.count_and_sum(from, ripe).0);
        for labels in self.labels.values().filter(|labels| labels.at > from && labels.at <= now) {
            let Some(fraud) = labels.fraud_by(now) else { continue };
            frauds = frauds.saturating_add(usize::from(fraud));
            known = known.saturating_add(usize::from(labels.at > ripe));
        }
        (frauds, known)
    }

    /// Whether whom and what an act names is known from it: it went on, or somebody has looked at it and let it go.
    pub(super) fn is_familiar(&self, act: &Act, now: Timestamp) -> bool {
        !act.stopped || self.labels.get(&act.id).and_then(|labels| labels.fraud_by(now)) == Some(false)
    }

    /// The run of frauds in a row that the newest acts old enough to be judged end with.
    pub(super) fn run(&self, now: Timestamp) -> Option<Run> {
        let ripe = now.minus(SILENCE);
        let mut run: Option<Run> = None;
        for act in self.between(now.minus(KEPT), ripe).rev() {
            if self.labels.get(&act.id).and_then(|labels| labels.fraud_by(now)) != Some(true) {
                return run.map(|run| Run { honest_before: Some(act.at), ..run });
            }
            let (length, least) = run.map_or((0, act.amount), |run| (run.length, run.least));
            run = Some(Run {
                length: length.saturating_add(1),
                began: act.at,
                least: least.min(act.amount),
                honest_before: None,
            });
        }
        run
    }
}

/// Frauds in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub length: usize,
    pub began: Timestamp,
    /// The smallest amount among them: whoever took over a payee takes everything, whoever took over a customer takes much.
    pub least: u64,
    /// The newest act before it that was none.
    pub honest_before: Option<Timestamp>,
}

/// Histories of everybody, in memory: for training and tests. A server keeps only those it needs, each a [`History`] of its own.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    entities: HashMap<(Role, i64), History>,
    acts: HashMap<i64, Happening>,
    order: VecDeque<(Timestamp, i64)>,
    nobody: History,
}

impl Histories {
    pub fn new() -> Self {
        Self::default()
    }

    /// The histories an act is judged with. Whoever is new has an empty one.
    pub fn around(&self, happening: &Happening) -> Around<'_> {
        let find = |role: Role| {
            let entity = role.of(happening)?;
            Some(self.entities.get(&(role, entity)).unwrap_or(&self.nobody))
        };
        Around {
            customer: find(Role::Customer).unwrap_or(&self.nobody),
            payee: find(Role::Payee),
            device: find(Role::Device),
            network: find(Role::Network),
        }
    }

    /// The features of an act that was not observed yet.
    pub fn vector(&self, happening: &Happening) -> Vector {
        vector(&self.around(happening), happening)
    }

    /// Takes in an act under its number, with everybody who has a part in it.
    pub fn observe(&mut self, happening: &Happening, id: i64) {
        for role in Role::ALL {
            if let Some(entity) = role.of(happening) {
                self.entities.entry((role, entity)).or_default().observe(happening, id);
            }
        }
        self.acts.insert(id, *happening);
        self.order.push_back((happening.at, id));
        let oldest = happening.at.minus(KEPT).minus(SLACK);
        while let Some((_, gone)) = self.order.pop_front_if(|(at, _)| *at <= oldest) {
            self.acts.remove(&gone);
        }
    }

    /// What became known of an act, and when.
    pub fn label(&mut self, id: i64, fraud: bool, known_at: Timestamp) {
        let Some(happening) = self.acts.get(&id) else { return };
        for role in Role::ALL {
            if let Some(entity) = role.of(happening)
                && let Some(history) = self.entities.get_mut(&(role, entity))
            {
                history.label(id, fraud, known_at);
            }
        }
    }
}
