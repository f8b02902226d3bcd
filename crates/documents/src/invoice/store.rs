//! Rows of invoices.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Currency, Money, PageRequest};
use ordering::order::OrderId;

use super::model::{Invoice, InvoiceId, InvoiceState};
use crate::Error;
use crate::document::PaperId;
use crate::title::TitleKind;

const TITLE: &str = "invoice.title";
const REASON: &str = "invoice.reason";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("invoice", "title_sealed", TITLE),
    vault::SealedColumn::new("invoice", "reason_sealed", REASON),
];

db::statements! {
    INSERT = "INSERT INTO invoice (id, customer_id, order_id, amount, currency, title_kind, title_sealed, state, version, asked_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (order_id) WHERE state IN ('requested', 'issued') DO NOTHING";
    UPDATE = "UPDATE invoice SET state = $3, version = version + 1, paper_id = $4, red_paper_id = $5, reason_sealed = $6, decided_at = $7,
                     decided_by = $8
              WHERE id = $1 AND version = $2";
    FIND = "SELECT id, customer_id, order_id, amount, currency, title_kind, title_sealed, state, version, paper_id, red_paper_id,
                   reason_sealed, asked_at, decided_at
            FROM invoice WHERE id = $1";
    OF_ORDER = "SELECT id, customer_id, order_id, amount, currency, title_kind, title_sealed, state, version, paper_id, red_paper_id,
                       reason_sealed, asked_at, decided_at
                FROM invoice WHERE order_id = $1 ORDER BY id DESC LIMIT 1";
    OF_CUSTOMER = "SELECT id, customer_id, order_id, amount, currency, title_kind, title_sealed, state, version, paper_id, red_paper_id,
                          reason_sealed, asked_at, decided_at
                   FROM invoice WHERE customer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    IN_STATE = "SELECT id, customer_id, order_id, amount, currency, title_kind, title_sealed, state, version, paper_id, red_paper_id,
                       reason_sealed, asked_at, decided_at
                FROM invoice WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
}

fn read(cx: &Cx, row: &Row) -> Result<Invoice, Error> {
    let mut r = row.reader();
    let (id, customer, order): (i64, AccountId, i64) = (r.get()?, r.get()?, r.get()?);
    let (minor, currency, kind): (i64, String, String) = (r.get()?, r.get()?, r.get()?);
    let (title, state, version): (Vec<u8>, String, i64) = (r.get()?, r.get()?, r.get()?);
    let (paper, red, reason): (Option<i64>, Option<i64>, Option<Vec<u8>>) = (r.get()?, r.get()?, r.get()?);
    Ok(Invoice {
        id: InvoiceId(id),
        customer,
        order: OrderId(order),
        amount: Money::new(minor, Currency::from_code(&currency).ok_or_else(|| Error::bug("currency"))?),
        title_kind: TitleKind::from_name(&kind).ok_or_else(|| Error::bug("a kind of title"))?,
        title: serde_json::from_slice(&cx.vault.open(TITLE, &title)?)?,
        state: InvoiceState::from_name(&state).ok_or_else(|| Error::bug("a state of an invoice"))?,
        version,
        paper: paper.map(PaperId),
        red_paper: red.map(PaperId),
        reason: reason.map(|sealed| cx.vault.open_text(REASON, &sealed)).transpose()?,
        asked_at: r.get()?,
        decided_at: r.get()?,
    })
}

/// `false` when the order has one already.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, invoice: &Invoice) -> Result<bool, Error> {
    let sealed = cx.vault.seal(&*cx.rng, TITLE, &serde_json::to_vec(&invoice.title)?)?;
    let row = params![
        invoice.id.raw(),
        invoice.customer,
        invoice.order.raw(),
        invoice.amount.minor,
        invoice.amount.currency.code(),
        invoice.title_kind.name(),
        sealed,
        invoice.state.name(),
        invoice.version,
        invoice.asked_at,
    ];
    Ok(tx.execute(&INSERT, row).await? == 1)
}

/// Writes what was decided; `false` when somebody else was faster.
pub(crate) async fn update(
    tx: &mut Tx,
    cx: &Cx,
    next: &Invoice,
    by: Option<AccountId>,
) -> Result<bool, Error> {
    let reason = next.reason.as_deref().map(|text| cx.vault.seal_text(&*cx.rng, REASON, text)).transpose()?;
    let row = params![
        next.id.raw(),
        next.version,
        next.state.name(),
        next.paper.map(PaperId::raw),
        next.red_paper.map(PaperId::raw),
        reason,
        next.decided_at,
        by,
    ];
    Ok(tx.execute(&UPDATE, row).await? == 1)
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: InvoiceId) -> Result<Option<Invoice>, Error> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

/// The latest of an order.
pub(crate) async fn of_order(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Option<Invoice>, Error> {
    tx.first(&OF_ORDER, params![order.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn list_of(
    tx: &mut Tx,
    cx: &Cx,
    customer: AccountId,
    page: &PageRequest,
) -> Result<Vec<Invoice>, Error> {
    let rows = tx.all(&OF_CUSTOMER, params![customer, page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}

pub(crate) async fn list_in(
    tx: &mut Tx,
    cx: &Cx,
    state: InvoiceState,
    page: &PageRequest,
) -> Result<Vec<Invoice>, Error> {
    let rows = tx.all(&IN_STATE, params![state.name(), page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}
