//! Paying from the balance what was first to be paid at a gateway.
//!
//! Never paid twice: whatever is open at a gateway is asked about and closed there before (P2), the money is set aside under the
//! payment's lock only while the order waits and no attempt has an unknown end, and what a gateway takes all the same goes back (P1).

use catalogue::service::{PaymentMethod, Shelf};
use kernel::Actor;
use ledger::{AccountName, HoldId};
use serde_json::json;

use super::attempt::{ROUNDS, clear_the_way, own_payment};
use super::books::set_aside;
use super::complete::{self, entry};
use super::facts::LIVE;
use super::model::{FromBalance, PaymentId, PaymentState, Payments, Purpose, Started};
use super::{Error, store};
use crate::order::{self, OrderId, OrderState};

/// How often it is tried again when another transaction was in the way.
const TRIES: u32 = 8;

/// The customer pays an order that waits for a card from the balance.
pub async fn pay_from_balance(
    svc: &Payments,
    shelf: &Shelf,
    actor: &Actor,
    id: PaymentId,
) -> Result<FromBalance, Error> {
    for _ in 0..ROUNDS {
        let payment = own_payment(svc, actor, id).await?;
        let Purpose::Order(order) = payment.purpose else { return Err(Error::NotFromBalance) };
        if !offered(svc, shelf, order).await?.contains(&PaymentMethod::Balance) {
            return Err(Error::NotFromBalance);
        }
        match clear_the_way(svc, actor, &payment, None).await? {
            Some(Started::AlreadyPaid) => return Ok(FromBalance::AlreadyPaid),
            Some(Started::Confirming | Started::Checkout { .. }) => return Ok(FromBalance::Confirming),
            None => {}
        }
        let mut tries = 1;
        let taken = loop {
            match take(svc, actor, id).await {
                Err(error) if error.is_retryable() && tries < TRIES => tries = tries.saturating_add(1),
                other => break other?,
            }
        };
        if let Some(answer) = taken {
            return Ok(answer);
        }
    }
    Ok(FromBalance::Confirming)
}

/// The ways to pay that every service of an order takes and that are set up here.
pub async fn offered(svc: &Payments, shelf: &Shelf, order: OrderId) -> Result<Vec<PaymentMethod>, Error> {
    let cx = &svc.cx;
    let mut offered = svc.take(&PaymentMethod::ALL);
    for line in order::ops::lines(&mut cx.read().await?, cx, order).await? {
        let sold = shelf.version(cx, &line.service, line.service_version).await.map_err(Error::bug)?;
        offered.retain(|method| sold.service.payment.contains(method));
    }
    Ok(offered)
}

/// `None` when an attempt was begun at a gateway meanwhile.
async fn take(svc: &Payments, actor: &Actor, id: PaymentId) -> Result<Option<FromBalance>, Error> {
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    let (order, payment) = complete::lock_payment(&mut tx, cx, id).await?;
    match payment.state {
        PaymentState::Paid | PaymentState::Authorised => return Ok(Some(FromBalance::AlreadyPaid)),
        PaymentState::Closed => return Err(Error::Ended),
        PaymentState::Open => {}
    }
    let waits = order.filter(|order| order.state == OrderState::AwaitingPayment);
    let order = waits.filter(|_| payment.expires_at > cx.now()).ok_or(Error::Ended)?;
    if store::list_attempts(&mut tx, &svc.cx, id).await?.iter().any(|attempt| attempt.state.is_asked()) {
        return Ok(None);
    }
    let hold = HoldId::new(&cx.ids, cx.now());
    order::ops::pay(&mut tx, cx, actor, &order, PaymentMethod::Balance, hold).await?;
    let from = AccountName::Wallet(payment.customer);
    // A part may have been set aside before; now all of it is.
    if let Some(part) = order.hold {
        let lane = crate::lane(&tx);
        ledger::void(&mut tx, cx, lane, part).await?;
    }
    set_aside(&mut tx, cx, &order, from, hold, order.total).await?;
    store::update_payment(&mut tx, &payment, PaymentState::Paid, cx.now()).await?;
    tx.notify(LIVE, format!("{}|{}", payment.customer.raw(), id.raw()));
    let detail = json!({"order": order.id, "amount": order.total});
    audit::record(&mut tx, cx, actor, entry("payment.from_balance", &payment, detail)).await?;
    tx.commit().await?;
    metrics::counter!("everlit_payments_from_balance_total").increment(1);
    Ok(Some(FromBalance::Paid))
}
