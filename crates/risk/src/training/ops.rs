//! Going through the acts of a time in their order.

use std::collections::{HashMap, VecDeque};

use durable::Cx;
use kernel::{Actor, Duration, Permission, Timestamp};

use super::store::{self, Past};
use crate::decision::permit;
use crate::engine::Family;
use crate::feature::{self, Around, Happening, Histories, History, KEPT, Role, Vector};
use crate::label::store as labels;
use crate::{DecisionId, Error};

/// Acts read at once.
const BATCH: i64 = 1_000;
/// A row that was committed when another was judged is at most so much older than that one's number: longer ago, all is visible.
const UNSETTLED: Duration = Duration::from_mins(1);

/// An act to learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: DecisionId,
    pub at: Timestamp,
    pub customer: i64,
    /// In the smallest unit.
    pub amount_minor: i64,
    pub vector: Vector,
    /// The latest word; `None` when nobody said anything.
    pub fraud: Option<bool>,
    /// When that word was noted.
    pub noted_at: Option<Timestamp>,
}

/// Rows on their way, the oldest first.
#[derive(Debug)]
pub struct Rows {
    time: (Timestamp, Timestamp),
    /// Where reading goes on, and where it ends.
    next: (i64, i64),
    histories: Histories,
    /// Acts that a later one may not have seen yet, oldest first: not in the histories.
    unsettled: VecDeque<(i64, Happening)>,
    words: HashMap<i64, Vec<(bool, Timestamp)>>,
}

/// Payments, transfers and withdrawals with `from <= at < to`, for learning. Needs `decide_risk`; going through them changes nothing.
pub fn rows(actor: &Actor, from: Timestamp, to: Timestamp) -> Result<Rows, Error> {
    permit(actor, Permission::DecideRisk)?;
    // An act is written a little after it was judged.
    let first = kernel::first_id_at(from.minus(KEPT).minus(Duration::from_hours(1))).saturating_sub(1);
    let last = kernel::first_id_at(to.plus(Duration::from_hours(1)));
    Ok(Rows {
        time: (from, to),
        next: (first, last),
        histories: Histories::new(),
        unsettled: VecDeque::new(),
        words: HashMap::new(),
    })
}

impl Rows {
    /// The next rows, in the order they were written; nothing when there are no more. A part may be empty.
    pub async fn next(&mut self, cx: &Cx) -> Result<Option<Vec<Row>>, Error> {
        let mut tx = cx.read().await?;
        let past = store::list(&mut tx, cx, self.next, Family::Money.code(), BATCH).await?;
        let Some(last) = past.last().map(|one| one.id) else { return Ok(None) };
        for (event, fraud, noted_at) in labels::list_between(&mut tx, self.next.0, last).await? {
            self.words.entry(event).or_default().push((fraud, noted_at));
        }
        drop(tx);
        self.next.0 = last;
        let mut rows = Vec::new();
        for one in past {
            self.settle(one.id);
            if self.time.0 <= one.happening.at && one.happening.at < self.time.1 {
                rows.push(self.row(&one));
            }
            self.unsettled.push_back((one.id, one.happening));
        }
        Ok(Some(rows))
    }

    /// What every later act has seen goes into the histories.
    fn settle(&mut self, now: i64) {
        let before = kernel::first_id_at(kernel::made_at(now).minus(UNSETTLED));
        while let Some((id, happening)) = self.unsettled.pop_front_if(|(id, _)| *id < before) {
            self.histories.observe(&happening, id);
            for (fraud, noted_at) in self.words.get(&id).into_iter().flatten() {
                self.histories.label(id, *fraud, *noted_at);
            }
            self.words.remove(&id);
        }
    }

    fn row(&self, past: &Past) -> Row {
        let word = self.words.get(&past.id).and_then(|words| words.last());
        Row {
            id: DecisionId(past.id),
            at: past.happening.at,
            customer: past.happening.customer,
            amount_minor: past.happening.amount_minor,
            vector: self.vector(past),
            fraud: word.map(|(fraud, _)| *fraud),
            noted_at: word.map(|(_, noted_at)| *noted_at),
        }
    }

    /// The numbers from what the act had seen: of the last rows, those up to the newest it knew.
    fn vector(&self, past: &Past) -> Vector {
        let around = self.histories.around(&past.happening);
        let with = |role: Role, history: Option<&History>| {
            let entity = role.of(&past.happening)?;
            let mut history = history.cloned().unwrap_or_default();
            let seen = self.unsettled.iter().filter(|(id, _)| *id <= past.seen);
            for (id, happening) in seen.filter(|(_, happening)| role.of(happening) == Some(entity)) {
                history.observe(happening, *id);
                for (fraud, noted_at) in self.words.get(id).into_iter().flatten() {
                    history.label(*id, *fraud, *noted_at);
                }
            }
            Some(history)
        };
        let touched = self.unsettled.iter().filter(|(id, _)| *id <= past.seen).any(|(_, other)| {
            Role::ALL.into_iter().any(|role| {
                let entity = role.of(&past.happening);
                entity.is_some() && role.of(other) == entity
            })
        });
        if !touched {
            return feature::vector(&around, &past.happening);
        }
        let customer = with(Role::Customer, Some(around.customer)).unwrap_or_default();
        let payee = with(Role::Payee, around.payee);
        let device = with(Role::Device, around.device);
        let network = with(Role::Network, around.network);
        let around = Around {
            customer: &customer,
            payee: payee.as_ref(),
            device: device.as_ref(),
            network: network.as_ref(),
        };
        feature::vector(&around, &past.happening)
    }
}
