//! Placing, posting, voiding, expiring. The order is always: lane, holds, accounts, rows, chain.

use std::collections::HashMap;

use db::Tx;
use durable::Cx;
use kernel::{Money, Timestamp};

use super::model::{
    EXPIRED, Event, Hold, HoldExpired, HoldId, HoldRefusal, HoldState, NewHold, PostHold, Posted, Take,
};
use super::{rules, store};
use crate::Error;
use crate::account::model::Deltas;
use crate::account::ops::{diagnose, move_back, move_totals};
use crate::chain::model::{Fact, Lane};
use crate::chain::ops::Writer;
use crate::transfer::ops::{ATTEMPTS, Draft, insert};
use crate::transfer::rules::check;
use crate::transfer::{NewTransfer, TransferId};

/// Sets money aside. The same business key with the same content answers the hold placed first, whatever became of it since; with
/// other content it is [`Error::KeyReused`]. After a refusal the transaction is as it was before.
pub async fn place(tx: &mut Tx, cx: &Cx, lane: Lane, new: NewHold) -> Result<Hold, Error> {
    check(new.debit, new.credit, new.amount)?;
    for _ in 0..ATTEMPTS {
        if let Some(placed) = store::find_by_key(tx, &new.business_key).await? {
            return if rules::is_same(&new, &placed) { Ok(placed) } else { Err(Error::KeyReused) };
        }
        match write(tx, cx, lane, std::slice::from_ref(&new)).await? {
            Written::All(mut placed) => return placed.pop().ok_or_else(|| Error::bug("nothing was placed")),
            // Somebody placed one under this key since we looked: it is found in the next round.
            Written::KeyTaken => {}
            Written::Short => {
                if let Some(error) = diagnose(tx, new.debit, new.credit, new.amount).await? {
                    return Err(error);
                }
            }
        }
    }
    Err(Error::bug("the accounts kept changing"))
}

/// Places many holds with one statement a table, each account written once: the order desk's way. `false` when a guard does not
/// hold, an account is missing or an amount is not one: then none was placed and the transaction is as it was before. An id or
/// business key already taken is [`db::Error::Unique`], after which the transaction must be rolled back.
pub async fn place_holds(tx: &mut Tx, cx: &Cx, lane: Lane, new: &[NewHold]) -> Result<bool, db::Error> {
    if new.iter().any(|h| check(h.debit, h.credit, h.amount).is_err()) {
        return Ok(false);
    }
    match write(tx, cx, lane, new).await? {
        Written::All(_) => Ok(true),
        Written::Short => Ok(false),
        Written::KeyTaken => Err(db::Error::Unique("hold.business_key".to_owned())),
    }
}

/// Posts a hold: what is taken moves, the rest is released.
pub async fn post(tx: &mut Tx, cx: &Cx, lane: Lane, hold: HoldId, take: Take) -> Result<TransferId, Error> {
    let mut posted = post_holds(tx, cx, lane, &[PostHold { hold, take }]).await?;
    Ok(posted.pop().unwrap_or(Err(HoldRefusal::NotFound))?)
}

/// Posts many holds, each account written once. The answers stand in the order of `posts`; a hold that is refused does not keep the
/// others from being posted.
pub async fn post_holds(
    tx: &mut Tx,
    cx: &Cx,
    lane: Lane,
    posts: &[PostHold],
) -> Result<Vec<Posted>, db::Error> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let mut chain = Writer::open(tx, lane).await?;
    let ids: Vec<HoldId> = posts.iter().map(|post| post.hold).collect();
    let mut holds = lock(tx, &ids).await?;
    let now = cx.now();
    let decided: Vec<Result<Hold, HoldRefusal>> =
        posts.iter().map(|post| close(&mut holds, post.hold, Event::Post(post.take), now)).collect();
    let mut closing: Vec<Hold> = decided.iter().flatten().cloned().collect();
    book(tx, &closing).await?;
    let drafts = closing.iter().map(posting).collect();
    let transfers = insert(tx, cx, &mut chain, drafts)
        .await?
        .ok_or_else(|| db::Error::Unique("transfer.business_key".to_owned()))?;
    for (hold, transfer) in closing.iter_mut().zip(&transfers) {
        hold.state = HoldState::Posted { amount_minor: transfer.amount.minor, at: transfer.created_at };
        hold.closed_entry = Some(transfer.entry);
    }
    finish(tx, chain, &closing).await?;
    let mut ids = transfers.iter().map(|transfer| transfer.id);
    // There is one transfer for each hold that was not refused.
    let answer = |one: Result<Hold, HoldRefusal>| one.and_then(|_| ids.next().ok_or(HoldRefusal::NotFound));
    Ok(decided.into_iter().map(answer).collect())
}

