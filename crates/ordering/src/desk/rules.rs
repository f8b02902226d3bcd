//! The decision, pure: (facts, command) → accept, answer as before, or refuse. Accepting moves the facts, so that the next command of the
//! batch sees what this one left.

use std::collections::HashMap;

use kernel::{AccountId, Level, Money};
use ledger::LedgerAccountId;
use ledger::allowance::Room;

use super::model::{Placed, Prepared};
use crate::Error;
use crate::cart::CartId;
use crate::draft::DraftId;
use crate::order::OrderId;

/// What the desk must know to decide a batch.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// By the command's place in the batch: what its key was used for before.
    pub kept: HashMap<usize, (Vec<u8>, String)>,
    pub carts: HashMap<CartId, CartFact>,
    /// Drafts that already became an order.
    pub drafts: HashMap<DraftId, OrderId>,
    /// What each customer can spend.
    pub wallets: HashMap<AccountId, (LedgerAccountId, i64)>,
    /// How surely it is known who acts, for those whose services ask.
    pub levels: HashMap<AccountId, Level>,
    /// What may still be sent away: by whose money it is and who acts, for those who send any.
    pub sending: HashMap<(AccountId, AccountId), Room>,
    /// What is left of each stock item.
    pub stock: HashMap<String, i64>,
    /// The current version of each service.
    pub versions: HashMap<String, i64>,
}

/// A cart as the desk needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CartFact {
    pub customer: AccountId,
    pub revision: i64,
    /// The order it became.
    pub order: Option<OrderId>,
}

/// What becomes of a command.
#[derive(Debug)]
pub(crate) enum Decision {
    Accept,
    /// The key was used for the same request before.
    Replay(Placed),
    Refuse(Error),
}

/// Decides one command. Nothing is charged, reserved or written by a refusal.
pub(crate) fn decide(facts: &mut Facts, place: usize, command: &Prepared) -> Decision {
    match consider(facts, place, command) {
        Ok(Some(placed)) => Decision::Replay(placed),
        Ok(None) => {
            accept(facts, command);
            Decision::Accept
        }
        Err(error) => Decision::Refuse(error),
    }
}

fn consider(facts: &Facts, place: usize, command: &Prepared) -> Result<Option<Placed>, Error> {
    if let Some((fingerprint, result)) = facts.kept.get(&place) {
        let result = command.key.matches(fingerprint, result.clone())?;
        let placed: Placed = serde_json::from_str(&result).map_err(Error::bug)?;
        return Ok(Some(Placed { replayed: true, ..placed }));
    }
    cart_is_open(facts, command)?;
    if let Some(order) = command.draft.and_then(|draft| facts.drafts.get(&draft)) {
        return Err(Error::CartOrdered { order: *order });
    }
    for line in &command.lines {
        if facts.versions.get(&line.service.code) != Some(&line.service.version) {
            return Err(Error::Changed { total: command.total });
        }
    }
    may_be_sent(facts, command)?;
    level_is_enough(facts, command)?;
    stock_is_there(facts, command)?;
    money_is_there(facts, command)?;
    Ok(None)
}

fn cart_is_open(facts: &Facts, command: &Prepared) -> Result<(), Error> {
    let Some((cart, revision)) = command.cart else { return Ok(()) };
    let fact = facts.carts.get(&cart).filter(|f| f.customer == command.customer).ok_or(Error::NotFound)?;
    if let Some(order) = fact.order {
        return Err(Error::CartOrdered { order });
    }
    if fact.revision == revision { Ok(()) } else { Err(Error::CartChanged) }
}

/// Nobody we know nothing of is trusted with what asks for a name.
fn level_is_enough(facts: &Facts, command: &Prepared) -> Result<(), Error> {
    let has = facts.levels.get(&command.person).copied().unwrap_or_default();
    if has >= command.needs { Ok(()) } else { Err(Error::LevelNeeded { needed: command.needs, has }) }
}

/// Lines on one stock item are summed before the check (S2).
fn stock_is_there(facts: &Facts, command: &Prepared) -> Result<(), Error> {
    for (index, line) in command.lines.iter().enumerate() {
        let Some(sku) = &line.sku else { continue };
        let wanted = wanted(command, sku);
        let left = facts.stock.get(sku).copied().unwrap_or(0);
        if wanted > left {
            return Err(if sku.starts_with("slot:") {
                Error::SlotTaken { line: index }
            } else {
                Error::StockShort { sku: sku.clone(), left: left.max(0), line: index }
            });
        }
    }
    Ok(())
}

fn wanted(command: &Prepared, sku: &str) -> i64 {
    let lines = command.lines.iter().filter(|line| line.sku.as_deref() == Some(sku));
    lines.fold(0, |sum, line| sum.saturating_add(line.quantity))
}

fn money_is_there(facts: &Facts, command: &Prepared) -> Result<(), Error> {
    if command.wallet_part() == 0 {
        return Ok(());
    }
    let available = facts.wallets.get(&command.customer).map_or(0, |(_, available)| *available);
    let short = command.wallet_part().saturating_sub(available);
    if short <= 0 {
        Ok(())
    } else {
        Err(Error::InsufficientFunds { short: Money::new(short, command.total.currency) })
    }
}

/// What is not known of may not be sent: who sends was asked for when the facts were read.
fn may_be_sent(facts: &Facts, command: &Prepared) -> Result<(), Error> {
    let sent = command.sent();
    if !sent.is_positive() {
        return Ok(());
    }
    let room = facts.sending.get(&(command.customer, command.person));
    room.ok_or_else(|| Error::bug("nobody asked what may be sent"))?.fits(sent)?;
    Ok(())
}

fn accept(facts: &mut Facts, command: &Prepared) {
    if let Some((cart, _)) = command.cart
        && let Some(fact) = facts.carts.get_mut(&cart)
    {
        fact.order = Some(command.id);
    }
    if let Some(draft) = command.draft {
        facts.drafts.insert(draft, command.id);
    }
    for line in &command.lines {
        if let Some(left) = line.sku.as_ref().and_then(|sku| facts.stock.get_mut(sku)) {
            *left = left.saturating_sub(line.quantity);
        }
    }
    if let Some((_, available)) = facts.wallets.get_mut(&command.customer) {
        *available = available.saturating_sub(command.wallet_part());
    }
    let sent = command.sent();
    // Whoever acts, it is the customer's limit that is used.
    for (_, room) in facts.sending.iter_mut().filter(|((customer, _), _)| *customer == command.customer) {
        room.narrow(sent);
    }
}
