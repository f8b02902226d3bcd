//! Rows of payments, attempts and refunds. All of them change under the lock of their payment's row.

use db::{Result, Row, RowReader, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Money, Text, Timestamp};
use serde_json::json;

use super::model::{
    Attempt, AttemptId, AttemptState, Payment, PaymentId, PaymentState, Purpose, Refund, RefundId,
    RefundSource, RefundState,
};
use crate::order::OrderId;
use crate::order::store::{money_of, named, open, open_or_none, seal, seal_or_none};

const OUTCOME: &str = "attempt.outcome";
const CARD: &str = "attempt.card";
const CHECKOUT: &str = "attempt.checkout_url";

/// What is sealed here: a gateway's words, which card it was, and the page on which whoever has its address pays.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("attempt", "outcome_sealed", OUTCOME).once_clear(&["outcome_zh", "outcome_en"]),
    vault::SealedColumn::new("attempt", "card_sealed", CARD).once_clear(&["card_brand", "card_last4"]),
    vault::SealedColumn::new("attempt", "checkout_sealed", CHECKOUT).once_clear(&["checkout_url"]),
];

db::statements! {
    bulk INSERT_PAYMENT (id: Int, customer_id: Int, purpose: Text, order_id: Int, amount: Int, currency: Text, state: Text,
                         expires_at: Int, created_at: Int) =
        "INSERT INTO payment (id, customer_id, purpose, order_id, amount, currency, state, version, expires_at, check_at, created_at,
                              updated_at)
         SELECT id, customer_id, purpose, order_id, amount, currency, state, 1, expires_at, expires_at, created_at, created_at
         FROM {rows}";
    FIND_PAYMENT = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at
                    FROM payment WHERE id = $1";
    LOCK_PAYMENT = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at
                    FROM payment WHERE id = $1 {for_update}";
    PAYMENT_OF_ORDER = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at
                        FROM payment WHERE order_id = $1";
    UPDATE_PAYMENT = "UPDATE payment SET state = $3, updated_at = $4, version = version + 1 WHERE id = $1 AND version = $2";
    EXPIRED_PAYMENTS = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at
                        FROM payment WHERE state = 'open' AND check_at <= $1 ORDER BY check_at LIMIT $2";
    CHECK_LATER = "UPDATE payment SET check_at = $2 WHERE id = $1 AND state = 'open'";
    INSERT_ATTEMPT = "INSERT INTO attempt (id, payment_id, customer_id, gateway, amount, currency, state, sequence, polls,
                                           next_poll_at, created_at, updated_at)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $9)";
    FIND_ATTEMPT = "SELECT id, payment_id, customer_id, gateway, amount, currency, state, captured, refunded, outcome, outcome_sealed,
                           checkout_sealed, gateway_id, card_sealed, sequence, polls, next_poll_at, created_at,
                           updated_at
                    FROM attempt WHERE id = $1";
    ATTEMPTS_OF_PAYMENT = "SELECT id, payment_id, customer_id, gateway, amount, currency, state, captured, refunded, outcome,
                                  outcome_sealed, checkout_sealed, gateway_id, card_sealed, sequence, polls,
                                  next_poll_at, created_at, updated_at
                           FROM attempt WHERE payment_id = $1 ORDER BY id LIMIT 200";
    ATTEMPTS_TO_POLL = "SELECT id, payment_id, customer_id, gateway, amount, currency, state, captured, refunded, outcome,
                               outcome_sealed, checkout_sealed, gateway_id, card_sealed, sequence, polls,
                               next_poll_at, created_at, updated_at
                        FROM attempt WHERE next_poll_at IS NOT NULL AND next_poll_at <= $1 ORDER BY next_poll_at LIMIT $2";
    UPDATE_ATTEMPT = "UPDATE attempt SET state = $3, captured = $4, outcome = $5, outcome_sealed = $6,
                             checkout_sealed = $7, gateway_id = $8, card_sealed = $9, sequence = $10, polls = $11,
                             next_poll_at = $12, updated_at = $13
                      WHERE id = $1 AND state = $2";
    CLAIM_POLL = "UPDATE attempt SET polls = polls + 1, next_poll_at = $3
                  WHERE id = $1 AND polls = $2 AND next_poll_at IS NOT NULL";
    END_POLLS = "UPDATE attempt SET next_poll_at = NULL WHERE id = $1";
    CLAIM_REFUND = "UPDATE attempt SET refunded = refunded + $2 WHERE id = $1 AND captured - refunded >= $2";
    GIVE_UP_REFUND = "UPDATE attempt SET refunded = refunded - $2 WHERE id = $1 AND refunded >= $2";
    INSERT_REFUND = "INSERT INTO refund (id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason,
                                         business_key, hold_id, polls, created_at, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $13)";
    FIND_REFUND = "SELECT id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason, business_key,
                          hold_id, outcome, polls, created_at, updated_at
                   FROM refund WHERE id = $1";
    REFUND_BY_KEY = "SELECT id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason, business_key,
                            hold_id, outcome, polls, created_at, updated_at
                     FROM refund WHERE business_key = $1";
    REFUNDS_OF_PAYMENT = "SELECT id, attempt_id, payment_id, order_id, customer_id, amount, currency, state, source, reason,
                                 business_key, hold_id, outcome, polls, created_at, updated_at
                          FROM refund WHERE payment_id = $1 ORDER BY id LIMIT 200";
    UPDATE_REFUND = "UPDATE refund SET state = $3, outcome = $4, polls = $5, updated_at = $6 WHERE id = $1 AND state = $2";
}

