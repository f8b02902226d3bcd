//! What lists say of an act. Pure.

use std::collections::HashMap;

use kernel::Timestamp;

use super::model::{Entity, List};
use crate::Outcome;

/// An entry of a list, and until when it holds.
type Held = (List, Option<Timestamp>);

/// The active entries, as a node keeps them in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book(HashMap<(Entity, i64), Vec<Held>>);

/// A list that names a part of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    pub list: List,
    pub entity: Entity,
}

impl Book {
    pub(crate) fn insert(&mut self, entity: Entity, value: i64, list: List, until: Option<Timestamp>) {
        self.0.entry((entity, value)).or_default().push((list, until));
    }

    /// Every list that names one of these now.
    pub(crate) fn names(&self, parts: &[(Entity, i64)], now: Timestamp) -> Vec<Named> {
        let mut found = Vec::new();
        for part in parts {
            let entries = self.0.get(part).map_or(&[][..], Vec::as_slice);
            let held = entries.iter().filter(|(_, until)| until.is_none_or(|until| now < until));
            found.extend(held.map(|(list, _)| Named { list: *list, entity: part.0 }));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What the lists come to beside a score's outcome and that of the live rules. A sanction stands above all; who is allowed is
/// freed of the score, the watch list and the deny list; live rules hold for everybody.
pub(crate) fn settle(named: &[Named], by_rules: Outcome, by_score: Outcome) -> Outcome {
    let on = |list| named.iter().any(|one| one.list == list);
    if on(List::Sanctions) {
        return Outcome::Deny;
    }
    if on(List::Allow) {
        return by_rules;
    }
    let by_lists = if on(List::Deny) {
        Outcome::Deny
    } else if on(List::Watch) {
        Outcome::Review
    } else {
        Outcome::Allow
    };
    by_rules.max(by_score).max(by_lists)
}
