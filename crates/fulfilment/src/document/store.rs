//! Rows of documents. There is no update and no delete.

use db::{Row, Tx, params};
use durable::Cx;
use ordering::order::{LineId, OrderId};

use super::model::{Document, DocumentId};
use crate::Error;
use crate::services::{open, seal};

const FACTS: &str = "document.facts";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[vault::SealedColumn::new("document", "facts", FACTS)];

db::statements! {
    INSERT = "INSERT INTO document (id, kind, number, order_id, line_id, customer_id, facts, code, issued_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (line_id, kind) DO NOTHING";
    FIND = "SELECT id, kind, number, order_id, line_id, customer_id, facts, code, issued_at FROM document WHERE id = $1";
    OF_NUMBER = "SELECT id, kind, number, order_id, line_id, customer_id, facts, code, issued_at
                 FROM document WHERE number = $1";
    OF_ORDER = "SELECT id, kind, number, order_id, line_id, customer_id, facts, code, issued_at
                FROM document WHERE order_id = $1 ORDER BY id LIMIT 100";
}

fn read(cx: &Cx, row: &Row) -> Result<Document, Error> {
    let mut r = row.reader();
    let (id, kind, number) = (DocumentId(r.get()?), r.get()?, r.get()?);
    let (order, line, customer) = (OrderId(r.get()?), LineId(r.get()?), r.get()?);
    let facts: Vec<u8> = r.get()?;
    let facts = open(cx, FACTS, &facts)?;
    Ok(Document { id, kind, number, order, line, customer, facts, code: r.get()?, issued_at: r.get()? })
}

/// Issues a document; `false` when the line has one of this kind already.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, document: &Document) -> Result<bool, Error> {
    let facts = seal(cx, FACTS, &document.facts)?;
    let row = params![
        document.id.raw(),
        document.kind.as_str(),
        document.number.as_str(),
        document.order.raw(),
        document.line.raw(),
        document.customer,
        facts,
        document.code.as_str(),
        document.issued_at,
    ];
    Ok(tx.execute(&INSERT, row).await? == 1)
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: DocumentId) -> Result<Option<Document>, Error> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn find_number(tx: &mut Tx, cx: &Cx, number: &str) -> Result<Option<Document>, Error> {
    tx.first(&OF_NUMBER, params![number]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn list(tx: &mut Tx, cx: &Cx, order: OrderId) -> Result<Vec<Document>, Error> {
    tx.all(&OF_ORDER, params![order.raw()]).await?.iter().map(|row| read(cx, row)).collect()
}
