//! What orders send away to others, which the limits of their customers count (L3): read with the facts, taken in the transaction that
//! writes the orders.

use db::Tx;
use durable::Cx;

use super::model::{Accepted, Prepared};
use super::rules::Facts;
use crate::payee;

/// Reads what may still be sent, for those who send anything; `facts.levels` is read before.
pub(super) async fn load(
    tx: &mut Tx,
    cx: &Cx,
    commands: &[&Prepared],
    facts: &mut Facts,
) -> Result<(), db::Error> {
    for command in commands.iter().filter(|command| command.sent().is_positive()) {
        let who = (command.customer, command.person);
        if facts.sending.contains_key(&who) {
            continue;
        }
        let level = facts.levels.get(&command.person).copied().unwrap_or_default();
        let room = payee::room(tx, cx, (command.customer, level), command.total.currency).await;
        facts.sending.insert(who, room.map_err(failed)?);
    }
    Ok(())
}

/// Takes it; `false` when another node took of the same since the facts were read.
pub(super) async fn take(
    tx: &mut Tx,
    cx: &Cx,
    facts: &Facts,
    accepted: &[Accepted<'_>],
) -> Result<bool, db::Error> {
    let mut senders: Vec<&Prepared> =
        accepted.iter().map(|one| one.command).filter(|command| command.sent().is_positive()).collect();
    // Every desk takes in the same order, so that none waits for another that waits for it.
    senders.sort_by_key(|command| (command.customer, command.id));
    for command in senders {
        let level = facts.levels.get(&command.person).copied().unwrap_or_default();
        match payee::take(tx, cx, (command.customer, level), command.id, command.sent()).await {
            Ok(()) => {}
            Err(ledger::Error::Bug(source)) => return Err(failed(ledger::Error::Bug(source))),
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

/// What the database said, as itself: a conflict is one for the batch too.
fn failed(error: ledger::Error) -> db::Error {
    match error {
        ledger::Error::Bug(source) => match source.downcast::<db::Error>() {
            Ok(error) => *error,
            Err(other) => db::Error::Other(other),
        },
        other => db::Error::Other(other.into()),
    }
}
