//! Rows of documents and their files. There is no update and no delete.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::{AccountId, Currency, Money, PageRequest};

use super::model::{Document, Kind, PaperId};
use crate::Error;

const SHEET: &str = "paper.sheet";
const FILE: &str = "paper_file.file";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] = &[
    vault::SealedColumn::new("paper", "sheet_sealed", SHEET),
    vault::SealedColumn::new("paper_file", "file_sealed", FILE),
];

db::statements! {
    INSERT = "INSERT INTO paper (id, kind, subject, number, customer_id, amount, currency, sheet_sealed, code, takes_back, issued_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (kind, subject) DO NOTHING";
    FIND = "SELECT id, kind, number, customer_id, amount, currency, sheet_sealed, code, takes_back, issued_at FROM paper WHERE id = $1";
    OF_NUMBER = "SELECT id, kind, number, customer_id, amount, currency, sheet_sealed, code, takes_back, issued_at
                 FROM paper WHERE number = $1";
    OF_SUBJECT = "SELECT id, kind, number, customer_id, amount, currency, sheet_sealed, code, takes_back, issued_at
                  FROM paper WHERE kind = $1 AND subject = $2";
    TAKEN_BACK_BY = "SELECT number FROM paper WHERE takes_back = $1";
    OF_CUSTOMER = "SELECT id, kind, number, customer_id, amount, currency, sheet_sealed, code, takes_back, issued_at
                   FROM paper WHERE customer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    INSERT_FILE = "INSERT INTO paper_file (document_id, customer_id, file_sealed, digest, drawn_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (document_id) DO NOTHING";
    FIND_FILE = "SELECT file_sealed, digest FROM paper_file WHERE document_id = $1";
}

fn read(cx: &Cx, row: &Row) -> Result<Document, Error> {
    let mut r = row.reader();
    let (id, kind, number): (i64, String, String) = (r.get()?, r.get()?, r.get()?);
    let (customer, minor, currency): (AccountId, i64, String) = (r.get()?, r.get()?, r.get()?);
    let (sheet, code, takes_back): (Vec<u8>, String, Option<i64>) = (r.get()?, r.get()?, r.get()?);
    Ok(Document {
        id: PaperId(id),
        kind: Kind::from_name(&kind).ok_or_else(|| Error::bug(format!("a document of kind {kind}")))?,
        number,
        customer,
        amount: Money::new(minor, Currency::from_code(&currency).ok_or_else(|| Error::bug("currency"))?),
        sheet: serde_json::from_slice(&cx.vault.open(SHEET, &sheet)?)?,
        code,
        takes_back: takes_back.map(PaperId),
        issued_at: r.get()?,
    })
}

/// Issues a document; `false` when there is one about this subject.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, subject: &str, document: &Document) -> Result<bool, Error> {
    let sealed = cx.vault.seal(&*cx.rng, SHEET, &serde_json::to_vec(&document.sheet)?)?;
    let row = params![
        document.id.raw(),
        document.kind.name(),
        subject,
        document.number.as_str(),
        document.customer,
        document.amount.minor,
        document.amount.currency.code(),
        sealed,
        document.code.as_str(),
        document.takes_back.map(PaperId::raw),
        document.issued_at,
    ];
    Ok(tx.execute(&INSERT, row).await? == 1)
}

pub(crate) async fn find(tx: &mut Tx, cx: &Cx, id: PaperId) -> Result<Option<Document>, Error> {
    tx.first(&FIND, params![id.raw()]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn find_number(tx: &mut Tx, cx: &Cx, number: &str) -> Result<Option<Document>, Error> {
    tx.first(&OF_NUMBER, params![number]).await?.map(|row| read(cx, &row)).transpose()
}

pub(crate) async fn find_subject(
    tx: &mut Tx,
    cx: &Cx,
    kind: Kind,
    subject: &str,
) -> Result<Option<Document>, Error> {
    tx.first(&OF_SUBJECT, params![kind.name(), subject]).await?.map(|row| read(cx, &row)).transpose()
}

/// The number of the document that took this one back.
pub(crate) async fn taken_back_by(tx: &mut Tx, id: PaperId) -> Result<Option<String>, Error> {
    let row = tx.first(&TAKEN_BACK_BY, params![id.raw()]).await?;
    Ok(row.map(|row| row.reader().get()).transpose()?)
}

/// A customer's documents, newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    cx: &Cx,
    customer: AccountId,
    page: &PageRequest,
) -> Result<Vec<Document>, Error> {
    let rows = tx.all(&OF_CUSTOMER, params![customer, page.after.id, page.fetch()]).await?;
    rows.iter().map(|row| read(cx, row)).collect()
}

/// Keeps a file, unless one is kept: the first one stands.
pub(crate) async fn insert_file(
    tx: &mut Tx,
    cx: &Cx,
    (document, customer): (i64, AccountId),
    file: &[u8],
    digest: &str,
) -> Result<bool, Error> {
    let sealed = cx.vault.seal(&*cx.rng, FILE, file)?;
    Ok(tx.execute(&INSERT_FILE, params![document, customer, sealed, digest, cx.now()]).await? == 1)
}

/// The file that was drawn first, with its digest in hexadecimal.
pub(crate) async fn find_file(
    tx: &mut Tx,
    cx: &Cx,
    document: i64,
) -> Result<Option<(Vec<u8>, String)>, Error> {
    let Some(row) = tx.first(&FIND_FILE, params![document]).await? else { return Ok(None) };
    let mut r = row.reader();
    let sealed: Vec<u8> = r.get()?;
    Ok(Some((cx.vault.open(FILE, &sealed)?, r.get()?)))
}