/// Gives held money back.
pub async fn void(tx: &mut Tx, cx: &Cx, lane: Lane, hold: HoldId) -> Result<(), Error> {
    let mut voided = void_holds(tx, cx, lane, &[hold]).await?;
    Ok(voided.pop().unwrap_or(Err(HoldRefusal::NotFound))?)
}

/// Gives the money of many holds back. The answers stand in the order of `holds`.
pub async fn void_holds(
    tx: &mut Tx,
    cx: &Cx,
    lane: Lane,
    holds: &[HoldId],
) -> Result<Vec<Result<(), HoldRefusal>>, db::Error> {
    let answers = release(tx, cx, lane, holds, Event::Void).await?;
    Ok(answers.into_iter().map(|answer| answer.map(|_| ())).collect())
}

/// Expires pending holds whose time is over, at most `limit`, in a transaction of its own; each raises the event [`EXPIRED`]. How many it were.
pub async fn expire_due(cx: &Cx, lane: Lane, limit: u16) -> Result<usize, Error> {
    let mut tx = cx.db.begin().await?;
    let due = store::list_due(&mut tx, cx.now(), i64::from(limit)).await?;
    let answers = release(&mut tx, cx, lane, &due, Event::Expire).await?;
    // One that was refused was posted or voided by somebody else since it was listed.
    let expired: Vec<Hold> = answers.into_iter().filter_map(Result::ok).collect();
    let mut facts = Vec::with_capacity(expired.len());
    for hold in &expired {
        let payload = HoldExpired { hold: hold.id, order: hold.order };
        facts.push((EXPIRED, hold.id.0, serde_json::to_value(payload).map_err(Error::bug)?));
    }
    durable::emit_many(&mut tx, cx, facts).await?;
    tx.commit().await?;
    Ok(expired.len())
}

pub async fn find_hold(tx: &mut Tx, id: HoldId) -> Result<Option<Hold>, db::Error> {
    Ok(store::list_by_id(tx, vec![id.0]).await?.into_iter().next())
}

enum Written {
    All(Vec<Hold>),
    /// A guard did not hold or an account is missing.
    Short,
    KeyTaken,
}

/// All holds or none. With one hold the transaction is left as it was whatever the outcome.
async fn write(tx: &mut Tx, cx: &Cx, lane: Lane, new: &[NewHold]) -> Result<Written, db::Error> {
    if new.is_empty() {
        return Ok(Written::All(Vec::new()));
    }
    let Some(deltas) = placing(new) else { return Ok(Written::Short) };
    let mut chain = Writer::open(tx, lane).await?;
    if !move_totals(tx, &deltas).await? {
        return Ok(Written::Short);
    }
    let now = cx.now();
    let mut holds = Vec::with_capacity(new.len());
    for one in new {
        let mut hold = pending(one, now);
        hold.entry = chain.add(Fact::Hold, hold.id.0, &rules::content(&hold));
        holds.push(hold);
    }
    if usize::try_from(store::insert(tx, &holds).await?) != Ok(holds.len()) {
        move_back(tx, &deltas).await?;
        return Ok(Written::KeyTaken);
    }
    chain.write(tx).await?;
    Ok(Written::All(holds))
}

