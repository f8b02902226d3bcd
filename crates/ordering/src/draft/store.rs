//! Rows of drafts.

use std::collections::HashMap;

use db::{Result, Row, Tx, params};
use durable::Cx;
use kernel::AccountId;

use super::{Draft, DraftId};
use crate::order::OrderId;
use crate::order::store::{open, seal};
use crate::quote::QuoteId;

const ANSWERS: &str = "draft.answers";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[vault::SealedColumn::new("draft", "answers", ANSWERS)];

db::statements! {
    INSERT = "INSERT INTO draft (id, customer_id, service, service_version, offering, quantity, answers, quote_id, idem, revision,
                                 created_at, updated_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)";
    FIND = "SELECT id, customer_id, service, service_version, offering, quantity, answers, quote_id, idem, revision, order_id,
                   created_at, updated_at FROM draft WHERE id = $1";
    OF_CUSTOMER = "SELECT id, customer_id, service, service_version, offering, quantity, answers, quote_id, idem, revision, order_id,
                          created_at, updated_at FROM draft
                   WHERE customer_id = $1 AND order_id IS NULL AND updated_at > $2 ORDER BY id DESC LIMIT 10";
    UPDATE = "UPDATE draft SET service_version = $3, offering = $4, quantity = $5, answers = $6, quote_id = $7,
                     updated_at = $8, revision = revision + 1 WHERE id = $1 AND revision = $2 AND order_id IS NULL";
    FORGET = "DELETE FROM draft WHERE customer_id = $1 AND order_id IS NULL";
    DELETE = "DELETE FROM draft WHERE id = $1 AND customer_id = $2 AND order_id IS NULL";
    ORDERED = "SELECT id, order_id FROM draft WHERE id IN {list $1} AND order_id IS NOT NULL";
    bulk CLOSE (id: Int, customer_id: Int, order_id: Int, at: Int) =
        "UPDATE draft SET order_id = v.order_id, updated_at = v.at FROM {rows} v
         WHERE draft.id = v.id AND draft.customer_id = v.customer_id AND draft.order_id IS NULL";
}

fn read(cx: &Cx, row: &Row) -> Result<Draft> {
    let mut r = row.reader();
    Ok(Draft {
        id: DraftId(r.get()?),
        customer: r.get()?,
        service: r.get()?,
        service_version: r.get()?,
        offering: r.get()?,
        quantity: r.get()?,
        answers: open(cx, ANSWERS, &r.get::<Vec<u8>>()?)?,
        quote: r.get::<Option<i64>>()?.map(QuoteId),
        idem: r.get()?,
        revision: r.get()?,
        order: r.get::<Option<i64>>()?.map(OrderId),
        created_at: r.get()?,
        updated_at: r.get()?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, draft: &Draft) -> Result<()> {
    let values = params![
        draft.id.raw(),
        draft.customer,
        &draft.service,
        draft.service_version,
        &draft.offering,
        draft.quantity,
        seal(cx, ANSWERS, &draft.answers)?,
        draft.quote.map(QuoteId::raw),
        &draft.idem,
        draft.created_at
    ];
    tx.execute(&INSERT, values).await.map(|_| ())
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: DraftId) -> Result<Option<Draft>> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

/// Drafts touched since a time that are not orders yet.
pub(crate) async fn of_customer(
    tx: &mut Tx,
    cx: &Cx,
    customer: AccountId,
    since: kernel::Timestamp,
) -> Result<Vec<Draft>> {
    tx.all(&OF_CUSTOMER, params![customer, since]).await?.iter().map(|row| read(cx, row)).collect()
}

/// Writes the draft over the revision it was read at; `false` when another device was faster or it is an order.
pub(crate) async fn update(tx: &mut Tx, cx: &Cx, draft: &Draft) -> Result<bool> {
    let values = params![
        draft.id.raw(),
        draft.revision,
        draft.service_version,
        &draft.offering,
        draft.quantity,
        seal(cx, ANSWERS, &draft.answers)?,
        draft.quote.map(QuoteId::raw),
        draft.updated_at
    ];
    Ok(tx.execute(&UPDATE, values).await? == 1)
}

/// `false` when it is foreign, gone or an order.
pub(crate) async fn delete(tx: &mut Tx, id: DraftId, customer: AccountId) -> Result<bool> {
    Ok(tx.execute(&DELETE, params![id.raw(), customer]).await? == 1)
}

/// Which of these drafts are orders already.
pub(crate) async fn ordered(tx: &mut Tx, ids: Vec<i64>) -> Result<HashMap<DraftId, OrderId>> {
    let rows = tx.all(&ORDERED, params![ids]).await?;
    rows.iter()
        .map(|row| {
            let mut r = row.reader();
            Ok((DraftId(r.get()?), OrderId(r.get()?)))
        })
        .collect()
}

/// Marks drafts as ordered; `false` when one of them is foreign or was ordered meanwhile.
pub(crate) async fn close_many(
    tx: &mut Tx,
    cx: &Cx,
    drafts: &[(DraftId, AccountId, OrderId)],
) -> Result<bool> {
    let now = cx.now();
    let rows = drafts
        .iter()
        .map(|(draft, customer, order)| params![draft.raw(), *customer, order.raw(), now])
        .collect();
    Ok(usize::try_from(tx.bulk(&CLOSE, rows).await?) == Ok(drafts.len()))
}

/// Drafts of a customer that became no order.
pub(crate) async fn forget(tx: &mut Tx, customer: AccountId) -> Result<u64> {
    tx.execute(&FORGET, params![customer]).await
}
