//! Verbs around a payment: opening it, topping up, looking at it, and the door for a gateway's callbacks.

use catalogue::service::{CaptureAt, PaymentMethod};
use connectors::gateway;
use db::Tx;
use durable::Cx;
use kernel::{Actor, FieldError, Locale, Money, Permission, Refusal as _};
use ledger::allowance::AllowanceKind;
use serde_json::json;

use super::complete::{self, entry, ring};
use super::facts::{ReviewFact, topic};
use super::model::{NewOrderPayment, Payment, PaymentId, PaymentState, PaymentView, Payments, Purpose};
use super::rules::{self, TOP_UP_LEAST, TOP_UP_MOST};
use super::{Error, books, dispute, dispute_store, refund, refund_store, store};
use crate::idempotency::{self, Key};
use crate::order::{Order, OrderId, settle};

/// Opens the payments of orders that are to be paid through a gateway, with one statement, in the transaction that places them.
pub async fn open_many(tx: &mut Tx, cx: &Cx, orders: &[NewOrderPayment]) -> db::Result<()> {
    let now = cx.now();
    let payments: Vec<Payment> = orders
        .iter()
        .map(|new| Payment {
            id: new.id,
            customer: new.customer,
            purpose: Purpose::Order(new.order),
            amount: new.amount,
            capture: new.capture,
            state: PaymentState::Open,
            version: 1,
            expires_at: new.expires_at,
            created_at: now,
            updated_at: now,
        })
        .collect();
    store::insert_payments(tx, &payments).await
}

/// As [`open_many`] for an order that stands already; it can be paid as long as the order says, or [`rules::PAY_WITHIN`].
pub async fn open_for_order(tx: &mut Tx, cx: &Cx, order: &Order) -> db::Result<PaymentId> {
    let now = cx.now();
    let id = PaymentId::new(&cx.ids, now);
    let expires_at = order.pay_by.unwrap_or_else(|| now.plus(rules::PAY_WITHIN));
    let amount = books::still_due(tx, order).await?;
    let capture = settle::capture_of(tx, order.id).await?;
    let new = NewOrderPayment { id, customer: order.customer, order: order.id, amount, expires_at, capture };
    open_many(tx, cx, &[new]).await?;
    Ok(id)
}

/// The customer wants to add to the balance. The same key with the same amount answers the payment opened first.
pub async fn start_top_up(svc: &Payments, actor: &Actor, amount: Money, key: &Key) -> Result<Payment, Error> {
    let customer = actor.customer().ok_or(Error::SignInNeeded)?;
    if !actor.may(Permission::ActAsCustomer) {
        return Err(Error::Forbidden);
    }
    if let Some(payment) = replay(&svc.cx, key).await? {
        return Ok(payment);
    }
    if !rules::is_top_up(amount) {
        let (zh, en) = (
            format!("金额需在 {TOP_UP_LEAST} 至 {TOP_UP_MOST} 之间"),
            format!("Amount must be between {TOP_UP_LEAST} and {TOP_UP_MOST}"),
        );
        let fields = vec![FieldError::new("/amount", "payment.top_up_amount", zh, en)];
        return Err(Error::TopUpAmount { least: TOP_UP_LEAST, most: TOP_UP_MOST, fields });
    }
    let now = svc.cx.now();
    let payment = Payment {
        id: PaymentId::new(&svc.cx.ids, now),
        customer,
        purpose: Purpose::TopUp,
        amount,
        capture: CaptureAt::Order,
        state: PaymentState::Open,
        version: 1,
        expires_at: now.plus(rules::PAY_WITHIN),
        created_at: now,
        updated_at: now,
    };
    match insert_top_up(&svc.cx, actor, &payment, key).await {
        Ok(()) => Ok(payment),
        // Another request with this key was faster: its answer is the answer.
        Err(error) => replay(&svc.cx, key).await?.ok_or(error),
    }
}

async fn insert_top_up(cx: &Cx, actor: &Actor, payment: &Payment, key: &Key) -> Result<(), Error> {
    let person = actor.account().ok_or(Error::SignInNeeded)?;
    let mut tx = cx.begin().await?;
    let level = identity::real_name::level_of(&mut tx, cx, person).await.map_err(Error::bug)?;
    let (kind, limited) = (AllowanceKind::TopUp, rules::allowance_key(payment.id));
    ledger::allowance::take(&mut tx, cx, payment.customer, kind, payment.amount, level, &limited)
        .await
        .map_err(over_limit)?;
    store::insert_payments(&mut tx, std::slice::from_ref(payment)).await?;
    idempotency::insert(&mut tx, cx, key, &json!({"payment": payment.id}).to_string()).await?;
    audit::record(&mut tx, cx, actor, entry("payment.top_up", payment, json!({"amount": payment.amount})))
        .await?;
    Ok(tx.commit().await?)
}

/// A limit of the customer's level names the amount; what else the ledger says is passed on as it is.
fn over_limit(error: ledger::Error) -> Error {
    use ledger::Error as E;
    match error {
        E::OverSingle { .. }
        | E::OverDay { .. }
        | E::OverMonth { .. }
        | E::OverYear { .. }
        | E::OverHolding { .. } => {
            let (zh, en) = (error.message(Locale::Zh), error.message(Locale::En));
            let fields = vec![FieldError::new("/amount", "payment.level_limit", zh.clone(), en.clone())];
            Error::LevelLimit { zh, en, fields }
        }
        other => other.into(),
    }
}

