//! What is known of those who have a part in an act: their histories, kept in memory and brought up to date before each decision by the
//! rows that are new. A history that is not in memory is read whole, so a restart or another node knows the same.
//!
//! New rows are read once for all decisions that wait for them, whoever they are about: a decision has to know what was committed before it
//! was asked, so a reading that began afterwards will do for it. One of its own for each would read the same rows hundreds of times where
//! hundreds of orders a second go to one seller.
//!
//! Rows of other transactions become visible in another order than that of their numbers. So the very last rows are read once more each
//! time ([`OVERLAP`]), those of a longer time now and then ([`WIDE`]), and a history is read anew after [`RENEW`]: a row that was committed
//! even later than that is missing no longer. The same row twice counts once.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use durable::{BoxError, BoxFuture, Cx};
use kernel::{AccountId, Duration, Timestamp};

use super::model::Seen;
use super::store::{self, Label, Past};
use crate::decision::{self, Outcome, Point, store as decisions};
use crate::feature::{self, Around, Happening, History, KEPT, Role, Vector};

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
/// So many new rows at once are worth less than reading the histories again: another node worked while this one was idle.
const TOO_MANY: usize = 100_000;

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
    /// 0 for what nobody can have decided about.
    pub mark: i64,
}

/// Where what is known comes from.
pub(crate) trait Sight: Send + Sync {
    fn look<'a>(&'a self, cx: &'a Cx, seen: &'a Seen, same: Same) -> BoxFuture<'a, Result<Known, BoxError>>;
}

/// Histories of a node.
#[derive(Default)]
pub(crate) struct Memory {
    /// Acts in memory before histories give way.
    most: usize,
    inner: Mutex<Inner>,
    /// Held by whoever reads rows of before.
    loading: tokio::sync::Mutex<()>,
    /// Held by whoever reads new rows, for all that wait.
    reading: tokio::sync::Mutex<()>,
    /// Decisions that asked for new rows.
    asked: AtomicU64,
    /// How many of them a reading that is over began after.
    answered: AtomicU64,
}

type Key = (i64, Role, i64);
type Keys = [Option<Key>; 4];
/// Those whose rows of before are to be read, each as the entry that it was when that was found out.
type Missing = [Option<(Key, u64)>; 4];

#[derive(Default)]
struct Inner {
    entries: HashMap<Key, Entry>,
    tail: Option<Tail>,
    labels: Labels,
    acts: usize,
    /// Counts looks: who was asked for longest ago gives way first.
    turn: u64,
    /// Counts entries.
    born: u64,
}

/// How far the rows of everybody were read.
struct Tail {
    /// Rows up to here are all in.
    floor: i64,
    /// Rows above the floor that are in.
    recent: BTreeSet<i64>,
    /// When it was last read, and when it is to be read from the floor on.
    read_at: Timestamp,
    wide_at: Timestamp,
}

struct Entry {
    /// Tells it from one of the same key that gave way.
    number: u64,
    history: History,
    /// Its rows of before it came into memory were read.
    whole: bool,
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

/// From where on new rows are read, and whether that is from the floor.
#[derive(Clone, Copy)]
struct Wanted {
    after: i64,
    wide: bool,
}

impl Memory {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
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
        let keys = keys(seen);
        for _ in 0..TRIES {
            let now = cx.now();
            if self.lock().enter(&keys, now).iter().any(Option::is_some) {
                self.load(cx, seen, &keys, now).await?;
            }
            self.catch_up(cx).await?;
            let precedent = precedent(cx, same).await?;
            let mut inner = self.lock();
            if let Some((vector, newest)) = inner.judge(seen, &keys) {
                inner.give_way(self.most);
                return Ok(Known { vector, newest, precedent });
            }
        }
        Err(BoxError::from("histories give way faster than they are read: there are too few acts in memory"))
    }

