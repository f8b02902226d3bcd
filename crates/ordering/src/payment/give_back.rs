//! Deciding to give money back, and to which of its sources: first the gateways it came through, the rest to the balance.
//!
//! Every decision is one row under one business key, written under the payment's lock, so that a repetition answers what was decided
//! first and two decisions never promise the same money (P10). What came from the balance goes back there in the same transaction; what
//! came through a gateway is a refund that the gateway confirms.

use db::Tx;
use durable::Cx;
use kernel::{Actor, Money, Permission, Text};
use ledger::{AccountName, LedgerAccountId, NewTransfer, Transfer, TransferKind};
use serde_json::json;

use super::complete::{self, entry};
use super::model::{
    AttemptState, GiveBack, Payment, PaymentId, Payments, RefundId, RefundSource, RefundState, StartGiveBack,
};
use super::refund::{Plan, open};
use super::{Error, dispute_cover, refund_store, rules, store};
use crate::idempotency::{self, Key};
use crate::order::{self, MoneyState, NewEvent, Order, OrderId, RefundDue};

/// How often it is tried again when another transaction was in the way.
const TRIES: u32 = 8;
/// The longest reason of staff, in characters.
const NOTE_MOST: usize = 200;

/// Gives an order's money back, shared over where it came from. The same business key answers what it opened first. An order that was not
/// paid through a gateway needs nothing: its hold gave the money back.
pub async fn open_due(cx: &Cx, actor: &Actor, due: &RefundDue) -> Result<Vec<RefundId>, Error> {
    let mut tries = 1;
    loop {
        match try_open(cx, actor, due).await {
            Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
            other => return other,
        }
    }
}

async fn try_open(cx: &Cx, actor: &Actor, due: &RefundDue) -> Result<Vec<RefundId>, Error> {
    let mut tx = cx.begin().await?;
    let Some(payment) = store::payment_of_order(&mut tx, due.order).await? else {
        tx.commit().await?;
        return Ok(Vec::new());
    };
    let (order, payment) = complete::lock_payment(&mut tx, cx, payment.id).await?;
    let known = refund_store::give_back_by_key(&mut tx, cx, &due.business_key).await?;
    let opened = with_key(&mut tx, payment.id, &due.business_key).await?;
    if known.is_some() || !opened.is_empty() {
        tx.commit().await?;
        return Ok(opened);
    }
    let amount = match &order {
        Some(order) => dispute_cover::of_due(&mut tx, cx, actor, (order, &payment), due.amount).await?,
        None => due.amount,
    };
    // The payer has all of it from the bank: nothing is left to decide, now or when it is asked again.
    if amount.is_zero() {
        tx.commit().await?;
        return Ok(Vec::new());
    }
    // Read again: covering moved its money state.
    let order = match order {
        Some(order) => order::ops::find(&mut tx, cx, order.id).await?,
        None => None,
    };
    let wish = Wish { amount, reason: &due.reason, note: None, key: due.business_key.clone() };
    let opened = share(&mut tx, cx, actor, (order.as_ref(), &payment), wish).await?;
    let detail = json!({"order": due.order, "amount": amount, "refunds": opened, "reason": due.reason});
    audit::record(&mut tx, cx, actor, entry("refund.open", &payment, detail)).await?;
    tx.commit().await?;
    Ok(opened)
}

/// What a business key opened before.
async fn with_key(tx: &mut Tx, payment: PaymentId, key: &str) -> Result<Vec<RefundId>, Error> {
    let Some(first) = refund_store::refund_by_key(tx, key).await? else { return Ok(Vec::new()) };
    let part = format!("{key}#");
    let all = refund_store::list_refunds(tx, payment).await?;
    let others =
        all.into_iter().filter(|refund| refund.business_key.starts_with(&part)).map(|refund| refund.id);
    Ok(std::iter::once(first.id).chain(others).collect())
}

struct Wish<'a> {
    amount: Money,
    reason: &'a str,
    note: Option<&'a str>,
    key: String,
}