async fn replay(cx: &Cx, key: &Key) -> Result<Option<Payment>, Error> {
    #[derive(serde::Deserialize)]
    struct Kept {
        payment: PaymentId,
    }
    let mut tx = cx.read().await?;
    let Some(kept) = idempotency::find(&mut tx, cx, key).await? else { return Ok(None) };
    let kept: Kept = serde_json::from_str(&kept).map_err(Error::bug)?;
    Ok(store::find_payment(&mut tx, kept.payment).await?)
}

/// A payment with its attempts and refunds, for its customer and for staff; to others it does not exist.
pub async fn view(cx: &Cx, actor: &Actor, id: PaymentId) -> Result<PaymentView, Error> {
    let mut tx = cx.read().await?;
    let payment = store::find_payment(&mut tx, id)
        .await?
        .filter(|payment| may_see(actor, payment))
        .ok_or(Error::NotFound)?;
    fill(&mut tx, cx, payment).await
}

/// The payment of an order; `None` for an order that needs none. To those who may not see the order: not found.
pub async fn of_order(cx: &Cx, actor: &Actor, order: OrderId) -> Result<Option<PaymentView>, Error> {
    let mut tx = cx.read().await?;
    match store::payment_of_order(&mut tx, order).await? {
        Some(payment) if may_see(actor, &payment) => fill(&mut tx, cx, payment).await.map(Some),
        Some(_) => Err(Error::NotFound),
        None => Ok(None),
    }
}

/// The way from outside the customer paid by last; `None` for somebody who never did.
pub async fn last_method(cx: &Cx, actor: &Actor) -> Result<Option<PaymentMethod>, Error> {
    let Some(customer) = actor.customer() else { return Ok(None) };
    let gateway = store::last_gateway(&mut cx.read().await?, customer).await?;
    Ok(gateway.and_then(|name| PaymentMethod::from_name(&name)))
}

fn may_see(actor: &Actor, payment: &Payment) -> bool {
    actor.customer() == Some(payment.customer) || actor.may(Permission::ReadOrders)
}

async fn fill(tx: &mut Tx, cx: &Cx, payment: Payment) -> Result<PaymentView, Error> {
    let attempts = store::list_attempts(tx, cx, payment.id).await?;
    let refunds = refund_store::list_refunds(tx, payment.id).await?;
    let given_back = refund_store::list_given_back(tx, cx, payment.id).await?;
    let disputes = dispute_store::list(tx, payment.id).await?;
    Ok(PaymentView {
        status: rules::status(&payment, &attempts),
        payment,
        attempts,
        refunds,
        given_back,
        disputes,
    })
}

/// A callback of a gateway: believed when its signature and merchant are right, then taken in. `Ok` is the success answer, also for
/// what was taken in before (P4); anything else makes the gateway try again.
pub async fn callback(
    svc: &Payments,
    gateway: &str,
    headers: &http::HeaderMap,
    body: &[u8],
) -> Result<(), Error> {
    let actor = Actor::system("callback");
    let known = svc.gateways.get(gateway).ok_or(Error::NotFound)?;
    match known.verify_callback(headers, body) {
        Ok(event) => match event.report {
            gateway::Report::Payment(payment) => complete::report(svc, &actor, gateway, &payment).await,
            gateway::Report::Refund(refund) => refund::report(svc, &actor, gateway, &refund).await,
            gateway::Report::Dispute(dispute) => dispute::report(svc, &actor, gateway, &dispute).await,
        },
        Err(error) => refuse_callback(svc, &actor, gateway, error).await,
    }
}

/// P3: refused, counted, written in the audit; a report for another merchant rings besides.
async fn refuse_callback(
    svc: &Payments,
    actor: &Actor,
    gateway: &str,
    error: gateway::CallbackError,
) -> Result<(), Error> {
    use gateway::CallbackError as E;
    let (why, refusal) = match &error {
        E::Signature(_) => ("bad_signature", Error::BadSignature),
        E::TooLarge | E::Malformed(_) => ("bad_callback", Error::BadCallback),
        E::WrongMerchant(_) => ("wrong_merchant", Error::WrongMerchant),
    };
    tracing::warn!(gateway, %error, "a callback is refused");
    metrics::counter!("everlit_payment_callbacks_refused_total", "gateway" => gateway.to_owned(), "reason" => why)
        .increment(1);
    let cx = &svc.cx;
    let mut tx = cx.begin().await?;
    if let E::WrongMerchant(_) = error {
        let fact = ReviewFact {
            gateway: gateway.to_owned(),
            payment: None,
            attempt: None,
            refund: None,
            order: None,
            customer: None,
            reason: why.to_owned(),
        };
        ring(&mut tx, cx, actor, topic::ALARM, fact).await?;
    }
    let entry = audit::Entry {
        verb: "payment.callback_refused",
        object_kind: "gateway",
        object: 0,
        customer: None,
        detail: json!({"gateway": gateway, "why": why}),
        reason: None,
    };
    audit::record(&mut tx, cx, actor, entry).await?;
    tx.commit().await?;
    Err(refusal)
}
