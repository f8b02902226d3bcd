//! SQL of links.

use db::{Result, Row, Tx, params};
use kernel::{AccountId, Timestamp};
use vault::SealedColumn;

use super::model::{LinkId, StoredLink};

pub(super) const NAME: &str = "identity.federated_link.name";

/// The columns of sealed values.
pub(crate) const SEALED: &[SealedColumn] = &[SealedColumn::new("federated_link", "name_sealed", NAME)];

db::statements! {
    INSERT = "INSERT INTO federated_link (id, account_id, provider, subject_index, name_sealed, created_at, used_at)
        VALUES ($1, $2, $3, $4, $5, $6, NULL)";
    FIND = "SELECT id, account_id, provider, name_sealed, created_at, used_at FROM federated_link WHERE subject_index = $1";
    LIST = "SELECT id, account_id, provider, name_sealed, created_at, used_at
        FROM federated_link WHERE account_id = $1 ORDER BY id LIMIT 100";
    COUNT = "SELECT COUNT(*) FROM federated_link WHERE account_id = $1";
    UPDATE_USED = "UPDATE federated_link SET subject_index = $2, used_at = $3 WHERE id = $1";
    MOVE_ALL = "UPDATE federated_link SET account_id = $2 WHERE account_id = $1";
    DELETE = "DELETE FROM federated_link WHERE id = $1 AND account_id = $2 RETURNING provider";
}

/// `Error::Unique` when the identity opens an account already.
pub(crate) async fn insert_link(tx: &mut Tx, link: &StoredLink, subject_index: &[u8]) -> Result<()> {
    let values = params![
        link.id.0,
        link.account,
        &link.provider,
        subject_index,
        link.name_sealed.as_ref(),
        link.created_at,
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

pub(crate) async fn find_link(tx: &mut Tx, subject_index: &[u8]) -> Result<Option<StoredLink>> {
    tx.first(&FIND, params![subject_index]).await?.as_ref().map(link).transpose()
}

pub(crate) async fn list_links(tx: &mut Tx, account: AccountId) -> Result<Vec<StoredLink>> {
    tx.all(&LIST, params![account]).await?.iter().map(link).collect()
}

pub(crate) async fn count_links(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.one(&COUNT, params![account]).await?.reader().get()
}

/// Notes the use; the index is the one the identity is known by now.
pub(crate) async fn update_used(tx: &mut Tx, id: LinkId, subject_index: &[u8], now: Timestamp) -> Result<()> {
    tx.execute(&UPDATE_USED, params![id.0, subject_index, now]).await?;
    Ok(())
}

pub(crate) async fn move_links(tx: &mut Tx, from: AccountId, to: AccountId) -> Result<u64> {
    tx.execute(&MOVE_ALL, params![from, to]).await
}

/// The provider of the link that is gone; `None` when it is not this account's.
pub(crate) async fn delete_link(tx: &mut Tx, id: LinkId, account: AccountId) -> Result<Option<String>> {
    match tx.first(&DELETE, params![id.0, account]).await? {
        Some(row) => Ok(Some(row.reader().get()?)),
        None => Ok(None),
    }
}

fn link(row: &Row) -> Result<StoredLink> {
    let mut r = row.reader();
    Ok(StoredLink {
        id: LinkId(r.get()?),
        account: r.get()?,
        provider: r.get()?,
        name_sealed: r.get()?,
        created_at: r.get()?,
        used_at: r.get()?,
    })
}
