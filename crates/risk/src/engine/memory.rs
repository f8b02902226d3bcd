//! What is known of those who have a part in an act: their histories, kept in memory and brought up to date at each decision by the rows
//! that are new. A history that is not in memory is read whole, so a restart or another node knows the same.
//!
//! Rows of other transactions become visible in another order than that of their numbers. So the very last rows are read once more each
//! time ([`OVERLAP`]), those of a longer time now and then ([`WIDE`]), and a history is read anew after [`RENEW`]: a row that was committed
//! even later than that is missing no longer. What is read each time has to be short: behind one network there may be hundreds of acts a
//! second.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use durable::{BoxError, BoxFuture, Cx};
use kernel::{AccountId, Duration, Timestamp};

use super::model::Seen;
use super::store::{self, Label, Past};
use crate::decision::{self, Outcome, Point, store as decisions};
use crate::feature::{self, Around, History, KEPT, Role, Vector};

/// A transaction that writes acts is committed within this time, mostly.
const OVERLAP: Duration = Duration::from_millis(200);
/// … and within this time, nearly always.
const WIDE: Duration = Duration::from_secs(10);
/// How often so much is read once more.
const WIDE_EVERY: Duration = Duration::from_secs(2);
/// A history is read whole again after this time.
const RENEW: Duration = Duration::from_mins(10);
/// A little more than features look at.
const BACK: Duration = Duration(KEPT.0 + Duration::from_hours(1).0);
/// A history that gives way between two looks is looked for once more, and no more often than that.
const TRIES: usize = 3;

/// What a decision is made from.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub vector: Vector,
    /// The newest row it was made from; 0 for none.
    pub newest: i64,
    /// What a person decided about the very same a short while ago.
    pub precedent: Option<Outcome>,
}

/// The question whether the same was decided before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Same {
    pub point: Point,
    pub subject: AccountId,
    pub mark: i64,
}

/// Where what is known comes from.
pub(crate) trait Sight: Send + Sync {
    fn look<'a>(&'a self, cx: &'a Cx, seen: &'a Seen, same: Same) -> BoxFuture<'a, Result<Known, BoxError>>;
}

/// Histories of a node.
pub(crate) struct Memory {
    /// Acts in memory before histories give way.
    most: usize,
    inner: Mutex<Inner>,
}

type Key = (i64, Role, i64);

#[derive(Default)]
struct Inner {
    entries: HashMap<Key, Entry>,
    labels: Labels,
    acts: usize,
    /// Counts looks: who was asked for longest ago gives way first.
    turn: u64,
}

struct Entry {
    history: History,
    /// Rows up to here are all in.
    floor: i64,
    /// When it was last read, and when it is to be read from the floor on.
    read_at: Timestamp,
    wide_at: Timestamp,
    /// Rows above the floor that are in.
    recent: BTreeSet<i64>,
    newest: i64,
    renew_at: Timestamp,
    turn: u64,
}

/// What became known of acts that still count.
#[derive(Default)]
struct Labels {
    floor: i64,
    /// By act; the label's number tells which are in.
    known: HashMap<i64, Vec<Label>>,
}

/// From which row on an entity is read.
#[derive(Clone, Copy)]
struct Wanted {
    key: Option<Key>,
    after: i64,
    whole: bool,
    wide: bool,
}

impl Memory {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, inner: Mutex::new(Inner::default()) }
    }

    /// Who panicked while writing left histories that cannot be trusted: they are read anew.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|poisoned: PoisonError<MutexGuard<'_, Inner>>| {
            let mut inner = poisoned.into_inner();
            *inner = Inner::default();
            self.inner.clear_poison();
            inner
        })
    }

    async fn known(&self, cx: &Cx, seen: &Seen, same: Same) -> Result<Known, BoxError> {
        for _ in 0..TRIES {
            let now = cx.now();
            let oldest = kernel::first_id_at(now.minus(BACK));
            let (wanted, labels_after) = {
                let inner = self.lock();
                (inner.wanted(seen, now, oldest), inner.labels.floor)
            };
            let mut tx = cx.read().await?;
            // Labels first: one that is seen belongs to an act that is seen then too.
            let labels = store::list_labels(&mut tx, labels_after, oldest).await?;
            let entities = wanted.map(|one| (one.key.map(|(_, _, entity)| entity), one.after));
            let past = store::list_past(&mut tx, cx, seen.family, entities).await?;
            let precedent = precedent(&mut tx, cx, same).await?;
            drop(tx);
            let mut inner = self.lock();
            inner.take_labels(labels, now, oldest);
            if inner.take_past(&wanted, past, now) {
                let (vector, newest) = inner.judge(seen, &wanted);
                inner.give_way(self.most);
                return Ok(Known { vector, newest, precedent });
            }
        }
        Err(BoxError::from("histories give way faster than they are read: there are too few acts in memory"))
    }
}

impl Sight for Memory {
    fn look<'a>(&'a self, cx: &'a Cx, seen: &'a Seen, same: Same) -> BoxFuture<'a, Result<Known, BoxError>> {
        Box::pin(self.known(cx, seen, same))
    }
}

async fn precedent(tx: &mut db::Tx, cx: &Cx, same: Same) -> Result<Option<Outcome>, BoxError> {
    if same.mark == 0 {
        return Ok(None);
    }
    let review = decisions::find_precedent(tx, cx, same.subject, same.mark, same.point).await?;
    Ok(review.and_then(|review| decision::precedent(review, cx.now())))
}

