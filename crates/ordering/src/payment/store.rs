//! Rows of payments and attempts. All of them change under the lock of their payment's row.

use catalogue::service::CaptureAt;
use connectors::Checkout;
use db::{Result, Row, RowReader, Tx, Value, params};
use durable::Cx;
use kernel::{AccountId, Money, Text, Timestamp};
use serde_json::json;

use super::model::{Attempt, AttemptId, AttemptState, Payment, PaymentId, PaymentState, Place, Purpose};
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
                         expires_at: Int, created_at: Int, capture: Text) =
        "INSERT INTO payment (id, customer_id, purpose, order_id, amount, currency, state, version, expires_at, check_at, created_at,
                              updated_at, capture)
         SELECT id, customer_id, purpose, order_id, amount, currency, state, 1, expires_at, expires_at, created_at, created_at, capture
         FROM {rows}";
    FIND_PAYMENT = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at, capture
                    FROM payment WHERE id = $1";
    LOCK_PAYMENT = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at, capture
                    FROM payment WHERE id = $1 {for_update}";
    PAYMENT_OF_ORDER = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at, capture
                        FROM payment WHERE order_id = $1";
    UPDATE_PAYMENT = "UPDATE payment SET state = $3, updated_at = $4, version = version + 1 WHERE id = $1 AND version = $2";
    EXPIRED_PAYMENTS = "SELECT id, customer_id, order_id, amount, currency, state, version, expires_at, created_at, updated_at, capture
                        FROM payment WHERE state = 'open' AND check_at <= $1 ORDER BY check_at LIMIT $2";
    CHECK_LATER = "UPDATE payment SET check_at = $2 WHERE id = $1 AND state = 'open'";
    INSERT_ATTEMPT = "INSERT INTO attempt (id, payment_id, customer_id, gateway, amount, currency, state, sequence, polls,
                                           next_poll_at, screen, created_at, updated_at)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, $10, $10)";
    FIND_ATTEMPT = "SELECT id, payment_id, customer_id, gateway, amount, currency, state, captured, refunded, disputed, outcome, outcome_sealed,
                           checkout_sealed, gateway_id, card_sealed, sequence, polls, next_poll_at, captured_at, screen,
                           created_at, updated_at, authorised_until, take_by, due
                    FROM attempt WHERE id = $1";
    ATTEMPTS_OF_PAYMENT = "SELECT id, payment_id, customer_id, gateway, amount, currency, state, captured, refunded, disputed, outcome,
                                  outcome_sealed, checkout_sealed, gateway_id, card_sealed, sequence, polls,
                                  next_poll_at, captured_at, screen, created_at, updated_at,
                                  authorised_until, take_by, due
                           FROM attempt WHERE payment_id = $1 ORDER BY id LIMIT 200";
    LAST_GATEWAY = "SELECT gateway FROM attempt WHERE customer_id = $1 AND captured_at IS NOT NULL ORDER BY captured_at DESC LIMIT 1";
    ATTEMPTS_TO_POLL = "SELECT id, payment_id, customer_id, gateway, amount, currency, state, captured, refunded, disputed, outcome,
                               outcome_sealed, checkout_sealed, gateway_id, card_sealed, sequence, polls,
                               next_poll_at, captured_at, screen, created_at, updated_at,
                                  authorised_until, take_by, due
                        FROM attempt WHERE next_poll_at IS NOT NULL AND next_poll_at <= $1 ORDER BY next_poll_at LIMIT $2";
    UPDATE_ATTEMPT = "UPDATE attempt SET state = $3, captured = $4, outcome = $5, outcome_sealed = $6,
                             checkout_sealed = $7, gateway_id = $8, card_sealed = $9, sequence = $10, polls = $11,
                             next_poll_at = $12, captured_at = $13, updated_at = $14, authorised_until = $15, take_by = $16,
                             due = $17
                      WHERE id = $1 AND state = $2";
    CLAIM_POLL = "UPDATE attempt SET polls = polls + 1, next_poll_at = $3
                  WHERE id = $1 AND polls = $2 AND next_poll_at IS NOT NULL";
    END_POLLS = "UPDATE attempt SET next_poll_at = NULL WHERE id = $1";
    CLAIM_REFUND = "UPDATE attempt SET refunded = refunded + $2 WHERE id = $1 AND captured - refunded - disputed >= $2";
    DISPUTE = "UPDATE attempt SET disputed = disputed + $2 WHERE id = $1";
    ATTEMPT_AT_GATEWAY = "SELECT id FROM attempt WHERE gateway = $1 AND gateway_id = $2 ORDER BY id LIMIT 1";
    GIVE_UP_REFUND = "UPDATE attempt SET refunded = refunded - $2 WHERE id = $1 AND refunded >= $2";
}