/// Shares an amount that lies in escrow, or of a top-up in the wallet, over where it came from, and writes the decision down.
async fn share(
    tx: &mut Tx,
    cx: &Cx,
    actor: &Actor,
    (order, payment): (Option<&Order>, &Payment),
    wish: Wish<'_>,
) -> Result<Vec<RefundId>, Error> {
    let attempts = store::list_attempts(tx, cx, payment.id).await?;
    let part = part_left(tx, cx, order, payment).await?;
    let shares =
        rules::share(wish.amount, &attempts, part).map_err(|left| Error::MoreThanCaptured { left })?;
    if let Some(order) = order {
        // Staff may have given it back before a settlement asked for it.
        let (_, there) = in_escrow(tx, cx, order, payment.id).await?;
        if wish.amount.minor > there {
            return Err(Error::MoreThanCaptured { left: Money { minor: there.max(0), ..wish.amount } });
        }
    }
    let source = if order.is_some() { RefundSource::Escrow } else { RefundSource::Balance };
    let mut opened = Vec::with_capacity(shares.outside.len());
    for (number, (id, amount)) in shares.outside.into_iter().enumerate() {
        let attempt = attempts.iter().find(|attempt| attempt.id == id).ok_or(Error::NotFound)?;
        let key = if number == 0 { wish.key.clone() } else { format!("{}#{number}", wish.key) };
        let plan = Plan { order: order.map(|order| order.id), amount, source, reason: wish.reason, key };
        opened.push(open(tx, cx, attempt, plan).await?);
    }
    let back = GiveBack {
        id: cx.id(),
        payment: payment.id,
        order: order.map(|order| order.id),
        customer: payment.customer,
        amount: wish.amount,
        to_balance: shares.to_balance,
        reason: wish.reason.to_owned(),
        note: wish.note.map(str::to_owned),
        business_key: wish.key,
        created_at: cx.now(),
    };
    refund_store::insert_give_back(tx, cx, &back).await?;
    if let Some(order) = order {
        tell(tx, cx, actor, order, &back).await?;
    }
    if back.to_balance.is_positive() {
        to_balance(tx, cx, &back).await?;
    }
    Ok(opened)
}

/// Escrow to wallet, at once.
async fn to_balance(tx: &mut Tx, cx: &Cx, back: &GiveBack) -> Result<(), Error> {
    let currency = back.to_balance.currency;
    let debit = ledger::ensure_account(tx, cx, AccountName::Escrow(back.customer), currency).await?;
    let credit = ledger::ensure_account(tx, cx, AccountName::Wallet(back.customer), currency).await?;
    let transfer = NewTransfer {
        debit: debit.id,
        credit: credit.id,
        amount: back.to_balance,
        kind: TransferKind::EscrowRelease,
        business_key: format!("{}:balance", back.business_key),
        order: back.order.map(OrderId::raw),
        customer: Some(back.customer),
        memo: "payment.part_back".into(),
    };
    let lane = crate::lane(tx);
    ledger::post_transfer(tx, cx, lane, transfer).await?;
    Ok(())
}

/// The order's history tells what went to the balance; its money state follows.
async fn tell(tx: &mut Tx, cx: &Cx, actor: &Actor, order: &Order, back: &GiveBack) -> Result<(), Error> {
    if back.to_balance.is_positive() {
        let amount = back.to_balance;
        let text = Text::new(format!("{amount} 已退回余额"), format!("{amount} went back to your balance"));
        let event = NewEvent::public("refunded").because(back.reason.as_str()).text(text);
        order::ops::note(tx, cx, actor, order, event).await?;
    }
    let money = stands(tx, cx, order, back.payment).await?.unwrap_or(MoneyState::Refunding);
    order::ops::set_money(tx, cx, actor, order, money).await?;
    Ok(())
}

/// What an order's money state is once nothing of it is under way any more; `None` while something is.
pub(super) async fn stands(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    payment: PaymentId,
) -> Result<Option<MoneyState>, Error> {
    let refunds = refund_store::list_refunds(tx, payment).await?;
    let own = || refunds.iter().filter(|r| r.source == RefundSource::Escrow);
    if own().any(|r| !r.state.is_final()) {
        return Ok(None);
    }
    let through = own()
        .filter(|r| r.state == RefundState::Succeeded)
        .fold(0_i64, |sum, r| sum.saturating_add(r.amount.minor));
    let through = through.saturating_add(dispute_cover::covered(tx, cx, order).await?);
    let given = refund_store::list_given_back(tx, cx, payment).await?;
    let back = given.iter().fold(through, |sum, one| sum.saturating_add(one.to_balance.minor));
    // Of what was authorised only a part may have been taken.
    let attempts = store::list_attempts(tx, cx, payment).await?;
    let promised = store::find_payment(tx, payment).await?.map_or(0, |payment| payment.amount.minor);
    let came = attempts
        .iter()
        .filter(|attempt| attempt.state == AttemptState::Captured)
        .fold(order.total.minor.saturating_sub(promised), |sum, one| sum.saturating_add(one.captured.minor));
    let all = back >= came;
    Ok(Some(if all { MoneyState::Refunded } else { MoneyState::PartCaptured }))
}