    /// Reads the rows of before of those who need it. One reads at a time: who waited finds there what others read, above all the long
    /// history of a busy seller, which everybody wants at once after a start.
    async fn load(&self, cx: &Cx, seen: &Seen, keys: &Keys, now: Timestamp) -> Result<(), BoxError> {
        let _loading = self.loading.lock().await;
        // What is new from here on reaches also those whose rows of before are still being read.
        let missing = self.lock().enter(keys, now);
        if missing.iter().any(Option::is_some) {
            let oldest = kernel::first_id_at(now.minus(BACK));
            let entities = missing.map(|one| (one.map(|((_, _, entity), _)| entity), oldest));
            let past = store::list_past(&mut cx.read().await?, cx, seen.family, entities).await?;
            self.lock().fill(&missing, past, now);
        }
        Ok(())
    }

    /// Takes in what was committed until now. One reads, those who come meanwhile wait for one reading more, which one of them makes.
    async fn catch_up(&self, cx: &Cx) -> Result<(), BoxError> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst);
        let _reading = self.reading.lock().await;
        if self.answered.load(Ordering::SeqCst) > mine {
            return Ok(());
        }
        let begun_after = self.asked.load(Ordering::SeqCst);
        let now = cx.now();
        let oldest = kernel::first_id_at(now.minus(BACK));
        let (wanted, labels_after) = {
            let inner = self.lock();
            (inner.wanted(now), inner.labels.floor)
        };
        let mut tx = cx.read().await?;
        // Labels first: one that is seen belongs to an act that is seen then too.
        let labels = store::list_labels(&mut tx, labels_after, oldest).await?;
        // Most of the last rows were read before: of those the number is enough.
        let latest = store::list_latest(&mut tx, wanted.after, TOO_MANY).await?;
        if latest.len() >= TOO_MANY {
            self.lock().forget(now);
        } else {
            let unknown = self.lock().unknown(latest);
            let rows = store::list_new(&mut tx, cx, &unknown).await?;
            self.lock().take_new(wanted, rows, now);
        }
        self.lock().take_labels(labels, now, oldest);
        self.answered.store(begun_after, Ordering::SeqCst);
        Ok(())
    }
}

impl Sight for Memory {
    fn look<'a>(&'a self, cx: &'a Cx, seen: &'a Seen, same: Same) -> BoxFuture<'a, Result<Known, BoxError>> {
        Box::pin(self.known(cx, seen, same))
    }
}

async fn precedent(cx: &Cx, same: Same) -> Result<Option<Outcome>, BoxError> {
    if same.mark == 0 {
        return Ok(None);
    }
    let mut tx = cx.read().await?;
    let review = decisions::find_precedent(&mut tx, cx, same.subject, same.mark, same.point).await?;
    Ok(review.and_then(|review| decision::precedent(review, cx.now())))
}

fn keys(seen: &Seen) -> Keys {
    Role::ALL.map(|role| key(seen.family.code(), role, &seen.happening))
}

fn key(family: i64, role: Role, happening: &Happening) -> Option<Key> {
    // Nobody's account yet: a registration.
    let entity = role.of(happening).filter(|entity| *entity != 0)?;
    Some((family, role, entity))
}

impl Tail {
    /// Begins to follow: what was on its way a while ago may still arrive.
    fn starting(now: Timestamp) -> Self {
        let floor = kernel::first_id_at(now.minus(WIDE));
        Self { floor, recent: BTreeSet::new(), read_at: now, wide_at: now }
    }

    /// Rows that may have been on their way when it was read last come after this one.
    fn last_rows(&self) -> i64 {
        self.floor.max(kernel::first_id_at(self.read_at.minus(OVERLAP)))
    }
}

