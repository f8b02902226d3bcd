//! Requests under way on this node, by key (I4). Between nodes the unique index decides: the second transaction fails and answers as a
//! replay.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::Key;

/// Who, where, which key.
type Own = (i64, &'static str, String);

/// The keys whose first request has not been answered yet.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<Own>>>);

/// One request under way; over when dropped.
#[derive(Debug)]
pub struct Flight {
    all: InFlight,
    own: Own,
}

impl InFlight {
    /// `None` while another request with this key is under way.
    pub fn enter(&self, key: &Key) -> Option<Flight> {
        let own = (key.actor.raw(), key.route, key.key.clone());
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(own.clone());
        new.then(|| Flight { all: self.clone(), own })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.own);
    }
}
