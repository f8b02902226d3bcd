//! What the risk engine says of an order: asked before any transaction is open, once for each payee, the hardest answer counts (R2); written
//! down in the transaction that places the order, or, where the order is refused for it, in one of its own (R3).

use std::collections::BTreeMap;

use durable::Cx;
use futures_util::future::join_all;
use kernel::{Duration, Money};
use risk::engine::journal_many;
use risk::{Act, Engine, Judged, Origin, Outcome, Point, ReviewRule};
use serde_json::json;

use super::model::Prepared;
use crate::Error;
use crate::held::{HoldCause, HoldFor, OnExpiry};
use crate::idempotency;
use crate::payee::Recipient;

/// An order waits this much longer than its review lasts, so that what is decided in the last moment still finds it waiting.
const ON_ITS_WAY: Duration = Duration::from_mins(10);

/// Asks the engine. What goes on keeps what was said, to be written with the order; what a person is to look at waits, with everything set
/// aside; what is denied, or lacks a fresh proof that is asked for, is refused here and nothing was taken.
pub(super) async fn judge(
    cx: &Cx,
    engine: &Engine,
    origin: &Origin,
    command: &mut Prepared,
) -> Result<(), Error> {
    let judged = join_all(acts(command, origin).into_iter().map(|act| engine.judge(cx, act))).await;
    let hardest = judged.iter().map(Judged::outcome).max().unwrap_or(Outcome::Allow);
    command.judged = kept(judged, hardest);
    let refused = match hardest {
        Outcome::Allow | Outcome::Notify => return Ok(()),
        Outcome::StepUp if command.actor.has_fresh_proof(cx.now()) => return Ok(()),
        Outcome::StepUp => Error::ProofNeeded,
        Outcome::Review => {
            let point = command.judged.iter().find(|one| one.outcome() == Outcome::Review).map(Judged::point);
            wait(command, engine.policy(point.unwrap_or(Point::Payment)).review);
            return Ok(());
        }
        Outcome::Deny => Error::NotAccepted,
    };
    for one in &mut command.judged {
        *one = one.clone().refused();
    }
    let mut tx = cx.begin().await?;
    if idempotency::find(&mut tx, cx, &command.key).await?.is_some() {
        // Accepted long ago: the repeat is answered as that was, and nobody tried anything.
        return Err(refused);
    }
    write_down(&mut tx, cx, std::iter::once(&*command)).await?;
    tx.commit().await?;
    Err(refused)
}

/// One act for each account that money is sent to, and one for all that is bought, whose payee is the seller who gets the most.
fn acts(command: &Prepared, origin: &Origin) -> Vec<Act> {
    let (mut sent, mut withdrawn, mut sellers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for line in &command.lines {
        let of = match (line.is_transfer(), line.recipient) {
            (true, Recipient::Own) => &mut withdrawn,
            (true, Recipient::Other) => &mut sent,
            (false, _) => &mut sellers,
        };
        let sum: &mut i64 = of.entry(line.payee).or_default();
        *sum = sum.saturating_add(line.priced.total.minor);
    }
    let bought = sellers.values().fold(0_i64, |sum, part| sum.saturating_add(*part));
    let seller = sellers.into_iter().max_by_key(|(_, part)| *part);
    let bought = seller.map(|(payee, _)| (Point::Payment, payee, bought));
    let sent = sent.into_iter().map(|(payee, amount)| (Point::Transfer, payee, amount));
    let withdrawn = withdrawn.into_iter().map(|(payee, amount)| (Point::Withdrawal, payee, amount));
    let service = command.lines.first().map_or("", |line| line.service.code.as_str());
    let facts = json!({
        "service": service, "lines": command.lines.len(), "method": command.payment.name(), "channel": command.channel.name(),
    });
    let act = |(point, payee, amount)| Act {
        point,
        subject: command.customer,
        person: (command.person != command.customer).then_some(command.person),
        amount: Some(Money::new(amount, command.total.currency)),
        payee: Some(payee),
        phone: None,
        origin: origin.clone(),
        facts: facts.clone(),
        mark: command.id.raw(),
        is_first: true,
    };
    bought.into_iter().chain(sent).chain(withdrawn).map(act).collect()
}

/// What is written down: everything, but of several reviews only the first. An order waits for one person, and one that is refused for none.
fn kept(judged: Vec<Judged>, hardest: Outcome) -> Vec<Judged> {
    let mut reviewed = hardest > Outcome::Review;
    let once = |one: &Judged| one.outcome() != Outcome::Review || !std::mem::replace(&mut reviewed, true);
    judged.into_iter().filter(once).collect()
}

fn wait(command: &mut Prepared, review: ReviewRule) {
    let on_expiry = if review.then.is_open() { OnExpiry::Release } else { OnExpiry::Reject };
    let lasts = Duration(review.lasts.0.saturating_add(ON_ITS_WAY.0));
    let hold = HoldFor { cause: HoldCause::RiskReview, lasts, on_expiry };
    // The promise begins to run when the order may go on.
    if command.hold_for.replace(hold).is_none() {
        command.due_at = command.due_at.plus(hold.lasts);
    }
}

/// What was said of these orders, in the caller's transaction, one statement a table.
pub(super) async fn write_down(
    tx: &mut db::Tx,
    cx: &Cx,
    commands: impl Iterator<Item = &Prepared>,
) -> Result<(), db::Error> {
    let all: Vec<(Judged, i64)> = commands
        .flat_map(|command| command.judged.iter().map(|one| (one.clone(), command.id.raw())))
        .collect();
    journal_many(tx, cx, &all).await.map(drop).map_err(|error| db::Error::Other(error.into()))
}