/// What is left of the part that the balance paid; nothing for orders paid one way, and for top-ups.
async fn part_left(tx: &mut Tx, cx: &Cx, order: Option<&Order>, payment: &Payment) -> Result<Money, Error> {
    let zero = Money::zero(payment.amount.currency);
    let Some(order) = order.filter(|order| order.payment.is_outside()) else { return Ok(zero) };
    let given = refund_store::list_given_back(tx, cx, payment.id).await?;
    let part = order.total.minor.saturating_sub(payment.amount.minor);
    let gone = given.iter().fold(0_i64, |sum, one| sum.saturating_add(one.to_balance.minor));
    Ok(Money { minor: part.saturating_sub(gone).max(0), ..zero })
}

/// How much of an order's money has not been promised back yet; for rooms that decide how much they ask for. An order that was not paid
/// from outside has none here.
pub async fn left_of_order(tx: &mut Tx, cx: &Cx, order: &Order) -> Result<Option<Money>, Error> {
    let Some(payment) = store::payment_of_order(tx, order.id).await? else { return Ok(None) };
    left(tx, cx, Some(order), &payment).await.map(Some)
}

/// The same of a payment.
pub(super) async fn left(
    tx: &mut Tx,
    cx: &Cx,
    order: Option<&Order>,
    payment: &Payment,
) -> Result<Money, Error> {
    let attempts = store::list_attempts(tx, cx, payment.id).await?;
    let part = part_left(tx, cx, order, payment).await?;
    Ok(rules::left(&attempts, part))
}

/// Staff give money back, in part or whole: of an order that has ended out of what its sellers got, of a top-up out of the balance. Refused
/// when it is more than is left, or over what the role may give back. The same key answers the same.
pub async fn start(
    svc: &Payments,
    actor: &Actor,
    input: &StartGiveBack,
    key: &Key,
) -> Result<Vec<RefundId>, Error> {
    if !actor.may(Permission::RefundOrder) {
        return Err(Error::Forbidden);
    }
    let note = input.note.trim();
    if note.is_empty() || note.chars().count() > NOTE_MOST {
        return Err(Error::NoteMissing);
    }
    let mut tries = 1;
    loop {
        if let Some(known) = replay(&svc.cx, key).await? {
            return Ok(known);
        }
        match try_start(&svc.cx, actor, input, note, key).await {
            Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
            // Another request with this key was faster: its answer is the answer.
            Err(error) => return replay(&svc.cx, key).await?.ok_or(error),
            done => return done,
        }
    }
}

async fn replay(cx: &Cx, key: &Key) -> Result<Option<Vec<RefundId>>, Error> {
    let kept = idempotency::find(&mut cx.read().await?, cx, key).await?;
    kept.map(|kept| serde_json::from_str(&kept).map_err(Error::bug)).transpose()
}

async fn try_start(
    cx: &Cx,
    actor: &Actor,
    input: &StartGiveBack,
    note: &str,
    key: &Key,
) -> Result<Vec<RefundId>, Error> {
    if !actor.has_fresh_proof(cx.now()) {
        return Err(Error::ProofNeeded);
    }
    let mut tx = cx.begin().await?;
    let (order, payment) = complete::lock_payment(&mut tx, cx, input.payment).await?;
    if order.as_ref().is_some_and(|order| !order.state.is_final()) {
        return Err(Error::NotSettledYet);
    }
    let left = left(&mut tx, cx, order.as_ref(), &payment).await?;
    if input.amount.currency != left.currency
        || !input.amount.is_positive()
        || input.amount.minor > left.minor
    {
        return Err(Error::MoreThanCaptured { left });
    }
    within_limit(&mut tx, cx, actor, input.amount).await?;
    let business_key = format!("staff:{}", kernel::encode_base32(cx.id()));
    if let Some(order) = &order {
        fetch(&mut tx, cx, (order, payment.id), input.amount, &business_key).await?;
    }
    let wish = Wish { amount: input.amount, reason: "by_staff", note: Some(note), key: business_key };
    let opened = share(&mut tx, cx, actor, (order.as_ref(), &payment), wish).await?;
    let kept = serde_json::to_string(&opened).map_err(Error::bug)?;
    idempotency::insert(&mut tx, cx, key, &kept).await?;
    let detail = json!({"amount": input.amount, "refunds": opened});
    let record = audit::Entry { reason: Some(note), ..entry("refund.start", &payment, detail) };
    audit::record(&mut tx, cx, actor, record).await?;
    tx.commit().await?;
    Ok(opened)
}

