//! Taking out of a limit, giving back, and looking how much is left. The order of locks: wallet, use, counters.

use db::Tx;
use durable::Cx;
use kernel::{AccountId, Actor, Currency, Level, Money};
use serde_json::json;

use super::model::{AllowanceKind, Caps, Left, Policy, Room, Span, Use, UseState};
use super::{rules, store};
use crate::Error;
use crate::account::ops::{authorise, find_by_code};
use crate::account::{AccountName, HOUSE_CURRENCY};
use crate::transfer::rules::check_amount;

/// Takes an amount out of what a customer of this level may move, in the caller's transaction. `key` says what it is for, once and
/// for all; the same key with the same content takes once, with other content it is [`Error::KeyReused`].
///
/// Refused with [`Error::OverSingle`], [`Error::OverDay`] and so on, after which the transaction is to be rolled back.
/// What was taken stays open until [`finish`] or [`give_back`].
pub async fn take(
    tx: &mut Tx,
    cx: &Cx,
    customer: AccountId,
    kind: AllowanceKind,
    amount: Money,
    level: Level,
    key: &str,
) -> Result<(), Error> {
    check_amount(amount)?;
    let periods = rules::periods(cx.now());
    let wanted = Use { key: key.to_owned(), customer, kind, amount, periods, state: UseState::Open };
    if !store::insert_use(tx, cx, &wanted).await? {
        let taken = store::lock_use(tx, key).await?.ok_or_else(|| Error::bug("a use is there and is not"))?;
        let same = taken.customer == customer && taken.kind == kind && taken.amount == amount;
        return if same { Ok(()) } else { Err(Error::KeyReused) };
    }
    let caps = caps(tx, level, kind).await?;
    if let Some(limit) = caps.single.filter(|limit| amount.minor > *limit) {
        return Err(Error::OverSingle { limit: Money { minor: limit, ..amount } });
    }
    // Before the counters, as everybody locks who moves money too.
    let there = if kind == AllowanceKind::TopUp { lock_wallet(tx, &wanted).await? } else { 0 };
    for span in rules::TIMED {
        // Counted also without a limit, so that a limit set later knows of it.
        let limit = caps.of(span).unwrap_or(i64::MAX.saturating_sub(amount.minor));
        if !store::add_used(tx, &wanted, span, limit).await? {
            let used = store::used(tx, (customer, kind), amount, (span, periods)).await?;
            let left = rules::left(limit, used, amount);
            return Err(rules::over(span, Money { minor: limit, ..amount }, left));
        }
    }
    if kind == AllowanceKind::TopUp { hold_room(tx, &wanted, caps, there).await } else { Ok(()) }
}

/// What is in the wallet, which nobody moves until the transaction ends: what arrives meanwhile is counted once, as on its way or as
/// there.
async fn lock_wallet(tx: &mut Tx, wanted: &Use) -> Result<i64, Error> {
    let code = AccountName::Wallet(wanted.customer).code(wanted.amount.currency);
    let Some(wallet) = find_by_code(tx, &code).await? else { return Ok(0) };
    crate::account::store::lock(tx, wallet.id).await?;
    let wallet = find_by_code(tx, &code).await?;
    Ok(wallet.map_or(0, |wallet| wallet.balance().posted.minor))
}

/// What is on its way in and what is there already may together not be more than may be held.
async fn hold_room(tx: &mut Tx, wanted: &Use, caps: Caps, there: i64) -> Result<(), Error> {
    let amount = wanted.amount;
    let limit = caps.holding.unwrap_or(i64::MAX.saturating_sub(amount.minor));
    let room = limit.saturating_sub(there);
    if store::add_used(tx, wanted, Span::Open, room).await? {
        return Ok(());
    }
    let of = (wanted.customer, wanted.kind);
    let coming = store::used(tx, of, amount, (Span::Open, wanted.periods)).await?;
    let left = rules::left(room, coming, amount);
    Err(rules::over(Span::Open, Money { minor: limit, ..amount }, left))
}

/// Whether so much more would still be within what somebody of this level may hold, with what is on its way. For money that comes in
/// otherwise than by a top-up: looked at, and nothing is taken.
pub async fn has_room(
    tx: &mut Tx,
    cx: &Cx,
    customer: AccountId,
    level: Level,
    amount: Money,
) -> Result<bool, Error> {
    let kind = AllowanceKind::TopUp;
    let Some(limit) = caps(tx, level, kind).await?.holding else { return Ok(true) };
    let code = AccountName::Wallet(customer).code(amount.currency);
    let wallet = find_by_code(tx, &code).await?;
    let there = wallet.map_or(0, |wallet| wallet.balance().posted.minor);
    let coming = store::used(tx, (customer, kind), amount, (Span::Open, rules::periods(cx.now()))).await?;
    Ok(there.saturating_add(coming).saturating_add(amount.minor) <= limit)
}