fn placing(new: &[NewHold]) -> Option<Deltas> {
    let mut deltas = Deltas::default();
    for hold in new {
        deltas.hold(hold.debit, hold.credit, hold.amount)?;
    }
    Some(deltas)
}

fn pending(new: &NewHold, now: Timestamp) -> Hold {
    Hold {
        id: new.id,
        debit: new.debit,
        credit: new.credit,
        amount: new.amount,
        kind: new.kind,
        business_key: new.business_key.clone(),
        order: new.order,
        customer: new.customer,
        expires_at: new.expires_at,
        memo: new.memo.clone().into_owned(),
        created_at: now,
        state: HoldState::Pending,
        entry: 0,
        closed_entry: None,
    }
}

async fn lock(tx: &mut Tx, ids: &[HoldId]) -> Result<HashMap<HoldId, Hold>, db::Error> {
    Ok(store::lock(tx, ids).await?.into_iter().map(|hold| (hold.id, hold)).collect())
}

/// Decides one hold and remembers it, so that the same hold twice in a batch is refused the second time.
fn close(
    holds: &mut HashMap<HoldId, Hold>,
    id: HoldId,
    event: Event,
    now: Timestamp,
) -> Result<Hold, HoldRefusal> {
    let hold = holds.get_mut(&id).ok_or(HoldRefusal::NotFound)?;
    hold.state = rules::on(hold, event, now)?;
    Ok(hold.clone())
}

/// Voids or expires; the answers stand in the order of `ids`.
async fn release(
    tx: &mut Tx,
    cx: &Cx,
    lane: Lane,
    ids: &[HoldId],
    event: Event,
) -> Result<Vec<Result<Hold, HoldRefusal>>, db::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut chain = Writer::open(tx, lane).await?;
    let mut holds = lock(tx, ids).await?;
    let now = cx.now();
    let answers: Vec<Result<Hold, HoldRefusal>> =
        ids.iter().map(|id| close(&mut holds, *id, event, now)).collect();
    let mut closing: Vec<Hold> = answers.iter().flatten().cloned().collect();
    book(tx, &closing).await?;
    for hold in &mut closing {
        hold.closed_entry = Some(chain.add(Fact::Release, hold.id.0, &rules::release_content(hold)));
    }
    finish(tx, chain, &closing).await?;
    Ok(answers)
}

/// Moves the totals for holds that end: what was pending is no longer, what was taken is posted.
///
/// No guard can fail here, because what is posted was set aside on both sides; if one does, the books are wrong.
async fn book(tx: &mut Tx, closing: &[Hold]) -> Result<(), db::Error> {
    let mut deltas = Deltas::default();
    let fits = closing.iter().try_for_each(|hold| {
        deltas.release(hold.debit, hold.credit, hold.amount)?;
        let posted = Money { minor: hold.state.posted_minor(), ..hold.amount };
        deltas.post(hold.debit, hold.credit, posted)
    });
    if fits.is_some() && move_totals(tx, &deltas).await? {
        Ok(())
    } else {
        Err(db::Error::Shape("the totals do not match the pending holds".to_owned()))
    }
}

/// The transfer that posts a hold.
fn posting(hold: &Hold) -> Draft {
    Draft {
        new: NewTransfer {
            debit: hold.debit,
            credit: hold.credit,
            amount: Money { minor: hold.state.posted_minor(), ..hold.amount },
            kind: hold.kind,
            business_key: format!("hold:{}", hold.id),
            order: hold.order,
            customer: hold.customer,
            memo: hold.memo.clone().into(),
        },
        reverses: None,
        hold: Some(hold.id),
    }
}

async fn finish(tx: &mut Tx, chain: Writer, closing: &[Hold]) -> Result<(), db::Error> {
    if usize::try_from(store::close(tx, closing).await?) != Ok(closing.len()) {
        return Err(db::Error::Shape("a locked hold was closed by somebody else".to_owned()));
    }
    chain.write(tx).await
}