fn read_payment(row: &Row) -> Result<Payment> {
    let mut r = row.reader();
    let (id, customer) = (PaymentId(r.get()?), r.get()?);
    let order: Option<i64> = r.get()?;
    let amount = money(&mut r)?;
    let state: String = r.get()?;
    Ok(Payment {
        id,
        customer,
        purpose: order.map_or(Purpose::TopUp, |order| Purpose::Order(OrderId(order))),
        amount,
        state: named(PaymentState::from_name(&state), &state)?,
        version: r.get()?,
        expires_at: r.get()?,
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

fn money(r: &mut RowReader<'_>) -> Result<Money> {
    let (minor, currency): (i64, String) = (r.get()?, r.get()?);
    money_of(minor, &currency)
}

fn read_attempt(cx: &Cx, row: &Row) -> Result<Attempt> {
    let mut r = row.reader();
    let (id, payment, customer, gateway) = (AttemptId(r.get()?), PaymentId(r.get()?), r.get()?, r.get()?);
    let amount = money(&mut r)?;
    let state: String = r.get()?;
    let minor = |r: &mut RowReader<'_>| Ok::<_, db::Error>(Money { minor: r.get()?, ..amount });
    let (captured, refunded) = (minor(&mut r)?, minor(&mut r)?);
    let (outcome, words): (_, Option<Vec<u8>>) = (r.get()?, r.get()?);
    let (checkout, gateway_id, card): (_, _, Option<Vec<u8>>) = (r.get()?, r.get()?, r.get()?);
    let words = words.map(|sealed| open(cx, OUTCOME, &sealed)).transpose()?;
    let card = card.map(|sealed| open(cx, CARD, &sealed)).transpose()?;
    Ok(Attempt {
        id,
        payment,
        customer,
        gateway,
        amount,
        state: named(AttemptState::from_name(&state), &state)?,
        captured,
        refunded,
        outcome,
        words: word(words.as_ref(), "outcome_zh")
            .map(|zh| Text { zh, en: word(words.as_ref(), "outcome_en") }),
        checkout_url: open_or_none(cx, CHECKOUT, checkout)?,
        gateway_id,
        card: word(card.as_ref(), "card_brand").zip(word(card.as_ref(), "card_last4")),
        sequence: r.get()?,
        polls: r.get()?,
        next_poll_at: r.get()?,
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

fn word(sealed: Option<&serde_json::Value>, name: &str) -> Option<String> {
    sealed?.get(name)?.as_str().map(str::to_owned)
}

fn read_refund(row: &Row) -> Result<Refund> {
    let mut r = row.reader();
    let (id, attempt, payment) = (RefundId(r.get()?), AttemptId(r.get()?), PaymentId(r.get()?));
    let (order, customer): (Option<i64>, AccountId) = (r.get()?, r.get()?);
    let amount = money(&mut r)?;
    let (state, source): (String, String) = (r.get()?, r.get()?);
    Ok(Refund {
        id,
        attempt,
        payment,
        order: order.map(OrderId),
        customer,
        amount,
        state: named(RefundState::from_name(&state), &state)?,
        source: named(RefundSource::from_name(&source), &source)?,
        reason: r.get()?,
        business_key: r.get()?,
        hold: ledger::HoldId(r.get()?),
        outcome: r.get()?,
        polls: r.get()?,
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

pub(crate) async fn insert_payments(tx: &mut Tx, payments: &[Payment]) -> Result<()> {
    let rows = payments
        .iter()
        .map(|p| {
            params![
                p.id.raw(),
                p.customer,
                p.purpose.name(),
                p.purpose.order().map(OrderId::raw),
                p.amount.minor,
                p.amount.currency.code(),
                p.state.name(),
                p.expires_at,
                p.created_at,
            ]
        })
        .collect();
    tx.bulk(&INSERT_PAYMENT, rows).await.map(|_| ())
}

pub(crate) async fn find_payment(tx: &mut Tx, id: PaymentId) -> Result<Option<Payment>> {
    tx.first(&FIND_PAYMENT, params![id.raw()]).await?.map(|row| read_payment(&row)).transpose()
}

pub(crate) async fn lock_payment(tx: &mut Tx, id: PaymentId) -> Result<Option<Payment>> {
    tx.first(&LOCK_PAYMENT, params![id.raw()]).await?.map(|row| read_payment(&row)).transpose()
}

pub(crate) async fn payment_of_order(tx: &mut Tx, order: OrderId) -> Result<Option<Payment>> {
    tx.first(&PAYMENT_OF_ORDER, params![order.raw()]).await?.map(|row| read_payment(&row)).transpose()
}

/// Moves a payment; a conflict when somebody moved it since it was read.
pub(crate) async fn update_payment(
    tx: &mut Tx,
    payment: &Payment,
    to: PaymentState,
    now: Timestamp,
) -> Result<()> {
    let changed =
        tx.execute(&UPDATE_PAYMENT, params![payment.id.raw(), payment.version, to.name(), now]).await?;
    one(changed, "payment")
}

/// Open payments that are to be closed now, as far as their attempts allow it.
pub(crate) async fn list_expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Payment>> {
    tx.all(&EXPIRED_PAYMENTS, params![now, limit]).await?.iter().map(read_payment).collect()
}

pub(crate) async fn check_later(tx: &mut Tx, id: PaymentId, at: Timestamp) -> Result<()> {
    tx.execute(&CHECK_LATER, params![id.raw(), at]).await.map(|_| ())
}

pub(crate) async fn insert_attempt(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let values = params![
        attempt.id.raw(),
        attempt.payment.raw(),
        attempt.customer,
        &attempt.gateway,
        attempt.amount.minor,
        attempt.amount.currency.code(),
        attempt.state.name(),
        attempt.next_poll_at,
        attempt.created_at,
    ];
    tx.execute(&INSERT_ATTEMPT, values).await.map(|_| ())
}

pub(crate) async fn find_attempt(tx: &mut Tx, cx: &Cx, id: AttemptId) -> Result<Option<Attempt>> {
    tx.first(&FIND_ATTEMPT, params![id.raw()]).await?.map(|row| read_attempt(cx, &row)).transpose()
}

/// Oldest first.
pub(crate) async fn list_attempts(tx: &mut Tx, cx: &Cx, payment: PaymentId) -> Result<Vec<Attempt>> {
    tx.all(&ATTEMPTS_OF_PAYMENT, params![payment.raw()])
        .await?
        .iter()
        .map(|row| read_attempt(cx, row))
        .collect()
}

pub(crate) async fn list_to_poll(tx: &mut Tx, cx: &Cx, now: Timestamp, limit: i64) -> Result<Vec<Attempt>> {
    tx.all(&ATTEMPTS_TO_POLL, params![now, limit]).await?.iter().map(|row| read_attempt(cx, row)).collect()
}

/// Writes what a report or its absence changed; a conflict when the attempt is not in state `from` any more.
pub(crate) async fn update_attempt(
    tx: &mut Tx,
    cx: &Cx,
    from: AttemptState,
    attempt: &Attempt,
) -> Result<()> {
    let words = attempt.words.as_ref().map(|w| json!({"outcome_zh": w.zh, "outcome_en": w.en}));
    let card = attempt.card.as_ref().map(|c| json!({"card_brand": c.0, "card_last4": c.1}));
    let values: Vec<Value> = params![
        attempt.id.raw(),
        from.name(),
        attempt.state.name(),
        attempt.captured.minor,
        attempt.outcome.clone(),
        words.map(|words| seal(cx, OUTCOME, &words)).transpose()?,
        seal_or_none(cx, CHECKOUT, attempt.checkout_url.as_deref())?,
        attempt.gateway_id.clone(),
        card.map(|card| seal(cx, CARD, &card)).transpose()?,
        attempt.sequence,
        attempt.polls,
        attempt.next_poll_at,
        attempt.updated_at,
    ];
    one(tx.execute(&UPDATE_ATTEMPT, values).await?, "attempt")
}

/// Takes a question to one node; `false` when another was faster.
pub(crate) async fn claim_poll(tx: &mut Tx, attempt: &Attempt, next: Timestamp) -> Result<bool> {
    Ok(tx.execute(&CLAIM_POLL, params![attempt.id.raw(), attempt.polls, next]).await? == 1)
}

pub(crate) async fn end_polls(tx: &mut Tx, attempt: AttemptId) -> Result<()> {
    tx.execute(&END_POLLS, params![attempt.raw()]).await.map(|_| ())
}

/// Promises a part of what was captured back; `false` when that much is not left (P10).
pub(crate) async fn claim_refund(tx: &mut Tx, attempt: AttemptId, amount: Money) -> Result<bool> {
    Ok(tx.execute(&CLAIM_REFUND, params![attempt.raw(), amount.minor]).await? == 1)
}

/// Takes the promise back: the gateway will not do it.
pub(crate) async fn give_up_refund(tx: &mut Tx, attempt: AttemptId, amount: Money) -> Result<()> {
    one(tx.execute(&GIVE_UP_REFUND, params![attempt.raw(), amount.minor]).await?, "attempt")
}

pub(crate) async fn insert_refund(tx: &mut Tx, refund: &Refund) -> Result<()> {
    let values = params![
        refund.id.raw(),
        refund.attempt.raw(),
        refund.payment.raw(),
        refund.order.map(OrderId::raw),
        refund.customer,
        refund.amount.minor,
        refund.amount.currency.code(),
        refund.state.name(),
        refund.source.name(),
        &refund.reason,
        &refund.business_key,
        refund.hold.raw(),
        refund.created_at,
    ];
    tx.execute(&INSERT_REFUND, values).await.map(|_| ())
}

pub(crate) async fn find_refund(tx: &mut Tx, id: RefundId) -> Result<Option<Refund>> {
    tx.first(&FIND_REFUND, params![id.raw()]).await?.map(|row| read_refund(&row)).transpose()
}

pub(crate) async fn refund_by_key(tx: &mut Tx, key: &str) -> Result<Option<Refund>> {
    tx.first(&REFUND_BY_KEY, params![key]).await?.map(|row| read_refund(&row)).transpose()
}

/// Oldest first.
pub(crate) async fn list_refunds(tx: &mut Tx, payment: PaymentId) -> Result<Vec<Refund>> {
    tx.all(&REFUNDS_OF_PAYMENT, params![payment.raw()]).await?.iter().map(read_refund).collect()
}

/// Moves a refund; a conflict when it is not in state `from` any more.
pub(crate) async fn update_refund(tx: &mut Tx, cx: &Cx, from: RefundState, refund: &Refund) -> Result<()> {
    let values = params![
        refund.id.raw(),
        from.name(),
        refund.state.name(),
        refund.outcome.clone(),
        refund.polls,
        cx.now(),
    ];
    one(tx.execute(&UPDATE_REFUND, values).await?, "refund")
}

fn one(changed: u64, what: &str) -> Result<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(db::Error::Conflict(format!("the {what} was moved by somebody else")))
    }
}