/// What was taken came about. Doing it again changes nothing, nor does a key nobody took under. What was given back and came about all
/// the same counts again, also beyond the limit: the money is there.
pub async fn finish(tx: &mut Tx, cx: &Cx, key: &str) -> Result<(), Error> {
    let Some(taken) = store::lock_use(tx, key).await? else { return Ok(()) };
    if taken.state == UseState::Done {
        return Ok(());
    }
    if !store::move_use(tx, key, (taken.state, UseState::Done), cx.now()).await? {
        return Err(Error::bug("a locked use moved"));
    }
    if taken.state == UseState::Open {
        return close(tx, &taken).await;
    }
    for span in rules::TIMED {
        let most = i64::MAX.saturating_sub(taken.amount.minor);
        if !store::add_used(tx, &taken, span, most).await? {
            return Err(Error::bug("a counter is full"));
        }
    }
    Ok(())
}

/// What was taken did not come about, or was undone: it counts no longer, in the very periods it was taken in. Doing it again changes
/// nothing, nor does a key nobody took under.
pub async fn give_back(tx: &mut Tx, cx: &Cx, key: &str) -> Result<(), Error> {
    let Some(taken) = store::lock_use(tx, key).await? else { return Ok(()) };
    if taken.state == UseState::GivenBack {
        return Ok(());
    }
    if !store::move_use(tx, key, (taken.state, UseState::GivenBack), cx.now()).await? {
        return Err(Error::bug("a locked use moved"));
    }
    for span in rules::TIMED {
        off(tx, &taken, span).await?;
    }
    if taken.state == UseState::Open { close(tx, &taken).await } else { Ok(()) }
}

/// It is no longer on its way.
async fn close(tx: &mut Tx, taken: &Use) -> Result<(), Error> {
    if taken.kind == AllowanceKind::TopUp { off(tx, taken, Span::Open).await } else { Ok(()) }
}

async fn off(tx: &mut Tx, taken: &Use, span: Span) -> Result<(), Error> {
    if store::take_off(tx, taken, span).await? {
        Ok(())
    } else {
        Err(Error::bug("less was used than is given back"))
    }
}

/// How much of each limit that counts over a time is left to a customer of this level.
pub async fn left(
    cx: &Cx,
    actor: &Actor,
    customer: AccountId,
    level: Level,
    kind: AllowanceKind,
) -> Result<Vec<Left>, Error> {
    authorise(actor, customer)?;
    let mut tx = cx.read().await?;
    let caps = caps(&mut tx, level, kind).await?;
    let (periods, like) = (rules::periods(cx.now()), Money::zero(HOUSE_CURRENCY));
    let mut all = Vec::new();
    for span in rules::TIMED {
        let Some(limit) = caps.of(span) else { continue };
        let used = store::used(&mut tx, (customer, kind), like, (span, periods)).await?;
        let money = |minor| Money { minor, ..like };
        all.push(Left { span, limit: money(limit), used: money(used), left: rules::left(limit, used, like) });
    }
    Ok(all)
}

/// What a customer of this level may still move in this currency, read in the caller's transaction. The limit of what may be held, which
/// counts what comes in, is not part of it.
pub async fn room(
    tx: &mut Tx,
    cx: &Cx,
    (customer, level): (AccountId, Level),
    kind: AllowanceKind,
    currency: Currency,
) -> Result<Room, Error> {
    let caps = caps(tx, level, kind).await?;
    let (periods, like) = (rules::periods(cx.now()), Money::zero(currency));
    let mut used = Vec::new();
    for span in rules::TIMED {
        used.push((span, store::used(tx, (customer, kind), like, (span, periods)).await?));
    }
    Ok(Room { caps, used })
}

async fn caps(tx: &mut Tx, level: Level, kind: AllowanceKind) -> Result<Caps, Error> {
    Ok(store::find_caps(tx, level, kind).await?.unwrap_or_else(|| rules::delivered(level, kind)))
}

/// Makes these the limits of every node, from the next transaction on. What is the same as before is not written.
pub async fn publish(cx: &Cx, actor: &Actor, policy: &Policy) -> Result<(), Error> {
    let mut tx = cx.begin().await?;
    let mut changed = Vec::new();
    for ((level, kind), wanted) in &policy.0 {
        if caps(&mut tx, *level, *kind).await? != *wanted {
            changed.push(json!({ "level": level.name(), "kind": kind, "limits": format!("{wanted:?}") }));
        }
    }
    if changed.is_empty() {
        return Ok(tx.commit().await?);
    }
    for (of, wanted) in &policy.0 {
        store::put_caps(&mut tx, *of, *wanted).await?;
    }
    let entry = audit::Entry {
        verb: "ledger.limits",
        object_kind: "ledger",
        object: 0,
        customer: None,
        detail: json!({ "changed": changed }),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Ok(())
}
