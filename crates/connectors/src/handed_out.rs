//! What was handed out to payers, for gateways whose answers do not repeat it: the amount, and until when it can be paid.
//!
//! In memory only, and bounded: it is gone after a restart, and then an answer that lacks what stands here stays unknown.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kernel::{Money, Timestamp};

use crate::gateway::Checkout;

/// More are not remembered; those whose time is over first are forgotten first.
const MOST: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handed {
    pub amount: Money,
    /// Where the gateway learns of the payment only from the payer.
    pub checkout: Option<Checkout>,
    /// The gateway was told to take no money afterwards.
    pub until: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct HandedOut(Mutex<BTreeMap<String, Handed>>);

impl HandedOut {
    pub fn remember(&self, attempt_id: &str, handed: Handed) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(attempt_id.to_owned(), handed);
        if all.len() > MOST {
            let mut ends: Vec<_> = all.values().map(|handed| handed.until).collect();
            // A tenth at once, so that this is not done for each.
            let (_, end, _) = ends.select_nth_unstable(MOST / 10);
            let end = *end;
            all.retain(|_, handed| handed.until > end);
        }
    }

    pub fn find(&self, attempt_id: &str) -> Option<Handed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(attempt_id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_first_is_forgotten_first() {
        let handed_out = HandedOut::default();
        let handed =
            |n: i64| Handed { amount: Money::cny(n), checkout: None, until: Timestamp::from_secs(n) };
        for n in 0..=i64::try_from(MOST).unwrap() {
            handed_out.remember(&format!("at_{n}"), handed(n));
        }
        assert_eq!(handed_out.find("at_0"), None);
        assert_eq!(handed_out.find("at_10000"), Some(handed(10_000)));
    }
}