fn keys(seen: &Seen) -> [Option<Key>; 4] {
    Role::ALL.map(|role| {
        // Nobody's account yet: a registration.
        let entity = role.of(&seen.happening).filter(|entity| *entity != 0)?;
        Some((seen.family.code(), role, entity))
    })
}

impl Entry {
    /// The row after which rows are read that may have been on their way when it was read last.
    fn last_rows(&self) -> i64 {
        self.floor.max(kernel::first_id_at(self.read_at.minus(OVERLAP)))
    }
}

impl Inner {
    fn wanted(&self, seen: &Seen, now: Timestamp, oldest: i64) -> [Wanted; 4] {
        keys(seen).map(|key| {
            let entry = key.and_then(|key| self.entries.get(&key)).filter(|entry| now < entry.renew_at);
            let wide = entry.is_none_or(|entry| now >= entry.wide_at);
            let after = entry.map_or(oldest, |entry| if wide { entry.floor } else { entry.last_rows() });
            Wanted { key, after, whole: entry.is_none(), wide }
        })
    }

    /// `false` when a history gave way since it was asked how much of it is missing.
    fn take_past(&mut self, wanted: &[Wanted; 4], past: Vec<Past>, now: Timestamp) -> bool {
        self.turn = self.turn.saturating_add(1);
        let lost = |one: &Wanted| one.key.is_some_and(|key| !one.whole && !self.entries.contains_key(&key));
        if wanted.iter().any(lost) {
            return false;
        }
        for one in wanted {
            let Some(key) = one.key else { continue };
            if one.whole {
                let renew_at = now.plus(RENEW);
                let new = Entry {
                    history: History::new(),
                    floor: one.after,
                    read_at: now,
                    wide_at: now,
                    recent: BTreeSet::new(),
                    newest: 0,
                    renew_at,
                    turn: 0,
                };
                if let Some(old) = self.entries.insert(key, new) {
                    self.acts = self.acts.saturating_sub(old.history.len());
                }
            }
        }
        for row in past {
            let place = usize::try_from(row.part).unwrap_or(usize::MAX);
            let Some(key) = wanted.get(place).and_then(|one| one.key) else { continue };
            self.take(key, &row);
        }
        for one in wanted {
            let Some(entry) = one.key.and_then(|key| self.entries.get_mut(&key)) else { continue };
            entry.turn = self.turn;
            entry.read_at = entry.read_at.max(now);
            if one.wide {
                entry.floor = entry.floor.max(kernel::first_id_at(now.minus(WIDE)));
                entry.wide_at = now.plus(WIDE_EVERY);
                entry.recent = entry.recent.split_off(&entry.floor);
            }
        }
        true
    }

    fn take(&mut self, key: Key, row: &Past) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        // Another decision may have read on meanwhile.
        if row.id <= entry.floor || !entry.recent.insert(row.id) {
            return;
        }
        let before = entry.history.len();
        entry.history.observe(&row.happening, row.id);
        entry.newest = entry.newest.max(row.id);
        self.acts = self.acts.saturating_add(entry.history.len()).saturating_sub(before);
        for label in self.labels.known.get(&row.id).into_iter().flatten() {
            entry.history.label(label.event, label.fraud, label.known_at);
        }
    }

    fn take_labels(&mut self, labels: Vec<Label>, now: Timestamp, oldest: i64) {
        for label in labels {
            let known = self.labels.known.entry(label.event).or_default();
            if known.iter().any(|one| one.id == label.id) {
                continue;
            }
            known.push(label);
            for (role, entity) in Role::ALL.into_iter().zip(label.entities) {
                let entry = entity.and_then(|entity| self.entries.get_mut(&(label.family, role, entity)));
                if let Some(entry) = entry {
                    entry.history.label(label.event, label.fraud, label.known_at);
                }
            }
        }
        let floor = kernel::first_id_at(now.minus(WIDE));
        if floor > self.labels.floor {
            self.labels.floor = floor;
        }
        if self.labels.known.len() > 10_000 {
            self.labels.known.retain(|event, _| *event > oldest);
        }
    }

    fn judge(&self, seen: &Seen, wanted: &[Wanted; 4]) -> (Vector, i64) {
        let nobody = History::new();
        let find = |place: usize| {
            let key = wanted.get(place).and_then(|one| one.key)?;
            self.entries.get(&key)
        };
        let newest = (0..wanted.len()).filter_map(find).map(|entry| entry.newest).max().unwrap_or(0);
        let history = |place| find(place).map(|entry| &entry.history);
        let around = Around {
            customer: history(0).unwrap_or(&nobody),
            payee: history(1),
            device: history(2),
            network: history(3),
        };
        (feature::vector(&around, &seen.happening), newest)
    }

    /// Drops what was not asked for longest until a tenth of the room is free.
    fn give_way(&mut self, most: usize) {
        if self.acts <= most {
            return;
        }
        let mut all: Vec<(u64, Key)> = self.entries.iter().map(|(key, entry)| (entry.turn, *key)).collect();
        all.sort_unstable();
        for (_, key) in all {
            if self.acts <= most - most / 10 {
                return;
            }
            if let Some(gone) = self.entries.remove(&key) {
                self.acts = self.acts.saturating_sub(gone.history.len());
            }
        }
    }
}
