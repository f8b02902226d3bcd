//! What a lost dispute takes out of what we still owe: the payer has that money from the bank and is not to have it from us besides. The
//! loss is booked whole (Disputed → Fees); what is covered goes Escrow, Wallet or Suspense → Fees, never more than lies there. What
//! stays uncovered is our loss.
//!
//! | the money was | covers |
//! |---|---|
//! | an order's that has ended | what of it lies in escrow for its customer |
//! | an order's that still runs | nothing yet: its hold counts on it; [`of_due`] covers when it is to be given back |
//! | a top-up | the balance, as far as it goes; a person is called when it does not go far enough |
//! | a surplus | what of it was not promised back |

use db::Tx;
use durable::Cx;
use kernel::{Actor, Money, Text};
use ledger::{AccountName, TransferKind};

use super::books::OVERPAID;
use super::complete::{Locked, review_of, ring};
use super::dispute_model::{Dispute, DisputeState};
use super::facts::topic;
use super::give_back::{in_escrow, stands};
use super::model::{Attempt, AttemptState, Payment};
use super::{Error, dispute, dispute_store, store};
use crate::order::{self, NewEvent, Order};

/// How often a balance that moved while it was read is read again.
const TRIES: u32 = 3;

/// A dispute was lost just now; its loss is booked.
pub(super) async fn on_lost(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    locked: &Locked,
    dispute: &Dispute,
) -> Result<(), Error> {
    let Locked { order, attempt, .. } = locked;
    if attempt.state == AttemptState::Surplus {
        return of_surplus(tx, cx, attempt, dispute).await;
    }
    match order {
        Some(order) if order.state.is_final() => {
            of_order(tx, cx, actor, order, dispute).await?;
        }
        Some(_) => {}
        None => {
            let covered = of_top_up(tx, cx, dispute).await?;
            if covered < dispute.amount.minor {
                ring(tx, cx, actor, topic::ALARM, review_of(locked, "dispute_uncovered")).await?;
            }
        }
    }
    Ok(())
}

/// An order's money is to be given back: covers what was lost of it before, and says how much of `due` is then still there to go back.
pub(super) async fn of_due(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (order, payment): (&Order, &Payment),
    due: Money,
) -> Result<Money, Error> {
    let attempts = store::list_attempts(tx, cx, payment.id).await?;
    let counts = |dispute: &Dispute| {
        attempts.iter().any(|a| a.id == dispute.attempt && a.state == AttemptState::Captured)
    };
    for dispute in dispute_store::list(tx, payment.id).await? {
        if dispute.state == DisputeState::Lost && counts(&dispute) {
            of_order(tx, cx, actor, order, &dispute).await?;
        }
    }
    if covered(tx, cx, order).await? == 0 {
        return Ok(due);
    }
    let (_, there) = in_escrow(tx, cx, order, payment.id).await?;
    Ok(Money { minor: due.minor.min(there.max(0)), ..due })
}

/// What lost disputes took so far of what lay in escrow for an order, in minor units.
pub(super) async fn covered(tx: &mut Tx, cx: &Cx, order: &Order) -> Result<i64, Error> {
    let escrow = AccountName::Escrow(order.customer);
    let escrow = ledger::ensure_account(tx, cx, escrow, order.total.currency).await?;
    let transfers = ledger::transfers_of_order(tx, order.id.raw()).await?;
    let ours = transfers.iter().filter(|t| t.kind == TransferKind::DisputeCovered && t.debit == escrow.id);
    Ok(ours.fold(0_i64, |sum, transfer| sum.saturating_add(transfer.amount.minor)))
}

/// Takes it out of escrow; how much. The order tells its customer, and its money state follows.
async fn of_order(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    order: &Order,
    dispute: &Dispute,
) -> Result<i64, Error> {
    let before = covered(tx, cx, order).await?;
    let (_, there) = in_escrow(tx, cx, order, dispute.payment).await?;
    let minor = dispute.amount.minor.saturating_sub(before).min(there);
    if minor <= 0 {
        return Ok(0);
    }
    let amount = Money { minor, ..dispute.amount };
    take(tx, cx, dispute, (AccountName::Escrow(order.customer), amount), before).await?;
    let text = Text::new(
        format!("{amount} 已由支付机构退给付款人"),
        format!("{amount} was given back to the payer by the bank"),
    );
    let event = NewEvent::public("refunded").because("dispute_lost").text(text);
    order::ops::note(tx, cx, actor, order, event).await?;
    if let Some(money) = stands(tx, cx, order, dispute.payment).await? {
        order::ops::set_money(tx, cx, actor, order, money).await?;
    }
    Ok(minor)
}

/// Takes it out of the balance, as far as it goes; how much. What is set aside for orders is not touched.
async fn of_top_up(tx: &mut Tx, cx: &Cx, dispute: &Dispute) -> Result<i64, Error> {
    let wallet = AccountName::Wallet(dispute.customer);
    let codes = [wallet.code(dispute.amount.currency)];
    for _ in 0..TRIES {
        let found = ledger::load_accounts_by_code(tx, &codes).await?;
        let there = found.first().and_then(ledger::Account::debit_room).unwrap_or(0);
        let minor = dispute.amount.minor.min(there);
        if minor <= 0 {
            return Ok(0);
        }
        match take(tx, cx, dispute, (wallet, Money { minor, ..dispute.amount }), 0).await {
            // It was spent since it was read: then there is less.
            Err(Error::InsufficientFunds { .. }) => {}
            done => return done.map(|()| minor),
        }
    }
    Err(Error::bug("a balance kept changing"))
}

/// Takes it out of what nobody wanted, as far as it is on no way back.
async fn of_surplus(tx: &mut Tx, cx: &Cx, attempt: &Attempt, dispute: &Dispute) -> Result<(), Error> {
    let minor = dispute.amount.minor.min(attempt.captured.minor.saturating_sub(attempt.refunded.minor));
    if minor <= 0 {
        return Ok(());
    }
    take(tx, cx, dispute, (OVERPAID, Money { minor, ..dispute.amount }), 0).await
}

/// `before` tells one part of a dispute from the next.
async fn take(
    tx: &mut Tx,
    cx: &Cx,
    dispute: &Dispute,
    (from, amount): (AccountName<'_>, Money),
    before: i64,
) -> Result<(), Error> {
    let accounts = (from, AccountName::Fees(&dispute.gateway));
    let key = format!("dispute_covered:{}:{before}", dispute.id);
    dispute::post(tx, cx, dispute, (accounts, amount), (TransferKind::DisputeCovered, key)).await
}
