//! What the buyers know: every request with its key and what came of it. The book is outside the server, so no kill touches it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Outcome;
use crate::Engine;

/// What is known of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// Sent; no answer came.
    Nothing,
    /// Answered with this order.
    Order(String),
    Refused,
}

/// One request for an order.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub buyer: usize,
    pub body: String,
    pub known: Known,
    /// Looked at after the kill that followed.
    pub checked: bool,
}

#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    sent: BTreeMap<String, Sent>,
    unanswered: usize,
    unanswered_done: usize,
    cancelled: usize,
    faults: Vec<String>,
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Written before the request leaves.
    pub fn send(&self, key: &str, buyer: usize, body: &str) {
        let sent = Sent { buyer, body: body.to_owned(), known: Known::Nothing, checked: false };
        self.pages().sent.insert(key.to_owned(), sent);
    }

    pub fn learn(&self, key: &str, known: Known) {
        if let Some(sent) = self.pages().sent.get_mut(key) {
            sent.known = known;
        }
    }

    /// The answer got lost: `done` says whether the first repetition found it done.
    pub fn resolved(&self, done: bool) {
        let mut pages = self.pages();
        pages.unanswered += 1;
        pages.unanswered_done += usize::from(done);
    }

    pub fn cancelled(&self) {
        self.pages().cancelled += 1;
    }

    pub fn fault(&self, fault: String) {
        self.pages().faults.push(fault);
    }

    pub fn faults(&self, faults: impl IntoIterator<Item = String>) {
        self.pages().faults.extend(faults);
    }

    /// What was not looked at since it was sent; from now on it was.
    pub fn to_check(&self) -> Vec<(String, Sent)> {
        let mut pages = self.pages();
        let fresh = pages.sent.iter_mut().filter(|(_, sent)| !sent.checked);
        fresh
            .map(|(key, sent)| {
                sent.checked = true;
                (key.clone(), sent.clone())
            })
            .collect()
    }

    /// The ids of all orders there are.
    pub fn orders(&self) -> BTreeSet<String> {
        let pages = self.pages();
        let ids = pages.sent.values().filter_map(|sent| match &sent.known {
            Known::Order(id) => Some(id.clone()),
            _ => None,
        });
        ids.collect()
    }

    pub fn brief(&self) -> String {
        let (orders, pages) = (self.orders().len(), self.pages());
        format!("{orders} orders, {} without answer so far", pages.unanswered)
    }

    pub fn outcome(&self, engine: Engine) -> Outcome {
        let orders = self.orders().len();
        let pages = self.pages();
        Outcome {
            engine,
            rounds: 0,
            killed_starts: 0,
            orders,
            unanswered: pages.unanswered,
            unanswered_done: pages.unanswered_done,
            refused: pages.sent.values().filter(|sent| sent.known == Known::Refused).count(),
            cancelled: pages.cancelled,
            slowest_start: Duration::ZERO,
            ended: Vec::new(),
            faults: pages.faults.clone(),
            took: Duration::ZERO,
        }
    }
}