pub(super) fn read_payment(row: &Row) -> Result<Payment> {
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
        capture: {
            let capture: String = r.get()?;
            named(CaptureAt::from_name(&capture), &capture)?
        },
    })
}

pub(super) fn money(r: &mut RowReader<'_>) -> Result<Money> {
    let (minor, currency): (i64, String) = (r.get()?, r.get()?);
    money_of(minor, &currency)
}

fn read_attempt(cx: &Cx, row: &Row) -> Result<Attempt> {
    let mut r = row.reader();
    let (id, payment, customer, gateway) = (AttemptId(r.get()?), PaymentId(r.get()?), r.get()?, r.get()?);
    let amount = money(&mut r)?;
    let state: String = r.get()?;
    let minor = |r: &mut RowReader<'_>| Ok::<_, db::Error>(Money { minor: r.get()?, ..amount });
    let (captured, refunded, disputed) = (minor(&mut r)?, minor(&mut r)?, minor(&mut r)?);
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
        disputed,
        outcome,
        words: word(words.as_ref(), "outcome_zh")
            .map(|zh| Text { zh, en: word(words.as_ref(), "outcome_en") }),
        checkout: open_or_none(cx, CHECKOUT, checkout)?.map(|text| way_to_pay(&text)),
        gateway_id,
        card: word(card.as_ref(), "card_brand").zip(word(card.as_ref(), "card_last4")),
        sequence: r.get()?,
        polls: r.get()?,
        next_poll_at: r.get()?,
        captured_at: r.get()?,
        place: r.get::<Option<String>>()?.and_then(|name| Place::from_name(&name)),
        created_at: r.get()?,
        updated_at: r.get()?,
        authorised_until: r.get()?,
        take_by: r.get()?,
        due: r.get::<Option<i64>>()?.map(|minor| Money { minor, ..amount }),
    })
}

/// What an older version wrote is the address of a page and nothing else.
fn way_to_pay(text: &str) -> Checkout {
    serde_json::from_str(text).unwrap_or_else(|_| Checkout::Page { url: text.to_owned() })
}

fn word(sealed: Option<&serde_json::Value>, name: &str) -> Option<String> {
    sealed?.get(name)?.as_str().map(str::to_owned)
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
                p.capture.name(),
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
        attempt.place.map(Place::name),
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

pub(crate) async fn last_gateway(tx: &mut Tx, customer: AccountId) -> Result<Option<String>> {
    tx.first(&LAST_GATEWAY, params![customer]).await?.map(|row| row.reader().get()).transpose()
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
    let checkout = attempt.checkout.as_ref().map(serde_json::to_string).transpose();
    let checkout = checkout.map_err(|e| db::Error::Other(e.into()))?;
    let values: Vec<Value> = params![
        attempt.id.raw(),
        from.name(),
        attempt.state.name(),
        attempt.captured.minor,
        attempt.outcome.clone(),
        words.map(|words| seal(cx, OUTCOME, &words)).transpose()?,
        seal_or_none(cx, CHECKOUT, checkout.as_deref())?,
        attempt.gateway_id.clone(),
        card.map(|card| seal(cx, CARD, &card)).transpose()?,
        attempt.sequence,
        attempt.polls,
        attempt.next_poll_at,
        attempt.captured_at,
        attempt.updated_at,
        attempt.authorised_until,
        attempt.take_by,
        attempt.due.map(|due| due.minor),
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

/// What of an attempt a dispute keeps grows by `change_minor`, or shrinks.
pub(crate) async fn dispute(tx: &mut Tx, attempt: AttemptId, change_minor: i64) -> Result<()> {
    one(tx.execute(&DISPUTE, params![attempt.raw(), change_minor]).await?, "attempt")
}

/// The attempt that a gateway knows by this number of its own.
pub(crate) async fn attempt_at_gateway(
    tx: &mut Tx,
    gateway: &str,
    gateway_id: &str,
) -> Result<Option<AttemptId>> {
    let row = tx.first(&ATTEMPT_AT_GATEWAY, params![gateway, gateway_id]).await?;
    row.map(|row| Ok(AttemptId(row.reader().get()?))).transpose()
}

pub(super) fn one(changed: u64, what: &str) -> Result<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(db::Error::Conflict(format!("the {what} was moved by somebody else")))
    }
}