impl Inner {
    /// Makes room for those who are not in memory; the keys whose rows of before are to be read by whoever asks.
    fn enter(&mut self, keys: &Keys, now: Timestamp) -> Missing {
        keys.map(|key| {
            let key = key?;
            let entry = self.entries.entry(key).or_insert_with(|| Entry {
                number: self.born,
                history: History::new(),
                whole: false,
                newest: 0,
                renew_at: now,
                turn: 0,
            });
            self.born = self.born.saturating_add(1);
            (entry.renew_at <= now).then_some((key, entry.number))
        })
    }

    /// Puts in what was before. What was read for an entry that gave way meanwhile is not good for the next one: what was committed in
    /// between is in neither.
    fn fill(&mut self, missing: &Missing, past: Vec<Past>, now: Timestamp) {
        let missing = missing.map(|one| {
            let is_there = |(key, number): &(Key, u64)| {
                self.entries.get(key).is_some_and(|entry| entry.number == *number)
            };
            one.filter(is_there).map(|(key, _)| key)
        });
        for row in past {
            let place = usize::try_from(row.part).unwrap_or(usize::MAX);
            if let Some(key) = missing.get(place).copied().flatten() {
                self.take(key, row.id, &row.happening);
            }
        }
        for key in missing.into_iter().flatten() {
            if let Some(entry) = self.entries.get_mut(&key) {
                (entry.whole, entry.renew_at) = (true, now.plus(RENEW));
            }
        }
    }

    fn wanted(&self, now: Timestamp) -> Wanted {
        let Some(tail) = &self.tail else { return Wanted { after: Tail::starting(now).floor, wide: true } };
        let wide = now >= tail.wide_at;
        Wanted { after: if wide { tail.floor } else { tail.last_rows() }, wide }
    }

    /// Those of these rows that were not read before.
    fn unknown(&self, mut rows: Vec<i64>) -> Vec<i64> {
        if let Some(tail) = &self.tail {
            rows.retain(|id| *id > tail.floor && !tail.recent.contains(id));
        }
        rows
    }

    /// Gives each new row to whoever has a part in it.
    fn take_new(&mut self, wanted: Wanted, rows: Vec<store::New>, now: Timestamp) {
        let mut tail = self.tail.take().unwrap_or_else(|| Tail::starting(now));
        for store::New { id, family, happening } in rows {
            tail.recent.insert(id);
            for key in Role::ALL.into_iter().filter_map(|role| key(family, role, &happening)) {
                self.take(key, id, &happening);
            }
        }
        tail.read_at = tail.read_at.max(now);
        if wanted.wide {
            tail.floor = tail.floor.max(kernel::first_id_at(now.minus(WIDE)));
            tail.wide_at = now.plus(WIDE_EVERY);
            tail.recent = tail.recent.split_off(&tail.floor);
        }
        self.tail = Some(tail);
    }

    /// Begins anew, from what is in the database.
    fn forget(&mut self, now: Timestamp) {
        self.entries.clear();
        self.acts = 0;
        self.tail = Some(Tail::starting(now));
    }

    fn take(&mut self, key: Key, id: i64, happening: &Happening) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let before = entry.history.len();
        if !entry.history.observe(happening, id) {
            return;
        }
        entry.newest = entry.newest.max(id);
        self.acts = self.acts.saturating_add(entry.history.len()).saturating_sub(before);
        for label in self.labels.known.get(&id).into_iter().flatten() {
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

    /// `None` when a history gave way since it was read.
    fn judge(&mut self, seen: &Seen, keys: &Keys) -> Option<(Vector, i64)> {
        self.turn = self.turn.saturating_add(1);
        let mut newest = 0;
        for key in keys.iter().flatten() {
            let entry = self.entries.get_mut(key).filter(|entry| entry.whole)?;
            entry.turn = self.turn;
            newest = newest.max(entry.newest);
        }
        let nobody = History::new();
        let [customer, payee, device, network] =
            keys.map(|key| self.entries.get(&key?).map(|entry| &entry.history));
        let around = Around { customer: customer.unwrap_or(&nobody), payee, device, network };
        Some((feature::vector(&around, &seen.happening), newest))
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