async fn within_limit(tx: &mut Tx, cx: &Cx, actor: &Actor, amount: Money) -> Result<(), Error> {
    use identity::Error as I;
    match identity::role::spend(tx, cx, actor, Permission::RefundOrder, amount).await {
        Ok(()) => Ok(()),
        Err(I::OverLimit { limit } | I::OverDayLimit { limit }) => Err(Error::OverRefundLimit { limit }),
        Err(I::NotAllowed) => Err(Error::Forbidden),
        Err(other) => Err(Error::bug(other)),
    }
}

/// What of an order's money lies in escrow and is on no way back, and the account it lies on. A customer has one escrow account: what
/// other orders have there is not this one's.
pub(super) async fn in_escrow(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    payment: PaymentId,
) -> Result<(LedgerAccountId, i64), Error> {
    let currency = order.total.currency;
    let escrow = ledger::ensure_account(tx, cx, AccountName::Escrow(order.customer), currency).await?;
    let lies = net(&ledger::transfers_of_order(tx, order.id.raw()).await?, escrow.id);
    let refunds = refund_store::list_refunds(tx, payment).await?;
    let leaving = refunds
        .iter()
        .filter(|refund| refund.source == RefundSource::Escrow && !refund.state.is_final())
        .fold(0_i64, |sum, refund| sum.saturating_add(refund.amount.minor));
    Ok((escrow.id, lies.saturating_sub(leaving)))
}

/// What came to an account less what left it.
fn net(transfers: &[Transfer], account: LedgerAccountId) -> i64 {
    transfers.iter().fold(0_i64, |sum, transfer| {
        if transfer.credit == account {
            sum.saturating_add(transfer.amount.minor)
        } else if transfer.debit == account {
            sum.saturating_sub(transfer.amount.minor)
        } else {
            sum
        }
    })
}

/// Brings what is to be given back into escrow: what already lies there, because a gateway refused its refund, and the rest from the
/// sellers, in proportion to what each got of this order.
async fn fetch(
    tx: &mut Tx,
    cx: &Cx,
    (order, payment): (&Order, PaymentId),
    amount: Money,
    business_key: &str,
) -> Result<(), Error> {
    let (escrow, there) = in_escrow(tx, cx, order, payment).await?;
    let from_sellers = amount.minor.saturating_sub(there.max(0)).max(0);
    let mut sellers: Vec<String> =
        order::ops::lines(tx, cx, order.id).await?.into_iter().map(|line| line.seller).collect();
    sellers.sort();
    sellers.dedup();
    let transfers = ledger::transfers_of_order(tx, order.id.raw()).await?;
    let mut accounts = Vec::with_capacity(sellers.len());
    let mut got = Vec::with_capacity(sellers.len());
    for seller in &sellers {
        let account = ledger::ensure_account(tx, cx, AccountName::Revenue(seller), amount.currency).await?;
        got.push(net(&transfers, account.id).max(0));
        accounts.push(account);
    }
    let lane = crate::lane(tx);
    for (account, part) in accounts.into_iter().zip(rules::in_proportion(from_sellers, &got)) {
        if part == 0 {
            continue;
        }
        let transfer = NewTransfer {
            debit: account.id,
            credit: escrow,
            amount: Money { minor: part, ..amount },
            kind: TransferKind::Refund,
            business_key: format!("{business_key}:{}", account.id),
            order: Some(order.id.raw()),
            customer: Some(order.customer),
            memo: "refund_by_staff".into(),
        };
        ledger::post_transfer(tx, cx, lane, transfer).await?;
    }
    Ok(())
}
