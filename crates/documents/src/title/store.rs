//! Rows of titles.

use db::{Row, Tx, params};
use durable::Cx;
use kernel::AccountId;

use super::model::{Title, TitleFacts, TitleId, TitleKind};
use crate::Error;

const TITLE: &str = "invoice_title.title";

/// What is sealed here.
pub(crate) const SEALED: &[vault::SealedColumn] =
    &[vault::SealedColumn::new("invoice_title", "title_sealed", TITLE)];

db::statements! {
    INSERT = "INSERT INTO invoice_title (id, customer_id, kind, title_sealed, created_at) VALUES ($1, $2, $3, $4, $5)";
    LIST = "SELECT id, kind, title_sealed, created_at FROM invoice_title
            WHERE customer_id = $1 AND removed_at IS NULL ORDER BY id DESC LIMIT 100";
    REMOVE = "UPDATE invoice_title SET removed_at = $3 WHERE id = $1 AND customer_id = $2 AND removed_at IS NULL";
}

fn read(cx: &Cx, row: &Row) -> Result<Title, Error> {
    let mut r = row.reader();
    let (id, kind, sealed): (i64, String, Vec<u8>) = (r.get()?, r.get()?, r.get()?);
    Ok(Title {
        id: TitleId(id),
        kind: TitleKind::from_name(&kind).ok_or_else(|| Error::bug(format!("a title of kind {kind}")))?,
        facts: open(cx, &sealed)?,
        created_at: r.get()?,
    })
}

fn open(cx: &Cx, sealed: &[u8]) -> Result<TitleFacts, Error> {
    Ok(serde_json::from_slice(&cx.vault.open(TITLE, sealed)?)?)
}

pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, customer: AccountId, title: &Title) -> Result<(), Error> {
    let sealed = cx.vault.seal(&*cx.rng, TITLE, &serde_json::to_vec(&title.facts)?)?;
    let row = params![title.id.raw(), customer, title.kind.name(), sealed, title.created_at];
    tx.execute(&INSERT, row).await?;
    Ok(())
}

/// The titles that were not removed, newest first.
pub(crate) async fn list(tx: &mut Tx, cx: &Cx, customer: AccountId) -> Result<Vec<Title>, Error> {
    tx.all(&LIST, params![customer]).await?.iter().map(|row| read(cx, row)).collect()
}

/// `false` when there is no such title of this customer.
pub(crate) async fn remove(tx: &mut Tx, cx: &Cx, customer: AccountId, id: TitleId) -> Result<bool, Error> {
    Ok(tx.execute(&REMOVE, params![id.raw(), customer, cx.now()]).await? == 1)
}
